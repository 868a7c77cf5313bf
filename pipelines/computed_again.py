"""A published value computed once more for `madang explain`: each step with its rows, and whether it is the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.crashes import CRASHES, crash_text
from assets.derive.versions import code_version, pack_version
from assets.mart import QUANTITY, marts_of_tables
from assets.metrics.evaluate.trace import TracedStep
from assets.metrics.fed_marts import FedMart, fed_marts
from assets.metrics.feeds import AREA_COLUMN
from assets.metrics.measured import DIGITS
from assets.metrics.reasons import in_english
from assets.retrace.batch_rows import BatchRecord, Origin, RowsOfBatches, batches_behind
from assets.retrace.retrace import MetricTable, Retraced, retrace, table_of_metric
from assets.trial.private_folder import private_folder
from quality.contract.interval import last_of_period
from warehouse.arrow import fetched_frame
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

Row = Mapping[str, Any]

FROM: Mapping[Origin, str] = {
    "live": "live in the lake",
    "kept": "from files of the lake that were replaced since",
    "landed": "read again from the raw bytes",
}
_HIDDEN = {
    "metric",
    "area_level",
    "covered",
    "at_least",
    "method",
    "standard",
    "why",
    "remark",
}  # shown elsewhere, or as reason
_IS_THERE = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'mart' AND table_name = ?"
_PUBLISHED = ("area", "day", "hour", "hour_utc", "value", "unit", "n", "expected", "counted", "status", "reason")


@dataclass(frozen=True)
class ShownStep:
    """A step with its rows, as the terminal and JSON show them."""

    metric: str
    title: str
    feed: str | None  # of which feed, at places
    rows: Sequence[Row]


@dataclass(frozen=True)
class ComputedAgain:
    """The result. `same`: as published, to twelve digits; None: it could not be computed."""

    same: bool | None
    value: float | None = None
    reason: str | None = None
    steps: Sequence[ShownStep] = ()
    remarks: Sequence[str] = field(default_factory=list)  # where the rows come from, and what has changed since


def computed_again(run: RunContext, value: Row) -> ComputedAgain:
    """A row of metric.value (or metric.hourly, with period and period_start), computed once more. Raises nothing that
    data or code do: why it could not be computed is a remark."""
    ids, metric = value["batch_ids"] or (), value["metric"]
    table = table_of_metric(run.city, metric)
    if table is None:
        return ComputedAgain(None, remarks=[f"the pack of now has no feed for {metric}: no step can be shown"])
    if not ids:
        return ComputedAgain(None, remarks=["nothing came that it could be computed from: there is no step"])
    behind = batches_behind(run.home, run.city.name, ids)
    with private_folder() as folder:
        reading = RowsOfBatches(run, Home(folder))
        try:
            found = retrace(run, table, value["period_start"], value["area"], behind, ids, reading)
            return _compared(run, table, value, found, behind, reading.origins)
        except CRASHES as error:
            changed = list(_changed(run, table, value, behind))
            text = f"it could not be computed again: {crash_text(table.contract, error)}"
            return ComputedAgain(None, remarks=[text, *changed])


def _compared(
    run: RunContext,
    table: MetricTable,
    value: Row,
    found: Retraced,
    behind: Mapping[str, BatchRecord],
    origins: Mapping[str, Origin],
) -> ComputedAgain:
    rows = found.values.filter(pl.col("metric") == value["metric"], pl.col("area") == value["area"])
    if value.get("starts_at_utc") is not None:
        rows = rows.filter(pl.col("hour_utc") == value["starts_at_utc"])
    metric, area = value["metric"], value["area"]
    marts = {name: mart for name, mart in fed_marts(run.city).items() if name in found.private}
    steps = [*(step for mart in marts.values() for step in _published_rows(run, mart, value))]
    steps += [
        ShownStep(s.metric, s.title, s.feed, shown_rows(s, metric, area, every_area=found.every_area))
        for s in found.steps
    ]
    remarks = list(_origins(origins))
    if found.private:
        behind_marts = {feed.name for mart in marts.values() for feed in mart.feeds_behind if feed.private}
        feeds = ", ".join(sorted({*found.private} - marts.keys() | behind_marts))
        remarks.append(f"{feeds}: private, so that only what is published is shown, and no reading or place")
    changed = list(_changed(run, table, value, behind))
    if rows.is_empty():
        return ComputedAgain(False, None, None, steps, [*remarks, *(changed or ["now there is no such value"])])
    again = rows.row(0, named=True)
    if is_same(value["value"], again["value"]):
        return ComputedAgain(True, again["value"], again["reason"], steps, remarks)
    why = changed or ["nothing that is known has changed since: report it"]
    return ComputedAgain(False, again["value"], again["reason"], steps, [*remarks, *why])


def _published_rows(run: RunContext, mart: FedMart, value: Row) -> Iterator[ShownStep]:
    """What is published of a mart of private feeds, of the area and period of a value: these rows alone left the home.

    They are read from the published file, never from the lake: what is held back there is not shown here.
    """
    contract, name = mart.contract, marts_of_tables()[mart.contract.name]
    named, first = f"mart.{name}", value["period_start"]
    last = first if value["period"] in ("hour", "day") else last_of_period(first, value["period"])
    of_area = "AND area = ?" if AREA_COLUMN in contract.key else ""
    wanted = [run.city.name, first, last, *([value["area"]] if of_area else [])]
    with connect.open_published(run.home) as con:
        if not con.execute(_IS_THERE, [name]).fetchall():
            return
        of_city = f"SELECT * FROM {named} WHERE city = ? AND day BETWEEN ? AND ? {of_area} ORDER BY ALL"
        found = fetched_frame(con.sql(of_city, params=wanted))
    if mart.quantities is not None:
        found = found.filter(pl.col(QUANTITY).is_in(mart.quantities))
    told = [name for name in contract.schema if name not in _HIDDEN and found[name].null_count() < found.height]
    if told:
        yield ShownStep(named, "as published", None, found.select(told).to_dicts())


def is_same(one: float | None, other: float | None) -> bool:
    """Whether two values are the same to twelve digits, or both absent."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=10.0 ** (1 - DIGITS))


