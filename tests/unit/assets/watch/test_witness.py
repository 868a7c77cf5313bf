"""A network against its witness: what warns, what blocks, since when, and what is not taken for a drift."""

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.watch.witness import (
    BACK_DAYS,
    COMPARED,
    LEAST_OF_PART,
    LEAST_PLACES,
    against_witness,
    agreement,
    ks_distance,
)
from quality.contract.watch import ColumnWatch

FIRST = date(2024, 1, 1)
WATCHED = {"pm25": ColumnWatch(units=5), "temperature": ColumnWatch(scale="difference", units=3)}
AIR = [20.0, 35.0, 12.0, 50.0, 28.0]  # of the witness, over and over


def day(number):
    return FIRST + timedelta(days=number)


def network(values, name="reference", area="c", quantity="pm25", places=25):
    """Rows of network_day from FIRST; None: no row."""
    rows = [(day(n), name, quantity, area, "city", v, "u", places) for n, v in enumerate(values) if v is not None]
    columns = ["day", "network", "quantity", "area", "area_level", "value", "unit", "places"]
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None).cast(
        {"value": pl.Float64, "places": pl.Int64}
    )


def air(days):
    return [AIR[n % len(AIR)] for n in range(days)]


def by(factor):
    """The own reading that is this many times the other one, with the 1 that is added to both."""
    return lambda value: (value + 1) * factor - 1


def judged(own, other, days=None, **said):
    """The rows of the mart, of the last day or of these days."""
    both = pl.concat([network(own, "low_cost", **said), network(other, **said)])
    return agreement(against_witness(both, WATCHED), WATCHED, "c", [day(n) for n in days or [len(own) - 1]])


def stand(own, other, **said):
    row = judged(own, other, **said).row(0, named=True)
    return row["stand"], row["cause"], row["since"]


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1.0, ("good", None)),
        (0.86, ("good", None)),
        (0.84, ("warn", "below")),
        (0.71, ("warn", "below")),
        (0.69, ("block", "below")),
        (1.14, ("good", None)),
        (1.16, ("warn", "above")),
        (1.31, ("block", "above")),
    ],
)
def test_fifteen_percent_warn_and_thirty_block(factor, expected):
    other = air(40)
    row = judged([by(factor)(v) for v in other], other).row(0, named=True)
    assert math.exp(row["typical"]) == pytest.approx(factor)
    assert (row["stand"], row["cause"]) == expected
    if row["off"] is not None:
        assert row["off"] == pytest.approx(abs(factor - 1))


def test_it_says_since_when_it_is_as_bad_as_that():
    other = air(200)
    own = [v if n < 100 else by(0.8)(v) if n < 150 else by(0.6)(v) for n, v in enumerate(other)]
    # 15 of 30 days at 0.8 are 0.89 together, which is enough for a network that was never off; 16 are 0.8. And 15 at
    # 0.6 with 15 at 0.8 are 0.69
    assert stand(own[:130], other[:130]) == ("warn", "below", day(114))
    assert stand(own[:170], other[:170])[0::2] == ("block", day(164))
    assert stand(own[:200], other[:200]) == ("block", "below", day(164))


def test_what_it_used_to_read_counts_as_well_as_the_witness():
    other = air(430)
    own = [by(1.12)(v) if n < 400 else by(0.9)(v) for n, v in enumerate(other)]
    row = judged(own, other).row(0, named=True)
    assert (row["stand"], row["cause"]) == ("warn", "lower")
    assert row["off"] == pytest.approx(1 - 0.9 / 1.12)
    higher = [by(0.9)(v) if n < 400 else by(1.12)(v) for n, v in enumerate(other)]
    assert stand(higher, other)[:2] == ("warn", "higher")
    # what has been off all the time is so by the witness, and not by what is usual
    assert stand([by(0.8)(v) for v in other], other)[:2] == ("warn", "below")


@pytest.mark.parametrize(("factor", "said"), [(0.001, "below"), (10.0, "above")])
def test_a_day_on_which_units_are_mixed_up_blocks_at_once(factor, said):
    other = air(40)
    wrong = other[-1] * factor
    own = [by(0.95)(value) for value in other[:-1]] + [wrong]
    row = judged(own, other).row(0, named=True)
    assert (row["stand"], row["cause"], row["since"]) == ("block", said, day(39))
    assert row["off"] == pytest.approx(abs((wrong + 1) / (other[-1] + 1) - 1))
    # also in the first days of a network, and the day after it is forgotten
    assert judged(own[-3:], other[-3:]).item(0, "stand") == "block"
    after, with_day_after = [*own, by(0.95)(20.0)], [*other, 20.0]
    assert judged(after, with_day_after).item(0, "stand") == "good"


