"""The standards there are: names such as kr.pm25_24h and kr.cai, and the editions that have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from assets.standards.choice import NOTHING_CHOSEN, StandardChoice
from assets.standards.edition import Edition
from assets.standards.limit import named_limits
from assets.standards.tables import IndexEdition, LimitEdition, StandardFile
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import what_to_write
from quality.contract.validation import validated
from quality.contract.yaml_file import read_yaml

STANDARDS = Path(__file__).parent
NATIONAL = "national"
E = TypeVar("E", bound=Edition)


@cache
def standards(folder: Path = STANDARDS) -> Mapping[str, StandardFile]:
    """The standards of a folder, by the names of their files. Raises ContractError with file and line."""
    return {path.stem: validated(StandardFile, read_yaml(path), path) for path in sorted(folder.glob("*.yaml"))}


def national_of(country: str) -> str | None:
    """The file that is the national standard of a country (ISO 3166); None where there is none."""
    return next((name for name, file in standards().items() if country in file.countries), None)


def file_and_name(name: str, choice: StandardChoice = NOTHING_CHOSEN) -> tuple[str, str]:
    """kr.pm25_24h -> kr, pm25_24h; national is the file that the pack chose. Raises ContractError for unknown files."""
    file, _, own = name.partition(".")
    if file == NATIONAL:
        if choice.national is None:
            what = f"{name!r} is the national standard, and there is none for this country"
            raise ContractError(Mistake(what, hint=f"write `standards: {{national: ...}}`: {', '.join(standards())}"))
        file = choice.national
    if file not in standards():
        raise ContractError(Mistake(f"there is no standard {file!r}", hint=what_to_write(file, standards())))
    return file, own


def limit_editions(name: str, choice: StandardChoice = NOTHING_CHOSEN) -> Mapping[str, LimitEdition]:
    """The editions that have this limit, by names such as kr.environmental_standards, oldest first; those pinned alone.

    Raises ContractError, with the nearest name, where no edition has it.
    """
    file, own = file_and_name(name, choice)
    found = {f"{file}.{key}": one for key, one in standards()[file].limits.items() if own in named_limits(key, one)}
    if not found:
        known = {limit for key, one in standards()[file].limits.items() for limit in named_limits(key, one)}
        raise ContractError(Mistake(f"{file} has no limit {own!r}", hint=what_to_write(own, known)))
    return _chosen(found, choice.editions)


def index_editions(name: str, choice: StandardChoice = NOTHING_CHOSEN) -> Mapping[str, IndexEdition]:
    """The editions of an index such as cn.aqi, oldest first; of an edition such as us.aqi_2024 that one, on every day.

    `national` alone is the only index of that file. Raises ContractError, with the nearest name, where there is none.
    """
    file, own = file_and_name(name, choice)
    tables = standards()[file].indices
    if not own and len(tables) == 1:
        own = next(iter(tables))
    if own in tables:
        return _chosen({f"{file}.{key}": one for key, one in tables[own].editions.items()}, choice.editions)
    all_editions = {f"{file}.{key}": one for table in tables.values() for key, one in table.editions.items()}
    if f"{file}.{own}" not in all_editions:
        known = [*tables, *(key for table in tables.values() for key in table.editions)]
        said = f"{file} has no index {own!r}" if own else f"{file} has {'several indices' if tables else 'no index'}"
        raise ContractError(Mistake(said, hint=what_to_write(own, known)))
    return _chosen(all_editions, (f"{file}.{own}",))


@cache
def readings_of_indices() -> frozenset[str]:
    """What any index reads, such as pm25_24h."""
    editions = [
        one for file in standards().values() for table in file.indices.values() for one in table.editions.values()
    ]
    rows = [row for edition in editions for row in edition.rows]
    return frozenset(name for row in rows for hourly in (False, True) if (name := row.reading(hourly=hourly)))


def choice_mistakes(choice: StandardChoice) -> Iterator[tuple[Sequence[str | int], str, str]]:
    """What in a pack's choice is not there: place below `standards`, what is wrong, what to write."""
    known = standards()
    if choice.national is not None and choice.national not in known:
        yield ("national",), f"there is no standard {choice.national!r}", what_to_write(choice.national, known)
    editions = edition_names()
    for number, name in enumerate(choice.editions):
        if name not in editions:
            yield ("editions", number), f"there is no edition {name!r}", what_to_write(name, editions)


def edition_names() -> Sequence[str]:
    """All editions there are, such as cn.hj_633_2026."""
    return [
        f"{file}.{key}"
        for file, one in standards().items()
        for editions in (one.limits, *(table.editions for table in one.indices.values()))
        for key in editions
    ]


def _chosen(found: Mapping[str, E], pinned: Sequence[str]) -> Mapping[str, E]:
    """The editions that are pinned, on every day; all, each on its own days, where none is."""
    always = {"from_": None, "to": None}
    kept = {name: one.model_copy(update=always) for name, one in found.items() if name in pinned}
    return kept or found
