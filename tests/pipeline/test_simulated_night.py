"""Nights of cities that have neither files, keys nor a network: the simulated city makes what their contracts say."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import duckdb
import pytest

from assets.metrics.reasons import SENTENCES
from tests.support.paths import CITIES
from tests.worlds.command import Command
from tests.worlds.packs import pack_at

# A service and a language of two scripts in the suite; the others are more of the same.
PACKS = [
    pytest.param(path.parent.name, marks=[] if path.parent.name == "almaty" else [pytest.mark.weekly])
    for path in sorted(CITIES.glob("*/city.yaml"))
    if path.parent.name != "seoul"  # its nights are everywhere
]


def test_the_first_night_of_hanoi_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    home = tmp_path / "home"
    said = Command(home)("nightly", "--city", "hanoi", "--day", "2024-03-10")
    assert said.code == 0, said.err
    with duckdb.connect(str(home / "published" / "madang.duckdb"), read_only=True) as file:
        (rows,) = file.sql("SELECT count(*), min(day), max(day), min(pm25) FROM core.hanoi_air_embassy").fetchall()
        sources = file.sql("SELECT DISTINCT source FROM ledger.attempt").fetchall()
    assert rows[0] >= 24
    assert (str(rows[1]), str(rows[2])) == ("2024-03-10", "2024-03-10")
    assert rows[3] is not None
    assert sources == [("simulated",)]
    assert list((tmp_path / "temporary").iterdir()) == []  # the drop folder is gone


@pytest.mark.parametrize("pack", PACKS)
def test_a_night_on_a_fresh_machine_ends_with_a_scoreboard_in_the_citys_language(pack: str, tmp_path: Path) -> None:
    said = Command(tmp_path / "home")("nightly", "--city", pack)
    assert said.code == 0, (said.out, said.err)
    assert "cannot make" not in said.err
    config = pack_at(CITIES / pack).config
    words = SENTENCES.part(SENTENCES.language_for(config.languages[0]), "scoreboard")
    table, *_ = said.out.split("\n\n")
    title, header, *rows = table.splitlines()
    assert words["latest"].format(city=config.title.of_pack(config.plain).in_(config.languages)) in title
    assert words["simulated"] in title
    assert re.split(r" {2,}", header) == [
        words[name] for name in ("metric", "value", "unit", "target", "day", "data", "status")
    ]
    rows = [row for row in rows if row.endswith((words["ok"], words["proxy"]))]
    assert rows
