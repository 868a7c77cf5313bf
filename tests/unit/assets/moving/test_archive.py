"""Archives of a city: the same bytes for the same pack, and no file that somebody else made can do harm."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_data_contract_standard.model import OpenDataContractStandard

from assets.moving.archive import ArchiveError, open_archive
from assets.pack.city import load_city
from tests.worlds.moved_city import packed, port_city

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    return packed(port_city(root / "cities"), root / "port.zip")


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _written(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _relisted(members: dict[str, bytes]) -> dict[str, bytes]:
    """With a list that fits these files: as somebody would make it who knows what is checked."""
    manifest = json.loads(members["madang-city.json"])
    others = {name: content for name, content in sorted(members.items()) if name != "madang-city.json"}
    manifest["files"] = [
        {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in others.items()
    ]
    pack = {name.removeprefix("pack/"): content for name, content in others.items() if name.startswith("pack/")}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(pack.items())]
    manifest["version"] = hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
    return {"madang-city.json": json.dumps(manifest).encode(), **others}


def test_a_pack_gives_the_same_bytes_wherever_it_lies(good: Path, tmp_path: Path) -> None:
    again = packed(port_city(tmp_path / "elsewhere"), tmp_path / "again.zip")
    assert again.read_bytes() == good.read_bytes()
    (tmp_path / "elsewhere" / "port" / "README.md").write_text("# Port\n", "utf-8")
    other = packed(load_city(tmp_path / "elsewhere" / "port"), again)
    assert open_archive(other).manifest.version != open_archive(good).manifest.version


def test_what_is_in_it(good: Path) -> None:
    archive = open_archive(good)
    assert archive.manifest.city == "port"
    assert set(archive.manifest.taken) == {"models", "entries", "standards"}
    assert list(archive.manifest.taken["models"]) == ["air_quality"]
    assert [*archive.manifest.taken["entries"]] == ["pm10_mean", "pm25_mean"]
    assert any(name.startswith("who_2021") for name in archive.manifest.taken["standards"])
    assert {"city.yaml", "areas.csv", "README.md", "sample/expected.csv", "sample/air/air/a.csv"} <= set(archive.pack)
    contract, _ = (content for name, content in archive.contents.items() if name.startswith("contracts/"))
    assert OpenDataContractStandard.from_string(contract.decode()).id == "madang.port.air"
    assert archive.contents["licences.txt"] == b"air: CC0\ndust: CC BY 4.0\n"


@pytest.mark.parametrize("name", ["../evil.yaml", "/tmp/evil.yaml", "pack/../../evil", "pack\\..\\evil", "pack/.git/x"])
def test_a_name_that_leads_out(good: Path, tmp_path: Path, name: str) -> None:
    path = _written(tmp_path / "bad.zip", _relisted(_members(good) | {name: b"x"}))
    with pytest.raises(ArchiveError):
        open_archive(path)
    assert [one.name for one in tmp_path.iterdir()] == ["bad.zip"]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda m: m.pop("madang-city.json"), "no madang-city.json"),
        (lambda m: m.pop("pack/areas.csv"), "lists files that are not there"),
        (lambda m: m.update({"pack/more.csv": b"a\n"}), "does not list"),
        (lambda m: m.update({"pack/areas.csv": m["pack/areas.csv"] + b" "}), "checksum"),
        (lambda m: m.update({"madang-city.json": b"{"}), "cannot be read as JSON"),
        (lambda m: m.update({"madang-city.json": b"[" * 100_000}), "cannot be read as JSON"),
        (lambda m: m.update({"madang-city.json": b"{}"}), "city: Field required"),
        (lambda m: m.update({"madang-city.json": b'{"format": 2}'}), "format 2"),
    ],
)
def test_files_that_are_not_as_listed(good: Path, tmp_path: Path, change: Change, part: str) -> None:
    members = _members(good)
    change(members)
    with pytest.raises(ArchiveError, match=part):
        open_archive(_written(tmp_path / "bad.zip", members))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda m: m.update({"pack/run.py": b"1"}), "no file of a city's archive"),
        (lambda m: m.update({"pack/feeds/more/x.yaml": b"1"}), "no file of a city's archive"),
        (lambda m: m.update({"more.txt": b"1"}), "no file of a city's archive"),
        (lambda m: m.pop("taken.json"), "no taken.json"),
        (lambda m: m.pop("pack/city.yaml"), "no pack/city.yaml"),
        (lambda m: m.update({"pack/AREAS.csv": b"a\n"}), "capital letters"),
        (lambda m: m.update({"pack/README.md/x.csv": b"a\n"}), "a file and a folder"),
    ],
)
def test_listed_files_that_have_no_place(good: Path, tmp_path: Path, change: Change, part: str) -> None:
    members = _members(good)
    change(members)
    with pytest.raises(ArchiveError, match=part):
        open_archive(_written(tmp_path / "bad.zip", _relisted(members)))


@pytest.mark.parametrize("city", ["../other", "Port", ".port", "a/b", ""])
def test_the_name_of_a_city_is_no_path(good: Path, tmp_path: Path, city: str) -> None:
    members = _members(good)
    manifest = json.loads(members["madang-city.json"]) | {"city": city}
    members["madang-city.json"] = json.dumps(manifest).encode()
    with pytest.raises(ArchiveError, match="city"):
        open_archive(_written(tmp_path / "bad.zip", members))


def test_a_link_a_pipe_and_a_folder(good: Path, tmp_path: Path) -> None:
    for kind, part in ((stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is no file"), (stat.S_IFDIR, "is no file")):
        members = _members(good)
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            for name, content in members.items():
                info = zipfile.ZipInfo(name)
                info.external_attr = ((kind if name == "pack/areas.csv" else stat.S_IFREG) | 0o644) << 16
                archive.writestr(info, content)
        with pytest.raises(ArchiveError, match=part):
            open_archive(tmp_path / "bad.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice(good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, content in [*_members(good).items(), ("pack/areas.csv", b"other\n")]:
            archive.writestr(name, content)
    with pytest.raises(ArchiveError, match="there twice"):
        open_archive(tmp_path / "bad.zip")


def test_more_than_a_pack_can_be(good: Path, tmp_path: Path) -> None:
    """A bomb of 40 MiB of zeros in 40 kB, one whose member lies about its size, and too many members."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(good).items():
            archive.writestr(name, content)
        archive.writestr("pack/zeros.csv", bytes(40 * 2**20))
    assert (tmp_path / "bomb.zip").stat().st_size < 200_000
    with pytest.raises(ArchiveError, match="41,943,040 bytes"):
        open_archive(tmp_path / "bomb.zip")
    lies = bytearray((tmp_path / "bomb.zip").read_bytes())
    at = lies.rindex(b"PK\x01\x02")
    lies[at + 24 : at + 28] = struct.pack("<I", 10)  # the size of the last member, which is the bomb
    (tmp_path / "lies.zip").write_bytes(lies)
    with pytest.raises(ArchiveError):
        open_archive(tmp_path / "lies.zip")
    many = _members(good) | {f"pack/t{n}.csv": b"" for n in range(2_001)}
    with pytest.raises(ArchiveError, match="files"):
        open_archive(_written(tmp_path / "many.zip", many))


