"""Which feeds of a city a metric is made of: by what they have, whatever they are called."""

from typing import Any

import polars as pl
import pytest

from assets.metrics.feeds import references_of
from assets.metrics.sources import expects_usual, needs_hours_before, sources_of, why_not
from tests.worlds.measuring_town import entry, feed, outlines, town

AIR = ["place", "time", "pm25"]
POSTS = {"posts": pl.DataFrame({"place": ["p"], "kind": ["urban"]}), "bare": pl.DataFrame({"place": ["p"]})}


def named(wanted, city):
    return [contract.name for contract in sources_of(wanted, city)]


def air(name: str, interval: str = "day", network: str | None = "reference", columns: list[str] = AIR, **said: Any):
    return feed(name, "air_quality", columns, interval=interval, network=network, **said)


def test_the_longest_interval_up_to_a_day_is_taken_and_for_hours_the_longest_up_to_an_hour():
    city = town(
        air("a", "instant"), air("b", "10_minutes_ending"), air("c", "hour_ending"), air("d"), air("e", "month")
    )
    assert named(entry(), city) == ["d"]
    assert named(entry(hourly=True), city) == ["c"]
    rolling = [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}]
    assert named(entry(over_time=rolling), city) == ["c"]
    assert named(entry(where="EXTRACT(hour FROM time) IN {night_hours}"), city) == ["c"]
    assert named(entry(where="EXTRACT(month FROM time) IN (6, 7) AND CAST(time AS DATE) = day"), city) == ["d"]
    assert named(entry(hourly=True), town(air("a", "instant"), air("b", "10_minutes_ending"))) == ["b"]
    assert named(entry(), town(air("a", "instant"))) == ["a"]


def test_feeds_of_one_interval_are_taken_together_and_a_pack_may_say_which():
    city = town(air("x"), air("y"), air("z", "hour_ending"), air("o", network="low_cost"))
    assert named(entry(), city) == ["o", "x", "y"]
    assert named(entry(where="network = 'reference'"), city) == ["x", "y"]
    assert named(entry(feeds=["z"]), city) == ["z"]
    # the row of the first counts, so that a pack says which comes first
    assert named(entry(feeds=["y", "none", "x"]), city) == ["y", "x"]


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("network = 'reference'", True),
        ("network IN ('reference', 'crowd') AND pm25 BETWEEN 1 AND 2", True),
        ("pm25 BETWEEN 1 AND 2 and network = 'low_cost'", False),
        ("(network = 'low_cost') AND pm25 > 0", False),
        ("network = 'low_cost' OR pm25 > 0", True),  # not known before its rows are seen
        ("place <> 'and (' AND feed = 'x'", True),
        ("NOT feed = 'x'", False),
    ],
)
def test_a_feed_is_left_out_where_the_condition_asks_for_another_network(where, fits):
    assert named(entry(where=where), town(air("x"))) == (["x"] if fits else [])


@pytest.mark.parametrize(
    ("where", "lacks"),
    [
        ("COALESCE(kind, 'urban') = 'urban'", None),
        ("network = 'reference' AND COALESCE(kind, 'urban') = 'urban' AND pm25 BETWEEN 1 AND 2", None),
        ("COALESCE(kind, 'urban') = 'roadside'", "kind"),
        ("COALESCE(kind, 'urban') = 'urban' AND kind <> 'roadside'", "kind"),
        ("kind = 'urban' OR kind IS NULL", None),
        ("kind = 'urban' OR pm25 > 0", "kind"),
        ("COALESCE(pm10, 0) >= 0", None),
        ("COALESCE(pm10, 0) >= 0 AND pm10 > pm25", "pm10"),
    ],
)
def test_a_column_without_which_the_condition_holds_is_not_needed(where, lacks):
    said = why_not(entry(where=where), town(air("x")))
    assert said is None if lacks is None else lacks in str(said)


def test_kind_comes_from_the_register_or_is_the_models_own():
    of_kind = entry(where="kind = 'urban'")
    assert named(of_kind, town(air("x", register="posts"), tables=POSTS)) == ["x"]
    assert named(of_kind, town(air("x", register="bare"), tables=POSTS)) == []
    listed = feed("list", "place", ["place", "kind"])
    assert named(of_kind, town(air("x", register="list"), listed)) == ["x"]
    water = feed("w", "water_use", ["place", "kind", "time", "volume"])
    assert named(entry("water_use", "volume", where="kind = 'supplied'"), town(water)) == ["w"]


@pytest.mark.parametrize(
    ("feeds", "wanted", "said"),
    [
        ([air("x")], entry("noise_level", "laeq"), "no feed of model noise_level"),
        (
            [air("x"), air("y", columns=["place", "time", "o3"]), air("z")],
            entry(value="pm10 / o3"),
            "x and z cannot give it: there is no column o3, pm10; y cannot give it: there is no column pm10",
        ),
        ([air("x", "month")], entry(), "x cannot give it: a row is of a month, and not of a day"),
        (
            [air("x")],
            entry(every="quarter", over_time=[]),
            "x cannot give it: a row is of a day, and not of a quarter "
            "(a metric of days gives that by `periods: {quarter: {}}`)",
        ),
        ([air("x")], entry(hourly=True), "x cannot give it: there are no hours, as a row is of a day"),
        (
            [air("x", network=None), air("y")],
            entry(where="network = 'crowd'"),
            "x cannot give it: `where` asks for a network, and its file says none: write `network: crowd` there "
            "if it is one; "
            "y cannot give it: `where` asks for another network than its own, the network reference",
        ),
        ([air("x")], entry(feeds=["y"]), "there is no feed y"),
        (
            [air("x")],
            entry(where="kind = 'urban'"),
            "x cannot give it: no `register` says of what kind its places are, in a column kind",
        ),
        ([air("x")], entry(), None),
    ],
)
def test_why_a_metric_cannot_be_had_is_said_in_a_sentence(feeds, wanted, said):
    assert why_not(wanted, town(*feeds)) == said


def test_what_is_read_beside_the_rows_of_the_day():
    listed, lines = feed("list", "place", ["place", "lat", "lon"]), outlines("lines")
    city = town(air("x", register="list"), air("y"), listed, lines)
    with_register, without = city.contracts["x"], city.contracts["y"]
    assert [c.name for c in references_of(with_register, city)] == ["list", "lines"]
    assert references_of(without, city) == ()  # nothing of it stands in an outline
    assert (expects_usual(entry(), with_register), expects_usual(entry(), without)) == (False, True)
    assert expects_usual(entry(over_space={"as": "mean", "expects": "usual"}), with_register)
    assert not expects_usual(entry(over_space={"as": "mean", "expects": 3}), without)
    rolling = [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}]
    assert needs_hours_before(entry(over_time=rolling))
    assert not needs_hours_before(entry(over_time=[{"to": "day", "as": "mean"}]))
