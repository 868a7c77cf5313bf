"""Which row counts: a file or an answer goes in, night after night, and the right row comes out with its count."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quality.contract.model import Contract
from quality.odcs.read import from_odcs
from quality.outcome import Outcome
from quality.verdict import Verdict
from tests.worlds.files import Yard
from tests.worlds.packs import seoul
from warehouse import lake
from warehouse.ledger import ledger

DAY = date(2026, 7, 21)
NEXT = DAY + timedelta(days=1)
NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
GAVE_WAY = ("rows_replaced", "rows_repeated", "rows_contradicted")


def contract(
    *,
    key: Sequence[str] = ("day", "station"),
    value: str = "pm25",
    spec: dict[str, Any] | None = None,
    optional: bool = False,
    **own: Any,
) -> Contract:
    """A feed `pm` of files `pm/*.csv`: date, station and a figure."""

    def column(name: str, kind: str, source: str, **more: Any) -> dict[str, Any]:
        madang = [{"property": "madang", "value": {"sources": [source], **more}}]
        is_key = name in key
        return {
            "name": name,
            "logicalType": kind,
            "description": name,
            "primaryKey": is_key,
            "required": is_key,
            "customProperties": madang,
        }

    columns = [column("day", "date", "date", formats=["%Y-%m-%d"]), column("station", "string", "station")]
    columns.append(column(value, "integer", value, **(spec or {})))
    settings = {"prefix": "PM", "licence": "none", "connector": {"files": {"paths": ["pm/*.csv"]}}, **own}
    if own.get("correction_column") not in (None, "station"):
        more = {"formats": ["%Y-%m-%d"], "optional": optional}
        columns.append(column(own["correction_column"], "date", "registered", **more))
    return from_odcs(
        {
            "kind": "DataContract",
            "name": "pm",
            "version": "1",
            "team": {"name": "Tests"},
            "description": {"purpose": "Fine particles."},
            "customProperties": [{"property": "madang", "value": settings}],
            "schema": [{"name": "pm", "dataGranularityDescription": "a station and day", "properties": columns}],
        }
    )


class Feed:
    """One feed of files in a home of its own. Each call of `night` is a night: what it is given is put there before."""

    def __init__(self, root: Path, of: Contract) -> None:
        self.contract = of
        self.yard = Yard(root, replace(seoul(), contracts={of.name: of}))

    def night(self, days: Sequence[date] = (DAY,), /, **files: str) -> dict[date, Outcome]:
        """`files`: name without ending -> lines; they are changed in this order. What came of the days."""
        for name, text in files.items():
            self.put(f"{name}.csv", text)
        return {outcome.day: outcome for outcome in self.yard.way(self.contract.name, days).outcomes}

    def put(self, name: str, text: str, minute: int | None = None) -> Path:
        """A file under a header, changed a minute after the one before."""
        self.minute = getattr(self, "minute", 0) + 1 if minute is None else minute
        header = "date,station,pm25\n" if not text.startswith("date") else ""
        path = self.yard.put(f"pm/{name}", header + "".join(f"{line.strip()}\n" for line in text.split(";")))
        at = (NOON + timedelta(minutes=self.minute)).timestamp()
        os.utime(path, (at, at))
        return path

    def values(self, *days: date) -> dict[str, Any]:
        """What counts: station -> figure."""
        value = self.contract.columns[2].name
        return dict(self.yard.core("pm", days or (DAY,)).select("station", value).iter_rows())

    def counts(self, outcome: Outcome) -> tuple[int, ...]:
        """Rows read, kept, quarantined, replaced, repeated and contradicted, as the ledger has them; they balance."""
        row = self.yard.ledger("batch").filter(batch_id=outcome.batch_id).row(0, named=True)
        counts = tuple(row[name] for name in ("rows_read", "rows_kept", "rows_quarantined", *GAVE_WAY))
        assert counts[0] == sum(counts[1:])
        return counts

    def rule(self, outcome: Outcome, name: str) -> tuple[str, str, str]:
        """Status, severity and what was observed of a generated rule."""
        rows = self.yard.ledger("rule_result").filter(batch_id=outcome.batch_id, rule=f"PM-{name}")
        return rows.select("status", "severity", "observed").row(0)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path, contract())


# The later arrival counts -----------------------------------------------------------------------------------


def test_a_file_that_is_overwritten_in_its_place_counts_as_it_is_now(feed: Feed):
    """Whatever the SHA-256 of the two: two pairs, so that both orders of the hashes are among them."""
    for n in range(2):
        feed.night(a=f"2026-07-21,A,{930 + n}; 2026-07-21,B,940")
        outcome = feed.night(a=f"2026-07-21,A,{n}; 2026-07-21,B,2")[DAY]
        assert feed.values() == {"A": n, "B": 2}
        assert outcome.verdict is Verdict.PASS
    assert feed.counts(outcome) == (8, 2, 0, 6, 0, 0)


@pytest.mark.parametrize("name", ["2026-07-21 (1)", "2026-07-21B", "0"])
def test_a_correction_under_another_name_counts(feed: Feed, name: str):
    feed.night(**{"2026-07-21b": "2026-07-21,A,99; 2026-07-21,B,98"})
    outcome = feed.night(**{name: "2026-07-21,A,12; 2026-07-21,B,13"})[DAY]
    assert feed.values() == {"A": 12, "B": 13}
    assert feed.counts(outcome) == (4, 2, 0, 2, 0, 0)
    assert [feed.rule(outcome, rule)[0] for rule in ("repeated", "contradicted", "conflicting")] == ["pass"] * 3


def test_a_row_of_the_far_future_does_not_make_its_file_the_newest(feed: Feed):
    feed.night(a="2026-07-21,A,99; 2026-07-21,B,98; 2062-07-21,C,97")
    feed.night(b="2026-07-21,A,12; 2026-07-21,B,13; 2026-07-22,A,14")
    assert feed.values() == {"A": 12, "B": 13}


def test_a_file_with_the_one_corrected_day_corrects_that_day(feed: Feed):
    """The file of the whole year has the later last day, more rows and more bytes."""
    days = [DAY + timedelta(days=n) for n in range(3)]
    feed.night(days, year="; ".join(f"{day},{station},{17 + n}" for n, day in enumerate(days) for station in "AB"))
    outcomes = feed.night(days, fix=f"{days[1]},A,99")
    assert [feed.values(day) for day in days] == [{"A": 17, "B": 17}, {"A": 99, "B": 18}, {"A": 19, "B": 19}]
    assert [outcome.new for outcome in outcomes.values()] == [False, True, False]
    assert feed.counts(outcomes[days[1]]) == (3, 2, 0, 1, 0, 0)


@pytest.mark.parametrize("names", ["aaa", "bca"])
def test_a_correction_that_is_taken_back_is_taken_back(feed: Feed, names: str):
    """A, B, A and once more: the same bytes again are a delivery again, under the same name or another."""
    lines = ["2026-07-21,A,1", "2026-07-21,A,2"]
    ids = []
    for turn in range(4):
        name = names[turn] if turn < 3 else f"{names[2]}x"
        outcome = feed.night(**{name: lines[turn % 2]})[DAY]
        assert (feed.values(), outcome.verdict) == ({"A": 1 + turn % 2}, Verdict.PASS)
        ids.append(outcome.batch_id)
    assert len(set(ids)) == 4
    newest = feed.yard.ledger("batch").sort("recorded_at")["batch_id"].to_list()
    assert newest == ids
    assert lake.live_batches(feed.yard.home.table("seoul", "core", "pm")) == {DAY: ids[-1]}
    again = feed.night()[DAY]
    assert (again.new, again.batch_id) == (False, ids[-1])


def test_the_verdict_on_a_correction_that_was_taken_back_is_not_the_last_word(feed: Feed):
    feed.night(a="2026-07-21,A,1")
    assert feed.night(a="2026-07-21,A,x; 2026-07-21,A,3")[DAY].verdict is Verdict.BLOCK
    assert feed.values() == {"A": 1}  # a closed day keeps what it had
    assert feed.night(a="2026-07-21,A,1")[DAY].verdict is Verdict.PASS
    (newest,) = ledger.newest_verdicts(feed.yard.home, "seoul").collect()["verdict"]
    assert newest == "PASS"
    assert feed.night()[DAY].new is False


def test_files_that_lie_untouched_or_are_gone_do_not_arrive_again(feed: Feed):
    feed.night(a="2026-07-21,A,1")
    feed.night(b="2026-07-21,A,2")
    (feed.yard.drop / "pm/b.csv").unlink()
    assert feed.night()[DAY].new is False
    assert feed.values() == {"A": 2}


def test_a_folder_that_is_copied_without_its_times_is_still_the_same_folder(feed: Feed):
    """The names sort against the order in which they came; the copy gives them new times in the order of names."""
    for n, name in enumerate("cba"):
        first = feed.night(**{name: f"2026-07-21,A,{n}"})[DAY]
    for name in "abc":
        path = feed.yard.drop / f"pm/{name}.csv"
        feed.put(path.name, path.read_text())
    assert feed.night()[DAY].batch_id == first.batch_id
    assert feed.values() == {"A": 2}
    feed.put("c.csv", "2026-07-21,A,0")  # only one of them is delivered again
    feed.night()
    assert feed.values() == {"A": 0}


def test_files_that_change_their_places_arrive_by_their_times(feed: Feed):
    """A partner keeps `current` and `previous`; the third night takes the correction back."""
    lines = ["2026-07-21,A,1", "2026-07-21,A,2"]
    feed.night(current=lines[0])
    feed.night(previous=lines[0], current=lines[1])
    assert feed.values() == {"A": 2}
    outcome = feed.night(previous=lines[1], current=lines[0])[DAY]
    assert (feed.values(), outcome.new) == ({"A": 1}, True)


def test_other_bytes_of_the_same_size_and_time_are_read(feed: Feed):
    feed.put("a.csv", "2026-07-21,A,1", minute=3)
    feed.night()
    feed.put("a.csv", "2026-07-21,A,2", minute=3)
    assert feed.night()[DAY].new
    assert feed.values() == {"A": 2}


def test_another_contract_reads_again_and_changes_no_order(feed: Feed):
    feed.night(b="2026-07-21,A,1")
    feed.night(a="2026-07-21,A,2")
    feed.yard.city = replace(seoul(), contracts={"pm": contract(repeated_tolerance=0.1)})
    assert feed.night()[DAY].new
    assert feed.values() == {"A": 2}


def test_the_declared_correction_column_comes_before_the_arrival(tmp_path: Path):
    feed = Feed(tmp_path, contract(correction_column="registered"))
    head = "date,station,pm25,registered; "
    feed.night(a=f"{head}2026-07-21,A,5,2026-07-25; 2026-07-21,B,6,2026-07-25; 2026-07-21,B,7,2026-07-24")
    outcome = feed.night(b=f"{head}2026-07-21,A,1,2026-07-24; 2026-07-21,B,2,2026-07-26")[DAY]
    assert feed.values() == {"A": 5, "B": 2}
    assert feed.counts(outcome) == (5, 2, 0, 3, 0, 0)
    assert outcome.verdict is Verdict.PASS


def test_a_row_without_its_correction_takes_no_part_and_is_held_back(tmp_path: Path):
    feed = Feed(tmp_path, contract(correction_column="registered", unreadable_tolerance=0.5))
    head = "date,station,pm25,registered; "
    feed.night(a=f"{head}2026-07-21,A,5,2026-07-25; 2026-07-21,B,6,2026-07-25; 2026-07-21,C,7,2026-07-25")
    outcome = feed.night(b=f"{head}2026-07-21,A,1,; 2026-07-21,B,2,soon")[DAY]
    assert feed.values() == {"A": 5, "B": 6, "C": 7}
    assert feed.counts(outcome) == (5, 3, 2, 0, 0, 0)
    assert feed.rule(outcome, "required-registered")[2] == "share__PM-required-registered = 0.4"
    assert feed.rule(outcome, "002")[2] == "share_unreadable_cells = 0.1"


def test_a_correction_that_may_be_missing_leaves_the_choice_to_the_arrival(tmp_path: Path):
    feed = Feed(tmp_path, contract(correction_column="registered", optional=True))
    head = "date,station,pm25,registered; "
    feed.night(a=f"{head}2026-07-21,A,5,2026-07-25; 2026-07-21,B,6,2026-07-25")
    feed.night(b=f"{head}2026-07-21,A,1,; 2026-07-21,B,2,2026-07-24")
    assert feed.values() == {"A": 1, "B": 6}


def test_texts_are_no_correction_column():
    with pytest.raises(ValueError, match="texts have no such order"):
        contract(correction_column="station")


# Deliveries of one night ------------------------------------------------------------------------------------


def test_of_one_night_what_the_sender_changed_last_counts_and_the_conflict_is_named(feed: Feed):
    feed.put("z.csv", "2026-07-21,A,1; 2026-07-21,B,5; 2026-07-21,C,6", minute=5)
    feed.put("a.csv", "2026-07-21,A,2; 2026-07-21,B,5; 2026-07-22,A,9", minute=9)
    outcome = feed.night((DAY, NEXT))[DAY]
    assert feed.values() == {"A": 2, "B": 5, "C": 6}
    assert feed.counts(outcome) == (5, 3, 0, 2, 0, 0)
    seen = "conflicting_keys = 1 (pm/a.csv counts, pm/z.csv has other values for 1)"
    assert feed.rule(outcome, "conflicting") == ("fail", "warning", seen)
    assert outcome.verdict is Verdict.WARN
    assert seen in outcome.reason


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (("b", 1, "2026-07-21,A,1"), ("a", 1, "2026-07-21,A,2; 2026-07-22,A,2"), 2),  # the later last day
        (("a", 1, "2026-07-21,A,1"), ("b", 1, "2026-07-21,A,2"), 2),  # the later name
        (("b", 2, "2026-07-21,A,1"), ("a", 1, "2026-07-21,A,2; 2026-07-22,A,2"), 1),  # the time comes before both
    ],
)
def test_of_one_night_and_one_time_the_later_last_day_counts_then_the_later_name(
    feed: Feed, first: tuple[str, int, str], second: tuple[str, int, str], counts: int
):
    for name, minute, text in (first, second):
        feed.put(f"{name}.csv", text, minute)
    outcome = feed.night()[DAY]
    assert feed.values() == {"A": counts}
    assert feed.rule(outcome, "conflicting")[0] == "fail"


def test_a_conflict_of_one_night_ends_when_one_of_the_two_comes_again(feed: Feed):
    feed.put("a.csv", "2026-07-21,A,1", minute=1)
    feed.put("b.csv", "2026-07-21,A,2", minute=2)
    assert feed.night()[DAY].verdict is Verdict.WARN
    feed.put("a.csv", "2026-07-21,A,1", minute=3)
    assert feed.night()[DAY].verdict is Verdict.PASS
    assert feed.values() == {"A": 1}


def test_the_same_bytes_under_two_names_in_one_night_are_no_conflict(feed: Feed):
    feed.put("a.csv", "2026-07-21,A,1", minute=1)
    feed.put("b.csv", "2026-07-21,A,1", minute=2)
    outcome = feed.night()[DAY]
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.PASS, (1, 1, 0, 0, 0, 0))


def test_a_copy_of_what_lies_there_counts_as_a_delivery(feed: Feed):
    """Its status in the ledger is `duplicate`, and yet it came last."""
    feed.night(a="2026-07-21,A,1")
    feed.night(b="2026-07-21,A,2")
    feed.night(c="2026-07-21,A,1")
    assert feed.values() == {"A": 1}


# Within one delivery ----------------------------------------------------------------------------------------

STATIONS = "; ".join(f"2026-07-21,{n},{n}" for n in range(200))


def test_a_line_that_is_there_again_is_counted_and_a_warning(feed: Feed):
    outcome = feed.night(a=f"{STATIONS}; 2026-07-21,7,7; 2026-07-21,7,7")[DAY]
    assert feed.counts(outcome) == (202, 200, 0, 0, 2, 0)
    assert feed.rule(outcome, "repeated") == ("fail", "warning", "share_repeated = 0.00990099")
    assert (outcome.verdict, feed.rule(outcome, "contradicted")[0]) == (Verdict.WARN, "pass")


@pytest.mark.parametrize(("again", "verdict"), [(2, Verdict.PASS), (3, Verdict.BLOCK)])
def test_a_key_with_other_values_in_one_delivery_is_counted_apart_and_closes_the_gate(
    feed: Feed, again: int, verdict: Verdict
):
    """One row in a hundred is tolerated: 2 of 202, not 3 of 203. The last one counts."""
    outcome = feed.night(a=f"{STATIONS}; " + "; ".join(f"2026-07-21,{n},{n + 1000}" for n in range(again)))[DAY]
    assert outcome.verdict is verdict
    assert feed.counts(outcome) == (200 + again, 200, 0, 0, 0, again)
    assert feed.rule(outcome, "contradicted")[:2] == ("pass" if verdict.open else "fail", "critical")
    if verdict.open:
        assert feed.values()["0"] == 1000
    else:
        assert "PM-contradicted No key is there again" in outcome.reason


def test_one_contradicted_row_of_25_closes_the_gate_and_says_which_and_what_to_do(feed: Feed):
    outcome = feed.night(a="; ".join(f"2026-07-21,S{n},{n}" for n in range(25)) + "; 2026-07-21,S7,99")[DAY]
    assert outcome.verdict is Verdict.BLOCK
    seen = feed.rule(outcome, "contradicted")[2]
    which = "(1 key: day 2026-07-21, station S7: line 9 has pm25 7, line 27, which counts, has pm25 99). "
    assert seen.startswith(f"share_contradicted = 0.0384615 {which}")
    assert all(name in seen for name in ("primaryKey", "`correction_column`", "`contradicted_tolerance`"))
    assert which in outcome.reason


def test_of_many_contradicted_keys_three_are_shown(feed: Feed):
    lines = [f"2026-07-21,S{n},{n + again}" for again in (0, 50) for n in range(9)]
    outcome = feed.night(a="; ".join(lines))[DAY]
    seen = feed.rule(outcome, "contradicted")[2]
    assert "(9 keys: day 2026-07-21, station S0: line 2 has pm25 0, line 11, which counts, has pm25 50;" in seen
    assert "; and 6 more)." in seen
    assert "station S3" not in seen


def test_of_a_private_feed_only_the_lines_of_contradicted_rows_are_told(tmp_path: Path):
    feed = Feed(tmp_path, contract(classification="restricted"))
    outcome = feed.night(a="2026-07-21,S7,7; 2026-07-21,S7,99")[DAY]
    seen = feed.rule(outcome, "contradicted")[2]
    assert "(1 key: line 2 and line 3, which counts). If the key is too short" in seen
    assert not {"S7", "99"} & set(seen.replace(",", " ").split())
    assert "S7" not in outcome.reason


def test_an_hourly_file_under_a_daily_contract_closes_the_gate(feed: Feed):
    hours = "date,hour,station,pm25; " + "; ".join(f"2026-07-21,{h},{s},{10 + h}" for h in range(24) for s in "AB")
    outcome = feed.night(a=hours)[DAY]
    assert outcome.verdict is Verdict.BLOCK
    assert feed.counts(outcome) == (48, 2, 0, 0, 0, 46)
    assert feed.values() == {}


def test_a_key_that_is_too_short_closes_the_gate(tmp_path: Path):
    """The station alone names six stations in a hundred twice: they are in two cities."""
    feed = Feed(tmp_path, contract())
    lines = [f"2026-07-21,{n % 94},{n}" for n in range(100)]
    outcome = feed.night(a="; ".join(lines))[DAY]
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.BLOCK, (100, 94, 0, 0, 0, 6))


def test_a_correction_mends_what_contradicted_itself(feed: Feed):
    """What a later delivery replaces was replaced, whatever it was before: the new delivery is judged, not the old."""
    feed.night(a="2026-07-21,A,1; 2026-07-21,A,2; 2026-07-21,B,3; 2026-07-21,B,3")
    outcome = feed.night(b="2026-07-21,A,4; 2026-07-21,B,5")[DAY]
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.PASS, (6, 2, 0, 4, 0, 0))


def test_a_contract_may_tolerate_both(tmp_path: Path):
    feed = Feed(tmp_path, contract(repeated_tolerance=0.3, contradicted_tolerance=0.3))
    outcome = feed.night(a="2026-07-21,A,1; 2026-07-21,A,1; 2026-07-21,B,1; 2026-07-21,B,2")[DAY]
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.PASS, (4, 2, 0, 0, 1, 1))


# Parts that are added up ------------------------------------------------------------------------------------


def summed(root: Path, **spec: str) -> Feed:
    return Feed(root, contract(spec={"combine": "sum", **spec}))


def test_parts_are_added_up_and_repeated_lines_are_not(tmp_path: Path):
    """As Seoul's subway has a station: 455 and 3,140 boardings. Their merging is declared and breaks no rule."""
    feed = summed(tmp_path)
    outcome = feed.night(a="2026-07-21,A,455; 2026-07-21,A,3140; 2026-07-21,B,7; 2026-07-21,B,7")[DAY]
    assert feed.values() == {"A": 3595, "B": 7}
    assert feed.counts(outcome) == (4, 2, 0, 0, 1, 1)
    assert feed.rule(outcome, "contradicted") == ("pass", "critical", "share_contradicted = 0")
    assert feed.rule(outcome, "repeated")[0] == "fail"


