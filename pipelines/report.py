"""What people ask after a night: the scoreboard, which gates closed, which deliveries failed. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.derive.contracts import NOT_COMPUTED
from assets.ingest.not_come import did_not_come
from assets.pack.city import City
from pipelines.status import samples_of
from warehouse.arrow import fetched_frame
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT, VERDICT
from warehouse.published import connect

CLOSED = {name: VERDICT.schema[name] for name in ("layer", "table_name", "day", "verdict", "reason")}
MOST_NAMES = 5  # of feeds in a sentence
FAILED = {name: ATTEMPT.schema[name] for name in ("feed", "delivery", "detail")}
_LATEST = """
    SELECT l.* REPLACE (
        coalesce(l.reason_code, n.reason_code) AS reason_code, coalesce(l.reason_gaps, n.reason_gaps) AS reason_gaps
    ), d.subject
    FROM metric.latest l LEFT JOIN metric.definition d ON (d.city, d.metric) = (l.city, l.metric)
    LEFT JOIN metric.value n
        ON l.status = 'stale' AND (n.city, n.area, n.metric, n.period) = (l.city, l.area, l.metric, l.period)
        AND n.period_start = TRY_CAST(left(l.reason, 10) AS DATE)
    WHERE l.city = ? AND l.area = ? ORDER BY l.status = 'absent', l.metric
"""


def latest(home: Home, city: City) -> pl.DataFrame:
    """The city's own rows of the published metric.latest; what has no value comes last. A stale value has the code and
    the gaps of the reason for which there is no newer one."""
    with connect.open_published(home) as con:
        return fetched_frame(con.sql(_LATEST, params=[city.name, city.config.area]))


def closed(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The closed gates among these verdicts: layer, table, day, verdict, reason."""
    of_gates = verdicts.filter(pl.col("verdict").is_in(["BLOCK", "ERROR"])).select(*CLOSED)
    return of_gates.sort("day", "layer", "table_name")


def not_computed(home: Home, verdicts: pl.DataFrame) -> list[str]:
    """Metrics that could not be computed, of the tables and days of these verdicts: which, and what happened."""
    results = ledger.read(home, "rule_result", verdicts["batch_id"].drop_nulls().unique().to_list())
    failed = results.filter(pl.col("rule") == NOT_COMPUTED, pl.col("status") == "fail").sort("day").collect()
    said = list[str]()
    for table, day, title, found in failed.select("table_name", "day", "title", "samples").iter_rows():
        reasons = dict.fromkeys(sample["reason"] for sample in samples_of(found) if "reason" in sample)
        said += [f"{table} {day}: {reason}" for reason in reasons or (f"it does not hold: {title}",)]
    return said


def failed_deliveries(home: Home, city: City, run_ids: Sequence[str]) -> pl.DataFrame:
    """Deliveries that failed in these runs: feed, and what happened, where, and what to do."""
    return (
        ledger.read(home, "attempt")
        .filter(pl.col("city") == city.name, pl.col("run_id").is_in(list(run_ids)), pl.col("status") == "failed")
        .select(*FAILED)
        .unique(maintain_order=True)  # a backfill of all that was delivered looks twice
        .collect()
    )


def rows_outside(home: Home, city: City, run_ids: Sequence[str]) -> pl.DataFrame:
    """Deliveries that were read in these runs and have rows of days that cannot be expected: feed, delivery, detail."""
    return (
        ledger.read(home, "attempt")
        .filter(pl.col("city") == city.name, pl.col("run_id").is_in(list(run_ids)), pl.col("rows_outside") > 0)
        .select(*FAILED)
        .unique(maintain_order=True)  # a backfill of all that was delivered looks twice
        .collect()
    )


def not_due(home: Home, city: City, run_ids: Sequence[str]) -> list[str]:
    """Of feeds of which these runs read rows of days before those that a night looks at: how many, and what to do."""
    rows = ledger.read(home, "attempt").filter(
        pl.col("city") == city.name, pl.col("run_id").is_in(list(run_ids)), pl.col("status") == "not_due"
    )
    return [f"{feed}: {detail}" for feed, detail in rows.sort("feed").select("feed", "detail").collect().iter_rows()]


def not_come(home: Home, city: City, run_ids: Sequence[str]) -> list[str]:
    """For which days, that were due, these runs noted that nothing came: a sentence for each day."""
    rows = ledger.read(home, "attempt").filter(
        pl.col("city") == city.name,
        pl.col("run_id").is_in(list(run_ids)),
        pl.col("status") == "missing",
        pl.col("asked_day").is_not_null(),
    )
    by_day = (
        rows.collect()
        .unique(["feed", "asked_day"])
        .sort("asked_day", "feed")
        .group_by("asked_day", maintain_order=True)
    )
    return [_nothing_came(day, of_day["feed"].to_list()) for (day,), of_day in by_day]


def _nothing_came(day: object, feeds: Sequence[str]) -> str:
    if len(feeds) == 1:
        return did_not_come(feeds[0], day)
    more = f" and {len(feeds) - MOST_NAMES:,} more" if len(feeds) > MOST_NAMES else ""
    return f"nothing came for {day}, which was due, of {', '.join(feeds[:MOST_NAMES])}{more}"


def not_read(home: Home, city: City, run_ids: Sequence[str]) -> list[str]:
    """Of files that these runs found in the drop folder and that no contract reads: which, and what to do."""
    rows = ledger.read(home, "attempt").filter(
        pl.col("city") == city.name, pl.col("run_id").is_in(list(run_ids)), pl.col("status") == "not_read"
    )
    return rows.collect()["detail"].unique(maintain_order=True).to_list()
