"""A city pack: a folder of YAML and CSV becomes one typed `City`. Data only, nothing is fetched or computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assets.pack.reference import read_areas, read_tables, residents_by_day, residents_by_year
from quality.contract.model import Contract, ContractError
from quality.contract.odcs import load

PLATFORM = Path(__file__).parents[1]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CityConfig(_Model):
    """city.yaml."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_en: str
    title_ko: str
    country: str
    timezone: str
    languages: tuple[str, ...]
    area: str
    owner: str
    first_day: date
    nightly_at: str = Field(pattern=r"^\d{2}:\d{2}$")


class MetricDefinition(_Model):
    """What a metric is, for every city: assets/metrics/definitions.yaml."""

    metric: str
    field: str  # the metric table it is computed in
    title_en: str
    title_ko: str
    formula: str
    unit: str
    direction: str  # lower, higher or none: which way is better
    levels: tuple[str, ...]
    period: str = "day"
    plausible: tuple[float, float]  # outside, the gate of the metric closes
    min_completeness: float = Field(gt=0, le=1)
    feeds: tuple[str, ...]  # without these the metric is absent
    proxy: str | None = None  # why the value stands for something it does not measure exactly
    standard: str | None = None
    edition: str | None = None
    code: str | None = None
    verified: bool = False  # the code was read in the standard or an official copy
    source_url: str | None = None
    rollup_of: str | None = None  # period metrics: the daily metric, and how its values are put together
    rollup: str | None = None  # mean, sum, days_above, days_from
    threshold: float | None = None


class Choice(_Model):
    """What a city chooses: metrics.yaml."""

    target: float | None = None
    target_source: str | None = None
    min_completeness: float | None = None


class Choices(_Model):
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Choice]


@dataclass(frozen=True)
class City:
    """One city as its pack describes it."""

    folder: Path
    config: CityConfig
    areas: pl.DataFrame  # code, level, parent, name_ko, name_en, kostat_code, area_km2, lat, lon, population_<year>
    contracts: Mapping[str, Contract]  # feeds by name
    definitions: Mapping[str, MetricDefinition]  # the metrics chosen
    choices: Mapping[str, Choice]
    parameters: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # further tables: one per CSV beside areas.csv

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.config.timezone)

    @cached_property
    def population(self) -> pl.DataFrame:
        """Registered residents: area, year (end of), residents. Years that could not be confirmed are not there."""
        return residents_by_year(self.areas)

    def residents(self, days: pl.Series) -> pl.DataFrame:
        """area, day, residents: the newest year-end that lies before the day, else the oldest there is."""
        return residents_by_day(self.areas, days)

    def feed(self, name: str) -> Contract:
        try:
            return self.contracts[name]
        except KeyError:
            raise ContractError(f"{self.name} has no feed {name!r}; it has {sorted(self.contracts)}") from None


def definitions() -> dict[str, MetricDefinition]:
    """All metrics that the platform can compute."""
    path = PLATFORM / "metrics" / "definitions.yaml"
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {row["metric"]: MetricDefinition(**row) for row in rows}


def load_city(folder: Path) -> City:
    """Read a pack. Raises ContractError that names the file and says what is wrong in it."""
    if not (folder / "city.yaml").is_file():
        raise ContractError(f"{folder}: is not a city pack (there is no city.yaml in it)")
    try:
        config = CityConfig(**_yaml(folder / "city.yaml"))
    except (ValidationError, TypeError) as error:
        raise ContractError(f"{folder / 'city.yaml'}: {error}") from error
    contracts = [load(path) for path in sorted((folder / "feeds").glob("*.odcs.yaml"))]
    try:
        chosen = Choices(**_yaml(folder / "metrics.yaml"))
    except (ValidationError, TypeError) as error:
        raise ContractError(f"{folder / 'metrics.yaml'}: {error}") from error
    known = definitions()
    unknown = sorted(set(chosen.metrics) - set(known))
    if unknown:
        raise ContractError(f"{folder / 'metrics.yaml'}: unknown metrics {unknown}; there are {sorted(known)}")
    return City(
        folder=folder,
        config=config,
        areas=read_areas(folder, config.area),
        contracts={c.name: c for c in contracts},
        definitions={name: known[name] for name in chosen.metrics},
        choices=chosen.metrics,
        parameters=chosen.parameters,
        tables=read_tables(folder),
    )


def _yaml(path: Path) -> dict[str, Any]:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    except FileNotFoundError as error:
        raise ContractError(f"{path}: there is no such file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: is not YAML in UTF-8: {error}") from error