def test_a_day_of_which_every_line_is_there_twice_is_not_doubled(tmp_path: Path):
    feed = summed(tmp_path)
    outcome = feed.night(a="; ".join(f"2026-07-21,{s},{n}" for _ in range(2) for n, s in enumerate("ABC", 61474)))[DAY]
    assert feed.values() == {"A": 61474, "B": 61475, "C": 61476}
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.WARN, (6, 3, 0, 0, 3, 0))


def test_two_gates_with_equal_counts_are_two_lines(tmp_path: Path):
    """They differ in a column that the contract does not name. A line is the same with other quotes and spaces."""
    feed = summed(tmp_path)
    lines = "2026-07-21,1,A,20; 2026-07-21,2,A,20; 2026-07-21, 2,A,20; 2026-07-21,3,B,5"
    outcome = feed.night(a=f"date,gate,station,pm25; {lines}")[DAY]
    assert feed.values() == {"A": 40, "B": 5}
    assert feed.counts(outcome) == (4, 2, 0, 0, 1, 1)


def test_repeated_lines_are_parts_where_the_contract_says_so_with_a_reason(tmp_path: Path):
    feed = summed(tmp_path, repeats="parts", reason="a reader sends a line for each train and does not name it")
    outcome = feed.night(a="2026-07-21,A,20; 2026-07-21,A,20; 2026-07-21,B,5")[DAY]
    assert feed.values() == {"A": 40, "B": 5}
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.PASS, (3, 2, 0, 0, 0, 1))


