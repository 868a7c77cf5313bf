"""What is not there, and why: absent metric values with their reasons, and the latest value with its age.

Absence is derived from the ledger when the file is published, so that it is right also when a run died.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from assets import deliveries, derive
from assets.metrics.values import period_start
from assets.pack import City, Definition
from warehouse import lake, ledger
from warehouse.home import Home

KEY = ["city", "area", "metric", "period", "period_start"]


@dataclass(frozen=True)
class Known:
    """What the ledger knows of one city: its days, and what became of each table on each of them."""

    days: list[date]
    verdicts: Mapping[tuple[str, date], tuple[str, str]]  # (table, day) -> verdict, reason
    registers: frozenset[str]  # references that are there
    spans: Mapping[str, list[tuple[date, date]]]  # feed -> first and last day of each delivery
    tables: tuple[derive.Table, ...]  # what the city's feeds are made into
    pulls: Mapping[tuple[str, date | None], str]  # what services said last that gave nothing for a day (None: now)


def known(home: Home, city: City) -> Known:
    """Days of which any daily feed has a batch, and the newest verdict per table and day."""
    references = [c.name for c in city.contracts.values() if c.reference_since is not None]
    others = [c.name for c in city.contracts.values() if c.every != "day"]  # a quarter stands on its first day
    rows = ledger.newest_verdicts(home, city.name).collect()
    days = (
        rows.filter((pl.col("layer") == "core") & ~pl.col("table").is_in([*references, *others]))["day"].unique().sort()
    )
    verdicts = {
        (table, day): (verdict, reason)
        for table, day, verdict, reason in rows.select("table", "day", "verdict", "reason").iter_rows()
    }
    there = frozenset(name for name in references if lake.live_batches(home.table(city.name, "core", name)))
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("status") == "parsed")
    spans: dict[str, list[tuple[date, date]]] = {}
    for feed, low, high in attempts.select("feed", "day_min", "day_max").unique().drop_nulls().collect().iter_rows():
        spans.setdefault(feed, []).append((low, high))
    return Known(days.to_list(), verdicts, there, spans, derive.tables(city), _gave_nothing(home, city))


def _gave_nothing(home: Home, city: City) -> dict[tuple[str, date | None], str]:
    """By feed and day asked for, why the last pull brought nothing; what was landed in the meantime is not there."""
    rows = ledger.read(home, "attempt").filter(
        pl.col("city") == city.name, pl.col("source") != "files", pl.col("delivery").is_not_null()
    )
    found: dict[tuple[str, date | None], str] = {}
    for feed, delivery, status, detail in (
        rows.sort("at").select("feed", "delivery", "status", "detail").collect().iter_rows()
    ):
        key = (feed, deliveries.asked_for(delivery))
        if status in ("failed", "empty"):
            found[key] = detail.replace(delivery, delivery.split(" asked ")[0])  # or every night had its own reason
        else:
            found.pop(key, None)
    return found


def fill(values: pl.DataFrame, home: Home, city: City) -> pl.DataFrame:
    """`values` (columns of metric.value but run_id and published_at) with a row for all that is not there."""
    ledger_says = known(home, city)
    if not ledger_says.days:
        return values
    reasons = []
    for definition in city.definitions.values():
        starts = {period_start(d, definition.period) if definition.rollup else d for d in ledger_says.days}
        if not definition.rollup:  # the day that was due, also where no feed has been worked on for it
            starts.add(_due(city, definition, ledger_says.days[-1]))
        reasons += [
            (definition.metric, level, definition.period, start, definition.unit,
             city.choices[definition.metric].target, _why(city, definition, level, start, ledger_says))
            for start in sorted(starts)
            for level in definition.levels
        ]  # fmt: skip
    wanted = pl.DataFrame(
        reasons, orient="row",
        schema={"metric": pl.String, "area_level": pl.String, "period": pl.String, "period_start": pl.Date,
                "unit": pl.String, "target": pl.Float64, "reason": pl.String},
    )  # fmt: skip
    areas = city.areas.select(pl.col("code").alias("area"), pl.col("level").alias("area_level"))
    grid = wanted.join(areas, on="area_level").with_columns(city=pl.lit(city.name))
    absent = grid.join(values, on=KEY, how="anti").with_columns(
        value=pl.lit(None, pl.Float64), n=pl.lit(0, pl.Int64), completeness=pl.lit(0.0), status=pl.lit("absent"),
        source=pl.lit(ledger.newest_source(home, city.name)), batch_ids=pl.lit([], pl.List(pl.String)),
    )  # fmt: skip
    return pl.concat([values, absent.select(values.columns)])


def _why(city: City, definition: Definition, level: str, start: date, ledger_says: Known) -> str:
    """The first thing on the metric's way that went wrong, from the feed onwards."""
    if definition.rollup:
        return f"no valid day of {definition.rollup_of} in this {definition.period}"
    for feed in definition.feeds:
        verdict, reason = ledger_says.verdicts.get((feed, start), (None, ""))
        said = _said(city, feed, start, ledger_says)
        if verdict is None and said is not None:
            return f"{feed} could not be had for this day: {said}"
        if verdict is None and any(low <= start <= high for low, high in ledger_says.spans.get(feed, [])):
            return f"{feed} has not been worked on for this day, or has no row for it"
        if verdict is None:
            lag = city.contracts[feed].lag_days if feed in city.contracts else 0
            late = f" (it comes {lag} days late)" if lag else ""
            return f"no delivery of {feed} covers this day{late}"
        if verdict in ("BLOCK", "ERROR"):
            return f"gate of {feed} closed, {verdict}: {reason}"
    made = ledger_says.tables
    marts = [t for t in made if t.layer == "mart" and any(need in definition.feeds for _, need in t.needs)]
    for table in [*marts, *(t for t in made if t.name == definition.field)]:
        verdict, reason = ledger_says.verdicts.get((table.name, start), (None, ""))
        if verdict in ("BLOCK", "ERROR"):
            return f"gate of {table.name} closed, {verdict}: {reason}"
    if level not in city.areas.filter(pl.col("code") == city.facts.area)["level"]:  # the city needs no register
        for name in (name for table in marts for name in table.uses):
            if (why := _no_register(city, name, start, ledger_says)) is not None:
                return f"{why}, so {' and '.join(definition.feeds)} can not be put into areas"
    return f"{' and '.join(definition.feeds)} has nothing for this area on this day"


