"""Kinds of traps in delivered tables, and what is proposed of them."""

from __future__ import annotations

from tests.support.proposals.shapes import CHICAGO, SEOUL, one

HOURS = [f"2024-03-0{day}T{hour:02d}:00:00" for day in (1, 2) for hour in (0, 7, 23)]


def test_a_month_and_its_day_in_two_columns_and_digits_that_commas_group() -> None:
    rows = [f'"Guro","{n}","House {n}","84.{n:02d}","202401","{n}","{n + 40},500","{n}","1998"' for n in range(1, 25)]
    header = '"시군구","번지","단지명","전용면적(㎡)","계약년월","계약일","거래금액(만원)","층","건축년도"'
    found = one("\n".join([header, *rows]), SEOUL)
    assert found.models == {"dwelling_sales"}
    assert found.first("time", "price", "floor_area") == ("2024-01-01 00:00:00", 415_000_000, 84.01)


def test_codes_that_count_up_are_codes_where_they_are_called_so() -> None:
    rows = [f"{number},Station {number},41.{800 + number},-87.{600 + number}" for number in range(1, 60)]
    found = one("\n".join(["station_id,name,lat,lon", *rows]), CHICAGO)
    assert found.models == {"place"}
    assert found.first("place", "name") == ("1", "Station 1")


def test_whole_hours_are_hours_also_where_most_are_not_in_the_sample() -> None:
    rows = [f"{place},{time},{value}" for place, value in (("A", 12.5), ("B", 31)) for time in HOURS]
    found = one("\n".join(["station,datetime,pm25", *rows]), CHICAGO)
    assert found.proposal.document["interval"] == "hour_beginning"
    assert any(doubt.key == ("interval",) for doubt in found.proposal.doubts)
