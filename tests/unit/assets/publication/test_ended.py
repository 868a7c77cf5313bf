"""A feed whose one delivery is of a past year: its values stand, nothing more is due, and no other year misses it."""

from __future__ import annotations

from datetime import date

import pytest

from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest.not_come import note_not_come
from quality.contract.due import due, last_due, lookback
from tests.worlds import towns as worlds
from tests.worlds.towns import TODAY, Towns
from warehouse.ledger import ledger

HEAD = "title: {title}\npurpose: t\nowner: t\nlicence: public\ninterval: year\nprefix: {prefix}\n"
CAMERAS = (
    HEAD.format(title="Cameras", prefix="CAM")
    + """
implements: facilities
files: {paths: ["cameras/*.csv"], layout: {constants: {year: "2016", kind: camera}}}
columns: {area: code, kind: kind, time: {from: year, format: "%Y"}, facilities: {from: n, required: true}}
"""
)
CRIME = (
    HEAD.format(title="Crimes", prefix="CRI")
    + """
implements: incidents
files: {paths: ["crime/*.csv"]}
columns: {area: code, kind: kind, time: {from: year, format: "%Y"}, incidents: {from: n, required: true}}
"""
)
YEARS = [date(2014, 1, 1), date(2016, 1, 1), date(2025, 1, 1)]


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    made = Towns(tmp_path_factory.mktemp("ended"))
    crimes = "code,kind,year,n\n" + "".join(f"1,homicide,{day.year},5\n" for day in YEARS if day.year != 2016)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worlds.FILES, "cameras", "code,n\n1,20\n")
        patch.setitem(worlds.FILES, "crime", crimes)
        texts = {"cameras": CAMERAS, "crime": CRIME}
        pack = made.add("town", texts, texts=texts, metrics=["cctv_per_1000", "crime_rate_homicide"])
    said = (pack / "city.yaml").read_text("utf-8")
    (pack / "city.yaml").write_text(said.replace("2026-01-01", "2010-01-01"), "utf-8")
    packs = made.load()
    (city,) = packs.cities
    for day in YEARS:
        for contract in city.contracts.values():
            made.build_feed(city, contract, day)
        for table in derived_tables(city):
            build(made.run(city), table, [day])
    made.publish(packs)
    return made


def test_it_is_due_once(towns: Towns) -> None:
    (city,) = towns.load().cities
    cameras, crime = city.contracts["cameras"], city.contracts["crime"]
    assert (last_due(cameras), last_due(crime)) == (date(2016, 1, 1), None)
    assert (due(cameras, TODAY), due(crime, TODAY)) == (date(2016, 1, 1), date(2025, 1, 1))
    assert lookback(cameras, TODAY) == [date(2016, 1, 1)]
    assert due(cameras, date(2016, 3, 1)) == date(2015, 1, 1)  # before its year is over it has not ended


def test_nobody_says_that_it_did_not_come(towns: Towns) -> None:
    (city,) = towns.load().cities
    run = towns.run(city)
    for name in ("cameras", "crime"):
        note_not_come(run, city.contracts[name], date(2011, 1, 1))
    noted = ledger.read(towns.home, "attempt").collect().filter(run_id=run.run_id)
    assert noted.select("feed", "status").rows() == [("crime", "missing")]


def test_its_value_is_not_stale_and_no_year_after_or_before_it_is_absent(towns: Towns) -> None:
    of = "FROM metric.{} WHERE metric = 'cctv_per_1000' ORDER BY 1"
    assert towns.rows(f"SELECT period_start, value {of.format('value')}") == [(date(2016, 1, 1), 20.0)]
    assert towns.rows(f"SELECT period_start, status {of.format('latest')}") == [(date(2016, 1, 1), "ok")]


def test_a_year_that_its_feed_lacks_is_absent_from_its_first_on(towns: Towns) -> None:
    rows = towns.rows("SELECT period_start, status FROM metric.value WHERE metric = 'crime_rate_homicide' ORDER BY 1")
    assert rows == [(YEARS[0], "ok"), (YEARS[1], "absent"), (YEARS[2], "ok")]
