"""The city that a feed is tried in: as much of its pack as reading a feed needs; no other file has to be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from assets.models import models
from assets.pack.city import City, CityConfig, city_config
from assets.pack.declared import parameters_of
from quality.contract.model import Contract
from quality.load import load

NO_CITY = CityConfig(
    name="no_city",
    title="no city",  # type: ignore[arg-type]
    country="ZZ",
    timezone="UTC",
    languages=("en",),
    area="0",
    owner="nobody",
    first_day=date(1900, 1, 1),
    nightly_at="04:10",
)


def bare_city(folder: Path | None) -> City:
    """The city of a pack's folder without feeds, areas and metrics; without a folder one in UTC that speaks English.

    Raises ContractError for a mistake in its city.yaml.
    """
    config = NO_CITY if folder is None else city_config(folder / "city.yaml")
    return City(folder or Path(), config, pl.DataFrame(), {}, {}, parameters_of({}, Path(), frozenset), {})


def feed_contract(path: Path, city: City) -> Contract:
    """The contract of a feed's file as the city reads it. Raises ContractError."""
    return load(path, city.config.timezone, models()).delivered_in(city.config.languages)