def test_three_times_the_witness_on_one_day_is_no_mixed_unit():
    other = air(40)
    assert judged([by(0.95)(value) for value in other[:-1]] + [by(3.0)(other[-1])], other).item(0, "stand") == "good"


def test_degrees_of_fahrenheit_block_at_once_and_a_cold_place_never():
    other = [20.0 + n % 5 for n in range(40)]
    own = [value - 12 for value in other]
    assert judged(own, other, quantity="temperature").item(0, "stand") == "good"
    own[-1] = (other[-1] - 12) * 9 / 5 + 32
    row = judged(own, other, quantity="temperature").row(0, named=True)
    assert (row["stand"], row["cause"], row["since"]) == ("block", "higher", day(39))


def test_a_slope_blocks_after_ten_days_in_a_row():
    other = air(80)
    middle = sorted(AIR)[2]
    flat = [v if n < 30 else middle + 0.5 * (v - middle) for n, v in enumerate(other)]
    found = judged(flat, other, range(80))
    outside = found.filter(~pl.col("slope").is_between(0.7, 1.3), pl.col("days") >= 20)["day"].min()
    assert isinstance(outside, date)
    blocked = found.filter(stand="block")
    assert blocked["day"].min() == outside + timedelta(days=9)
    assert blocked["cause"].to_list() == ["slope"] * blocked.height
    assert blocked["since"].unique().to_list() == [blocked["day"].min()]


def test_three_days_on_which_both_are_far_apart_say_nothing_of_the_slope():
    other = air(60)
    own = [v + (150 if n in (40, 41, 42) else 0) for n, v in enumerate(other)]  # dust that the sensors see otherwise
    rows = judged(own, other, range(60))
    assert set(rows.filter(~pl.col("day").is_in([day(40), day(41), day(42)]))["stand"]) == {"unknown", "good"}
    longer = [v + (150 if 40 <= n < 48 else 0) for n, v in enumerate(other)]
    assert "block" in set(judged(longer, other, range(60))["stand"])


def test_of_too_few_days_or_places_nothing_is_said():
    other = air(40)
    half = [by(0.5)(v) for v in other]
    assert stand(half[:19], other[:19])[0] == "unknown"
    assert stand(half[:20], other[:20])[0] == "block"
    gaps = [v if n % 2 else None for n, v in enumerate(half)]
    assert judged(gaps, other).row(0, named=True)["days"] == 15
    assert stand(gaps, other)[0] == "unknown"
    assert stand(half, other, places=LEAST_PLACES)[0] == "block"
    assert stand(half, other, places=LEAST_PLACES - 1)[0] == "unknown"
    assert stand(half, other, area="part", places=LEAST_OF_PART)[0] == "block"
    assert stand(half, other, area="part", places=LEAST_OF_PART - 1)[0] == "unknown"


def test_what_is_compared_by_difference_is_held_against_what_it_used_to_be_alone():
    """Lamp posts are warmer than a meadow: that the two differ says nothing, and that they begin to does."""
    other = air(430)
    warm = [v + 4 for v in other]
    assert stand(warm, other, quantity="temperature")[0] == "good"
    for step, expected in ((1.4, "good"), (1.6, "warn"), (3.1, "block")):
        own = [v + (4 if n < 400 else 4 + step) + (-0.6, 0, 0.6)[n % 3] for n, v in enumerate(other)]
        row = judged(own, other, quantity="temperature").row(0, named=True)
        assert row["stand"] == expected
        assert (row["cause"], row["off"]) == ((None, None) if expected == "good" else ("higher", pytest.approx(step)))
    flat = [10 + 0.4 * v for v in other]  # a slope of temperatures is for information
    assert stand(flat, other, quantity="temperature")[0] == "good"


def test_a_network_is_compared_on_days_that_both_have_and_with_the_reference_alone():
    rows = pl.concat(
        [
            network([1.0, None, 3.0], "low_cost"),
            network([2.0, 2.0, None]),
            network([2.0] * 3, "modelled"),
            network([2.0] * 3, "crowd", area="other"),
        ]
    )
    found = against_witness(rows, WATCHED)
    assert found.select(*COMPARED, "day", "own", "other").rows() == [
        ("low_cost", "reference", "pm25", "c", FIRST, 1.0, 2.0)
    ]
    assert found["apart"].item() == pytest.approx(math.log(2 / 3))


