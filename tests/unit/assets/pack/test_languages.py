"""A pack in any language: titles, names of areas, and the texts that are published of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.pack.city import City, load_city
from assets.publication.texts import all_texts
from quality.contract.mistakes import ContractError
from tests.worlds.packs import seoul

CITY = (
    "name: hanoi\ntitle: {title}\ncountry: VN\ntimezone: Asia/Ho_Chi_Minh\nlanguages: {languages}\narea: '1'\n"
    "owner: Hanoi\nfirst_day: 2024-01-01\nnightly_at: '04:00'\n"
)

AREAS = "code,level,parent,name_vi,name_zh_hant,area_km2,lat,lon\n1,city,,Hà Nội,河內,3359,21,105.8\n"
AREAS += "2,district,1,Ba Đình,,9,21,105.8\n3,district,1,,還劍,5,21,105.8\n"
FEED = """
title: {vi: Lũ, en: Floods}
purpose: Mực nước
owner: Hà Nội
licence: CC BY
files: {paths: ["*.csv"]}
columns:
  time: {from: t, format: "%Y-%m-%d %H:%M"}
  depth: {from: d, type: number, unit: m, meaning: {vi: Độ sâu, en: Depth}, names: Nước}
row: một điểm
"""
METRICS = "metrics:\n  pm25_mean: {title: Trung bình ngày}\n  pm10_mean: {title: {th: ฝุ่น}}\n"


def pack(
    root: Path, title: str = "Hà Nội", languages: str = "[vi]", areas: str = AREAS, metrics: str = METRICS
) -> City:
    """A pack without feeds."""
    folder = root / "hanoi"
    folder.mkdir(exist_ok=True)
    (folder / "city.yaml").write_text(CITY.format(title=title, languages=languages), encoding="utf-8")
    (folder / "areas.csv").write_text(areas, encoding="utf-8")
    (folder / "metrics.yaml").write_text(metrics, encoding="utf-8")
    return load_city(folder)


def test_one_language_is_enough_and_no_name_is_lost(tmp_path: Path) -> None:
    city = pack(tmp_path)
    assert city.config.shown == "Hà Nội"
    assert city.areas["name"].to_list() == ["Hà Nội", "Ba Đình", "還劍"]
    texts = all_texts([city])
    assert texts.filter(kind="area", language="vi").select("key", "text", "written_in").rows() == [
        ("1", "Hà Nội", "vi"),
        ("2", "Ba Đình", "vi"),
        ("3", "還劍", "zh-Hant"),
    ]
    assert texts.filter(kind="metric", language="vi")["text"].to_list() == ["Trung bình ngày", "PM10, trung bình ngày"]
    assert texts.filter(kind="metric", language="en")["text"].to_list() == ["PM2.5, daily mean", "PM10, daily mean"]


def test_a_pack_may_be_written_in_another_language_than_its_first(tmp_path: Path) -> None:
    city = pack(tmp_path, "Hanoi", "[vi, en]\nwritten_in: en", AREAS.replace("name_zh_hant", "name"))
    assert city.areas["name"].to_list() == ["Hà Nội", "Ba Đình", "還劍"]
    assert city.area_names["1"].root == {"vi": "Hà Nội", "en": "河內"}
    texts = all_texts([city])
    assert texts.filter(kind="city")["written_in"].to_list() == ["en", "en"]
    assert texts.filter(kind="metric", key="pm25_mean", language="en")["text"].item() == "Trung bình ngày"


def test_readers_of_every_city_find_every_name_once(tmp_path: Path) -> None:
    cities = [pack(tmp_path, "{vi: Hà Nội, en: Hanoi}", "[vi, zh-hant]"), seoul()]
    texts = all_texts(cities)
    named = texts.select("city", "kind", "key").unique()
    assert texts.height == named.height * 4 == texts.unique(["city", "kind", "key", "language"]).height
    assert set(texts["language"]) == {"en", "vi", "zh-Hant", "ko"}
    assert not texts.null_count().sum_horizontal().item()
    assert texts.filter(kind="city", language="ko").select("text", "written_in").rows() == [
        ("Hà Nội", "vi"),
        ("서울특별시", "ko"),
    ]


def test_texts_of_a_feed_are_in_the_languages_of_its_pack(tmp_path: Path) -> None:
    feeds = tmp_path / "hanoi" / "feeds"
    feeds.mkdir(parents=True)
    (feeds / "floods.yaml").write_text(FEED, encoding="utf-8")
    city = pack(tmp_path)
    feed = city.feed("floods")
    assert (feed.title.shown, feed.description.shown) == ("Floods", "Mực nước")
    assert feed.column("depth").description.root == {"vi": "Độ sâu", "en": "Depth"}
    texts = all_texts([city]).filter(pl.col("kind").is_in(["feed", "purpose", "column", "meaning"]))
    own = texts.filter(key="floods.depth").select("kind", "language", "text", "written_in")
    assert sorted(own.rows()) == [
        ("column", "en", "Nước", "vi"),
        ("column", "vi", "Nước", "vi"),
        ("meaning", "en", "Depth", "en"),
        ("meaning", "vi", "Độ sâu", "vi"),
    ]
    assert texts.filter(kind="purpose")["written_in"].unique().to_list() == ["vi"]
    assert texts.filter(kind="feed", language="vi")["text"].to_list() == ["Lũ"]


@pytest.mark.parametrize("column", ["name", "name_vi", "name_VI"])
def test_a_column_of_names_may_leave_the_first_language_out(tmp_path: Path, column: str) -> None:
    areas = AREAS.replace("name_vi", column).replace("name_zh_hant", "name_zh-Hant")
    names = pack(tmp_path, areas=areas).area_names
    assert names["1"].root == {"vi": "Hà Nội", "zh-Hant": "河內"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"languages": "[]"}, "city.yaml:[0-9]+: languages"),
        ({"languages": "[vn]"}, "city.yaml:[0-9]+: languages: 'vn' is no language; did you mean vi"),
        ({"languages": "[vietnamese]"}, "city.yaml:[0-9]+: languages: 'vietnamese' is no language"),
        ({"languages": "[vi]\nwritten_in: vn"}, "city.yaml.*written_in: 'vn' is no language"),
        ({"title": "''"}, "city.yaml:[0-9]+: title: the text is empty"),
        ({"title": "{vn: Hà Nội}"}, "city.yaml:[0-9]+: title: 'vn' is no language; did you mean vi"),
        ({"areas": AREAS.replace("name_vi", "name_vn")}, "areas.csv:1: name_vn: 'vn' is no language"),
        ({"areas": AREAS.replace("name_zh_hant", "name")}, "areas.csv:1: name: .* another column of names in vi"),
        ({"areas": AREAS.replace("name_vi", "a").replace("name_zh_hant", "b")}, "a column `name` or name_vi is needed"),
        ({"areas": AREAS.replace("還劍", "\u200b")}, "areas.csv: name: area '3' has no name"),
        ({"metrics": "metrics:\n  pm25_mean: {title: {vn: a}}\n"}, "metrics.pm25_mean.title: 'vn' is no language"),
    ],
)
def test_a_mistake_is_said_with_file_and_place(tmp_path: Path, change: dict[str, str], what: str) -> None:
    with pytest.raises(ContractError, match=what):
        pack(tmp_path, **change)


def test_a_city_of_korea_does_not_speak_kanuri(tmp_path: Path) -> None:
    folder = tmp_path / "busan"
    folder.mkdir()
    text = CITY.format(title="부산", languages="[kr]").replace("hanoi", "busan").replace("country: VN", "country: KR")
    (folder / "city.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match="'kr' is the country; its language is written ko"):
        load_city(folder)


def test_the_languages_of_a_file_are_languages(tmp_path: Path) -> None:
    feeds = tmp_path / "hanoi" / "feeds"
    feeds.mkdir(parents=True)
    said = FEED.replace('["*.csv"]', '["*.csv"], layout: {languages: [vn]}')
    (feeds / "floods.yaml").write_text(said, encoding="utf-8")
    with pytest.raises(ContractError, match=r"floods.yaml:[0-9]+: files.layout.languages.0: 'vn' .* did you mean vi"):
        pack(tmp_path)
