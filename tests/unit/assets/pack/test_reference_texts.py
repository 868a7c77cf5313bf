"""Texts of a pack's tables are compared with those of deliveries, so they are normalised in the same way."""

from __future__ import annotations

import shutil
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from assets.metrics.observed import AREA
from assets.metrics.observing import observe
from assets.pack.city import load_city
from quality.contract.mistakes import ContractError
from tests.support.paths import SEOUL
from tests.worlds.observed_rows import rows

HEAD = "place,kind,area,name_en\n"


def pack(root: Path, stations: str | None = None, areas: str | None = None) -> Path:
    """Seoul's pack with one feed and its register, without metrics, and with other tables."""
    folder = root / "seoul"
    (folder / "feeds").mkdir(parents=True)
    for name in ("city.yaml", "areas.csv", "air_stations.csv", "feeds/air_daily.yaml"):
        shutil.copy(SEOUL / name, folder / name)
    for name, text in (("air_stations.csv", stations), ("areas.csv", areas)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_station_is_the_same_in_a_decomposed_table_and_a_composed_delivery(tmp_path: Path) -> None:
    odd = unicodedata.normalize("NFD", HEAD + "종로구\u200b,urban,11110,Jongno-gu\n \u00a0중구,urban, 11140,Jung-gu\n")
    city = load_city(pack(tmp_path, odd))
    assert city.tables["air_stations"]["place"].to_list() == ["종로구", "중구"]
    day, feed = date(2026, 7, 21), city.contracts["air_daily"]
    found = observe(feed, city, rows(feed, [day], place=["종로구", "중구"]), [day], {}).rows.collect()
    assert set(found["kind"]) == {"urban"}
    assert set(found[AREA]) == {"11110", "11140"}


@pytest.mark.parametrize("again", ["종로구", unicodedata.normalize("NFD", "종로구"), " 종로구\u200b"])
def test_a_station_that_is_there_twice_is_refused_with_file_and_lines(tmp_path: Path, again: str) -> None:
    folder = pack(tmp_path, f"{HEAD}종로구,urban,11110,A\n중구,urban,11140,B\n{again},urban,11110,C\n")
    with pytest.raises(ContractError, match=r"air_stations.csv:4: place: place '종로구' is there in line 2 already"):
        load_city(folder)


def test_a_station_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"air_stations.csv:2: place: the row has no place"):
        load_city(pack(tmp_path, f"{HEAD}\u200b,urban,11110,A\n"))


def test_an_area_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    text = (SEOUL / "areas.csv").read_text(encoding="utf-8")
    last = text.splitlines()[-1]
    with pytest.raises(ContractError, match=r"areas.csv:462: code: code '11740700' is there in line 461 already"):
        load_city(pack(tmp_path, areas=f"{text.rstrip()}\n {last}\n"))


def test_how_sure_an_area_is_and_where_its_figures_come_from_are_kept(tmp_path: Path) -> None:
    head, first, second, *_ = (SEOUL / "areas.csv").read_text(encoding="utf-8").splitlines()
    assert head.endswith(",verified,source")
    said = [head, f"{first.removesuffix(',,')},partial,the yearbook", second]
    found = load_city(pack(tmp_path, areas="\n".join(said) + "\n")).areas
    assert found.select("verified", "source").rows() == [("partial", "the yearbook"), (None, None)]
    (tmp_path / "seoul" / "areas.csv").write_text("\n".join(said).replace("partial", "partly"), encoding="utf-8")
    wanted = r"areas.csv:2: verified: 'partly' does not say how sure the row is; write partial"
    with pytest.raises(ContractError, match=wanted):
        load_city(tmp_path / "seoul")
    assert load_city(SEOUL).areas["verified"].to_list()[:26] == [None] * 26  # a pack need not say it
