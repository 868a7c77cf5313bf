"""`madang city new`: a pack under its own name, with what was said of the city; empty, or with an example."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.check.check import check_pack
from assets.pack.city import load_city
from assets.pack.new_pack import EXAMPLE, SKELETON, NewCity, create_pack
from tests.worlds.command import Command

BUSAN = NewCity("busan", example=True)


def test_the_example_is_a_pack(tmp_path: Path):
    city = load_city(create_pack(tmp_path, BUSAN))
    assert list(city.contracts) == ["bike_daily"]
    assert list(city.metrics) == ["bike_rentals_per_100k"]


def test_a_new_pack_lacks_nothing_but_its_feeds(tmp_path: Path):
    folder = create_pack(tmp_path, NewCity("busan"))
    assert [mistake.what for mistake in check_pack(folder)] == ["the pack has no feed"]
    city = load_city(folder)
    assert (list(city.contracts), list(city.metrics), city.areas["name"].to_list()) == ([], [], ["Busan"])


def test_areas_of_all_cities_become_one_table(tmp_path: Path):
    """A new pack knows no sizes, and another city may write whole numbers: types do not depend on the cells."""
    empty = load_city(create_pack(tmp_path, NewCity("busan"))).areas
    path = create_pack(tmp_path, NewCity("hue")) / "areas.csv"
    path.write_text("code,level,parent,name,area_km2,lat,lon,population_2023\n1,city,,Huế,70.67,16,107.6,\n")
    other = load_city(path.parent).areas
    columns = ["area_km2", "lat", "lon"]
    assert pl.concat([empty.select(columns), other.select(columns)]).rows() == [(None,) * 3, (70.67, 16.0, 107.6)]


@pytest.mark.parametrize(
    ("languages", "first", "written"),
    [((), ("en",), None), (("ko", "en"), ("ko", "en"), "en"), (("en", "ko"), ("en", "ko"), None)],
)
def test_a_new_pack_has_its_languages(
    tmp_path: Path, languages: tuple[str, ...], first: tuple[str, ...], written: str | None
):
    city = load_city(create_pack(tmp_path, NewCity("busan", languages=languages, example=True)))
    assert (city.config.languages, city.config.written_in) == (first, written)
    assert city.contracts["bike_daily"].title.shown == "Public bicycle rentals by day"
    assert check_pack(city.folder) == []


@pytest.mark.parametrize(
    ("new", "country", "zone"),
    [
        (NewCity("hanoi", country="VN"), "VN", "Asia/Ho_Chi_Minh"),
        (NewCity("hanoi", timezone="Asia/Ulaanbaatar"), "MN", "Asia/Ulaanbaatar"),
        (NewCity("hanoi", country="ID", timezone="Asia/Jakarta"), "ID", "Asia/Jakarta"),
        (NewCity("hanoi"), "XX", "UTC"),
    ],
)
def test_a_new_pack_has_its_country_and_zone(tmp_path: Path, new: NewCity, country: str, zone: str):
    config = load_city(create_pack(tmp_path, new)).config
    assert (config.country, config.timezone) == (country, zone)


@pytest.mark.parametrize(
    ("title", "languages", "shown", "own"),
    [
        ("Улаанбаатар", ("mn",), "Ulan Bator", "Улаанбаатар"),
        ('The "Port": a #1', (), 'The "Port": a #1', 'The "Port": a #1'),
        ("", ("mn",), "Ulan Bator", "Ulan Bator"),
    ],
)
def test_a_new_pack_has_its_title(tmp_path: Path, title: str, languages: tuple[str, ...], shown: str, own: str):
    config = load_city(create_pack(tmp_path, NewCity("ulan_bator", title, languages=languages))).config
    assert (config.shown, config.title.in_(config.languages)) == (shown, own)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NewCity("busan", languages=("korean",)), "'korean' is no language"),
        (NewCity("busan", country="KR", languages=("kr",)), "its language is written ko"),
        (NewCity("busan", country="Korea"), "'Korea' is no code of a country"),
        (NewCity("busan", timezone="Asia/Seul"), "write Asia/Seoul"),
        (NewCity("medan", country="ID"), "several time zones; add --timezone, one of Asia/Jakarta"),
        (NewCity("busan", title=" "), "the text is empty"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, new: NewCity, said: str):
    with pytest.raises(ValueError, match=said):
        create_pack(tmp_path, new)
    assert list(tmp_path.iterdir()) == []


def test_the_feed_of_the_example_is_short(tmp_path: Path):
    folder = create_pack(tmp_path, BUSAN)
    for feed in (folder / "feeds").iterdir():
        assert len(feed.read_text("utf-8").splitlines()) <= 20
        assert load_city(folder).contracts[feed.stem].models


@pytest.mark.parametrize("example", [True, False])
def test_a_new_pack_has_the_name_of_its_city_everywhere(tmp_path: Path, example: bool):
    folder = create_pack(tmp_path, NewCity("port_louis", example=example))
    city = load_city(folder)
    assert (city.name, city.config.shown, city.areas["name"].to_list()) == (
        "port_louis",
        "Port Louis",
        ["Port Louis"],
    )
    written = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    texts = [path.read_text(encoding="utf-8") for path in written.values()]
    assert not any("new_city" in text or "New City" in text for text in texts)
    roots = (SKELETON, EXAMPLE) if example else (SKELETON,)
    assert set(written) == {path.relative_to(root) for root in roots for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["", "Seoul", "9lives", "a-b", "../x", "ledger", "madang"])
def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match=r"cannot be a city's name|used by Madang"):
        create_pack(tmp_path, NewCity(name))
    assert list(tmp_path.iterdir()) == []


def test_a_pack_that_is_there_is_not_touched(tmp_path: Path):
    create_pack(tmp_path, NewCity("harbour"))
    with pytest.raises(FileExistsError, match="exists already"):
        create_pack(tmp_path, NewCity("harbour"))


def test_the_command_writes_the_schemas_and_says_what_comes_next(tmp_path: Path):
    madang = Command(tmp_path / "home", tmp_path)
    made = madang("city", "new", "hue", "--country", "VN", "--language", "vi", "--title", "Huế")
    assert (made.code, made.err) == (0, "")
    assert made.out.splitlines()[-1] == "next: madang feed new FILE --city hue"
    schemas = ["city.json", "feed.json", "metric.json", "metrics.json", "sharing.json"]
    assert sorted(path.name for path in (tmp_path / ".schemas").iterdir()) == schemas
    refused = madang("city", "new", "medan", "--country", "ID")
    assert (refused.code, refused.out) == (2, "")
    assert "--timezone" in refused.err


def test_a_pack_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write = Path.write_text

    def full(file: Path, text: str, encoding: str) -> int:
        if file.name == "metrics.yaml":
            raise OSError(28, "No space left on device", str(file))
        return write(file, text, encoding=encoding)

    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileExistsError, match="exists already"):
        create_pack(tmp_path, NewCity("loop"))
    with pytest.raises(ValueError, match="may have 80 signs"):
        create_pack(tmp_path, NewCity("x" * 300))
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        create_pack(tmp_path, NewCity("hue"))
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_schemas_that_cannot_be_written_cost_no_pack(tmp_path: Path):
    (tmp_path / ".schemas").write_bytes(b"\xff")
    made = Command(tmp_path / "home", tmp_path)("city", "new", "hue")
    assert (made.code, len(made.err.splitlines())) == (0, 1)
    assert (tmp_path / "hue" / "city.yaml").is_file()
