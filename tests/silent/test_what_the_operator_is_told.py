"""What the operator is told is true, and telling it never breaks: hostile ledgers, crashes, packs, exit codes."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import polars as pl
import pytest
from dagster._core.storage import local_compute_log_manager
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from assets.pack.city import load_city
from assets.pack.packs import load_packs
from pipelines import published_assets, report
from pipelines.cli import render, scoreboard, stopping
from pipelines.cli.json_text import json_text
from pipelines.dagster_store.compute_logs import ComputeLogs
from pipelines.last_night import blocks, headline
from pipelines.resources import Platform
from pipelines.status import statuses
from pipelines.visible import LONGEST, markdown_text, one_line, visible
from tests.support.paths import REPOSITORY
from tests.worlds.command import MADANG, MADANG_IN_BACKGROUND, PATIENCE_S, Command, Said
from tests.worlds.events import no_events
from tests.worlds.files import DAYS, LAST, Yard
from tests.worlds.packs import seoul, small_seoul
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import TABLES
from warehouse.published import connect

HOSTILE = {
    "markup": "[bold red]no[/] [/x] [link=http://evil]y[/link] :smile:",
    "escape": "\x1b[31mred\x1b]0;title\x07 \x9b2J",
    "lines": "one\ntwo\r\nthree\tfour\x0bfive\u2028six",
    "nul": "a\x00b\x7f",
    "direction": "abc\u202edcba\u202c\u200f \u2066x\u2069",
    "zero width": "a\u200bb\ufeffc\u200dd",
    "quotes": """' " `code` {} {0} {reason} %s $x \\ \\n""",
    "markdown": "| a | b |\n|---|---|\n# h\n**b** _i_ ![p](http://x/y.png) [l](javascript:1) <script>alert(1)</script>",
    "html": "<img src=x onerror=alert(1)> &lt; &amp; http://evil.example www.evil.example",
    "long": "x" * 100_000,
    "korean": "서울 대기 질",
    "empty": "",
}
CONTROLS = [*map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160)]), "\u202e", "\u200b", "\ufeff", "\u2066"]


def hostile_home(root: Path, text: str | None, *, day: date | None = LAST) -> Home:
    """A ledger in which every text is `text`, and null where a text is None; verdicts of all kinds."""
    home = open_home(Home(root), create=True)
    now = datetime(2020, 4, 5, tzinfo=UTC)
    lists = None if text is None else [text]
    filled: dict[str, Any] = {"String": text, "List(String)": lists}
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in ("attempt", "batch", "verdict", "rule_result")}
    for number, (name, verdict) in enumerate(
        [("bike_daily", "BLOCK"), ("weather_daily", "ERROR"), (text, text), ("air_daily", None), (text, "PASS")]
    ):
        common = {"city": "seoul", "run_id": "r", "recorded_at": now if text is not None else None, "day": day}
        own = common | {"batch_id": f"b{number}", "table_name": name, "layer": "core", "feed": name}
        own |= {"verdict": verdict, "status": "failed", "severity": "critical"}
        for table, of_table in rows.items():
            columns = TABLES[table].schema
            row = {column: filled.get(str(dtype)) for column, dtype in columns.items()}
            row |= {column: value for column, value in own.items() if column in columns}
            row |= {"samples": json.dumps([{text: text}, text, None]) if text else text} if "samples" in columns else {}
            of_table.append(row)
    for table, of_table in rows.items():
        ledger.append(home, table, of_table)
    return home


def printed(renderable: Any) -> str:
    console = Console(file=io.StringIO(), width=200, markup=False, emoji=False, force_terminal=True)
    console.print(renderable)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def safe(text: str) -> bool:
    """Nothing in it moves a cursor, changes a title or the direction of writing; colours are the platform's own."""
    import re

    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    return not any(sign in plain for sign in CONTROLS)


# Reports of any ledger -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_seoul(tmp_path_factory.mktemp("packs"), "bike_daily", "weather_daily", "air_daily")


@pytest.mark.holds(
    "attack 10",
    "Markup, escape sequences, bidirectional and zero-width signs in a ledger: each report shows them as signs.",
)
@pytest.mark.parametrize("kind", [*HOSTILE, None])
def test_any_ledger_can_be_reported(tmp_path: Path, packs: Path, kind: str | None):
    text = None if kind is None else HOSTILE[kind]
    home = hostile_home(tmp_path, text)
    city = load_city(packs / "seoul")
    command = Command(home.root, packs)
    for words in (("status",), ("ledger",), ("ledger", "--city", "seoul")):
        said = command(*words)
        assert said.code == (3 if words == ("status",) else 0), (words, said.err)
        assert safe(said.out), words
        assert safe(said.err), words
    rows = statuses(home, city)
    by_name = {row.table_name: row for row in rows}
    assert by_name["bike_daily"].is_broken
    assert by_name["air_daily"].is_broken  # a row without a verdict is not open
    listed = json.loads(command("ledger", "--json").out)
    assert {row["code_version"] for row in listed} == {text}  # JSON has the data as they are
    assert safe(headline(rows))
    for told in blocks(rows).values():
        assert safe(told)
        assert "<script" not in told.replace("\\<", "")
        links = re.findall(r"(?<!\\)\]\(([^)]*)", told.replace("\\]", ""))
        assert links
        assert all(link.startswith(("/assets/madang/runbook/", "/runs/")) for link in links)
    run = dg.materialize(
        [published_assets.last_night_asset(lambda: load_packs([packs / "seoul"]))],
        resources={"platform": Platform(home=home, source="files")},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    assert run.success


@pytest.mark.parametrize("day", [None, date(1, 1, 1), date(9999, 12, 31)])
def test_days_far_away_can_be_reported(tmp_path: Path, packs: Path, day: date | None):
    home = hostile_home(tmp_path, "x", day=day)
    for words in (("status",), ("ledger",), ("status", "--json"), ("ledger", "--json")):
        said = Command(home.root, packs)(*words)
        assert said.code in (0, 3), said.err


def test_a_large_ledger_can_be_reported(tmp_path: Path, packs: Path):
    home, count = open_home(Home(tmp_path), create=True), 100_000
    columns = {"city": "seoul", "run_id": "r", "feed": "bike_daily", "status": "failed", "detail": "no"}
    rows = pl.DataFrame({"delivery": [f"file {n}" for n in range(count)]}).with_columns(
        **{name: pl.lit(value) for name, value in columns.items()},
        recorded_at=pl.lit(datetime(2020, 4, 5, tzinfo=UTC)),
    )
    schema = TABLES["attempt"].schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in rows.columns]
    ledger.append(home, "attempt", rows.with_columns(missing))
    said = Command(home.root, packs)("status")
    assert said.code == 3
    assert "and 99,950 more" in said.out
    failed = report.failed_deliveries(home, seoul(), ["r"])
    assert printed(render.failed("seoul", failed)).count("\n") <= render.MOST_LINES + 2


