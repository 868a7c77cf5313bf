"""Private stays private: no value of a private feed is found in anything that leaves the home's private folders.

Two nights of a town whose private feeds are delivered with every kind of trouble, from files and from services, with
values planted in every column. A public twin of each feed gets the same with other values, and those are found: the
search bites.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pytest
import stamina

from assets.derive import measuring
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.pack.city import City
from pipelines import runner
from pipelines.settings import Settings
from pipelines.status import statuses
from tests.support.loopback import loopback
from tests.worlds.command import Command
from tests.worlds.private_town import ASKED, DAY, OPEN_SERVICES, PRIVATE, PUBLIC, SERVICES, Plants, deliver, town
from warehouse import modes
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.ledger import ledger

COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("ledger",),
    ("ledger", "--json"),
    ("versions",),
    ("quarantine", "list"),
    ("quarantine", "list", "--json"),
    ("explain", "seoul", "living_population", "11", str(DAY)),
    ("explain", "seoul", "search_interest_flu", "11", str(DAY), "--json"),
    *(("sql", f"FROM ledger.{table}", "--json") for table in ("attempt", "quarantine", "rule_result", "verdict")),
    ("sql", "FROM metric.value", "--json"),
)


@dataclass
class Nights:
    """A home after its nights, and all that was printed, logged and returned meanwhile."""

    home: Home
    city: City
    results: list[runner.Result] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> Command:
        return Command(self.home.root, self.city.folder.parent)

    def ledger(self, table: str) -> pl.DataFrame:
        return ledger.read(self.home, table).collect()


class _Kept(logging.Handler):
    """Every record of every logger, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def _crash(value: str) -> pl.Series:
    """As libraries do it: an error that quotes the value, behind another one that does so too."""
    try:
        return pl.Series([value]).cast(pl.Float64)
    except pl.exceptions.PolarsError as error:
        raise RuntimeError(f"cannot read {value}") from error


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    root = tmp_path_factory.mktemp("private")
    drop, kept, printed = root / "drop", _Kept(), root / "printed"
    drop.mkdir()
    stamina.set_testing(True, attempts=1)
    deduplicate, evaluate = ingest.deduplicate, measuring.evaluate_metrics

    def deduplicated(contract, deliveries):  # type: ignore[no-untyped-def]
        if contract.name == "crash":
            _crash(PRIVATE.text("crash"))
        return deduplicate(contract, deliveries)

    def evaluated(wanted, *others):  # type: ignore[no-untyped-def]
        if "day_night_population_ratio" in wanted:
            _crash(PRIVATE.text("metric"))
        return evaluate(wanted, *others)

    with loopback() as server, pytest.MonkeyPatch.context() as patch, printing_to(printed):
        logging.getLogger().addHandler(kept)
        city = town(root, server)
        deliver(drop)
        patch.setattr(ingest, "deduplicate", deduplicated)
        found = Nights(Settings(home_dir=root / "home").home, city)
        common = {"home_dir": found.home.root, "cities_dir": city.folder.parent}
        files = Settings(**common, drop_dir=drop)
        found.results.append(runner.run(files, city, DAY.replace(day=1), DAY, backfill=True))
        patch.setattr(measuring, "evaluate_metrics", evaluated)
        live = Settings(**common, source="live")
        found.results.append(runner.run(live, city, ASKED, ASKED, backfill=False))
        patch.setattr(measuring, "evaluate_metrics", evaluate)
        logging.getLogger().removeHandler(kept)
    stamina.set_testing(False)
    found.said = {"printed": printed.read_text("utf-8", "replace"), "logged": "\n".join(kept.lines)}
    found.said |= {"results": "".join(map(in_full, found.results)), "statuses": repr(statuses(found.home, city))}
    found.said |= {" ".join(words): repr(found.command(*words)) for words in COMMANDS}
    return found


def in_full(result: runner.Result) -> str:
    return f"{result.closed.write_ndjson()}{result.failed.write_ndjson()}{result.crashed}{result.error}"


@contextmanager
def printing_to(path: Path) -> Iterator[None]:
    """All that this process prints goes into a file, whoever prints it: Rust and SQLite too."""
    before = {number: os.dup(number) for number in (1, 2)}
    with path.open("wb") as file:
        for number in before:
            os.dup2(file.fileno(), number)
    try:
        with path.open("a") as out, redirect_stdout(out), redirect_stderr(out):
            yield
    finally:
        for number, kept in before.items():
            os.dup2(kept, number)
            os.close(kept)


