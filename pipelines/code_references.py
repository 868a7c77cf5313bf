"""Which files of the pack and the platform declare a table: what Dagster calls code references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import dagster as dg

from assets.derive.marts import MartTable
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import DerivedTable
from assets.pack.city import MARTS, City
from quality.contract.model import Contract

_KEY = re.compile(r"^(\w+):", re.MULTILINE)


def of_feed(city: City, contract: Contract) -> dg.CodeReferencesMetadataValue:
    """The file of a feed."""
    names = (f"{contract.name}.yaml", f"{contract.name}.odcs.yaml")
    paths = [path for name in names if (path := city.folder / "feeds" / name).is_file()]
    return _references((path, 1, path.name) for path in paths)


def of_derived(city: City, table: DerivedTable) -> dg.CodeReferencesMetadataValue:
    """The entries of the metrics of a table, or the module and the contract of a mart."""
    if isinstance(table, MartTable):
        endings = (".py", ".odcs.yaml")
        return _references((MARTS / f"{table.of_mart}{end}", 1, f"{table.of_mart}{end}") for end in endings)
    return _references(_entries(city, table))


def _entries(city: City, table: SubjectTable | PeriodTable) -> Iterator[tuple[Path, int, str]]:
    if isinstance(table, SubjectTable):
        names = list(table.entries)
    else:
        names = [city.metrics[metric].entry for metric in sorted(table.metrics)]
    for name in dict.fromkeys(names):
        path = city.entries[name].path
        yield path, _lines(path, path.stat().st_mtime_ns).get(name, 1), name
    yield city.folder / "metrics.yaml", 1, f"metrics.yaml of {city.name}"


@lru_cache(maxsize=64)
def _lines(path: Path, _changed: int) -> Mapping[str, int]:
    """By entry of a file, the line in which it begins."""
    text = path.read_text("utf-8")
    return {found[1]: text.count("\n", 0, found.start()) + 1 for found in _KEY.finditer(text)}


def _references(files: Iterator[tuple[Path, int, str]]) -> dg.CodeReferencesMetadataValue:
    return dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(file_path=str(path), line_number=line, label=label) for path, line, label in files
        ]
    )
