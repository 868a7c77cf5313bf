"""What 30 days say of a place, rule by rule, and as a slow and plain version says it."""

import math
import statistics
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.flags import QcFlag, QcRule
from assets.watch.health import READ, WINDOW_DAYS, health_of
from assets.watch.watched import watch_of
from quality.contract.watch import ColumnWatch

START = date(2026, 3, 31)
WATCH = ColumnWatch(units=5, spike=100, step=10, rate=400, gap_hours=6)
DEGREES = ColumnWatch(scale="difference", units=3, step=4)
WEATHER = [20.0 + 10 * math.sin(number) for number in range(WINDOW_DAYS)]  # what all around read, day by day
COUNTS = ("readings", "first_run", "last_run", "longest_run", "spikes", "neighbours")
TEXTS = {"place": pl.String, "day": pl.Date, "area": pl.String} | dict.fromkeys(COUNTS, pl.Int64)
SCHEMA = {name: TEXTS.get(name, pl.Float64) for name in READ}
RUNS = dict.fromkeys(("first_run", "last_run", "longest_run"), 1)
HOURS = {"area": "11010", "readings": 24, "spikes": 0, "largest_step": 3.0, "longest_gap_hours": 1.0, **RUNS}


def days_of(
    own: Sequence[float | None],
    around: Sequence[float | None] = WEATHER,
    place: str = "a",
    **said: Any,
) -> pl.DataFrame:
    """Days up to START, as mart.place_day has them; a day whose own value is None is not there."""
    rows = [
        HOURS
        | {"place": place, "day": START - timedelta(days=len(own) - 1 - number), "value": value, "around": there}
        | {"least": value - 1, "most": value + 1, "first_value": value - 1, "last_value": value + 1}
        | {"neighbours": 0 if there is None else 8, "difference": None if there is None else value - there}
        | {"log_ratio": None if there is None or min(value, there) <= -1 else math.log((value + 1) / (there + 1))}
        | said
        for number, (value, there) in enumerate(zip(own, around[-len(own) :], strict=True))
        if value is not None
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def judged(days: pl.DataFrame, watch: ColumnWatch = WATCH) -> dict[str, Any]:
    (row,) = health_of(days.sort("day"), START, watch).to_dicts()
    return row


def broken(days: pl.DataFrame, watch: ColumnWatch = WATCH) -> QcRule:
    return QcRule(judged(days, watch)["qc_rules"])


def changed(days: pl.DataFrame, **last: Any) -> pl.DataFrame:
    """With other values on START."""
    now = pl.col("day") == START
    return days.with_columns(pl.when(now).then(pl.lit(said)).otherwise(name).alias(name) for name, said in last.items())


def test_a_place_that_reads_as_its_neighbours_is_good():
    row = judged(days_of(WEATHER))
    assert (row["qc"], row["qc_rules"], row["agrees"], row["alike"], row["not_judged"]) == (1, 0, True, True, None)
    assert (row["days"], row["days_since_agreement"], row["share_flagged"], row["area"]) == (30, 0, 0.0, "11010")


@pytest.mark.parametrize(("factor", "agrees"), [(1.25, True), (1.5, False), (0.8, True), (0.5, False)])
def test_neighbours_by_ratio_and_by_units_at_once(factor: float, agrees: bool):
    row = judged(days_of([value * factor for value in WEATHER]))
    assert row["agrees"] is agrees
    assert row["qc"] == (QcFlag.GOOD if agrees else QcFlag.SUSPECT)
    assert bool(row["qc_rules"] & QcRule.NEIGHBOURS) is not agrees
    low = [value / 10 for value in WEATHER]  # half of 2 ug/m3 is 1 ug/m3 apart
    assert judged(days_of([value * factor for value in low], low))["agrees"] is True


def test_temperatures_are_compared_by_difference_also_below_zero():
    frost = [value - 40 for value in WEATHER]
    near, far = [value + 2.5 for value in frost], [value + 3.5 for value in frost]
    assert judged(days_of(near, frost), DEGREES)["agrees"] is True
    row = judged(days_of(far, frost), DEGREES)
    assert (row["agrees"], row["difference"], row["days"]) == (False, pytest.approx(3.5), 30)


def test_a_place_that_goes_its_own_way_is_suspect_though_its_median_agrees():
    row = judged(days_of([20.0 + 10 * math.cos(number) for number in range(WINDOW_DAYS)]))
    assert row["correlation"] < 0.7
    assert (row["agrees"], row["alike"], row["qc"]) == (True, False, QcFlag.SUSPECT)
    assert row["qc_rules"] == QcRule.CORRELATION


def test_streets_are_not_alike_and_that_breaks_no_rule():
    """Of 847 street sensors half have a correlation of noise with their neighbours below 0.4."""
    own_way = days_of([20.0 + 10 * math.cos(number) for number in range(WINDOW_DAYS)])
    row = judged(own_way, WATCH.model_copy(update={"correlation": None}))
    assert (row["alike"], row["qc"]) == (None, QcFlag.GOOD)
    assert row["correlation"] < 0.7
    assert watch_of("laeq").correlation is None


@pytest.mark.parametrize(("spread", "alike"), [(0.6, None), (4.0, False)])
def test_in_air_that_hardly_changes_no_place_is_called_unlike(spread: float, alike: bool | None):
    """14 good sensors in air of 2 to 4 ug/m3 correlated by 0.3 to 0.7, and 11 were left out of the mean."""
    around = [3.0 + spread * math.sin(number) for number in range(WINDOW_DAYS)]
    row = judged(days_of([3.0 + spread * math.cos(2 * number) for number in range(WINDOW_DAYS)], around))
    assert row["correlation"] < 0.7
    assert (row["agrees"], row["alike"]) == (True, alike)


def test_a_side_that_never_changes_has_no_correlation_and_is_not_called_unlike():
    row = judged(days_of([20.0] * 30))
    assert (row["correlation"], row["alike"]) == (None, None)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (days_of(WEATHER, [None] * 30).with_columns(neighbours=pl.lit(None, pl.Int64)), "no_position"),
        (days_of(WEATHER, [None] * 30).with_columns(neighbours=pl.lit(3, pl.Int64)), "few_neighbours"),
        (days_of(WEATHER, [None] * 15 + WEATHER[15:]), "few_neighbours"),
        (days_of(WEATHER[-19:]), "few_days"),
        (days_of(WEATHER[-20:]), None),
    ],
)
def test_who_cannot_be_judged_and_why(days: pl.DataFrame, why: str | None):
    row = judged(days)
    assert row["not_judged"] == why
    assert row["qc"] == (QcFlag.GOOD if why is None else QcFlag.NOT_JUDGED)
    assert (row["agrees"] is None) == (why is not None)


