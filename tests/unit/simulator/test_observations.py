"""Rows of every model for any pack: complete, within the ranges of the model, the same for everybody."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assets.models import models
from quality.contract.interval import Interval
from quality.text import normalised
from simulator.aggregation import DIRECTION, LEVEL, MEAN, PRESENT, SUM, longer, together
from simulator.observations import OBSERVED, observed_rows
from simulator.row_kinds import Events, Listing, Readings
from simulator.world.world import World
from tests.worlds.small_cities import SOMEWHERE, Somewhere, observed_digest, small_city

INTERVALS = {"instant": date(2013, 1, 1), "hour_ending": date(2024, 2, 29), "10_minutes_beginning": date(2020, 7, 25)}
LONGER = {"day": date(2019, 10, 6), "month": date(2019, 10, 6)}
WEDNESDAY, HOUR = date(2024, 6, 12), Interval.parse("hour_beginning")


@cache
def world(name: str, seed: int = 1) -> World:
    return World(small_city(next(where for where in SOMEWHERE if where.name == name)), seed)


WORLDS = ("hanoi", "sydney", "chicago")  # others are drawn in the last test


def asked(name: str, model: str) -> Iterator[tuple[Interval | None, date]]:
    """What rows can be of, each with a day; months take a while, so that one city has them."""
    if isinstance(OBSERVED[model], Listing):
        yield None, WEDNESDAY
        return
    for text, day in (INTERVALS | (LONGER if name == "hanoi" else {})).items():
        yield Interval.parse(text), day


def keys(model: str, rows: pl.DataFrame) -> list[str]:
    """The key of rows: those of the model that they have, and the instant, which tells a repeated hour apart."""
    names = [name for name in models()[model].key if name != "time" and not rows[name].is_null().all()]
    return [*names, *(["time_utc"] if "time_utc" in rows.columns else [])]


def test_every_model_has_rows() -> None:
    assert set(OBSERVED) == set(models())


def check(model: str, rows: pl.DataFrame) -> None:
    """Columns, types, keys, required values, ranges, known words, forms and rules of the model."""
    known = models()[model]
    types = {name: column.dtype for name, column in known.columns.items()}
    assert dict(rows.schema) == types | ({} if known.time == "register" else {"time_utc": pl.Datetime("us")})
    assert not rows.select(keys(model, rows)).is_duplicated().any()
    for column, says in known.columns.items():
        values = rows[column].drop_nulls()
        if says.required:
            assert len(values) == rows.height, column
        if says.type == "number":
            assert values.is_finite().all(), column
        if says.range is not None:
            low, high = says.range.least, says.range.most
            within = values.is_between(-math.inf if low is None else low, math.inf if high is None else high)
            assert within.all(), (column, values.min(), values.max())
        if says.known:
            assert set(values) <= set(says.known), column
        if says.form is not None:
            assert values.str.contains(says.form).all(), column
    for rule in known.rules:
        more, less = rule.not_below
        assert rows.filter(pl.col(more) < pl.col(less)).is_empty(), rule.name


@pytest.mark.parametrize("model", list(OBSERVED))
@pytest.mark.parametrize("name", WORLDS)
def test_rows_are_what_their_model_says(name: str, model: str) -> None:
    for interval, day in asked(name, model):
        rows = observed_rows(world(name), model, day, interval)
        assert rows.height > 0, (interval, day)
        check(model, rows)


# Which parts of the key a feed has ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", list(OBSERVED))
def test_every_part_of_the_key_is_filled_where_a_feed_has_it(model: str) -> None:
    known = models()[model]
    interval = None if isinstance(OBSERVED[model], Listing) else Interval.parse("day")
    rows = observed_rows(world("hanoi"), model, WEDNESDAY, interval, known.columns)
    for name in known.key:
        assert rows[name].null_count() == 0, name
    assert not rows.select(known.key).is_duplicated().any()


@pytest.mark.parametrize("model", [name for name, made in OBSERVED.items() if not isinstance(made, Listing)])
def test_any_parts_of_the_key_tell_rows_apart(model: str) -> None:
    known = models()[model]
    whole = set(known.columns) - set(known.key)
    parts = [name for name in known.key if name != "time"]
    interval = Interval.parse("day")
    for chosen in [(), *((one,) for one in parts), *itertools.combinations(parts, 2)]:
        rows = observed_rows(world("hanoi"), model, WEDNESDAY, interval, {*whole, *chosen, "time"})
        assert rows.height > 0, chosen
        for name in chosen:
            assert rows[name].null_count() == 0, (name, chosen)
        assert not rows.select("time", *chosen).is_duplicated().any(), chosen


def test_sums_of_areas_are_called_as_the_areas() -> None:
    columns = {"area", "name", "lat", "lon", "time", "people"}
    rows = observed_rows(world("hanoi"), "people_present", WEDNESDAY, HOUR, columns)
    assert rows.height == 3 * 24
    assert rows["name"].unique().sort().to_list() == ["Ba Đình", "Hoàn Kiếm", "Tây Hồ"]
    (city,) = observed_rows(world("hanoi"), "people_present", WEDNESDAY, Interval.parse("day"), {"time", "name"})[
        "name"
    ]
    assert city == "Hanoi"


def test_without_their_stage_amounts_are_the_settled_ones() -> None:
    day = Interval.parse("year")
    stages = observed_rows(world("hanoi"), "budget", WEDNESDAY, day)
    settled = stages.filter(stage="settled", side="spending")["amount"].sum()
    alone = observed_rows(world("hanoi"), "budget", WEDNESDAY, day, {"time", "amount", "currency"})
    assert alone.select("amount", "currency").row(0) == (settled, "VND")


def test_events_are_single_or_counted() -> None:
    single = observed_rows(world("hanoi"), "incidents", WEDNESDAY)
    day = observed_rows(world("hanoi"), "incidents", WEDNESDAY, Interval.parse("day"))
    hours = observed_rows(world("hanoi"), "incidents", WEDNESDAY, HOUR)
    assert single["incident"].is_unique().all()
    assert single["time"].is_unique().all()
    assert day["incidents"].sum() == hours["incidents"].sum() == single.height
    assert (day.height, hours.height) == (3 * 3, 3 * 3 * 24)  # areas and kinds, also those without any


def test_somebody_comes_to_a_gathering() -> None:
    """Person-hours of announced gatherings were always 0."""
    heads = observed_rows(world("hanoi"), "incidents", WEDNESDAY)["attendance"]
    assert heads.is_between(10, 50_000).all()
    assert heads.n_unique() > 1


def test_networks_have_places_of_their_own() -> None:
    stations, sensors, homes = (
        set(observed_rows(world("hanoi"), "air_quality", WEDNESDAY, HOUR, network=network)["place"])
        for network in ("reference", "low_cost", "crowd")
    )
    assert not stations & sensors
    assert not sensors & homes
    assert len(sensors) > len(stations)
    listed = observed_rows(world("hanoi"), "place", WEDNESDAY, network="low_cost")
    assert set(listed["place"]) == sensors


# Times -------------------------------------------------------------------------------------------------------

READINGS = [name for name, made in OBSERVED.items() if isinstance(made, Readings)]
FINE = Interval.parse("10_minutes_ending")


@pytest.mark.parametrize("model", READINGS)
def test_hours_and_minutes_are_complete_and_can_be_joined(model: str) -> None:
    for interval, count in ((HOUR, 24), (FINE, 144)):
        air = observed_rows(world("hanoi"), "air_quality", WEDNESDAY, interval)
        rows = observed_rows(world("hanoi"), model, WEDNESDAY, interval, places_of="air_quality")
        assert rows["time"].n_unique() == count
        if "place" in models()[model].columns:
            assert set(rows["place"]) == set(air["place"])
            assert air.join(rows, on=["place", "time", "time_utc"], how="anti").is_empty()


@pytest.mark.parametrize(
    ("name", "day", "hours", "twice"),
    [
        ("chicago", date(2024, 3, 10), 23, []),
        ("chicago", date(2024, 11, 3), 25, [1]),
        ("sydney", date(2024, 10, 6), 23, []),
        ("sydney", date(2024, 4, 7), 25, [2]),
        ("cairo", date(2024, 4, 26), 23, []),
        ("cairo", date(2024, 10, 31), 25, [23]),
        ("jakarta", date(2024, 10, 6), 24, []),
    ],
)
def test_clocks_skip_and_repeat_hours(name: str, day: date, hours: int, twice: list[int]) -> None:
    rows = observed_rows(world(name), "weather", day, HOUR)
    one = rows.filter(pl.col("place") == rows["place"][0])
    assert (one.height, one["time_utc"].is_unique().all()) == (hours, True)
    assert one.filter(pl.col("time").is_duplicated())["time"].dt.hour().unique().to_list() == twice
    assert one["time_utc"].diff().drop_nulls().unique().to_list() == [timedelta(hours=1)]
    (whole,) = observed_rows(world(name), "weather", day, Interval.parse("day"), places_of="weather")["time"].unique()
    assert whole == datetime.combine(day, time())
    assert observed_rows(world(name), "noise_level", day, FINE)["time_utc"].n_unique() == 6 * hours


def test_intervals_of_more_than_an_hour_begin_where_they_should() -> None:
    for text, count in (("180_minutes_beginning", 8), ("90_minutes_beginning", 16), ("720_minutes_ending", 2)):
        rows = observed_rows(world("hanoi"), "weather", WEDNESDAY, Interval.parse(text))
        assert rows["time"].n_unique() == count
        assert rows["time"].min() == datetime.combine(WEDNESDAY, time())


# Sums and means ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", READINGS)
def test_days_are_sums_of_hours_and_cities_of_places(model: str) -> None:
    made = OBSERVED[model]
    assert isinstance(made, Readings)
    hours = observed_rows(world("cairo"), model, WEDNESDAY, HOUR)
    days = observed_rows(world("cairo"), model, WEDNESDAY, Interval.parse("day"))
    city = observed_rows(world("cairo"), model, WEDNESDAY, Interval.parse("day"), {"time", *made.how})
    assert city.height == 1
    for name, how in made.how.items():
        if how is SUM:
            assert days[name].sum() == pytest.approx(hours[name].sum()), name
            assert city[name][0] == pytest.approx(days[name].sum()), name
        elif how in (MEAN, LEVEL):
            assert hours[name].min() - 1e-9 <= days[name].min() <= days[name].max() <= hours[name].max() + 1e-9, name


def test_ten_minutes_add_up_to_the_rain_of_the_hour() -> None:
    wet = next(day for day in itertools.count(0) if _rain(WEDNESDAY + timedelta(days=day), HOUR).sum() > 1)
    day = WEDNESDAY + timedelta(days=wet)
    assert _rain(day, FINE).sum() == pytest.approx(_rain(day, HOUR).sum())


def _rain(day: date, interval: Interval) -> pl.Series:
    return observed_rows(world("hanoi"), "weather", day, interval)["precipitation"]


def test_levels_are_means_of_energy_and_directions_of_angles() -> None:
    rows = pl.DataFrame({"laeq": [50.0, 70.0], "wind": [350.0, 10.0], "people": [3.0, 5.0]})
    how = {"laeq": LEVEL, "wind": DIRECTION, "people": PRESENT}
    level, direction, people = longer(rows, [], how).row(0)
    assert (level, people) == (pytest.approx(67.03, abs=0.01), 4)
    assert min(direction, 360 - direction) == pytest.approx(0, abs=1e-9)
    assert together(rows, [], how)["people"].to_list() == [8]


def test_meters_go_forwards_over_midnight() -> None:
    days = [WEDNESDAY + timedelta(days=n) for n in range(3)]
    for model, column in (("energy_use", "energy_reading"), ("water_use", "water_reading")):
        shown = pl.concat([observed_rows(world("sydney"), model, day, HOUR) for day in days])
        steps = shown.sort("time_utc").select(pl.col(column).diff().over("place", "kind")).to_series().drop_nulls()
        assert (steps > 0).all()
        assert steps.max() < 4 * steps.mean()  # type: ignore[operator]


# Believable --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "column", "most"),
    [
        ("weather", "temperature", 1.0),
        ("weather", "pressure", 1.0),
        ("air_quality", "o3", 0.006),
        ("noise_level", "laeq", 2),
    ],
)
def test_days_fit_together_at_midnight(model: str, column: str, most: float) -> None:
    days = [date(2024, 6, 10) + timedelta(days=n) for n in range(8)]
    rows = pl.concat([observed_rows(world("hanoi"), model, day, FINE) for day in days]).sort("time")
    steps = rows.with_columns(step=pl.col(column).diff().abs().over("place"))
    assert steps.filter(pl.col("time").dt.strftime("%H%M") == "0000")["step"].max() < most


def _means(name: str, model: str, column: str, days: Iterator[date]) -> list[float]:
    found = [observed_rows(world(name), model, day, Interval.parse("day"), {"time", column}) for day in days]
    return [float(rows[column][0]) for rows in found]


@pytest.mark.parametrize(
    ("name", "mean", "july_over_january"),
    [
        ("jakarta", 27, 0),
        ("sydney", 18, -10),
        ("chicago", 10, 28),
        ("ulaanbaatar", 1, 37),
    ],
)
def test_seasons_are_those_of_the_latitude(name: str, mean: float, july_over_january: float) -> None:
    """Climate as it is there, to 5 degrees: the simulated one knows only the latitude."""
    year = [date(2022, 1, 10) + timedelta(days=26 * n) for n in range(14)]
    temp = dict(zip(year, _means(name, "weather", "temperature", iter(year)), strict=True))
    january = [value for day, value in temp.items() if day.month in (1, 2)]
    july = [value for day, value in temp.items() if day.month in (7, 8)]
    assert sum(temp.values()) / len(temp) == pytest.approx(mean, abs=5)
    assert sum(july) / len(july) - sum(january) / len(january) == pytest.approx(july_over_january, abs=7)


@pytest.mark.parametrize(
    ("name", "working", "resting"),
    [
        ("hanoi", date(2024, 6, 12), date(2024, 6, 16)),
        ("cairo", date(2024, 6, 23), date(2024, 6, 21)),  # a Sunday and a Friday
        ("hanoi", date(2024, 2, 21), date(2024, 2, 13)),  # the days of Tết
    ],
)
def test_days_of_rest_are_those_of_the_country(name: str, working: date, resting: date) -> None:
    def sum_of(model: str, column: str, day: date) -> float:
        return sum(_means(name, model, column, iter([day])))

    for model, column in (
        ("boardings", "boardings"),
        ("road_traffic", "vehicles"),
        ("water_use", "volume"),
    ):
        assert sum_of(model, column, resting) < 0.97 * sum_of(model, column, working), model
    assert sum_of("sales", "amount", resting) > sum_of("sales", "amount", working)


def test_rush_hours_and_nights() -> None:
    rows = observed_rows(world("hanoi"), "road_traffic", WEDNESDAY, HOUR, {"time", "place", "vehicles", "speed"})
    by_hour = rows.group_by(pl.col("time").dt.hour()).agg(pl.col("vehicles").sum(), pl.col("speed").mean()).sort("time")
    vehicles, speed = by_hour["vehicles"].to_list(), by_hour["speed"].to_list()
    assert vehicles[8] > 3 * vehicles[3]
    assert speed[8] < 0.8 * speed[3]


# The same for everybody --------------------------------------------------------------------------------------


def test_order_of_calls_does_not_matter() -> None:
    """That another process makes the same rows is tested with the rest of the world."""
    where = SOMEWHERE[0]
    assert observed_digest(World(small_city(where))) == observed_digest(World(small_city(where)), backwards=True)


def test_another_seed_makes_other_rows_of_the_same_places() -> None:
    one, other = (observed_rows(world("hanoi", seed), "weather", WEDNESDAY, HOUR) for seed in (1, 2))
    assert one.select("place", "time").equals(other.select("place", "time"))
    assert not (one["temperature"] == other["temperature"]).any()


# Anywhere ----------------------------------------------------------------------------------------------------

ZONES = ("Pacific/Kiritimati", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC")


@settings(deadline=None, max_examples=12)
@given(
    lat=st.floats(-75, 75),
    lon=st.floats(-180, 180),
    zone=st.sampled_from(ZONES),
    areas=st.lists(st.text(min_size=1, max_size=8).filter(normalised), max_size=4, unique_by=normalised),
    residents=st.none() | st.integers(0, 30_000_000),
    day=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    model=st.sampled_from(sorted(OBSERVED)),
    interval=st.sampled_from(["instant", "hour_beginning", "15_minutes_ending", "day"]),
)
def test_anywhere_on_earth(
    lat: float, lon: float, zone: str, areas: list[str], residents: int | None, day: date, model: str, interval: str
) -> None:
    where = Somewhere("anywhere", "XX", zone, lat, lon, "en", tuple(areas), residents, holidays=False)
    made = World(small_city(where))
    rows = observed_rows(made, model, day, None if isinstance(OBSERVED[model], Listing) else Interval.parse(interval))
    assert rows.height > 0
    check(model, rows)


@pytest.mark.parametrize("model", sorted(OBSERVED))
def test_the_largest_city_is_within_every_range(model: str) -> None:
    where = Somewhere("largest", "XX", "Asia/Tokyo", 35.7, 139.7, "en", (), 40_000_000, holidays=False)
    interval = None if isinstance(OBSERVED[model], Listing) else Interval.parse("day")
    check(model, observed_rows(World(small_city(where)), model, WEDNESDAY, interval))


@pytest.mark.parametrize("model", [name for name, made in OBSERVED.items() if isinstance(made, Events)])
def test_events_of_several_days_are_those_of_each_day(model: str) -> None:
    made, days = OBSERVED[model], [WEDNESDAY + timedelta(days=n) for n in range(5)]
    assert isinstance(made, Events)
    together_made = made.happen(world("hanoi"), days)
    assert together_made["day"].unique().sort().to_list() == days
    assert_frame_equal(together_made, pl.concat([made.happen(world("hanoi"), [day]) for day in days]))
    assert not together_made.select("day", "minute").is_duplicated().any()
