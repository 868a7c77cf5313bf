"""What marts of air make of readings: the peak season of ozone, and street sensors beside their neighbours."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from assets.formulas.seasons import highest_running_mean
from assets.mart import START
from assets.marts.ozone_season_year import ozone_season_year
from assets.marts.sensor_agreement_month import sensor_agreement_month
from assets.metrics.observed import AREA

CITY: Any = SimpleNamespace(config=SimpleNamespace(area="70"))
YEAR = date(2023, 1, 1)
MONTHLY = [40, 45, 60, 80, 100, 110, 90, 85, 70, 55, 45, 40]  # ppb; April to September are 535 / 6


def feed(frame: pl.DataFrame, network: str = "reference") -> Any:
    return SimpleNamespace(network=network, rows=frame.lazy())


def hours_of(first: date, last: date, ppb_of_month: Sequence[float], place: str = "a", kind: str | None = "urban"):
    """Half of what the month has at all hours, and all of it from 12 to 19 h: the highest mean of 8 hours."""
    moments = pl.datetime_range(
        datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.max.time()), "1h", eager=True
    )
    peak = pl.DataFrame({"time": moments}).with_columns(
        ppb=pl.col("time").dt.month().replace_strict(dict(enumerate(ppb_of_month, 1)), return_dtype=pl.Float64)
    )
    return peak.select(
        pl.lit(YEAR).alias(START),
        place=pl.lit(place),
        kind=pl.lit(kind, pl.String),
        time="time",
        o3=pl.col("ppb") / 1000 * pl.when(pl.col("time").dt.hour().is_between(12, 19)).then(1.0).otherwise(0.5),
    )


def season(*feeds: Any) -> dict[str, Any]:
    (row,) = ozone_season_year({"air_quality": feeds}, CITY).to_dicts()
    return row


def test_the_peak_season_is_the_highest_of_all_windows_of_six_months():
    row = season(feed(hours_of(date(2023, 1, 1), date(2023, 12, 31), MONTHLY)))
    assert row["o3_peak_season"] == pytest.approx(535 / 6 / 1000)
    assert (row["day"], row["place"], row["season_ends"]) == (YEAR, "70", date(2023, 9, 1))
    assert (row["days"], row["days_expected"]) == (365, 365)


def test_a_window_crosses_the_new_year_and_one_that_ends_in_the_year_before_is_none_of_this_one():
    before = hours_of(date(2022, 1, 1), date(2022, 12, 31), [500.0] * 6 + [10, 10, 10, 90, 90, 90])
    rows = pl.concat([before, hours_of(date(2023, 1, 1), date(2023, 12, 31), [90.0, 90, 90, *[20] * 9])])
    row = season(feed(rows))
    assert row["o3_peak_season"] == pytest.approx(0.090)
    assert row["season_ends"] == date(2023, 3, 1)


def test_a_month_with_too_few_days_is_in_no_window():
    rows = hours_of(date(2023, 1, 1), date(2023, 12, 31), MONTHLY)
    less = rows.filter((pl.col("time").dt.month() != 8) | (pl.col("time").dt.day() <= 23))  # 23 of 31 are 74 %
    row = season(feed(less))
    assert row["season_ends"] == date(2023, 7, 1)  # February to July
    assert row["o3_peak_season"] == pytest.approx((45 + 60 + 80 + 100 + 110 + 90) / 6 / 1000)
    assert row["days"] == 365 - 8


def test_no_season_without_six_months():
    row = season(feed(hours_of(date(2023, 1, 1), date(2023, 5, 31), MONTHLY)))
    assert (row["o3_peak_season"], row["season_ends"], row["days"]) == (None, None, 151)


def test_urban_stations_of_the_reference_network_count_and_each_hour_once():
    one = hours_of(date(2023, 1, 1), date(2023, 12, 31), MONTHLY)
    road = hours_of(date(2023, 1, 1), date(2023, 12, 31), [300] * 12, "r", "roadside")
    twice = one.with_columns(o3=pl.lit(0.4))
    unsaid = one.with_columns(place=pl.lit("b"), kind=pl.lit(None, pl.String), o3=pl.col("o3") * 3)
    alone = season(feed(pl.concat([one, road])), feed(twice), feed(twice, "low_cost"))
    assert alone["o3_peak_season"] == pytest.approx(535 / 6 / 1000)
    both = season(feed(pl.concat([one, unsaid])))
    assert both["o3_peak_season"] == pytest.approx(2 * 535 / 6 / 1000)


WITHOUT = {"day": YEAR, "place": "70", "o3_peak_season": None, "season_ends": None, "days": 0, "days_expected": 365}


def test_a_year_without_ozone_has_a_row_without_a_season():
    bare = hours_of(date(2023, 1, 1), date(2023, 1, 2), [0] * 12).with_columns(o3=pl.lit(None, dtype=pl.Float64))
    assert season(feed(bare)) == WITHOUT


def test_hours_of_another_network_are_no_season():
    other = hours_of(YEAR, date(2023, 12, 31), MONTHLY)
    assert season(feed(other, "low_cost")) == WITHOUT
    assert season(feed(other, "low_cost"), feed(other.clear())) == WITHOUT, "the network is there, without a row"


def test_nothing_comes_of_nothing():
    assert ozone_season_year({"air_quality": ()}, CITY).is_empty()


def test_windows_of_months():
    months = {date(2023, n, 1): float(value) for n, value in enumerate(MONTHLY, 1)}
    assert highest_running_mean(months, 6, 2023) == (pytest.approx(535 / 6), date(2023, 9, 1))
    assert highest_running_mean(months, 6, 2024) is None  # of its first window January is missing
    assert highest_running_mean(months | {date(2024, 1, 1): 30.0}, 6, 2024) == (
        pytest.approx(325 / 6),
        date(2024, 1, 1),
    )


# --- sensors --------------------------------------------------------------------------------------------------

MONTH = date(2024, 6, 1)
KM = 1 / 111.195  # of latitude, in degrees


def readings(by_sensor: Mapping[str, Sequence[float | None]]) -> Any:
    rows = [
        {START: MONTH, "place": name, AREA: "7011", "day": MONTH + timedelta(days=n), "pm25": value}
        for name, values in by_sensor.items()
        for n, value in enumerate(values)
    ]
    return feed(pl.DataFrame(rows, schema_overrides={"pm25": pl.Float64}), "low_cost")


def register(at: dict[str, float]) -> Any:
    """Sensors in a row, so many km to the north."""
    places = {"place": list(at), "lat": [37.5 + km * KM for km in at.values()], "lon": [127.0] * len(at)}
    return feed(pl.DataFrame(places), "low_cost")


def judged(air: Any, places: Any) -> dict[str, dict[str, Any]]:
    made = sensor_agreement_month({"air_quality": (air,), "place": (places,)}, CITY)
    return {row["place"]: row for row in made.to_dicts()}


def test_a_sensor_agrees_by_the_ratio_or_by_the_difference():
    row = {f"s{n}": n * 0.2 for n in range(6)}
    good = {f"s{n}": [30.0, 30.0, 30.0] for n in range(5)}
    for value, ratio, agrees in ((39.0, 1.3, 1), (40.0, 4 / 3, 0), (21.0, 0.7, 1), (20.0, 2 / 3, 0)):
        found = judged(readings(good | {"s5": [value] * 3}), register(row))["s5"]
        assert (found["ratio"], found["difference"]) == (pytest.approx(ratio), pytest.approx(value - 30))
        assert found["agrees"] == agrees, value
    low = {name: [8.0] * 3 for name in good}
    found = judged(readings(low | {"s5": [13.0] * 3}), register(row))["s5"]
    assert (found["agrees"], found["difference"]) == (1, 5)  # 1.6 times as much, and 5 ug/m3
    assert judged(readings(low | {"s5": [13.1] * 3}), register(row))["s5"]["agrees"] == 0


def test_one_bad_day_does_not_make_a_bad_sensor():
    values = {f"s{n}": [30.0] * 3 for n in range(5)} | {"s5": [30.0, 300.0, 31.0]}
    found = judged(readings(values), register({name: n * 0.2 for n, name in enumerate(values)}))["s5"]
    assert (found["agrees"], found["ratio"]) == (1, pytest.approx(31 / 30))


def test_less_than_five_neighbours_within_three_kilometres_judge_nothing():
    values = {f"s{n}": [30.0] for n in range(7)}
    at = {f"s{n}": n * 0.2 for n in range(5)} | {"s5": 2.95, "s6": 6.5}
    found = judged(readings(values), register(at))
    assert found["s0"]["agrees"] == 1  # the fifth is 2.95 km away
    assert (found["s6"]["agrees"], found["s6"]["ratio"], found["s6"]["days"]) == (None, None, 1)
    unlisted = judged(readings(values), register({name: km for name, km in at.items() if name != "s5"}))
    assert unlisted["s0"]["agrees"] is None  # a sensor that the register lacks is nobody's neighbour
    assert unlisted["s5"]["agrees"] is None


def test_a_month_says_of_how_many_days_it_is():
    found = judged(readings({"s0": [1.0, None, 3.0]}), register({"s0": 0}))["s0"]
    assert (found["day"], found["area"], found["days"], found["days_expected"]) == (MONTH, "7011", 2, 30)
    reference = feed(readings({"s0": [1.0]}).rows.collect(), "reference")
    assert judged(reference, register({"s0": 0})) == {}