def shown_rows(step: TracedStep, metric: str, area: str, *, every_area: bool) -> Sequence[Row]:
    """The rows of a step for people: the area asked for first, reasons as sentences, no column without a value.

    every_area: other areas too, where `metric` is made of theirs.
    """
    rows = step.rows
    if "_area" in rows.columns:  # at places, where a column `area` is what the rows themselves say: a name, or a code
        rows = rows.drop("area", strict=False)
    if "why" in rows.columns and "reason" not in rows.columns:
        said = pl.coalesce("why", "remark")
        rows = rows.with_columns(reason=in_english(said.struct["code"], said.struct["gaps"]))
    if "completeness" in rows.columns:
        rows = rows.select(name for name in _PUBLISHED if name in rows.columns)
    if "area" in rows.columns:
        if step.metric == metric or not every_area:
            rows = rows.filter(pl.col("area") == area)
        rows = rows.sort(pl.col("area") != area, maintain_order=True)
    told = [name for name in rows.columns if name not in _HIDDEN and rows[name].null_count() < rows.height]
    return rows.select(pl.col(name).alias(name.removeprefix("_")) for name in told).to_dicts()


def _origins(origins: Mapping[str, Origin]) -> Iterator[str]:
    for origin, text in FROM.items():
        count = sum(found == origin for found in origins.values())
        if count:
            yield f"{count} {'batch' if count == 1 else 'batches'} {text}"


def _changed(run: RunContext, table: MetricTable, value: Row, behind: Mapping[str, BatchRecord]) -> Iterator[str]:
    """What has changed since the value was made, a sentence each."""
    made = made_by(run.home, run.city.name, table, value["period_start"], value["batch_ids"] or ())
    if made is not None and made.code_version != code_version():
        yield "the code of metrics has changed since"
    if made is not None and made.pack_version != pack_version(run.city):
        yield f"the pack of {run.city.name} has changed since"
    for record in {one.table: one for one in behind.values() if one.layer == "core"}.values():
        contract = run.city.contracts.get(record.table)
        if contract is None:
            yield f"the pack has no feed {record.table} any more"
        elif contract.hash != record.contract_hash:
            yield f"the contract of {record.table} has changed since"


def made_by(home: Home, city: str, table: MetricTable, start: date, ids: Sequence[str]) -> BatchRecord | None:
    """The newest batch of a metric table that was made of these batches, among others."""
    rows = ledger.read(home, "batch").filter(
        pl.col("city") == city,
        pl.col("layer") == table.layer,
        pl.col("table_name") == table.name,
        pl.col("day") == start,
        pl.col("state") == "committed",
    )
    newest = [row for row in rows.sort("recorded_at").collect().to_dicts() if set(ids) <= {*row["input_batches"]}]
    return BatchRecord.of(newest[-1]) if newest else None