@pytest.mark.parametrize(
    "spec", [{"combine": "sum", "repeats": "parts"}, {"combine": "sum", "repeats": "parts", "reason": " "}]
)
def test_repeated_lines_are_no_parts_without_a_reason(spec: dict[str, str]):
    with pytest.raises(ValueError, match="it needs `combine: sum`, and a `reason`"):
        contract(spec=spec)


def test_lines_that_cannot_be_added_up_contradict_each_other(tmp_path: Path):
    """Registered on two days: which is it? They are added up only where all else is equal."""
    feed = Feed(tmp_path, contract(key=("day", "station"), spec={"combine": "sum"}))
    extra = feed.contract.columns[2].model_copy(update={"name": "line", "type": "string"})
    column = extra.model_copy(update={"spec": extra.spec.model_copy(update={"sources": ("line",), "combine": None})})
    feed.contract = feed.contract.model_copy(update={"columns": (*feed.contract.columns, column)})
    feed.yard.city = replace(feed.yard.city, contracts={"pm": feed.contract})
    outcome = feed.night(a="date,station,pm25,line; 2026-07-21,A,20,1; 2026-07-21,A,21,2; 2026-07-21,B,5,1")[DAY]
    assert (outcome.verdict, feed.counts(outcome)) == (Verdict.BLOCK, (3, 2, 0, 0, 0, 1))
    assert feed.rule(outcome, "contradicted")[0] == "fail"


