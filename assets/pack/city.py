"""A city pack: a folder of YAML and CSV becomes one typed `City`. Data only, nothing is fetched or computed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from assets.formulas.boundaries import CROSSWALKS, Crosswalk, crosswalks_of
from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entries import metrics_of, platform_entries
from assets.models import models
from assets.pack.chosen import choices_of, chosen_entries, chosen_metrics, chosen_standards, own_entries, read_choices
from assets.pack.city_file import RESERVED, Choices, CityConfig
from assets.pack.corrections import Correction
from assets.pack.declared import Declared, parameters_of, tables_of
from assets.pack.of_periods import readings_of_periods, with_longer_parts, with_over_days
from assets.pack.parameter_names import parameters_read
from assets.pack.reference import area_names, daily_residents, read_areas, read_tables, yearly_residents
from assets.pack.safe_names import part_mistake
from assets.pack.variables import variable_mistakes
from assets.standards.choice import StandardChoice
from quality.contract.base import NAME
from quality.contract.mistakes import Collected, ContractError, Mistake, in_order
from quality.contract.model import Contract
from quality.contract.texts import PLATFORM, Texts
from quality.contract.validation import validated
from quality.contract.yaml_file import line_of, read_yaml
from quality.load import load
from quality.usual_days import Calendar

SAMPLE_FOLDER = "sample"  # of a pack: deliveries of one night, which nothing is read from but a replay
MARTS = Path(__file__).parents[1] / "marts"  # a file for each; a feed cannot have the name of one


@dataclass(frozen=True, eq=False)
class City:
    """One city as its pack describes it. Two are the same only if they are one object."""

    folder: Path
    config: CityConfig
    areas: pl.DataFrame  # code, level, parent, name, name_<language>, area_km2, lat, lon, population_<year>
    contracts: Mapping[str, Contract]  # feeds by name
    choices: Mapping[str, MetricChoice]
    parameters: Declared[Any]
    left_out: Mapping[str, str] = field(default_factory=dict)  # feeds whose files have a mistake: which, in a sentence
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # further tables: one per CSV beside areas.csv
    metrics: Mapping[str, MetricDefinition] = field(default_factory=dict)  # the metrics chosen, by id
    entries: Mapping[str, NamedEntry] = field(
        default_factory=dict
    )  # those that declare them, and what they are made of
    standards: StandardChoice = field(default_factory=StandardChoice)  # by which limits and indices are judged
    corrections: tuple[Correction, ...] = ()  # that the platform makes of networks; of each quantity one at most

    @property
    def name(self) -> str:
        """The key of the city: its folder, and its name in tables."""
        return self.config.name

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which its days begin and end."""
        return ZoneInfo(self.config.timezone)

    def yesterday(self) -> date:
        """The day that ended last, by the clocks of the city."""
        return datetime.now(self.timezone).date() - timedelta(days=1)

    @cached_property
    def calendar(self) -> Calendar:
        """Which of its days are of one kind."""
        holidays = self.config.holidays
        return Calendar() if holidays is None else Calendar(holidays.country, holidays.subdivision)

    @cached_property
    def area_names(self) -> Mapping[str, Texts]:
        """The names of its areas, by code."""
        return area_names(self.areas)

    @cached_property
    def crosswalks(self) -> tuple[Crosswalk, ...]:
        """Where readings of other areas go: of those of before, or of codes of another kind."""
        return crosswalks_of(self.tables.get(CROSSWALKS))

    def metric_title(self, metric: str) -> Texts:
        """The title of one of its metrics: the definition's, and what the pack says in its own languages."""
        own = self.choices[metric].title
        return self.metrics[metric].title.with_(own and own.of_pack(self.config.plain))

    @cached_property
    def computed_metrics(self) -> Mapping[str, MetricDefinition]:
        """By id: the metrics chosen, and all others of the entries that are evaluated for them."""
        return {**metrics_of(self.entries.values()), **self.metrics}

    @cached_property
    def population(self) -> pl.DataFrame:
        """Registered residents: area, year (end of), residents. Years that could not be confirmed are not there."""
        return yearly_residents(self.areas)

    def residents(self, days: pl.Series) -> pl.DataFrame:
        """area, day, residents: the newest year-end that lies before the day, else the oldest there is."""
        return daily_residents(self.areas, days)

    def register_table(self, model: str) -> pl.DataFrame | None:
        """The table of the pack in which places of a model stand: that of its reference network, if it has one."""
        feeds = [feed for feed in self.contracts.values() if model in feed.models and feed.register_ in self.tables]
        feeds.sort(key=lambda feed: feed.network != "reference")
        return self.tables[feeds[0].register_ or ""] if feeds else None

    def feed(self, name: str) -> Contract:
        """The contract of a feed. Raises ContractError that says why it is left out, or lists the feeds there are."""
        try:
            return self.contracts[name]
        except KeyError:
            if name in self.left_out:
                raise ContractError(self.left_out[name]) from None
            raise ContractError(f"{self.name} has no feed {name!r}; it has {sorted(self.contracts)}") from None


@dataclass(frozen=True)
class PackFiles:
    """The files of a pack, each as far as it can be read, and what is wrong in them. None: it cannot be read."""

    folder: Path
    config: CityConfig | None
    contracts: Mapping[Path, Contract]  # by file
    choices: Choices | None
    areas: pl.DataFrame | None
    tables: Mapping[str, pl.DataFrame]
    mistakes: tuple[Mistake, ...]
    own: Mapping[str, NamedEntry] = field(default_factory=dict)  # entries of its own, by name


