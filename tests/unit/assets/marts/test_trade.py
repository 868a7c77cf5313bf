"""Marts of shops and sales, on a few cells whose figures are worked out by hand."""

from datetime import date
from itertools import product

import pytest

from assets.marts.industry_mix import industry_mix
from assets.marts.trade_area_quarter import trade_area_quarter
from assets.marts.trade_sales_quarter import trade_sales_quarter
from tests.unit.assets.marts import of_rows
from tests.unit.assets.marts.of_rows import quarter
from tests.worlds.packs import seoul

Q3 = quarter(2024, 3)
JONGNO, JUNG = "11110", "11140"


def observed(model, rows, feed="f", interval="quarter"):
    return of_rows.observed(model, rows, feed, interval)


def shops(*cells, start=Q3):
    """Trade area, industry, shops, and the district in which the area lies."""
    return [
        {"start": start, "area": area, "industry": kind, "industry_name": kind, "businesses": number, "in": district}
        for area, kind, number, district in cells
    ]


def mix(rows):
    found = industry_mix({"businesses": (observed("businesses", rows),)}, seoul())
    return {(row["area"], row["industry"]): row for row in found.iter_rows(named=True)}


def test_the_location_quotient_is_the_share_here_by_the_share_in_the_city():
    # 20 of 100 here, 50 of 1,000 in the city: 0.2 / 0.05
    found = mix(
        shops(
            ("t1", "cafe", 20, JONGNO), ("t1", "rest", 80, JONGNO), ("t2", "cafe", 30, JUNG), ("t2", "rest", 870, JUNG)
        )
    )
    assert found[JONGNO, "cafe"]["location_quotient"] == pytest.approx(4.0)
    assert found[JUNG, "cafe"]["location_quotient"] == pytest.approx((30 / 900) / 0.05)
    assert found["11", "cafe"]["share"] == pytest.approx(0.05)
    assert found["11", "cafe"]["location_quotient"] is None
    assert (found["11", "rest"]["all_businesses"], found["11", "rest"]["area_level"]) == (1000, "city")


def test_an_area_of_29_shops_has_no_location_quotient_and_one_of_30_has():
    found = mix(
        shops(("t1", "cafe", 9, JONGNO), ("t1", "rest", 20, JONGNO), ("t2", "cafe", 9, JUNG), ("t2", "rest", 21, JUNG))
    )
    assert found[JONGNO, "cafe"]["location_quotient"] is None
    assert found[JUNG, "cafe"]["location_quotient"] == pytest.approx((9 / 30) / (18 / 59))


def test_a_trade_area_that_lies_in_no_district_counts_for_the_city_alone():
    found = mix(shops(("t1", "cafe", 40, None), ("t2", "cafe", 60, JUNG)))
    assert {area for area, _ in found} == {"11", JUNG}
    assert found["11", "cafe"]["businesses"] == 100


def areas(shop_rows, month_rows=()):
    feeds = (observed("businesses", shop_rows), observed("businesses", list(month_rows), "months"))
    found = trade_area_quarter({"businesses": feeds}, seoul())
    return {row["trade_area"]: row for row in found.iter_rows(named=True)}


def months(area, here_open, here_closed, said, city=(111, 52)):
    return {
        "start": Q3,
        "area": area,
        "months_open": here_open,
        "months_closed": here_closed,
        "change_index": said,
        "city_months_open": city[0],
        "city_months_closed": city[1],
        "in": JONGNO,
    }


def test_a_trade_area_has_its_concentration_and_what_it_is_special_in():
    found = areas(
        shops(("t1", "a", 50, JONGNO), ("t1", "b", 30, JONGNO), ("t1", "c", 20, JONGNO), ("t2", "c", 29, JUNG))
    )
    assert found["t1"]["concentration"] == pytest.approx(0.38)
    assert (found["t1"]["industries"], found["t1"]["area"]) == (3, JONGNO)
    # a: 0.5 / (50/129), b: 0.3 / (30/129): both 1.29; c is below 1
    assert found["t1"]["top_location_quotient"] == pytest.approx(1.29)
    assert (found["t2"]["concentration"], found["t2"]["top_industry"]) == (1.0, None)


