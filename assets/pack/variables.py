"""The environment variables that a pack takes keys from: those of its feeds, and those that city.yaml lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from assets.pack.city_file import CityConfig
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.variables import variable_mistake


def variable_mistakes(folder: Path, config: CityConfig | None, contracts: Mapping[Path, Contract]) -> Iterator[Mistake]:
    """A mistake for each variable that the pack may not name, in the file that names it."""
    listed = () if config is None else config.secrets
    yield from _mistakes_in(folder / "city.yaml", listed, listed)
    for path, contract in contracts.items():
        services = () if contract.connector is None else contract.connector.services
        named = [variable for service in services for variable in service.secrets.values()]
        yield from _mistakes_in(path, named, listed)


def _mistakes_in(path: Path, named: Collection[str], listed: Collection[str]) -> Iterator[Mistake]:
    for variable in dict.fromkeys(named):
        wrong = variable_mistake(variable, listed)
        if wrong is not None:
            yield Mistake(wrong[0], path, _line_with(path, variable), "secrets", wrong[1])


def _line_with(path: Path, word: str) -> int | None:
    """The first line in which a variable stands: it is in another place in a contract of each form."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if re.search(rf"\b{word}\b", line)), None)
