"""`madang feed try`: exit codes, what it says, and that it leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from pathlib import Path

import polars as pl
import pytest

from tests.unit.assets.trial.town import AIR, Town, town
from tests.worlds.command import Command, Said

GOOD = "site,at,fine,coarse\nN,2026-03-01 00:00,0.012,40\nN,2026-03-01 01:00,0.013,41\n"
BAD = "site,at,fine,coarse\nN,2026-03-01 00:00,9999,40\nN,2026-03-02 00:00,0.012,40\n,2026-03-02 01:00,0.012,40\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return town(tmp_path, AIR, {"air/a.csv": GOOD, "other/bad.csv": BAD})


def _try(here: Town, *arguments: object) -> Said:
    home = here.folder / "home"
    said = Command(home, here.folder.parent)("feed", "try", *map(str, arguments))
    assert not home.exists()
    return said


def test_a_good_delivery(here: Town) -> None:
    said = _try(here, "air", here.drop, "--city", "town")
    assert said.code == 0, said.err
    assert "pm25: mg/m3 -> ug/m3" in said.out
    assert said.out.rstrip().endswith(f"nightly --city town --day 2026-03-01 --from-dir {here.drop}")
    assert "MADANG_CITIES" not in said.out
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_the_command_for_a_pack_of_another_folder_says_which(here: Town, tmp_path: Path) -> None:
    said = Command(tmp_path / "home", tmp_path / "usual")("feed", "try", here.feed, here.drop)
    assert said.code == 0, said.err
    line = said.out.rstrip().splitlines()[-1]
    assert line.startswith(f"next: MADANG_CITIES={here.folder.parent} ")
    assert line.endswith(f"nightly --city town --day 2026-03-01 --from-dir {here.drop}")


def test_a_bad_file_of_any_name(here: Town) -> None:
    said = _try(here, here.feed, here.drop / "other" / "bad.csv")
    assert said.code == 3
    assert "bad.csv:2 fine: PM2.5 is 9999, and only 0 – 5 mg/m3 is possible." in said.out
    assert "bad.csv:4 site: station is missing." in said.out
    assert "AIR-rows-as-usual" in said.out
    assert "not judged here" in said.out


def test_scripts_get_plain_values(here: Town) -> None:
    found = json.loads(_try(here, here.feed, here.drop / "other" / "bad.csv", "--json").out)
    assert [day["verdict"] for day in found["days"]] == ["WARN", "BLOCK"]
    assert [(one["line"], one["rule"]) for one in found["held"]] == [(2, "AIR-pm25-range"), (4, "AIR-required-place")]


def test_what_cannot_be_tried_is_one_sentence(here: Town, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(AIR.replace("air_quality", "air_qualities"), "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    html = tmp_path / "page.csv"
    html.write_text("<html><title>Login</title></html>", "utf-8")
    for code, part, arguments in (
        (2, "air_quality", (wrong, here.drop)),
        (2, "add --city", ("air", here.drop)),
        (2, "no feed 'aer'", ("aer", here.drop, "--city", "town")),
        (2, "no such file", (here.feed, tmp_path / "nothing")),
        (1, "no file matches", (here.feed, empty)),
        (1, "FILE-HTML", (here.feed, html)),
    ):
        said = _try(here, *arguments)
        assert said.code == code, (arguments, said)
        assert part in said.err + said.out
        assert "Traceback" not in said.err


def test_a_report_never_takes_the_place_of_another_file(here: Town, tmp_path: Path) -> None:
    bad = here.drop / "other" / "bad.csv"
    for name in ("report.csv", "report.html"):
        for _ in range(2):  # a report may be written again
            assert _try(here, here.feed, bad, "--report", tmp_path / name).code == 3
    (tmp_path / "mine.csv").write_text("a,b\n", "utf-8")
    for name in ("mine.csv", "report.pdf", "nowhere/report.csv", "report"):
        said = _try(here, here.feed, bad, "--report", tmp_path / name)
        assert said.code == 2, name
    assert _try(here, here.feed, bad, "--report", bad).code == 2
    assert bad.read_text("utf-8") == BAD


def test_sentences_in_another_language(here: Town) -> None:
    said = _try(here, here.feed, here.drop / "other" / "bad.csv", "--language", "ko")
    assert "값이 9999입니다" in said.out
    assert _try(here, here.feed, here.drop, "--language", "de").code == 2
    assert _try(here, here.feed, here.drop, "--language", "xx-").code == 2


def test_a_name_in_another_encoding_is_tried(here: Town) -> None:
    odd = Path(os.fsdecode(os.fsencode(here.folder) + b"/\xb0\xf8.csv"))
    odd.write_text(GOOD, "utf-8")
    assert _try(here, here.feed, odd, "--rows", "99").code == 0
    assert _try(here, here.feed, odd, "--rows", "9" * 30).code == 2


def test_what_a_killed_trial_left_is_removed_by_the_next(here: Town) -> None:
    temporary = Path(tempfile.gettempdir())
    for name in ("madang-trial-killed", "madang-trial-alive"):
        (temporary / name).mkdir()
        (temporary / name / ".lock").touch()
    (temporary / "madang-trial-begun").mkdir()  # it has no lock yet
    with (temporary / "madang-trial-alive" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert _try(here, "air", here.drop, "--city", "town").code == 0
    assert {path.name for path in temporary.iterdir()} == {"madang-trial-alive", "madang-trial-begun"}


def test_a_full_disk_says_nothing_of_the_feed(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)")

    monkeypatch.setattr("assets.trial.trial.stage", full)
    said = _try(here, "air", here.drop, "--city", "town")
    assert (said.code, "set TMPDIR to a folder with more" in said.err, "Traceback" in said.err) == (1, True, False)
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_a_delivery_about_persons_is_refused_and_stays_where_it_is(here: Town, tmp_path: Path) -> None:
    path = tmp_path / "mail.csv"
    path.write_text(GOOD.replace("coarse", "coarse,remark").replace(",40", ",40,a.planted@example.net"))
    said = _try(here, here.feed, path)
    assert said.code != 0
    assert "column 5 has an e-mail address" in said.out + said.err
    assert "planted" not in said.out + said.err
    assert path.exists()
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
