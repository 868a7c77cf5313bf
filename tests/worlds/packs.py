"""The packs of the repository as tests use them, each read once in a process, and small ones made of them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from assets.pack.city import City, load_city
from tests.support.paths import SEOUL


@cache
def pack_at(folder: Path) -> City:
    """A pack that no test changes, of the repository or of the tests."""
    return load_city(folder)


def seoul() -> City:
    """The pack of Seoul."""
    return pack_at(SEOUL)


def _only_of(pack: Path, feeds: Sequence[str]) -> None:
    """Take away what the pack says of other feeds: their crosswalks, and its own entries, which name a feed."""
    crosswalks = pack / "crosswalks.csv"
    head, *lines = crosswalks.read_text("utf-8").splitlines(keepends=True)
    at = head.strip().split(",").index("feed")
    kept = [line for line in lines if next(csv.reader([line]))[at] in ("", *feeds)]
    crosswalks.write_text("".join([head, *kept]), "utf-8")
    for path in (pack / "metrics").glob("*.yaml"):
        entries = yaml.safe_load(path.read_text("utf-8")).values()
        if not {name for entry in entries for name in entry.get("feeds", ())} <= {*feeds}:
            path.unlink()


def small_seoul(root: Path, *feeds: str, name: str = "seoul", **config: str) -> Path:
    """The folder of packs below `root`, in it a copy of Seoul that has only these feeds; `config` goes to city.yaml."""
    pack = root / "cities" / name
    shutil.copytree(SEOUL, pack, ignore=shutil.ignore_patterns("feeds", "sharing.yaml"))
    (pack / "feeds").mkdir(exist_ok=True)
    for feed in feeds:
        shutil.copy(SEOUL / "feeds" / f"{feed}.yaml", pack / "feeds")
    _only_of(pack, feeds)
    text = (pack / "city.yaml").read_text("utf-8")
    for key, value in {"name": name, **config}.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    (pack / "city.yaml").write_text(text, "utf-8")
    return pack.parent
