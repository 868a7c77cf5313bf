"""Many nights on one home: what lies on the disk stays bounded, and the last night has as little to do as the
twentieth. Counted, never timed. 60 nights go through every bound; `make weekly` has four hundred of them.

A week of simulated time passes by making every file a week older. Each night delivers one file, corrects an older day
now and then, and goes the way of a batch through landing, ledger and lake; on Sundays comes maintenance, and
five times a publication.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.ingest.batches import Batches, first_day
from assets.ingest.fetch import fetch
from assets.publication.metric_columns import METRIC_VALUE
from tests.pipeline.test_maintenance import age
from tests.unit.warehouse.test_ledger import clock
from tests.worlds.files import Yard, bike_rows, csv_text
from tests.worlds.published import values, view
from warehouse import lake, maintenance
from warehouse.delta import log as deltalog
from warehouse.delta.log import StoredTable
from warehouse.home import Home
from warehouse.ledger import ledger, storage
from warehouse.published import connect, publish, versions

pytestmark = pytest.mark.slow

FIRST = datetime(2020, 1, 4, 3, tzinfo=UTC)  # a Saturday
PUBLICATIONS = 5
FEED = "bike_daily"
SCHEMA = pl.Schema({"value": pl.Int64})
RULES = ("R-001", "R-101")
CORRECTED_EVERY = 18  # nights
EARLY = 20  # the night with which the last ones are compared; such nights begin as new processes


@dataclass
class Counted:
    """What one night opens, by night."""

    files: dict[int, int] = field(default_factory=dict)  # Parquet files of the ledger
    entries: dict[int, int] = field(default_factory=dict)  # of the tables' logs
    read: dict[int, int] = field(default_factory=dict)  # deliveries of which the bytes were read
    rows: dict[int, int] = field(default_factory=dict)  # of ledger.attempt that were added


@dataclass
class Years:
    """The home after all nights."""

    nights: int
    yard: Yard
    counted: Counted
    most_files: dict[str, int]  # that lay on the disk after maintenance, by table
    most_entries: dict[str, int]

    @property
    def home(self) -> Home:
        return self.yard.home

    @property
    def published_every(self) -> int:
        return self.nights // PUBLICATIONS

    @property
    def table(self) -> StoredTable:
        return self.home.table("seoul", "core", FEED)


def day_of(night: int) -> date:
    return FIRST.date() + timedelta(days=night - 1)


def batches(night: int) -> dict[str, tuple[date, int]]:
    """What a night lets in: every fourth night four days, and now and then a better answer for a day a week ago."""
    found = {f"n{n:03d}": (day_of(n), n) for n in range(night - 3, night + 1) if night % 4 == 0}
    if night % CORRECTED_EVERY == 0:
        found[f"c{night:03d}"] = (day_of(night - 7), 1000 + night)
    return found


def wanted(nights: int) -> dict[date, int]:
    """The value of each day after so many nights."""
    return {day: value for night in range(1, nights + 1) for day, value in batches(night).values()}


def admit(home: Home, night: int, at: datetime) -> None:
    """As the gate does it, without judging: stage, write down, commit, write down."""
    table = home.table("seoul", "core", FEED)
    let = batches(night)
    ids = list(let)
    files = [lake.stage_file(table, day, i, pl.DataFrame({"value": [v]}, schema=SCHEMA)) for i, (day, v) in let.items()]
    common = {"city": "seoul", "layer": "core", "table_name": FEED, "run_id": f"run{night}", "recorded_at": at}
    for name, own in (
        (
            "quarantine",
            [{"batch_id": i, "city": "seoul", "table_name": FEED, "day": let[i][0]} for i in ids if i[0] == "c"],
        ),
        ("rule_result", [common | {"batch_id": i, "day": let[i][0], "rule": rule} for i in ids for rule in RULES]),
        ("verdict", [common | {"batch_id": i, "day": let[i][0], "verdict": "PASS"} for i in ids]),
    ):
        ledger.append_once(home, name, own, ids)
    lake.commit(table, SCHEMA, files, {"batch_ids": ",".join(ids)})
    rows = [common | {"batch_id": i, "day": let[i][0], "rows_kept": 1} for i in ids]
    ledger.append_once(home, "batch", rows, ids)


def look_back(yard: Yard) -> None:
    """What a night asks the ledger for, again and again."""
    run, contract = yard.run(), yard.city.contracts[FEED]
    Batches.of(run, contract, [])
    first_day(run, contract)
    ledger.newest_verdicts(yard.home, "seoul").collect()
    ledger.sources(yard.home, "seoul")
    newest = list(lake.live_batches(yard.home.table("seoul", "core", FEED)).values())[-1:]
    assert ledger.read(yard.home, "rule_result", newest).collect().height == len(RULES) * len(newest)


def publish_all(home: Home, night: int) -> None:
    value = {"metric": "bikes", "period_start": day_of(night), "batch_ids": [f"n{night:03d}"]}
    files = lake.live_files(home.table("seoul", "core", FEED))
    tables = [values({"11": float(night)}, **value), view(f"seoul_{FEED}", files, {"value": "BIGINT", "day": "DATE"})]
    publish.publish(home, tables, run_id=f"run{night}")


def a_week_passes(home: Home) -> None:
    for path in home.lake.rglob("*"):
        if path.is_file():
            at = path.stat().st_mtime - 7 * 86400
            os.utime(path, (at, at))


@pytest.fixture(scope="module", params=[60, pytest.param(400, marks=pytest.mark.weekly)])
def years(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Years]:
    yard = Yard(tmp_path_factory.mktemp("years"))
    years = Years(request.param, yard, Counted(), {}, {})
    with pytest.MonkeyPatch.context() as patch:
        now = {"files": 0, "entries": 0, "read": 0}
        count(patch, now)
        for night in range(1, years.nights + 1):
            at = FIRST + timedelta(days=night)
            patch.setattr(storage, "datetime", clock(at))
            rows = [[f"{d}", n] for d, n in bike_rows([day_of(night)])]
            path = yard.put(
                f"bike_daily/서울특별시 공공자전거 일별 대여건수_{night}.csv", csv_text(["대여일자", "대여건수"], rows)
            )
            age(path, 1)
            now |= dict.fromkeys(now, 0)
            if night % 7 == EARLY % 7:  # a new process
                yard.restart()
            known = ledger.read(yard.home, "attempt").collect().height
            fetch(yard.run(), yard.city.contracts[FEED], [])
            if batches(night):
                admit(yard.home, night, at)
            look_back(yard)
            for name, found in now.items():
                getattr(years.counted, name)[night] = found
            years.counted.rows[night] = ledger.read(yard.home, "attempt").collect().height - known
            if night % years.published_every == 0:
                publish_all(yard.home, night)
            if at.weekday() == 6:
                a_week_passes(yard.home)
                for part in maintenance.PARTS.values():
                    # what is not live is as old as this run of the test, whatever passed in the simulation
                    assert part(yard.home, timedelta(0)).note == ""
                measure(years)
        yield years


def count(patch: pytest.MonkeyPatch, now: dict[str, int]) -> None:
    from assets.connectors import files

    scan, read, follow = pl.scan_parquet, files._read, deltalog._followed

    def scanned(paths, **more):
        now["files"] += len(paths)
        return scan(paths, **more)

    def opened(*arguments):
        now["read"] += 1
        return read(*arguments)

    def table(path: Path):
        now["entries"] += _since_checkpoint(path)
        return deltalog.DeltaTable(path.as_uri())

    def followed(path, before, live):
        found = follow(path, before, live)
        now["entries"] += found.position.version - before.version
        return found

    patch.setattr(pl, "scan_parquet", scanned)
    patch.setattr(files, "_read", opened)
    patch.setattr(deltalog, "open_table", table)
    patch.setattr(deltalog, "_followed", followed)


def _since_checkpoint(table: Path) -> int:
    log = sorted(path.name for path in (table / "_delta_log").iterdir())
    last = max((name[:20] for name in log if ".checkpoint." in name), default="")
    return sum(name.endswith(".json") and name[:20] > last for name in log)


def measure(years: Years) -> None:
    for table in maintenance.delta_tables(years.home):
        files = sum(1 for path in table.path.rglob("*.parquet") if "_delta_log" not in path.parts)
        entries = sum(1 for path in (table.path / "_delta_log").iterdir() if path.suffix == ".json")
        years.most_files[table.path.name] = max(files, years.most_files.get(table.path.name, 0))
        years.most_entries[table.path.name] = max(entries, years.most_entries.get(table.path.name, 0))


def test_files_and_logs_stay_bounded(years: Years):
    months = years.nights // 30 + 1
    own = {name: most for name, most in years.most_files.items() if name != FEED}
    assert set(own) >= {"attempt", "batch", "verdict", "rule_result", "quarantine", "publication", "value_history"}
    assert max(own.values()) <= months
    corrected = years.nights // CORRECTED_EVERY
    assert years.most_files[FEED] <= years.nights + corrected  # a file for each day, and what kept versions name
    # a week and a day of nights with two commits to each ledger table; a month of them to the lake's
    assert max(n for name, n in years.most_entries.items() if name != FEED) <= 2 * 8 + 10
    assert years.most_entries[FEED] <= 31 + 7 + 2
    assert not list(years.home.lake.rglob("*.part"))


def test_everything_is_readable_and_totals_are_right(years: Years):
    years.yard.restart()
    rows = lake.scan(years.table, SCHEMA).sort("day").collect()
    assert dict(rows.select("day", "value").iter_rows()) == wanted(years.nights)
    ids = sorted(i for night in range(1, years.nights + 1) for i in batches(night))
    for name, each in (("batch", 1), ("verdict", 1), ("rule_result", len(RULES))):
        assert sorted(ledger.read(years.home, name).collect()["batch_id"]) == sorted(ids * each), name
    held = ledger.read(years.home, "quarantine").collect()["batch_id"]
    assert sorted(held) == [i for i in ids if i.startswith("c")]
    landed = ledger.read(years.home, "attempt").filter(pl.col("status") == "landed").collect()
    assert landed["delivery"].n_unique() == landed["sha256"].n_unique() == landed.height == years.nights
    assert ledger.read(years.home, "publication").collect().height == PUBLICATIONS
    for night in (1, years.nights // 2, years.nights):
        found = ledger.read(years.home, "rule_result", [f"n{night:03d}"]).collect()
        assert set(found["run_id"]) == {f"run{night + -night % 4}"}


def test_last_night_does_as_much_as_the_twentieth(years: Years):
    """Compared are nights at the same place in the week and of the same kind."""
    counted = years.counted
    late = next(
        n for n in range(years.nights, 0, -1) if (n - EARLY) % 7 == 0 and len(batches(n)) == len(batches(EARLY))
    )
    assert late > years.nights - 28
    assert counted.read[late] == counted.read[EARLY] == 1  # the new delivery
    assert counted.rows[late] == counted.rows[EARLY] == 2  # it landed; all others are untouched
    # one file for each month that has passed, and nothing else: the tables that are remembered, and the batch ids of
    # rule_result; from quarantine nothing is asked
    months = (day_of(late).year - day_of(EARLY).year) * 12 + day_of(late).month - day_of(EARLY).month
    assert 0 < counted.files[late] - counted.files[EARLY] <= months * 4
    same = [
        n for n in range(2, years.nights + 1) if len(batches(n)) == 4 and (n - EARLY) % 7 in (1, 2)
    ]  # in one process
    assert len({counted.files[n] for n in same}) == 1
    assert max(counted.entries[n] for n in same[-10:]) <= max(counted.entries[n] for n in same[:10])


def test_versions_of_long_ago_open_and_come_back(years: Years):
    kept = versions.version_files(years.home)
    assert len(kept) == PUBLICATIONS
    for version, path in kept.items():
        with connect.open_file(path) as con:
            night = version * years.published_every
            days, total = con.execute(f"SELECT count(*), sum(value) FROM core.seoul_{FEED}").fetchall()[0]
            then = {day: value for n in range(1, night + 1) for day, value in batches(n).values()}
            assert (days, total) == (night, sum(then.values())), version
    versions.rollback(years.home, METRIC_VALUE, 2, run_id="back")
    with connect.open_published(years.home) as con:
        assert con.execute("SELECT value FROM metric.value").fetchall() == [(2 * years.published_every,)]
        assert con.execute(f"SELECT count(*) FROM core.seoul_{FEED}").fetchall() == [(2 * years.published_every,)]
    with duckdb.connect(str(years.home.published_file), read_only=True) as con:
        assert con.execute("SELECT max(version) FROM ledger.publication").fetchall() == [(len(kept) + 1,)]
