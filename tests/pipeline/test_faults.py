"""Every fault that the gate has to show: it is seen under its name, and harms nothing but its own.

The world of each test is a good night of which some feeds are missing; those then come with a fault each, over HTTP,
and pass the real steps. The result is compared with that of the good night, and with docs/faults.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

import polars as pl
import pytest
import stamina
from polars.testing import assert_frame_equal

from simulator.catalogue import AT_THE_GATE, named
from tests.support.faults_table import TABLE, row
from tests.worlds.fault_result import FaultResult
from tests.worlds.faulty import AT, VALUE, FaultyCity
from tests.worlds.faulty_cities import NIGHT, faulty_cities

NEAR = 0.15  # how far a figure may be from the truth that is made from what a fault has left
ODD = {"boundary-change": 72}  # rows more than without the fault: 24 hours, women, men and all

# No whole one, that is. What cannot be unpacked is not kept as it came: a key that the service repeats in it could not
# be seen, and would lie in the landing area.
NO_REPLY = {"timeout", "slow-drip", "broken-connection", "garbage-gzip", "gzip-garbage-after", "too-large"}


@pytest.fixture(scope="module", autouse=True)
def _nobody_waits() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def city_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FaultyCity]:
    """The city of each pack, made when it is first asked for."""
    return faulty_cities(tmp_path_factory.mktemp("faults"))


# A night for one fault takes 3 to 6 s. Where the suite has a fault with the same outcome that is seen in the same way,
# another one of a night of its own is for `make weekly`: that each rule of its feed bites is shown in tests/bite.
SEEN_AS = {
    "air-empty-day": "population-ends",  # nothing came
    "air-maintenance-zeros": "sdot-sentinels",  # single values that cannot be
    "air-renamed-swap": "water-doubled",  # one column against another one
    "air-stations-gone": "subway-one-line",  # too few different ones
    "air-unit-ppb": "subway-negative",  # values outside of their range
    "airnow-maintenance-zeros": "sdot-noise-gone",  # most have nothing, and the rest counts
    "clock-skew": "stale-answer",  # an answer of another day
    "kma-xml-error": "quota",  # no more questions today
    "register-swapped": "outline-missing",  # a register that is refused
    "sdot-duplicates": "repeated-page",  # a page twice
    "sdot-half-silent": "subway-busiest-gone",  # fewer rows than usual
    "sdot-no-minus": "sdot-globe-gone",  # more cells empty than usual
}


def test_what_is_tried_weekly_has_an_example_in_the_suite() -> None:
    for name, example in SEEN_AS.items():
        assert example not in SEEN_AS
        assert named(name).outcome == named(example).outcome, name


@pytest.mark.parametrize(
    "name",
    [pytest.param(fault.name, marks=pytest.mark.weekly if fault.name in SEEN_AS else ()) for fault in AT_THE_GATE],
)
def test_fault(name: str, city_of: Callable[[str], FaultyCity]) -> None:
    fault = named(name)
    city = city_of(fault.pack)
    with city.group_named(fault):
        result, honest = city.result(fault), city.honest(fault)
        _nothing_is_lost(result)
        if fault.seen is None:
            assert result.signs <= honest.signs, "something fires that has nothing to do with it"
            assert result.exit_code == 0
        else:
            assert fault.seen in result.signs - honest.signs
            assert (result.exit_code == 3) == (fault.outcome in ("absent", "kept") and fault.seen != "empty")
        others = ~pl.col("metric").is_in(list(city.metrics_of(city.placed_by(fault.feed))))
        assert_frame_equal(_known(result, honest).filter(others), honest.values.filter(others))
        CHECKS[fault.outcome](city, result, honest)
        line = row(fault, result)
        assert line in TABLE.read_text(encoding="utf-8").splitlines(), f"not in {TABLE.name}: {line}; `make faults`"


def _nothing_is_lost(result: FaultResult) -> None:
    """Rows are accounted for, and whatever bytes came are kept."""
    batches = result.ledger("batch")
    kept = pl.sum_horizontal("rows_kept", "rows_quarantined", "rows_replaced", "rows_repeated", "rows_contradicted")
    assert batches.filter(pl.col("rows_read") != kept).is_empty()
    for sha256 in result.ledger("attempt")["sha256"].drop_nulls().unique():
        assert result.landed(sha256)
    if result.fault.name not in NO_REPLY:
        assert result.failed["sha256"].null_count() == 0, "what the service said has not been kept"


def _known(result: FaultResult, honest: FaultResult) -> pl.DataFrame:
    """The values of what the honest night has values or reasons for, in its order."""
    return honest.values.select(AT).join(result.values, on=AT, how="left", maintain_order="left").select(VALUE)


def _side_by_side(city: FaultyCity, result: FaultResult, honest: FaultResult) -> pl.DataFrame:
    """The daily figures that the feed goes into, with and without the fault."""
    daily = [name for name in city.metrics_of([result.fault.feed]) if city.city.metrics[name].rule is None]
    both = honest.values.join(result.values, on=AT, how="left", suffix="_faulty")
    return both.filter(pl.col("metric").is_in(daily), _coarse(city))


def _coarse(city: FaultyCity) -> pl.Expr:
    """Not of a neighbourhood: of a day on which there is nothing those do not repeat what their districts say."""
    fine = city.city.areas.filter(level="neighbourhood")["code"]
    return ~pl.col("area").is_in(fine.implode())


def _differing(both: pl.DataFrame) -> pl.DataFrame:
    return both.filter(~pl.col("value").eq_missing(pl.col("value_faulty")))


def _absent(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    both = _side_by_side(city, result, honest)
    needing = pl.col("metric").is_in(list(city.metrics_needing(result.fault.feed)))
    of_day = both.filter(pl.col("period_start") == result.day, needing)
    assert of_day["value_faulty"].null_count() == of_day.height
    if of_day.height:
        assert of_day["value"].null_count() < of_day.height, "there is nothing to lose"
    said = "has no data for" if result.fault.seen == "empty" else str(result.fault.seen)
    gone = of_day.filter(pl.col("value").is_not_null() & pl.col("reason_faulty").is_null())
    assert gone.is_empty(), gone.select("metric", "area").rows()
    for reason in of_day.filter(pl.col("value").is_not_null())["reason_faulty"].unique():
        assert result.fault.feed in reason
        assert said in reason
    assert not result.live
    before = pl.col("period_start") != result.day
    assert _differing(both.filter(before)).is_empty(), "a day that was good is no longer what it was"


def _kept(_city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    assert result.verdict in ("BLOCK", "ERROR", "failed")
    assert result.live
    assert_frame_equal(result.values, honest.values)


def _marked(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    assert result.verdict in ("PASS", "WARN")
    assert result.live
    both = _side_by_side(city, result, honest)
    counted = [name for name, one in city.city.metrics.items() if _counts_reports(city, one.entry)]
    left = both.drop_nulls("value_faulty").filter(~pl.col("metric").is_in(counted))
    of_whole = pl.col("metric").is_in([name for name in city.city.metrics if _is_difference(city, name)])
    size = pl.when(of_whole).then(100.0).otherwise(pl.col("value").abs())
    far = left.filter((pl.col("value_faulty") - pl.col("value")).abs() > NEAR * size)
    assert far.is_empty(), far.select("metric", "area", "period_start", "value", "value_faulty").rows()
    if both["value"].count():  # not of a feed of whose hours alone there are figures
        assert left.filter(pl.col("period_start") == result.day).height > 0


def _is_difference(city: FaultyCity, metric: str) -> bool:
    """Whether it is a share by which two things differ: near zero nothing is near it."""
    entry = city.city.entries[city.city.metrics[metric].entry].entry
    return entry.unit == "%" and entry.possible is not None and (entry.possible[0] or 0) < 0


def _counts_reports(city: FaultyCity, entry: str) -> bool:
    """Whether it is about who reports, which is what a fault changes."""
    space = city.city.entries[entry].entry.over_space
    return space is not None and space.as_ == "reporting"


def _followed(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    assert result.verdict == "WARN"
    assert result.live
    of_areas = pl.col("metric").is_in(list(city.metrics_of(city.placed_by(result.fault.feed))))
    both = honest.values.join(result.values, on=AT, how="left", suffix="_faulty").filter(of_areas)
    changed = _differing(both)
    assert changed.height > 0
    assert city.city.config.area not in changed["area"].to_list(), "the city has the same sensors"


def _corrected(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    assert result.verdict == "PASS"
    changed = _differing(_side_by_side(city, result, honest))
    if city.metrics_of([result.fault.feed]):
        assert changed.height > 0
        assert changed["value_faulty"].null_count() == 0
    else:
        assert not result.core(result.day).equals(honest.core(result.day))


def _unharmed(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    assert result.verdict == honest.verdict
    assert result.core(result.day).height == honest.core(result.day).height + ODD.get(result.fault.name, 0)
    if result.fault.name in ODD:  # a place more is counted, and the one that was divided has no value of its own
        of_both = [one.values.filter(_coarse(city)).drop("n", "completeness", "reason") for one in (result, honest)]
    else:
        of_both = [one.values for one in (result, honest)]
    assert_frame_equal(*of_both, rel_tol=1e-12)


def _unseen(city: FaultyCity, result: FaultResult, honest: FaultResult) -> None:
    """Whoever writes a rule that sees it will find this test failing, and is to change what the fault says of it."""
    assert result.verdict == "PASS"
    assert _differing(_side_by_side(city, result, honest)).height > 0


CHECKS: dict[str, Callable[[FaultyCity, FaultResult, FaultResult], None]] = {
    "absent": _absent,
    "kept": _kept,
    "marked": _marked,
    "followed": _followed,
    "corrected": _corrected,
    "unharmed": _unharmed,
    "unseen": _unseen,
}


# --- what is particular -------------------------------------------------------------------------------------


def test_the_good_home_and_the_nights_of_a_group_are_the_whole_night(city_of: Callable[[str], FaultyCity]) -> None:
    """Or the tests above would compare with a world of their own making."""
    city, fault = city_of("seoul"), named("late-corrections")
    again = city.honest_again(fault)
    assert again.signs == set()
    assert_frame_equal(again.values, city.honest(fault).values)


def test_faults_that_share_a_night_touch_nothing_in_common(city_of: Callable[[str], FaultyCity]) -> None:
    for pack in {fault.pack for fault in AT_THE_GATE}:
        city = city_of(pack)
        assert sorted(f.name for group in city.groups for f in group) == sorted(
            f.name for f in AT_THE_GATE if f.pack == pack
        )
        for group in city.groups:
            tables = [table.name for fault in group for table in city.tables_of(fault.feed)]
            assert len(set(tables)) == len(tables)
            assert len({fault.feed for fault in group}) == len(group)
            assert len({fault.nights for fault in group}) == 1


def test_the_24th_hour_belongs_to_the_day_that_ends_with_it(city_of: Callable[[str], FaultyCity]) -> None:
    city = city_of("seoul")
    result = city.result(named("airkorea-24h"))
    hours = result.core(result.day)["time"]
    assert hours.max() == datetime.combine(NIGHT, time(23))
    assert hours.n_unique() == 24


def test_late_registrations_replace_what_was_counted_before(city_of: Callable[[str], FaultyCity]) -> None:
    city = city_of("seoul")
    fault = named("visitors-late-registration")
    after, before = city.result(fault).core(city.result(fault).day), city.honest(fault).core(city.honest(fault).day)
    more = after["passages"].sum() - before["passages"].sum()
    assert after.height == before.height
    assert more > 0
    assert more % 100 == 0


def test_corrections_of_the_day_before_are_taken_over(city_of: Callable[[str], FaultyCity]) -> None:
    city = city_of("seoul")
    fault = named("late-corrections")
    both = _differing(_side_by_side(city, city.result(fault), city.honest(fault)))
    pm25 = both.filter(pl.col("metric") == "pm25_mean")
    assert pm25["period_start"].unique().to_list() == [NIGHT - timedelta(days=1)]
    assert (pm25["value_faulty"] - pm25["value"]).round(6).unique().to_list() == [5]


@pytest.mark.parametrize(
    "name", ["file-repeated-lines", "weather-decimal-comma", "subway-repeated-rows", "air-names-decomposed"]
)
def test_lines_and_spellings_change_no_value(name: str, city_of: Callable[[str], FaultyCity]) -> None:
    fault = named(name)
    result, honest = city_of(fault.pack).result(fault), city_of(fault.pack).honest(fault)
    assert_frame_equal(result.core(result.day), honest.core(honest.day))


def test_what_was_decided_from_the_bytes_is_said(city_of: Callable[[str], FaultyCity]) -> None:
    comma = city_of("seoul").result(named("weather-decimal-comma")).ledger("attempt")
    guesses = comma["guesses"].explode(empty_as_null=True).drop_nulls().to_list()
    assert guesses == [f"temperature{name}: a comma is the decimal sign" for name in ("", "_min", "_max")]
    names = city_of("seoul").result(named("air-names-decomposed")).ledger("attempt")
    assert names["cells_normalised"].max() == 51


def test_an_old_answer_that_comes_again_is_the_newest(city_of: Callable[[str], FaultyCity]) -> None:
    """A, B, A: its bytes are known, and yet they count."""
    city = city_of("seoul")
    fault = named("air-old-answer-again")
    result, honest, before = city.result(fault), city.honest(fault), NIGHT - timedelta(days=1)
    batches = result.ledger("batch", whole=False).filter(pl.col("day") == before)
    assert batches["run_id"].str.slice(-1).to_list() == ["0", "1"]
    assert_frame_equal(result.core(before), honest.core(before))


def test_a_broken_day_leaves_the_day_before_as_it_was(city_of: Callable[[str], FaultyCity]) -> None:
    """Incident 1: the sensors are asked for the day before once more, and that answer is broken, too."""
    city = city_of("seoul")
    result = city.result(named("sdot-unit-break"))
    verdicts = result.ledger("verdict", whole=False).sort("day")
    assert verdicts["verdict"].to_list() == ["BLOCK", "BLOCK"]
    before = verdicts["day"][0]
    assert result.core(before).equals(city.honest(result.fault).core(before))


def test_a_day_that_was_held_back_is_asked_for_again(city_of: Callable[[str], FaultyCity]) -> None:
    """Or what the provider has mended would never be seen: weather is not asked twice otherwise."""
    city = city_of("seoul")
    result = city.result(named("weather-fahrenheit"))
    honest = city.honest(result.fault)
    assert city.to_fetch(result.home, result.contract, NIGHT + timedelta(days=1)) == [
        NIGHT,
        NIGHT + timedelta(days=1),
    ]
    assert city.to_fetch(honest.home, result.contract, NIGHT + timedelta(days=1)) == [NIGHT + timedelta(days=1)]
