"""What the open file says of quality: of public tables all, of private ones the outcome alone, and no text of theirs.

What the ledger says is planted in the internal file: a gate that closed, a batch of a private feed in a public table,
names of files, a correction.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assets.pack.city import load_city
from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers.rollback import rollback_tiers
from tests.unit.assets.tiers.test_release import copied
from tests.worlds.shared_city import DAYS, FIRST, PRIVATE, PUBLIC, TODAY, SharedCity, shared_city
from warehouse.published import folder, versions
from warehouse.published.dictionary import undocumented

SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
SECRET = "Zx9qW7"  # stands in every text that must not go out
OBSERVED = (  # of a rule that fails, one that cannot be evaluated, and one that lists what it found
    f"conflicting_keys = 4711.5 ({SECRET}.csv counts)",
    f"/home/{SECRET}/part.parquet cannot be read",
    f"['{SECRET}', '{SECRET}2']",
)
NAMES = {
    "air/2026-03.csv": "2026-03.csv",
    "air/대기질 (2).csv": "대기질 (2).csv",
    f"air/{SECRET}@city.example.csv": None,  # an address
    "air/https___data.example?key=Zx9qW7": None,
    "air/900101-1234567.csv": None,  # a resident's number
    "air/a1b2c3d4e5f6a7b8c9d0e1f2.csv": None,  # as long as a key
    f"air/{'대' * 116}.csv": f"{'대' * 116}.csv",
    f"air/{'대' * 117}.csv": None,  # longer than a name is
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Published and not released: tests copy it."""
    return shared_city(tmp_path_factory.mktemp("opened"))


