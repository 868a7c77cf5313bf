"""What is not there, and why: absent metric values with their reasons, and the latest value with its age.

Absence is derived from the ledger when the file is published, so that it is right also when a run died.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import duckdb
import polars as pl

from assets.derive import derive
from assets.ingest import deliveries
from assets.metrics.values import period_start
from assets.pack.city import City, MetricDefinition
from assets.publication.snapshot import Live
from warehouse.home import Home
from warehouse.ledger import ledger

KEY = ["city", "area", "metric", "period", "period_start"]


@dataclass(frozen=True)
class LedgerView:
    """What the ledger knows of one city: its days, and what became of each table on each of them."""

    city: City
    days: list[date]
    verdicts: Mapping[date, Mapping[str, tuple[str, str]]]  # by day and table: verdict, reason
    registers: frozenset[str]  # references that are there
    spans: Mapping[str, list[tuple[date, date]]]  # feed -> first and last day of its deliveries, apart from each other
    tables: tuple[derive.Table, ...]  # what the city's feeds are made into
    pulls: Mapping[tuple[str, date | None], str]  # what services said last that gave nothing for a day (None: now)
    source: str | None  # source kind of the newest batch

    def verdict(self, table: str, day: date | None) -> tuple[str | None, str]:
        return self.verdicts.get(day, {}).get(table, (None, "")) if day is not None else (None, "")

    def covered(self, feed: str, day: date) -> bool:
        return any(low <= day <= high for low, high in self.spans.get(feed, []))

    @cached_property
    def worked_on(self) -> frozenset[date]:
        return frozenset(self.days)

    @cached_property
    def city_level(self) -> str:
        return self.city.areas.filter(pl.col("code") == self.city.config.area)["level"].item()

    @cached_property
    def due(self) -> Mapping[str, date]:
        """The newest period of each metric that there should be a value for."""
        return {d.metric: _due(self.city, d, self.days[-1]) for d in self.city.definitions.values()}

    @cached_property
    def periods(self) -> Mapping[str, frozenset[date]]:
        """The months and years that have a day which was worked on, by their first day."""
        kinds = {d.period for d in self.city.definitions.values() if d.rollup}
        return {kind: frozenset(period_start(day, kind) for day in self.days) for kind in kinds}


def known(live: Live) -> LedgerView:
    """Days of which any daily feed has a batch, and the newest verdict per table and day."""
    home, city = live.home, live.city
    references = [c.name for c in city.contracts.values() if c.reference_since is not None]
    others = [c.name for c in city.contracts.values() if c.every != "day"]  # a quarter stands on its first day
    rows = ledger.newest_verdicts(home, city.name).collect()
    days = (
        rows.filter((pl.col("layer") == "core") & ~pl.col("table_name").is_in([*references, *others]))["day"]
        .unique()
        .sort()
    )
    verdicts: dict[date, dict[str, tuple[str, str]]] = {}
    for table, day, verdict, reason in rows.select("table_name", "day", "verdict", "reason").iter_rows():
        verdicts.setdefault(day, {})[table] = verdict, reason
    there = frozenset(name for name in references if live.batches["core", name])
    return LedgerView(
        city,
        days.to_list(),
        verdicts,
        there,
        _spans(home, city),
        derive.tables(city),
        _gave_nothing(home, city),
        ledger.newest_source(home, city.name),
    )


def _spans(home: Home, city: City) -> dict[str, list[tuple[date, date]]]:
    """What days the deliveries of each feed reach; those that touch are one, or there would be one for each night."""
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("status") == "parsed")
    rows = attempts.select("feed", "day_min", "day_max").unique().drop_nulls().sort("feed", "day_min").collect()
    spans: dict[str, list[tuple[date, date]]] = {}
    for feed, low, high in rows.iter_rows():
        own = spans.setdefault(feed, [])
        if own and low <= own[-1][1] + timedelta(days=1):
            own[-1] = own[-1][0], max(own[-1][1], high)
        else:
            own.append((low, high))
    return spans


def _gave_nothing(home: Home, city: City) -> dict[tuple[str, date | None], str]:
    """By feed and day asked for, why the last pull brought nothing; what was landed in the meantime is not there."""
    rows = ledger.read(home, "attempt").filter(
        pl.col("city") == city.name, pl.col("source") != "files", pl.col("delivery").is_not_null()
    )
    last = rows.sort("recorded_at").group_by("feed", "delivery", maintain_order=True).last().sort("recorded_at")
    found: dict[tuple[str, date | None], str] = {}
    for feed, delivery, status, detail in last.select("feed", "delivery", "status", "detail").collect().iter_rows():
        key = (feed, deliveries.asked_for(delivery))
        if status in ("failed", "empty"):
            found[key] = detail.replace(delivery, delivery.split(" asked ")[0])  # or every night had its own reason
        else:
            found.pop(key, None)
    return found


def starts(says: LedgerView) -> set[date]:
    """The days on which there is a row for something: worked on, due, or the first of a month or year."""
    if not says.city.definitions:
        return set()
    return set(says.days).union(*says.periods.values(), says.due.values() if says.days else ())


def _wanted(says: LedgerView, day: date) -> list[MetricDefinition]:
    """The metrics of which there must be a row that starts on this day."""
    return [
        d
        for d in says.city.definitions.values()
        if (
            day in says.periods[d.period]
            if d.rollup
            # the day that was due, also where no feed has been worked on for it
            else day in says.worked_on or day == says.due[d.metric]
        )
    ]


def always(says: LedgerView) -> tuple[Any, ...]:
    """All that absent rows of every day depend on, but for the pack."""
    references = [c for c in says.city.contracts.values() if c.reference_since is not None]
    return says.source, sorted(says.registers), [(c.name, says.verdict(c.name, c.reference_since)) for c in references]


def told(says: LedgerView, day: date) -> tuple[Any, ...]:
    """All that absent rows of one day depend on besides: what was judged, what came, and what was said of it."""
    if not says.days:
        return ()
    feeds = [
        (name, says.covered(name, day), _said(says, name, day))
        for name in {f for d in _wanted(says, day) for f in d.feeds}
    ]
    return [d.metric for d in _wanted(says, day)], sorted(says.verdicts.get(day, {}).items()), sorted(feeds, key=repr)


def fill(values: pl.DataFrame, says: LedgerView, days: Sequence[date]) -> pl.DataFrame:
    """The `values` of these days, in the columns of metric.value but run and time, and a row for each not there."""
    if not says.days:
        return values
    city = says.city
    reasons = [
        (d.metric, level, d.period, day, d.unit, city.choices[d.metric].target, _why(says, d, level, day))
        for day in days
        for d in _wanted(says, day)
        for level in d.levels
    ]
    wanted = pl.DataFrame(
        reasons,
        orient="row",
        schema={
            "metric": pl.String,
            "area_level": pl.String,
            "period": pl.String,
            "period_start": pl.Date,
            "unit": pl.String,
            "target": pl.Float64,
            "reason": pl.String,
        },
    )
    areas = city.areas.select(pl.col("code").alias("area"), pl.col("level").alias("area_level"))
    grid = wanted.join(areas, on="area_level").with_columns(city=pl.lit(city.name))
    absent = grid.join(values, on=KEY, how="anti").with_columns(
        value=pl.lit(None, pl.Float64),
        n=pl.lit(0, pl.Int64),
        completeness=pl.lit(0.0),
        status=pl.lit("absent"),
        source=pl.lit(says.source),
        batch_ids=pl.lit([], pl.List(pl.String)),
    )
    return pl.concat([values, absent.select(values.columns)])


def _why(says: LedgerView, definition: MetricDefinition, level: str, start: date) -> str:
    """The first thing on the metric's way that went wrong, from the feed onwards."""
    if definition.rollup:
        return f"no valid day of {definition.rollup_of} in this {definition.period}"
    for feed in definition.feeds:
        verdict, reason = says.verdict(feed, start)
        said = _said(says, feed, start)
        if verdict is None and said is not None:
            return f"{feed} could not be had for this day: {said}"
        if verdict is None and says.covered(feed, start):
            return f"{feed} has not been worked on for this day, or has no row for it"
        if verdict is None:
            lag = says.city.contracts[feed].lag_days if feed in says.city.contracts else 0
            late = f" (it comes {lag} days late)" if lag else ""
            return f"no delivery of {feed} covers this day{late}"
        if verdict in ("BLOCK", "ERROR"):
            return f"gate of {feed} closed, {verdict}: {reason}"
    marts = [t for t in says.tables if t.layer == "mart" and any(need in definition.feeds for _, need in t.needs)]
    for table in [*marts, *(t for t in says.tables if t.name == definition.field)]:
        verdict, reason = says.verdict(table.name, start)
        if verdict in ("BLOCK", "ERROR"):
            return f"gate of {table.name} closed, {verdict}: {reason}"
    if level != says.city_level:  # the city needs no register
        for name in (name for table in marts for name in table.uses):
            if (why := _no_register(says, name, start)) is not None:
                return f"{why}, so {' and '.join(definition.feeds)} can not be put into areas"
    return f"{' and '.join(definition.feeds)} has nothing for this area on this day"


