"""Through a home: a network that drifts, what becomes of its values, and that a late delivery changes them."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.derive import sources
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.metrics.entries import platform_entries
from assets.metrics.held import AGREEMENT, held_against_what
from assets.retrace.batch_rows import RowsOfBatches, batches_behind
from assets.retrace.retrace import retrace, table_of_metric
from tests.worlds.derived_town import admitted, measuring, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town
from warehouse.home import Home

COLUMNS = ["place", "time", "pm25", "area"]
STATIONS = feed("stations", "air_quality", COLUMNS, network="reference")
SENSORS = feed("sensors", "air_quality", COLUMNS, network="low_cost")
LOW = "network = 'low_cost'"
SENSOR_MEAN = entry(where=LOW, levels=("city", "district"))
FIRST, DAYS = date(2024, 3, 1), 24
MARTS = ("place_day", "place_health", "network_day", AGREEMENT)
AIR = [20.0, 30.0, 40.0]


def day(number):
    return FIRST + timedelta(days=number)


def rows(value, count=3):
    return [{"place": f"p{n}", "pm25": value, "area": "7012"} for n in range(count)]


def city(*feeds, **entries):
    return measuring(town(*feeds), {name: ("air", one) for name, one in ({"m": SENSOR_MEAN} | entries).items()})


def drifted(run, factor, days=range(DAYS)):
    """Both networks on these days, the sensors reading `factor` times what the stations read."""
    for number in days:
        air = AIR[number % 3]
        admitted(run, STATIONS, day(number), rows(air), f"stations{number}")
        admitted(run, SENSORS, day(number), rows((air + 1) * factor - 1), f"sensors{number}-{factor}")


def made(run, days=range(DAYS)):
    """All tables of these days: by table, of which there is a new batch."""
    found = {}
    for name in (*MARTS, "air"):
        outcomes = build(run, table_of(run, name), [day(number) for number in days]).outcomes
        assert all(one.verdict.open for one in outcomes), [one.reason for one in outcomes]
        found[name] = {(one.day - FIRST).days for one in outcomes if one.new}
    return found


def value(run, number, metric="m", area="70"):
    table = table_of(run, "air")
    found = sources.rows(run, table.contract, [day(number)]).filter(metric=metric, area=area).collect()
    row = found.row(0, named=True)
    return row["status"], row["value"], row["reason"]


def test_a_network_that_reads_less_than_its_witness_warns_and_then_blocks(tmp_path: Path):
    run = run_of(city(STATIONS, SENSORS), tmp_path)
    drifted(run, 0.8)
    made(run)
    assert value(run, 18) == ("ok", pytest.approx(15.8), None)  # 19 days say nothing yet
    said = f"reads 20 % below the reference network since {day(19)}"
    assert value(run, 23) == ("proxy", pytest.approx(31.8), said)
    assert value(run, 23, area="7012") == ("proxy", pytest.approx(31.8), said)

    # the sensors are corrected again, for the worse: what was said is said anew
    drifted(run, 0.6, range(10, DAYS))
    remade = made(run, range(10, DAYS))
    assert remade["air"] == set(range(10, DAYS))
    assert value(run, 23) == ("absent", None, f"reads 40 % below the reference network since {day(19)}")
    core = sources.rows(run, SENSORS, [day(23)]).collect()
    assert core["pm25"].is_not_null().all()  # readings are never held back
    assert made(run) == {name: set() for name in (*MARTS, "air")}


def test_a_witness_that_stands_still_is_none(tmp_path: Path):
    """Six stations at 35.0 for 28 days took the mean of good sensors away: they "read 44 % below the reference"."""
    run = run_of(city(STATIONS, SENSORS, of_all=entry(where="network = 'reference'")), tmp_path)
    for number in range(DAYS):
        admitted(run, STATIONS, day(number), rows(35.0), f"stations{number}")
        admitted(run, SENSORS, day(number), rows(6.0 + number % 3), f"sensors{number}")
    made(run)
    flags = sources.rows(run, table_of(run, "place_health").contract, [day(23)]).collect()
    assert flags.filter(network="reference")["qc"].to_list() == [4, 4, 4]
    assert value(run, 23) == ("ok", pytest.approx(8.0), None)
    assert value(run, 23, "of_all")[:2] == ("ok", 35.0)  # what the operator publishes stays his figure


def test_a_late_delivery_of_the_witness_changes_the_values_that_it_speaks_of(tmp_path: Path):
    run = run_of(city(STATIONS, SENSORS), tmp_path)
    drifted(run, 0.8)
    made(run)
    air = table_of(run, "air")
    before = sources.live(run, air.contract)
    assert air.starts(day(5))[:2] == [day(5), day(6)]
    for number in range(5, 21):  # the stations were wrong, and read as the sensors do
        admitted(run, STATIONS, day(number), rows((AIR[number % 3] + 1) * 0.8 - 1), f"again{number}")
    remade = made(run)
    assert remade["place_day"] == set(range(5, 21))
    assert remade[AGREEMENT] == remade["air"] == set(range(5, DAYS))
    assert value(run, 23) == ("ok", pytest.approx(31.8), None)
    after = sources.live(run, air.contract)
    assert {one for one in before if before[one] != after[one]} == {day(number) for number in range(5, DAYS)}


def test_a_blocked_value_is_computed_once_more_with_its_verdict(tmp_path: Path):
    run = run_of(city(STATIONS, SENSORS), tmp_path)
    drifted(run, 0.6)
    made(run)
    table = table_of_metric(run.city, "m")
    assert table is not None
    last = day(DAYS - 1)
    (ids,) = table.rows(run, [last]).filter(area="70")["batch_ids"]
    behind = batches_behind(run.home, run.city.name, ids)
    assert {one.table for one in behind.values()} == {"stations", "sensors", *MARTS}
    again = retrace(run, table, last, "70", behind, ids, RowsOfBatches(run, Home(tmp_path / "scratch")))
    assert again.values.filter(area="70")["reason_code"].to_list() == ["off_witness_below"]
    assert again.steps[-1].title.startswith("held against the witness of its network")


def test_how_far_a_network_is_off_is_shown_and_says_since_when(tmp_path: Path):
    bias = platform_entries()["network_bias"].entry
    run = run_of(city(STATIONS, SENSORS, network_bias=bias), tmp_path)
    drifted(run, 0.6)
    made(run)
    since = str(day(19))  # the first day with twenty days
    assert value(run, 23, "network_bias") == (
        "proxy",
        pytest.approx(-40.0),
        f"reads 40 % below the reference network since {since}",
    )
    assert value(run, 10, "network_bias") == ("proxy", pytest.approx(-40.0), None)


def test_without_a_witness_nothing_is_said(tmp_path: Path):
    run = run_of(city(SENSORS), tmp_path)
    for number in range(DAYS):
        admitted(run, SENSORS, day(number), rows(8.0 + number % 3), f"s{number}")
    made(run)
    assert value(run, 23) == ("ok", pytest.approx(10.0), None)
    assert sources.rows(run, table_of(run, AGREEMENT).contract, [day(23)]).collect().is_empty()


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({}, [("pm25",)]),
        ({"value": "pm25 * 2"}, [("pm25",)]),
        ({"over_space": {"as": "median"}}, [("pm25",)]),
        ({"witness": False}, []),
        ({"value": "1"}, []),
        ({"value": "1", "over_space": {"as": "reporting"}}, []),
        ({"where": "network = 'reference'"}, []),
        ({"where": None}, []),  # of both networks at once: that is nobody's reading
    ],
)
def test_which_metrics_are_held_against_the_witness(said, held):
    one = entry(**{"where": LOW, **said})
    found = held_against_what(one, city(STATIONS, SENSORS, m=one))
    assert [one.quantities for one in found] == held


def test_the_witness_makes_no_values_by_itself(tmp_path: Path):
    """A day of the stations alone has an agreement of earlier days at the most, and no value of the sensors."""
    run = run_of(city(STATIONS, SENSORS), tmp_path)
    drifted(run, 0.6, range(2))
    admitted(run, STATIONS, day(2), rows(10.0), "stations2")
    made(run, range(3))
    (table,) = [one for one in derived_tables(run.city) if one.name == "air"]
    assert table.inputs(run, [day(1), day(2)]).keys() == {day(1)}
    assert (
        pl.Series(table.inputs(run, [day(1)])[day(1)]).n_unique() == 3
    )  # the sensors, their witness, their neighbours
