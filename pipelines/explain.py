"""Lineage of one published value: definition, steps, batches, deliveries, rules that failed, and how it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs

from assets.suggested import suggested
from pipelines.computed_again import ComputedAgain
from pipelines.period_names import AskedPeriod
from quality.contract.interval import periods_with
from quality.contract.texts import PLATFORM
from quality.text import normalised
from warehouse.arrow import fetched_frame
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

_OF_PERIOD = "SELECT * FROM metric.value WHERE city = ? AND metric = ? AND area = ? AND period_start = ?"
_OF_HOUR = """SELECT *, 'hour' AS period, day AS period_start, NULL::TIMESTAMP AS published_at FROM metric.hourly
    WHERE city = ? AND metric = ? AND area = ? AND starts_at = ? ORDER BY starts_at_utc LIMIT 1"""
BATCH_COLUMNS = (
    "batch_id",
    "layer",
    "table_name",
    "day",
    "rows_read",
    "rows_kept",
    "rows_quarantined",
    "rows_replaced",
    "rows_repeated",
    "rows_contradicted",
    "recorded_at",
)
Row = dict[str, Any]


class NoSuchValueError(LookupError):
    """There is no such value; the text is one sentence that says why, and where to look."""


class UnknownWordError(NoSuchValueError):
    """City, metric or area is not published at all: a mistake in what was asked."""


class NotPublishedError(UnknownWordError):
    """The city publishes no such metric."""


@dataclass(frozen=True)
class Lineage:
    """Everything behind one value. `madang explain --json` prints these fields."""

    area_name: str  # in English, and as the city calls it
    definition: Row  # of metric.definition
    value: Row  # of metric.value
    history: list[Row]  # of metric.history, oldest version first
    batches: list[Row]  # of ledger.batch
    deliveries: list[Row]  # landed objects that the batches were made from
    rules_failed: list[Row]  # of ledger.rule_result
    again: ComputedAgain | None = None  # with its steps; None: they were not asked for


def explain(
    home: Home,
    city: str,
    metric: str,
    area: str,
    when: AskedPeriod,
    again: Callable[[Row], ComputedAgain] | None = None,
) -> Lineage:
    """The lineage of the value of an area (its code or name) and a period; an hour is asked for by its local beginning.
    `again` computes a row of metric.value once more.

    Raises UnknownWordError if city, area or metric are not published, or the metric has no such periods,
    NoSuchValueError if the value is not.
    """
    with connect.open_published(home) as con:
        area_row = _area(home, con, city, area)
        of_city = "SELECT * FROM metric.definition WHERE city = ? AND metric = ?"
        definition = fetched_frame(con.sql(of_city, params=[city, metric]))
        if definition.is_empty():
            query = "SELECT metric, title FROM metric.definition"
            raise NotPublishedError(f"{city} has no metric {metric!r}; see `{suggested('sql', query, home=home.root)}`")
        period = definition["period"].item()
        if (wrong := when.why_not_of(period)) is not None:
            raise UnknownWordError(f"{metric} is not of that period: {wrong}")
        of_hour = period == "hour"
        key = [city, metric, area_row["area"], when.begins if of_hour else when.day]
        value = fetched_frame(con.sql(_OF_HOUR if of_hour else _OF_PERIOD, params=key))
        if value.is_empty():
            asked = when.begins if of_hour else when.day
            why = _why_none(when.day, period)
            raise NoSuchValueError(f"no value of {metric} for {area} on {asked} was ever published; {why}")
        history = fetched_frame(
            con.sql(
                "SELECT version, published_at, replaced_at, value, status, reason FROM metric.history "
                "WHERE city = ? AND metric = ? AND area = ? AND period_start = ? ORDER BY version",
                params=key,
            )
        )
    row = value.to_dicts()[0]
    batches, deliveries = _trace(home, city, row["batch_ids"] or [])
    rules = _rules_failed(home, batches["batch_id"].to_list(), row["batch_ids"] or [])
    return Lineage(
        area_name=_both(area_row["shown"], area_row["name"]),
        definition=definition.row(0, named=True),
        value=_with_zone(value).to_dicts()[0],
        history=_with_zone(history).to_dicts(),
        batches=batches.to_dicts(),
        deliveries=deliveries.to_dicts(),
        rules_failed=rules.to_dicts(),
        again=None if again is None else again(row),
    )


def _why_none(day: date, period: str) -> str:
    """Why a moment has no value: it begins no period of the metric, or nothing was made of it."""
    if period == "hour":
        return "the day has not been worked on, and it has values of hours: write 2026-06-30T14:00"
    begins = periods_with(day, period)[-1]
    if begins == day:
        return f"the {period.replace('_', ' ')} has not been worked on"
    return f"its values are of a {period.replace('_', ' ')} and stand on the first day: write {begins}"


def _with_zone(rows: pl.DataFrame) -> pl.DataFrame:
    """Instants of the published file, which are in UTC, as instants."""
    return rows.with_columns(cs.by_name("published_at", "replaced_at", require_all=False).dt.replace_time_zone("UTC"))


def _both(english: str, own: str) -> str:
    return english if english == own else f"{english} ({own})"


def _area(home: Home, con: duckdb.DuckDBPyConnection, city: str, area: str) -> Row:
    """area, name and shown (the name in English) of the area with this code or name, in any language."""
    areas = fetched_frame(
        con.sql(
            "SELECT area, any_value(name) AS name, any_value(text) FILTER (language = ?) AS shown, list(text) AS names "
            "FROM mart.area JOIN mart.text t ON t.city = area.city AND kind = 'area' AND key = area "
            "WHERE area.city = ? GROUP BY area",
            params=[PLATFORM, city],
        )
    )
    asked = normalised(area).lower()
    same = (pl.col("area") == area) | pl.col("names").list.eval(pl.element().str.to_lowercase()).list.contains(asked)
    matching = areas.filter(same)
    if matching.is_empty():
        if areas.is_empty():
            known = [name for (name,) in con.execute("SELECT DISTINCT city FROM mart.area ORDER BY city").fetchall()]
            raise UnknownWordError(f"no city {city!r} is published; there are: {', '.join(known) or 'none'}")
        query = "SELECT area, name FROM mart.area"
        raise UnknownWordError(f"{city} has no area {area!r}; see `{suggested('sql', query, home=home.root)}`")
    return matching.row(0, named=True)


def _rules_failed(home: Home, batches: Sequence[str], ids: Sequence[str]) -> pl.DataFrame:
    """Rules that did not hold on these batches: first those that the value names itself, `ids`, then the newest days.
    Behind a value that is watched stand forty days, and a screen shows twenty rows."""
    return (
        ledger.read(home, "rule_result", batches)
        .filter(pl.col("status") != "pass")
        .with_columns(_named=pl.col("batch_id").is_in(list(ids)))
        .sort("_named", "day", "table_name", "rule", descending=[True, True, False, False])
        .select("table_name", "day", "rule", "severity", "title", "observed")
        .unique(maintain_order=True)
        .collect()
    )


def _trace(home: Home, city: str, ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Batches behind a value, down to the deliveries."""
    all_batches = ledger.read(home, "batch").filter(pl.col("city") == city).unique("batch_id").collect()
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city).sort("recorded_at").collect()
    batches, wanted = all_batches.clear(), set(ids)
    while wanted:
        step = all_batches.filter(pl.col("batch_id").is_in(list(wanted)))
        batches = pl.concat([batches, step])
        wanted = {batch for row in step["input_batches"].to_list() for batch in row or ()} - set(batches["batch_id"])
    objects = {sha for row in batches["input_deliveries"].to_list() for sha in row or ()}
    deliveries = (
        attempts.filter(pl.col("sha256").is_in(list(objects)))
        .unique("sha256", keep="first", maintain_order=True)
        .select(
            "feed", "delivery", pl.col("sha256").str.slice(0, 12), "size_bytes", pl.col("recorded_at").dt.round("1s")
        )
    )
    named = batches.unique("batch_id").with_columns(_named=pl.col("batch_id").is_in(ids))
    return named.sort("_named", "layer", "table_name", "day", descending=[True, False, False, True]).select(
        BATCH_COLUMNS
    ), deliveries
