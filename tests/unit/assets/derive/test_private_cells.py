"""The cells of Seoul, of rows that are made up: who stands behind them, and what adds up."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time

import polars as pl
import pytest

from assets.derive.cells_of_parts import slice_of_parts
from assets.derive.private_cells import cells_of_metrics, private_cells, sums_of_cells
from assets.derive.rows_for_cells import private_rows
from assets.disclosure.cells import REST, checked_cells
from assets.mart import ITSELF
from assets.metrics.entry import Entry, PeriodRule
from assets.pack.city import City
from assets.publication.rests_on import feeds_of
from quality.contract.model import Contract
from tests.worlds.files import seoul

DAY, NEXT = date(2020, 4, 1), date(2020, 4, 2)
CITY, JONGNO, JUNG = "11", "11110", "11140"


def people(metric: str, day: date, figures: dict[str, float]) -> list[dict[str, object]]:
    """Values of a metric of a day by area."""
    level = {CITY: "city"}
    return [
        {"metric": metric, "area": area, "area_level": level.get(area, "district"), "period": "day", "day": day}
        | {"value": value}
        for area, value in figures.items()
    ]


def reader(**tables: list[dict[str, object]]):
    def read(contract: Contract) -> pl.LazyFrame:
        rows = pl.DataFrame(tables.get(contract.name, []), schema_overrides=contract.schema)
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in contract.schema.items() if name not in rows]
        return rows.with_columns(missing).lazy()

    return read


def found(cells: pl.DataFrame, **of: object) -> dict[str, object]:
    (row,) = cells.filter(**of).to_dicts()
    return row


def made(read: Callable[[Contract], pl.LazyFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells and sums of Seoul."""
    city = seoul()
    return sums_of_cells(private_cells(city, lambda rows: rows.made(read(rows.contract))), city)


def residual(cells: pl.DataFrame, sums: pl.DataFrame) -> float:
    """How far the sums are from adding up."""
    terms = sums.join(cells.select("cell", "value"), on="cell")
    each = terms.group_by("sum").agg((pl.col("coefficient") * pl.col("value")).sum())
    return each["coefficient"].abs().max() or 0.0  # pyright: ignore[reportReturnType]


def test_what_decides_about_rows_is_said_in_texts_that_each_process_writes_alike():
    said = [rows.said for rows in private_rows(seoul())]
    assert len(said) > 5
    for text in said:
        literal_eval(text)  # no object, whose text may differ
        assert "{" not in text  # nor a set, whose order does


def test_a_metric_rests_on_cells_exactly_if_it_rests_on_a_private_feed():
    city = seoul()
    private = {contract.name for contract in city.contracts.values() if contract.private}
    of_metrics = cells_of_metrics(city)
    assert set(of_metrics) == set(city.metrics)
    for metric, cells in of_metrics.items():
        feeds = feeds_of(city, metric) & private
        assert bool(cells) >= bool(feeds), (metric, cells, feeds)
        # a register, such as that of buildings, has no days, and no metric waits for it: cells know it all the same
        assert {feed for table, _ in cells for feed in table.split(" + ")} <= private
    assert of_metrics["sales_per_shop"] == (("trade_sales", ""),)
    assert of_metrics["pm25_mean"] == ()
    of_each = slice_of_parts("district")  # a sum of the people of each district with the air of each
    assert of_metrics["pm25_living_population_weighted"] == (("living_population", ""), ("living_population", of_each))
    assert of_metrics["weekend_people_ratio"] == (
        ("living_population", ""),
        ("living_population", slice_of_parts(ITSELF)),
    )
    assert of_metrics["day_night_population_ratio"] == of_metrics["weekend_people_ratio"]
    assert of_metrics["night_transport_gap_share"] == of_metrics["pm25_living_population_weighted"]
    assert of_metrics["building_age_median"] == (("building_register", ""),)
    assert of_metrics["dwelling_sales_count"] == (("apartment_sales", ""),)


@pytest.mark.holds(
    "attack 28", "A median of prices is what one home was sold for, times its floor area in whole won: it goes nowhere."
)
def test_what_one_of_many_contributors_has_is_of_a_cell_that_nobody_knows():
    """A sale more moves a median of odd number to the price of the next home, and two windows differ by one sale."""
    of_metrics = cells_of_metrics(seoul())
    for metric in ("price_per_m2_median", "price_per_m2_median_quarter"):
        ((table, slice_),) = of_metrics[metric]
        assert table == "apartment_sales"
        assert slice_ not in ("", *map(str, range(24)))


def test_people_are_counted_by_what_counts_them_and_the_fewest_stand_behind_a_cell():
    figures = {CITY: 50.0, JONGNO: 30.0, JUNG: 20.0}
    rows = [
        *people("living_population", DAY, figures),
        *people("people_present_men", DAY, {CITY: 22.0, JONGNO: 20.0, JUNG: 2.0}),
        *people("women_present_share", DAY, {CITY: 1.0, JONGNO: 1.0, JUNG: 1.0}),  # of no people
    ]
    cells, sums = made(reader(people_present=rows))
    days = cells.filter(period="day")
    assert {row["area"]: (row["value"], row["contributors"]) for row in days.to_dicts()} == {
        CITY: (50.0, 22.0),
        JONGNO: (30.0, 20.0),
        JUNG: (20.0, 2.0),
    }
    assert residual(cells, sums) < 1e-9
    assert cells.filter(area_level=REST).is_empty()


