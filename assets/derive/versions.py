"""Versions of what turns batches into rows: when one changes, every table is made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from assets import derive, formulas, marts, metrics, standards, watch
from assets.metrics.entries import OWN, entry_files
from assets.pack.city import City
from assets.watch.watched import watched_columns


@cache
def code_version() -> str:
    """Changes when the code of marts, metrics, formulas, standards or watch, an entry, or a limit changes, or
    what models watch."""
    packages = (formulas, marts, metrics, standards, watch, derive)
    folders = [Path(package.__path__[0]) for package in packages]
    modules = [path for folder in folders for path in folder.rglob("*.py")]
    return digest_of([*modules, *entry_files(), *Path(standards.__path__[0]).glob("*.yaml")], repr(watched_columns()))


@lru_cache(maxsize=32)
def pack_version(city: City) -> str:
    """Changes when the city's pack changes: areas, registers, parameters, targets, entries of its own. Feeds have
    versions of their own, which do not say where their places stand."""
    files = [*city.folder.glob("*.csv"), city.folder / "metrics.yaml", city.folder / "city.yaml"]
    registers = "".join(f" {feed.name}={feed.register_}" for feed in city.contracts.values() if feed.register_)
    own = entry_files(city.folder / OWN)
    # a pack may choose no metrics
    return digest_of([*(path for path in files if path.exists()), *own], registers)


def digest_of(files: Iterable[Path], beside: str = "") -> str:
    """Twelve hex digits that change with the name or the content of one of the files, wherever the folder lies, and
    with the text `beside` them."""
    digest = hashlib.sha256(beside.encode())
    for path in sorted(files):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
