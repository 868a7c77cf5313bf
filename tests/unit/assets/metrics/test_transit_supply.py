"""What a timetable offers on days: worked by hand, and one law: what repeats is as if every trip were written out."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.metrics.transit_supply import SUPPLY, supply

MONDAY, TUESDAY = date(2024, 1, 1), date(2024, 1, 2)
PLACES = {"a": (0.0, 100.0), "b": (0.0, 100.01), "c": (0.0, 100.02)}
COLUMNS = ("trip", "stop_sequence", "place", "departure_time", "line", "direction", "service")


def clock(seconds):
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def trip(name, start, places="abc", line="1", direction="0", service="S", between=120, **more: Any):
    """A trip that stops at `places`, one every two minutes."""
    begin = (
        start
        if isinstance(start, int)
        else sum(int(p) * f for p, f in zip(start.split(":"), (3600, 60, 1), strict=False))
    )
    return [
        dict(zip(COLUMNS, (name, n, place, clock(begin + n * between), line, direction, service), strict=True)) | more
        for n, place in enumerate(places)
    ]


def timetable(*trips):
    stops = [row | {"lat": PLACES[row["place"]][0], "lon": PLACES[row["place"]][1]} for one in trips for row in one]
    return pl.DataFrame(stops, infer_schema_length=None)


def offered(trips, *days, services=("S",)):
    """On these days; the services run on Monday and Tuesday."""
    running = pl.DataFrame(
        [(day, one) for day in (MONDAY, TUESDAY) for one in services], schema=["day", "service"], orient="row"
    )
    return supply(timetable(*trips), running, days or [MONDAY])


def figures(rows, place="a"):
    """departures, gaps in minutes and their expected wait at a stop, and the medians."""
    at = rows.filter(pl.col("place") == place)
    waits = (at["wait"] * at["gaps_sum"]).sum() / at["gaps_sum"].sum()
    return at["departures"].sum(), at["gaps_sum"].sum(), round(waits, 4), at["headway_daily"][0]


def test_the_golden_values_of_the_catalogue() -> None:
    rows = offered([trip(clock_, clock_) for clock_ in ("07:00", "07:10", "07:25", "07:30")])
    assert figures(rows) == (4, 30.0, 5.8333, 10.0)  # 350 / 60 = 5.83
    span = offered([trip("first", "04:30", "ab"), trip("last", "24:50", "ab")])
    assert span["service_span"].unique().to_list() == [pytest.approx(20.33, abs=0.004)]
    assert span["service_hours"].unique().to_list() == [2]  # 4 and 24: what the span does not say


def test_every_stop_that_is_served_has_a_row_for_every_hour_and_the_end_of_a_trip_is_no_departure() -> None:
    rows = offered([trip("one", "07:00")])
    assert rows.height == 3 * 24
    assert dict(rows.schema) == dict(SUPPLY)
    by_place = rows.group_by("place").agg(pl.col("departures", "trips").sum()).sort("place")
    assert by_place.rows() == [("a", 1, 1), ("b", 1, 0), ("c", 0, 0)]
    assert rows.filter(pl.col("departures") > 0)["time"].dt.hour().unique().to_list() == [7]


def test_headways_go_before_the_clock_of_the_trip_and_end_before_their_end() -> None:
    repeats: dict[str, Any] = {"headway": 600.0, "headway_from": "06:00:00", "headway_to": "07:00:00"}
    rows = offered([trip("jeepney", "00:00", **repeats)])
    assert figures(rows) == (6, 50.0, 5.0, 10.0)  # 06:00 to 06:50; 07:00 is of what comes after
    assert rows.filter(pl.col("place") == "b", pl.col("departures") > 0)["time"].dt.hour().to_list() == [6]


def test_what_leaves_after_midnight_is_of_the_day_after_by_the_clock() -> None:
    rows = offered([trip("late", "25:10", "ab")], MONDAY, TUESDAY)
    at_one = rows.filter(pl.col("departures") > 0)
    assert [(row["day"], row["time"].hour) for row in at_one.iter_rows(named=True)] == [(TUESDAY, 1)]
    assert rows.filter(pl.col("day") == MONDAY)["place"].unique().sort().to_list() == ["a", "b"]


def test_lines_and_directions_are_told_apart_and_without_directions_the_ends_of_trips() -> None:
    there = [trip("t1", "07:00"), trip("t2", "07:20")]
    back = [trip("b1", "07:05", "cba", direction="1"), trip("b2", "07:35", "cba", direction="1")]
    rows = offered([*there, *back])
    assert rows["headway_daily"][0] == 25.0  # at a and b 20, at c and b 30: 20, 20, 30, 30
    blank = [[row | {"direction": None} for row in one] for one in (*there, *back)]
    assert offered(blank).equals(rows)
    other_line = [[row | {"line": "2"} for row in one] for one in (there[1],)]
    assert offered([there[0], *other_line])["headway_daily"].to_list() == [None] * 72


def test_services_of_the_day_alone_run_and_a_day_without_one_is_left_out() -> None:
    rows = supply(
        timetable(trip("s", "07:00"), trip("x", "08:00", "ab", service="X")),
        pl.DataFrame({"day": [MONDAY], "service": ["X"], "day_type": ["holiday"]}),
        [MONDAY, TUESDAY],
    )
    assert rows["day"].unique().to_list() == [MONDAY]
    assert rows["place"].n_unique() == 2
    assert rows["day_type"].unique().to_list() == ["holiday"]


def test_length_is_of_drawn_ways_where_all_trips_have_one_and_else_not_there() -> None:
    way: dict[str, Any] = {"shape": "w", "way": "0.0,100.0 0.01,100.0 0.01,100.02"}
    drawn = [*trip("1", "07:00", **way), *trip("2", "08:00", shape="w", way=None)]
    rows = offered([drawn])
    degree = 111.195
    assert rows["network_km"][0] == pytest.approx(0.03 * degree, rel=1e-4)
    assert rows["network_km_straight"][0] == pytest.approx(0.02 * degree, rel=1e-4)
    one_without = offered([drawn, trip("3", "09:00", shape="v")])
    assert one_without["network_km"].null_count() == one_without.height
    assert offered([trip("3", "09:00")])["network_km"].null_count() == 72


def test_times_that_are_left_out_lie_between_those_that_are_there() -> None:
    stops = trip("1", "07:30", between=3600)
    stops[1] = stops[1] | {"departure_time": None}
    rows = offered([stops])
    assert rows.filter(pl.col("departures") > 0).sort("time").select("place", pl.col("time").dt.hour()).rows() == [
        ("a", 7),
        ("b", 8),
    ]


REPEATING = st.lists(
    st.tuples(st.integers(0, 90_000), st.integers(60, 5_000), st.integers(1, 9), st.sampled_from(["abc", "ab", "bc"])),
    min_size=1,
    max_size=4,
)
# of the same even times, which go into the hour: hours of them are counted by turns
EVEN = st.sampled_from([600, 900, 1200, 1800, 3600]).flatmap(
    lambda every: st.lists(
        st.tuples(
            st.integers(0, 200).map(lambda n: n * 77),
            st.just(every),
            st.integers(1, 24),
            st.sampled_from(["abc", "ab", "aba"]),
        ),
        min_size=2,
        max_size=5,
    )
)


@given(REPEATING | EVEN)
@settings(max_examples=60)
def test_what_repeats_is_as_if_every_trip_were_written_out(repeating) -> None:
    short, long = [], []
    for number, (begin, every, count, places) in enumerate(repeating):
        line = str(number % 2)  # two of a line share stops
        end = begin + (count - 1) * every + 1
        repeats: dict[str, Any] = {"headway": float(every), "headway_from": clock(begin), "headway_to": clock(end)}
        short.append(trip(f"{number}", "05:00", places, line, **repeats))
        long += [trip(f"{number}-{k}", begin + k * every, places, line) for k in range(count)]
    numbers = [
        "departures",
        "trips",
        "gaps_sum",
        "wait",
        "headway_median",
        "headway_daily",
        "service_span",
        "service_hours",
    ]
    compact, written = (
        offered(trips, MONDAY, TUESDAY).sort("day", "place", "time").select("day", "place", "time", *numbers)
        for trips in (short, long)
    )
    assert compact.select("day", "place", "time").equals(written.select("day", "place", "time"))
    for name in numbers:
        assert compact[name].cast(float).to_list() == pytest.approx(written[name].cast(float).to_list(), nan_ok=True), (
            name
        )


def test_a_headway_that_cannot_be_used_makes_no_departure_at_the_clock_of_the_trip() -> None:
    window = {"headway_from": "22:00:00", "headway_to": "26:00:00"}
    for headway, until in ((None, "26:00:00"), (0.0, "26:00:00"), (600.0, "02:00:00")):
        lost = trip("lost", "00:00", **window | {"headway": headway, "headway_to": until})
        rows = offered([lost, trip("other", "07:00")])
        assert rows.filter(pl.col("departures") > 0)["time"].dt.hour().unique().to_list() == [7]
        assert rows["trips"].sum() == 1
    once = trip("once", "08:00", headway=None, headway_from="00:00:00", headway_to=None)
    assert offered([once])["trips"].sum() == 1  # a pack fills the begin of what does not repeat


def test_a_trip_counts_where_its_first_stop_has_no_time() -> None:
    stops = trip("1", "07:00")
    stops[0] = stops[0] | {"departure_time": None}
    rows = offered([stops])
    assert rows.filter(pl.col("trips") > 0).select("place", "trips").rows() == [("b", 1)]


def test_a_stop_without_a_position_or_at_nought_makes_the_network_neither_longer_nor_shorter(monkeypatch) -> None:
    degree = 111.195
    for nowhere in ((0.0, 0.0), (None, None), (None, 100.01)):
        monkeypatch.setitem(PLACES, "n", nowhere)
        rows = offered([trip("1", "07:00", "anc")])
        assert rows["network_km_straight"][0] == pytest.approx(0.02 * degree, rel=1e-4)
        assert rows.filter(pl.col("place") == "n")["lat"].null_count() == 24


def test_of_a_day_before_that_is_not_there_the_late_trips_are_not_known() -> None:
    trips = [trip("late", "24:50", "ab"), trip("day", "07:00", "ab")]
    first, second = (offered(trips, day).filter(pl.col("place") == "a").sort("time") for day in (MONDAY, TUESDAY))
    assert first["departures"].to_list() == [None, 0, 0, 0, 0, 0, 0, 1] + [0] * 16  # no Sunday: 0 h is not known
    assert second["departures"].to_list() == [1, 0, 0, 0, 0, 0, 0, 1] + [0] * 16
    assert first["trips"].null_count() == first["gaps_sum"].null_count() == 1
    before_midnight = offered([trip("day", "07:00", "ab")], MONDAY)  # no trip of this timetable goes on
    assert before_midnight["departures"].null_count() == 0
