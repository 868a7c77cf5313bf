"""A town of a few lines whose feeds, registers and outlines are typed in: what metrics are made of, without files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.metrics.entry import Entry
from assets.models import models
from assets.pack.city import City
from assets.pack.city_file import CityConfig
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from quality.contract.texts import Texts

ZONE = "Asia/Seoul"
# The town T of two districts, A of two wards and B, with outlines in codes of their own: A and B are unit squares.
AREAS = pl.DataFrame(
    {
        "code": ["70", "7011", "7012", "701101", "701102"],
        "level": ["city", "district", "district", "ward", "ward"],
        "parent": [None, "70", "70", "7011", "7011"],
        "name": ["Town", "Alder", "Birch", "First", "Second"],
        "name_en": ["Town", "Alder", "Birch", "First", "Second"],
        "boundary_code": [None, "a", "b", None, None],
        "area_km2": [3.0, 2.0, 1.0, 1.0, 1.0],
        "lat": [0.5] * 5,
        "lon": [1.0, 0.5, 1.5, 0.2, 0.7],
        "population_2023": [300, 200, 100, 150, 50],
    }
)


def feed(name: str, implements: str, columns: list[str], own: Mapping[str, Any] | None = None, **said: Any) -> Contract:
    """A feed of a model that delivers these of its columns under their own names, and columns of its own."""
    document: dict[str, Any] = {
        "title": name,
        "purpose": name,
        "owner": "town",
        "licence": "public",
        "implements": implements,
        "files": {"paths": [f"{name}/*.csv"]},
        "columns": {
            **{name: {"from": name, "format": "iso"} if name == "time" else {"from": name} for name in columns},
            **(own or {}),
        },
    }
    register = models()[implements].time == "register"
    document |= {"reference_since": date(2020, 1, 1)} if register else {"interval": "day"}
    return from_feed(document | said, name, models(), ZONE)


def outlines(name: str, since: date = date(2020, 1, 1)) -> Contract:
    """A feed of outlines, of no model."""
    columns = {
        "boundary_code": {"from": "code", "type": "string", "meaning": "Code", "key": True, "required": True},
        "geometry": {"from": "geometry", "type": "string", "meaning": "Outline as GeoJSON", "required": True},
    }
    document = {"title": name, "purpose": name, "owner": "town", "licence": "public", "row": "one district"}
    files = {"paths": [f"{name}/*.json"], "layout": {"kind": "geojson"}}
    return from_feed(document | {"reference_since": since, "columns": columns, "files": files}, name, models(), ZONE)


def town(*feeds: Contract, tables: Mapping[str, pl.DataFrame] | None = None, areas: pl.DataFrame = AREAS) -> City:
    """The town with these feeds and tables."""
    config = CityConfig(
        name="town",
        title=Texts({"en": "Town"}),
        country="XX",
        timezone=ZONE,
        languages=("en",),
        area="70",
        owner="town",
        first_day=date(2020, 1, 1),
        nightly_at="04:10",
    )
    return City(
        folder=Path("town"),
        config=config,
        areas=areas,
        contracts={one.name: one for one in feeds},
        choices={},
        parameters={},
        tables=tables or {},
    )


def entry(observes: str = "air_quality", value: Any = "pm25", **said: Any) -> Entry:
    """An entry of which only what matters is said."""
    document: dict[str, Any] = {"observes": observes, "value": value, "over_space": {"as": "mean"}, "unit": "ug/m3"}
    return Entry.model_validate(document | {"possible": (0, 1e6), "title": "it", "formula": "so"} | said)
