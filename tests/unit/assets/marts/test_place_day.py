"""Places by day: as plain loops say, whatever feeds, registers and days there are; then through a home."""

import itertools
import math
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import fmean, median

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.marts import place_day as module
from assets.metrics.fed_marts import fed_marts, why_no_mart
from assets.metrics.observed import AREA, Observed
from assets.watch.watched import watch_of
from quality.contract.interval import Interval
from tests.worlds.derived_town import admitted, opened, run_of, table_of
from tests.worlds.measuring_town import feed, outlines, town

DAY = date(2024, 3, 1)
KM = 111.195
HOURLY = "hour_beginning"
PLACES = feed("nodes", "place", ["place", "lat", "lon"], network="low_cost")
SENSORS = feed(
    "sensors", "air_quality", ["place", "time", "pm25", "pm10"], network="low_cost", register="nodes", interval=HOURLY
)
TABLE = pl.DataFrame({"place": ["t1", "t2"], "lat": ["0.5", ""], "lon": ["0.5", "0.5"]})


def at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time()) + timedelta(hours=hour)


def placed(numbers, spread=0.001):
    """Places on a line, a hundred metres apart, a hair from even."""
    return [{"place": f"s{n}", "lat": 37.5 + n * spread + n * n * 1e-7, "lon": 127.0} for n in numbers]


def made(run, *days):
    outcomes = build(run, table_of(run, "place_day"), list(days)).outcomes
    assert all(one.verdict.open for one in outcomes), [one.reason for one in outcomes]
    return table_of(run, "place_day").rows(run, list(days))


