"""Contracts by area and month, worked out by hand: cancelled ones, equal ones, areas of which none came."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from assets.marts.dwelling_sales_month import dwelling_sales_month
from assets.marts.dwelling_sales_quarter import dwelling_sales_quarter
from tests.unit.assets.marts.observations import observed
from tests.worlds.packs import seoul

PACK = seoul()
MAY, QUARTER = date(2026, 5, 1), date(2026, 4, 1)
M2 = 10_000.0  # won, of which prices are told in ten thousands
JONGNO, JUNG = "11110", "11140"


def contract(
    price: float, m2: float = 10, area: str = JONGNO, count: int = 1, cancelled: int = 0, month: date = MAY, **more
):
    return {
        "area": area,
        "time": month,
        "address": f"{price} {m2} {area}",
        "price": price * m2 * M2,
        "floor_area": m2,
        "sales_count": float(count),
        "cancelled_count": float(cancelled),
        **more,
    }


def of_month(*rows, city=None) -> dict[str, dict]:
    read = {"dwelling_sales": (observed("dwelling_sales", rows, starts=[MAY], interval="month"),)}
    made = dwelling_sales_month(read, city or PACK)
    return {row["area"]: row for row in made.iter_rows(named=True)}


def test_cancelled_contracts_do_not_count_and_do_not_move_the_median():
    """600, 700, 900, 650 and 720 a square metre, and a made-up record of 5,000: the middle of five is 700."""
    jongno = of_month(*map(contract, (600, 700, 900, 650, 720)), contract(5_000, cancelled=1))[JONGNO]
    assert [jongno[name] for name in ("contracts", "cancelled", "standing", "prices")] == [6, 1, 5, 5]
    assert jongno["price_per_m2_median"] == 700 * M2


def test_of_four_contracts_there_is_no_median():
    jongno = of_month(*map(contract, (600, 700, 900, 650)))[JONGNO]
    assert (jongno["standing"], jongno["prices"], jongno["price_per_m2_median"]) == (4, 4, None)


def test_equal_contracts_count_each_and_are_told():
    """600, 600, 600 (one row of three), 700 and 900: the middle one is 600."""
    jongno = of_month(contract(600, count=3), contract(700), contract(900))[JONGNO]
    assert (jongno["standing"], jongno["possible_duplicates"], jongno["price_per_m2_median"]) == (5, 2, 600 * M2)


def test_a_contract_that_was_cancelled_and_signed_again_is_no_duplicate():
    jongno = of_month(contract(600, count=2, cancelled=1))[JONGNO]
    assert (jongno["contracts"], jongno["cancelled"], jongno["possible_duplicates"]) == (2, 1, 0)


def test_a_feed_without_counts_says_by_a_day_what_was_cancelled():
    rows = [contract(600, sales_count=None, cancelled_count=None, cancelled_on=day) for day in (None, date(2026, 5, 9))]
    jongno = of_month(*(row | {"address": str(at)} for at, row in enumerate(rows)))[JONGNO]
    assert (jongno["contracts"], jongno["cancelled"], jongno["standing"]) == (2, 1, 1)


def test_sums_of_areas_have_no_median():
    """Their price is a mean of many homes."""
    rows = [{"area": JONGNO, "time": MAY, "kind": "apartment", "price": 9e8, "floor_area": 60.0, "sales_count": 40.0}]
    jongno = of_month(*rows)[JONGNO]
    assert (jongno["standing"], jongno["prices"], jongno["possible_duplicates"]) == (40, 0, 0)


@pytest.mark.parametrize(
    ("days", "until", "whole"),
    [
        ((4, 15), None, 0),  # the month is in progress
        ((4, 31), None, 1),
        ((4, 15), date(2026, 6, 2), 1),  # the feed says that no more came in May
        ((4, 15), date(2026, 5, 20), 0),
    ],
)
def test_of_a_feed_of_days_a_month_in_progress_is_no_whole_one(days, until, whole):
    """Contracts of a fortnight were published as those of the month, complete to 100 %."""
    rows = [
        contract(600, month=date(2026, 5, day), area=area, reported_until=until)
        for day, area in zip(days, (JONGNO, JUNG), strict=True)
    ]
    read = {"dwelling_sales": (observed("dwelling_sales", rows, starts=[MAY], interval="day"),)}
    made = {row["area"]: row for row in dwelling_sales_month(read, PACK).iter_rows(named=True)}
    assert [made[area]["readings"] for area in ("11", JONGNO, JUNG)] == [2 * whole, whole, whole]
    assert made[JONGNO]["readings_expected"] == 1


def test_the_months_of_a_quarter_before_the_newest_are_whole():
    rows = [contract(600, month=date(2026, month, 15)) for month in (4, 5, 6)]
    read = {"dwelling_sales": (observed("dwelling_sales", rows, starts=[QUARTER], interval="day"),)}
    made = {row["area"]: row for row in dwelling_sales_quarter(read, PACK).iter_rows(named=True)}
    assert (made[JONGNO]["readings"], made[JONGNO]["readings_expected"]) == (2, 3)


def test_the_city_is_that_of_all_districts():
    made = of_month(contract(600), contract(700, area=JUNG), contract(800, area=JUNG))
    assert (made["11"]["standing"], made["11"]["readings"], made["11"]["readings_expected"]) == (3, 2, 25)
    assert (made[JUNG]["standing"], made[JUNG]["readings"], made[JUNG]["readings_expected"]) == (2, 1, 1)


def test_a_city_without_districts_is_whole():
    alone = replace(PACK, areas=PACK.areas.filter(level="city"))
    whole = of_month(contract(600, area=None), city=alone)
    assert list(whole) == ["11"]
    assert (whole["11"]["readings"], whole["11"]["readings_expected"]) == (1, 1)


@pytest.mark.parametrize(
    ("until", "preliminary"), [(date(2026, 6, 29), True), (date(2026, 6, 30), False), (None, None)]
)
def test_a_month_is_preliminary_for_30_days(until, preliminary):
    assert of_month(contract(600, reported_until=until))[JONGNO]["preliminary"] is preliminary


def test_a_quarter_is_of_its_three_months():
    months = [date(2026, month, 1) for month in (4, 5, 6)]
    rows = [contract(price, month=month) for month in months for price in (600, 700)]
    read = {"dwelling_sales": (observed("dwelling_sales", rows, starts=[QUARTER], interval="month"),)}
    [jongno] = dwelling_sales_quarter(read, PACK).filter(area=JONGNO).rows(named=True)
    assert (jongno["standing"], jongno["price_per_m2_median"]) == (6, 650 * M2)
    assert (jongno["readings"], jongno["readings_expected"]) == (3, 3)
    assert not pl.Series([jongno["day"]]).is_null().any()
