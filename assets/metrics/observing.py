"""Rows of a feed as what a metric observes: columns of models, each row at its place, and what there should be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from assets.mart import declared_marts, expected_column, marts_of_tables
from assets.metrics.feeds import (
    AREA_COLUMN,
    FEED,
    NETWORK,
    SUPPLIED,
    are_outlines,
    computes_supply,
    identity_of,
    is_mart,
    of_areas,
    outlines_of,
)
from assets.metrics.observed import AREA, REGISTERED, Observed, PartsOfRows, Unplaced, Usual
from assets.metrics.placing import EXPECTED, KIND, PLACE, Outlines, PackAreas, Register, placed
from assets.metrics.transit_supply import SUPPLY, supply
from assets.models import models
from assets.pack.city import City
from quality.contract.columns import DAY, TIME
from quality.contract.interval import Interval
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.model import Contract
from quality.contract.models import TIME_UTC

_SAY_WHERE = frozenset({KIND, "area", "lat", "lon"})  # columns by which a row itself says where it belongs
_SHAPES = pl.Schema({"boundary_code": pl.String, "geometry": pl.String})


def observe(
    feed: Contract,
    city: City,
    rows: pl.LazyFrame,
    days: Collection[date],
    references: Mapping[str, pl.LazyFrame],
    before: Usual | None = None,
) -> Observed:
    """What the metrics of a city observe in a feed on `days`.

    rows: its rows as the lake has them, of these days and of those before on whose hours a step looks back.
    references: by name, all rows of the feeds that `references_of` gives, as far as they are there. before: rows of the
    days that each day is compared with, as the lake has them, too. Columns of the models that the feed lacks are null.
    """
    if is_mart(feed):
        return _of_mart(feed, rows, before)
    areas = pack_areas(city, references, feed.name)
    if computes_supply(feed, city):
        return _supplied(feed, areas, rows, days, references.get(feed.register_ or ""))
    register = _register(feed, city, references, areas)
    of_models = {name: column.dtype for model in feed.models for name, column in models()[model].columns.items()}
    of_models = of_models or (dict(_SHAPES) if are_outlines(feed) else {})
    columns = [name for name in feed.schema if name in of_models or name in (DAY, TIME_UTC)]
    columns += [raw for raw in dict.fromkeys(feed.corrections.values()) if raw not in columns]  # for marts alone
    lacking = {name: dtype for name, dtype in of_models.items() if name not in (*columns, TIME, KIND)}

    def own(found: pl.LazyFrame) -> pl.LazyFrame:
        return found.select(
            *(name for name in columns if name != TIME),
            (pl.col(TIME) if TIME in columns else pl.col(DAY).cast(pl.Datetime("us"))).alias(TIME),
            pl.lit(feed.network, pl.String).alias(NETWORK),
            pl.lit(feed.name).alias(FEED),
        )

    def with_all(found: pl.LazyFrame) -> pl.LazyFrame:
        return found.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in lacking.items())

    def in_columns(found: pl.LazyFrame) -> pl.LazyFrame:
        return with_all(placed(own(found), columns, register, areas))

    alone, of_places = _SAY_WHERE.isdisjoint(columns), PLACE in feed.schema
    return Observed(
        feed=feed.name,
        network=feed.network,
        interval=Interval.parse(feed.interval or "instant"),
        identity=identity_of(feed),
        rows=in_columns(rows),
        expected=register.expected(days) if register is not None and of_places else None,
        usual=None if before is None else Usual(in_columns(before.rows), before.compared),
        unplaced=Unplaced(with_all(own(rows)), register.on_rows) if register is not None and alone else None,
    )


def _of_mart(contract: Contract, rows: pl.LazyFrame, before: Usual | None) -> Observed:
    """Rows of a mart, which stand in areas of the pack already."""
    mart = declared_marts()[marts_of_tables()[contract.name]]
    has, own = contract.schema, of_areas(contract)
    added = {
        TIME: pl.col(DAY).cast(pl.Datetime("us")),
        NETWORK: pl.lit(None, pl.String),
        FEED: pl.lit(contract.name),
        KIND: pl.lit(None, pl.String),
    }

    def seen(found: pl.LazyFrame) -> pl.LazyFrame:
        return found.with_columns(
            *(value.alias(name) for name, value in added.items() if name not in has),
            (pl.col(AREA_COLUMN) if AREA_COLUMN in has else pl.lit(None, pl.String)).alias(AREA),
            pl.lit(True if own else None, pl.Boolean).alias(REGISTERED),
        )

    return Observed(
        feed=contract.name,
        network=None,
        interval=Interval.parse(contract.interval or "instant"),
        identity=identity_of(contract),
        rows=seen(rows),
        usual=None if before is None else Usual(seen(before.rows), before.compared),
        of_areas=own,
        parts=None
        if mart.counted is None
        else PartsOfRows(mart.counted, expected_column(mart.counted), mart.needs, mart.lacking),
    )


def _supplied(
    feed: Contract, areas: PackAreas, running: pl.LazyFrame, days: Collection[date], timetable: pl.LazyFrame | None
) -> Observed:
    """The stops that a timetable serves on days of its services; what there should be is what it has."""
    there = pl.DataFrame(schema=SUPPLY) if timetable is None else _of_timetable(timetable.collect(), running, days)
    columns = [name for name in SUPPLY if name != TIME]
    lacking = {name: column.dtype for name, column in models()[SUPPLIED].columns.items() if name not in SUPPLY}
    of_feed = {NETWORK: pl.lit(feed.network, pl.String), FEED: pl.lit(feed.name)}
    at_places = placed(there.lazy().with_columns(**of_feed), columns, None, areas).with_columns(
        pl.lit(True).alias(REGISTERED), *(pl.lit(None, dtype).alias(name) for name, dtype in lacking.items())
    )
    made = at_places.collect()
    listed = made.group_by(DAY, pl.col(KIND).cast(pl.String), AREA).agg(places=pl.col(PLACE).n_unique().cast(pl.Int64))
    hour = Interval.parse("hour_beginning")
    return Observed(feed.name, feed.network, hour, (PLACE,), made.lazy(), expected=listed.select(EXPECTED.names()))


def _of_timetable(timetable: pl.DataFrame, running: pl.LazyFrame, days: Collection[date]) -> pl.DataFrame:
    """From the day on which the timetable holds."""
    since = timetable[DAY].max()
    held = [day for day in days if since is not None and day >= since]  # pyright: ignore[reportOperatorIssue]
    return supply(timetable, running.collect(), held)


def pack_areas(city: City, references: Mapping[str, pl.LazyFrame], feed: str | None = None) -> PackAreas:
    """The areas of a city with their outlines, of feeds and of tables of the pack, and the crosswalks of one feed."""
    shapes = [references[feed.name].collect() for feed in outlines_of(city) if feed.name in references]
    since = max((day for found in shapes for day in found[DAY].unique()), default=None)
    tables = [table for table in city.tables.values() if set(_SHAPES) <= set(table.columns)]
    together = pl.concat([_SHAPES.to_frame(), *(found.select(_SHAPES.names()) for found in (*shapes, *tables))])
    crosswalks = tuple(one for one in city.crosswalks if one.feed in (None, feed))
    return PackAreas(city.areas, city.config.area, Outlines(together, since), crosswalks)


def _register(feed: Contract, city: City, references: Mapping[str, pl.LazyFrame], areas: PackAreas) -> Register | None:
    """The register of its places, or of areas that it calls by codes of its own; None where that has not come yet."""
    named = feed.register_ or ""
    if feed.schema.keys().isdisjoint({PLACE, "area"}) or not (named in city.tables or named in references):
        return None
    if named in city.tables and PLACE not in city.tables[named].columns:
        what = f"column {PLACE} is missing, and {feed.name} looks for its places in it"
        raise ContractError(Mistake(what, city.folder / f"{named}.csv", 1, hint="give it its name"))
    rows = city.tables[named] if named in city.tables else references[named].collect()
    return None if rows.is_empty() else Register.of(rows, areas)
