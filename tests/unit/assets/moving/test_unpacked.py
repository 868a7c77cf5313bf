"""From an archive to a pack: nothing stays of one that is refused, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assets.moving import archive, unpacked
from assets.moving.archive import ArchiveError
from assets.moving.taken import versions_of
from assets.moving.unpacked import unpack_city
from assets.pack.city import City, load_city
from pipelines.settings import pack_folders
from quality.contract.mistakes import ContractError, Mistake
from tests.support.paths import REPOSITORY
from tests.worlds.moved_city import packed, port_city

# Ends itself by the signal where the replay would be.
_ENDED = """
import os, signal, sys
from pathlib import Path
from assets.moving.unpacked import unpack_city
unpack_city(Path(sys.argv[1]), Path(sys.argv[2]), lambda city: os.kill(os.getpid(), signal.SIGKILL), replaces=True)
"""


class RefusedError(Exception):
    pass


def _refuse(_city: City) -> None:
    raise RefusedError


def _take(_city: City) -> None: ...


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    return packed(port_city(tmp_path / "one"), tmp_path / "port.zip")


def test_what_is_accepted_is_there(zipped: Path, tmp_path: Path) -> None:
    seen = list[str]()
    done = unpack_city(zipped, tmp_path / "two", lambda city: seen.append(city.name))
    assert seen == ["port"]
    assert os.listdir(tmp_path / "two") == ["port"]
    for path in (tmp_path / "one" / "port").rglob("*"):
        other = done.folder / path.relative_to(tmp_path / "one" / "port")
        assert path.is_dir() or other.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("error", [RefusedError, KeyboardInterrupt])
def test_nothing_stays_of_what_is_not(zipped: Path, tmp_path: Path, error: type[BaseException]) -> None:
    def refuse(_city: City) -> None:
        raise error

    with pytest.raises(error):
        unpack_city(zipped, tmp_path / "two", refuse)
    assert os.listdir(tmp_path / "two") == []


def test_a_pack_that_is_there_stays(zipped: Path, tmp_path: Path) -> None:
    own = tmp_path / "two" / "port" / "note.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    with pytest.raises(FileExistsError, match="--replace"):
        unpack_city(zipped, tmp_path / "two", _take)
    with pytest.raises(RefusedError):
        unpack_city(zipped, tmp_path / "two", _refuse, replaces=True)
    assert own.read_text() == "mine"
    unpack_city(zipped, tmp_path / "two", _take, replaces=True)
    assert not own.exists()
    assert os.listdir(tmp_path / "two") == ["port"]
    assert load_city(own.parent).name == "port"


def test_a_link_in_its_place_is_not_followed(zipped: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "port").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError, match="no folder"):
        unpack_city(zipped, tmp_path / "two", _take, replaces=True)
    assert os.listdir(tmp_path / "elsewhere") == []


def test_of_two_at_once_the_first_to_end_stays(zipped: Path, tmp_path: Path) -> None:
    def other_one(_city: City) -> None:
        unpack_city(zipped, tmp_path / "two", _take)
        (tmp_path / "two" / "port" / "first").touch()

    with pytest.raises(FileExistsError):
        unpack_city(zipped, tmp_path / "two", other_one)
    assert (tmp_path / "two" / "port" / "first").exists()
    assert os.listdir(tmp_path / "two") == ["port"]


def test_the_last_step_itself_does_not_replace(zipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one ends between the last look and the renaming."""
    seen, look = list[bool](), unpacked._require_place

    def late(target: Path, *, replaces: bool) -> None:
        seen.append(True)
        look(target, replaces=replaces)
        if len(seen) == 2:
            unpack_city(zipped, tmp_path / "two", _take)

    monkeypatch.setattr(unpacked, "_require_place", late)
    with pytest.raises(FileExistsError):
        unpack_city(zipped, tmp_path / "two", _take)
    assert os.listdir(tmp_path / "two") == ["port"]


def test_a_killed_one_leaves_no_pack_and_the_next_one_cleans_up(zipped: Path, tmp_path: Path) -> None:
    before = tmp_path / "two" / "port"
    before.mkdir(parents=True)
    command = [sys.executable, "-W", "ignore", "-c", _ENDED, str(zipped), str(tmp_path / "two")]
    assert subprocess.run(command, cwd=REPOSITORY, check=False).returncode == -signal.SIGKILL
    assert pack_folders(tmp_path / "two") == [before]
    assert os.listdir(before) == []
    assert len(os.listdir(tmp_path / "two")) == 2  # what it had unpacked is hidden beside it
    unpack_city(zipped, tmp_path / "two", _take, replaces=True)
    assert os.listdir(tmp_path / "two") == ["port"]