def test_no_zip_and_an_encrypted_one(good: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-40])
    encrypted = bytearray(good.read_bytes())
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "encrypted.zip").write_bytes(encrypted)
    for name in ("text.zip", "empty.zip", "cut.zip", "encrypted.zip", "nothing.zip"):
        with pytest.raises(ArchiveError, match=name):
            open_archive(tmp_path / name)
    with pytest.raises(ArchiveError, match="no file"):
        open_archive(tmp_path)


@given(st.data())
def test_any_change_of_its_bytes_is_noticed_or_changes_nothing(good: Path, data: st.DataObject) -> None:
    """The checksums hold what is read. Of the list itself only its own words can change, such as the title; a byte of
    a time is read by nobody."""
    content = bytearray(good.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = good.with_name("changed.zip")
    path.write_bytes(content)
    before = open_archive(good)
    try:
        after = open_archive(path)
    except ArchiveError:
        return
    assert {name: text for name, text in after.contents.items() if name != "madang-city.json"} == {
        name: text for name, text in before.contents.items() if name != "madang-city.json"
    }


def test_the_reader_needs_no_order_and_takes_compressed_members(good: Path, tmp_path: Path) -> None:
    """Somebody may have packed it again."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in reversed(_members(good).items()):
            archive.writestr(name, content)
    (tmp_path / "again.zip").write_bytes(whole.getvalue())
    assert open_archive(tmp_path / "again.zip").pack == open_archive(good).pack
