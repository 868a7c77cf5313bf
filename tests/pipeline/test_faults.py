"""Every fault that can be planted in the simulated city: it is seen under its name, and harms nothing but its own.

The world of each test is a good night of which one feed is missing; that feed then comes with the fault, over HTTP,
and passes the real steps. What came of it is compared with docs/faults.md, which is written from here:
MADANG_UPDATE_FAULTS=1 pytest tests/pipeline/test_faults.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
import stamina
from polars.testing import assert_frame_equal

from pipelines.settings import REPOSITORY
from simulator.catalogue import FAULTS, named
from simulator.fault import Fault
from tests.support.faults_table import row, written
from tests.worlds.faulty import AT, VALUE, Town, Went

NIGHT = date(2026, 7, 23)  # a wet Thursday of the heat season
PACKS = {"seoul": REPOSITORY / "cities" / "seoul", "harbour": REPOSITORY / "tests" / "support" / "packs" / "harbour"}
TABLE = REPOSITORY / "docs" / "faults.md"
NEAR = 0.15  # how far a figure may be from the truth that is made from what a fault has left
ODD = {"boundary-change": 72}  # rows more than without the fault: 24 hours, women, men and all

NO_REPLY = {"timeout", "slow-drip", "broken-connection", "garbage-gzip", "too-large"}  # no whole one, that is

rows_of_the_table: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _nobody_waits() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Town]:
    """A town of each pack, made when it is first asked for."""
    towns: dict[str, Town] = {}

    def of(pack: str) -> Town:
        if pack not in towns:
            own = [fault.feed for fault in FAULTS if fault.pack == pack]
            towns[pack] = Town(PACKS[pack], NIGHT, tmp_path_factory.mktemp(pack), own)
        return towns[pack]

    return of


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_fault(name: str, town: Callable[[str], Town]) -> None:
    fault = named(name)
    here = town(fault.pack)
    went, honest = here.went(fault), here.honest(fault)
    rows_of_the_table[name] = row(fault, went)
    _nothing_is_lost(went)
    if fault.seen is None:
        assert went.signs <= honest.signs, "something fires that has nothing to do with it"
        assert went.exit_code == 0
    else:
        assert fault.seen in went.signs - honest.signs
        assert (went.exit_code == 3) == (fault.outcome in ("absent", "kept") and fault.seen != "empty")
    others = ~pl.col("metric").is_in(list(_dependent(here, fault)))
    assert_frame_equal(_known(went, honest).filter(others), honest.values.filter(others))
    CHECKS[fault.outcome](here, went, honest)


def _nothing_is_lost(went: Went) -> None:
    """Rows are accounted for, and whatever bytes came are kept."""
    batches = went.ledger("batch")
    kept = pl.col("rows_kept") + pl.col("rows_quarantined") + pl.col("rows_superseded")
    assert batches.filter(pl.col("rows_read") != kept).is_empty()
    for sha256 in went.ledger("attempt")["sha256"].drop_nulls().unique():
        assert went.landed(sha256)
    if went.fault.name not in NO_REPLY:
        assert went.failed["sha256"].null_count() == 0, "what the service said has not been kept"


def _dependent(here: Town, fault: Fault) -> set[str]:
    return {name for name, definition in here.city.definitions.items() if fault.feed in definition.feeds}


def _known(went: Went, honest: Went) -> pl.DataFrame:
    """The values of what the honest night has values or reasons for, in its order."""
    return honest.values.select(AT).join(went.values, on=AT, how="left", maintain_order="left").select(VALUE)


def _side_by_side(here: Town, went: Went, honest: Went) -> pl.DataFrame:
    """The daily figures that need the feed, with and without the fault."""
    daily = [name for name in _dependent(here, went.fault) if not here.city.definitions[name].rollup]
    both = honest.values.join(went.values, on=AT, how="left", suffix="_now")
    return both.filter(pl.col("metric").is_in(daily))


def _differing(both: pl.DataFrame) -> pl.DataFrame:
    return both.filter(~pl.col("value").eq_missing(pl.col("value_now")))


def _absent(here: Town, went: Went, honest: Went) -> None:
    both = _side_by_side(here, went, honest)
    of_day = both.filter(pl.col("period_start") == went.day)
    assert of_day["value_now"].null_count() == of_day.height
    if of_day.height:
        assert of_day["value"].null_count() < of_day.height, "there is nothing to lose"
    said = "has no data for" if went.fault.seen == "empty" else str(went.fault.seen)
    for reason in of_day.filter(pl.col("value").is_not_null())["reason_now"].unique():
        assert went.fault.feed in reason
        assert said in reason
    assert not went.live
    before = pl.col("period_start") != went.day
    assert _differing(both.filter(before)).is_empty(), "a day that was good is no longer what it was"


def _kept(_here: Town, went: Went, honest: Went) -> None:
    assert went.verdict in ("BLOCK", "ERROR", "failed")
    assert went.live
    assert_frame_equal(went.values, honest.values)


def _marked(here: Town, went: Went, honest: Went) -> None:
    assert went.verdict in ("PASS", "WARN")
    assert went.live
    left = _side_by_side(here, went, honest).drop_nulls("value_now")
    assert left.filter((pl.col("value_now") - pl.col("value")).abs() > NEAR * pl.col("value").abs()).is_empty()
    if _dependent(here, went.fault):
        assert left.filter(pl.col("period_start") == went.day).height > 0


def _corrected(here: Town, went: Went, honest: Went) -> None:
    assert went.verdict == "PASS"
    changed = _differing(_side_by_side(here, went, honest))
    if _dependent(here, went.fault):
        assert changed.height > 0
        assert changed["value_now"].null_count() == 0
    else:
        assert not went.core(went.day).equals(honest.core(went.day))


def _unharmed(_here: Town, went: Went, honest: Went) -> None:
    assert went.verdict == honest.verdict
    assert went.core(went.day).height == honest.core(went.day).height + ODD.get(went.fault.name, 0)
    assert_frame_equal(went.values, honest.values, rel_tol=1e-12)


def _unseen(here: Town, went: Went, honest: Went) -> None:
    """Whoever writes a rule that sees it will find this test failing, and is to change what the fault says of it."""
    assert went.verdict == "PASS"
    assert _differing(_side_by_side(here, went, honest)).height > 0


CHECKS: dict[str, Callable[[Town, Went, Went], None]] = {
    "absent": _absent,
    "kept": _kept,
    "marked": _marked,
    "corrected": _corrected,
    "unharmed": _unharmed,
    "unseen": _unseen,
}


# --- what is particular -------------------------------------------------------------------------------------


def test_the_world_without_a_feed_and_its_honest_night_are_the_whole_night(town: Callable[[str], Town]) -> None:
    """Or the tests above would compare with a world of their own making."""
    here = town("seoul")
    honest = here.honest(named("schema-drift"))
    assert honest.signs == set()
    assert_frame_equal(honest.values, here.values(here.good))


def test_the_24th_hour_belongs_to_the_day_that_ends_with_it(town: Callable[[str], Town]) -> None:
    here = town("seoul")
    went = here.went(named("airkorea-24h"))
    hours = went.core(went.day)["measured_at"]
    assert hours.max() == datetime.combine(NIGHT + timedelta(days=1), time())
    assert hours.n_unique() == 24


def test_late_registrations_replace_what_was_counted_before(town: Callable[[str], Town]) -> None:
    here = town("seoul")
    fault = named("visitors-late-registration")
    after, before = here.went(fault).core(here.went(fault).day), here.honest(fault).core(here.honest(fault).day)
    more = after["visitor_count"].sum() - before["visitor_count"].sum()
    assert after.height == before.height
    assert more > 0
    assert more % 100 == 0


def test_corrections_of_the_day_before_are_taken_over(town: Callable[[str], Town]) -> None:
    here = town("seoul")
    fault = named("late-corrections")
    both = _differing(_side_by_side(here, here.went(fault), here.honest(fault)))
    pm25 = both.filter(pl.col("metric") == "pm25_mean")
    assert pm25["period_start"].unique().to_list() == [NIGHT - timedelta(days=1)]
    assert (pm25["value_now"] - pm25["value"]).round(6).unique().to_list() == [5]


def test_a_broken_day_leaves_the_day_before_as_it_was(town: Callable[[str], Town]) -> None:
    """Incident 1: the sensors are asked for the day before once more, and that answer is broken, too."""
    here = town("seoul")
    went = here.went(named("sdot-unit-break"))
    verdicts = went.ledger("verdict", whole=False).sort("day")
    assert verdicts["verdict"].to_list() == ["BLOCK", "BLOCK"]
    before = verdicts["day"][0]
    assert went.core(before).equals(here.honest(went.fault).core(before))


def test_a_day_that_was_held_back_is_asked_for_again(town: Callable[[str], Town]) -> None:
    """Or what the provider has mended would never be seen: weather is not asked twice otherwise."""
    here = town("seoul")
    went = here.went(named("weather-fahrenheit"))
    honest = here.honest(went.fault)
    assert here.to_fetch(went.home, went.contract, NIGHT + timedelta(days=1)) == [NIGHT, NIGHT + timedelta(days=1)]
    assert here.to_fetch(honest.home, went.contract, NIGHT + timedelta(days=1)) == [NIGHT + timedelta(days=1)]


def test_names_are_unique_and_each_feed_is_there() -> None:
    from assets.pack.city import load_city

    packs = {name: load_city(folder) for name, folder in PACKS.items()}
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        contract = packs[fault.pack].contracts[fault.feed]
        codes = {rule.code for rule in contract.rules}
        assert (
            fault.seen is None
            or fault.seen == "empty"
            or re.match("SERVICE-|FILE-", fault.seen)
            or (fault.seen in codes)
        ), f"{fault.name}: {fault.feed} has no rule {fault.seen}"
        assert (fault.change_rows is None) != (fault.change_reply is None)


def test_the_table_in_the_docs_is_what_came_of_it() -> None:
    missing = [fault.name for fault in FAULTS if fault.name not in rows_of_the_table]
    if missing:
        pytest.skip(f"{len(missing)} faults were not run, so there is no whole table")
    text = written(rows_of_the_table, FAULTS)
    if os.environ.get("MADANG_UPDATE_FAULTS"):
        TABLE.write_text(text, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == text, "run this module with MADANG_UPDATE_FAULTS=1 and look at the diff"