def test_another_madang_is_named_by_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive was made where PM2.5 may be 3,000, the mean needs half of the hours, and there is one metric more."""
    city = port_city(tmp_path / "one")
    real = archive.taken_by

    def changed(of: City) -> dict:
        taken = {kind: dict(parts) for kind, parts in real(of).items()}
        taken["models"]["air_quality"]["columns"]["pm25"]["range"]["most"] = 3000
        taken["entries"]["pm25_mean"]["over_time"][-1]["needs"] = 0.5
        return taken

    monkeypatch.setattr(archive, "taken_by", changed)
    path = packed(city, tmp_path / "port.zip")
    monkeypatch.setattr(
        archive, "taken_by", lambda of: {**(taken := changed(of)), "entries": {**taken["entries"], "dew": {}}}
    )
    unknown = packed(city, tmp_path / "unknown.zip")
    with pytest.raises(ArchiveError) as refused:
        unpack_city(path, tmp_path / "two", _take)
    assert "model air_quality, column pm25, range, most: 3000 in the archive, 5000" in str(refused.value)
    assert "metric of Madang pm25_mean, over time" in str(refused.value)
    with pytest.raises(ArchiveError, match="metric dew: not in this Madang"):
        unpack_city(unknown, tmp_path / "two", _take)
    assert not (tmp_path / "two").exists() or os.listdir(tmp_path / "two") == []


def test_versions_follow_what_decides_and_no_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = archive.taken_by(port_city(tmp_path / "one"))
    pm25 = taken["models"]["air_quality"]["columns"]["pm25"]
    assert pm25["unit"] == "ug/m3"
    assert not {"meaning", "synonyms", "attribute"} & pm25.keys()
    assert set(taken["models"]["air_quality"]["columns"]) >= {"place", "time", "pm25"}
    assert "no2" not in taken["models"]["air_quality"]["columns"]  # no feed has it
    assert not {"title", "formula", "reads", "not", "codes", "standard"} & taken["entries"]["pm25_mean"].keys()
    assert set(taken["entries"]["pm25_mean"]["thresholds"]) == {"pm25_days_above_who"}
    before = versions_of(taken)
    pm25["unit"] = "mg/m3"
    after = versions_of(taken)
    assert before["models"] != after["models"]
    assert before["entries"] == after["entries"]


def test_a_pack_with_a_mistake_is_named_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = port_city(tmp_path / "one")
    monkeypatch.setattr(archive, "taken_by", lambda _city: {"models": {}, "entries": {}, "standards": {}})
    files = unpackable(city) | {"feeds/air.yaml": b"title: Air\n"}
    (tmp_path / "bad.zip").write_bytes(archive.archive_of(city, files))
    with pytest.raises(ContractError, match=r"^port/feeds/air\.yaml"):
        unpack_city(tmp_path / "bad.zip", tmp_path / "two", _take)
    assert os.listdir(tmp_path / "two") == []


def test_a_mistake_of_its_sample_is_named_by_the_path_in_the_pack(zipped: Path, tmp_path: Path) -> None:
    def judged(city: City) -> None:
        raise ContractError(Mistake("is no number", city.folder / "sample" / "expected.csv", 2))

    with pytest.raises(ContractError, match=r"^port/sample/expected\.csv:2"):
        unpack_city(zipped, tmp_path / "two", judged)


def test_what_is_no_file_of_its_sample_does_not_arrive(tmp_path: Path) -> None:
    city = port_city(tmp_path / "one")
    files = unpackable(city) | {"sample/run.sh": b"#!/bin/sh\n"}
    (tmp_path / "more.zip").write_bytes(archive.archive_of(city, files))
    with pytest.raises(ArchiveError, match=r"'pack/sample/run\.sh' is no file of its sample"):
        unpack_city(tmp_path / "more.zip", tmp_path / "two", _take)
    assert os.listdir(tmp_path / "two") == []


def unpackable(city: City) -> dict[str, bytes]:
    files = (path for path in city.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(city.folder)): path.read_bytes() for path in files}


def test_a_pack_whose_tables_another_one_has(tmp_path: Path) -> None:
    """core.port_air_b is a table of `port` with the feed `air_b`, and of `port_air` with the feed `b`."""
    pack, other = port_city(tmp_path / "one").folder, tmp_path / "two" / "port_air"
    shutil.copytree(pack, other)
    text = (other / "city.yaml").read_text("utf-8").replace("name: port\n", "name: port_air\n")
    (other / "city.yaml").write_text(text, "utf-8")
    (other / "feeds" / "air.yaml").rename(other / "feeds" / "b.yaml")
    unpack_city(
        packed(load_city(pack), tmp_path / "port.zip"), tmp_path / "two", _take
    )  # port_air is no table of the other
    (pack / "feeds" / "air.yaml").rename(pack / "feeds" / "air_b.yaml")
    about = pack / "sample" / "sample.json"
    about.write_text(about.read_text("utf-8").replace('"feed": "air"', '"feed": "air_b"'), "utf-8")
    clash = packed(load_city(pack), tmp_path / "clash.zip")
    with pytest.raises(ArchiveError, match="port_air_b would be a table of port_air"):
        unpack_city(clash, tmp_path / "two", _take, replaces=True)
    assert (tmp_path / "two" / "port" / "feeds" / "air.yaml").exists()