def _said(city: City, feed: str, start: date, ledger_says: Known) -> str | None:
    """Why a service gave nothing for a day. What is asked for "now" is asked for the newest day that is due."""
    lag = city.contracts[feed].lag_days if feed in city.contracts else 0
    newest = start >= ledger_says.days[-1] - timedelta(days=lag)
    return ledger_says.pulls.get((feed, start), ledger_says.pulls.get((feed, None)) if newest else None)


def _no_register(city: City, name: str, day: date, ledger_says: Known) -> str | None:
    """Why a reference cannot be used on a day; None if it can."""
    since = city.contracts[name].reference_since
    verdict, reason = ledger_says.verdicts.get((name, since), (None, "")) if since is not None else (None, "")
    if name not in ledger_says.registers:
        return f"gate of {name} closed, {verdict}: {reason}" if verdict is not None else f"no delivery of {name}"
    return f"{name} is valid from {since} only" if since is not None and day < since else None


def latest(values: pl.DataFrame, home: Home, city: City) -> pl.DataFrame:
    """The newest value of each metric and area; `stale`, with the reason, when a newer day was due.

    A metric that never had a value is there too, absent with its reason. Due is the newest day the
    platform has worked on less the lag of the feeds; for months and years the last whole one.
    """
    days = known(home, city).days
    if values.is_empty() or not days:
        return values
    due = pl.DataFrame(
        [(d.metric, _due(city, d, days[-1])) for d in city.definitions.values()],
        schema={"metric": pl.String, "due": pl.Date}, orient="row",
    )  # fmt: skip
    by = KEY[:-1]
    ordered = values.join(due, on="metric").filter(pl.col("period_start") <= pl.col("due")).sort("period_start")
    newest = ordered.group_by(by, maintain_order=True).last()
    valued = ordered.filter(pl.col("value").is_not_null()).group_by(by, maintain_order=True).last()
    never = newest.join(valued, on=by, how="anti")
    last_word = newest.select(*by, pl.col("period_start").alias("newest"), pl.col("reason").alias("missing"))
    aged = valued.join(last_word, on=by).with_columns(stale=pl.col("period_start") < pl.col("due"))
    aged = aged.with_columns(
        status=pl.when("stale").then(pl.lit("stale")).otherwise("status"),
        reason=pl.when("stale").then(pl.format("{}: {}", "newest", pl.col("missing").fill_null("not made yet"))),
    )
    return pl.concat([aged.select(values.columns), never.select(values.columns)]).sort("metric", "area")


def _due(city: City, definition: Definition, last: date) -> date:
    lag = max((city.contracts[f].lag_days for f in definition.feeds if f in city.contracts), default=0)
    day = last - timedelta(days=lag)
    if not definition.rollup:
        return day
    start = period_start(day + timedelta(days=1), definition.period)  # the period that runs on the day after
    return period_start(start - timedelta(days=1), definition.period)