@pytest.mark.parametrize("text", [*HOSTILE.values(), None])
def test_lists_of_a_night_can_be_shown(text: str | None):
    closed = pl.DataFrame([dict.fromkeys(report.CLOSED, None)] * 3, schema=report.CLOSED)
    closed = closed.with_columns(reason=pl.lit(text, pl.String), layer=pl.lit(text, pl.String))
    failed = pl.DataFrame([dict.fromkeys(report.FAILED, text)] * 4, schema=report.FAILED)
    for shown in (render.closed("seoul", closed), render.failed("seoul", failed), render.crashed([text or ""] * 60)):
        assert safe(printed(shown))
    latest = pl.DataFrame(
        {
            "metric": [text, "m"], "value": [None, 1.0], "unit": [text, None], "target": [None, 2.0],
            "period_start": [None, LAST], "period": [None, "day"], "completeness": [None, 1.0],
            "status": [text, None], "reason": [text, None], "source": [text, None], "direction": [None, None],
            "title": [text, None],
        },
        schema_overrides={"value": pl.Float64, "direction": pl.String},
    )  # fmt: skip
    board = scoreboard.Board("en", text or "", {"m": None, text: text}, {})  # type: ignore[dict-item]
    assert safe(printed(scoreboard.scoreboard(latest, board)))
    assert safe(printed(scoreboard.reasons(latest.with_columns(status=pl.lit("absent")), board)))
    odd = [Decimal("1.5"), None, datetime(1, 1, 1), b"\x00", [None, {"a": text}], float("nan"), text]  # noqa: DTZ001
    assert safe(printed(render.plain_table([str(text), "b"], [[value, value] for value in odd], text)))


@given(st.text(), st.integers(1, 50))
def test_what_is_visible_is_one_line_of_signs(text: str, limit: int):
    shown = visible(text, limit)
    assert "\n" not in shown
    assert not any(sign in shown for sign in CONTROLS)
    shown.encode()
    assert visible(shown, limit=10 * len(shown) + 1) == shown  # what is shown is not changed again
    if text.isprintable():
        assert visible(text, limit=len(text) + 1) == text


@given(st.text(alphabet="abc_*`[]()<>|\\&#!~$ \nhttp:/w.", max_size=40))
def test_markdown_is_shown_letter_by_letter(text: str):
    """Its only unescaped signs are those that mean nothing there."""
    import re

    left = re.sub(r"\\[\\`*{}\[\]<>|~#!$&_]", "", markdown_text(text))
    left = re.sub(r"&#\d+;", "", left)  # the colon of an address, which would make a link of it
    assert not re.search(r"[\\`*{}\[\]<>|~#!$\n]|https?://", left)


def test_a_long_text_is_cut_and_says_so():
    shown = visible("x" * 3_000)
    assert shown == "x" * LONGEST + "… (3,000 characters)"
    assert one_line("a\n b") == "a  b"


# Nights ----------------------------------------------------------------------------------------------------------

RENTALS = "bike_rentals_per_100k"


class Town(Command):
    """A home, a drop folder and packs; nights run in this process and leave no events of Dagster behind."""

    def __init__(self, root: Path, *feeds: str, metrics: Sequence[str] = ()) -> None:
        """`metrics`: these instead of all that Seoul has chosen, where a test does not look at others."""
        self.yard = Yard(root)
        super().__init__(self.yard.home.root, small_seoul(root, *feeds))
        if metrics:
            self.without_metrics("seoul", "metrics:\n" + "".join(f"  {metric}: {{}}\n" for metric in metrics))

    def night(self, *more: str, city: str = "seoul", day: date = LAST) -> Any:
        with no_events():
            drop = self.yard.drop.with_name(city)
            return self("nightly", "--city", city, "--day", str(day), "--from-dir", drop, *more)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with connect.open_published(Home(self.home)) as con:
            return con.execute(query).fetchall()

    def without_metrics(self, city: str, text: str | None = "metrics: {}\n") -> None:
        path = self.packs / city / "metrics.yaml"  # type: ignore[operator]
        path.unlink() if text is None else path.write_text(text)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path, "bike_daily", metrics=[RENTALS])


def test_deliveries_that_fail_in_one_night_are_a_list_and_3(tmp_path: Path):
    """It was a panic of Polars after the night was published, and 1."""
    town = Town(tmp_path, "bike_daily", "weather_daily", metrics=[RENTALS])
    town.yard.deliver("bike_daily", "weather_daily")
    for number in range(3):
        name = f"../korea/weather_daily/Weather_{number}.csv" if number else "bike_daily/[red]{0}[⁄x].csv"
        town.yard.put(name, "a;b\n<html>\x1b[31m")
    said = town.night()
    assert said.code == 3, said.err
    assert "Deliveries that could not be read" in said.out
    assert "published as version 1" in said.out
    assert safe(said.out)
    assert safe(said.err)
    assert json.loads(town.night("--json").out)["exit_code"] == 3


