"""Another tool tests the published file by the contracts that Madang writes, and agrees with the gate, both ways.

What the gate holds back turns it red when somebody writes it into the file; what the gate admits leaves it green.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.publication.contracts import contracts_of_city, contracts_of_platform
from quality.odcs.write import to_odcs
from tests.support.paths import REPOSITORY
from tests.worlds import good_days
from tests.worlds.command import Command
from tests.worlds.good_days import FIRST, GOOD
from tests.worlds.packs import seoul
from tests.worlds.second_judge import Finding, command, judged
from tests.worlds.simulated_night import simulated_night
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published.connect import connect

AGAIN = object()  # the row is there a second time


@dataclass(frozen=True)
class Injected:
    """A value in one row of a table: `bad` breaks a rule, `good` is the last one that does not."""

    rule: str  # its code without the prefix
    column: str
    bad: Any
    good: Any = None


INJECTED: Mapping[str, Sequence[Injected]] = {
    "air_hourly": [
        Injected("pm25-range", "pm25", 9999.0, 1000.0),
        Injected("pm10-range", "pm10", -0.1, 0.0),
        Injected("o3-range", "o3", 0.6001, 0.6),
        Injected("co-range", "co", float("inf"), 50.0),
        Injected("required-place", "place", None),
        Injected("003", "place", AGAIN),
    ],
    "sdot_env": [
        Injected("temperature-range", "temperature", 45.1, 45.0),
        Injected("humidity-range", "humidity", 100.5, 100.0),
        Injected("uv_index-range", "uv_index", float("nan"), 16.0),
        Injected("place-form", "place", "V02Q12"),
        Injected("corrected", "data_stage", "1", "2"),
        Injected("pm25_raw-range", "pm25_raw", -1e-9, 0.0),
    ],
    "weather_daily": [
        Injected("province-known", "province", "Seoul'; --", "Seoul"),
        Injected("precipitation-range", "precipitation", 1000.5, 1000.0),
        Injected("temperature_min-range", "temperature_min", -40.5, -40.0),
    ],
    "subway_daily": [
        Injected("boardings-range", "boardings", 500_001, 500_000),
        Injected("alightings-range", "alightings", -1, 0),
        Injected("required-boardings", "boardings", None),
        Injected("003", "line", AGAIN),
    ],
    "bike_stations": [
        Injected("place-form", "place", "ST-4x", "ST-4000"),
        Injected("vehicles_available-range", "vehicles_available", 1001, 1000),
        Injected("lat-range", "lat", 37.39, 37.4),
        Injected("lon-range", "lon", 0.0, 127.25),
    ],
}
ONE_BY_ONE = [(feed, one) for feed, some in INJECTED.items() for one in some]


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held_back(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, int]]:
    """By feed and rule how many rows broke it: on a day with the bad values, and on one with those at the limit."""
    home, found = Home(tmp_path_factory.mktemp("gate")), {}
    for feed, some in INJECTED.items():
        contract = seoul().contracts[feed]
        bad, good = FIRST, FIRST + timedelta(days=1)
        days = {day: GOOD[feed](contract, day) for day in (bad, good)}
        for row, one in enumerate(some):
            days[bad] = days[bad].but(rows=_with(days[bad].rows, row, one.column, one.bad))
            if one.good is not None:
                days[good] = days[good].but(rows=_with(days[good].rows, row, one.column, one.good))
        good_days.admit(home, contract, days)
        results = ledger.read(home, "rule_result").filter(pl.col("table_name") == feed).collect()
        broken = {
            (day, rule): unexpected for day, rule, unexpected in results.select("day", "rule", "unexpected").rows()
        }
        for one in some:
            code = f"{contract.prefix}-{one.rule}"
            found[feed, one.rule] = (broken[bad, code], broken[good, code])
    return found


def _with(rows: pl.DataFrame, row: int, column: str, value: Any) -> pl.DataFrame:
    if value is AGAIN:
        return pl.concat([rows, rows[row : row + 1]])
    values = rows[column].to_list()
    values[row] = value
    return rows.with_columns(pl.Series(column, values, dtype=rows.schema[column]))


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing but the published file of a good night."""
    copied = tmp_path_factory.mktemp("published")
    (copied / "published").mkdir()
    shutil.copyfile(simulated_night(tmp_path_factory).home.published_file, copied / "published" / "madang.duckdb")
    return copied


def inject(file: Path, *, bad: bool) -> None:
    """One value of each case into a row of its own."""
    with connect(file) as con:
        for feed, some in INJECTED.items():
            con.execute(
                f"CREATE TEMP TABLE t AS SELECT *, row_number() OVER (ORDER BY place, time) AS n FROM core.seoul_{feed}"
            )
            for row, one in enumerate(some, 1):
                value = one.bad if bad else one.good
                if value is AGAIN:
                    con.execute("INSERT INTO t FROM t WHERE n = ?", [row])
                elif bad or value is not None:
                    con.execute(f"UPDATE t SET {one.column} = ? WHERE n = ?", [value, row])
            con.execute(f"DROP VIEW core.seoul_{feed}")
            con.execute(f"CREATE TABLE core.seoul_{feed} AS SELECT * EXCLUDE n FROM t; DROP TABLE t")


