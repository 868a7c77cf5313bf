"""metric.hourly: values of hours, and why there are none; what a city cannot have says so once."""

from __future__ import annotations

import pytest

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from tests.worlds.towns import DAY, TODAY, Towns

RESTS_ON = ("M", "X1", None)  # how many stations there should be is not known yet
METRICS = "metrics:\n  pm25_hourly: {target: 5, target_source: the council}\n  no2_hourly: {}\n  noise_leq: {}\n"
OCCURS = "  pm10_mean: {does_not_occur: there is no coarse dust}\n"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """A town with two hours of a day, and another whose files of that day are empty of air."""
    towns = Towns(tmp_path_factory.mktemp("hours"))
    for name in ("east", "west"):
        pack = towns.add(name, ("air",) if name == "east" else ("air", "sensors"), number=3)
        (pack / "metrics.yaml").write_text(METRICS + (OCCURS if name == "east" else ""))
    (towns.root / "drop" / "west" / "air" / "march.csv").unlink()
    packs = towns.load()
    for city in packs.cities:
        towns.build(city)
        run = RunContext(home=towns.home, city=city, source="files", drop=towns.root, run_id="d", today=TODAY)
        for table in derived_tables(city):
            build(run, table, [DAY])
    towns.publish(packs)
    return towns


def test_hours_have_both_clocks_and_what_they_rest_on(towns: Towns) -> None:
    rows = towns.rows(
        "SELECT starts_at, starts_at_utc, day, value, status, target, target_source, quality, comparability, notation"
        " FROM metric.hourly WHERE city = 'east' AND metric = 'pm25_hourly' AND value IS NOT NULL ORDER BY starts_at"
    )
    assert [(str(local), str(utc), *more) for local, utc, *more in rows] == [  # the clocks of Tokyo
        ("2026-03-02 00:00:00", "2026-03-01 15:00:00", DAY, 3.0, "ok", 5.0, "the council", *RESTS_ON),
        ("2026-03-02 23:00:00", "2026-03-02 14:00:00", DAY, 3.5, "ok", 5.0, "the council", *RESTS_ON),
    ]


def test_an_area_with_any_hour_of_a_day_has_all_of_them(towns: Towns) -> None:
    rows = towns.rows(
        "SELECT count(*), any_value(reason), any_value(target) FROM metric.hourly"
        " WHERE city = 'east' AND metric = 'pm25_hourly' AND value IS NULL"
    )
    assert rows == [(22, "air has nothing for this area in this hour", 5.0)]


def test_a_day_without_a_feed_says_so_for_each_of_its_hours(towns: Towns) -> None:
    rows = towns.rows(
        "SELECT count(*), count(DISTINCT starts_at_utc), "
        "min(starts_at)::VARCHAR, any_value(reason), any_value(notation)"
        " FROM metric.hourly WHERE city = 'west' AND metric = 'pm25_hourly'"
    )
    assert rows == [(24, 24, "2026-03-02 00:00:00", "no delivery of air covers this day", "NE")]


def test_what_a_city_cannot_have_says_why(towns: Towns) -> None:
    (hourly,) = towns.rows("SELECT DISTINCT reason FROM metric.hourly WHERE metric = 'no2_hourly' AND city = 'east'")
    assert hourly[0].startswith("this city cannot have it: air ")
    rows = towns.rows(
        "SELECT metric, period_start, reason_code, reason FROM metric.value"
        " WHERE city = 'east' AND metric <> 'pm10_mean'"
    )
    assert rows == [("noise_leq", DAY, "no_feed", "this city cannot have it: no feed of model noise_level")]


def test_what_a_pack_says_does_not_occur_is_absent_whatever_the_feeds_have(towns: Towns) -> None:
    rows = towns.rows("SELECT value, reason_code, reason, notation FROM metric.value WHERE metric = 'pm10_mean'")
    assert rows == [(None, "does_not_occur", "there is none of it here: there is no coarse dust", "NO")]


def test_hours_are_no_values_of_days(towns: Towns) -> None:
    assert towns.rows("SELECT DISTINCT period FROM metric.value") == [("day",)]
    assert "metric.hourly" in towns.relations("metric")


def test_a_day_before_the_data_of_a_feed_says_when_they_begin(towns: Towns) -> None:
    """The last test of this module: it declares it, and publishes again."""
    file = towns.packs / "west" / "feeds" / "air.yaml"
    file.write_text(f"{file.read_text()}first_day: 2026-03-03\n")
    towns.publish()
    rows = towns.rows(
        "SELECT DISTINCT reason_code, reason FROM metric.hourly WHERE metric = 'pm25_hourly' AND city = 'west'"
    )
    assert rows == [("before_first_day", "the data of air begin on 2026-03-03")]
