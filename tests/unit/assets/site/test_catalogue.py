"""What the catalogue says can be downloaded is there, and is what it says."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import polars as pl
import pytest
import yaml

from assets.site.address import absolute
from assets.site.build import build_site
from assets.site.catalogue.atom import AtomEntry, feed_text
from assets.site.catalogue.datasets import licence_address
from assets.site.opened import open_for_pages
from tests.worlds.small_site import ADDRESS, SmallSite, small_site, values_of

ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    return small_site(tmp_path_factory.mktemp("catalogue"), address=ADDRESS)


def datasets(site: SmallSite) -> list[dict[str, Any]]:
    return json.loads((site.folder / "catalogue.jsonld").read_text("utf-8"))["dcat:dataset"]


def files(site: SmallSite) -> Iterator[tuple[str, dict[str, Any]]]:
    for dataset in datasets(site):
        for one in dataset["dcat:distribution"]:
            yield dataset["dct:identifier"], one


def test_every_file_of_the_catalogue_is_there_and_every_file_is_in_it(site: SmallSite):
    named = {one["dcat:downloadURL"]["@id"] for _, one in files(site)}
    kinds = {".csv", ".parquet", ".json"}
    there = {
        ADDRESS + path.relative_to(site.folder).as_posix()
        for path in (site.folder / "data" / "seoul").rglob("*")
        if path.suffix in kinds and not path.name.endswith("-metadata.json")
    }
    assert named == there
    identified = {name for name, _ in files(site)}
    metrics = {f"seoul.{metric}" for (metric,) in values_of(site, "SELECT DISTINCT metric FROM metric.value")}
    assert metrics <= identified
    assert "seoul.mart.area" in identified


def test_data_sets_have_what_dcat_ap_asks_for(site: SmallSite):
    for one in datasets(site):
        assert one["@id"].startswith(ADDRESS)
        assert one["dct:title"][0]["@value"], one
        assert one["dct:description"][0]["@value"], one
        for file in one["dcat:distribution"]:
            assert file["dcat:accessURL"]["@id"].startswith(ADDRESS)
            assert file["dct:license"]
    (pm25,) = [one for one in datasets(site) if one["dct:identifier"] == "seoul.pm25_mean"]
    first, last = values_of(
        site, "SELECT min(period_start), max(period_start) FROM metric.value WHERE metric = 'pm25_mean'"
    )[0]
    assert pm25["dct:temporal"]["dcat:startDate"]["@value"] == str(first)
    assert pm25["dct:temporal"]["dcat:endDate"]["@value"] == str(last)
    assert {title["@language"] for title in pm25["dct:title"]} == {"en", "ko"}


def test_made_up_values_are_called_so_and_no_office_made_them(site: SmallSite, tmp_path: Path):
    """A portal that reads the catalogue of a simulated city had its numbers from an office of the real one."""
    shutil.copyfile(site.file, tmp_path / "open.duckdb")
    with duckdb.connect(tmp_path / "open.duckdb") as con:
        con.execute("UPDATE metric.latest SET source = 'files'; UPDATE metric.value SET source = 'files'")
    build_site(tmp_path / "open.duckdb", tmp_path / "site", address=ADDRESS)
    of_files = replace(site, folder=tmp_path / "site")
    for one, simulated in ((site, True), (of_files, False)):
        found = {dataset["dct:identifier"]: dataset for dataset in datasets(one)}
        pm25 = found["seoul.pm25_mean"]
        owners = [] if simulated else ["Seoul Institute of Health and Environment"]
        assert [owner["foaf:name"] for owner in pm25["dct:creator"]] == owners
        for name, made_up in (("seoul.pm25_mean", simulated), ("seoul.mart.area", False)):
            text = found[name]["dct:description"][0]["@value"]
            assert text.startswith("Simulated: the values are made up") == made_up
        (beside,) = (one.folder / "data").rglob("pm25_mean*.csv-metadata.json")
        (product,) = (one.folder / "data").rglob("product.odps.yaml")
        for text in (json.dumps(pm25["dcat:distribution"]), *(path.read_text("utf-8") for path in (beside, product))):
            assert ("none, made up" in text) == simulated
            assert ("KOGL" in text) != simulated, "nobody gave what is made up under a licence of theirs"
        page = (one.folder / "en" / "seoul" / "catalogue.html").read_text("utf-8")
        assert ("All values on this page are simulated." in page) == simulated


def test_metadata_lies_beside_each_csv_and_names_its_columns_in_order(site: SmallSite):
    tables = sorted((site.folder / "data" / "seoul").rglob("*.csv"))
    assert len(tables) > 4
    for path in tables:
        said = json.loads(path.with_name(path.name + "-metadata.json").read_text("utf-8"))
        assert said["url"] == path.name
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        columns = said["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == head, path.name
        keys = [head.index(name) for name in said["tableSchema"].get("primaryKey", [])]
        assert keys, path.name
        assert len({tuple(row[place] for place in keys) for row in rows}) == len(rows), path.name
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            filled = [cell for cell in cells if cell]
            if column["datatype"] in ("double", "integer"):
                assert all(float(cell) is not None for cell in filled), (path.name, column)
            if column.get("required"):
                assert len(filled) == len(cells), (path.name, column)


def test_marts_are_the_rows_of_the_file_in_each_form(site: SmallSite):
    expected = values_of(site, "SELECT area, name, area_km2 FROM mart.area ORDER BY area")
    folder = site.folder / "data" / "seoul"
    parquet = pl.read_parquet(folder / "mart-area.parquet")
    assert parquet.sort("area").select("area", "name", "area_km2").rows() == expected
    text = json.loads((folder / "mart-area.json").read_text("utf-8"))
    assert sorted((row["area"], row["name"], row["area_km2"]) for row in text) == expected
    table = pl.read_csv(folder / "mart-area.csv", schema_overrides={"area": pl.String})
    assert table.sort("area").select("area", "name", "area_km2").rows() == expected


def test_the_sitemap_has_every_page_once_with_its_languages(site: SmallSite):
    pages = {ADDRESS + path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html")}
    document = ET.parse(site.folder / "sitemap.xml")
    listed = [one.text for one in document.findall("s:url/s:loc", MAP)]
    assert len(listed) == len(set(listed))
    assert set(listed) == pages
    others = {link.get("href") for link in document.findall("s:url/x:link", MAP)}
    assert others <= pages
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site.folder / "robots.txt").read_text()


def test_without_an_address_nothing_absolute_is_made_up_and_the_page_says_so(site: SmallSite, tmp_path: Path):
    build_site(site.file, tmp_path / "site")
    assert not (tmp_path / "site" / "sitemap.xml").exists()
    assert "Sitemap" not in (tmp_path / "site" / "robots.txt").read_text()
    catalogue = json.loads((tmp_path / "site" / "catalogue.jsonld").read_text("utf-8"))
    for dataset in catalogue["dcat:dataset"]:
        for one in dataset["dcat:distribution"]:
            assert (tmp_path / "site" / one["dcat:downloadURL"]["@id"]).is_file()
    page = (tmp_path / "site" / "en" / "seoul" / "catalogue.html").read_text("utf-8")
    assert "Nobody has said at which address this site is read" in page
    assert "sitemap.xml" not in page
    feed = ET.parse(tmp_path / "site" / "releases.atom")
    for link in feed.findall("a:entry/a:link", ATOM):
        assert (tmp_path / "site" / str(link.get("href"))).is_file()


def test_releases_are_a_feed(site: SmallSite):
    feed = ET.parse(site.folder / "releases.atom").getroot()
    entries = feed.findall("a:entry", ATOM)
    assert [entry.findtext("a:title", namespaces=ATOM) for entry in entries] == ["Release 1"]
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"a:{name}", namespaces=ATOM)
        assert entries[0].findtext(f"a:{name}", namespaces=ATOM)
    assert entries[0].find("a:link", ATOM).get("href").startswith(ADDRESS)  # type: ignore[union-attr]


def test_texts_in_a_feed_are_texts_whatever_is_in_them(site: SmallSite):
    said = "<script>&\x00\x0b\ud800 ]]>"
    with open_for_pages(site.file) as file:
        at = file.release.released_at
        entries = [AtomEntry("a", said, at, "index.html", said), AtomEntry("b", said, at, "index.html", said)]
        text = feed_text(file, "data/seoul/x.atom", said, entries)
    feed = ET.fromstring(text.encode())
    titles = [entry.findtext("a:title", namespaces=ATOM) for entry in feed.findall("a:entry", ATOM)]
    assert titles == ["<script>&\ufffd\ufffd\ufffd ]]>"] * 2
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in feed.findall("a:entry", ATOM)]
    assert len(set(ids)) == 2
    assert feed.find("a:entry/a:link", ATOM).get("href") == "../../index.html"  # type: ignore[union-attr]


def test_a_city_is_a_data_product_as_its_pack_is_one(site: SmallSite):
    document = yaml.safe_load((site.folder / "data" / "seoul" / "product.odps.yaml").read_text("utf-8"))
    assert (document["apiVersion"], document["kind"], document["id"]) == ("v1.1.0", "DataProduct", "madang.seoul")
    ports = {port["name"]: port for port in document["outputPorts"]}
    for path in ports["pm25_mean"]["customProperties"][0]["value"]:
        assert (site.folder / path.removeprefix(ADDRESS)).is_file()
    assert {port["name"] for port in document["inputPorts"]} == {"air_daily", "living_population"}


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("Weather by X (CC BY-NC-SA 4.0)", "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
        ("KOGL type 1 (Seoul Open Data Plaza)", None),
        ("those of the sources, see mart.feed", None),
    ],
)
def test_licences_that_have_an_address_get_it(licence: str, address: str | None):
    assert licence_address(licence) == address


def test_addresses_are_joined_and_quoted():
    assert absolute("https://a.example/x", "data/서울 1.csv") == "https://a.example/x/data/%EC%84%9C%EC%9A%B8%201.csv"
    assert absolute(None, "a b") == "a%20b"
