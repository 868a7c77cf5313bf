"""Which columns the columns of a table are made of, as far as that is declared: what Dagster calls column lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import dagster as dg

from assets.derive.marts import MartTable
from assets.derive.periods import PeriodTable
from assets.derive.subjects import FeedUse, SubjectTable
from assets.derive.tables import DerivedTable
from assets.metrics.entry import Entry
from assets.metrics.feeds import AREA_COLUMN, identity_of
from assets.metrics.sources import expressions_of
from assets.metrics.sql import names_in
from assets.pack.city import City
from pipelines.keys import asset_key
from quality.contract.columns import DAY, TIME
from quality.contract.model import Contract

_OF_PLACES = ("lat", "lon", "boundary_code", "geometry")  # of registers and outlines: they say in which area it lies
_OF_STATUS = ("area", "stand", "changed")  # of marts that say what values are worth
_OF_REASONS = ("cause", "off", "figure", "change", "since")
_KEPT = ("area", "area_level", "metric", "value")  # of tables of values, from the day to the longer period

Made = tuple[str, Contract, str]  # column, and the table and column that it is made of


def column_lineage(city: City, table: DerivedTable) -> dg.TableColumnLineage:
    """Of marts and metric tables: the columns of feeds that they read, by what entries of metrics and marts declare."""
    found = defaultdict[str, dict[dg.TableColumnDep, None]](dict)
    for column, source, name in _made(table):
        found[column][dg.TableColumnDep(asset_key(city, source.layer, source.name), name)] = None
    return dg.TableColumnLineage({column: list(deps) for column, deps in sorted(found.items())})


def _made(table: DerivedTable) -> Iterator[Made]:
    if isinstance(table, SubjectTable):
        for name, readings in table.readings.items():
            for reading in readings:
                yield from _of_reading(table.entries[name], reading)
    elif isinstance(table, PeriodTable):
        yield from ((name, source, name) for source in table.needs for name in (*_KEPT, DAY) if name in source.schema)
    else:
        yield from _of_mart(table)


def _of_reading(entry: Entry, reading: FeedUse) -> Iterator[Made]:
    has = reading.contract.schema
    if reading.flagging is not None:
        yield from (("value", reading.contract, name) for name in ("qc", "quantity", "place"))
        return
    if reading.witness is not None:
        yield from (("status", reading.contract, name) for name in _OF_STATUS if name in has)
        yield from (("reason", reading.contract, name) for name in _OF_REASONS if name in has)
        return
    texts = (*expressions_of(entry), *([entry.where] if entry.where else []))
    read = dict.fromkeys(name for text in texts for name in names_in(text))
    yield from (("value", reading.contract, name) for name in read if name in has)
    yield from ((DAY, reading.contract, name) for name in (DAY, TIME) if name in has)
    yield from (("area", reading.contract, name) for name in identity_of(reading.contract))
    yield from (("area", place, name) for place in reading.references for name in _OF_PLACES if name in place.schema)


def _of_mart(table: MartTable) -> Iterator[Made]:
    for feed in table.needs:
        yield from ((name, feed, name) for name in table.contract.schema if name in feed.schema)
        placed = table.uses if AREA_COLUMN in table.contract.schema else ()
        yield from ((AREA_COLUMN, place, name) for place in placed for name in _OF_PLACES if name in place.schema)
