"""How each feed and table stands, from the ledger alone: newest day, verdict, and for how long it has failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from assets.ingest.not_come import did_not_come
from assets.pack.city import City
from pipelines.visible import markdown_text
from pipelines.warned import Warned, of_last_night, of_table, warned
from warehouse.home import Home
from warehouse.ledger import ledger

SAMPLES = 3  # of the rows behind a closed gate
LATELY = timedelta(days=30)
OPEN, CLOSED = ("PASS", "WARN"), ("BLOCK", "ERROR")
NO_BATCH = "NONE"  # the verdict of a feed that was fetched and never had a batch
UNFINISHED = "judged, but the run ended before it was done; the next run goes on from there"
UNKNOWN = "UNKNOWN"  # where the ledger has a row without a verdict: closed, as whatever is not known to be open


@dataclass(frozen=True)
class TableStatus:
    """One feed or derived table as its newest day stands. `madang status --json` prints these fields."""

    city: str
    layer: str  # core, mart or metric
    table_name: str
    newest_day: date | None
    verdict: str  # PASS, WARN, BLOCK, ERROR or NONE
    days_in_a_row: int = 0  # with a closed gate, the newest included
    last_good: date | None = None  # the newest day admitted
    closed_before: list[str] = field(default_factory=list)  # days with a closed gate in the last 30 days
    deliveries_failed: int = 0  # in the last fetch: not fetched or not readable
    nights_failed: int = 0  # in a row, with such deliveries
    reason: str = ""  # why the newest day is not PASS
    samples: list[dict[str, Any]] = field(default_factory=list)  # rows that closed the gate of the newest day
    failures: list[str] = field(default_factory=list)  # what happened to the deliveries that failed
    outside: list[str] = field(default_factory=list)  # deliveries of the last fetch with rows of days not expected
    not_come: date | None = None  # the day that was due in the last night and did not come
    worth_a_look: list[Warned] = field(default_factory=list)  # warnings of the last night and of the newest day
    unfinished: bool = False  # judged, but the run ended before the batch was recorded
    source: str | None = None  # where the city's newest batch or attempt is from: live, files or simulated

    @property
    def is_broken(self) -> bool:
        """Is a gate closed or a delivery failed? As for the exit code: what is merely not delivered is not broken."""
        return self.verdict not in (*OPEN, NO_BATCH) or self.deliveries_failed > 0 or self.unfinished

    @property
    def is_trouble(self) -> bool:
        """Is there anything to report?"""
        return self.is_broken or self.verdict == NO_BATCH or bool(self.outside) or self.not_come is not None

    @property
    def how_long(self) -> str:
        """For how many days the gate has been closed, for how many nights the feed has failed."""
        counts = (("closed", self.days_in_a_row, "day"), ("failed", self.nights_failed, "night"))
        return ", ".join(f"{state} {n} {unit}{'s' if n > 1 else ''}" for state, n, unit in counts if n)


def statuses(home: Home, city: City) -> list[TableStatus]:
    """One for each feed and derived table that has a history; feeds without a batch come last."""
    verdicts = ledger.newest_verdicts(home, city.name).collect()
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city.name).sort("recorded_at").collect()
    attempts_of = {name: attempts.filter(pl.col("feed") == name) for name in city.contracts}
    recorded = ledger.read(home, "batch").filter(pl.col("city") == city.name).select("batch_id").unique().collect()
    verdicts = verdicts.join(recorded.with_columns(recorded=True), on="batch_id", how="left", maintain_order="left")
    warnings = warned(home, of_last_night(verdicts))
    by_table = verdicts.partition_by("layer", "table_name", as_dict=True)
    rows = []
    for layer, name in verdicts.select("layer", "table_name").unique().sort("layer", "table_name").iter_rows():
        days = by_table[layer, name].sort("day")
        of_feed = attempts_of.get(name, attempts.clear()) if layer == "core" else attempts.clear()
        row = _with_batches(home, city, str(layer), str(name), days, of_feed)
        rows.append(replace(row, worth_a_look=of_table(warnings, layer, name)))
    with_batches = {row.table_name for row in rows}
    never = [name for name, of_feed in attempts_of.items() if name not in with_batches and of_feed.height]
    rows += [_without_batch(city, name, attempts_of[name]) for name in never]
    source = attempts["source"].drop_nulls().to_list()[-1:] or [None]  # a home has no city from two kinds of sources
    return [replace(row, source=source[0]) for row in rows]


def _with_batches(
    home: Home, city: City, layer: str, name: str, days: pl.DataFrame, attempts: pl.DataFrame
) -> TableStatus:
    """`days`: the newest verdict of each day, oldest first, and whether its batch is recorded.

    `attempts`: those of a feed, oldest first.
    """
    newest = days.row(-1, named=True)
    failed = _failed(attempts)
    begun = days.filter(pl.col("verdict").is_in(OPEN), pl.col("recorded").is_null())["day"].to_list()
    not_come = _not_come(attempts, newest["day"])
    return TableStatus(
        city=city.name,
        layer=layer,
        table_name=name,
        newest_day=newest["day"],
        verdict=newest["verdict"] or UNKNOWN,
        days_in_a_row=_closed_in_a_row(days),
        last_good=days.filter(pl.col("verdict").is_in(OPEN)).select(pl.col("day").max()).item(),
        closed_before=_closed_lately(days, newest["day"]),
        deliveries_failed=failed.height,
        nights_failed=_nights_failed(attempts) if failed.height else 0,
        reason=_reason(newest, begun, not_come),
        not_come=not_come,
        samples=[] if newest["verdict"] in OPEN else _samples(home, newest["batch_id"]),
        failures=_what_failed(failed),
        unfinished=bool(begun),
        outside=_outside(attempts, days["day"].to_list()),
    )


def _without_batch(city: City, name: str, attempts: pl.DataFrame) -> TableStatus:
    failed = _failed(attempts)
    return TableStatus(
        city=city.name,
        layer="core",
        table_name=name,
        newest_day=None,
        verdict=NO_BATCH,
        deliveries_failed=failed.height,
        nights_failed=_nights_failed(attempts) if failed.height else 0,
        reason="" if failed.height else _why_no_batch(attempts),
        failures=_what_failed(failed),
        outside=_outside(attempts),
        not_come=_not_come(attempts, None),
    )


def _reason(newest: Mapping[str, Any], begun: Sequence[date], not_come: date | None) -> str:
    of_verdict = (
        f"{begun[-1]}: {UNFINISHED}" if begun else "" if newest["verdict"] == "PASS" else newest["reason"] or ""
    )
    missing = "" if not_come is None else did_not_come(newest["table_name"], not_come)
    return "; ".join(text for text in (missing, of_verdict) if text)


def _not_come(attempts: pl.DataFrame, newest: date | None) -> date | None:
    """The day for which the last night noted that nothing came, unless it came since, or a later one did."""
    noted = attempts.filter(pl.col("status") == "missing", pl.col("asked_day").is_not_null())["asked_day"]
    return None if noted.is_empty() or (newest is not None and newest >= noted[-1]) else noted[-1]


def _samples(home: Home, batch_id: str) -> list[dict[str, Any]]:
    """Some of the rows that broke the rules for which a gate is closed: rule, row or column and value, line."""
    results = (
        ledger.read(home, "rule_result")
        .filter(pl.col("batch_id") == batch_id, pl.col("status") != "pass", pl.col("severity") == "critical")
        .select("rule", "samples")
        .unique("rule", keep="last", maintain_order=True)
        .collect()
    )
    return [
        {"rule": rule} | sample for rule, samples in results.iter_rows() for sample in samples_of(samples)[:SAMPLES]
    ]


def samples_of(text: str | None) -> list[dict[str, Any]]:
    """The samples that a row of the ledger holds as JSON; what is not a list of objects is shown as it stands."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = text
    listed = found if isinstance(found, list) else [found]
    return [sample if isinstance(sample, dict) else {"sample": sample} for sample in listed]


