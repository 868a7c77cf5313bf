"""Rows of the world -> what stands in a file or reply of one feed."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from quality.contract.connector import Service
from quality.contract.layout import Layout
from quality.contract.model import Contract
from simulator.deliver.documents import geometries
from simulator.deliver.fields import Field, delivered_names, fields_of
from simulator.deliver.fit import Chance, fitted
from simulator.deliver.table import encoding_of
from simulator.deliver.texts import ROW, texts_of
from simulator.deliver.unshaped import unshaped


@dataclass(frozen=True)
class MadeDelivery:
    """`frame`: the rows as they stand there, all texts, and PART; `rows`: the values that are read from them;
    `units`: by delivered name, the unit of the column; `place`: the delivered names of what a row is about; `unsaid`:
    those of them that no column of the feed has by itself, so that any text may stand there."""

    frame: pl.DataFrame
    rows: pl.DataFrame
    units: Mapping[str, str]
    place: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


def delivered(
    contract: Contract,
    world_rows: pl.DataFrame,
    layout: Layout,
    zone: str,
    chance: Chance,
    service: Service | None = None,
    more: Mapping[str, Field] | None = None,
    point: tuple[float, float] = (0.0, 0.0),
) -> MadeDelivery:
    """The rows under a layout of the feed. `zone`: of the city; `more`: what else is said of delivered columns;
    `point`: the middle of the city, longitude and latitude.

    Raises CannotDeliverError.
    """
    fields = fields_of(layout, service)
    sources = delivered_names(contract, layout, service)
    written = Field(fits=(lambda text: encoding_of(text, layout) is not None,))
    said = [*(more or {}).items(), *((name, written) for name in sources.values() if layout.encodings)]
    said += [("geometry", geometries(point))] if layout.kind == "geojson" else []
    for name, field in said:
        fields[name] = fields[name].also(field) if name in fields else field
    rows = fitted(contract, world_rows, sources, fields, chance)
    texts = texts_of(contract, rows, sources, fields, layout, zone)
    frame = unshaped(texts.frame, layout, fields)
    units = {
        sources[column.name]: column.spec.delivered_unit or column.spec.unit or ""
        for column in contract.delivered
        if column.name in sources
    }
    place = sources.get("place", "")
    names = tuple(name for _, name, *_ in string.Formatter().parse(layout.join.get(place, "")) if name) or (place,)
    there = tuple(name for name in names if name in frame.columns)
    unsaid = tuple(name for name in there if name not in sources.values())
    return MadeDelivery(frame, texts.rows.drop(ROW), units, there, unsaid)
