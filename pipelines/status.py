"""How each feed and table stands, from the ledger alone: newest day, verdict, and for how long it has failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from assets.derive.parts import feeds_of
from assets.ingest.not_come import did_not_come
from assets.pack.city import City
from assets.terms.standing import Standing, why_stopped
from pipelines.attempts import (
    day_not_come,
    failed_last,
    failure_codes_of,
    last_run,
    nights_with_failures,
    outside_of_last,
    what_failed,
    why_no_batch,
)
from pipelines.never_made import never_made
from pipelines.warned import Warned, finding_of, of_last_night, of_table, warned
from quality.verdict import OPEN
from warehouse.home import Home
from warehouse.ledger import ledger

SAMPLES = 3  # of the rows behind a closed gate
LATELY = timedelta(days=30)
NO_BATCH = "NONE"  # the verdict of a feed that was fetched and never had a batch
UNFINISHED = "judged, but the run ended before it was done; the next run goes on from there"
UNKNOWN = "UNKNOWN"  # where the ledger has a row without a verdict: closed, as whatever is not known to be open


@dataclass(frozen=True)
class BrokenRule:
    """A rule that closed a gate."""

    rule: str  # its code
    title: str
    finding: str  # code, title and what was found, in a sentence


@dataclass(frozen=True)
class TableStatus:
    """One feed or derived table as its newest day stands. `madang status --json` prints these fields."""

    city: str
    layer: str  # core, mart or metric
    table_name: str
    newest_day: date | None
    verdict: str  # PASS, WARN, BLOCK, ERROR or NONE
    days_in_a_row: int = 0  # with a closed gate, the newest included
    since: date | None = (
        None  # the first of the closed days, or of the nights that failed, or the day that did not come
    )
    run_id: str | None = None  # that judged the newest day; of a feed that failed, that tried last
    rules: list[BrokenRule] = field(default_factory=list)  # that closed the gate of the newest day
    metrics: list[str] = field(
        default_factory=list
    )  # titles of the metrics that are made of it, where it has a trouble
    last_good: date | None = None  # the newest day admitted
    closed_before: list[str] = field(default_factory=list)  # days with a closed gate in the last 30 days
    deliveries_failed: int = 0  # in the last fetch: not fetched or not readable
    nights_failed: int = 0  # in a row, with such deliveries
    reason: str = ""  # why the newest day is not PASS
    samples: list[dict[str, Any]] = field(default_factory=list)  # rows that closed the gate of the newest day
    failures: list[str] = field(default_factory=list)  # what happened to the deliveries that failed
    failure_codes: list[str] = field(default_factory=list)  # of these, each once
    outside: list[str] = field(default_factory=list)  # deliveries of the last fetch with rows of days not expected
    not_come: date | None = None  # the day that was due in the last night and did not come
    worth_a_look: list[Warned] = field(default_factory=list)  # warnings of the last night and of the newest day
    stopped: str = ""  # why the feed is not fetched any more: its contract has ended, or it is withdrawn
    unfinished: bool = False  # judged, but the run ended before the batch was recorded
    never_made: bool = False  # no night has made a day of it; `reason` says why
    source: str | None = None  # where the city's newest batch or attempt is from: live, files or simulated

    @property
    def is_broken(self) -> bool:
        """Is a gate closed or a delivery failed? As for the exit code: what is merely not delivered is not broken."""
        return self.verdict not in (*OPEN, NO_BATCH) or self.deliveries_failed > 0 or self.unfinished

    @property
    def is_trouble(self) -> bool:
        """Is there anything to report?"""
        remarked = bool(self.outside or self.stopped) or self.not_come is not None
        return self.is_broken or (self.verdict == NO_BATCH and not self.never_made) or remarked

    @property
    def how_long(self) -> str:
        """For how many days the gate has been closed, for how many nights the feed has failed."""
        if self.never_made:
            return "never made"
        counts = (("closed", self.days_in_a_row, "day"), ("failed", self.nights_failed, "night"))
        return ", ".join(f"{state} {n} {unit}{'s' if n > 1 else ''}" for state, n, unit in counts if n)


def statuses(home: Home, city: City) -> list[TableStatus]:
    """One for each feed and derived table of a city that has a history; what has no batch comes last, and what no night
    has made yet after it."""
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
    if rows:
        of_tables = {(row.layer, row.table_name): (row.newest_day, row.verdict) for row in rows if row.newest_day}
        asked = [name for name, of_feed in attempts_of.items() if of_feed.height]
        rows += [
            TableStatus(city.name, layer, name, None, NO_BATCH, reason=why, never_made=True)
            for layer, name, why in never_made(city, of_tables, asked)
        ]
    rows = [_with_stop(home, city, row) for row in rows]
    return [replace(row, source=source[0], metrics=_metrics_of(city, row)) for row in rows]


def _with_stop(home: Home, city: City, row: TableStatus) -> TableStatus:
    """Of a feed that is not fetched any more it is said why, and no day of it is missed."""
    contract = city.contracts.get(row.table_name) if row.layer == "core" else None
    if contract is None:
        return row
    standing = Standing.of(home, city.name, contract, datetime.now(city.timezone).date())
    if not standing.stops:
        return row
    stopped = why_stopped(standing)
    return replace(row, stopped=stopped, not_come=None, reason="; ".join(t for t in (stopped, row.reason) if t))


def _metrics_of(city: City, row: TableStatus) -> list[str]:
    """The titles of the city's metrics that a table with a trouble goes into."""
    if not row.is_trouble:
        return []
    if row.layer == "core":
        names = [name for name in city.metrics if row.table_name in feeds_of(city, name)]
    else:
        subject = row.table_name.removesuffix("_period").removesuffix("_hour")
        names = [name for name, metric in city.metrics.items() if metric.subject == subject]
    return [city.metric_title(name).shown for name in names]