# A register --------------------------------------------------------------------------------------------------


def test_a_register_is_the_delivery_that_came_last(tmp_path: Path):
    feed = Feed(tmp_path, contract(reference_since="2026-01-01"))
    since = date(2026, 1, 1)
    for n, text in enumerate(("x,A,1; x,B,1", "x,A,2; x,C,1", "x,A,1; x,B,1")):
        feed.night(**{"b" if n else "z": text})
        assert feed.values(since) == ({"A": 2, "C": 1} if n == 1 else {"A": 1, "B": 1})


# Rows that belong to no day, or have no key, of deliveries that were replaced ---------------------------------

GOOD = "; ".join(f"2026-07-21,{n},{n}" for n in range(25))


def test_rows_without_a_day_of_a_file_that_was_replaced_do_not_weigh(feed: Feed):
    """3 of 28 rows have no day; the correction is under another name and brings every row."""
    bad = feed.night(a=f"{GOOD}; x,25,1; ,26,1; 21.7,27,1")[DAY]
    assert bad.verdict is Verdict.BLOCK
    assert feed.rule(bad, "001") == ("fail", "critical", "share_unreadable_rows = 0.107143")
    good = feed.night(b=GOOD)[DAY]
    assert (good.verdict, feed.rule(good, "001")[0]) == (Verdict.PASS, "pass")
    assert feed.counts(good) == (50, 25, 0, 25, 0, 0)


