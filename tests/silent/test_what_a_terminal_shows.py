"""Every command that prints a table: at 80 columns and in a pipe, and as JSON and CSV with the same rows."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from pipelines.cli.commands import app
from pipelines.cli.fitted import FittedTable
from pipelines.cli.listing import Form, Listing, print_listing
from pipelines.cli.wrapping import wrapped
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.files import AIR_HEADER, BIKE, DAYS, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul

WIDE = 80
METRIC = "bike_rentals_per_100k"
CITY = ("--city", "seoul")

# Every command that prints a table, with what is typed after it.
TABLES: dict[str, tuple[str, ...]] = {
    "status": (),
    "scoreboard": CITY,
    "ledger": (),
    "sql": ("FROM metric.latest LIMIT 20",),
    "versions": (),
    "maintain": ("--dry-run",),
    "city list": (),
    "city check": ("seoul",),
    "metric list": CITY,
    "metric try": (METRIC, *CITY),
    "quarantine list": (),
    "quarantine show": (),
    "refused list": (),
    "simulator faults": (),
    "simulator feeds": (),
}
# Those whose answer is no table: a document, which --json has whole, or a sentence.
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "explain": ("seoul", METRIC, "11", str(LAST)),
    "metric show": (METRIC, *CITY),
    "withdraw": ("bike_daily", *CITY, "--dry-run"),
    "publish": (),
    "doctor": (),
    "watch": (),
    "rollback": ("1",),
}
# Those that other tests run, as they need more than a small home, or that print nothing but a sentence or a file.
OTHERS = {
    *("nightly", "backfill", "dev", "bench", "site", "export", "completion", "simulator serve", "contract show"),
    *("city new", "city sample", "city replay", "city pack", "city unpack", "city diff", "feed new", "feed try"),
    *("quarantine export", "quarantine replay", "metric export", "share check", "refused remove", "refused return"),
    *("backup", "restore", "repair", "sensors"),
}


@pytest.fixture(scope="module")
def command() -> Iterator[Command]:
    """A home with all that tables are made of: two versions, a value held back, a delivery about a person."""
    root = Path(tempfile.mkdtemp(prefix="m", dir="/tmp"))  # a short path: sentences name it
    yard = Yard(root)
    yard.deliver("bike_daily")
    rows = air_rows(DAYS)
    rows[-1][-1] = 99_999
    yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, rows), "cp949")
    yard.put(f"{BIKE}_p.csv", csv_text(["대여일자", "대여건수", "email"], [[LAST, 37000, "jane.doe@example.org"]]))
    found = Command(yard.home.root, small_seoul(root, "bike_daily", "air_daily"))
    with no_events():
        said = found("nightly", *CITY, "--day", str(LAST), "--from-dir", yard.drop)
    assert said.code == 3, said.err  # of the delivery that is refused
    assert found("rollback", "1").code == 0
    yield found
    shutil.rmtree(root)


def leaves() -> dict[str, Any]:
    """Every command of the command line by what is typed, with its options."""

    def walk(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, one in group.commands.items():
            if hasattr(one, "commands"):
                yield from walk(one, (*words, name))
            else:
                yield " ".join((*words, name)), one.make_context(name, [], resilient_parsing=True).command

    return dict(walk(typer.main.get_command(app), ()))


def test_every_command_that_prints_a_table_has_it_as_json_and_csv():
    found = leaves()
    assert {*TABLES, *DOCUMENTS, *OTHERS} == set(found)
    options = {name: {text for one in command.params for text in one.opts} for name, command in found.items()}
    for name in TABLES | dict.fromkeys(("bench", "share check", "quarantine replay")):
        assert {"--json", "--csv"} <= options[name], name
    for name in {*DOCUMENTS, "nightly", "backfill", "feed try", "city diff", "city replay"}:
        assert "--json" in options[name], name


@pytest.mark.parametrize("name", [*TABLES, *DOCUMENTS])
def test_no_line_is_wider_than_a_terminal(command: Command, name: str):
    said = command(*name.split(), *(TABLES | DOCUMENTS)[name], COLUMNS=str(WIDE))
    assert said.out, said.err
    for line in said.out.splitlines():
        assert cell_len(line) <= WIDE or " " not in line.strip() or line.startswith("next: "), line
    assert "\x1b" not in said.out


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_same_rows_in_all_forms(command: Command, name: str):
    words = (*name.split(), *TABLES[name])
    as_json, as_csv = command(*words, "--json"), command(*words, "--csv")
    found = json.loads(as_json.out)
    if isinstance(found, dict):
        (found,) = (part for part in found.values() if part and isinstance(part[0], dict))
    if name == "metric try":
        found = [figure for one in found for figure in one["figures"]]
    frame = pl.read_csv(io.StringIO(as_csv.out), infer_schema=False)
    assert frame.height == len(found) > 0
    for row, of_json in zip(frame.to_dicts(), found, strict=True):
        for column, value in of_json.items():
            if column != "verdicts" and isinstance(value, str) and value:
                assert row[column] == value, column
            elif value is None:
                assert row[column] is None, column
    assert "\x1b" not in as_json.out + as_csv.out
    if name == "scoreboard":  # it has titles in the language of the city
        return
    shown = command(*words, COLUMNS="1000").out
    keys = {str(row[column]) for row in found for column in ("table_name", "metric", "feed", "fault") if column in row}
    assert all(key in shown for key in keys)


def test_versions_and_rollback_say_what_is_live_and_what_it_was_before(command: Command):
    said = command("rollback", "1", "--json")
    done = json.loads(said.out)
    assert (done["restored"], done["changed"]) == (1, True)
    listed = json.loads(command("versions", "--json").out)
    assert [row["version"] for row in listed if row["live"]] == [done["version"]]
    assert listed[-1]["restored"] == 1
    shown = command("versions", COLUMNS="80").out.splitlines()
    assert "rollback to 1" in shown[-1]
    assert shown[-1].endswith("live and kept")
    assert f"version {done['version'] + 1} is live now, with what version 1 had" in command("rollback", "1").words


# Tables of any width -------------------------------------------------------------------------------------------


def drawn(table: FittedTable, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def texts(*cells: object) -> list[Text]:
    return [Text(str(cell)) for cell in cells]


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_a_table_is_never_wider_than_its_room_and_loses_no_word(width: int):
    rows = [
        texts("seoul", "core.air_daily", "PASS", "다섯 곳의 값이 없다"),
        texts("busan", "x" * 9, "BLOCK", "too many"),
    ]
    table = FittedTable(texts("city", "table", "verdict", "why"), rows, Text("Title"))
    lines = drawn(table, width)
    assert max(map(cell_len, lines)) <= width
    said = "".join("".join(lines).split())
    for row in rows:
        for cell in row:
            for word in cell.plain.split():
                assert word in said


def test_columns_that_may_go_are_named_and_the_others_keep_their_words():
    table = FittedTable(texts("table", "read", "kept"), [texts("metric.air_quality", 1, 22)], may_go=(1, 2))
    assert drawn(table, 24) == [
        "table               read",
        "metric.air_quality  1",
        "no room for kept: --json",
        "and --csv have all",
    ]
    assert drawn(table, 19)[:2] == ["table", "metric.air_quality"]


def test_a_row_without_room_is_a_paragraph():
    table = FittedTable(texts("name", "value"), [texts("a" * 12, "b" * 12)])
    assert drawn(table, 20) == ["row 1", "  name   " + "a" * 11, "         a", "  value  " + "b" * 11, "         b"]


def test_sentences_break_between_words_and_never_in_a_command_or_path():
    text = "a/long/path/that/has/no/end: missing; write it with `madang feed new FILE` and go on"
    lines = list(wrapped(text, 30))
    assert " ".join(line.strip() for line in lines) == text
    assert any("`madang feed new FILE`" in line for line in lines)
    assert list(wrapped("next: madang status --home /somewhere/else", 20)) == [
        "next: madang status --home /somewhere/else"
    ]


def test_rows_of_a_pipe_that_nobody_reads_are_not_asked_for(capsys: pytest.CaptureFixture[str]):
    print_listing(Listing(["a"], iter([[1], [2]])), Form.JSON)
    assert json.loads(capsys.readouterr().out) == [{"a": 1}, {"a": 2}]
    print_listing(Listing(["a"], iter([])), Form.JSON)
    assert capsys.readouterr().out == "[]\n"