@dataclass(frozen=True)
class Judgements:
    """What the second judge found, by table: in the file of the night with values at the limit in it, and in one with
    bad ones."""

    good: dict[str, list[Finding]]
    bad: dict[str, list[Finding]]
    bad_contracts: list[Path]


@pytest.fixture(scope="module")
def tested(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Judgements:
    folder, file = tmp_path_factory.mktemp("contracts"), home / "published" / "madang.duckdb"
    bad = shutil.copyfile(file, folder / "bad.duckdb")
    inject(file, bad=False)
    inject(bad, bad=True)
    said = Command(home)("contract", "show", "--all", "--to", folder / "good", "--city", "seoul")
    assert said.code == 0, said.err
    contracts = []
    for shown in contracts_of_city(seoul()):
        if shown.contract.name in INJECTED:
            contracts.append(folder / f"bad.{shown.name}")
            contracts[-1].write_text(shown.document(bad).to_yaml(), encoding="utf-8")
    wanted = {*(f"core.seoul_{feed}" for feed in INJECTED), *(one.name for one in contracts_of_platform([seoul()]))}
    good = sorted(path for path in (folder / "good").iterdir() if name_of(path) in wanted)
    found = judged("test", [*good, *contracts])
    return Judgements(
        {name_of(path): found[path.name] for path in good},
        {path.name.removeprefix("bad."): found[path.name] for path in contracts},
        contracts,
    )


def name_of(contract: Path) -> str:
    """The table of a contract's file."""
    return contract.name.removesuffix(".odcs.yaml")


def red(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.result not in ("passed", "warning")]


def test_what_is_right_is_green(tested: Judgements) -> None:
    """The tables of the platform, and those with values at the limit."""
    assert {table: red(findings) for table, findings in tested.good.items() if red(findings)} == {}
    assert {f"core.seoul_{feed}" for feed in INJECTED} < set(tested.good)


@pytest.mark.weekly
def test_every_table_of_a_good_night_is_green(home: Path, tmp_path: Path) -> None:
    said = Command(home)("contract", "show", "--all", "--to", tmp_path, "--city", "seoul")
    assert said.code == 0, said.err
    found = {name_of(Path(file)): findings for file, findings in judged("test", sorted(tmp_path.iterdir())).items()}
    assert {table: red(findings) for table, findings in found.items() if red(findings)} == {}
    shown = [one for one in (*contracts_of_city(seoul()), *contracts_of_platform([seoul()])) if one.table is not None]
    assert set(found) == {one.name for one in shown}
    for one in shown:
        assert {rule.title for rule in one.contract.rules} <= {finding.name for finding in found[one.name]}


@pytest.mark.parametrize(("feed", "one"), ONE_BY_ONE, ids=lambda case: getattr(case, "rule", case))
def test_a_value_that_the_gate_holds_back_is_red_and_the_last_good_one_green(
    feed: str, one: Injected, tested: Judgements, held_back: dict[tuple[str, str], tuple[int, int]]
) -> None:
    contract = seoul().contracts[feed]
    rule = next(rule for rule in contract.rules if rule.code == f"{contract.prefix}-{one.rule}")
    bad, good = held_back[feed, one.rule]
    assert bad > 0
    assert good == 0
    (found,) = [f for f in tested.bad[f"core.seoul_{feed}"] if f.name == rule.title]
    assert found.result == "failed"
    (found,) = [f for f in tested.good[f"core.seoul_{feed}"] if f.name == rule.title]
    assert found.result == "passed"


def test_nothing_else_is_red(tested: Judgements) -> None:
    """The rules that no bad value breaks stay green beside it."""
    for feed, some in INJECTED.items():
        contract = seoul().contracts[feed]
        titles = {rule.title: rule.code.removeprefix(f"{contract.prefix}-") for rule in contract.rules}
        failed = red(tested.bad[f"core.seoul_{feed}"])
        assert {titles[finding.name] for finding in failed if finding.name in titles} == {one.rule for one in some}


@pytest.mark.weekly
def test_the_command_itself_is_red_too(tested: Judgements) -> None:
    bad = next(path for path in tested.bad_contracts if path.name == "bad.core.seoul_weather_daily")
    done = command("test", bad)
    assert done.returncode == 1
    assert "precipitation" in done.stdout


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.weekly)])
def test_contracts_that_are_not_published_are_valid_too(tmp_path: Path, every: int) -> None:
    """Those of other packs, of private feeds, the documents that were written by hand, and the promises: each of them
    takes the other tool a tenth of a second, and they are written by the same code."""
    files = [
        *good_days.TABLES,
        *REPOSITORY.glob("docs/tables/*.odcs.yaml"),
        *REPOSITORY.glob("tests/support/packs/*/feeds/*.odcs.yaml"),
    ]
    for name, contract in good_days.contracts().items():
        if "/" in name or (contract.layer == "core" and contract.private):
            files.append(tmp_path / f"{name.replace('/', '.')}.odcs.yaml")
            files[-1].write_text(to_odcs(contract).to_yaml(), encoding="utf-8")
    files = sorted(files)[::every]
    found = judged("lint", files)
    assert len(found) == len({path.name for path in files}) > 20
    assert {name: red(findings) for name, findings in found.items() if red(findings)} == {}