def test_as_long_as_rows_of_the_file_count_its_rows_without_a_day_weigh_as_much_as_they(feed: Feed):
    feed.night(a=f"{GOOD}; x,25,1; ,26,1; 21.7,27,1")
    half = feed.night(b="; ".join(GOOD.split("; ")[:20]))[DAY]
    assert feed.rule(half, "001")[2] == f"share_unreadable_rows = {0.6 / 25.6:.6g}"  # 5 of 25 rows: 0.6 of 3
    assert half.verdict is Verdict.BLOCK


def test_bad_rows_of_one_of_many_files_are_counted_among_all_rows(feed: Feed):
    """One of ten rows of the first of 24 files: 1 of 240 rows of the day, not 1 of 10."""
    files = {f"h{h:02}": "; ".join(f"2026-07-21,{h}-{n},{n}" for n in range(10 if h else 9)) for h in range(24)}
    outcome = feed.night(**files | {"h00": f"{files['h00']}; x,0-9,9"})[DAY]
    assert (outcome.verdict, feed.rule(outcome, "001")[2]) == (Verdict.PASS, f"share_unreadable_rows = {1 / 240:.6g}")


def test_rows_outside_of_a_file_that_was_replaced_are_not_told_again(feed: Feed):
    bad = feed.night(a=f"{GOOD}; 2569-07-21,A,1; 2569-07-21,B,1")[DAY]
    assert (bad.verdict, feed.rule(bad, "outside")) == (Verdict.WARN, ("fail", "warning", "rows_outside = 2"))
    good = feed.night(b=GOOD)[DAY]
    assert (good.verdict, feed.rule(good, "outside")[0]) == (Verdict.PASS, "pass")


