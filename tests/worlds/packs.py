"""The packs of the repository as tests use them, each read once in a process, and small ones made of them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from assets.derive.parts import feeds_of_metrics
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


@cache
def _chosen() -> tuple[dict[str, Any], dict[str, set[str]]]:
    """Seoul's metrics.yaml, and by metric the feeds that it is made of."""
    text = (SEOUL / "metrics.yaml").read_text("utf-8")
    groups = feeds_of_metrics(seoul())
    return yaml.load(text, yaml.CSafeLoader), {name: set(chain(*groups[name])) for name in groups}


def _metrics_of(path: Path, feeds: Sequence[str]) -> None:
    """Choose the metrics in which one of these feeds has a part. With Seoul's 403 metrics, of which all but 30 were
    absent, a night of two feeds was 4.2 s of CPU; it is 3.1 s."""
    chosen, made_of = _chosen()
    kept = {name: own for name, own in chosen["metrics"].items() if made_of[name] & {*feeds}}
    text = yaml.dump(chosen | {"metrics": kept}, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=1000)
    path.write_text(text, "utf-8")


class _Plain(yaml.CSafeDumper):
    """Writes what is the same twice twice: a test changes the one."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def small_seoul(root: Path, *feeds: str, name: str = "seoul", later: Sequence[str] = (), **config: str) -> Path:
    """The folder of packs below `root`, in it a copy of Seoul that has only these feeds, and the metrics of them
    and of those that the test writes itself, `later`; `config` goes to city.yaml."""
    pack = root / "cities" / name
    shutil.copytree(SEOUL, pack, ignore=shutil.ignore_patterns("feeds", "sharing.yaml"))
    (pack / "feeds").mkdir(exist_ok=True)
    for feed in feeds:
        shutil.copy(SEOUL / "feeds" / f"{feed}.yaml", pack / "feeds")
    _only_of(pack, feeds)
    _metrics_of(pack / "metrics.yaml", (*feeds, *later))
    text = (pack / "city.yaml").read_text("utf-8")
    for key, value in {"name": name, **config}.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    (pack / "city.yaml").write_text(text, "utf-8")
    return pack.parent
