"""A city goes from one installation to another in two commands, and nothing that gives other figures arrives."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.moving import unpacked
from assets.moving.archive import archive_of, open_archive
from assets.moving.pack_files import moved_files
from assets.pack.city import load_city
from pipelines import replayed
from pipelines.cli import stopping
from pipelines.replayed import judge_sample
from pipelines.runner import Interrupted
from quality.contract.mistakes import ContractError
from tests.worlds.command import Command
from tests.worlds.moved_city import ABOUT, AIR, port

FILE: dict[str, Any] = ABOUT["deliveries"][0]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where homes of replays are; a test sees that none stays."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_two_commands_move_a_city(tmp_path: Path, temporary: Path) -> None:
    """Its expected figures were worked out by hand, of a file and of what a service answered."""
    port(tmp_path / "here")
    here, there = (Command(tmp_path / f"home_{name}", tmp_path / name) for name in ("here", "there"))
    file = tmp_path / "port.zip"
    packed = here("city", "pack", "port", "--to", file)
    assert packed.code == 0, packed.err
    unpacked = Command(tmp_path / "home_there", tmp_path / "usual")("city", "unpack", file, "--to", tmp_path / "there")
    assert unpacked.code == 0, unpacked.err
    assert unpacked.out.splitlines()[-1] == f"next: MADANG_CITIES={there.packs} madang city check port"
    assert there("city", "check", "port").code == 0
    assert there("city", "diff", "port", tmp_path / "here" / "port").code == 0
    assert there("city", "diff", "port", file).words.endswith("no differences")
    again = there("city", "unpack", file)
    assert again.code == 2
    assert "--replace" in again.err
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "home_here").exists()
    assert not (tmp_path / "home_there").exists()
    # what one says must have come from the other: nothing was read from the first installation
    assert sorted(os.listdir(tmp_path / "there")) == [".schemas", "port"]


def test_other_figures_do_not_arrive(tmp_path: Path, temporary: Path) -> None:
    """Somebody packed a city without looking: one figure is wrong, and one is expected that nothing gives."""
    pack = port(tmp_path / "here")
    expected = pack / "sample" / "expected.csv"
    text = expected.read_text("utf-8").replace(",11.5,ok,", ",12.5,ok,")
    expected.write_text(f"{text}so2_mean,1,day,2026-03-01,3.0,ok,\n", "utf-8")
    city, file = load_city(pack), tmp_path / "port.zip"
    file.write_bytes(archive_of(city, moved_files(city).contents))
    there = Command(tmp_path / "home", tmp_path / "there")
    refused = there("city", "unpack", file)
    assert refused.code == 1
    assert "pm25_mean of area 1, day 2026-03-01: expected 12.5 (ok), got 11.5 (ok)" in refused.err
    assert "so2_mean of area 1, day 2026-03-01: expected 3.0 (ok), got no figure" in refused.err
    assert "Traceback" not in refused.err
    assert os.listdir(tmp_path / "there") == []
    assert list(temporary.iterdir()) == []


def test_a_sample_is_made_and_gives_its_own_figures(tmp_path: Path, temporary: Path) -> None:
    """The simulated city delivers, offline; what came out is what a replay gives."""
    pack = port(tmp_path / "cities", sample=False)
    here = Command(tmp_path / "home", tmp_path / "cities")
    lacking = here("city", "replay", "port")
    assert (lacking.code, "madang city sample port" in lacking.err) == (2, True)
    assert here("city", "pack", "port", "--to", tmp_path / "port.zip").code == 2
    (tmp_path / "empty").mkdir()
    given = ("--from-dir", tmp_path / "empty", "--licence", "CC0")
    nothing = here("city", "sample", "port", "--day", "2026-03-01", *given)
    assert nothing.code == 1
    assert "no feed of port used a delivery in the night of 2026-03-01" in nothing.err
    made = here("city", "sample", "port", "--day", "2026-03-01")
    assert made.code == 0, made.err
    assert "2 deliveries" in made.out
    replayed = here("city", "replay", "port")
    assert replayed.code == 0, replayed.err
    assert "as expected" in replayed.out
    assert sorted(path.name for path in pack.iterdir() if path.name.startswith(".")) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.weekly
def test_a_sample_is_the_same_again(tmp_path: Path) -> None:
    port(tmp_path / "cities", sample=False)
    here, archives = Command(tmp_path / "home", tmp_path / "cities"), list[bytes]()
    for _ in range(2):
        assert here("city", "sample", "port", "--day", "2026-03-01").code == 0
        assert here("city", "pack", "port", "--to", tmp_path / "port.zip").code == 0
        archives.append((tmp_path / "port.zip").read_bytes())
    assert archives[0] == archives[1]


@pytest.mark.weekly
def test_a_sample_of_what_was_delivered(tmp_path: Path) -> None:
    """The owner names files and says what may be done with them."""
    pack = port(tmp_path / "cities")
    drop = tmp_path / "drop"
    shutil.copytree(pack / "sample" / "air", drop)
    shutil.rmtree(pack / "sample")
    here = Command(tmp_path / "home", tmp_path / "cities")
    assert here("city", "sample", "port", "--day", "2026-03-01", "--from-dir", drop).code == 2
    said = here("city", "sample", "port", "--day", "2026-03-01", "--from-dir", drop, "--licence", "CC BY 4.0")
    assert said.code == 0, said.err
    assert (pack / "sample" / "air" / "air" / "a.csv").exists()
    assert here("city", "pack", "port", "--to", tmp_path / "port.zip").code == 0
    assert b"CC BY 4.0" in open_archive(tmp_path / "port.zip").pack["sample/sample.json"]


def test_what_is_no_archive_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no")
    port(tmp_path / "cities")
    here = Command(tmp_path / "home", tmp_path / "cities")
    for arguments in (
        ("unpack", tmp_path / "no.zip"),
        ("unpack", tmp_path / "nothing.zip"),
        ("unpack", tmp_path / "no.zip", "--to", tmp_path / "cities" / "port"),
        ("diff", "port", tmp_path / "no.zip"),
        ("diff", "port", "harbor"),
        ("replay", "harbor"),
        ("pack", "port", "--to", tmp_path / "no.zip"),
        ("pack", "port", "--to", "/proc/port.zip"),
        ("sample", "port", "--licence", "CC0"),
        ("sample", "port", "--day", "2020-01-01"),
        ("sample", "port", "--from-dir", tmp_path / "nowhere", "--licence", "CC0"),
    ):
        said = here("city", *arguments)
        assert said.code == 2, (arguments, said)
        assert said.err.startswith("madang: ")
        assert "Traceback" not in said.err
    assert (tmp_path / "no.zip").read_text() == "no"


def test_a_place_that_takes_no_file_is_said_before_the_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said "[Errno 2] No such file or directory: '/proc/x.zip'", minutes later."""
    port(tmp_path / "cities")
    monkeypatch.setattr(replayed, "judge_sample", lambda *_: pytest.fail("it was replayed"))
    said = Command(tmp_path / "home", tmp_path / "cities")("city", "pack", "port", "--to", "/proc/x.zip")
    assert said.code == 2
    assert said.err.startswith("madang: /proc/x.zip cannot be written (")
    assert said.err.endswith("; choose another place with --to\n")


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("pack", "port"), "new.zip is not written"),
        (("unpack", "port.zip"), "nothing is unpacked"),
        (("replay", "port"), "nothing of the replay is left"),
    ],
)
def test_ctrl_c_says_what_is_left(
    arguments: tuple[str, ...], left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said that what is published is whole, of a command that publishes nothing."""
    pack = port(tmp_path / "cities")
    (tmp_path / "port.zip").write_bytes(archive_of(load_city(pack), moved_files(load_city(pack)).contents))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(replayed, "judge_sample", stopped)
    more = {"pack": ("--to", "new.zip"), "unpack": ("--to", "elsewhere")}.get(arguments[0], ())
    said = Command(tmp_path / "home", tmp_path / "cities")("city", *arguments, *more)
    assert said.code == stopping.CODE
    assert f"madang: stopped; {left}; the same command begins again\n" == said.err
    assert not (tmp_path / "new.zip").exists()
    assert not list((tmp_path / "elsewhere").glob("*"))


def stopped(*_: Any) -> None:
    raise Interrupted


def test_the_title_of_an_unpacked_city_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escapes of the terminal and signs of direction come as symbols."""
    archive = SimpleNamespace(manifest=SimpleNamespace(title="\x1b[2JPort \u202eevil\nx", madang="1", city="port"))
    done = SimpleNamespace(folder=tmp_path / "port", archive=archive)
    monkeypatch.setattr(unpacked, "unpack_city", lambda *_, **__: done)
    said = Command(tmp_path / "home", tmp_path / "cities")("city", "unpack", "x.zip", "--to", tmp_path / "cities")
    assert said.code == 0, said.err
    assert "␛[2JPort <U+202E>evil x" in said.out
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out


def test_a_replay_reads_nothing_outside_of_its_drop_folder(tmp_path: Path, temporary: Path) -> None:
    """A pack of somebody else that looks for its files on this machine, beside the drop folders or by a full path."""
    for root in ("../../..", str(tmp_path)):
        pack = port(tmp_path / "cities")
        feed = pack / "feeds" / "air.yaml"
        feed.write_text(AIR.replace("files: {", f'files: {{root: "{root}", '), "utf-8")
        said = Command(tmp_path / "home", tmp_path / "cities")("city", "replay", "port")
        assert said.code == 2
        assert "the feed air is left out" in said.err
        assert "files.root" in said.err
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"night": "9999-12-31"}, "the night 9999-12-31 is outside port's days: from 2026-01-01 to yesterday"),
        ({"night": "0001-01-01"}, "the night 0001-01-01 is outside"),
        ({"night": "2025-12-31"}, "the night 2025-12-31 is outside"),
        ({"deliveries": [FILE, FILE]}, "is there twice"),
        ({"deliveries": [FILE, FILE | {"name": "air/a.csv/b.csv"}]}, "is a file and a folder"),
    ],
)
def test_a_sample_of_no_night_or_of_one_place_for_two_files_is_one_sentence(
    tmp_path: Path, temporary: Path, change: dict[str, Any], said: str
) -> None:
    pack = port(tmp_path / "cities")
    (pack / "sample" / "sample.json").write_text(json.dumps(ABOUT | change), "utf-8")
    with pytest.raises(ContractError, match=said):
        judge_sample(load_city(pack))
    assert list(temporary.iterdir()) == []