@pytest.mark.parametrize("name", ["a", "b"])
def test_rows_without_a_key_of_a_file_that_was_replaced_are_replaced(feed: Feed, name: str):
    bad = feed.night(a=GOOD.replace(",7,7", ",,7").replace(",8,8", ",,8"))[DAY]
    assert (bad.verdict, feed.counts(bad)) == (Verdict.BLOCK, (25, 23, 2, 0, 0, 0))
    good = feed.night(**{name: GOOD})[DAY]
    assert (good.verdict, feed.counts(good)) == (Verdict.PASS, (50, 25, 0, 25, 0, 0))


def test_rows_without_a_key_stay_while_a_row_of_their_file_counts_or_too_few_have_come(feed: Feed):
    feed.night(a=GOOD.replace(",7,7", ",,7").replace(",8,8", ",,8"))
    part = feed.night(b="; ".join(GOOD.split("; ")[1:7]))[DAY]
    assert (part.verdict, feed.counts(part)) == (Verdict.BLOCK, (31, 23, 2, 6, 0, 0))
    fewer = feed.night(c="; ".join(line for line in GOOD.split("; ") if line[-2:] not in (",7", ",8")))[DAY]
    assert (fewer.verdict, feed.counts(fewer)) == (Verdict.BLOCK, (54, 23, 2, 29, 0, 0))