def _what_failed(failed: pl.DataFrame) -> list[str]:
    """What happened to each delivery that failed; its name where nothing more is known."""
    rows = failed.select("detail", "code", "delivery").iter_rows()
    return [next((str(text) for text in row if text), "no reason was recorded") for row in rows]


def _why_no_batch(attempts: pl.DataFrame) -> str:
    details = attempts.filter(pl.col("status") != "known")["detail"].drop_nulls()
    if details.len():
        return str(details[-1])
    last = attempts["day_max"].max()
    return f"what was delivered ends on {last}: nothing covers the days that were due" if last else "nothing delivered"


def _failed(attempts: pl.DataFrame) -> pl.DataFrame:
    """Deliveries that failed in the last run that fetched this feed."""
    fetched = attempts.filter(pl.col("status") != "parsed")
    if fetched.is_empty():
        return fetched
    return attempts.filter((pl.col("run_id") == fetched["run_id"][-1]) & (pl.col("status") == "failed"))


def _outside(attempts: pl.DataFrame, judged: Sequence[date] = ()) -> list[str]:
    """What is said of rows of days that cannot be expected or are not due, of the last run that read any delivery.

    Of days that are not due nothing is said any more when the first and the last of them are `judged`: by a backfill.
    """
    runs = attempts.filter(pl.col("status") == "parsed")
    if runs.is_empty():
        return []
    of_run = attempts.filter(run_id=runs["run_id"][-1])
    done = pl.col("day_min").is_in(list(judged)) & pl.col("day_max").is_in(list(judged))
    last = of_run.filter((pl.col("rows_outside") > 0) | ((pl.col("status") == "not_due") & ~done))
    return [f"{name}: {detail}" for name, detail in last.select("delivery", "detail").iter_rows()]


