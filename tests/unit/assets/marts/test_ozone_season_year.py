"""What the mart of ozone makes of readings: the peak season."""

from collections.abc import Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from assets.formulas.seasons import highest_running_mean
from assets.mart import START
from assets.marts.ozone_season_year import ozone_season_year

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