@pytest.fixture(scope="module")
def world(made: SharedCity, tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Released with what is planted; tests only read it."""
    found = copied(made, tmp_path_factory.mktemp("planted"))
    found.nights(FIRST, THIRD, correction=1)
    found.publish()
    plant(found.home.published_file)
    assert found.release().troubles == []
    return found


def plant(file: Path) -> None:
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        for table in ("air_daily", "living_population"):
            of_second = f"table_name = '{table}' AND day = DATE '{SECOND}'"
            con.execute(f"UPDATE ledger.verdict SET verdict = 'BLOCK', reason = '{SECRET}' WHERE {of_second}")
            con.execute(f"UPDATE ledger.batch SET rows_kept = 4711, state = 'held' WHERE {of_second}")
            con.execute(f"UPDATE ledger.rule_result SET samples = '{SECRET}' WHERE {of_second}")
            rules = con.execute(f"SELECT rule FROM ledger.rule_result WHERE {of_second} ORDER BY rule").fetchall()
            for (rule,), status, found in zip(rules, ("fail", "error", "fail"), OBSERVED, strict=False):
                con.execute(
                    "UPDATE ledger.rule_result SET status = $1, observed = $2, unexpected = 0"
                    f" WHERE {of_second} AND rule = $3",
                    [status, found, rule],
                )
        for table, n in (("air_daily", 3), ("living_population", 5)):
            place = f"batch_id, i AS line, '{SECRET}' AS value, '{SECRET}' AS row"
            cells = f"SELECT {place}, 'cell' AS scope, ['R-1'] AS rules FROM range({n}) t(i)"
            rows = f"SELECT {place}, 'row' AS scope, ['R-1', 'R-2'] AS rules FROM range(1) t(i)"
            of_day = f"(SELECT batch_id FROM ledger.batch WHERE table_name = '{table}' AND day = DATE '{SECOND}')"
            for made in (cells, rows, rows):  # a row is written twice: a batch may be staged again under its id
                con.execute(f"INSERT INTO ledger.quarantine BY NAME {made}, {of_day}")
        private = "(SELECT min(batch_id) FROM ledger.batch WHERE table_name = 'living_population')"
        con.execute(  # a day of a public table that read the private feed once
            f"UPDATE ledger.batch SET input_batches = [{private}]"
            f" WHERE table_name = 'air_quality' AND day = DATE '{FIRST}'"
        )
        air = (
            "[(SELECT max(batch_id) FROM ledger.batch WHERE table_name = 'air_daily' AND day = v.period_start"
            " AND recorded_at = (SELECT max(recorded_at) FROM ledger.batch"
            " WHERE table_name = 'air_daily' AND day = v.period_start))]"
        )
        for table in ("value", "history"):
            con.execute(f"UPDATE metric.{table} v SET batch_ids = {air} WHERE value IS NOT NULL")
            of_third = f"metric = '{PUBLIC}' AND period_start = DATE '{THIRD}'"
            con.execute(f"UPDATE metric.{table} v SET batch_ids = [{private}] WHERE {of_third}")
        deliveries = con.execute("SELECT DISTINCT sha256 FROM ledger.attempt WHERE feed = 'air_daily' ORDER BY 1")
        for (sha256,), name in zip(deliveries.fetchall(), NAMES, strict=False):
            con.execute("UPDATE ledger.attempt SET delivery = $1, source = 'files' WHERE sha256 = $2", [name, sha256])
        con.execute(f"UPDATE ledger.attempt SET detail = '{SECRET}', delivery = '{SECRET}' WHERE feed = '{PRIVATE}'")


def test_a_closed_gate_has_its_rules_in_words_and_figures_and_no_delivered_text(world: SharedCity):
    of_day = f"FROM quality.day WHERE table_name = 'air_daily' AND day = DATE '{SECOND}'"
    ((outcome, kept, rules, broken, batch),) = world.rows(
        f"SELECT outcome, rows_kept, rules, rules_broken, batch_id {of_day}"
    )
    assert (outcome, kept, broken) == ("held", 4711, 3)
    findings = world.rows(
        "SELECT status, figure, observed, sentence, batch_id FROM quality.finding WHERE table_name = 'air_daily'"
        " ORDER BY rule"
    )
    assert [row[:3] for row in findings] == [
        ("fail", "conflicting_keys", 4711.5),
        ("error", None, None),
        ("fail", None, None),
    ]
    said = [row[3].rpartition(": ")[2] for row in findings]
    assert said == ["found 4711.5", "it could not be evaluated", "it does not hold"]
    assert {row[4] for row in findings} == {batch}
    ((reason,),) = world.rows(f"SELECT reason {of_day}")
    assert all(row[3] in reason for row in findings)
    ((known, days),) = world.rows("SELECT count(*), max(days) FROM quality.rule WHERE table_name = 'air_daily'")
    assert (known, days) == (rules, DAYS)
    assert world.rows("SELECT sum(days_broken) FROM quality.rule") == [(3,)]


def test_of_a_private_feed_the_outcome_of_a_day_is_all_that_is_said(world: SharedCity):
    columns = [name for (name,) in world.rows("SELECT column_name FROM (DESCRIBE quality.day)")]
    rows = world.rows(f"FROM quality.day WHERE table_name = '{PRIVATE}' ORDER BY day")
    assert len(rows) == DAYS
    for number, row in enumerate(rows):
        said = {name: cell for name, cell in zip(columns, row, strict=True) if cell is not None}
        assert said == {
            "city": "seoul",
            "layer": "core",
            "table_name": PRIVATE,
            "day": FIRST + timedelta(days=number),
            "is_private": True,
            "outcome": "held" if number == 1 else "passed",
        }
    assert world.inside(f"SELECT count(*) FROM quality.finding WHERE table_name = '{PRIVATE}'") == [(3,)]
    for table in ("rule", "finding", "batch"):
        assert world.rows(f"SELECT count(*) FROM quality.{table} WHERE table_name = '{PRIVATE}'") == [(0,)], table
    for table in ("judged", "day"):  # what is made of it is not there at all
        named = {name for (name,) in world.rows(f"SELECT DISTINCT table_name FROM quality.{table}")}
        watched = {"place_day", "place_health", "network_day", "network_agreement"}  # of public air
        assert named - watched == {"air_daily", "air_quality", PRIVATE}, table
    assert world.rows("SELECT DISTINCT feed FROM quality.delivery") == [("air_daily",)]


def test_what_was_set_aside_is_counted_for_each_rule_and_of_private_feeds_not_at_all(world: SharedCity):
    query = "SELECT table_name, day, rule, scope, n FROM quality.set_aside ORDER BY ALL"
    second = [("R-1", "cell", 3), ("R-1", "row", 1), ("R-2", "row", 1)]
    assert world.rows(query) == [("air_daily", SECOND, *row) for row in second]
    of_private = f"SELECT sum(n) FROM quality.set_aside WHERE table_name = '{PRIVATE}'"
    assert (world.inside(of_private), world.rows(of_private)) == ([(7,)], [(None,)])


def test_a_batch_that_read_a_private_feed_gives_no_figures(world: SharedCity):
    day = f"table_name = 'air_quality' AND day = DATE '{FIRST}'"
    inside = f"SELECT outcome, rows_kept, batch_id IS NULL, rules, reason FROM quality.day WHERE {day}"
    assert world.inside(inside)[0][1:4] == (6, False, 12)
    assert world.rows(inside) == [("passed", None, True, None, None)]
    assert world.rows(f"SELECT count(*) FROM quality.batch WHERE {day}") == [(0,)]
    of_table = "SELECT count(*) FROM quality.batch WHERE table_name = 'air_quality'"
    assert world.rows(of_table) == world.inside(f"{of_table} AND day <> DATE '{FIRST}'") != [(0,)]


def test_a_value_leads_to_its_batches_and_deliveries(world: SharedCity):
    way = (
        "SELECT DISTINCT w.period_start, b.table_name, d.sha256 IS NOT NULL FROM metric.value v"
        " JOIN quality.way w USING (city, metric, period, period_start), unnest(w.batches) u(id)"
        " JOIN quality.batch b ON b.batch_id = u.id JOIN quality.delivery d"
        " ON d.city = b.city AND d.feed = b.table_name AND list_contains(b.input_deliveries, d.sha256)"
        f" WHERE v.metric = '{PUBLIC}' AND v.value IS NOT NULL ORDER BY 1"
    )
    days = [FIRST + timedelta(days=n) for n in range(DAYS) if n != 2]  # that of the third rests on a private batch
    assert world.rows(way) == [(day, "air_daily", True) for day in days]
    assert world.inside(f"SELECT count(*) FROM quality.way WHERE metric = '{PRIVATE}'")[0][0] > 0
    assert world.rows(f"SELECT count(*) FROM quality.way WHERE metric = '{PRIVATE}'") == [(0,)]


def test_files_have_names_only_where_nothing_hides_in_them(world: SharedCity):
    rows = world.rows("SELECT file_name FROM quality.delivery ORDER BY sha256")
    assert [name for (name,) in rows][: len(NAMES)] == list(NAMES.values())


def test_corrections_are_those_of_public_metrics_that_never_rested_on_a_private_feed(world: SharedCity):
    inside = world.inside("SELECT DISTINCT metric, period_start FROM quality.correction")
    assert {(PUBLIC, FIRST), (PUBLIC, THIRD), (PRIVATE, FIRST)} <= set(inside)
    found = "SELECT DISTINCT metric, period_start, version FROM quality.correction"
    assert world.rows(found) == [(PUBLIC, FIRST, 2)]
    then = "SELECT area, value_before, value FROM quality.correction ORDER BY area"
    was = (
        "SELECT b.area, b.value, n.value FROM metric.history b JOIN metric.history n USING (area, metric, period_start)"
        f" WHERE metric = '{PUBLIC}' AND period_start = DATE '{FIRST}' AND (b.version, n.version) = (1, 2) ORDER BY 1"
    )
    assert world.rows(then) == world.inside(was) != []


def test_no_text_of_the_ledger_is_in_the_file_and_partners_have_no_quality(world: SharedCity):
    assert SECRET.encode() in world.home.published_file.read_bytes()
    assert SECRET.encode() not in world.tier().published_file.read_bytes()
    assert undocumented(world.tier().published_file) == []
    tables = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'quality'"
    assert world.rows(tables) == [(9,)]
    assert world.rows(tables, "partner/telecom") == [(0,)]


@pytest.fixture
def other(made: SharedCity, tmp_path: Path) -> SharedCity:
    return copied(made, tmp_path)


def history(world: SharedCity) -> list[tuple[Any, ...]]:
    return world.rows("SELECT version, action, restored, values_changed FROM ledger.release_history ORDER BY version")


def test_a_release_says_what_it_changed_and_a_rollback_that_it_is_one(other: SharedCity):
    other.release()
    assert history(other) == [(1, "release", None, None)]
    newest = f"SELECT area, value, period_start, met FROM metric.{{}} WHERE metric = '{PUBLIC}' ORDER BY area"
    first = other.rows(newest.format("latest"))
    assert other.rows("SELECT count(*) FROM metric.latest_before") == [(0,)]
    last = FIRST + timedelta(days=DAYS)
    other.nights(last)
    other.publish()
    other.release()
    assert other.rows(newest.format("latest_before")) == first
    second = other.rows(newest.format("latest"))
    assert last in {start for _, _, start, _ in second}
    changed = sum(one[1:3] != two[1:3] for one, two in zip(first, second, strict=True))
    assert changed > 0
    assert history(other) == [(1, "release", None, None), (2, "release", None, changed)]
    assert other.rows("SELECT DISTINCT metric FROM metric.latest_before") == [(PUBLIC,)]  # not what may be hidden now
    versions.rollback(other.home, METRIC_VALUE, 1, run_id="back")
    rollback_tiers(other.home, run_id="back", today=TODAY)
    assert history(other)[2:] == [(3, "rollback", 1, None)]
    assert other.rows("SELECT count(*) FROM metric.latest_before") == [(0,)]
    assert undocumented(other.tier().published_file) == []


def test_a_verdict_alone_makes_a_release_of_the_open_file_and_of_no_partner(other: SharedCity):
    other.release()
    other.home.published_file.chmod(0o644)
    with duckdb.connect(str(other.home.published_file)) as con:
        con.execute(
            "INSERT INTO ledger.verdict BY NAME SELECT * REPLACE (DATE '2026-04-01' AS day, 'BLOCK' AS verdict,"
            " TIMESTAMP '2026-04-02' AS recorded_at) FROM ledger.verdict WHERE table_name = 'air_daily' LIMIT 1"
        )
    found = other.release()
    assert {tier.tier: tier.changed for tier in found.tiers} == {
        "open": True,
        "partner/card": False,
        "partner/telecom": False,
    }
    held = "SELECT day FROM quality.day WHERE outcome = 'held'"
    assert other.rows(held) == [(date(2026, 4, 1),)]
    assert history(other)[-1] == (2, "release", None, 0)


def test_a_kept_version_with_rules_of_a_feed_that_is_private_now_goes(other: SharedCity):
    other.release()
    feed = other.city.folder / "feeds" / "air_daily.yaml"
    written = yaml.safe_load(feed.read_text("utf-8")) | {"classification": "private-aggregate"}
    feed.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    private = load_city(other.city.folder)
    kept = folder.version_files(other.tier())[1]
    kept.chmod(0o644)
    with duckdb.connect(str(kept)) as con:  # no value of it, and no mart: its rules alone show it
        for schema, name in con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            if schema in ("metric", "mart", "benchmark"):
                con.execute(f'DELETE FROM "{schema}"."{name}"')
        assert con.execute("SELECT count(*) > 0 FROM quality.rule WHERE table_name = 'air_daily'").fetchone() == (True,)
    other.city = private
    other.nights(FIRST + timedelta(days=DAYS))
    other.publish()
    other.release()
    assert 1 not in folder.version_files(other.tier())
    assert other.rows("SELECT count(*) FROM quality.rule WHERE table_name = 'air_daily'") == [(0,)]