def read_pack(folder: Path) -> PackFiles:
    """Read all files of a pack. Never raises for what stands in them."""
    found = Collected()
    path = folder / "city.yaml"
    config = found.of(city_config, path)
    languages = config.languages if config is not None else (PLATFORM,)
    plain = config.plain if config is not None else PLATFORM
    contracts = dict[Path, Contract]()
    for feed in sorted((folder / "feeds").glob("*.yaml")):
        zone = "UTC" if config is None else config.timezone  # what is wrong in city.yaml is no mistake of the feeds
        contract = found.of(load, feed, zone, models())
        if contract is not None:
            contracts[feed] = contract.delivered_in(languages)
    before = len(found.mistakes)
    own = own_entries(folder, plain, found)
    all_read = len(found.mistakes) == before
    chosen = found.of(lambda path: read_choices(path, own, all_read=all_read), folder / "metrics.yaml")
    areas = found.of(read_areas, folder, None if config is None else config.area, languages, plain)
    tables = found.of(read_tables, folder, {contract.register_ or "" for contract in contracts.values()}) or {}
    contracts = {path: _with_register(contract, tables) for path, contract in contracts.items()}
    found.mistakes += [*_names(contracts), *variable_mistakes(folder, config, contracts)]
    return PackFiles(folder, config, contracts, chosen, areas, tables, tuple(in_order(found.mistakes)), own)


def _with_register(contract: Contract, tables: Mapping[str, pl.DataFrame]) -> Contract:
    """The contract with the rule that its places are those of its table."""
    table = tables.get(contract.register_ or "")
    if table is None or "place" not in table.columns or "place" not in contract.schema:
        return contract
    return contract.registered(table["place"].drop_nulls().to_list())


def load_city(folder: Path) -> City:
    """Read a pack. Raises ContractError that names all that is wrong in its files."""
    pack = read_pack(folder)
    if pack.mistakes or pack.config is None or pack.areas is None or pack.choices is None:
        raise ContractError(*(pack.mistakes or ("the pack cannot be read",)))
    return city_of_pack(pack, pack.config, pack.choices, pack.areas)


def city_of_pack(pack: PackFiles, config: CityConfig, choices: Choices, areas: pl.DataFrame) -> City:
    """The city of a pack with these parts; feeds and tables are those that can be read."""
    chosen, contracts = choices_of(choices, pack.own), {c.name: c for c in pack.contracts.values()}
    known = {**platform_entries(), **pack.own}
    wanted = chosen_metrics(choices, pack.own)
    made, of_periods = readings_of_periods(with_longer_parts(wanted, known), known, chosen, contracts.values())
    metrics = {name: made[name] for name in wanted}
    entries = chosen_entries(metrics, chosen, {**pack.own, **of_periods})
    return City(
        folder=pack.folder,
        config=config,
        areas=areas,
        contracts=contracts,
        choices=chosen,
        parameters=parameters_of(
            choices.parameters,
            pack.folder / "metrics.yaml",
            lambda: parameters_read([*known.values(), *entries.values()]),
        ),
        tables=tables_of(
            pack.tables, pack.folder, lambda: {CROSSWALKS, *(c.register_ or "" for c in contracts.values())}
        ),
        metrics=with_over_days(metrics, entries),
        entries=entries,
        standards=chosen_standards(choices, config.country),
        corrections=choices.corrections,
    )


def city_config(path: Path) -> CityConfig:
    """The city.yaml of a pack. Raises ContractError."""
    if not path.is_file():
        raise ContractError(Mistake("is not a city pack (there is no city.yaml in it)", path.parent))
    config = validated(CityConfig, read_yaml(path), path)
    name, folder = config.name, path.parent.name
    if name in RESERVED:
        raise ContractError(
            Mistake(f"{name!r} is used by Madang itself", path, line_of(path, ("name",)), "name", "choose another name")
        )
    if name != folder:
        what, hint = f"{name!r} is not the name of the folder, {folder!r}", "write the one as the other"
        raise ContractError(Mistake(what, path, line_of(path, ("name",)), "name", hint))
    if (wrong := part_mistake(name)) is not None:
        what, hint = f"{name!r} {wrong}", "give the city, and its folder, another name"
        raise ContractError(Mistake(what, path, line_of(path, ("name",)), "name", hint))
    return config


def feed_of_file(path: Path) -> str:
    """The name of the feed that a file of `feeds/` describes."""
    return path.name.split(".")[0]


def _names(contracts: Mapping[Path, Contract]) -> Iterator[Mistake]:
    """A feed has the name of its file, in letters that a table can have, and there is one file of it."""
    for path, contract in contracts.items():
        wrong = _wrong_name(path, contract.name)
        if wrong is not None:
            yield Mistake(wrong[0], path, line_of(path, ("name",)), *wrong[1:])


def _wrong_name(path: Path, name: str) -> tuple[str, str, str] | None:
    """What is wrong with the name of the feed of a file of a pack, its key, and what to do."""
    wanted = feed_of_file(path)
    if name != wanted:
        hint = f"write `name: {wanted}`, or rename the file"
        return f"the feed is called {name!r}, and its file {path.name}", "name", hint
    if re.fullmatch(NAME, wanted) is None:
        hint = "use small letters, digits and single underscores in the file's name"
        return f"{wanted!r} cannot be the name of a feed", "name", hint
    if (wrong_part := part_mistake(wanted)) is not None:
        return f"{wanted!r} {wrong_part}", "name", "give the feed, and its file, another name"
    if len(same := sorted(other.name for other in path.parent.glob(f"{wanted}.*yaml"))) > 1:
        return f"the feed {wanted} has several files: {', '.join(same)}", "", "remove all but one"
    if (MARTS / f"{wanted}.odcs.yaml").exists():
        return f"{wanted} is the name of a mart", "name", "give the feed another name"
    return None
