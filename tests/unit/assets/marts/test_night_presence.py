"""Who is near a stop, and who is out at night without one, of two square districts worked by hand."""

import json
import math
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast

import polars as pl
import pytest

from assets.formulas.reach import land_within_reach
from assets.mart import START
from assets.marts.night_presence import night_presence
from assets.marts.stops_within_reach import stops_within_reach
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.interval import Interval

DAY = date(2024, 7, 1)
KM = 180 / (math.pi * 6371.0088)  # degrees of a km to the north
EAST = KM / math.cos(math.radians(37.5))
CIRCLE = math.pi * 0.25  # km2 within 500 m


def square(x: float, y: float = 0.0) -> str:
    """A square of 4 km2 whose middle is so many km east and north of 37.5, 127."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[127 + (x + dx) * EAST, 37.5 + (y + dy) * KM] for dx, dy in corners]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


OUTLINES = pl.DataFrame({"boundary_code": ["A", "B"], "geometry": [square(0), square(2)]})


@dataclass
class Config:
    area: str = "city"


class Town:
    """Two districts of 4 km2: a with 10,000 residents, b with 5,000."""

    config = Config()
    crosswalks = ()
    areas = pl.DataFrame(
        {
            "code": ["city", "a", "b"],
            "level": ["city", "district", "district"],
            "parent": ["", "city", "city"],
            "boundary_code": [None, "A", "B"],
            "area_km2": [8.0, 4.0, 4.0],
        }
    )

    def residents(self, days: pl.Series) -> pl.DataFrame:
        people = pl.DataFrame({"area": ["city", "a", "b"], "residents": [15_000, 10_000, 5_000]})
        return people.join(days.alias("day").unique().to_frame(), how="cross").select("area", "day", "residents")


TOWN = cast("City", Town())


def observed(rows: pl.DataFrame, interval: str = "hour_beginning", identity: tuple[str, ...] = ("place",)) -> Observed:
    rows = rows.with_columns(pl.lit(DAY).alias(START), pl.lit(DAY).alias("day"))
    return Observed("f", None, Interval.parse(interval), identity, rows.lazy())


def supply(*stops: tuple[float, float, int, int | None]) -> Observed:
    """Stops so many km east and north, with the hour and the departures in it."""
    rows = [(127 + x * EAST, 37.5 + y * KM, datetime.combine(DAY, time(hour)), n) for x, y, hour, n in stops]
    schema = {"lon": pl.Float64, "lat": pl.Float64, "time": pl.Datetime("us"), "departures": pl.Int64}
    return observed(pl.DataFrame(rows, schema=schema, orient="row").with_columns(place=pl.lit("s")))


def people(of: dict[str, list[float | None]], group: str | None = None) -> Observed:
    """People in an area from 1 to 5 h, hour by hour."""
    rows = [
        (area, area, group, datetime.combine(DAY, time(1 + at)), value)
        for area, values in of.items()
        for at, value in enumerate(values)
    ]
    schema = {
        "area": pl.String,
        AREA: pl.String,
        "people_group": pl.String,
        "time": pl.Datetime("us"),
        "people": pl.Float64,
    }
    return observed(pl.DataFrame(rows, schema=schema, orient="row"), identity=("area", "people_group"))


LINES = (observed(OUTLINES),)
NIGHT = people({"a": [99, 11_000, 12_000, 13_000, 99], "b": [99, 4_000, 4_000, 4_000, 99]})


def by_area(rows: pl.DataFrame) -> dict[str, dict[str, float]]:
    assert rows.columns[0] == "day"
    assert set(rows["day"]) == {DAY}
    return {row["area"]: row for row in rows.iter_rows(named=True)}


def test_land_is_cut_at_the_outline_and_circles_count_once() -> None:
    outlines = OUTLINES.rename({"boundary_code": "area"})
    middle = pl.DataFrame({"lat": [37.5, 37.5], "lon": [127.0, 127.0]})
    assert land_within_reach(outlines, middle) == {"A": pytest.approx(CIRCLE / 4, rel=1e-3), "B": 0}
    edge = pl.DataFrame({"lat": [37.5], "lon": [127 + EAST]})  # half of the circle lies in each
    assert land_within_reach(outlines, edge) == {name: pytest.approx(CIRCLE / 8, rel=1e-3) for name in ("A", "B")}
    assert land_within_reach(outlines, middle.clear()) == {"A": 0, "B": 0}


def test_residents_are_those_of_the_share_of_the_land_of_their_district() -> None:
    served = supply((0, 0, 12, 3), (2, 0, 3, 1), (2, 0.9, 12, 0))  # at the third nothing leaves
    found = by_area(stops_within_reach({"transit_supply": (served,), "outlines": LINES}, TOWN))
    share = CIRCLE / 4
    assert found["a"]["land_near"] == pytest.approx(100 * share, rel=1e-3)
    assert found["a"]["land_near_at_night"] == 0
    assert found["b"]["land_near_at_night"] == pytest.approx(100 * share, rel=1e-3)
    assert found["a"]["residents_near"] == pytest.approx(10_000 * share, rel=1e-3)
    assert found["city"]["residents_near"] == pytest.approx(15_000 * share, rel=1e-3)
    assert found["city"]["land_near_at_night"] == pytest.approx(50 * share, rel=1e-3)


def test_the_gap_is_who_is_there_beyond_residents_by_the_land_out_of_reach() -> None:
    """12,000 of 10,000 residents are 2,000 more, of whom those beyond the circle have no stop; b has fewer: 0."""
    at_night = supply((0, 0, 3, 1), (2, 0, 12, 9))
    read = {"people_present": (NIGHT,), "transit_supply": (at_night,), "outlines": LINES}
    found = by_area(night_presence(read, TOWN))
    assert (found["a"]["people"], found["a"]["beyond"]) == (12_000, 2_000)
    assert found["a"]["unserved"] == pytest.approx(2_000 * (1 - CIRCLE / 4), rel=1e-3)
    assert (found["b"]["beyond"], found["b"]["unserved"]) == (0, 0)
    assert (found["city"]["people"], found["city"]["beyond"]) == (16_000, 2_000)
    assert found["city"]["unserved"] == found["a"]["unserved"]
    assert {(row["hours"], row["hours_expected"]) for row in found.values()} == {(3, 3)}


def test_without_stops_nobody_knows_who_has_none() -> None:
    read = {"people_present": (NIGHT,), "transit_supply": (), "outlines": LINES}
    found = by_area(night_presence(read, TOWN))
    assert (found["city"]["beyond"], found["city"]["unserved"]) == (2_000, None)


def test_an_hour_that_is_missing_is_said_and_groups_are_no_more_people() -> None:
    women = people({"a": [99, 5_000, 5_000, 5_000, 99]}, group="female")
    missing = people({"a": [99, 11_000, None, 13_000, 99], "b": [99, 4_000, 4_000, 4_000, 99]}, group="total")
    both = observed(pl.concat([women.rows.collect(), missing.rows.collect()]), identity=("area", "people_group"))
    found = by_area(night_presence({"people_present": (both,), "transit_supply": (), "outlines": ()}, TOWN))
    assert (found["a"]["people"], found["a"]["hours"]) == (12_000, 2)
    assert found["city"]["hours"] == 2


def test_a_part_that_nobody_counted_makes_its_district_and_the_city_none() -> None:
    """a has three parts, of which one ended; b comes whole. A district of two thirds of its people has few beyond."""
    town = Town()
    parts = pl.DataFrame(
        {
            "code": ["a1", "a2", "a0"],
            "level": ["neighbourhood"] * 3,
            "parent": ["a"] * 3,
            "boundary_code": [None] * 3,
            "area_km2": [2.0] * 3,
            "valid_to": [None, None, date(2020, 1, 1)],
        },
        schema_overrides={"boundary_code": pl.String},
    )
    undated = Town.areas.with_columns(valid_to=pl.lit(None, pl.Date))
    town.areas = pl.concat([undated, parts]).with_columns(valid_from=pl.lit(None, pl.Date))  # pyright: ignore[reportAttributeAccessIssue]
    city = cast("City", town)
    night: list[float | None] = [99, 6_000, 6_000, 6_000, 99]

    def hours(*areas: str) -> dict[str, float]:
        read = {"people_present": (people(dict.fromkeys(areas, night)),), "transit_supply": (), "outlines": ()}
        return {area: row["hours"] for area, row in by_area(night_presence(read, city)).items()}

    assert hours("a1", "a2", "b") == {"a": 3, "b": 3, "city": 3}
    assert hours("a1", "b") == {"a": 0, "b": 3, "city": 0}
    assert hours("a", "b") == {"a": 3, "b": 3, "city": 3}  # said of the district itself
    assert hours("a1", "a2") == {"a": 3, "city": 0}
