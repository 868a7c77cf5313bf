"""benchmark.latest: the newest whole year of each city, beside those that are at most two years older."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from assets.pack.city import City
from assets.publication.benchmark.values import LatestYears
from assets.publication.metric_columns import METRIC_VALUE
from quality.contract.interval import last_of_period
from tests.worlds.packs import seoul

DAY, YEAR = "pm25_mean", "pm25_annual_mean"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA metric")
        columns = ", ".join(f"{column.name} {column.dtype}" for column in METRIC_VALUE.columns)
        connection.execute(f"CREATE TABLE {METRIC_VALUE.sql} ({columns})")
        yield connection


def city_named(name: str) -> City:
    """Seoul under another name, with one metric."""
    config, metrics = seoul().config.model_copy(update={"name": name}), seoul().metrics
    return replace(seoul(), config=config, metrics={metric: metrics[metric] for metric in (DAY, YEAR)})


def put(con: duckdb.DuckDBPyConnection, years: Mapping[str, Mapping[int, float]], lacking: int = 0) -> list[City]:
    """Years of cities, whose days are the value of the year, one more and one less; the last ones may be lacking."""
    for name, values in years.items():
        for year, value in values.items():
            start = date(year, 1, 1)
            length = (last_of_period(start, "year") - start).days + 1 - lacking
            length -= length % 2
            days = [(start + timedelta(n), value + (1 if n % 2 else -1)) for n in range(length)]
            rows = [(DAY, "day", day, figure) for day, figure in days] + [(YEAR, "year", start, value)]
            frame = pl.DataFrame(rows, schema=["metric", "period", "period_start", "value"], orient="row")
            said = {"city": name, "area": "11", "status": "ok", "source": "files", "unit": "ug/m3", "method": "so"}
            full = frame.with_columns(**{key: pl.lit(text) for key, text in said.items()}, completeness=pl.lit(1.0))
            con.register("given", full)
            con.execute(f"INSERT INTO {METRIC_VALUE.sql} BY NAME FROM given")
    return [city_named(name) for name in years]


def latest(con: duckdb.DuckDBPyConnection, cities: list[City]) -> list[tuple]:
    found = LatestYears.of(cities).rows(con)
    return found.select("city", pl.col("period_start").dt.year(), "value", "rank", "ranked_with", "not_ranked").rows()


def test_years_at_most_two_apart_are_ranked_together_and_the_rest_among_themselves(
    con: duckdb.DuckDBPyConnection,
) -> None:
    years = {"a": {2023: 9.0, 2024: 30.0}, "b": {2022: 20.0}, "c": {2021: 5.0}, "d": {2019: 6.0}, "e": {2016: 7.0}}
    assert latest(con, put(con, years)) == [
        ("a", 2024, 30.0, 2, ["a", "b"], None),
        ("b", 2022, 20.0, 1, ["a", "b"], None),
        ("c", 2021, 5.0, 1, ["c", "d"], None),
        ("d", 2019, 6.0, 2, ["c", "d"], None),
        ("e", 2016, 7.0, None, None, "alone"),
    ]


def test_a_year_is_over_by_the_calendar(con: duckdb.DuckDBPyConnection) -> None:
    """Data of the past may lack its last days; a year that runs is not there, however much of it is."""
    running = date.today().year  # noqa: DTZ011  # the days of the year are long enough around New Year
    cities = put(con, {"a": {2016: 10.0, running: 1.0}, "b": {2016: 20.0}}, lacking=31)
    found = latest(con, cities)
    assert [(city, year, rank) for city, year, _, rank, _, _ in found] == [("a", 2016, 1), ("b", 2016, 2)]


def test_leap_years_are_drawn_beside_others(con: duckdb.DuckDBPyConnection) -> None:
    found = latest(con, put(con, {"a": {2024: 10.0}, "b": {2023: 10.5}}))
    assert [row[3] for row in found] == [1, 2]
