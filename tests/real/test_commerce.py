"""Spending, wholesale prices, fuel, searches and recovery of real files, worked out again without our code."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Container, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from assets.marts.search_signal import TABLE, search_signal
from tests.unit.assets.marts.of_rows import observed
from tests.worlds.packs import seoul

pytestmark = pytest.mark.real
SPENDING = "seoul/commercial_area/서울시 상권분석서비스(소득소비-자치구).csv"
GARAK = "seoul/wholesale_garak/garak_market_price.CSV"
FUEL = "fuel_price_opinet/지역_위치별(주유소).xls"
BASKET = {"24400": 3, "22500": 2, "15100": 2, "23100": 2, "23200": 1}  # kilogrammes, as the pack has them
FUEL_DAY = "2019-01-04"  # made up: the saved page has no date, and its name has to say one


@pytest.fixture(scope="module")
def prices(yard: Callable[..., Any], data: Path) -> Any:
    here = yard(SPENDING, GARAK, feeds=("district_spending", "wholesale_garak", "fuel_price"))
    fuel = here.drop / "fuel_price_opinet" / "지역_위치별(주유소)_20190104.xls"
    fuel.parent.mkdir()
    fuel.write_bytes((data / "seoul" / FUEL).read_bytes())
    here.backfill("2019-01-01", "2019-01-08")
    return here


# What households spend ------------------------------------------------------------------------------------------


@cache
def _spending(data: Path) -> list[dict[str, str]]:
    with (data / SPENDING).open(encoding="cp949", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("kind", "korean"), [("food", "식료품"), ("leisure", "여가_문화"), ("eating_out", "음식")])
def test_the_share_of_a_kind_of_spending(prices: Any, data: Path, kind: str, korean: str) -> None:
    day = "2019-01-01"
    rows = [row for row in _spending(data) if row["기준_년분기_코드"] == "20191"]
    assert len(rows) == 25
    parts = [name for name in rows[0] if name.endswith("_지출_총금액")]
    assert len(parts) == 10

    def share(of: list[dict[str, str]]) -> float:
        whole = sum(float(row[name]) for row in of for name in parts)
        return 100 * sum(float(row[f"{korean}_지출_총금액"]) for row in of) / whole

    city = prices.value(f"spending_{kind}_share", day)
    assert (city["status"], city["period"]) == ("proxy", "quarter")
    assert city["value"] == pytest.approx(share(rows), rel=1e-9)
    for code in ("11680", "11320"):  # of the one with money in the notation of a spreadsheet, and one without
        district = [row for row in rows if row["자치구_코드"] == code]
        assert prices.value(f"spending_{kind}_share", day, code)["value"] == pytest.approx(share(district), rel=1e-9)


def test_every_quarter_of_the_file_passes_the_rule_on_its_parts(data: Path) -> None:
    """Half a percent is what is left of money that was written as 1.02E+12; nothing in the file is farther off."""
    worst = max(
        abs(sum(float(row[name]) for name in row if name.endswith("_지출_총금액")) / float(row["지출_총금액"]) - 1)
        for row in _spending(data)
    )
    assert 0.0048 < worst < 0.005
    assert sum("E+" in row["지출_총금액"] for row in _spending(data)) == 340


# Wholesale ------------------------------------------------------------------------------------------------------


@cache
def _garak(data: Path) -> Mapping[tuple[str, str], list[float]]:
    """Won a kilogramme of the lots of the second grade, by day and product."""
    found = dict[tuple[str, str], list[float]]()
    with (data / GARAK).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["Grade"] == "1":
                found.setdefault((row["Date"], row["ProductID"]), []).append(float(row["Price"]) / float(row["KG"]))
    return found


def test_the_price_of_a_kilogramme_and_the_basket_of_each_day(prices: Any, data: Path) -> None:
    lots, closed = _garak(data), []
    for n in range(6):
        day = date(2019, 1, 3) + timedelta(days=n)
        names = ("wholesale_price_onion", "basket_cost")
        if (f"{day:%Y%m%d}", "24400") not in lots:
            closed.append(day)
            query = "FROM metric.value WHERE metric IN (?, ?) AND period_start = ? AND value IS NOT NULL"
            assert prices.sql(query, *names, day) == []
            continue
        onions, basket = (prices.value(name, str(day)) for name in names)
        each = {good: statistics.median(lots[f"{day:%Y%m%d}", good]) for good in BASKET}
        assert onions["value"] == pytest.approx(each["24400"], rel=1e-9)
        assert basket["value"] == pytest.approx(sum(kg * each[good] for good, kg in BASKET.items()), rel=1e-9)
    assert closed == [date(2019, 1, 6)]  # a Sunday


# Fuel -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fuel", "column"), [("petrol", 7), ("diesel", 8)])
def test_fuel_prices_of_the_district_that_was_downloaded(prices: Any, data: Path, fuel: str, column: int) -> None:
    sheet = fastexcel.read_excel((data / "seoul" / FUEL).read_bytes()).load_sheet(
        0, header_row=None, skip_rows=3, dtypes="string"
    )
    found = sorted(float(text) for text in sheet.to_polars().to_series(column) if text != "-")
    assert len(found) == 46
    mean = prices.value(f"fuel_price_{fuel}_mean", FUEL_DAY, "11680")
    assert (mean["n"], mean["value"]) == (46, pytest.approx(statistics.fmean(found), rel=1e-9))

    def quantile(p: float) -> float:
        low, part = divmod((len(found) - 1) * p, 1)
        return found[int(low)] + part * (found[int(low) + 1] - found[int(low)])

    spread = prices.value(f"fuel_price_{fuel}_spread", FUEL_DAY, "11680")
    assert spread["value"] == pytest.approx(quantile(0.9) - quantile(0.1), rel=1e-9)
    rows = prices.sql("SELECT area FROM metric.value WHERE metric = ? AND value IS NOT NULL", f"fuel_price_{fuel}_mean")
    assert [row["area"] for row in rows] == ["11680"], (
        "a page of one district gives no price of another, or of the city"
    )


# Recovery -------------------------------------------------------------------------------------------------------


@cache
def _boardings(data: Path, month: str) -> Mapping[str, int]:
    """Of all stations, by day. Names of the columns differ over the years, their order does not."""
    found = dict[str, int]()
    with (data / f"seoul/subway/CARD_SUBWAY_MONTH_{month}.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            day, boardings = row[0], row[3]
            found[day] = found.get(day, 0) + int(float(boardings))
    return found


def _week(data: Path, end: date) -> int:
    return sum(_boardings(data, f"{end:%Y%m}")[f"{end - timedelta(days=n):%Y%m%d}"] for n in range(7))


def test_recovery_of_the_subway_in_march_of_the_pandemic(yard: Callable[..., Any], data: Path) -> None:
    """The week up to Sunday 2020-03-22 is week 12, as are 2019-03-24 and 2017-03-26; 2018 did not come."""
    here = yard(*(f"seoul/subway/CARD_SUBWAY_MONTH_20{year}03.csv" for year in (17, 19, 20)), feeds=("subway_daily",))
    ends = [date(2017, 3, 26), date(2019, 3, 24), date(2020, 3, 22)]
    assert {end.isocalendar()[1:] for end in ends} == {(12, 7)}
    for end in ends:
        here.backfill(str(end - timedelta(days=6)), str(end))
    weeks = {end.year: _week(data, end) for end in ends}
    first = here.value("transit_recovery", "2020-03-22")
    assert first["value"] == pytest.approx(100 * weeks[2020] / weeks[2019], rel=1e-9)
    assert 55 < first["value"] < 75
    other = here.value("transit_recovery_other_base", "2020-03-22")
    assert other["value"] == pytest.approx(100 * weeks[2020] / weeks[2017], rel=1e-9)
    before = here.value("transit_recovery", "2020-03-21")
    assert (before["value"], before["status"]) == (None, "absent"), "six days are no week"
    (row,) = here.sql(
        "SELECT base_years, left_out FROM mart.transit_recovery_week WHERE day = DATE '2020-03-22' AND base = 'first'"
    )
    assert (row["base_years"], row["left_out"]) == ("2019", "2018: days are missing")


# Searches -------------------------------------------------------------------------------------------------------


def test_signals_of_searches_are_of_one_delivery_alone(data: Path) -> None:
    """All three deliveries as if each had some days: those of another delivery than the day's own do not count."""
    known, day = dict[date, float](), date(2020, 1, 29)
    with (data / "seoul/naver_search_trend/SearchTrend_66c769c4.csv").open(encoding="ascii", newline="") as file:
        known = {date.fromisoformat(row["date"]): float(row["coronavirus"]) for row in csv.DictReader(file)}
    back = TABLE.reads[0].back

    def rows(other: Container[int]) -> list[dict[str, Any]]:
        by = {late: "SearchTrend_67d70e5a" if late in other else "SearchTrend_66c769c4" for late in back}
        own = {"start": day, "topic": "coronavirus"}
        days = {late: day - timedelta(days=late) for late in back}
        return [own | {"day": days[n], "interest": known[days[n]], "measured_by": by[n]} for n in back]

    def signal(other: Container[int] = ()) -> dict[str, Any]:
        read = {"search_interest": (observed("search_interest", rows(other)),)}
        (found,) = search_signal(read, seoul()).rows(named=True)
        return found

    def anomaly(of: date) -> float:
        before = [known[of - timedelta(weeks=n)] for n in range(1, 9)]
        median = statistics.median(before)
        return (known[of] - median) / (1.4826 * statistics.median(abs(x - median) for x in before))

    found = signal()
    assert found["anomaly"] == pytest.approx(anomaly(day), rel=1e-9)
    assert min(anomaly(day), anomaly(day - timedelta(days=1))) > 3.5
    assert (found["weeks"], found["flagged"], found["measured_by"]) == (8, 1, "SearchTrend_66c769c4")
    now = statistics.fmean(known[day - timedelta(days=n)] for n in range(7))
    then = statistics.fmean(known[day - timedelta(days=n + 364)] for n in range(7))
    assert found["year_on_year"] == pytest.approx(100 * (now / then - 1), rel=1e-9)
    assert signal({366})["year_on_year"] is None
    assert signal(range(36, 58))["anomaly"] is None