def _nights_failed(attempts: pl.DataFrame) -> int:
    """Nights in a row, up to the last, in which something of this feed failed; several runs of a day are one night."""
    runs = attempts.group_by("run_id").agg(
        pl.col("recorded_at").max(),
        failed=(pl.col("status") == "failed").any(),
        fetched=(pl.col("status") != "parsed").any(),
    )
    newest_first = runs.filter("fetched").sort("recorded_at", descending=True, nulls_last=True)
    nights = set()
    for at, failed in newest_first.select("recorded_at", "failed").iter_rows():
        if not failed:
            break
        nights.add(None if at is None else at.date())
    return len(nights)


def _closed_in_a_row(days: pl.DataFrame) -> int:
    count = 0
    for verdict in reversed(days["verdict"].to_list()):
        if verdict in OPEN:
            break
        count += 1
    return count


def _closed_lately(days: pl.DataFrame, newest: date | None) -> list[str]:
    closed = days.filter(~pl.col("verdict").is_in(OPEN))["day"].drop_nulls()
    return [str(day) for day in closed if newest is not None and newest - day < LATELY]


def markdown(rows: Sequence[TableStatus], left_out: Sequence[str] = ()) -> str:
    """All troubles as a Markdown table, or a sentence that there are none. Texts of data are shown letter by letter."""
    troubles = [row for row in rows if row.is_trouble]
    packs = [f"Not read: {markdown_text(text)}" for text in left_out]
    if not troubles:
        return "\n\n".join(packs) or "Nothing failed: every gate is open and every delivery could be read."
    table = _markdown_table(
        [
            {
                "city": row.city,
                "table": f"{row.layer}.{row.table_name}",
                "verdict": f"{row.verdict} {row.newest_day or ''}",
                "for": row.how_long,
                "last good": row.last_good or "never",
                "why": "; ".join(text for text in (row.reason, *row.failures, *row.outside) if text),
            }
            for row in troubles
        ]
    )
    return "\n\n".join([*packs, table])


def _markdown_table(rows: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(markdown_text(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)