def test_what_a_city_has_beyond_its_districts_is_a_cell_of_its_own():
    rows = people("living_population", DAY, {CITY: 57.0, JONGNO: 30.0, JUNG: 20.0})
    cells, sums = made(reader(people_present=rows))
    rest = cells.filter(area_level=REST, period="day")
    assert rest["value"].to_list() == [7.0]
    assert residual(cells, sums) < 1e-9
    rows = people("living_population", DAY, {CITY: 41.0, JONGNO: 30.0, JUNG: 20.0})  # less than its parts
    cells, sums = made(reader(people_present=rows))
    assert cells.filter(area_level=REST, period="day")["value"].to_list() == [9.0]
    assert residual(cells, sums) < 1e-9


@pytest.mark.parametrize(("city", "behind"), [(51.0, 1.0), (57.0, 7.0)])
def test_what_a_city_has_beyond_its_districts_is_of_as_many_as_it_says(city: float, behind: float):
    rows = people("living_population", DAY, {CITY: city, JONGNO: 30.0, JUNG: 20.0})
    cells, sums = made(reader(people_present=rows))
    rests = cells.filter(area_level=REST)
    assert {row["period"]: row["contributors"] for row in rests.to_dicts()} == {"day": behind, "month": behind}
    assert residual(cells, sums) < 1e-9


def test_of_sales_a_rest_is_of_the_shops_that_are_in_no_part():
    sales = [
        {"day": date(2020, 1, 1), "area": area, "area_level": level, "shops": shops, "payments": 99, "amount": amount}
        for area, level, shops, amount in ((CITY, "city", 10, 90.0), (JONGNO, "district", 9, 60.0))
    ]
    cells, _ = made(reader(trade_sales_quarter=sales))
    (rest,) = cells.filter(area_level=REST, period="quarter").to_dicts()
    assert (rest["value"], rest["contributors"]) == (30.0, 1.0)


def test_a_figure_below_0_is_as_large_as_one_above_it_and_what_is_no_number_is_none():
    rows = people("living_population", DAY, {CITY: 20.0, JONGNO: -4.0, JUNG: float("nan")})
    cells, sums = made(reader(people_present=rows))
    assert checked_cells(cells).height == cells.height
    assert found(cells, area=JONGNO, period="day")["value"] == 4.0
    assert found(cells, area=JUNG, period="day")["value"] is None
    assert residual(cells, sums) < 1e-9


RING = pl.DataFrame(
    {
        "code": ["11", "11110", "11140", "1", "2", "3", "ring"],
        "level": ["city", *["district"] * 2, *["neighbourhood"] * 3, "district"],
        "parent": [None, "11", "11", "11110", "11110", "11140", None],
        "also_in": [None, None, None, "ring", None, "ring", None],
    }
)


def test_an_area_across_others_is_the_sum_of_those_in_it_and_no_part_of_the_city():
    figures = {"11": 60.0, "11110": 30.0, "11140": 30.0, "1": 10.0, "2": 20.0, "3": 30.0, "ring": 40.0}
    cells, sums = in_ring(figures)
    ring = found(cells, area="ring", period="day")
    assert (ring["value"], ring["contributors"]) == (40.0, 40.0)
    names = dict(cells.filter(period="day").select("cell", "area").iter_rows())
    found_sums = {
        frozenset((names[cell], factor) for cell, factor in terms.select("cell", "coefficient").iter_rows())
        for _, terms in sums.group_by("sum")
        if set(terms["cell"]) <= set(names)
    }
    assert found_sums == {
        frozenset({("ring", -1.0), ("1", 1.0), ("3", 1.0)}),
        frozenset({("11", -1.0), ("11110", 1.0), ("11140", 1.0)}),
        frozenset({("11110", -1.0), ("1", 1.0), ("2", 1.0)}),
        frozenset({("11140", -1.0), ("3", 1.0)}),
    }
    assert cells.filter(area_level=REST).is_empty()


def test_of_an_area_across_others_without_all_of_its_parts_nobody_knows_who_stands_behind_it():
    cells, _ = in_ring({"11": 60.0, "11110": 30.0, "11140": 30.0, "1": 10.0, "ring": 40.0})
    assert found(cells, area="ring", area_level="district", period="day")["contributors"] is None
    assert found(cells, area="11110", area_level="district", period="day")["contributors"] == 30.0


