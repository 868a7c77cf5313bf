"""All city packs of an installation. One that cannot be read must not stop the other cities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from assets.pack.city import City, load_city
from quality.contract.model import ContractError


@dataclass(frozen=True)
class Packs:
    """The cities whose packs can be read, and of each other pack why it cannot, in a sentence."""

    cities: tuple[City, ...]
    broken: Mapping[str, str]  # by the name of the folder


def load_packs(folders: Iterable[Path]) -> Packs:
    """Read these packs, in their order. Never raises for what stands in one of them."""
    cities, broken = [], {}
    for folder in folders:
        try:
            cities.append(load_city(folder))
        except ContractError as error:
            broken[folder.name] = f"pack {folder.name}: {error}"
        except (Exception, pl.exceptions.PanicException) as error:
            broken[folder.name] = f"pack {folder.name} cannot be read: {type(error).__name__}: {error}"
    return Packs(tuple(cities), broken)