def test_a_place_that_nobody_judges_can_still_be_stuck():
    days = changed(days_of(WEATHER, [None] * 30), least=5.0, most=5.0, longest_run=24, first_run=24, last_run=24)
    assert judged(days)["qc"] == QcFlag.SUSPECT
    assert broken(days) == QcRule.FLAT_LINE


def test_a_flat_line_lasts_a_day_and_has_five_readings():
    hours = days_of(WEATHER)
    assert broken(changed(hours, longest_run=23)) == 0
    assert broken(changed(hours, longest_run=24)) == QcRule.FLAT_LINE
    assert judged(changed(hours, longest_run=71))["qc"] == QcFlag.SUSPECT
    assert judged(changed(hours, longest_run=72))["qc"] == QcFlag.BAD
    one_a_day = hours.with_columns(readings=pl.lit(1), first_value="value", last_value="value", largest_step=None)
    stuck = [
        one_a_day.with_columns(
            pl.when(pl.col("day") > START - timedelta(days=many)).then(7.0).otherwise(name).alias(name)
            for name in ("first_value", "last_value")
        )
        for many in (4, 5, 15)
    ]
    assert [broken(days) for days in stuck] == [0, QcRule.FLAT_LINE, QcRule.FLAT_LINE]
    assert judged(stuck[2])["qc"] == QcFlag.BAD
    assert broken(stuck[1], WATCH.model_copy(update={"flat_readings": None})) == 0


def test_a_day_of_few_deliveries_is_held_against_a_whole_day():
    """Five equal hours of a day that has not all come are no flat line."""
    days = changed(days_of(WEATHER), readings=5, longest_run=5, first_run=5, last_run=5)
    assert broken(days) == 0


def test_a_day_that_comes_again_is_a_flat_line_of_days():
    days = days_of([*WEATHER[:-1], WEATHER[-2]], [*WEATHER[:-1], WEATHER[-2]])
    assert broken(days) == QcRule.FLAT_LINE


@pytest.mark.parametrize(
    ("last", "rule"),
    [
        ({"spikes": 1}, QcRule(0)),
        ({"spikes": 2}, QcRule.SPIKE),
        ({"largest_step": 400.0}, QcRule(0)),
        ({"largest_step": 401.0}, QcRule.RATE_OF_CHANGE),
        ({"longest_gap_hours": 6.0}, QcRule(0)),
        ({"longest_gap_hours": 7.0}, QcRule.GAP),
        ({"spikes": 3, "largest_step": 500.0}, QcRule.SPIKE | QcRule.RATE_OF_CHANGE),
    ],
)
def test_rules_of_a_day(last: Mapping[str, Any], rule: QcRule):
    days = changed(days_of(WEATHER), **last)
    row = judged(days)
    assert row["qc_rules"] == rule
    assert row["qc"] == (QcFlag.GOOD if rule in (0, QcRule.GAP) else QcFlag.SUSPECT)  # a gap says nothing of what came
    assert row["share_flagged"] == pytest.approx(0 if rule in (0, QcRule.GAP) else 1 / 30)
    assert broken(days, ColumnWatch(units=5)) == 0  # without a limit nothing is looked at


