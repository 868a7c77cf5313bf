"""Marts that read marts: their batches are inputs, and what they look back on is their memory."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.derive import sources
from assets.derive.build import build, days_to_build, final_days
from assets.derive.marts import MartTable
from assets.derive.parts import feeds_of, feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.mart import START, Mart, Reads, declared_marts, marts_in_order
from assets.metrics import fed_marts as module
from assets.metrics.entry import Entry
from assets.metrics.fed_marts import fed_marts, fed_of, why_no_mart
from assets.models import models
from assets.removal.carry_out import make_again, take_from_home
from assets.removal.plan import withdrawal
from assets.retrace.batch_rows import RowsOfBatches, batches_behind
from assets.retrace.retrace import retrace, table_of_metric
from assets.tiers.withheld import withheld_of
from pipelines.plan import plan_backfill
from tests.worlds.derived_town import admitted, measuring, opened, run_of, table_of
from tests.worlds.measuring_town import feed, town
from warehouse.home import Home

COLUMNS = ["place", "line", "time", "boardings"]
METRO = feed("metro", "boardings", COLUMNS)
INNER, OUTER = "transit_line_day", "transit_recovery_week"  # under contracts of others
FIRST = date(2024, 1, 1)
BACK = 30


def sums(read, _city):
    """By day, the boardings of all lines of that day and of the 29 before, as the other mart has them."""
    rows = pl.concat(one.rows for one in read[INNER]).group_by(day=START).agg(pl.col("boardings").sum()).collect()
    nothing = (pl.lit(None).alias(name) for name in ("base_boardings", "base_years", "left_out", "recovery"))
    return rows.with_columns(*nothing, feed=pl.lit("all"), base=pl.lit("first"))


MARTS = {INNER: declared_marts()[INNER], OUTER: Mart((Reads(INNER, back=range(BACK)),), sums)}
IN_ALL = {"observes": OUTER, "value": "boardings", "unit": "people", "possible": (0, 1e9), "title": "t", "formula": "f"}


@pytest.fixture
def of_marts(monkeypatch: pytest.MonkeyPatch):
    """The town has these two marts alone, and a metric of the outer one."""
    monkeypatch.setattr(module, "declared_marts", lambda: MARTS)

    def made(*feeds):
        entry = Entry.model_validate(IN_ALL | {"over_space": {"as": "sum"}})
        return measuring(town(*feeds), {"in_all": ("boardings", entry)})

    return made


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def riding(number: int, boardings: float = 1.0):
    return [{"place": "s", "line": "1", "boardings": boardings}]


def made(run, days):
    """Both marts of these days: verdicts that are new, by mart."""
    reports = {name: build(run, table_of(run, name), days).outcomes for name in (INNER, OUTER)}
    assert all(one.verdict.open for outcomes in reports.values() for one in outcomes), [
        one.reason for outcomes in reports.values() for one in outcomes
    ]
    return {name: [one.day for one in outcomes if one.new] for name, outcomes in reports.items()}


def test_a_mart_looks_back_on_thirty_days_of_another_and_a_re_run_is_the_same(tmp_path: Path, of_marts):
    run = run_of(of_marts(METRO), tmp_path)
    for number in range(35):
        admitted(run, METRO, day(number), riding(number, float(number)), f"d{number}")
    days = [day(number) for number in range(35)]
    assert made(run, days) == {INNER: days, OUTER: days}
    inner, outer = table_of(run, INNER), table_of(run, OUTER)
    live = sources.live(run, inner.contract)
    assert outer.inputs(run, [day(0), day(33)]) == {
        day(0): [live[day(0)]],
        day(33): [live[day(number)] for number in range(4, 34)],
    }
    assert dict(outer.rows(run, days).select("day", "boardings").iter_rows())[day(33)] == sum(
        float(number) for number in range(4, 34)
    )
    before = sources.live(run, outer.contract)
    assert made(run, days) == {INNER: [], OUTER: []}  # what is settled is not made again
    assert outer.rows(run, days).sort("day").equals(outer.rows(run, days).sort("day"))
    again = run_of(run.city, tmp_path / "again")
    for number in range(35):
        admitted(again, METRO, day(number), riding(number, float(number)), f"d{number}")
    made(again, days[20:])  # in another order, in pieces
    made(again, days)
    assert sources.live(again, outer.contract) == before


def test_a_changed_day_makes_exactly_the_periods_again_that_look_back_on_it(tmp_path: Path, of_marts):
    run = run_of(of_marts(METRO), tmp_path)
    days = [day(number) for number in range(0, 70, 2)]  # every second day has rows
    for one in days:
        admitted(run, METRO, one, riding(0), str(one))
    made(run, days)
    late, absent = day(10), day(11)
    admitted(run, METRO, late, riding(0, 5.0), "late")
    outer = table_of(run, OUTER)
    assert outer.starts(late) == [late + timedelta(days=back) for back in range(BACK)]
    assert days_to_build(run, table_of(run, INNER), days) == [late]
    assert days_to_build(run, outer, [late]) == []  # of the day itself only once the other mart is made again
    assert made(run, [late]) == {INNER: [late], OUTER: [one for one in days if 0 <= (one - late).days < BACK]}
    assert made(run, [absent]) == {INNER: [], OUTER: []}
    assert not days_to_build(run, outer, days)
    values = build(run, table_of(run, "boardings"), [late]).outcomes
    assert [one.day for one in values] == [one for one in days if 0 <= (one - late).days < BACK]


def test_where_a_day_goes_is_known_once_and_not_added_up_again_for_each_day(of_marts, monkeypatch):
    monkeypatch.setitem(MARTS, INNER, Mart((Reads("boardings", back=(0, 7)),), sums))
    outer = fed_marts(of_marts(METRO))[OUTER]
    monkeypatch.setattr(module, "period_after", lambda *_: pytest.fail("30 days of a mart are no 30 steps"))
    assert outer.starts(day(3)) == [day(number) for number in range(3, 40)]


def test_tables_stand_after_those_that_they_read_and_depend_on_them(of_marts):
    city = of_marts(METRO)
    names = [table.name for table in derived_tables(city)]
    assert names.index(INNER) < names.index(OUTER) < names.index("boardings")
    outer = next(table for table in derived_tables(city) if table.name == OUTER)
    assert [(one.layer, one.name) for one in outer.needs] == [("mart", INNER)]  # what Dagster waits for
    assert outer.feeds == {"metro"}
    assert feeds_of_metrics(city)["in_all"] == (("metro",),)
    assert feeds_of(city, "in_all") == {"metro"}
    turned = dict(reversed(MARTS.items()))
    assert list(marts_in_order(turned)) == [INNER, OUTER]


def test_a_mart_that_reads_itself_is_refused():
    one = {"a": Mart((Reads("b"),), sums), "b": Mart((Reads("c"), Reads("boardings")), sums)}
    with pytest.raises(ValueError, match=r"a mart reads itself: (a < c < b < a|b < a < c < b|c < b < a < c);"):
        marts_in_order(one | {"c": Mart((Reads("a"),), sums)})
    with pytest.raises(ValueError, match="a mart reads itself: a < a"):
        marts_in_order({"a": Mart((Reads("a"),), sums)})


def test_no_mart_is_called_as_a_model():
    assert not declared_marts().keys() & models().keys()


def test_a_city_without_the_inner_mart_has_not_the_outer_one(of_marts):
    assert not fed_marts(of_marts())
    assert why_no_mart(OUTER, of_marts()) == (
        "the mart transit_recovery_week cannot be made: the mart transit_line_day cannot be made: no feed of model "
        "boardings"
    )
    optional = {OUTER: Mart((Reads("boardings"), Reads(INNER, optional=True)), sums)}
    assert list(fed_of(optional | {INNER: MARTS[INNER]}, town(feed("b", "boardings", ["time", "boardings"])))) == [
        OUTER
    ]


@pytest.mark.parametrize("classification", ["public", "private-aggregate"])
def test_what_is_made_of_a_mart_is_as_private_and_as_licensed_as_its_feeds(of_marts, classification):
    metro = feed("metro", "boardings", COLUMNS, classification=classification, licence="all rights reserved")
    city = of_marts(metro)
    assert [one.contract.private for one in fed_marts(city).values()] == [classification != "public"] * 2
    assert withheld_of(city, ()).marts == {INNER, OUTER}
    assert withheld_of(city, ("metro",)).marts == set()


def test_what_is_withdrawn_goes_through_marts_and_the_rest_is_made_again(tmp_path: Path, of_marts):
    run = run_of(of_marts(METRO), tmp_path)
    days = [day(0), day(1), day(40)]
    for number in (0, 1, 40):
        admitted(run, METRO, day(number), riding(number, 10.0 + number), f"d{number}")
    made(run, days)
    plan = withdrawal(run.home, run.city, METRO, day(0), day(0))
    assert plan.derived == {("mart", INNER): {day(0)}, ("mart", OUTER): {day(0), day(1)}}
    take_from_home(run.home, run.city, plan)
    outer = table_of(run, OUTER)
    assert set(sources.live(run, outer.contract)) == {day(40)}
    make_again(run.home, run.city, plan, "again", date(2024, 6, 30))
    rows = sources.rows(run, outer.contract).select("day", "boardings").sort("day").collect().rows()
    assert rows == [(day(1), 11.0), (day(40), 50.0)]
    assert final_days(run, outer) == set()


def test_a_backfill_takes_all_days_of_a_mart_that_are_left(tmp_path: Path, of_marts):
    run = run_of(of_marts(METRO), tmp_path)
    admitted(run, METRO, day(0), riding(0), "a")
    build(run, table_of(run, INNER), [day(0)])
    (group,) = plan_backfill(run, day(0), day(0))  # a run that died may have left the outer one
    assert group.feeds == ("metro",)


class LostMarts(RowsOfBatches):
    """Rows of batches of which those of feeds alone are there."""

    def _read_files(self, contract, records):
        if contract.layer != "mart":
            super()._read_files(contract, records)


def test_a_value_is_computed_once_more_where_the_files_of_both_marts_are_gone(tmp_path: Path, of_marts):
    run = run_of(of_marts(METRO), tmp_path)
    for number in (0, 1):
        admitted(run, METRO, day(number), riding(number, 3.0 + number), f"d{number}")
    days = [day(0), day(1)]
    made(run, days)
    values = table_of(run, "boardings")
    assert opened(build(run, values, days).outcomes) == [(day(0), "PASS"), (day(1), "PASS")]
    ids = values.rows(run, [day(1)])["batch_ids"].item().to_list()
    behind = batches_behind(run.home, run.city.name, ids)
    assert sorted({one.table for one in behind.values()}) == ["metro", INNER, OUTER]
    table = table_of_metric(run.city, "in_all")
    assert table is not None
    again = retrace(run, table, day(1), None, behind, ids, LostMarts(run, Home(tmp_path / "scratch")))
    assert again.values["value"].to_list() == [7.0]


def test_each_batch_of_a_lost_mart_is_made_again_once(tmp_path: Path, of_marts, monkeypatch: pytest.MonkeyPatch):
    run = run_of(of_marts(METRO), tmp_path)
    days = [day(number) for number in range(5)]
    for one in days:
        admitted(run, METRO, one, riding(0, 1.0), str(one))
    made(run, days)
    values, counted = table_of(run, "boardings"), Counter[tuple[str, date]]()
    build(run, values, days)
    rows = MartTable.rows

    def counting(table, run, asked):
        counted.update((table.name, one) for one in asked)
        return rows(table, run, asked)

    monkeypatch.setattr(MartTable, "rows", counting)
    reading = LostMarts(run, Home(tmp_path / "scratch"))
    table = table_of_metric(run.city, "in_all")
    assert table is not None
    for number, one in enumerate(days):  # each outer day reads the inner ones of all days before
        ids = values.rows(run, [one])["batch_ids"].item().to_list()
        behind = batches_behind(run.home, run.city.name, ids)
        assert retrace(run, table, one, None, behind, ids, reading).values["value"].to_list() == [number + 1.0]
    assert counted == {(name, one): 1 for name in MARTS for one in days}