@pytest.mark.parametrize("shared", [True, False])
def test_a_night_names_the_pages_that_it_made(town: Town, monkeypatch: pytest.MonkeyPatch, shared: bool):
    """A first night said where the file is, and not that there are pages for who reads no SQL."""
    monkeypatch.setenv("MADANG_SITE", "yes")
    if shared:
        (town.packs / "seoul" / "sharing.yaml").write_text("open: {}\n", "utf-8")  # type: ignore[operator]
    town.yard.deliver("bike_daily")
    said = town.night()
    pages = town.yard.home.root / "published" / "open" / "site" / "index.html"
    assert (f"pages of the open file: {pages}" in said.out) == shared
    assert pages.is_file() == shared


def test_a_report_that_breaks_does_not_change_what_the_night_was(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.yard.deliver("bike_daily")

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("the report")

    monkeypatch.setattr(report, "latest", broken)
    said = town.night()
    assert (said.code, "Traceback" in said.err) == (0, False)
    assert "the report of the night cannot be shown (ZeroDivisionError: the report)" in said.err
    assert "published as version 1" in said.out
    monkeypatch.setattr(report, "failed_deliveries", broken)
    said = town.night()
    assert said.code == 3  # whether anything failed is not known
    assert "see `madang status`" in said.err


# A mart or metric that crashes -----------------------------------------------------------------------------------


def spoiled(town: Town, file: str, old: str, new: str) -> None:
    path = town.packs / "seoul" / file  # type: ignore[operator]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_table_that_crashes_is_told_everywhere_and_forgotten_when_it_is_mended(tmp_path: Path):
    town = Town(tmp_path, "air_daily", "bike_daily", metrics=["pm25_mean", RENTALS])
    town.yard.deliver("air_daily", "bike_daily")
    assert town.night(day=DAYS[-2]).code == 0
    good = town.rows("SELECT value FROM metric.value WHERE metric = 'pm25_mean' AND area = '11'")
    spoiled(town, "air_stations.csv", "place,", "station,")
    said = town.night()
    assert said.code == 3, (said.out, said.err)
    assert "metric.air_quality 2020-04-04 ERROR: crashed: ContractError" in said.out
    assert "place" in said.words
    assert "(assets/metrics/observing.py, line" in said.words
    status = town("status")
    assert status.code == 3
    assert f"metric.air_quality: newest day {LAST} ERROR" in status.out
    held = json.loads(town("ledger", "--feed", "air_quality", "--day", str(LAST), "--json").out)
    assert [(row["state"], row["verdict"]) for row in held] == [("held", "ERROR")]
    assert "crashed: ContractError" in held[0]["reason"]
    (told,) = town.rows(
        f"SELECT value, status, reason FROM metric.value WHERE metric = 'pm25_mean' AND area = '11'"
        f" AND period_start = DATE '{LAST}'"
    )
    assert told[:2] == (None, "absent")
    assert told[2].startswith("pm25_mean could not be computed: air_quality: crashed: ContractError")
    before = "SELECT value FROM metric.value WHERE metric = 'pm25_mean' AND area = '11' AND period_start = "
    assert town.rows(f"{before} DATE '{DAYS[-2]}'") == good  # the good day stays live
    assert town.rows("SELECT count(*) FROM metric.value WHERE metric = 'bike_rentals_per_100k' AND value > 0") == [(2,)]
    assert town.night().code == 3  # as long as it is so
    spoiled(town, "air_stations.csv", "station,", "place,")
    said = town.night()
    assert said.code == 0, (said.out, said.err)
    assert town("status").code == 0
    assert town.rows(f"{before} DATE '{LAST}'")[0][0] > 0


def test_a_missing_parameter_is_named_with_its_file(tmp_path: Path):
    town = Town(tmp_path, "weather_daily")
    town.yard.deliver("weather_daily")
    spoiled(town, "metrics.yaml", "heat_season_months", "hot_months")
    said = town.night()
    assert said.code == 3, (said.out, said.err)
    assert "seoul/metrics.yaml:" in said.words
    assert "parameters: there is no parameter 'heat_season_months'; rename hot_months below `parameters`" in said.words
    ((value, _), (none, reason)) = town.rows(
        "SELECT value, reason FROM metric.latest WHERE metric IN ('air_temperature_mean', 'apparent_temperature_max')"
        " AND area = '11' ORDER BY metric"
    )
    assert (value is not None, none) == (True, None)  # what does without the parameter is there
    assert reason.startswith("apparent_temperature_max could not be computed: weather: ContractError")


def test_one_day_that_cannot_be_computed_does_not_cost_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from assets.derive import measuring

    town = Town(tmp_path, "bike_daily", metrics=[RENTALS])
    town.yard.deliver("bike_daily")
    evaluate = measuring.evaluate_metrics

    def evaluated(wanted: Any, entries: Any, observed: Any, days: Any, *more: Any) -> pl.DataFrame:
        if DAYS[1] in days:
            raise ZeroDivisionError("on the second day")
        return evaluate(wanted, entries, observed, days, *more)

    monkeypatch.setattr(measuring, "evaluate_metrics", evaluated)
    words = ("--city", "seoul", "--from", str(DAYS[0]), "--to", str(LAST), "--from-dir", town.yard.drop)
    with no_events():
        said = town("backfill", *words)
    assert said.code == 3, (said.out, said.err)
    made = "SELECT count(*) FROM metric.value WHERE metric = 'bike_rentals_per_100k' AND value IS NOT NULL"
    assert town.rows(made) == [(3,)]
    assert "metric.rentals 2020-04-02 ERROR: crashed: ZeroDivisionError: on the second day" in said.out


def test_a_feed_that_crashes_while_it_is_fetched_is_a_failed_delivery(town: Town, monkeypatch: pytest.MonkeyPatch):
    from pipelines import asset_factory

    town.yard.deliver("bike_daily")

    def broken(*_: Any) -> Any:
        raise KeyError("[red]nothing[/x]")

    monkeypatch.setattr(asset_factory, "read_new", broken)
    said = town.night()
    assert said.code in (1, 3)
    monkeypatch.undo()
    assert town("status").code == 3
    assert "FEED-CRASH" in town("status").words
    assert town.night().code == 0
    assert town("status").code == 0


def test_a_delivery_that_is_lost_after_it_was_read_is_a_verdict(town: Town):
    town.yard.deliver("bike_daily")
    town.yard.fetch("bike_daily")
    for path in [*town.yard.home.landing.rglob("*.zst"), *town.yard.home.parse_cache.rglob("*.*")]:
        path.unlink()
    shutil.rmtree(town.yard.drop)
    town.yard.drop.mkdir()
    said = town.night()
    assert said.code == 3, (said.out, said.err)
    assert "core.bike_daily 2020-04-04 ERROR: crashed: LANDING-LOST" in said.out


# Packs -----------------------------------------------------------------------------------------------------------


OFTEN, WEEKLY = ["metrics: {}\n", None], ["metrics:\nparameters:\n", ""]


@pytest.mark.parametrize("text", [*OFTEN, *(pytest.param(text, marks=pytest.mark.weekly) for text in WEEKLY)])
def test_a_pack_without_metrics_publishes_its_core_tables(town: Town, text: str | None):
    town.without_metrics("seoul", text)
    town.yard.deliver("bike_daily")
    said = town.night()
    assert said.code == 0, (said.out, said.err)
    assert "seoul has no metric values" in said.out
    assert town.rows("SELECT count(*) FROM core.seoul_bike_daily") == [(1,)]
    assert town("status").code == 0
    assert town.night().code == 0
    assert town("explain", "seoul", "pm25_mean", "11", str(LAST)).code == 2


def test_a_night_in_which_nothing_ever_came_publishes_nothing_and_says_why(town: Town):
    town.yard.drop.mkdir(parents=True)
    for _ in range(2):
        said = town.night()
        assert said.code == 1
        assert "nothing was published: nothing was ever admitted by a gate" in said.err
        assert "run `madang nightly` first" not in said.err + said.out
    assert town("publish").code == 1


@pytest.fixture
def two(tmp_path: Path) -> Town:
    """Seoul, and Incheon beside it without metrics; the drop folder has one folder for each."""
    town = Town(tmp_path, "bike_daily", metrics=[RENTALS])
    small_seoul(tmp_path / "other", "bike_daily", name="incheon")
    shutil.copytree(tmp_path / "other" / "cities" / "incheon", town.packs / "incheon")  # type: ignore[operator]
    town.without_metrics("incheon")
    town.yard.deliver("bike_daily")
    shutil.copytree(town.yard.drop, town.yard.drop.with_name("incheon"))
    return town


def test_a_city_without_metrics_does_not_stop_the_others(two: Town):
    assert two.night(city="incheon").code == 0
    assert two.night().code == 0
    assert two.rows("SELECT DISTINCT city FROM metric.value") == [("seoul",)]
    counts = "SELECT (SELECT count(*) FROM core.incheon_bike_daily), (SELECT count(*) FROM core.seoul_bike_daily)"
    assert two.rows(counts) == [(1, 1)]


BROKEN: dict[str, Callable[[Path], object]] = {
    "no yaml": lambda pack: (pack / "city.yaml").write_text("{[", "utf-8"),
    "a list": lambda pack: (pack / "metrics.yaml").write_text("- a\n- b\n", "utf-8"),
    "no areas": lambda pack: (pack / "areas.csv").unlink(),
    "empty areas": lambda pack: (pack / "areas.csv").write_text(""),
    "no pack": lambda pack: (shutil.rmtree(pack), pack.mkdir()),
}
SELDOM = ("a list", "no areas", "empty areas")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("city.yaml", "name: 5\n", "city.yaml:1: name: a text is needed, and 5 without quotes is none; write "),
        ("city.yaml", "naem: x\n", "naem: there is no such key; write name"),
        ("city.yaml", "", "city.yaml: is empty; keys and values are needed"),
        (
            "city.yaml",
            "name: [a\n",
            "city.yaml:2: is not YAML: the list in brackets that begins in line 1 is not closed",
        ),
        (
            "metrics.yaml",
            "metrics: {pm25_mean: {target: x}}\n",
            "metrics.yaml:1: metrics.pm25_mean.target: a number is needed, not 'x'; ",
        ),
        ("metrics.yaml", "metrix: {}\n", "metrics.yaml:1: metrix: there is no such key; write metrics"),
        ("metrics.yaml", "1: {}\n", "metrics.yaml:1: 1: there is no such key"),
    ],
)
def test_a_mistake_in_a_pack_is_one_sentence_with_file_and_key(tmp_path: Path, file: str, text: str, said: str):
    packs = small_seoul(tmp_path, "bike_daily")
    path = packs / "seoul" / file
    kept = path.read_text("utf-8") if file == "city.yaml" and text.startswith("naem") else ""
    path.write_text(kept + text, "utf-8")
    told = Command(tmp_path / "home", packs)("city", "check", "seoul")
    *lines, last = told.out.splitlines()
    assert (told.code, told.err) == (2, "")
    assert said in lines[0]
    begun = [line for line in lines if not line.startswith(" ")]  # a long one goes on below
    assert last.startswith(f"seoul: {len(begun)} mistake")
    assert "http" not in told.out
    assert "unicode string" not in told.out