def test_nothing_to_compare_is_no_error():
    empty = against_witness(network([1.0, 2.0]), WATCHED)
    found = agreement(empty, WATCHED, "c", [FIRST])
    assert found.is_empty()
    assert found.columns == judged(air(30), air(30)).columns


def test_the_distance_of_two_samples():
    assert ks_distance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])) == 0.0
    assert ks_distance(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1.0
    assert ks_distance(np.array([1.0, 3.0]), np.array([2.0])) == 0.5


factors = st.lists(st.floats(0.4, 1.8), min_size=4, max_size=4)


@settings(max_examples=10)
@given(factors, st.integers(0, 2**32), st.integers(0, 40))
def test_a_night_says_what_a_backfill_says(levels, seed, gap):
    """The verdict of a day is of the 395 days up to it, whatever other days are asked for with it."""
    chance = np.random.default_rng(seed)
    other = list(np.round(chance.gamma(4, 6, 460), 0))
    own = [by(levels[n * 4 // 460])(v) * chance.lognormal(0, 0.2) for n, v in enumerate(other)]
    own = [None if 100 <= n < 100 + gap else v for n, v in enumerate(own)]
    asked = [20, 135, 405, 459]
    together = judged(own, other, asked)
    alone = []
    for n in (n for n in asked if own[n] is not None):
        since = max(0, n - BACK_DAYS + 1)
        seen = [None] * since + own[since : n + 1]
        alone.append(judged(seen, other[: n + 1], [n]))
    numbers = ["typical", "usual", "slope", "ks", "off"]
    one, all_ = pl.concat(alone), together
    assert one.drop(numbers).equals(all_.drop(numbers))
    assert one.select(numbers).fill_null(-99).to_dicts() == [
        pytest.approx(row) for row in all_.select(numbers).fill_null(-99).to_dicts()
    ]


@settings(max_examples=20)
@given(st.floats(0.71, 1.29), st.integers(0, 2**32))
def test_no_network_is_blocked_that_is_off_by_less_than_thirty_percent(factor, seed):
    chance = np.random.default_rng(seed)
    other = list(chance.gamma(4, 6, 60))
    row = judged([by(factor)(v) for v in other], other).row(0, named=True)
    assert row["stand"] == ("good" if abs(factor - 1) <= 0.15 else "warn")


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1e4), min_size=20, max_size=60), st.lists(st.floats(0, 1e4), min_size=60, max_size=60))
def test_whatever_is_read_what_warns_says_why_and_since_when(own, other):
    found = judged(own, other[: len(own)], range(len(own)))
    bad = found["stand"].is_in(["warn", "block"])
    for name in ("since", "cause", "off"):
        assert found[name].is_not_null().equals(bad)
    assert (found.filter(bad)["since"] <= found.filter(bad)["day"]).all()


def shaken(days, spread, seed=1):
    """The air, and a network that spreads around it by so much."""
    chance = np.random.default_rng(seed)
    return [float(by(math.exp(chance.normal(0, spread)))(value)) for value in air(days)]


@pytest.mark.parametrize(
    ("spread", "factor", "expected"),
    [
        (0.005, 1.1, ("warn", "higher")),  # ten percent of a network whose days were all alike
        (0.005, 0.9, ("warn", "lower")),
        (0.005, 1.04, ("good", None)),  # never below a third of the usual limit
        (0.1, 1.1, ("good", None)),  # three times the spread is more than the usual limit, which counts
        (0.1, 1.25, ("warn", "above")),
    ],
)
def test_a_network_that_is_quiet_warns_of_a_smaller_change(spread, factor, expected):
    own = [v if n < 110 else by(factor)(v) for n, v in enumerate(shaken(140, spread))]
    assert stand(own, air(140))[:2] == expected
    # with too few days before nobody knows how quiet it is
    assert stand(own[-80:], air(140)[-80:])[0] == ("good" if factor < 1.15 else "warn")


def test_a_quiet_network_of_differences_warns_of_a_smaller_change_too():
    chance = np.random.default_rng(2)
    other = air(140)
    own = [v + chance.normal(0, 0.1) + (0.7 if n >= 110 else 0) for n, v in enumerate(other)]
    assert stand(own, other, quantity="temperature")[:2] == ("warn", "higher")
    assert stand(own[:110], other[:110], quantity="temperature")[0] == "good"