def left(nights: Nights) -> Iterator[tuple[str, bytes]]:
    """All that is not in a private folder, unpacked as far as anybody could, Dagster's store and all that was said."""
    home = nights.home
    hidden = [home.landing, home.parse_cache, *private_tables(nights)]
    for path in sorted(p for p in home.root.rglob("*") if p.is_file()):
        if any(path.is_relative_to(folder) for folder in hidden):
            continue
        name = str(path.relative_to(home.root))
        yield name, name.encode() + b"\n" + path.read_bytes()
        if path.suffix == ".parquet":
            yield name, pl.read_parquet(path, hive_partitioning=False).write_ndjson().encode()
        elif path.suffix == ".duckdb":
            yield from in_database(name, path)
    for name, text in nights.said.items():
        yield name, text.encode()


def in_database(name: str, path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.sql("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        for schema, table in tables:
            rows = con.sql(f'FROM "{schema}"."{table}"').pl()
            yield f"{name} {schema}.{table}", rows.write_ndjson().encode()
        for catalogue in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()"):
            yield f"{name} {catalogue}", repr(con.sql(f"FROM {catalogue}").fetchall()).encode()


def private_tables(nights: Nights) -> list[Path]:
    """Folders of the private tables of the lake: the feeds', and of what is made from them."""
    contracts = [*nights.city.contracts.values(), *(table.contract for table in derived_tables(nights.city))]
    tables = [nights.home.table("seoul", c.layer, c.name).path for c in contracts if c.private]
    return [folder for folder in tables if folder.is_dir()]


def places(nights: Nights, plants: Plants) -> Counter[str]:
    """Where plants are found, by kind of place and spelling."""
    spellings = plants.spellings()
    return Counter(
        f"{re.sub('[0-9a-f-]{16,}', '*', name)}: {what}"
        for name, content in left(nights)
        for what, spelling in spellings.items()
        if spelling in content
    )


def test_every_trouble_came(nights: Nights):
    """What this file proves it proves of all of these."""
    attempts = nights.ledger("attempt").filter(status="failed")
    of_public = pl.col("feed").str.starts_with("open_")
    assert set(attempts.filter(~of_public)["code"]) >= {
        "FILE-COLUMNS", "FILE-DUPLICATE-COLUMN", "FILE-ENCODING", "FILE-HTML", "FILE-JSON", "FILE-NO-DAY", "FILE-QUOTE",
        "FILE-SHEETS", "FILE-TRUNCATED", "SERVICE-AUTH", "SERVICE-CONTENT", "SERVICE-DOWN", "SERVICE-LINK",
        "SERVICE-MOVED", "SERVICE-REQUEST", "SERVICE-SHAPE",
    }  # fmt: skip
    assert set(attempts["feed"]) >= {*SERVICES, *(f"open_{name}" for name in OPEN_SERVICES)}
    verdicts = {table: set(rows["verdict"]) for (table,), rows in nights.ledger("verdict").group_by("table_name")}
    assert verdicts["people"] & {"WARN", "BLOCK"}
    assert (verdicts["shut"], verdicts["torn"]) == ({"BLOCK"}, {"ERROR"})
    assert "BLOCK" in verdicts["population_area_hour"]
    held = nights.ledger("quarantine").filter(table_name="people")
    assert set(held["scope"]) == {"row", "cell"}


@pytest.mark.holds(
    "attack 1",
    "Values in every column of private feeds, delivered with every trouble there is, are nowhere "
    "outside the private folders: not in the ledger, the published file, Dagster, logs or errors.",
)
def test_no_value_of_a_private_feed_gets_out(nights: Nights):
    assert places(nights, PRIVATE) == Counter()


def test_the_search_bites_values_of_public_feeds_are_found(nights: Nights):
    found = places(nights, PUBLIC)
    for place in ("published/madang.duckdb ledger.quarantine", "published/madang.duckdb ledger.rule_result", "printed"):
        assert [name for name in found if name.startswith(place) or place == "printed"], place
    for place in ("dagster/", "lake/ledger/attempt", "lake/ledger/quarantine", "status", "results", "ledger --json"):
        assert [name for name in found if name.startswith(place)], place
    for spelling in ("core", "n as ", "k", "born", "kept as "):
        assert [name for name in found if f": {spelling}" in name], spelling


def test_counts_rules_lines_and_hashes_are_the_same_as_of_the_public_twin(nights: Nights):
    columns = ["scope", "column_name", "line"]
    rules = pl.col("rules").list.eval(pl.element().str.split("-").list.slice(1).list.join("-"))
    held = nights.ledger("quarantine").with_columns(rules.list.join(" ")).sort(*columns, "rules")
    private, public = (held.filter(table_name=name).select(*columns, "rules") for name in ("people", "open_people"))
    assert private.equals(public)
    assert private.height > 5
    assert held.filter(table_name="people")["sha256"].null_count() == 0
    results = nights.ledger("rule_result").filter(pl.col("table_name").is_in(["people", "open_people"]))
    suffix = pl.col("rule").str.split("-").list.slice(1).list.join("-")
    counted = results.select("table_name", suffix, "day", "status", "evaluated", "unexpected").sort(pl.all())
    private, public = (counted.filter(table_name=name).drop("table_name") for name in ("people", "open_people"))
    assert private.equals(public)


def test_the_operator_sees_the_rows_as_they_were_delivered(nights: Nights):
    shown = nights.command("quarantine", "show", "--feed", "people", "--limit", "200", "--json")
    assert shown.code == 0
    assert shown.err.startswith("madang: this shows private data of people (seoul)")
    rows = json.loads(shown.out)
    assert len(rows) == nights.ledger("quarantine").filter(table_name="people").height
    assert not [row for row in rows if row["note"] or row["row"] is None]
    texts = " ".join(row["row"] for row in rows)
    for where in ("quarantined", "unreadable", "undated", "fields", "voided", "sheet", "zipped"):
        assert PRIVATE.text(where) in texts, where
    voided = next(row for row in rows if row["column"] == "k" and "voided" in row["row"])
    assert voided["value"] == str(PRIVATE.k)
    public = nights.command("quarantine", "show", "--feed", "open_people")
    assert (public.code, public.err) == (0, "")
    assert PUBLIC.text("quarantined") in public.out


def test_a_landed_object_that_is_gone_is_a_sentence(nights: Nights):
    held = nights.ledger("quarantine").filter(table_name="nested", scope="row")
    (landed,) = nights.home.landing.glob(f"*/nested/*/{held['sha256'][0]}.zst")
    content = landed.read_bytes()
    try:
        landed.write_bytes(b"damaged")
        damaged = nights.command("quarantine", "show", "--feed", "nested")
        landed.unlink()
        gone = nights.command("quarantine", "show", "--feed", "nested")
    finally:
        write_atomically(landed, content)
    assert "its landed object is damaged" in damaged.words
    assert "its landed object is gone" in gone.words


@pytest.mark.holds(
    "attack 2",
    "Landing, parsed deliveries, the store of Dagster and each private table of the lake, with what is made "
    "of it, after two nights: for their owner alone.",
)
def test_what_is_private_is_its_owners_alone(nights: Nights):
    home = nights.home
    folders = [home.landing, home.parse_cache, home.dagster, *private_tables(nights)]
    assert len(folders) > 6
    for folder in folders:
        opened = [path for path in (folder, *folder.rglob("*")) if not modes.is_closed(path)]
        assert opened == [], folder


def test_what_is_published_is_for_everybody(nights: Nights):
    home = nights.home
    table = home.table("seoul", "core", "open_people").path
    for path in (home.root, home.published, home.published_file, table, *table.glob("day=*/*.parquet")):
        assert not modes.is_closed(path), path


def test_the_files_of_all_tiers_were_searched(nights: Nights):
    for tier in ("open", "partner/telecom"):
        file = nights.home.published / tier / "madang.duckdb"
        with duckdb.connect(str(file), read_only=True) as con:
            own = "SELECT count(*), count(value), count(value) FILTER (conf_status <> 'F') FROM metric.value"
            of_feed = con.sql(f"{own} WHERE metric = 'living_population'").fetchall()
            index = con.sql(f"{own} WHERE metric = 'search_interest_flu'").fetchall()
        assert of_feed[0][0] > 0
        assert of_feed[0][1] > 0
        assert of_feed[0][2] == 0
        assert index[0][1] == 0, "how many people stand behind an index nobody says"
    assert {row["action"] for row in nights.ledger("release").to_dicts()} <= {"release", "withdraw"}


def test_what_private_feeds_are_for_is_published(nights: Nights):
    of_day = f"area = '11' AND period_start = DATE '{DAY}' AND value IS NOT NULL"
    with duckdb.connect(str(nights.home.published_file), read_only=True) as con:
        values = dict(con.sql(f"SELECT metric, value FROM metric.value WHERE {of_day}").fetchall())
        tables = con.sql("SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'core'").fetchall()
    assert values["living_population"] == pytest.approx(4 * PRIVATE.kept + 206)
    assert "search_interest_flu" in values
    published = {name for (name,) in tables}
    assert "seoul_open_people" in published
    assert not published & {f"seoul_{name}" for name in ("people", "shut", "living_population", "search_trend")}