@pytest.mark.parametrize("pieces", [2, 5, 18, 24, 40])
def test_a_day_is_read_in_pieces_of_whole_hours_and_none_of_them_is_empty(pieces, monkeypatch):
    """18 pieces of 50,000 sensors were six too many, each of which opened 240 files for nothing."""
    readings = pl.DataFrame({"day": [DAY] * 48, "time": [at(DAY, half / 2) for half in range(48)]})
    monkeypatch.setattr(module, "AT_ONCE", -(-48 // pieces))
    found = list(module._one_after_another(readings.lazy()))
    assert pl.concat(found).equals(readings)
    assert len(found) > 1
    assert all(piece.height > 0 for piece in found)


READING = st.tuples(
    st.sampled_from(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s9"]),  # the register knows up to s7
    st.integers(0, 23),
    st.none() | st.integers(0, 400).map(float),
)


def plainly(readings, places):
    """By place: readings, value, runs, spikes, gap, neighbours, around, log ratio; None where there is nothing."""
    of = defaultdict(list)
    for place, hour, value in sorted(readings, key=lambda one: one[:2]):
        of[place].append((hour, value))
    valid = {place: [one for one in found if one[1] is not None] for place, found in of.items()}
    means = {place: fmean(value for _, value in found) for place, found in valid.items() if found}
    spike = watch_of("pm25").spike or math.inf
    lat = {one["place"]: one["lat"] for one in places}
    rows = {}
    for place, found in valid.items():
        values, hours = [value for _, value in found], [hour for hour, _ in found]
        runs = [1] if found else []
        for one, other in itertools.pairwise(values):
            runs[-1:] = [runs[-1] + 1] if one == other else [runs[-1], 1]
        steps = [other - one for one, other in itertools.pairwise(values)]
        spikes = sum(min(abs(a), abs(b)) > spike and a * b < 0 for a, b in itertools.pairwise(steps))
        gaps = [b - a for a, b in zip([0, *hours], [*hours, 24], strict=True)]
        read = sorted((abs(lat[place] - lat[other]) * KM, other) for other in lat if place in lat and other != place)
        near = [means[other] for km, other in read if km <= 3 and other in means][:8]
        around = median(near) if len(near) >= 5 and found else None
        rows[place] = (
            len(found),
            means.get(place),
            (runs[0], runs[-1], max(runs)) if runs else (None, None, None),
            max(map(abs, steps), default=None),
            spikes if found else None,
            max(gaps) if len(found) > 1 else None,
            len(near) if place in lat and found else None,
            around,
            None if around is None else math.log((means[place] + 1) / (around + 1)),
            None if around is None else means[place] - around,
        )
    return rows


def test_a_day_is_as_plain_loops_say():
    city, register = town(PLACES, SENSORS), placed(range(8))
    mart, nodes = module.TABLE, pl.DataFrame(register)

    @given(st.lists(READING, unique_by=lambda one: one[:2], max_size=60))
    def law(readings):
        rows = pl.DataFrame(
            [(DAY, place, at(DAY, hour), value, None) for place, hour, value in readings],
            schema={
                "day": pl.Date,
                "place": pl.String,
                "time": pl.Datetime("us"),
                "pm25": pl.Float64,
                "pm10": pl.Float64,
            },
            orient="row",
        )
        read = {
            "air_quality": (seen("sensors", rows),),
            "place": (seen("nodes", nodes.with_columns(day=pl.lit(DAY))),),
        }
        found = mart.compute(defaultdict(tuple, read), city)
        assert found.filter(quantity="pm10").select("readings", "value").unique().rows() in ([(0, None)], [])
        got = {
            row["place"]: (
                row["readings"],
                row["value"],
                (row["first_run"], row["last_run"], row["longest_run"]),
                row["largest_step"],
                row["spikes"],
                row["longest_gap_hours"],
                row["neighbours"],
                row["around"],
                row["log_ratio"],
                row["difference"],
            )
            for row in found.filter(quantity="pm25").to_dicts()
        }
        expected = plainly(readings, register)
        assert got.keys() == expected.keys()
        for place, row in expected.items():
            for one, other in zip(got[place], row, strict=True):
                assert one == (other if other is None or isinstance(other, tuple) else pytest.approx(other)), place

    law()


def seen(name, rows):
    """Rows of a feed as a mart reads them."""
    added = rows.lazy().with_columns(pl.col("day").alias("start"), pl.lit(None, pl.String).alias(AREA), kind=None)
    return Observed(name, "low_cost", Interval.parse("hour_beginning"), ("place",), added)


def test_through_a_home_places_have_neighbours_areas_and_their_networks(tmp_path: Path):
    shape = outlines("lines")
    square = '{"type": "Polygon", "coordinates": [[[126, 37], [128, 37], [128, 38], [126, 38], [126, 37]]]}'
    daily = feed("daily", "air_quality", ["place", "time", "pm25"], network="low_cost", register="nodes")
    table = feed("table", "noise_level", ["place", "time", "laeq"], register="tables", interval=HOURLY)
    run = run_of(town(PLACES, SENSORS, daily, table, shape, tables={"tables": TABLE}), tmp_path)
    admitted(run, shape, date(2020, 1, 1), [{"boundary_code": "a", "geometry": square}], "l")
    admitted(run, PLACES, date(2020, 1, 1), placed(range(6)), "p")
    hours = [{"place": f"s{n}", "time": at(DAY, h), "pm25": 10.0 + n, "pm10": 5.0} for n in range(7) for h in (0, 6)]
    admitted(run, SENSORS, DAY, hours, "a")
    admitted(run, daily, DAY, [{"place": "s0", "pm25": 99.0}, {"place": "s8", "pm25": 1.0}], "b")
    sound = [{"place": "t1", "time": at(DAY, h), "laeq": level} for h, level in ((0, 50.0), (1, 70.0))]
    admitted(run, table, DAY, sound, "c")
    rows = made(run, DAY)
    pm25 = {row["place"]: row for row in rows.filter(quantity="pm25").to_dicts()}
    first = pm25["s0"]
    assert (first["feed"], first["network"], first["area"], first["value"]) == ("sensors", "low_cost", "7011", 10.0)
    assert (first["neighbours"], first["around"], first["difference"]) == (5, 13.0, -3.0)
    assert first["log_ratio"] == pytest.approx(math.log(11 / 14))
    assert (first["longest_run"], first["longest_gap_hours"]) == (2, 18.0)
    assert (pm25["s6"]["neighbours"], pm25["s6"]["area"], pm25["s6"]["value"]) == (None, None, 16.0)  # unknown
    assert (pm25["s8"]["feed"], pm25["s8"]["longest_gap_hours"], pm25["s8"]["largest_step"]) == ("daily", None, None)
    (noise,) = rows.filter(quantity="laeq").to_dicts()
    assert noise["value"] == pytest.approx(10 * math.log10((1e5 + 1e7) / 2))  # of energies
    assert (noise["network"], noise["neighbours"], noise["log_ratio"]) == ("table", 0, None)
    assert rows.filter(quantity="pm10")["value"].to_list() == [5.0] * 7
    again = build(run, table_of(run, "place_day"), [DAY])
    assert not [one for one in again.outcomes if one.new]


def test_a_moved_sensor_is_a_neighbour_where_it_stood_on_the_day(tmp_path: Path):
    """Days that are made together are as those that are made alone."""
    moving = feed("moving", "air_quality", ["place", "time", "pm25", "lat", "lon"], interval=HOURLY)
    run = run_of(town(moving), tmp_path)
    for number in (0, 1):
        day = DAY + timedelta(days=number)
        rows = [{**one, "time": at(day, 0), "pm25": 10.0} for one in placed(range(6))]
        rows[0] |= {"lat": 38.9} if number else {}
        admitted(run, moving, day, rows, f"d{number}")
    days = [DAY, DAY + timedelta(days=1)]
    rows = made(run, *days)
    assert rows.filter(place="s0").select("day", "neighbours").rows() == [(days[0], 5), (days[1], 0)]
    alone = [table_of(run, "place_day").rows(run, [day]) for day in days]
    assert pl.concat(alone).sort("day", "place").equals(rows.sort("day", "place"))


def test_many_readings_are_looked_at_in_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    run = run_of(town(PLACES, SENSORS), tmp_path)
    hours = [
        {"place": f"s{n}", "time": at(DAY, hour), "pm25": float((n * hour) % 7), "pm10": None if hour % 3 else 4.0}
        for n in range(6)
        for hour in range(24)
    ]
    admitted(run, SENSORS, DAY, hours, "a")
    whole = made(run, DAY)
    monkeypatch.setattr(module, "AT_ONCE", 25)
    assert table_of(run, "place_day").rows(run, [DAY]).equals(whole)


def test_a_city_has_it_of_any_feed_with_a_watched_column_and_a_place():
    names = {table.name for table in derived_tables(town(SENSORS))}
    assert "place_day" in names
    gases = feed("gases", "air_quality", ["place", "time", "no2"])
    whole = feed("whole", "weather", ["time", "temperature"])
    assert why_no_mart("place_day", town(gases, whole)) == (
        "the mart place_day cannot be made: gases has none of the columns pm25, pm10; no feed of model noise_level; "
        "whole has no column place"
    )
    other = feed("sites", "place", ["place", "lat", "lon"])
    (fed,) = [fed for name, fed in fed_marts(town(SENSORS, PLACES, other, whole)).items() if name == "place_day"]
    assert [one.name for one in fed.whole] == ["nodes"]  # of other registers it is not made again
    assert fed.groups == (("sensors",),)


def test_a_day_with_the_quantities_of_one_of_its_feeds_is_made(tmp_path: Path):
    warm = feed("warm", "weather", ["place", "time", "temperature"], interval=HOURLY)
    run = run_of(town(SENSORS, warm), tmp_path)
    admitted(run, warm, DAY, [{"place": "w", "time": at(DAY, 3), "temperature": -4.0}], "w")
    assert made(run, DAY).select("quantity", "network", "value").rows() == [("temperature", "warm", -4.0)]
    assert opened(build(run, table_of(run, "place_day"), [DAY]).outcomes) == [(DAY, "PASS")]