def _with_batches(
    home: Home, city: City, layer: str, name: str, days: pl.DataFrame, attempts: pl.DataFrame
) -> TableStatus:
    """`days`: the newest verdict of each day, oldest first, and whether its batch is recorded.

    `attempts`: those of a feed, oldest first.
    """
    newest = days.row(-1, named=True)
    failed = failed_last(attempts)
    nights = nights_with_failures(attempts) if failed.height else []
    closed = _closed_in_a_row(days)
    results = None if newest["verdict"] in OPEN else _closing(home, newest["batch_id"])
    begun = days.filter(pl.col("verdict").is_in(OPEN), pl.col("recorded").is_null())["day"].to_list()
    not_come = day_not_come(attempts, newest["day"])
    return TableStatus(
        city=city.name,
        layer=layer,
        table_name=name,
        newest_day=newest["day"],
        verdict=newest["verdict"] or UNKNOWN,
        days_in_a_row=closed,
        since=days["day"][-closed] if closed else nights[0] if nights else not_come,
        run_id=newest["run_id"] if closed or attempts.is_empty() else last_run(failed if failed.height else attempts),
        rules=[] if results is None else _rules(results),
        last_good=days.filter(pl.col("verdict").is_in(OPEN)).select(pl.col("day").max()).item(),
        closed_before=_closed_lately(days, newest["day"]),
        deliveries_failed=failed.height,
        nights_failed=len(nights),
        reason=_reason(newest, begun, not_come),
        not_come=not_come,
        samples=[] if results is None else _samples(results),
        failures=what_failed(failed),
        failure_codes=failure_codes_of(failed),
        unfinished=bool(begun),
        outside=outside_of_last(attempts, days["day"].to_list()),
    )


def _without_batch(city: City, name: str, attempts: pl.DataFrame) -> TableStatus:
    failed = failed_last(attempts)
    nights = nights_with_failures(attempts) if failed.height else []
    not_come = day_not_come(attempts, None)
    return TableStatus(
        city=city.name,
        layer="core",
        table_name=name,
        newest_day=None,
        verdict=NO_BATCH,
        since=nights[0] if nights else not_come,
        run_id=last_run(failed if failed.height else attempts),
        deliveries_failed=failed.height,
        nights_failed=len(nights),
        reason="" if failed.height else why_no_batch(attempts),
        failures=what_failed(failed),
        failure_codes=failure_codes_of(failed),
        outside=outside_of_last(attempts),
        not_come=not_come,
    )


def _reason(newest: Mapping[str, Any], begun: Sequence[date], not_come: date | None) -> str:
    of_verdict = (
        f"{begun[-1]}: {UNFINISHED}" if begun else "" if newest["verdict"] == "PASS" else newest["reason"] or ""
    )
    missing = "" if not_come is None else did_not_come(newest["table_name"], not_come)
    return "; ".join(text for text in (missing, of_verdict) if text)


def _closing(home: Home, batch_id: str) -> pl.DataFrame:
    """The results for which a gate is closed: critical rules that do not hold, or that could not be evaluated."""
    return (
        ledger.read(home, "rule_result")
        .filter(pl.col("batch_id") == batch_id, pl.col("status") != "pass")
        .filter((pl.col("severity") == "critical") | (pl.col("status") == "error"))
        .unique("rule", keep="last", maintain_order=True)
        .collect()
    )


def _rules(results: pl.DataFrame) -> list[BrokenRule]:
    """Of rows of ledger.rule_result."""
    return [BrokenRule(str(row["rule"]), str(row["title"] or ""), finding_of(row)) for row in results.to_dicts()]


def _samples(results: pl.DataFrame) -> list[dict[str, Any]]:
    """Some of the rows that broke the rules for which a gate is closed: rule, row or column and value, line."""
    return [
        {"rule": rule} | sample
        for rule, samples in results.select("rule", "samples").iter_rows()
        for sample in samples_of(samples)[:SAMPLES]
    ]


def samples_of(text: str | None) -> list[dict[str, Any]]:
    """The samples that a row of the ledger holds as JSON; what is not a list of objects is shown as it stands."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = text
    listed = found if isinstance(found, list) else [found]
    return [sample if isinstance(sample, dict) else {"sample": sample} for sample in listed]


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