@pytest.mark.parametrize(
    ("here", "letters"), [((128, 61), "HH"), ((100, 60), "LH"), ((120, 50), "HL"), ((100, 50), "LL")]
)
def test_the_change_indicator_follows_from_the_months(here, letters):
    found = areas([], [months("t1", *here, letters)])["t1"]
    assert (found["change_index"], found["change_recomputed"], found["change_check"]) == (letters, letters, "agrees")


@pytest.mark.parametrize(
    ("here", "said", "check"),
    [
        ((111, 61), "HH", "tie"),
        ((111, 61), "LH", "tie"),  # which letter it is to be is not documented
        ((111, 61), "LL", "contradicts"),  # the other letter is wrong, whatever the tie
        ((128, 61), "HL", "contradicts"),
        ((None, 61), "HH", None),
    ],
)
def test_where_a_month_is_that_of_the_city_only_the_other_letter_is_judged(here, said, check):
    found = areas([], [months("t1", *here, said)])["t1"]
    assert found["change_check"] == check


def test_shops_and_months_of_one_trade_area_are_one_row_and_of_one_feed_alone_are_one_too():
    found = areas(
        shops(("t1", "a", 5, JONGNO), ("t2", "a", 7, JUNG)), [months("t1", 128, 61, "HH"), months("t3", 1, 1, "LL")]
    )
    assert (found["t1"]["businesses"], found["t1"]["change_index"]) == (5, "HH")
    assert (found["t2"]["businesses"], found["t2"]["change_index"]) == (7, None)
    assert (found["t3"]["businesses"], found["t3"]["area"]) == (None, JONGNO)


_PARTS = ("amount", "payments", "amount_weekdays", "amount_weekends", "amount_00_06", "amount_21_24")


def cell(area, kind, amount, district, **other):
    parts = {"amount": amount, "payments": 10.0, "amount_weekdays": 0.75 * amount, "amount_weekends": 0.25 * amount}
    night = {"amount_00_06": 0.1 * amount, "amount_21_24": 0.05 * amount}
    return {"start": Q3, "area": area, "industry": kind, "in": district, **parts, **night, **other}


def sold(sales, counted):
    read = {"sales": (observed("sales", sales),), "businesses": (observed("businesses", counted),)}
    found = trade_sales_quarter(read, seoul())
    return {row["area"]: row for row in found.iter_rows(named=True)}


def test_sales_are_summed_up_over_cells_of_three_shops_or_more():
    found = sold(
        [cell("t1", "a", 100.0, JONGNO), cell("t1", "b", 900.0, JONGNO), cell("t2", "a", 300.0, JUNG)],
        shops(("t1", "a", 3, JONGNO), ("t1", "b", 2, JONGNO), ("t2", "a", 5, JUNG)),
    )
    city = found["11"]
    assert (city["amount"], city["shops"], city["cells"], city["cells_masked"]) == (400.0, 8, 3, 1)
    assert (city["amount_night"], city["payments"]) == (pytest.approx(60.0), 20.0)
    assert (found[JONGNO]["amount"], found[JONGNO]["shops"]) == (100.0, 3)
    # the third quarter of 2024: 66 days from Monday to Friday, 26 of weekends
    assert (city["weekdays"], city["weekend_days"]) == (66, 26)


def test_of_a_cell_whose_shops_are_not_known_or_that_lacks_a_part_nothing_counts():
    rows = [cell("t1", "a", 100.0, JONGNO), cell("t2", "a", 7.0, JONGNO), cell("t3", "a", 7.0, JONGNO, payments=None)]
    found = sold(rows, shops(("t1", "a", 3, JONGNO), ("t3", "a", 9, JONGNO)))
    assert (found["11"]["amount"], found["11"]["shops"], found["11"]["cells_masked"]) == (100.0, 3, 2)


def test_an_area_of_which_every_cell_is_masked_is_not_there():
    found = sold(
        [cell("t1", "a", 100.0, JONGNO), cell("t2", "a", 300.0, JUNG)],
        shops(("t1", "a", 2, JONGNO), ("t2", "a", 5, JUNG)),
    )
    assert set(found) == {"11", JUNG}