def test_a_step_is_by_the_neighbours_and_by_the_weather_is_none():
    up = [*WEATHER[:25], *(value * 2.5 for value in WEATHER[25:])]
    assert broken(days_of(up)) & QcRule.STEP
    assert broken(days_of(up, up)) == 0
    assert not broken(days_of([*WEATHER[:25], *(value * 1.4 for value in WEATHER[25:])])) & QcRule.STEP
    assert not broken(days_of(up), ColumnWatch(units=5)) & QcRule.STEP
    late = [*WEATHER[:28], *(value * 2.5 for value in WEATHER[28:])]
    assert not broken(days_of(late)) & QcRule.STEP  # two of five days
    assert broken(days_of([value + 5 for value in WEATHER[:5]], WEATHER[:5])) == 0  # nothing to hold it against
    assert broken(days_of([*WEATHER[:25], *(value + 5 for value in WEATHER[25:])]), DEGREES) == QcRule.STEP


def test_a_place_that_fell_silent_is_missing_and_still_there():
    off = [value * 2 for value in WEATHER]
    row = judged(pl.concat([days_of(WEATHER, place="b"), days_of([*off[:25], *[None] * 5])]).filter(place="a"))
    assert (row["qc"], row["qc_rules"]) == (QcFlag.MISSING, QcRule.MISSING | QcRule.NEIGHBOURS)
    assert (row["days"], row["days_since_agreement"], row["share_flagged"]) == (25, None, 1.0)


def test_a_day_without_a_valid_reading_is_as_one_that_is_not_there():
    gone = pl.when(pl.col("day") > START - timedelta(days=5))
    days = days_of(WEATHER)
    void = days.with_columns(gone.then(None).otherwise(name).alias(name) for name in READ if SCHEMA[name] == pl.Float64)
    void = void.with_columns(gone.then(0).otherwise("readings").alias("readings"))
    row = judged(void)
    assert row == judged(days.filter(pl.col("day") <= START - timedelta(days=5)))
    assert row["qc"] == QcFlag.MISSING
    assert health_of(void.filter(pl.col("readings") == 0), START, WATCH).is_empty()  # it has no such instrument


def test_days_since_a_place_agreed():
    off = [*WEATHER[:22], *(value * 3 for value in WEATHER[22:])]
    assert judged(days_of(off))["days_since_agreement"] == 8
    assert judged(days_of(WEATHER, [None] * 30))["days_since_agreement"] is None


def test_no_days_give_no_places():
    assert health_of(days_of(WEATHER).clear(), START, WATCH).is_empty()


def test_only_what_it_says_is_read():
    assert judged(days_of(WEATHER).select(*READ))["qc"] == QcFlag.GOOD


READING = st.one_of(st.none(), st.floats(0, 200).map(lambda number: round(number, 1)))
DAY = st.tuples(READING, READING)


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(DAY, min_size=1, max_size=30), min_size=1))
def test_medians_correlation_and_agreement_as_a_plain_version_has_them(by_place: dict[str, list[Any]]):
    frames = [days_of([own for own, _ in days], [near for _, near in days], name) for name, days in by_place.items()]
    made = {row["place"]: row for row in health_of(pl.concat(frames).sort("day"), START, WATCH).to_dicts()}
    for name, days in by_place.items():
        if all(own is None for own, _ in days):
            assert name not in made
            continue
        pairs = [(own, near) for own, near in days if own is not None and near is not None]
        row = made[name]
        assert row["days"] == len(pairs)
        if not pairs:
            assert (row["log_ratio"], row["difference"], row["agrees"]) == (None, None, None)
            continue
        log = statistics.median(math.log((own + 1) / (near + 1)) for own, near in pairs)
        difference = statistics.median(own - near for own, near in pairs)
        assert (row["log_ratio"], row["difference"]) == (pytest.approx(log), pytest.approx(difference))
        apart = not math.log(0.7) <= row["log_ratio"] <= math.log(1.3) and abs(row["difference"]) > 5
        assert row["agrees"] == (None if len(pairs) < 20 else not apart)
        assert bool(row["qc_rules"] & QcRule.NEIGHBOURS) == (row["agrees"] is False)
        assert (row["qc"] == QcFlag.MISSING) == (days[-1][0] is None)
