"""Weeks, months, quarters and years of daily values, with golden values worked out by hand."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.metrics.entry import KindRule, PeriodRule, Threshold
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.measured import MEASURED, stands
from quality.usual_days import Calendar
from tests.unit.assets.metrics.observing import midnight, setting


def daily(values, first=date(2019, 1, 1), metric="d"):
    """One value a day from `first`; None: absent."""
    days = [first + timedelta(days=back) for back in range(len(values))]
    of = {
        "metric": metric,
        "area": "c",
        "area_level": "city",
        "day": days,
        "value": [None if v is None else float(v) for v in values],
    }
    return pl.DataFrame(of, schema_overrides={"value": pl.Float64})


def rolled(values, period, rule, **said):
    rollup = Rollup("p", "d", period, rule, unit="ug/m3")
    return evaluate_periods(values, [rollup], setting(**said))


def mean(**said):
    return PeriodRule.model_validate(said)


def above(**said):
    return Threshold.model_validate(said)


def year(quarters):
    """A year whose quarters have the values and numbers of valid days given, the rest absent."""
    long = (90, 91, 92, 92)
    return [v for (value, n), days in zip(quarters, long, strict=True) for v in [value] * n + [None] * (days - n)]


def test_the_annual_mean_is_that_of_valid_days():
    # (20*90 + 10*80 + 12*85 + 22*88) / 343 = 5,556 / 343 = 16.198...
    values = year([(20, 90), (10, 80), (12, 85), (22, 88)])
    [row] = rolled(daily(values), "year", mean(each_quarter=True)).rows(named=True)
    assert row["value"] == pytest.approx(16.20, abs=0.005)
    assert (row["day"], row["n"], row["expected"], row["why"]) == (date(2019, 1, 1), 343, 365, None)
    assert (row["counted"], row["method"]) == ("days", "days of the year: mean, 75 %")


def test_one_quarter_below_three_quarters_makes_the_year_absent():
    values = year([(20, 90), (10, 91), (12, 68), (22, 92)])  # 68 of 92 are 73.9 %, 341 of 365 are enough
    [row] = rolled(daily(values), "year", mean(each_quarter=True)).rows(named=True)
    assert row["why"] == {"code": "too_few_days_in_quarter", "gaps": ["68", "92", "days", "75", "3"]}
    assert rolled(daily(values), "year", mean())["why"].to_list() == [None]
    nothing_in_winter = [None] * 90 + [1] * 275  # 75.3 % of the year
    [row] = rolled(daily(nothing_in_winter), "year", mean(each_quarter=True)).rows(named=True)
    assert row["why"]["gaps"] == ["0", "90", "days", "75", "1"]
    # rows that are not there at all are as absent
    [row] = rolled(daily([1] * 275, date(2019, 4, 1)), "year", mean(each_quarter=True)).rows(named=True)
    assert row["why"]["gaps"] == ["0", "90", "days", "75", "1"]


def test_weeks_quarters_and_trailing_years():
    weeks = rolled(daily(range(14), date(2020, 12, 28)), "week", mean())
    assert weeks.select("day", "value").rows() == [(date(2020, 12, 28), 3.0), (date(2021, 1, 4), 10.0)]
    quarters = rolled(daily([1] * 366, date(2020, 1, 1)), "quarter", mean(**{"as": "sum", "needs": 1.0}))
    assert quarters["value"].to_list() == [91.0, 91.0, 92.0, 92.0]
    two_years = daily([1] * 365 + [2] * 366)  # 2019 and 2020
    trailing = rolled(two_years, "trailing_year", mean())
    shown = {row["day"]: row["value"] for row in trailing.filter(stands()).rows(named=True)}
    # a trailing year is known by its first month: that of March 2019 to February 2020 has 306 days of 1 and 60 of 2
    assert shown[date(2019, 3, 1)] == pytest.approx((306 + 120) / 366)
    assert (shown[date(2019, 1, 1)], shown[date(2020, 1, 1)]) == (1.0, 2.0)
    assert trailing["day"].min() == date(2018, 2, 1)


KOREA = Calendar("KR")


def of_kind(on, values, calendar=KOREA):
    """May 2024 in Korea: 31 days from a Wednesday, with holidays on Sunday 5, with its substitute on Monday 6, and on
    Wednesday 15."""
    rule = KindRule.model_validate({"on": on})
    [row] = rolled(daily(values, date(2024, 5, 1)), "month", rule, calendar=calendar).rows(named=True)
    return row


def test_days_of_one_kind_are_compared_with_their_like_and_only_they_are_expected():
    values: list[float | None] = [float(day) for day in range(1, 32)]
    working, saturdays, rest = (of_kind(on, values) for on in ("weekday", "saturday", "rest"))
    # Saturdays 4, 11, 18, 25; of rest 5, 6, 12, 15, 19, 26; the other 21 are 496 - 58 - 83 = 355
    assert [(row["value"], row["n"], row["expected"]) for row in (working, saturdays, rest)] == [
        (pytest.approx(355 / 21), 21, 21),
        (14.5, 4, 4),
        (pytest.approx(83 / 6), 6, 6),
    ]
    assert saturdays["method"] == "Saturdays of the month: mean, 75 %"
    values[3] = values[10] = None  # two of the four Saturdays
    half = of_kind("saturday", values)
    assert (half["n"], half["expected"], half["needs"]) == (2, 4, 0.75)
    assert pl.DataFrame([half], schema=MEASURED).filter(stands()).is_empty()
    assert of_kind("weekday", values)["value"] == pytest.approx(355 / 21)


def test_where_holidays_are_not_known_no_day_is_of_a_kind():
    row = of_kind("saturday", range(31), Calendar())
    assert (row["value"], row["n"], row["expected"]) == (None, 0, 0)
    assert pl.DataFrame([row], schema=MEASURED).filter(stands()).is_empty()


def test_days_above_a_limit_and_their_share():
    values = daily([14, 15, 16, 40] + [0] * 27, date(2020, 1, 1))
    assert rolled(values, "month", above(above=15))["value"].to_list() == [2.0]
    assert rolled(values, "month", above(reaches=15))["value"].to_list() == [3.0]
    share = rolled(values, "month", above(above=15, **{"as": "share"}))["value"].item()
    assert share == pytest.approx(100 * 2 / 31)


def test_a_value_at_a_limit_of_another_unit_is_not_above_it():
    # 80 ug/m3 of NO2 at 25 degC are 42.54390383138899 ppb; 42.5439038314 is published
    def limit(name, day, unit):
        return pl.lit(42.54390383138899), pl.lit("cn.gb_3095_2012")

    values = daily([42.5439038314] * 31, date(2020, 1, 1))
    assert rolled(values, "month", above(above="cn.no2_24h"), limit=limit)["value"].item() == 0.0
    assert rolled(values, "month", above(reaches="cn.no2_24h"), limit=limit)["value"].item() == 31.0


def test_each_day_is_judged_by_the_limit_in_force():
    def limit(name, day, unit):
        assert (name, unit) == ("kr.pm25_24h", "ug/m3")
        new = day >= date(2020, 1, 3)
        return pl.when(new).then(15.0).otherwise(35.0), pl.when(new).then(pl.lit("kr.new")).otherwise(pl.lit("kr.old"))

    values = daily([20, 20, 20, 20] + [0] * 27, date(2020, 1, 1))
    [row] = rolled(values, "month", above(above="kr.pm25_24h"), limit=limit).rows(named=True)
    assert (row["value"], row["standard"]) == (2.0, "kr.old, kr.new")
    [none] = rolled(values, "month", above(above="kr.pm25_24h")).rows(named=True)
    assert none["why"] == {"code": "no_limit", "gaps": ["kr.pm25_24h"]}


def test_days_without_a_value_count_as_none_where_all_count():
    values = daily([50] * 20 + [None] * 4, date(2020, 1, 1))
    later = pl.concat([values, daily([1], date(2020, 2, 3), "other")])
    # 20 days of 50 by the 31 days of January, which is over as a later day is there
    assert rolled(later, "month", mean(**{"as": "mean_of_all"}))["value"].to_list() == [pytest.approx(1000 / 31)]
    assert rolled(values, "month", mean(**{"as": "mean_of_all"}))["value"].to_list() == [pytest.approx(1000 / 24)]


def test_days_of_hourly_values():
    hours = [midnight() + timedelta(hours=hour) for hour in range(24)]
    values = pl.DataFrame(
        {
            "metric": "d",
            "area": "c",
            "area_level": "city",
            "day": date(2020, 7, 1),
            "hour_utc": hours,
            "value": [60.0, 80.0] * 9 + [None] * 6,
        }
    )
    [row] = rolled(values, "day", mean()).rows(named=True)
    assert (row["value"], row["n"], row["expected"], row["counted"]) == (70.0, 18, 24, "hours")
    assert row["day"] == date(2020, 7, 1)
    assert rolled(values, "month", mean())["expected"].to_list() == [31 * 24]


def test_absent_days_make_no_value_of_zero():
    [row] = rolled(daily([None, None], date(2020, 1, 1)), "month", mean(**{"as": "sum"})).rows(named=True)
    assert (row["value"], row["n"], row["expected"]) == (None, 0, 31)
    assert rolled(daily([]), "month", mean()).is_empty()
