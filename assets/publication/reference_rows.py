"""The rows of the tables of what a city is: itself, areas with their outlines, residents, the calendar, feeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import shapely

from assets.formulas.boundaries import breaks_of
from assets.formulas.seasons import season
from assets.metrics.feeds import outlines_of
from assets.pack.city import City
from assets.pack.sharing import Sharing, sharing_or_mistake
from assets.publication.columns import core_table
from assets.publication.reference_columns import (
    MART_AREA,
    MART_CALENDAR,
    MART_CITY,
    MART_COLUMN,
    MART_FEED,
    MART_RESIDENTS,
)
from assets.publication.snapshot import Snapshot
from assets.terms.licences import attribution, licence_terms
from quality.contract.interval import Interval
from quality.contract.texts import Texts
from quality.units.table import CURRENCIES
from warehouse.published.spec import TableSpec

_KINDS = {"BIGINT": pl.Int64, "DOUBLE": pl.Float64, "BOOLEAN": pl.Boolean, "DATE": pl.Date}
_KINDS |= {"VARCHAR[]": pl.List(pl.String)}
_LEVELS = ("city", "district", "neighbourhood")  # from the largest to the smallest


def city_rows(cities: Sequence[City]) -> pl.DataFrame:
    """Rows of mart.city."""
    return _frame(MART_CITY, [_city(city) for city in cities])


def _city(city: City) -> tuple[Any, ...]:
    config, levels = city.config, set(city.areas["level"])
    return (
        city.name,
        config.shown,
        config.country,
        config.timezone,
        list(config.languages),
        config.area,
        [level for level in _LEVELS if level in levels],
        config.boundary.kind,
        config.boundary.version,
        _currency(city),
    )


def _currency(city: City) -> str | None:
    units = {column.spec.unit for feed in city.contracts.values() for column in feed.columns}
    found = units & CURRENCIES
    return found.pop() if len(found) == 1 else None


def area_rows(snapshots: Sequence[Snapshot]) -> pl.DataFrame:
    """Rows of mart.area: the areas of each pack, with the outlines of its newest delivery."""
    named = {"code": "area", "level": "area_level"}
    return pl.concat(
        snapshot.city.areas.rename(named)
        .join(_geometries(snapshot), on="area", how="left", maintain_order="left")
        .join(_changes(snapshot.city), on="area", how="left", maintain_order="left")
        .select(pl.lit(snapshot.city.name).alias("city"), *MART_AREA.names[1:])
        for snapshot in snapshots
    )


def _changes(city: City) -> pl.DataFrame:
    """area, changed_on: the days from which areas have another outline."""
    breaks = breaks_of(city.areas, city.crosswalks)
    return breaks.group_by("area", maintain_order=True).agg(pl.col("since").sort().cast(pl.String).alias("changed_on"))


def resident_rows(cities: Sequence[City]) -> pl.DataFrame:
    """Rows of mart.residents."""
    frames = [city.population.select(pl.lit(city.name).alias("city"), *MART_RESIDENTS.names[1:]) for city in cities]
    return pl.concat(frames).sort("city", "area", "year")


def calendar_rows(city: City, days: Sequence[date]) -> pl.DataFrame:
    """Rows of mart.calendar for these days."""
    latitude = city.areas.filter(pl.col("code") == city.config.area)["lat"].item()
    names = holidays_of(city, days)
    rows = [
        (
            city.name,
            day,
            day.isoweekday(),
            day.weekday() in city.calendar.weekend,
            None if day not in names else names[day].in_(city.config.languages),
            None if latitude is None else season(day, latitude),
            str(city.calendar.kind(day)),
        )
        for day in days
    ]
    return _frame(MART_CALENDAR, rows)


def holidays_of(city: City, days: Sequence[date]) -> Mapping[date, Texts]:
    """What those of these days are called that are public holidays."""
    return {day: Texts(names) for day in days if (names := city.calendar.holiday(day))}


def calendar_days(snapshot: Snapshot) -> Sequence[date]:
    """The days of the years from the first to the last one that has rows of a feed; registers have none."""
    feeds = [contract.name for contract in snapshot.city.contracts.values() if contract.reference_since is None]
    having = [day for name in feeds for day in snapshot.batches.get(("core", name), ())]
    if not having:
        return []
    first, last = date(min(having).year, 1, 1), date(max(having).year, 12, 31)
    return pl.date_range(first, last, eager=True).to_list()


def feed_rows(cities: Sequence[City]) -> pl.DataFrame:
    """Rows of mart.feed. Private feeds are there, too: what is made from them is published, and names its source."""
    return _frame(MART_FEED, [row for city in cities for row in _feeds(city)])


def _feeds(city: City) -> Iterator[tuple[Any, ...]]:
    sharing = sharing_or_mistake(city.folder)
    despite = sharing.open.despite_licence if isinstance(sharing, Sharing) and sharing.open is not None else {}
    for feed in city.contracts.values():
        terms = licence_terms(feed.licence)
        yield (
            city.name,
            feed.name,
            feed.title.shown,
            feed.owner,
            feed.licence,
            terms.kind,
            [licence.id for licence in terms.licences],
            terms.url,
            attribution(feed.title.shown, feed.owner, feed.licence),
            despite.get(feed.name),
            None if feed.limitations is None else feed.limitations.shown,
            list(feed.models),
            feed.network,
            None if feed.interval is None else Interval.parse(feed.interval).span,
            feed.every,
            feed.private,
            None if feed.private else str(core_table(feed, city.name)),
        )


def column_rows(cities: Sequence[City]) -> pl.DataFrame:
    """Rows of mart.column. Of a private feed there are none: what it has is between the city and who delivers it."""
    public = ((city.name, feed) for city in cities for feed in city.contracts.values() if not feed.private)
    rows = [
        (city, feed.name, column.name, list(column.spec.sources), column.type, column.spec.unit)
        for city, feed in public
        for column in feed.columns
    ]
    return _frame(MART_COLUMN, rows)


def _geometries(snapshot: Snapshot) -> pl.DataFrame:
    """area, geometry: the outline of each area that has one, and of what areas with outlines make up."""
    areas = snapshot.city.areas.select("code", "parent", outlined=pl.coalesce("boundary_code", "code"))
    found = dict(areas.select("code", "outlined").iter_rows())
    known = _outlines(snapshot)
    outlines = {code: known[outlined] for code, outlined in found.items() if outlined in known}
    inside: dict[str, list[str]] = {}
    for code, parent in areas.select("code", "parent").iter_rows():
        inside.setdefault(parent, []).append(code)
    for code in found:
        _make_up(code, inside, outlines, frozenset())
    return pl.DataFrame(
        {"area": list(outlines), "geometry": list(outlines.values())},
        schema=dict.fromkeys(("area", "geometry"), pl.String),
    )


def _outlines(snapshot: Snapshot) -> dict[str, str]:
    """The outlines of the newest delivery of each feed of outlines, by their code there; private ones stay private."""
    known: dict[str, str] = {}
    for feed in outlines_of(snapshot.city):
        days = snapshot.batches.get(("core", feed.name))
        if days and not feed.private:
            rows = snapshot.read(feed, [max(days)]).select("boundary_code", "geometry").drop_nulls().collect()
            known = dict(rows.rows()) | known
    return known


def _make_up(code: str, inside: Mapping[str, Sequence[str]], outlines: dict[str, str], above: frozenset[str]) -> None:
    """Give an area without an outline that of all areas in it together, if each of them has one."""
    parts = inside.get(code, ())
    if code in outlines or not parts or code in above:
        return
    for part in parts:
        _make_up(part, inside, outlines, above | {code})
    if all(part in outlines for part in parts):
        shapes = shapely.make_valid(shapely.from_geojson([outlines[part] for part in parts], on_invalid="ignore"))
        together = shapely.union_all(shapes)
        if not together.is_empty:
            outlines[code] = shapely.to_geojson(together)


def _frame(spec: TableSpec, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {name: _KINDS.get(dtype, pl.String) for name, dtype in spec.types.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")