def test_a_file_of_which_no_row_has_a_key_is_replaced_by_one_of_its_name_only(feed: Feed):
    keyless = "; ".join(f"2026-07-21,,{n}" for n in range(25))
    assert feed.night(a=keyless)[DAY].verdict is Verdict.BLOCK
    other = feed.night(b=GOOD)[DAY]
    assert (other.verdict, feed.counts(other)) == (Verdict.BLOCK, (50, 25, 25, 0, 0, 0))
    same = feed.night(a=GOOD.replace(",24,24", ",24,99"))[DAY]
    assert (same.verdict, feed.counts(same)) == (Verdict.PASS, (75, 25, 0, 50, 0, 0))
    assert feed.values()["24"] == 99


# A contract that is changed and changed back -------------------------------------------------------------------


def test_a_change_of_the_contract_that_is_taken_back_is_taken_back(feed: Feed):
    """The values, the verdict and the order of batches are those of the contract as it is now."""
    ids = list[str]()
    sentinels = contract(spec={"sentinels": ["-9"]})
    for turn in range(4):
        feed.contract = contract() if turn % 2 == 0 else sentinels
        feed.yard.city = replace(feed.yard.city, contracts={"pm": feed.contract})
        outcome = feed.night(**({} if turn else {"a": "2026-07-21,A,-9; 2026-07-21,B,5"}))[DAY]
        assert (outcome.new, outcome.verdict) == (True, Verdict.PASS)
        assert feed.values() == {"A": None if turn % 2 else -9, "B": 5}
        ids.append(outcome.batch_id)
        assert feed.night()[DAY].new is False
    assert len(set(ids)) == 4
    assert feed.yard.ledger("batch").sort("recorded_at")["batch_id"].to_list() == ids
    assert lake.live_batches(feed.yard.home.table("seoul", "core", "pm")) == {DAY: ids[-1]}


def test_a_verdict_under_a_contract_that_was_taken_back_is_not_the_last_word(feed: Feed):
    first = feed.contract
    feed.night(a="2026-07-21,A,1; 2026-07-21,A,2; 2026-07-21,B,3")
    for of, verdict in ((contract(contradicted_tolerance=0.5), Verdict.PASS), (first, Verdict.BLOCK)):
        feed.contract = of
        feed.yard.city = replace(feed.yard.city, contracts={"pm": of})
        assert feed.night()[DAY].verdict is verdict
        (newest,) = ledger.newest_verdicts(feed.yard.home, "seoul").collect()["verdict"]
        assert newest == verdict
