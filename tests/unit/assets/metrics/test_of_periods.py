"""A reading of a month gives a value of that month, and never one of a day."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.metrics.entries import platform_entries
from assets.metrics.entry import PeriodRule
from assets.metrics.observed import Observed, Usual
from assets.metrics.of_periods import made_alike, of_period
from assets.metrics.sources import sources_of, why_not
from quality.contract.interval import Every, Interval
from tests.unit.assets.metrics.observing import entry, measured, midnight, observed, only
from tests.worlds.measuring_town import entry as of_town
from tests.worlds.measuring_town import feed, town

MONTH = date(2020, 7, 1)
MEAN, SUM = PeriodRule.model_validate({"as": "mean"}), PeriodRule.model_validate({"as": "sum"})
DAILY = [{"to": "day", "as": "mean"}]
AIR = ["place", "time", "pm25"]


def of_month(every: Every = "month", rule=MEAN, **said):
    return of_period(entry(**said), every, rule)


def months(*rows):
    return [{"place": place, "time": midnight(month), "pm25": value} for place, month, value in rows]


def test_the_value_of_a_month_is_made_of_the_readings_of_the_month_at_its_places():
    # (10 + 20) / 2 in d1, 60 in d2, and (10 + 20 + 60) / 3 in the city; August has one place of three
    rows = months(("a", MONTH, 10), ("b", MONTH, 20), ("x", MONTH, 60), ("a", date(2020, 8, 1), 99))
    source = observed(rows, "month", places={"a": "d1", "b": "d1", "x": "d2"})
    found = measured({"m": of_month()}, source, days=(MONTH, date(2020, 8, 1)))
    assert [only(found, area=area, day=MONTH)["value"] for area in ("d1", "d2", "c")] == [15.0, 60.0, 30.0]
    city = only(found, day=MONTH)
    assert (city["n"], city["expected"], city["method"]) == (3, 3, "month; stations: mean, 75 %")
    august = only(found, day=date(2020, 8, 1))
    assert (august["n"], august["covered"], august["expected"]) == (1, 1, 3)


def test_what_is_usual_of_an_area_is_counted_also_where_rows_say_their_area_themselves():
    # d1 had rows of two tariffs in each of three months before: one of two is not enough
    def sold(month, tariffs):
        return [
            {"area": "D1", "customer_group": tariff, "time": midnight(month), "day": month, "energy": 100.0}
            for tariff in tariffs
        ]

    def of_area(rows):
        frame = pl.LazyFrame(rows).with_columns(
            pl.lit("d1").alias("_area"), pl.lit(None, pl.Boolean).alias("_registered")
        )
        return frame.with_columns(kind=pl.lit(None, pl.String), network=pl.lit(None, pl.String))

    before = [date(2020, month, 1) for month in (4, 5, 6)]
    usual = Usual(
        of_area([row for month in before for row in sold(month, "ab")]),
        pl.DataFrame([(MONTH, month) for month in before], schema={"day": pl.Date, "before": pl.Date}, orient="row"),
    )
    identity = ("area", "customer_group")
    energy = of_month(
        observes="energy_use",
        value="energy",
        over_time=[{"to": "day", "as": "sum"}],
        over_space={"as": "sum"},
        rule=SUM,
    )
    source = Observed("f", None, Interval.parse("month"), identity, of_area(sold(MONTH, "a")), usual=usual)
    found = measured({"m": energy}, source, days=(MONTH,))
    for area in ("c", "d1"):
        row = only(found, area=area, day=MONTH)
        assert (row["value"], row["n"], row["expected"]) == (100.0, 1, 2)


def test_a_year_is_of_readings_of_a_year_alone():
    rows = months(("a", date(2020, 1, 1), 10))
    yearly = of_month("year")
    assert only(measured({"m": yearly}, observed(rows, "year"), days=(date(2020, 1, 1),)), day=date(2020, 1, 1))[
        "value"
    ] == (10.0)
    assert measured({"m": yearly}, observed(rows, "month"), days=(date(2020, 1, 1),)).is_empty()


@given(st.sampled_from(["month", "quarter", "year"]), st.floats(0, 100))
def test_no_metric_of_a_day_has_a_value_of_a_longer_reading(interval, value):
    source = observed(months(("a", MONTH, value)), interval)
    assert measured({"m": entry(), "n": entry(over_time=[])}, source, days=(MONTH,)).is_empty()
    assert measured({"m": of_month()}, observed(months(("a", MONTH, value)), "day"), days=(MONTH,)).is_empty()


@given(st.lists(st.floats(0, 100, width=32), min_size=28, max_size=31))
def test_it_is_what_days_would_have_been_made_to_where_the_provider_takes_the_same_step(values):
    # the law that lets readings of a month stand for its days: a sum of sums, a mean of means of equal parts
    for rule, total in ((MEAN, sum(values) / len(values)), (SUM, sum(values))):
        daily = entry(over_time=[{"to": "day", "as": rule.as_}])
        assert made_alike(daily, rule)
        source = observed(months(("a", MONTH, total)), "month")
        assert only(measured({"m": of_period(daily, "month", rule)}, source, days=(MONTH,)), day=MONTH)["value"] == (
            pytest.approx(total, rel=1e-9)
        )


@pytest.mark.parametrize(
    "said",
    [
        {"over_time": [{"to": "hour", "as": "mean"}, {"to": "day", "as": "mean"}]},  # a share of hours, for one
        {"over_time": [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}]},
        {"over_time": [{"to": "day", "as": "max"}]},  # the mean of the highest of days is no highest of the month
        {"over_time": []},
        {"value": "CASE WHEN pm25 > 35 THEN 100 ELSE 0 END"},  # 100 of a mean is no share
        {"value": {"formula": "apparent_temperature_summer", "of": ["pm25", "pm10"]}},
        {"derived": {"difference": ["a", "b"]}},
    ],
)
def test_other_steps_than_those_of_the_provider_are_left_to_days(said):
    assert not made_alike(entry(**said), MEAN)


def test_which_metrics_of_the_platform_readings_of_months_can_give():
    alike = {
        rule.metric or f"{name}_{period}"
        for name, named in platform_entries().items()
        for period, rule in named.entry.periods.items()
        if made_alike(named.entry, rule)
    }
    assert {"pm25_mean_month", "no2_annual_mean", "precipitation_total_month", "modelled_temperature_max_year"} <= alike
    assert not {"o3_max8h_month", "noise_lden_month"} & alike


def test_only_feeds_of_the_period_give_it_and_a_metric_of_days_says_why_not():
    city = town(
        feed("m", "air_quality", AIR, interval="month"),
        feed("y", "air_quality", AIR, interval="year"),
        feed("seen", "air_quality", AIR, interval="instant", every="month"),
    )
    daily = of_town(over_time=DAILY)
    assert [one.name for one in sources_of(of_period(daily, "month", MEAN), city)] == ["m"]
    assert daily.every == "day"
    assert why_not(daily, city) == (
        "m and seen cannot give it: a row is of a month, and not of a day; "
        "y cannot give it: a row is of a year, and not of a day"
    )
    asks_hours = of_town(over_time=DAILY, where="EXTRACT(hour FROM time) < 6")
    assert "there are no hours" in (why_not(of_period(asks_hours, "month", MEAN), city) or "")


def test_months_and_days_side_by_side_do_not_mix():
    rows = {"m": [observed(months(("a", MONTH, 10)), "month"), observed(months(("a", MONTH, 90)), "day")]}
    assert only(measured({"m": of_month()}, rows, days=(MONTH,)), day=MONTH)["value"] == 10.0
    assert only(measured({"m": entry()}, rows, days=(MONTH,)), day=MONTH)["value"] == 90.0
    assert isinstance(measured({"m": entry()}, rows, days=(MONTH,)), pl.DataFrame)
