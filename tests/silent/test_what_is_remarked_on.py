"""What is admitted and still worth a look: warnings, and days that were due and did not come. A night and a status."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli import render
from pipelines.newly_flagged import NewlyFlagged
from pipelines.warned import of_last_night, warned
from tests.silent.test_what_the_operator_is_told import RENTALS, Town, printed
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.files import BIKE, DAYS, LAST, csv_text
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import RULE_RESULT, VERDICT


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path, "bike_daily", metrics=[RENTALS])


def test_a_warning_is_told_with_table_day_rule_and_numbers(town: Town):
    town.yard.deliver("bike_daily")
    name = next((town.yard.drop / "bike_daily").iterdir()).name
    town.yard.put(f"bike_daily/again_{name}", csv_text(["대여일자", "대여건수"], [[LAST, 1]]))
    said = town.night()
    assert said.code == 0, said.out + said.err
    rule = "BIKE-conflicting Deliveries that came in the same night do not contradict each other"
    line = f"seoul core.bike_daily {LAST}: {rule}"
    for words in (said.words, town("status").words):
        assert f"Worth a look {line}: found conflicting_keys = 1" in words
    (of_night,) = json.loads(town.night("--json").out)["worth_a_look"]
    (of_status,) = [one for row in json.loads(town("status", "--json").out) for one in row["worth_a_look"]]
    assert of_night == of_status
    assert (of_night["rule"], of_night["days"], of_night["last_day"]) == ("BIKE-conflicting", 1, str(LAST))
    assert town("status").code == 0


def test_places_that_are_newly_flagged_are_a_line_and_no_failure(town: Town, monkeypatch: pytest.MonkeyPatch):
    """The night after six sensors were stuck said nothing: only completeness moved, from 96 to 93 %."""
    of_day = NewlyFlagged("seoul", LAST, 11, {"flat_line": 5, "spike": 6})
    earlier = replace(of_day, day=LAST - timedelta(days=1))
    found = [of_day]
    for module in ("pipelines.newly_flagged", "pipelines.cli.night"):
        monkeypatch.setattr(f"{module}.newly_flagged", lambda _home, _cities: found)
    town.yard.deliver("bike_daily")
    line = f"seoul: 11 places are newly flagged on {LAST} (flat_line 5, spike 6): "
    for said in (town.night(), town("status")):
        assert (said.code, line in said.words) == (0, True), said.out + said.err
        assert "sensors --city seoul" in said.words
    assert json.loads(town.night("--json").out)["newly_flagged"] == [asdict(of_day) | {"day": str(LAST)}]
    found[:] = [earlier]
    assert "newly flagged" not in town.night().words
    assert f"newly flagged on {earlier.day}" in town("status").words


def remarked(home: Home, tables: int, days: int) -> None:
    """A ledger in which a rule did not hold on each table and day."""
    at = datetime.fromisoformat("2020-04-05T00:00:00+00:00")
    own = [(f"t{table:02}", date(2020, 3, 1 + day)) for table in range(tables) for day in range(days)]
    rows = [
        {"city": "seoul", "layer": "core", "table_name": name, "day": day, "batch_id": f"{name} {day}", "run_id": "r"}
        | {"recorded_at": at, "verdict": "WARN", "reason": "x", "rules_failed": ["T-1"]}
        | {"rule": "T-1", "title": "Few", "severity": "warning", "status": "fail", "evaluated": 50, "unexpected": n}
        for n, (name, day) in enumerate(own, 1)
    ]
    for table in (VERDICT, RULE_RESULT):
        ledger.append(home, table.name, [{k: v for k, v in row.items() if k in table.meanings} for row in rows])


def test_many_days_of_a_rule_are_one_line_and_many_rules_are_cut(tmp_path: Path):
    home = Home(tmp_path)
    remarked(home, tables=23, days=20)
    found = warned(home, ledger.newest_verdicts(home, "seoul").collect())
    assert len(found) == 23
    shown = printed(render.worth_a_look(found)).splitlines()
    text = "seoul core.t00 2020-03-01 to 2020-03-20, 20 days, on the last: T-1 Few: 20 of 50 rows break it"
    assert shown[1].strip() == text
    assert len(shown) == 22
    assert "and 3 more; see `madang ledger`" in shown[-1]


def test_the_last_night_is_what_was_judged_lately_and_the_newest_day_of_each_table():
    at = [datetime(2020, 4, day, hour) for day, hour in ((1, 3), (2, 3), (2, 3), (1, 3))]  # noqa: DTZ001
    verdicts = pl.DataFrame(
        {
            "layer": "core", "table_name": ["a", "a", "a", "b"], "recorded_at": at,
            "day": [DAYS[0], DAYS[1], date(2019, 1, 1), DAYS[0]],
        }
    )  # fmt: skip
    assert of_last_night(verdicts).select("table_name", "day").rows() == [
        ("a", DAYS[1]), ("a", date(2019, 1, 1)), ("b", DAYS[0]),
    ]  # fmt: skip
    assert of_last_night(verdicts.clear()).is_empty()
    assert of_last_night(verdicts.with_columns(recorded_at=pl.lit(None, pl.Datetime("us")))).height == 4


def test_a_due_day_that_did_not_come_is_named_until_it_comes(tmp_path: Path):
    town = Town(tmp_path, "bike_daily", "air_daily", metrics=[RENTALS, "pm25_mean"])
    town.yard.deliver("bike_daily", days=DAYS[:-1])
    said = town.night(day=DAYS[-2])
    assert said.code == 0
    assert f"nothing came for air_daily {DAYS[-2]}, which was due" in said.words
    assert "nothing came for bike_daily" not in said.words
    told = town("status")
    assert told.code == 0
    assert f"nothing came for air_daily {DAYS[-2]}, which was due; nothing in " in told.words
    assert "nothing came for bike_daily" not in told.words
    said = town.night()
    assert said.code == 0
    assert f"nothing came for {LAST}, which was due, of air_daily, bike_daily" in said.words
    told = town("status")
    assert f"nothing came for bike_daily {LAST}, which was due" in told.words
    assert told.code == 0
    assert json.loads(town.night("--json").out)["not_come"] == [
        f"nothing came for {LAST}, which was due, of air_daily, bike_daily"
    ]
    by_name = {row["table_name"]: row["not_come"] for row in json.loads(town("status", "--json").out)}
    assert (by_name["bike_daily"], by_name["air_daily"]) == (str(LAST), str(LAST))
    town.yard.deliver("bike_daily", "air_daily")
    for words in (town.night().words, town("status").words):
        assert "nothing came" not in words


def test_rows_of_days_before_those_a_night_looks_at_are_named_once(tmp_path: Path):
    """A year typed wrong, and a correction that comes too late; not a history that is sent again with each day."""
    town = Town(tmp_path, "bike_daily", metrics=[RENTALS])
    header = ["대여일자", "대여건수"]
    town.yard.put(f"{BIKE}_a.csv", csv_text(header, [[DAYS[-2], 1], [DAYS[-2].replace(year=2019), 2]]))
    said = town.night(day=DAYS[-2])
    stray = DAYS[-2].replace(year=2019)
    told = f"1 row of {stray}, before the days a night looks at: run `madang backfill"
    assert said.code == 0
    assert told in said.words
    (whole,) = re.findall(r"`madang (backfill .*?)`", said.words)
    where = ["--from-dir", str(town.yard.drop), "--home", str(town.home)]
    assert shlex.split(whole) == ["backfill", "--city", "seoul", "--from", str(stray), "--to", str(stray), *where]
    assert told in town("status").words
    with no_events():  # as printed, by somebody who has another home and drop folder
        Command(tmp_path / "other", town.packs)(*shlex.split(whole))
    assert not (tmp_path / "other").exists()
    assert told not in town("status").words
    town.yard.put(f"{BIKE}_b.csv", csv_text(header, [[LAST, 1], [DAYS[-2], 1], [stray, 2]]))
    said = town.night()
    assert (said.code, "before the days a night looks at" in said.words) == (0, False), said.out
    town.yard.put(f"{BIKE}_c.csv", csv_text(header, [[stray, 3]]))
    assert told in town.night().words
    assert town.packs is not None
    contract = town.packs / "seoul" / "feeds" / "bike_daily.yaml"
    contract.write_text(contract.read_text("utf-8") + "version: 1.0.1\n", "utf-8")
    said = town.night()
    assert (said.code, "before the days a night looks at" in said.words) == (0, False), (
        "all is read again, and nothing of it is new"
    )