def in_ring(figures: dict[str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    city = replace(seoul(), areas=RING.with_columns(valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date)))
    rows = people("living_population", DAY, figures)
    read = reader(people_present=rows)
    return sums_of_cells(private_cells(city, lambda rows: rows.made(read(rows.contract))), city)


def test_a_metric_that_is_the_figure_of_one_of_many_rests_on_a_cell_that_nobody_knows():
    entry = seoul().entries["living_population"]
    lowest = with_entry(entry.entry.model_copy(update={"periods": {"month": PeriodRule.model_validate({"as": "min"})}}))
    assert of_metrics(lowest) == {"living_population": "", "living_population_month": "one of many"}
    step = entry.entry.over_time[0].model_copy(update={"as_": "max"})
    assert of_metrics(with_entry(entry.entry.model_copy(update={"over_time": (step,), "periods": {}}))) == {
        "living_population": "one of many"
    }


def with_entry(entry: Entry) -> City:
    """Seoul with the metrics of one entry."""
    city = seoul()
    named = replace(city.entries["living_population"], entry=entry)
    return replace(
        city,
        metrics={metric.metric: metric for metric in named.metrics},
        entries={**city.entries, "living_population": named},
    )


def of_metrics(city: City) -> dict[str, str]:
    """By metric, the slice of the only cells that it rests on."""
    return {metric: slice_ for metric, ((_, slice_),) in cells_of_metrics(city).items()}


def test_cells_of_some_tables_keep_their_numbers_and_a_rest_has_one_of_its_own():
    sales = {"day": date(2020, 1, 1), "area": CITY, "area_level": "city", "shops": 9, "amount": 90.0}
    rows = people("living_population", DAY, {CITY: 57.0, JONGNO: 30.0, JUNG: 20.0})
    city = seoul()
    read = reader(people_present=rows, trade_sales_quarter=[sales])
    every = private_cells(city, lambda rows: rows.made(read(rows.contract)))
    every = every.with_columns(cell=every["cell"].max() - pl.col("cell"))  # whichever come last
    for table in ("living_population", "trade_sales"):
        some, sums = sums_of_cells(every.filter(table=table), city)
        assert some["cell"].n_unique() == some.height
        assert residual(some, sums) < 1e-9


def test_a_month_is_the_sum_of_its_days_and_has_the_contributors_of_the_day_with_most():
    rows = [
        *people("living_population", DAY, {CITY: 30.0, JONGNO: 30.0}),
        *people("living_population", NEXT, {CITY: 40.0, JONGNO: 40.0}),
    ]
    cells, sums = made(reader(people_present=rows))
    month = found(cells, area=JONGNO, period="month")
    assert (month["period_start"], month["value"], month["contributors"]) == (date(2020, 4, 1), 70.0, 40.0)
    terms = sums.join(cells, on="cell").filter(pl.col("area") == JONGNO)
    of_month = terms.filter(pl.col("cell") == month["cell"], pl.col("coefficient") == -1)["sum"].to_list()
    days = terms.filter(pl.col("sum").is_in(of_month), pl.col("period") == "day")["period_start"]
    assert sorted(days) == [DAY, NEXT]
    assert residual(cells, sums) < 1e-9


def test_an_hour_has_a_cell_and_a_day_is_the_mean_of_its_hours():
    hours = [
        {**row, "period": "hour", "hour": datetime.combine(DAY, time(hour)), "metric": "people_present_hourly"}
        for hour, value in ((0, 10.0), (1, 20.0))
        for row in people("", DAY, {CITY: value})
    ]
    days = people("living_population", DAY, {CITY: 15.0})
    cells, sums = made(reader(people_present=days, people_present_hour=hours))
    of_hours = cells.filter(period="hour").sort("slice")
    assert of_hours.select("slice", "value", "contributors").rows() == [("0", 10.0, 10.0), ("1", 20.0, 20.0)]
    day = found(cells, period="day", area=CITY)
    terms = sums.filter(pl.col("sum").is_in(sums.filter(pl.col("cell") == day["cell"])["sum"].implode()))
    assert sorted(terms["coefficient"]) == [-1.0, -1.0, 0.5, 0.5, 1.0]  # the hours, and the month of this one day
    assert residual(cells, sums) < 1e-9


def test_sales_have_the_shops_behind_them_and_quarters_add_up_over_districts():
    def sales(area: str, level: str, shops: int, amount: float) -> dict[str, object]:
        return {"day": date(2020, 1, 1), "area": area, "area_level": level, "shops": shops, "amount": amount}

    rows = [sales(CITY, "city", 42, 1000.0), sales(JONGNO, "district", 40, 900.0), sales(JUNG, "district", 2, 100.0)]
    cells, sums = made(reader(trade_sales_quarter=rows))
    assert set(cells["table"]) == {"trade_sales"}
    assert cells.sort("area").select("area", "period", "value", "contributors").rows() == [
        (CITY, "quarter", 1000.0, 42.0),
        (JONGNO, "quarter", 900.0, 40.0),
        (JUNG, "quarter", 100.0, 2.0),
    ]
    assert sorted(sums["coefficient"]) == [-1.0, 1.0, 1.0]


def test_a_city_without_anything_has_no_cells():
    cells, sums = made(reader())
    assert (cells.height, sums.height) == (0, 0)
