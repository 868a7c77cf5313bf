"""Places that 30 days speak against are out of the metrics of a city, by the mart that says so."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.derive.build import build
from assets.metrics.flags import flags_of
from tests.worlds.derived_town import admitted, measuring, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town

FIRST = date(2024, 3, 1)
LAST = FIRST + timedelta(days=24)
NODES = feed("nodes", "place", ["place", "lat", "lon"], network="low_cost")
SENSORS = feed("sensors", "air_quality", ["place", "time", "pm25", "pm10"], network="low_cost", register="nodes")
ENTRIES = {
    "fine": ("air", entry(value="pm25")),
    "all_of_it": ("air", entry(value="pm25", flags=[1, 2, 3, 4])),
    "coarse": ("air", entry(value="pm10")),
    "there": ("air", entry(value="CASE WHEN pm25 >= 0 THEN 1 END", over_space={"as": "reporting"}, unit="%")),
}
CITY = measuring(town(NODES, SENSORS), ENTRIES)


def test_a_sensor_that_its_neighbours_speak_against_is_out_and_expected(tmp_path: Path):
    run = run_of(CITY, tmp_path)
    places = [{"place": f"s{n}", "lat": 37.5 + n / 1000, "lon": 127.0} for n in range(7)]
    admitted(run, NODES, date(2020, 1, 1), places, "p")
    days = [FIRST + timedelta(days=n) for n in range(25)]
    for number, day in enumerate(days):
        level = 20.0 + 10 * (number % 3)
        rows = [{"place": f"s{n}", "pm25": level + n / 10, "pm10": 40.0 + number + n / 10} for n in range(7)]
        rows[6]["pm25"] = 3 * level
        admitted(run, SENSORS, day, rows, f"d{number}")
    before = table_of(run, "air").inputs(run, [LAST])
    made = {name: build(run, table_of(run, name), days).outcomes for name in ("place_day", "place_health")}
    assert all(one.verdict.open for of_mart in made.values() for one in of_mart)
    air = table_of(run, "air")
    health = next(one.batch_id for one in made["place_health"] if one.day == LAST)
    assert set(air.inputs(run, [LAST])[LAST]) == {*before[LAST], health}  # it is made again when that changes
    rows = {row["metric"]: row for row in air.rows(run, [FIRST, LAST]).filter(area="70", day=LAST).to_dicts()}
    assert (rows["fine"]["value"], rows["fine"]["n"]) == (pytest.approx(20.25), 6)
    assert rows["fine"]["completeness"] == pytest.approx(6 / 7)
    assert (rows["all_of_it"]["value"], rows["all_of_it"]["n"]) == (pytest.approx((6 * 20.25 + 60) / 7), 7)
    assert rows["coarse"]["n"] == 7  # of another quantity nothing is known against it
    assert rows["there"]["value"] == pytest.approx(100.0)  # it reports
    first = air.rows(run, [FIRST]).filter(area="70", metric="fine")
    assert first["n"].item() == 7  # nobody is judged by one day


def test_what_counts_is_said_by_entry_and_of_watched_columns_alone():
    said = {name: flags_of(one, CITY) for name, (_, one) in ENTRIES.items()}
    assert said["there"] == said["all_of_it"] == ()
    (coarse,) = said["coarse"]
    assert (coarse.quantities, coarse.flags) == (("pm10",), (1, 2))
    gases = feed("gases", "air_quality", ["place", "time", "no2", "pm25"], network="low_cost")
    assert not flags_of(entry(value="no2", unit="ppm"), town(gases))
    assert flags_of(entry(), town(gases))
    assert not flags_of(entry(), town())


def test_of_stations_that_are_calibrated_all_count_unless_the_entry_says_otherwise():
    """Their true jumps, on one day of a thousand, took stations out of the means that limits are set against."""
    stations = feed("stations", "air_quality", ["place", "time", "pm25"], network="reference")
    assert not flags_of(entry(), town(stations))
    (chosen,) = flags_of(entry(flags=[1, 2]), town(stations))
    assert chosen.flags == (1, 2)
