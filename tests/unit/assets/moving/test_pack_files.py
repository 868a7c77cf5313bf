"""What may leave this machine: the files of a pack, and nothing that lies beside them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from assets.moving.pack_files import moved_files
from assets.moving.sample import MOST_BYTES, AboutSample, Brought, Sample, read_sample, write_sample
from assets.pack.city import City, load_city
from quality.contract.mistakes import ContractError
from tests.worlds.moved_city import ABOUT, AIR, HOURS, port, port_city


@pytest.fixture
def city(tmp_path: Path) -> City:
    return port_city(tmp_path)


def test_files_that_are_no_part_of_a_pack_stay(city: City) -> None:
    for name in (".env", "notes.txt", "feeds/.air.yaml.swp", "sample/more.csv", "run.py", "drop/a.csv"):
        path = city.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (city.folder / "LICENSE").write_text("CC0")
    found = moved_files(city)
    assert {*found.left} == {"notes.txt", "sample/more.csv", "run.py", "drop/a.csv"}
    assert {"city.yaml", "LICENSE", "README.md", "sample/air/air/a.csv"} <= set(found.contents)
    assert not [name for name in found.contents if "env" in name or ".sw" in name]


def test_links_are_refused(city: City, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("a\n1\n")
    (city.folder / "more.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(ContractError, match=r"more\.csv: is a link"):
        moved_files(city)


@pytest.mark.parametrize("name", ["README.md", "stations.csv", "sample/air/air/a.csv"])
def test_secrets_are_found_in_every_text(city: City, name: str) -> None:
    path = city.folder / name
    before = path.read_text("utf-8") if path.exists() else "place\n"
    path.write_text(f"{before}https://x.example/api?serviceKey=abcd1234abcd\n", "utf-8")
    with pytest.raises(ContractError, match="serviceKey") as refused:
        moved_files(load_city(city.folder))
    assert "abcd1234" not in str(refused.value)


def test_what_was_delivered_of_a_private_feed_stays(city: City) -> None:
    (city.folder / "feeds" / "air.yaml").write_text(AIR + "classification: private-aggregate\n", "utf-8")
    with pytest.raises(ContractError, match="which is private"):
        moved_files(load_city(city.folder))
    about = json.dumps(ABOUT | {"made_of": "simulated"})
    (city.folder / "sample" / "sample.json").write_text(about, "utf-8")
    moved_files(load_city(city.folder))


def test_a_pack_without_a_sample_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="madang city sample port"):
        moved_files(load_city(port(tmp_path, sample=False)))


def test_a_file_of_the_sample_that_is_gone(city: City) -> None:
    (city.folder / "sample" / "air" / "air" / "a.csv").unlink()
    with pytest.raises(ContractError, match=r"a\.csv"):
        moved_files(city)


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/passwd", "a\\b", ".hidden"])
def test_a_sample_names_no_file_outside(city: City, name: str) -> None:
    for key in ("name", "file"):
        about = ABOUT | {"deliveries": [ABOUT["deliveries"][0] | {key: name}]}
        (city.folder / "sample" / "sample.json").write_text(json.dumps(about), "utf-8")
        with pytest.raises(ContractError, match=r"sample\.json"):
            read_sample(city.folder)


def test_a_sample_is_small_and_says_what_it_lacks(tmp_path: Path) -> None:
    """Small deliveries first; what is large is packed, and what has no room is named."""
    brought = [
        Brought("big", "big.csv", b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1_000))),
        Brought("small", "a/small.csv", HOURS.encode()),
        Brought("long", "long.csv", HOURS.encode() * 100),
        Brought("asked", "asked now", b"\x00" * 10_240, pulled=True),
    ]
    about = AboutSample(night=ABOUT["night"], made_of="simulated", licence="CC0", madang="1", deliveries=())
    folder = tmp_path / "sample"
    folder.mkdir()
    written = write_sample(folder, about, brought, most=5_000)
    assert [one.file for one in written.deliveries] == ["asked/now.tar.zst", "long/long.csv.zst", "small/a/small.csv"]
    assert list(written.left_out) == ["big"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST_BYTES
    sample = Sample(folder, written)
    contents = {one.name: one.content for one in brought}
    assert {one.name: sample.content(one) for one in written.deliveries} == {
        name: content for name, content in contents.items() if name != "big.csv"
    }


def test_a_packed_delivery_cannot_fill_the_memory(tmp_path: Path) -> None:
    import zstandard

    (tmp_path / "bomb.zst").write_bytes(zstandard.compress(bytes(70 * 2**20)))
    (tmp_path / "broken.zst").write_bytes(b"no zstd")
    about = AboutSample.model_validate(
        ABOUT | {"deliveries": [{"feed": "a", "name": "a", "file": f"{name}.zst"} for name in ("bomb", "broken")]}
    )
    sample = Sample(tmp_path, about)
    for one, part in zip(about.deliveries, ("67,108,864", "cannot be unpacked"), strict=True):
        with pytest.raises(ContractError, match=part):
            sample.content(one)
