"""The scenarios of Seoul: what was measured counts only where the night did what it should. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import seoul, yard
from benchmarks.measure import Cost
from benchmarks.yard import Yard

FEEDS = len(list((seoul.ROOT / "cities" / "seoul" / "feeds").glob("*.yaml")))
WHOLE = {"feeds": FEEDS, "days": 1, "rows_read": 10, **dict.fromkeys(seoul.PARTS, 0), "rows_kept": 10}
LOST = WHOLE | {"rows_kept": 9}
NO_NEWS, NEWS = "nothing new; published is still version 1", "published as version 2"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each command that is called says, in turn; those that say nothing more are of no interest."""
    said: list[str] = []

    def answer(*_: Any, **__: Any) -> Cost:
        return Cost(2, 3, 400, out=said.pop(0) if said else NO_NEWS)

    for name in ("night", "madang"):
        monkeypatch.setattr(yard, name, answer)
    monkeypatch.setattr(yard, "nothing", lambda **_: Cost(1, 1, 300))
    monkeypatch.setattr(seoul, "_night", answer)
    return said


def counted(monkeypatch: pytest.MonkeyPatch, *told: dict[str, Any]) -> None:
    found: Iterator[dict[str, Any]] = iter(told)
    monkeypatch.setattr(seoul, "_counted", lambda _home: next(found))


@pytest.mark.parametrize(
    ("told", "agrees"),
    [(WHOLE, True), (WHOLE | {"feeds": FEEDS - 1}, False), (LOST, False)],
    ids=["all feeds", "a feed is missing", "a row is lost"],
)
def test_a_first_night_has_every_feed_and_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[str], told: dict[str, Any], agrees: bool
) -> None:
    counted(monkeypatch, told)
    found = seoul.first(Yard(tmp_path, runs=1))
    assert found["agrees"] is agrees
    assert found["figures"] == {"cpu_s": 3}
    assert found["beside"]["nothing"]["cpu_s"] == 1


@pytest.mark.parametrize(
    ("again", "then", "agrees"),
    [(NO_NEWS, WHOLE, True), (NEWS, WHOLE, False), (NO_NEWS, LOST, False)],
    ids=["nothing new", "something was built", "other figures"],
)
def test_a_backfill_again_does_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[str],
    again: str,
    then: dict[str, Any],
    agrees: bool,
) -> None:
    counted(monkeypatch, WHOLE, *[then] * 2)
    commands += [NEWS, again]
    found = seoul.backfill(Yard(tmp_path, runs=1, drop=tmp_path))
    assert found["agrees"] is agrees
    assert found["figures"] == {"days": 275, "cpu_s": 3, "again_cpu_s": 3}


def test_without_real_files_the_backfill_says_so(tmp_path: Path) -> None:
    assert "--drop" in seoul.backfill(Yard(tmp_path))["skipped"]


@pytest.mark.parametrize(("said", "agrees"), [(NO_NEWS, True), (NEWS, False)])
def test_an_idle_night_has_nothing_new(tmp_path: Path, commands: list[str], said: str, agrees: bool) -> None:
    for name in ("night/published", "night-drop", "seoul/published"):
        (tmp_path / "homes" / name).mkdir(parents=True)
    (tmp_path / "data" / "50000" / "2026-06-01").mkdir(parents=True)
    (tmp_path / "data" / "50000" / "2026-06-01" / "done").touch()
    commands += [NO_NEWS, said]
    assert seoul.idle(Yard(tmp_path, runs=1))["agrees"] is agrees