@pytest.mark.parametrize("lacking", _PARTS)
def test_no_sum_of_a_row_has_cells_that_another_lacks(lacking):
    rows = [cell(area, "a", 100.0, JONGNO) for area in ("t1", "t2")]
    rows[1][lacking] = None
    found = sold(rows, shops(*((area, "a", 4, JONGNO) for area in ("t1", "t2"))))["11"]
    assert (found["amount"], found["payments"], found["shops"]) == (100.0, 10.0, 4)


def test_concentration_is_of_industries_and_not_of_cells():
    cells = list(product(("t1", "t2"), ("a", "b")))
    found = sold(
        [cell(area, kind, 25.0, JONGNO) for area, kind in cells],
        shops(*((area, kind, 4, JONGNO) for area, kind in cells)),
    )["11"]
    assert (found["concentration"], found["industries"]) == (pytest.approx(0.5), 2)


def month(number, **said):
    """A row of a month of the quarter."""
    return {**said, "day": date(2024, number, 1)}


@pytest.mark.parametrize(("there", "amount"), [((7, 8, 9), 600.0), ((7, 8), None)])
def test_sales_by_month_are_those_of_a_quarter_when_all_three_months_are_there(there, amount):
    # a quarter of two months would look like one in which less was sold
    by_month = [month(number, **cell("t1", "a", 100.0 * (number - 6), JONGNO)) for number in there]
    shops_then = shops(("t1", "a", 3, JONGNO))
    read = {
        "sales": (observed("sales", by_month, interval="month"),),
        "businesses": (observed("businesses", shops_then),),
    }
    found = {row["area"]: row for row in trade_sales_quarter(read, seoul()).iter_rows(named=True)}
    assert found.get("11", {}).get("amount") == amount


def test_a_cell_that_lacks_a_month_is_left_out_whole():
    rows = [month(number, **cell("t1", "a", 100.0, JONGNO)) for number in (7, 8, 9)]
    rows += [month(number, **cell("t2", "a", 100.0, JONGNO)) for number in (7, 9)]
    counted = shops(("t1", "a", 3, JONGNO), ("t2", "a", 3, JONGNO))
    read = {"sales": (observed("sales", rows, interval="month"),), "businesses": (observed("businesses", counted),)}
    (city,) = [row for row in trade_sales_quarter(read, seoul()).iter_rows(named=True) if row["area"] == "11"]
    assert (city["amount"], city["cells_masked"]) == (300.0, 1)


def test_the_two_largest_shops_of_an_area_are_among_those_of_its_cells_and_months_are_added_up():
    counted = shops(("t1", "a", 3, JONGNO), ("t1", "b", 4, JONGNO), ("t1", "c", 2, JONGNO), ("t2", "a", 5, JUNG))
    largest = {("t1", "a"): (81.0, 5.0), ("t1", "b"): (300.0, 290.0), ("t1", "c"): (999.0, 1.0)}
    rows = [
        {**cell(area, industry, 1000.0, JONGNO), "amount_largest": one, "amount_second": two}
        for (area, industry), (one, two) in largest.items()
    ]
    found = sold([*rows, cell("t2", "a", 300.0, JUNG)], counted)
    assert [found[JONGNO][name] for name in ("amount_largest", "amount_second")] == [300.0, 290.0]
    assert [found[JUNG][name] for name in ("amount_largest", "amount_second")] == [None, None], "nobody says it"
    by_month = [month(number, **rows[0]) for number in (7, 8, 9)]
    read = {"sales": (observed("sales", by_month, interval="month"),), "businesses": (observed("businesses", counted),)}
    (city,) = [row for row in trade_sales_quarter(read, seoul()).iter_rows(named=True) if row["area"] == "11"]
    assert (city["amount_largest"], city["amount_second"]) == (243.0, 15.0)


@pytest.mark.parametrize(("there", "opened"), [((7, 8, 9), 6), ((7, 8), None)])
def test_openings_of_months_are_added_up_and_shops_are_those_at_the_end(there, opened):
    # those of the last month alone would be a third of what opened in the quarter
    rows = [
        month(number, start=Q3, area="t1", industry="a", businesses=number, openings=number - 6, closures=0)
        for number in there
    ]
    found = trade_area_quarter({"businesses": (observed("businesses", rows, interval="month"),)}, seoul())
    (row,) = found.iter_rows(named=True)
    assert (row["businesses"], row["openings"]) == (there[-1], opened)
