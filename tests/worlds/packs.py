"""The packs of the repository as tests use them, and small ones made of them. Seoul is loaded once per process."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from assets.pack.city import City, load_city
from tests.support.paths import SEOUL


@cache
def seoul() -> City:
    """The pack of Seoul."""
    return load_city(SEOUL)


def small_seoul(root: Path, *feeds: str, name: str = "seoul", **config: str) -> Path:
    """The folder of packs below `root`, in it a copy of Seoul that has only these feeds; `config` goes to city.yaml."""
    pack = root / "cities" / name
    shutil.copytree(SEOUL, pack, ignore=shutil.ignore_patterns("feeds"))
    (pack / "feeds").mkdir(exist_ok=True)
    for feed in feeds:
        shutil.copy(SEOUL / "feeds" / f"{feed}.yaml", pack / "feeds")
    text = (pack / "city.yaml").read_text("utf-8")
    for key, value in {"name": name, **config}.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    (pack / "city.yaml").write_text(text, "utf-8")
    return pack.parent