def _said(says: LedgerView, feed: str, start: date) -> str | None:
    """Why a service gave nothing for a day. What is asked for "now" is asked for the newest day that is due."""
    lag = says.city.contracts[feed].lag_days if feed in says.city.contracts else 0
    newest = start >= says.days[-1] - timedelta(days=lag)
    return says.pulls.get((feed, start), says.pulls.get((feed, None)) if newest else None)


def _no_register(says: LedgerView, name: str, day: date) -> str | None:
    """Why a reference cannot be used on a day; None if it can."""
    since = says.city.contracts[name].reference_since
    verdict, reason = says.verdict(name, since)
    if name not in says.registers:
        return f"gate of {name} closed, {verdict}: {reason}" if verdict is not None else f"no delivery of {name}"
    return f"{name} is valid from {since} only" if since is not None and day < since else None


def latest(con: duckdb.DuckDBPyConnection, known: Sequence[LedgerView]) -> pl.DataFrame:
    """The newest value of each metric and area; `stale`, with the reason, when a newer day was due.

    A metric that never had a value is there too, absent with its reason. Due is the newest day the
    platform has worked on less the lag of the feeds; for months and years the last whole one.
    `con`: a file in which metric.value is filled.
    """
    due = pl.DataFrame(
        [(says.city.name, metric, day) for says in known if says.days for metric, day in says.due.items()],
        schema={"city": pl.String, "metric": pl.String, "due": pl.Date},
        orient="row",
    )
    con.register("due", due)
    rows = con.sql("""
        WITH last AS (
            SELECT city, area, metric, period, max(due) AS due, max(period_start) AS newest,
                max(period_start) FILTER (value IS NOT NULL) AS valued
            FROM metric.value JOIN due USING (city, metric) WHERE period_start <= due GROUP BY ALL)
        SELECT v.*, last.due, last.newest, last.valued
        FROM metric.value v JOIN last USING (city, area, metric, period)
        WHERE v.period_start IN (last.newest, last.valued)""").pl()
    con.unregister("due")
    columns = rows.drop("due", "newest", "valued").columns
    by = KEY[:-1]
    last_word = rows.filter(pl.col("period_start") == pl.col("newest")).select(*by, pl.col("reason").alias("missing"))
    never = rows.filter(pl.col("valued").is_null())
    aged = rows.filter(pl.col("period_start") == pl.col("valued")).join(last_word, on=by)
    aged = aged.with_columns(stale=pl.col("period_start") < pl.col("due")).with_columns(
        status=pl.when("stale").then(pl.lit("stale")).otherwise("status"),
        reason=pl.when("stale").then(pl.format("{}: {}", "newest", pl.col("missing").fill_null("not made yet"))),
    )
    return pl.concat([aged.select(columns), never.select(columns)]).sort("city", "metric", "area")


def _due(city: City, definition: MetricDefinition, last: date) -> date:
    lag = max((city.contracts[f].lag_days for f in definition.feeds if f in city.contracts), default=0)
    day = last - timedelta(days=lag)
    if not definition.rollup:
        return day
    start = period_start(day + timedelta(days=1), definition.period)  # the period that runs on the day after
    return period_start(start - timedelta(days=1), definition.period)