def test_a_folder_without_packs_is_named(tmp_path: Path):
    empty = tmp_path / "none"
    for words in (("city", "list"), ("status",)):
        told = Command(tmp_path / "home", empty)(*words)
        assert (told.code, str(empty) in told.err) == (2, True), told.err


def test_a_home_that_is_not_there_is_not_maintained(tmp_path: Path, packs: Path):
    told = Command(tmp_path / "typo", packs)("maintain")
    assert (told.code, "typo" in told.err, (tmp_path / "typo").exists()) == (1, True, False)


def test_the_day_of_a_reason_is_named():
    latest = pl.DataFrame(
        {
            "metric": ["m", "s"], "period": "day", "period_start": [LAST, DAYS[0]], "status": ["absent", "stale"],
            "reason": ["no delivery of x covers this day", f"{LAST}: no delivery of y covers this day"],
        }
    )  # fmt: skip
    shown = printed(scoreboard.reasons(latest, scoreboard.Board("en", "Town", {}, {})))
    assert f"{LAST}: no delivery of x covers this day" in shown
    assert f"{LAST}: no delivery of y covers this day" in shown


# What else may be wrong in a pack is tested without a night, with the packs.
@pytest.mark.parametrize(
    "how", ["no yaml", "no pack", *(pytest.param(how, marks=pytest.mark.weekly) for how in SELDOM)]
)
def test_a_broken_pack_of_another_city_costs_only_that_city(two: Town, how: str):
    assert two.night(city="incheon").code == 0
    BROKEN[how](two.packs / "incheon")  # type: ignore[operator]
    said = two.night()
    assert said.code == 3, (said.out, said.err)
    assert "pack" in said.err
    assert "incheon" in said.err
    assert "the other cities go on" in said.err
    assert two.rows("SELECT count(*) FROM core.seoul_bike_daily") == [(1,)]
    assert two.rows("SELECT count(*) FROM core.incheon_bike_daily") == [(1,)]  # as its last good pack has it
    assert "Nothing failed" not in two("status").out
    assert "not read: pack incheon" in two("status").out
    for words in (("status",), ("publish",), ("city", "list")):
        said = two(*words)
        assert (said.code, "Traceback" in said.err) == (3, False), (words, said.err)
        assert "incheon" in said.err
    assert two("status", "--city", "seoul").code == 0
    assert two("status", "--city", "incheon").code == 2
    assert two.night(city="incheon").code == 2
    assert two("city", "check", "incheon").code == 2


