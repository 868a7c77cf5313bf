"""Means of places that place_day found: metrics have the same figures of them as of the readings, and read none."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.derive import sources
from assets.derive.build import build
from assets.derive.setting import city_setting
from assets.marts.place_day import TABLE as PLACE_DAY
from assets.metrics.evaluate.at_place import at_places
from assets.metrics.evaluate.evaluate import last_of
from assets.metrics.evaluate.planner import passes
from assets.metrics.known_days import KnownDay
from assets.metrics.observed import AREA, REGISTERED
from assets.metrics.observing import observe
from tests.worlds.derived_town import admitted, measuring, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town

DAY = date(2024, 3, 1)
NODES = feed("nodes", "place", ["place", "lat", "lon", "area"], network="low_cost")
SAID: dict[str, Any] = {"network": "low_cost", "register": "nodes", "interval": "hour_beginning"}
AIR = feed("air", "air_quality", ["place", "time", "pm25", "pm10"], **SAID)
SOUND = feed("sound", "noise_level", ["place", "time", "laeq"], **SAID)
PLACES = ["s0", "s1", "s2", "s3"]
REGISTER = [{"place": place, "lat": 37.5, "lon": 127.0, "area": "7012"} for place in PLACES[:3]]  # s3 is unknown
DAYS = [{"to": "day", "as": "mean", "needs": 0.1}]
ENERGY = [{"to": "day", "as": "energy_mean", "needs": 0.01}]
ENTRIES = {
    "fine": entry(over_time=DAYS),
    "coarse": entry(value="pm10", over_time=DAYS),
    "reporting": entry(value="1", over_space={"as": "reporting", "counts": "sensors"}),
    "twice": entry(value="pm25 * 2", over_time=DAYS),
    "most": entry(over_time=[{"to": "day", "as": "max"}]),
    "early": entry(where="EXTRACT(HOUR FROM time) < 12", over_time=DAYS),
}
LOUD = {"loud": entry("noise_level", "laeq", over_time=ENERGY), "plain": entry("noise_level", "laeq", over_time=DAYS)}
KNOWN = {"fine", "coarse", "reporting", "loud"}
VALUE = st.none() | st.floats(0, 190, allow_subnormal=False)
READING = st.tuples(
    st.sampled_from([DAY, DAY + timedelta(days=1)]), st.sampled_from(PLACES), st.integers(0, 23), VALUE, VALUE
)


def seen(contract, rows, columns):
    """The feed as its metrics observe it, and what place_day knows of its days after it has looked."""
    frame = pl.DataFrame(
        [
            (day, place, datetime.combine(day, time(hour)), *values[: len(columns)])
            for day, place, hour, *values in rows
        ],
        schema={"day": pl.Date, "place": pl.String, "time": pl.Datetime("us"), **dict.fromkeys(columns, pl.Float64)},
        orient="row",
    )
    frame = frame.with_columns(time_utc=pl.col("time").dt.replace_time_zone("UTC"))
    frame = frame.with_columns(
        pl.lit(None, of).alias(name) for name, of in contract.schema.items() if name not in frame
    )
    city, days = town(contract, NODES), sorted(set(frame["day"]))
    nodes = pl.DataFrame(REGISTER).with_columns(day=pl.lit(date(2020, 1, 1)), kind=pl.lit(None, pl.String))
    observed = observe(contract, city, frame.lazy(), days, {"nodes": nodes.lazy()})
    known = replace(observed, days={day: KnownDay() for day in days})
    PLACE_DAY.compute(defaultdict(tuple, {contract.models[0]: (known,)}), city)
    return observed, known, days, city_setting(city)


def of_places(entries, observed, days, setting):
    """By metric, what the last step makes of each place; and the metrics that no reading was read for."""
    found, unread = {}, set()
    for work in passes(entries, entries, {name: [observed] for name in entries}, {}):
        unread |= {made.metric for made in work.metrics if work.known}
        rows = last_of(at_places(work, observed, days, setting)).rows.collect()
        for metric in (made.metric for made in work.metrics):
            for row in rows.to_dicts():
                numbers = [row[f"{one}_{metric}"] for one in "vtw"]
                found[metric, row["day"], row["place"]] = *numbers, row[AREA], row[REGISTERED]
    return found, unread


@given(st.lists(READING, min_size=1, max_size=60, unique_by=lambda one: one[:3]))
def test_what_is_known_of_days_gives_the_figures_of_their_readings(rows):
    for contract, entries, columns in ((AIR, ENTRIES, ("pm25", "pm10")), (SOUND, LOUD, ("laeq",))):
        observed, known, days, setting = seen(contract, rows, columns)
        read, none = of_places(entries, observed, days, setting)
        found, unread = of_places(entries, known, days, setting)
        assert none == set()
        assert unread == KNOWN & entries.keys()
        assert found.keys() == read.keys()
        for key, (value, *others) in read.items():
            assert found[key][1:] == tuple(others), key
            assert found[key][0] == (None if value is None else pytest.approx(value, rel=1e-12, abs=1e-12)), key


def test_a_level_that_no_air_can_carry_counts_for_no_energy_so_that_its_day_is_read():
    rows = [(DAY, "s0", 1, 50.0), (DAY, "s0", 2, 250.0)]
    observed, known, days, setting = seen(SOUND, rows, ("laeq",))
    found, unread = of_places(LOUD, known, days, setting)
    assert unread == set()
    assert found["loud", DAY, "s0"][0] == pytest.approx(50.0)
    assert found == of_places(LOUD, observed, days, setting)[0]


def home(tmp_path: Path, value=10.0):
    city = measuring(town(AIR, NODES), {"m": ("air_means", entry(over_time=[{"to": "day", "as": "mean"}]))})
    run = run_of(city, tmp_path)
    admitted(run, NODES, date(2020, 1, 1), REGISTER, "n")
    delivered(run, value)
    return run


def delivered(run, value):
    hours = [datetime.combine(DAY, time(hour)) for hour in range(24)]
    rows = [{"place": place, "time": hour, "pm25": value} for place in PLACES[:3] for hour in hours]
    return admitted(run, AIR, DAY, rows, f"of {value}")


def value_of(run):
    return table_of(run, "air_means").rows(run, [DAY]).filter(area_level="city")["value"].item()


def test_a_table_of_metrics_takes_what_place_day_found_in_the_same_batch(tmp_path: Path):
    run = home(tmp_path)
    assert value_of(run) == 10.0  # nobody has looked yet: they are read
    build(run, table_of(run, "place_day"), [DAY])
    (known,) = sources.known_days(run, AIR, [DAY]).values()
    assert value_of(run) == 10.0
    means = known.means["pm25", "mean"]
    known.means["pm25", "mean"] = means.with_columns(pl.col("value") + 1)
    assert value_of(run) == 11.0  # which shows that no reading was read
    delivered(run, 20.0)
    assert value_of(run) == 20.0  # another batch


def test_what_is_known_of_live_batches_says_nothing_of_others_that_a_run_is_given(tmp_path: Path):
    run = home(tmp_path)
    build(run, table_of(run, "place_day"), [DAY])
    assert sources.known_days(run, AIR, [DAY])[DAY].means
    assert sources.known_days(replace(run, instead={}), AIR, [DAY]) == {}
    assert sources.known_days(run, NODES, [DAY]) == {}
