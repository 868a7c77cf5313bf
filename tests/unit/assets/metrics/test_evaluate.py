"""From readings to figures, with golden values worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from assets.formulas.boundaries import crosswalks_of
from assets.metrics.entries import platform_entries
from assets.metrics.measured import MEASURED, stands
from tests.unit.assets.metrics.observing import DAY, entry, hours, measured, midnight, observed, only, usual_of


def test_a_station_with_too_few_hours_does_not_count_and_three_of_four_are_enough():
    # 24, 18, 20 and 17 valid hours: the fourth has less than 18 of 24. (10 + 20 + 30) / 3 = 20.0
    rows = [*hours("a", [10] * 24), *hours("b", [20] * 18), *hours("x", [30] * 20 + [None] * 4), *hours("y", [99] * 17)]
    found = measured({"m": entry()}, observed(rows, places={"a": "d1", "b": "d1", "x": "d2", "y": "d2"}))
    city = only(found)
    assert (city["value"], city["n"], city["expected"], city["covered"], city["counted"]) == (20.0, 3, 4, 3, "stations")
    assert city["why"] is None
    assert found.select(stands()).to_series().to_list() == [True, True, False]
    # d2 has one of its two stations, as the other has 17 of 24 hours
    assert only(found, area="d1")["value"] == 15.0
    why = only(found, area="d2")["why"]
    assert why == {"code": "too_few_hours_at_places", "gaps": ["17", "24", "hours", "75", "1", "2", "stations"]}
    assert dict(found.schema) == dict(MEASURED)


def test_a_day_with_too_few_hours_is_absent_and_says_which():
    found = only(measured({"m": entry()}, observed(hours("a", [10] * 10), places={"a": "d1"})))
    assert (found["value"], found["n"]) == (None, 0)
    assert found["why"] == {"code": "too_few_hours", "gaps": ["10", "24", "hours", "75"]}


def test_a_registered_place_without_any_row_is_missed_and_an_unregistered_one_covers_nothing():
    listed = {"a": "d1", "b": "d2", "z": "d2"}
    rows = [*hours("a", [10] * 24), *hours("wild", [40] * 24)]
    found = measured({"m": entry()}, observed(rows, places=listed))
    city = only(found)
    assert (city["value"], city["n"], city["expected"], city["covered"]) == (25.0, 1, 3, 1)
    nobody = only(found, area="d2")
    assert (nobody["value"], nobody["n"], nobody["expected"], nobody["why"]) == (None, 0, 2, None)


def test_rows_of_a_day_pass_as_they_are():
    rows = [
        {"place": "a", "time": midnight(), "pm25": 7},
        {"place": "b", "time": midnight(), "pm25": 9},
    ]
    found = only(measured({"m": entry()}, observed(rows, "day", places={"a": "d1", "b": "d2"})))
    assert (found["value"], found["method"]) == (8.0, "day; stations: mean, 75 %")


def test_energy_means_of_noise():
    # 10 lg((10^4.5 + 10^4.8 + 10^7) / 3) = 65.27, where the arithmetic mean is 54.3
    rows = [{"place": p, "time": midnight(), "laeq": v} for p, v in (("a", 45), ("b", 48), ("x", 70))]
    noise = entry(observes="noise_level", value="laeq", over_space={"as": "energy_mean"}, over_time=[])
    assert only(measured({"m": noise}, observed(rows, "day", places={"a": "d1", "b": "d1", "x": "d1"})))["value"] == (
        pytest.approx(65.27, abs=0.005)
    )
    # seven hours of 45 and one of 55: 10 lg((7 * 10^4.5 + 10^5.5) / 8) = 48.27; the night is 8 hours of the day
    night = entry(
        observes="noise_level",
        value="laeq",
        where="EXTRACT(hour FROM time) >= 23 OR EXTRACT(hour FROM time) < 7",
        over_time=[{"to": "day", "as": "energy_mean"}],
        over_space={"as": "energy_mean"},
    )
    loud = [45] * 7 + [90] * 16 + [55]
    found = only(measured({"m": night}, observed(hours("a", loud, column="laeq"), places={"a": "d1"})))
    assert found["value"] == pytest.approx(48.27, abs=0.005)
    silent = observed(hours("a", [45] * 5 + [None] * 3 + [60] * 15 + [None], column="laeq"), places={"a": "d1"})
    assert only(measured({"m": night}, silent))["why"]["gaps"] == ["5", "8", "hours", "75"]


def test_the_highest_running_mean_of_eight_hours():
    # 20 all day and 60 from 12 h to 19 h: the window that ends with 19 h is 60; as ppb 60 * 1.9623 = 117.7 ug/m3
    ozone = entry(
        value="o3", over_time=[{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}], levels=["city"]
    )
    yesterday = hours("a", [20] * 24, day=DAY - timedelta(days=1), column="o3")
    today = [20] * 12 + [60] * 8 + [20] * 4
    rows = observed([*yesterday, *hours("a", today, column="o3")], places={"a": "d1"})
    found = measured({"m": ozone}, rows)
    assert found.height == 1
    assert only(found)["value"] == 60.0
    # without the day before, the windows of 0 h to 4 h have less than 6 of 8 hours: 19 of 24 are enough
    assert only(measured({"m": ozone}, observed(hours("a", today, column="o3"), places={"a": "d1"})))["value"] == 60.0
    short = observed(hours("a", today[:17], column="o3"), places={"a": "d1"})
    # hours 0 to 16: windows 5 to 16, and those that end with 17 and 18 have still 7 and 6 hours
    assert only(measured({"m": ozone}, short))["why"] == {
        "code": "too_few_windows",
        "gaps": ["14", "24", "windows", "75"],
    }


def test_a_day_of_a_change_of_clocks_has_23_or_25_hours():
    for day, many in ((date(2020, 3, 29), 23), (date(2020, 10, 25), 25)):
        utc = midnight(day) - timedelta(hours=1 if many == 23 else 2)
        instants = pl.Series([utc + timedelta(hours=hour) for hour in range(17)], dtype=pl.Datetime("us"))
        local = instants.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin").dt.replace_time_zone(None)
        rows = pl.DataFrame({"place": "a", "time": local, "time_utc": instants, "pm25": 1.0})
        found = measured({"m": entry()}, observed(rows, places={"a": "d1"}), days=[day], timezone="Europe/Berlin")
        why = only(found, day=day)["why"]
        assert why["gaps"][:2] == ["17", str(many)], day


def test_minutes_become_hours_and_hours_a_day():
    steps = [{"to": "hour", "as": "mean"}, {"to": "day", "as": "max"}]
    ten = [
        {"place": "a", "time": midnight() + timedelta(minutes=10 * part), "pm25": part // 6}
        for part in range(24 * 6)
        if part // 6 < 18 or part % 6 < 4  # from 18 h on 4 of 6 readings, which is less than three quarters
    ]
    source = observed(ten, "10_minutes_beginning", places={"a": "d1"})
    assert only(measured({"m": entry(over_time=steps)}, source))["value"] == 17.0
    assert only(measured({"m": entry(over_time=[steps[0] | {"of": 4}, steps[1]])}, source))["value"] == 23.0
    assert only(measured({"m": entry()}, source))["value"] is not None  # 132 of 144 readings


def looks(place, bikes, docks=None, every=480):
    """Looks at a station: bicycles and free docks at 0:00, 8:00 and so on."""
    return [
        {"place": place, "time": midnight() + timedelta(minutes=every * n), "vehicles_available": b, "docks_free": d}
        for n, (b, d) in enumerate(zip(bikes, docks or [9 - b for b in bikes], strict=True))
    ]


def test_the_share_of_the_day_without_a_bicycle_and_without_a_free_dock():
    # four stations, three looks each: 3 of 12 find no bicycle, 2 of 12 no free dock. A fifth stands still at 0
    stations = {"a": [0, 0, 3], "b": [5, 0, 1], "x": [9, 4, 9], "y": [2, 3, 2]}
    rows = [row for place, bikes in stations.items() for row in looks(place, bikes)]
    rows = [row for hour in range(8) for row in shifted([*rows, *looks("dead", [0, 0, 0])], hour)]
    entries = {name: platform_entries()[name].entry for name in ("bike_hours_empty", "bike_hours_full")}
    entries["bike_stations_still"] = platform_entries()["bike_stations_still"].entry
    places = dict.fromkeys((*stations, "dead"), "d1")
    found = measured(entries, observed(rows, "instant", places=places))
    city = {row["metric"]: row for row in found.filter(pl.col("area_level") == "city").to_dicts()}
    assert city["bike_hours_empty"]["value"] == 25.0
    assert city["bike_hours_full"]["value"] == pytest.approx(100 / 6)
    assert city["bike_stations_still"]["value"] == 20.0
    # the station that stands still is left out of the mean, and missed
    assert [city[name]["n"] for name in entries] == [4, 4, 5]
    assert {row["expected"] for row in city.values()} == {5}


def shifted(rows, hours):
    """The rows some hours later."""
    return [row | {"time": row["time"] + timedelta(hours=hours)} for row in rows]


def test_an_hour_of_a_station_counts_with_one_look_and_a_day_with_eighteen_hours():
    empty = {"m": platform_entries()["bike_hours_empty"].entry}
    quiet = looks("a", [0, 0, *[1] * 16], every=60)  # 18 hours of one look
    busy = [*quiet, *looks("a", [0] * 5, every=10)[1:]]  # more looks in the first hour say nothing more
    for rows in (quiet, busy):
        assert only(measured(empty, observed(rows, "instant", places={"a": "d1"})))["value"] == pytest.approx(200 / 18)
    short = only(measured(empty, observed(quiet[:-1], "instant", places={"a": "d1"})))
    assert short["why"] == {"code": "too_few_hours", "gaps": ["17", "24", "hours", "75"]}


def test_how_many_instants_there_should_be_is_not_known():
    rows = [{"place": "a", "time": midnight() + timedelta(hours=3, minutes=7), "pm25": 5}]
    assert only(measured({"m": entry()}, observed(rows, "instant", places={"a": "d1"})))["value"] == 5.0
    asked = entry(over_time=[{"to": "day", "as": "mean", "of": 4}])
    found = only(measured({"m": asked}, observed(rows, "instant", places={"a": "d1"})))
    assert found["why"] == {"code": "too_few_readings", "gaps": ["1", "4", "readings", "75"]}


def test_how_many_places_there_should_be_without_a_register():
    rows = [{"place": p, "time": midnight(), "pm25": v} for p, v in (("a", 4), ("b", None), ("x", 8))]
    unknown = only(measured({"m": entry(over_space={"as": "sum", "expects": "register"})}, observed(rows, "day")))
    assert (unknown["value"], unknown["expected"], unknown["at_least"], unknown["covered"]) == (12.0, None, 2, 2)
    least = only(measured({"m": entry()}, observed(rows, "day")))  # three have a row, and two a value
    assert (least["expected"], least["at_least"], least["covered"]) == (None, 3, 2)
    days_before = [DAY - timedelta(days=back) for back in (1, 2, 3)]
    before = [
        {"place": p, "time": midnight(day), "pm25": 1}
        for day, many in zip(days_before, (4, 4, 9), strict=True)
        for p in "abcdefghi"[:many]
    ]
    usual = usual_of(before, [(DAY, day) for day in days_before])
    assert only(measured({"m": entry()}, observed(rows, "day", usual=usual)))["expected"] == 4.0
    number = entry(over_space={"as": "sum", "expects": 5})
    assert only(measured({"m": number}, observed(rows, "day", usual=usual)))["expected"] == 5.0


@pytest.mark.parametrize("metric", ["electricity_sold", "electricity_sold_residential", "smart_meters_installed"])
def test_a_sum_of_energy_without_one_of_its_groups_is_no_sum(metric):
    """A city of 20 groups without one of them was 5 % too low, and stood: 90 % of them were enough."""
    sold = platform_entries()[metric].entry
    parameters = {"residential_groups": ["homes"]}

    def month(first, groups):
        said = {"kind": "electricity", "customer_group": "homes", "energy": 5.0, "customers": 9, "smart_meters": 3}
        return [said | {"place": f"p{n}", "time": midnight(first)} for n in range(groups)]

    before = [date(DAY.year - 1, number, 1) for number in (10, 11, 12)]
    usual = usual_of([row for first in before for row in month(first, 20)], [(DAY, first) for first in before])
    for groups, whole in ((20, True), (19, False)):
        source = observed(month(DAY, groups), "month", usual=usual)
        found = measured({metric: sold}, source, parameters=parameters).filter(area="c")
        assert found.select("n", "expected").row(0) == (groups, 20.0)
        assert found.select(stands()).item() is whole


def of_areas(*areas):
    """Readings of areas, as a feed has them that names no place within."""
    rows = [{"place": "", "time": midnight(), "pm25": 8.0} for _ in areas]
    source = observed(rows, "day")
    leaves = pl.Series(areas, dtype=pl.String)
    return replace(source, identity=("area",), rows=source.rows.with_columns(_area=leaves, area=leaves))


def test_a_sum_over_areas_expects_all_of_them_before_anything_is_usual():
    summed = entry(over_time=[], over_space={"as": "sum", "needs": 0.95, "expects": "usual"})
    whole = measured({"m": summed}, of_areas("d1", "d2"))
    assert [(row["value"], row["expected"], row["covered"]) for row in (only(whole), only(whole, area="d1"))] == [
        (16.0, 2.0, 2.0),
        (8.0, 1.0, 1.0),
    ]
    part = measured({"m": summed}, of_areas("d1"))
    assert (only(part)["expected"], only(part)["covered"]) == (2.0, 1.0)
    assert part.filter(stands(), area="c").is_empty()
    assert only(part, area="d1")["value"] == 8.0
    # a mean of some areas is no smaller for it, and stations in an area are not areas
    mean = entry(over_time=[], over_space={"as": "mean", "expects": "usual"})
    assert only(measured({"m": mean}, of_areas("d1")))["expected"] is None
    # one reading of an area of before that is two now stands for both of them
    split = crosswalks_of(pl.DataFrame({"code": ["old", "old"], "area": ["d1", "d2"], "share": ["0.25", "0.75"]}))
    both = measured({"m": summed}, of_areas(split[0].leaf), crosswalks=split)
    assert [(row["value"], row["expected"], row["covered"]) for row in (only(both), only(both, area="d1"))] == [
        (8.0, 1.0, 1.0),
        (2.0, 1.0, 1.0),
    ]
    twice = measured({"m": summed}, of_areas("d1", "d1"))  # men and women, say
    assert (only(twice)["value"], only(twice)["expected"]) == (16.0, None)
    stations = observed([{"place": "a", "time": midnight(), "pm25": 8.0}], "day")
    assert only(measured({"m": summed}, stations))["value"] == 8.0


def test_only_what_is_asked_for_counts_and_is_expected():
    listed = pl.DataFrame({"day": [DAY] * 2, "kind": ["urban", "roadside"], "_area": ["d1", "d1"], "places": [1, 3]})
    rows = [{"place": "a", "time": midnight(), "pm25": 4.0}]
    source = observed(rows, "day", places={"a": "d1"}, kind="urban")
    source = type(source)(**{**vars(source), "expected": listed})
    asked = entry(where="network = 'reference' AND kind = {kind} AND pm25 > 1")
    found = only(measured({"m": asked}, source, parameters={"kind": "urban"}))
    assert (found["value"], found["expected"]) == (4.0, 1)
    assert only(measured({"m": entry()}, source))["expected"] == 4


def test_the_share_of_the_registered_places_that_report():
    rows = [{"place": p, "time": midnight(), "pm25": None} for p in ("a", "wild")]
    share = entry(over_space={"as": "reporting", "counts": "sensors"}, value="pm25", over_time=[], unit="%")
    found = only(measured({"m": share}, observed(rows, "day", places=dict.fromkeys("abcd", "d1"))))
    assert (found["value"], found["n"], found["covered"]) == (25.0, 1, 1)
    assert only(measured({"m": share}, observed(rows, "day")))["why"] == {"code": "no_register", "gaps": ["sensors"]}


def test_values_of_each_hour():
    rows = [*hours("a", [1, 2, None]), *hours("b", [3, None, None])]
    hourly = entry(hourly=True, over_time=[], levels=["city"])
    found = measured({"m": hourly}, observed(rows, places={"a": "d1", "b": "d2"}))
    assert found["hour"].dt.hour().to_list() == [0, 1, 2]
    assert found["hour_utc"].to_list()[0] == midnight() - timedelta(hours=9)
    assert found["value"].to_list() == [2.0, 2.0, None]
    assert found["n"].to_list() == [2, 1, 0]
    assert found["expected"].to_list() == [2.0, 2.0, 2.0]


def test_by_people_and_land_and_in_months():
    rows = observed([{"place": "a", "time": midnight(), "pm25": 8}], "day", places={"a": "d1"})
    by = {
        per: only(measured({"m": entry(per=per)}, rows), area="d1")["value"]
        for per in ("resident", "100000_residents", "km2")
    }
    assert by == {"resident": 0.08, "100000_residents": 8000.0, "km2": 2.0}
    nobody = only(measured({"m": entry(per="resident")}, rows, residents=None))
    assert (nobody["value"], nobody["why"]) == (None, {"code": "no_residents", "gaps": []})
    present = {"m": entry(per="person_present"), "living_population": entry(value="pm25 * 4")}
    assert only(measured(present, rows, ["m"]))["value"] == 0.25
    season = entry(in_months="season")
    assert only(measured({"m": season}, rows, parameters={"season": [5, 6]}))["why"] == {
        "code": "out_of_season",
        "gaps": ["5", "6"],
    }
    assert only(measured({"m": season}, rows, parameters={"season": [6, 7]}))["why"] is None


def test_feeds_of_one_network_hold_the_same_places_and_other_networks_others():
    first = observed(hours("a", [10] * 18), feed="one", places={"a": "d1"})
    second = observed(hours("a", [30] * 24), feed="two", places={"a": "d1"})
    # the first feed's 18 hours of 10, then the second's 6 of 30: (180 + 180) / 24 = 15
    same = only(measured({"m": entry()}, {"m": [first, second]}))
    assert (same["value"], same["n"], same["expected"]) == (15.0, 1, 1)
    # a row counts whole: what the first says is missing is not taken from the second
    half = observed(hours("a", [10] * 12 + [None] * 12), feed="one", places={"a": "d1"})
    assert only(measured({"m": entry()}, {"m": [half, second]}))["why"]["gaps"][:2] == ["12", "24"]
    other = observed(hours("a", [30] * 24), feed="two", network="crowd", places={"a": "d1"})
    both = only(measured({"m": entry()}, {"m": [first, other]}))
    assert (both["value"], both["n"], both["expected"]) == (20.0, 2, 2)


def test_rows_that_cannot_become_a_day_give_no_values_and_days_without_rows_are_left_out():
    rows = [{"place": "a", "time": midnight(), "pm25": 7}]
    ozone = entry(over_time=[{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}])
    assert measured({"m": ozone}, observed(rows, "day")).is_empty()
    assert measured({"m": entry(over_time=[])}, observed(rows)).is_empty()
    assert measured({"m": entry()}, {}).is_empty()
    other = DAY + timedelta(days=1)
    assert measured({"m": entry()}, observed(rows, "day"), days=[DAY, other])["day"].unique().to_list() == [DAY]


@pytest.mark.parametrize(
    ("way", "value"),
    # 1, 2, 3, 10: linear between order statistics, position 3 * 0.9 = 2.7: 3 + 0.7 * 7 = 7.9
    [("mean", 4), ("sum", 16), ("max", 10), ("min", 1), ("median", 2.5), ("last", 10), ("quantile", 7.9)],
)
def test_each_way_to_make_one_of_many(way, value):
    rows = observed(hours("a", [1, 2, 3, 10]), places={"a": "d1"})
    step = {"to": "day", "as": way, "of": 4, **({"quantile": 0.9} if way == "quantile" else {})}
    assert only(measured({"m": entry(over_time=[step])}, rows))["value"] == pytest.approx(value, rel=1e-12)