def test_a_city_whose_pack_is_gone_is_still_in_the_ledger(two: Town):
    assert two.night(city="incheon").code == 0
    shutil.rmtree(two.packs / "incheon")  # type: ignore[operator]
    assert two("ledger", "--city", "incheon").code == 0
    assert two("ledger", "--city", "zzz").code == 2
    assert two.night().code == 0


# Ctrl-C and SIGTERM, at any moment ---------------------------------------------------------------------------------


class Forks:
    """A program that forks a process for each command, and homes that they are stopped in."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0
        self.yard = Yard(root)
        self.yard.deliver("bike_daily")
        self.packs = small_seoul(root, "bike_daily")
        choices = "metrics:\n  bike_rentals_per_100k: {}\n"  # little to do: what is tested is when it stops
        (self.packs / "seoul" / "metrics.yaml").write_text(choices)
        program = Path(__file__).with_name("stopped_nights.py")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def __call__(
        self, home: Path, *arguments: str, after: str = "", stdout: str = "", stderr: str = "", **variables: str
    ) -> Said:
        """Run the command. `after`: what comes after its end or its signal; outputs are files, or what is said here."""
        self.count += 1
        out, err = self.root / f"out{self.count}", self.root / f"err{self.count}"
        outputs = {"stdout": stdout or str(out), "stderr": stderr or str(err)}
        own = {"MADANG_HOME": str(home), "MADANG_CITIES": str(self.packs), "COLUMNS": "200"}
        order = {"arguments": arguments, "variables": own | variables, "after": after, **outputs}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = int(self._answer())
        return Said(code, *("" if given else path.read_text() for path, given in ((out, stdout), (err, stderr))))

    def night(self, home: Path, **more: str) -> Said:
        words = ("nightly", "--city", "seoul", "--day", str(LAST), "--from-dir", str(self.yard.drop))
        return self(home, *words, **more)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    found = Forks(tmp_path_factory.mktemp("forks"))
    yield found
    found.process.communicate(timeout=300)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks) -> tuple[Path, list[str]]:
    """A home after a night, and the failpoints that it passed."""
    home, log = forks.root / "undisturbed", forks.root / "moments"
    said = forks.night(home, MADANG_FAILPOINT_LOG=str(log))
    assert said.code == 0, (said.out, said.err)
    return home, log.read_text().split()


def published(home: Path) -> list[tuple[Any, ...]]:
    with connect.open_published(Home(home)) as con:
        return con.execute("SELECT * EXCLUDE (run_id, published_at) FROM metric.value ORDER BY ALL").fetchall()


PHASES = ("start", "night", "fetch", "ingest", "gate", "publish")


def only_sentence(said: Said, sentence: str = stopping.SENTENCE) -> None:
    """130, and one sentence that says what became of it."""
    lines = [line for line in said.err.splitlines() if not line.startswith(("fetching", "building", "publishing"))]
    assert (said.code, lines) == (130, [f"madang: {sentence}"]), said.out + said.err


@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.weekly)])
def test_a_night_is_stopped_at_any_moment(forks: Forks, undisturbed: tuple[Path, list[str]], every: int):
    """By one of the two signals; some are run again, and end as if nothing had happened."""
    whole, moments = undisturbed
    assert len(moments) >= 40
    for phase in PHASES:
        assert any(moment.startswith(f"{phase}.") for moment in moments)
    firsts = {moments.index(next(m for m in moments if m.startswith(f"{phase}."))) + 1 for phase in PHASES}
    for number, moment in enumerate(moments, 1):
        chosen = number % every == 0 or number in firsts or moment == "night.published"
        if not chosen:
            continue
        home = forks.root / f"stopped at {number}"
        said = forks.night(home, MADANG_FAILPOINT=f"#{number}={('SIGINT', 'SIGTERM')[number % 2]}")
        begun = not moment.startswith("start.")
        only_sentence(said, stopping.SENTENCE if begun else stopping.NOTHING_WRITTEN)
        if number == 40 or moment == "night.published":
            again = forks.night(home)
            assert again.code == 0, (moment, again.err)
            assert published(home) == published(whole), moment
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("words", [("status",), ("ledger",), ("sql", "SELECT 1"), ("publish",), ("city", "list")])
def test_other_commands_are_stopped_too(forks: Forks, undisturbed, words: tuple[str, ...], stop: str):
    for moment in ("start.begun", "start.imported"):
        said = forks(undisturbed[0], *words, MADANG_FAILPOINT=f"{moment}={stop}")
        only_sentence(said, stopping.NOTHING_WRITTEN)


@pytest.mark.holds("attack 19", "SIGINT and SIGTERM before the libraries are loaded: 130 and one sentence.")
@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM"])
def test_a_process_is_stopped_before_its_libraries_are_loaded(tmp_path: Path, stop: str):
    with Command(tmp_path).start("status", MADANG_FAILPOINT=f"start.begun={stop}") as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    only_sentence(Said(process.returncode, out, err), stopping.NOTHING_WRITTEN)


@pytest.mark.holds("attack 19", "Ctrl-C in a terminal, when a night has begun to tell: 130 and one sentence.")
def test_ctrl_c_in_a_terminal_is_one_sentence(tmp_path: Path):
    own, terminal = pty.openpty()
    command = Command(tmp_path / "home")
    with subprocess.Popen(
        [*MADANG, "nightly", "--city", "brunei", "--source", "simulated"],
        env=os.environ | command.own | {"COLUMNS": "80"},
        cwd=REPOSITORY,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread is in this call
    ) as process:
        os.close(terminal)
        shown = os.read(own, 2**16)
        os.write(own, b"\x03")
        with suppress(OSError):  # the terminal has no process any more
            while more := os.read(own, 2**16):
                shown += more
        assert process.wait(PATIENCE_S) == 130, shown.decode()
    os.close(own)
    assert b"Traceback" not in shown
    assert b"madang: stopped; what is published is whole" in shown


def test_a_command_in_the_background_does_not_hear_ctrl_c(tmp_path: Path):
    command = Command(tmp_path)
    with command.start("city", "list", madang=MADANG_IN_BACKGROUND, MADANG_FAILPOINT="start.begun=SIGINT") as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "seoul" in out, err) == (0, True, "")


@pytest.mark.parametrize("after", ["SIGINT", "SIGTERM", "an error"])
def test_what_comes_after_a_signal_is_not_told(forks: Forks, undisturbed: tuple[Path, list[str]], after: str):
    """A second signal, and libraries that fail because they were interrupted."""
    for moment in ("night.begun", "night.planned"):
        only_sentence(forks.night(undisturbed[0], after=after, MADANG_FAILPOINT=f"{moment}=SIGTERM"))


def test_a_night_that_is_over_has_its_code_whatever_comes(forks: Forks, undisturbed: tuple[Path, list[str]]):
    said = forks.night(undisturbed[0], after="at the end")
    assert (said.code, "nothing new" in said.out, stopping.SENTENCE in said.err) == (0, True, False)


def test_processes_beside_a_step_do_not_hear_ctrl_c(tmp_path: Path):
    logs = ComputeLogs.from_config_value(None, {"base_dir": str(tmp_path)})
    show = [sys.executable, "-c", "import signal; print(signal.SIGINT in signal.pthread_sigmask(0, []))"]
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    seen = []

    @contextmanager
    def beside(*_arguments: Any) -> Iterator[None]:
        seen.append(subprocess.check_output(show, text=True).strip())
        yield

    try:
        patched = mock.patch.object(local_compute_log_manager, "mirror_stream_to_file", beside)
        with patched, logs.capture_logs(["run", "compute_logs", "step"]):
            assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    assert seen == ["True", "True"]
    assert (tmp_path / "storage" / "run" / "compute_logs" / "step.complete").exists()


# Outputs that cannot be written --------------------------------------------------------------------------------


FULL = "madang: the output cannot be written: No space left on device"


@pytest.mark.parametrize(
    ("words", "code", "full"),
    [
        (("status",), 0, 1),
        (("ledger",), 0, 1),
        (("sql", "FROM range(30000)"), 0, 1),  # more than a pipe holds
        (("sql", "--csv", "FROM range(30000)"), 0, 1),
        (("--help",), 0, 1),
        (("ledger", "--city", "nowhere"), 2, 2),
        (("publish",), 0, 0),
    ],
)
def test_no_output_changes_how_a_command_ends(forks: Forks, undisturbed, words: tuple[str, ...], code: int, full: int):
    """A reader that wants no more is no failure; an answer that does not fit on the disk is one."""
    home = undisturbed[0]
    for nobody in ("pipe", "closed"):
        said = forks(home, *words, stdout=nobody)
        assert (said.code, said.err.count("\n")) == (code, int(code == 2)), said.err
        assert forks(home, *words, stdout=nobody, stderr=nobody).code == code
    said = forks(home, *words, stdout="/dev/full")
    assert (said.code, said.err.splitlines()) == (full, [FULL]) or code == 2
    assert words[0] == "sql" or forks(home, *words, stderr="/dev/full").code == code


@pytest.mark.parametrize("nobody", ["pipe", "closed", "/dev/full"])
def test_a_night_keeps_its_code_whatever_becomes_of_its_report(forks: Forks, undisturbed, nobody: str):
    said = forks.night(undisturbed[0], stdout=nobody)
    told = said.err.splitlines()[2:]  # nothing is to be built: it was fetching, and publishing
    assert (said.code, told) == (0, [FULL] if nobody == "/dev/full" else []), said.err
    assert forks.night(undisturbed[0], stdout=nobody, stderr=nobody).code == 0


# madang sql ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(forks: Forks, undisturbed: tuple[Path, list[str]]) -> Command:
    """The command on a home that only these tests read."""
    return Command(undisturbed[0], forks.packs)


def test_sql_reads_core_tables_which_are_views_of_the_lake(asked: Command):
    said = asked("sql", "SELECT day, rentals FROM core.seoul_bike_daily", "--json")
    assert (said.code, json.loads(said.out)) == (0, [{"day": str(LAST), "rentals": 37004}]), said.err


WRITTEN = {
    "INTERVAL 3 MONTH": '"3 months"',
    "INTERVAL '1 year 2 days 3 hours'": '"1 year 2 days 03:00:00"',
    "INTERVAL '-5 microseconds'": '"-00:00:00.000005"',
    "TIMESTAMP_NS '2026-01-01 00:00:00.123456789'": '"2026-01-01 00:00:00.123456789"',
    "DATE 'infinity'": '"infinity"',
    "DATE '2026-11-28'": '"2026-11-28"',
    "0.1::FLOAT": "0.1",
    "'nan'::FLOAT": '"nan"',
    "12345678901234567890123::HUGEINT": "12345678901234567890123",
    "[INTERVAL 1 DAY, NULL]": '["1 day",null]',
    "'\\x00\\xFF'::BLOB": '"00ff"',
    "chr(155) || '31mX' || chr(8238)": '"\\u009b31mX\\u202e"',
}


def test_answers_are_exact_and_json_has_nothing_that_a_terminal_acts_on(asked: Command):
    said = asked("sql", "SELECT " + ", ".join(f"{value} AS c{n}" for n, value in enumerate(WRITTEN)), "--json")
    fields = ", ".join(f'"c{n}": {written}' for n, written in enumerate(WRITTEN.values()))
    assert (said.code, said.out.strip()) == (0, f"[{{{fields}}}]"), said.err


ESCAPES = [
    "COPY (SELECT 1) TO '{there}'",
    "COPY (SELECT 1) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY (PIVOT (SELECT 1 a, 2 b) ON a USING sum(b)) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY metric.value FROM '{there}'",
    "SELECT 1; COPY (SELECT 1) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)",
    "ATTACH '{there}' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH madang",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET allowed_paths",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('{home}/lake/ledger/verdict/*.parquet')",
    "SELECT * FROM read_parquet('{link}')",
    "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')",
    "SELECT * FROM read_duckdb('{home}/published/madang.duckdb')",
    "SELECT getenv('HOME')",
    "EXPORT DATABASE '{there}'",
    "IMPORT DATABASE '{there}'",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE MACRO x() AS 1",
    "INSERT INTO metric.value SELECT * FROM metric.value",
    "UPDATE metric.value SET value = 1",
    "DROP TABLE metric.value",
    "CREATE SECRET s (TYPE s3)",
    "CALL enable_logging(storage = 'file', storage_path = '{there}')",
    "SELECT * FROM enable_logging(level = 'debug', storage = 'file', storage_config = {{'path': '{there}'}})",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{lake}''')",
    "WITH x AS (COPY (SELECT 1 b) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)) FROM x",
    "WITH x AS (COPY (SELECT 1 b) TO '{lake}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1;",
    "WITH x AS MATERIALIZED (COPY (SELECT 1 b) TO '{lake}' (FORMAT csv, USE_TMP_FILE false)) SELECT 1",
    "WITH a AS (SELECT 1), b AS (COPY (FROM a) TO '{lake}' (USE_TMP_FILE false)) FROM a",
    "WITH x AS (INSERT INTO metric.value FROM metric.value RETURNING *) FROM x",
    "WITH x AS (DELETE FROM metric.value RETURNING *) FROM x",
    "DESCRIBE WITH x AS (COPY (SELECT 1 b) TO '{lake}' (USE_TMP_FILE false)) FROM x",
    "SELECT (WITH x AS (COPY (SELECT 1 b) TO '{lake}' (USE_TMP_FILE false)) SELECT 1)",
    "FROM query('WITH x AS (COPY (SELECT 1 b) TO ''{lake}'' (USE_TMP_FILE false)) FROM x')",
    "FROM json_execute_serialized_sql(json_serialize_sql("
    "'WITH x AS (COPY (SELECT 1 b) TO ''{lake}'' (FORMAT parquet, USE_TMP_FILE false)) FROM x'))",
    "FROM query('FROM json_execute_serialized_sql(json_serialize_sql("
    "''WITH x AS (COPY (SELECT 1 b) TO ''''{lake}'''' (USE_TMP_FILE false)) FROM x''))')",
    "SELECT 1 WHERE EXISTS (FROM json_execute_serialized_sql(json_serialize_sql("
    "'WITH x AS (COPY (SELECT 1 b) TO ''{lake}'' (USE_TMP_FILE false)) FROM x')))",
    "SELECT 1; -- x",
    "SELECT 1) FROM (SELECT 2",
    "/* SELECT */ COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "SELECT 1 /* ; */; COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "\ufeffCOPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "SELECT\u00a01; COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "FROM (COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false))",
    "EXPLAIN (FORMAT json) COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "PREPARE x AS COPY (SELECT 1) TO '{lake}' (USE_TMP_FILE false)",
    "EXECUTE x",
    "DO $$ BEGIN END $$",
    "CALL pragma_version()",
    "PIVOT metric.value ON metric USING sum(value)",
    "FROM query('SELECT 1; COPY (SELECT 1) TO ''{lake}''')",
    "FROM query_table('/etc/passwd.csv')",
    "SET VARIABLE x = 1",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "FROM read_csv('/dev/stdin')",
    "FROM read_parquet('{lake}/../link.parquet')",
    "SELECT count(*) FROM read_parquet(['{lake}', '/etc/passwd'])",
    "FROM parquet_kv_metadata('/etc/passwd')",
    "FROM parquet_schema('/etc/passwd')",
    "FROM read_ndjson_objects('/proc/self/environ')",
    "FROM checkpoint('madang')",
    "FROM truncate_duckdb_logs()",
    "FROM duckdb_extensions()",
    "UPDATE EXTENSIONS",
    "MERGE INTO metric.value USING metric.value v ON true WHEN MATCHED THEN DELETE",
    "COPY FROM DATABASE madang TO memory",
    "USE memory",
    "COMMENT ON TABLE metric.value IS 'x'",
    "PREPARE x AS SELECT 1",
    "VACUUM",
    "CHECKPOINT",
    "",
    "SELEC 1",
    "SELECT 'a\x1b[31m'::INTEGER",
]


@pytest.mark.holds(
    "attack 11",
    "madang sql that would copy, attach, load extensions, read other files or change settings, in 80 ways: "
    "refused in one sentence.",
)
def test_nothing_that_is_asked_reads_or_writes_anything_else(asked: Command, tmp_path: Path):
    lake = next(Path(asked.home).glob("lake/seoul/core/bike_daily/day=*/*.parquet"))
    link = lake.with_name("link.parquet")
    link.symlink_to("/etc/passwd")
    there = tmp_path / "there"
    files = {path: path.read_bytes() for path in Path(asked.home).rglob("*") if path.is_file()}
    for query in ESCAPES:
        said = asked("sql", query.format(there=there, lake=lake, home=asked.home, link=link))
        assert (said.code, said.out) == (1, ""), query
        assert said.err.startswith("madang: "), query
        assert len(said.err.splitlines()) == 1, query
        assert safe(said.err), query
        assert not there.exists(), query
    assert {path: path.read_bytes() for path in Path(asked.home).rglob("*") if path.is_file()} == files
    link.unlink()


EXACT = """SELECT * FROM (VALUES
    (170141183460469231731687303715884105727::HUGEINT, 1.10::DECIMAL(9, 2), 0.1::DOUBLE, 'NaN'::DOUBLE, true,
     DATE '2020-04-04', TIMESTAMPTZ '2020-04-04 01:02:03+09', [1, NULL], {'a': 'x"y'}, 'a,"b"' || chr(10) || chr(27),
     '\\xAA'::BLOB),
    (NULL, NULL, 1e300, '-Infinity'::DOUBLE, false, NULL, NULL, [], NULL, '', NULL)
) t(big, dec, double, odd, yes, day, moment, list, struct, text, bytes) ORDER BY big"""


def test_json_and_csv_have_exact_values(asked: Command):
    said = asked("sql", EXACT, "--json")
    first, second = json.loads(said.out, parse_float=Decimal)
    assert (first["big"], first["dec"], first["double"]) == (2**127 - 1, Decimal("1.10"), Decimal("0.1"))
    assert (first["odd"], first["yes"], first["day"], first["moment"]) == (
        "nan", True, "2020-04-04", "2020-04-03 16:02:03+00",
    )  # fmt: skip
    assert (first["list"], first["struct"], first["text"], first["bytes"]) == (
        [1, None], {"a": 'x"y'}, 'a,"b"\n\x1b', "aa",
    )  # fmt: skip
    assert (second["big"], second["odd"], second["text"]) == (None, "-inf", "")
    said = asked("sql", EXACT, "--csv")
    header, one, two = csv.reader(io.StringIO(said.out))
    assert header == ["big", "dec", "double", "odd", "yes", "day", "moment", "list", "struct", "text", "bytes"]
    assert one == [
        str(2**127 - 1), "1.10", "0.1", "nan", "true", "2020-04-04", "2020-04-03 16:02:03+00",
        "[1, null]", '{"a": "x\\"y"}', 'a,"b"\n\x1b', "aa",
    ]  # fmt: skip
    assert two == ["", "", "1e+300", "-inf", "false", "", "", "[]", "", "", ""]
    assert said.out.splitlines()[-1].endswith(',"",')  # an empty text is not a null
    assert asked("sql", "SELECT 1 AS a, 2 AS a", "--json").out == '[{"a": 1, "a_1": 2}]\n'


@pytest.mark.parametrize("command", ["status", "ledger", "versions"])
def test_lists_say_the_same_as_csv_and_as_json(asked: Command, command: str):
    as_json = json.loads(asked(*command.split(), "--json").out)
    header, *rows = csv.reader(io.StringIO(asked(*command.split(), "--csv").out))
    assert as_json
    assert [header] * len(as_json) == [list(row) for row in as_json]
    for said, row in zip(as_json, rows, strict=True):
        for value, text in zip(said.values(), row, strict=True):
            assert (text or None) == (value or None) if isinstance(value, str | None) else json.loads(text) == value
    assert asked(*command.split(), "--json", "--csv").code == 2


@pytest.mark.holds(
    "attack 10",
    "madang sql on cells of markup and escape sequences shows what is there, and nothing moves the cursor.",
)
def test_any_answer_can_be_shown(asked: Command):
    for query in ("SELECT * FROM range(1000)", "SELECT 1 WHERE false", "FROM test_all_types()", "SHOW ALL TABLES",
                  "SELECT chr(27) || '[31m[red]x[/nope]' AS \"[b]\", repeat('w', 1000000)"):  # fmt: skip
        for how in ((), ("--json",), ("--csv",)):
            said = asked("sql", query, *how)
            assert (said.code, said.err) == (0, ""), query
            if not how:
                assert safe(said.out)
            if how == ("--json",):
                json.loads(said.out)
    assert "[31m[red]x[/nope]" in asked("sql", "SELECT chr(27) || '[31m[red]x[/nope]'").out
    assert "the first 200 rows" in asked("sql", "SELECT * FROM range(1000)").words
    assert asked("sql", "SELECT 1 WHERE false", "--json").out == "[]\n"
    assert asked("sql", "SELECT 1", "--json", "--csv").code == 2


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
def test_json_text_is_json_and_loses_nothing(value: Any):
    assert json.loads(json_text(value)) == value


# Exit codes ------------------------------------------------------------------------------------------------------


def test_words_that_name_nothing_end_with_2(asked: Command):
    for words in (
        ("ledger", "--city", "zzz"),
        ("ledger", "--feed", "zzz"),
        ("status", "--city", "zzz"),
        ("explain", "zzz", "bike_rentals_per_100k", "11", str(LAST)),
        ("explain", "seoul", "zzz", "11", str(LAST)),
        ("explain", "seoul", "bike_rentals_per_100k", "zzz", str(LAST)),
    ):
        said = asked(*words)
        assert (said.code, said.out) == (2, ""), words
        assert "zzz" in said.err
        assert len(said.err.splitlines()) == 1, said.err
    assert asked("explain", "seoul", "bike_rentals_per_100k", "11", "1999-01-01").code == 1
    assert asked("explain", "seoul", "bike_rentals_per_100k", "11", str(LAST)).code == 0


@pytest.mark.parametrize("home", ["a?b", "a*b", "x" * 300, "/proc/nowhere/home"])
def test_a_home_that_cannot_be_is_one_sentence(tmp_path: Path, forks: Forks, home: str):
    said = Command(tmp_path / home, forks.packs)("nightly", "--city", "seoul", "--day", str(LAST), "--from-dir", ".")
    assert said.code in (1, 2)
    assert "Traceback" not in said.err
    assert said.err.startswith("madang: ")
