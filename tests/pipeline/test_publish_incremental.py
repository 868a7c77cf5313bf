"""Publishing replaces only what differs, and ends with the same file as publishing everything into an empty folder."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.pack.city import City
from assets.publication import values as published_values
from assets.publication.metric_columns import METRIC_VALUE
from assets.publication.publish import publish_all
from benchmarks import history_home
from tests.worlds.packs import seoul
from tests.worlds.published import spec_of, values
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT, VERDICT
from warehouse.published import connect, load, publish, versions
from warehouse.published.load import AppendedFiles, Partitions
from warehouse.published.spec import Partition, PublishError
from warehouse.published.value_history import WITHDRAWN

FEEDS = ("air_daily", "bike_daily", "subway_daily")
METRICS = ("pm25_mean", "pm25_roadside_mean", "bike_rentals_per_100k", "pm25_days_above_who", "pm25_annual_mean")
FIRST = date(2025, 12, 29)
TIMES = ("run_id", "published_at", "recorded_at", "replaced_at")
KEY, COMPARED, RECORD = METRIC_VALUE.key, METRIC_VALUE.compared, METRIC_VALUE.recorded
SAID = RECORD.index("batch_ids")  # value, status and reason stand before it
_KEYS, _COMPARED, _RECORD = (", ".join(names) for names in (KEY, COMPARED, RECORD))


def small_city() -> City:
    city = seoul()
    return replace(
        city,
        contracts={name: city.contracts[name] for name in FEEDS},
        metrics={name: city.metrics[name] for name in METRICS},
        choices={name: city.choices[name] for name in METRICS},
        areas=city.areas.head(4),
    )


class World:
    """A home to which things happen, the city as its pack stands, and what metric.history ought to say."""

    def __init__(self, root: Path, seed: int):
        self.root, self.home, self.city = root, Home(root / "home"), small_city()
        self.chance, self.days, self.number = random.Random(seed), [FIRST], 0
        self.without_bikes: list[date] = []
        self.standing: dict[tuple, tuple] = {}  # what metric.value said last, by key
        self.records: dict[tuple, list[tuple]] = {}
        history_home.nights(self.home, self.city, self.days, dead=0)

    # What may happen ---------------------------------------------------------------------------------------

    def another_night(self, *without: str) -> date:
        self.days.append(self.days[-1] + timedelta(days=1))
        contracts = {name: c for name, c in self.city.contracts.items() if name not in without}
        self._nights(replace(self.city, contracts=contracts), self.days[-1])
        return self.days[-1]

    def a_correction(self) -> None:
        self._nights(self.city, self.chance.choice(self.days))

    def a_night_without_bikes(self) -> None:
        self.without_bikes.append(self.another_night("bike_daily"))

    def a_closed_gate(self) -> None:
        """On a day that is published already: nothing in the lake tells of it, only the ledger."""
        day = self.chance.choice(self.without_bikes)
        self.number += 1
        row = {"city": "seoul", "layer": "core", "table_name": "bike_daily", "day": day}
        row |= {"batch_id": f"held{self.number}", "verdict": "BLOCK", "reason": f"reason {self.number}"}
        ledger.append(self.home, "verdict", [VERDICT.row() | row | {"recorded_at": datetime.now(UTC)}])

    def a_dead_service(self) -> None:
        day = self.chance.choice(self.without_bikes)
        row = {"city": "seoul", "feed": "bike_daily", "source": "simulated", "status": "failed", "detail": "timeout"}
        row |= {"delivery": f"bike {day} asked", "asked_day": day, "asked_at": datetime.now(UTC)}
        row |= {"recorded_at": datetime.now(UTC)}
        ledger.append(self.home, "attempt", [ATTEMPT.row() | row])

    def another_choice_of_metrics(self) -> None:
        gone = self.chance.choice(METRICS[:3]) if len(self.city.metrics) == len(METRICS) else None
        metrics = {name: metric for name, metric in small_city().metrics.items() if name != gone}
        self.city = replace(self.city, metrics=metrics)

    def another_target(self) -> None:
        choice = self.city.choices["bike_rentals_per_100k"].model_copy(update={"target": float(self.number)})
        self.city = replace(self.city, choices={**self.city.choices, "bike_rentals_per_100k": choice})

    def a_rollback(self) -> None:
        done = versions.rollback(
            self.home, METRIC_VALUE, self.chance.choice(list(versions.version_files(self.home))), run_id="back"
        )
        values = self._values(self.home)
        places = [COMPARED.index(name) for name in RECORD]
        old = {key: tuple(told[p] for p in places) for key, told in self.standing.items()}
        new = {key: tuple(told[p] for p in places) for key, told in values.items()}
        self._expect(old, new, done.version, lambda told: told)
        self.standing = values

    def _nights(self, city: City, day: date) -> None:
        self.number += 1
        history_home.nights(self.home, city, [day], self.number, dead=0)

    # What must come of it ----------------------------------------------------------------------------------

    def publish_and_compare(self, *, at_once: bool = True) -> None:
        """Publish what is new; its history is what it has to be, and the file what it is when published at once."""
        fresh = self._never_published() if at_once else None
        done = publish_all(self.home, [self.city], run_id="night")
        if fresh is not None:
            publish_all(fresh, [self.city], run_id="night")
            incremental, whole = contents(self.home), contents(fresh)
            assert incremental.keys() == whole.keys()
            for table, rows in whole.items():
                assert incremental[table] == rows, table
            shutil.rmtree(fresh.root)
        values = self._values(self.home)
        places = [COMPARED.index(name) for name in RECORD]
        self._expect(self.standing, values, done.version, lambda told: tuple(told[p] for p in places))
        self.standing = values
        self._compare_history()

    def _never_published(self) -> Home:
        """A copy of the home from which nothing was published."""
        fresh = Home(self.root / "fresh")
        shutil.copytree(self.home.lake, fresh.lake)
        for table in ("publication", "value_history"):
            shutil.rmtree(fresh.ledger(table).path, ignore_errors=True)
        return fresh

    def _values(self, home: Home) -> dict[tuple, tuple]:
        with connect.open_published(home) as con:
            rows = con.execute(f"SELECT {_KEYS}, {_COMPARED} FROM metric.value").fetchall()
        return {row[: len(KEY)]: row[len(KEY) :] for row in rows}

    def _expect(self, old: dict, new: dict, version: int, record: Callable[[tuple], tuple]) -> None:
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key):
                told = record(new[key]) if key in new else (None, WITHDRAWN, None, None)
                records = self.records.setdefault(key, [])
                if not records or records[-1][:SAID] != told[:SAID]:  # other batches that say the same are no record
                    records.append((*told, version))

    def _compare_history(self) -> None:
        with connect.open_published(self.home) as con:
            rows = con.execute(f"SELECT {_KEYS}, {_RECORD}, version FROM metric.history ORDER BY version").fetchall()
            chain = con.execute(
                f"SELECT count(*) FROM (SELECT replaced_at, lead(published_at) OVER (PARTITION BY {_KEYS} ORDER BY"
                " version) AS next FROM metric.history) WHERE replaced_at IS DISTINCT FROM next"
            ).fetchall()
        found: dict[tuple, list[tuple]] = {}
        for row in rows:
            found.setdefault(row[: len(KEY)], []).append(row[len(KEY) :])
        assert found == self.records
        assert chain == [(0,)]
        kept = ledger.read(self.home, "value_history").collect()
        assert kept.height == len(rows)


def contents(home: Home) -> dict[str, Any]:
    """All rows of all tables and views, the comments and types, and what the file says it is made of."""
    with connect.open_published(home) as con:
        names = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND database_name = 'madang'"
            " UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
            " AND database_name = 'madang'"
        ).fetchall()
        told: dict[str, Any] = {}
        for schema, name in names:
            if f"{schema}.{name}" in ("ledger.publication", "metric.history", "quality.correction"):  # of the past
                continue
            frame = con.sql(f'FROM "{schema}"."{name}"').pl().drop(TIMES, strict=False)
            if (schema, name) == ("ledger", "manifest"):  # views are hashed with the folder of the home in them
                frame = frame.filter((pl.col("schema_name") != "core") | pl.col("day").is_not_null())
            told[f"{schema}.{name}"] = sorted(repr(row).replace(str(home.root), "") for row in frame.rows())
        told["columns"] = con.execute(
            "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal"
            " AND database_name = 'madang' ORDER BY ALL"
        ).fetchall()
    return told


HAPPENINGS = (
    World.another_night,
    World.a_night_without_bikes,
    World.a_correction,
    World.a_closed_gate,
    World.a_dead_service,
    World.another_choice_of_metrics,
    World.another_target,
    World.a_rollback,
)


@pytest.mark.parametrize(("seed", "more"), [(1, 0), pytest.param(2, 6, marks=pytest.mark.weekly)])
def test_whatever_happens_the_file_is_what_it_would_be_if_published_at_once(tmp_path: Path, seed: int, more: int):
    """Each happening once, in the order of the seed, and as many more. What a publication leaves wrong stays so in the
    next one: unless there are more, every second is compared."""
    world = World(tmp_path, seed)
    world.a_night_without_bikes()
    world.publish_and_compare()
    happenings = [*HAPPENINGS, *world.chance.choices(HAPPENINGS, k=more)]
    world.chance.shuffle(happenings)
    for number, happening in enumerate(happenings, 1):
        happening(world)
        world.publish_and_compare(at_once=more > 0 or number % 2 == 0)


def test_one_corrected_day_is_all_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = World(tmp_path, 3)
    for _ in range(3):
        world.another_night()
    publish_all(world.home, [world.city], run_id="r1")
    asked: list[tuple[str, list]] = []
    for kind in (published_values.MetricValues, published_values.AreaDay, published_values.MartRows):

        def watched(self: Partitions, con: Any, partitions: Any, real: Any = kind.rows) -> pl.DataFrame:
            asked.append((str(self.spec), list(partitions)))
            return real(self, con, partitions)

        monkeypatch.setattr(kind, "rows", watched)
    world._nights(world.city, world.days[2])  # 31 December
    publish_all(world.home, [world.city], run_id="r2")
    december, year = date(2025, 12, 1), date(2025, 1, 1)
    assert asked == [
        ("metric.value", [("seoul", day) for day in (year, december, world.days[2])]),  # and its month and its year
        ("mart.area_day", [("seoul", day) for day in (year, december, world.days[2])]),
        *(
            (f"mart.{name}", [("seoul", world.days[2])])  # in the order in which marts read each other
            for name in (
                "place_day",
                "transit_line_day",
                "transit_recovery_week",
                "place_health",
                "network_day",
                "network_agreement",
            )
        ),
    ]
    asked.clear()
    assert not publish_all(world.home, [world.city], run_id="r3").changed
    assert asked == []


def test_other_code_makes_everything_anew_and_finds_it_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = World(tmp_path, 4)
    one = publish_all(world.home, [world.city], run_id="r1")
    with connect.open_published(world.home) as con:
        stamps = con.execute("SELECT input FROM ledger.manifest WHERE table_name = 'value'").fetchall()
    monkeypatch.setattr(published_values, "_code", lambda: "other")
    two = publish_all(world.home, [world.city], run_id="r2")
    assert (two.version, two.changed) == (one.version, False)
    with connect.open_published(world.home) as con:
        other = con.execute("SELECT input FROM ledger.manifest WHERE table_name = 'value'").fetchall()
        assert con.execute("SELECT DISTINCT run_id FROM metric.value").fetchall() == [("r1",)]
    assert not set(stamps) & set(other)


def test_the_source_of_a_target_is_published_for_the_target_that_the_pack_has(tmp_path: Path):
    world = World(tmp_path, 5)

    def choose(target: float, target_source: str) -> None:
        choice = world.city.choices["pm25_mean"].model_copy(update={"target": target, "target_source": target_source})
        world.city = replace(world.city, choices={**world.city.choices, "pm25_mean": choice})

    def shown(table: str) -> list[tuple]:
        with connect.open_published(world.home) as con:
            query = f"SELECT DISTINCT period_start, target, target_source FROM {table} WHERE metric = 'pm25_mean'"
            return con.execute(f"{query} ORDER BY ALL").fetchall()

    choose(15.0, "WHO 2021")
    world._nights(world.city, FIRST)
    publish_all(world.home, [world.city], run_id="r1")
    assert shown("metric.value") == shown("metric.latest") == [(FIRST, 15.0, "WHO 2021")]
    choose(15.0, "WHO 2021, 24 hours")  # the same target: the values made with it explain themselves better
    done = publish_all(world.home, [world.city], run_id="r2")
    assert (done.changed, done.values_changed) == (True, 0)
    assert shown("metric.value") == [(FIRST, 15.0, "WHO 2021, 24 hours")]
    choose(10.0, "the council")
    second = world.another_night()
    publish_all(world.home, [world.city], run_id="r3")
    assert shown("metric.value") == [(FIRST, 15.0, None), (second, 10.0, "the council")]


# Partitions and appended files by themselves ----------------------------------------------------------------------

NOTHING = values({})


@dataclass(frozen=True)
class Numbers(Partitions):
    """day -> numbers."""

    numbers: Mapping[str, list[int]]
    strays: tuple[str, ...] = ()  # cities of which rows come that nobody asked for

    def rows(self, connection: Any, partitions: Any) -> pl.DataFrame:
        rows = [(city, day, n) for city, day in partitions for n in self.numbers[str(day)]]
        rows += [(city, date(2026, 1, 1), 1) for city in self.strays]
        return pl.DataFrame(rows, schema={"city": pl.String, "day": pl.Date, "n": pl.Int64}, orient="row")


def partitions(rows: dict[str, tuple[str, list[int]]], *strays: str) -> Numbers:
    """day -> input, numbers."""
    inputs = {Partition("seoul", date.fromisoformat(day)): made_of for day, (made_of, _) in rows.items()}
    spec = spec_of("mart", "t", {"city": "VARCHAR", "day": "DATE", "n": "BIGINT"})
    return Numbers(spec, inputs, {day: numbers for day, (_, numbers) in rows.items()}, strays)


def numbers(home: Home, table: str = "mart.t", column: str = "n") -> list:
    with connect.open_published(home) as con:
        return [n for (n,) in con.execute(f"SELECT {column} FROM {table} ORDER BY ALL").fetchall()]


def test_only_partitions_with_other_inputs_are_looked_at(tmp_path: Path):
    home = Home(tmp_path)
    publish.publish(home, [NOTHING, partitions({"2026-01-01": ("a", [1, 2]), "2026-01-02": ("b", [3])})], run_id="r")
    # the first day has other rows under the input it had: nobody looks
    publish.publish(home, [NOTHING, partitions({"2026-01-01": ("a", [9]), "2026-01-02": ("c", [4, 5])})], run_id="r")
    assert numbers(home) == [1, 2, 4, 5]
    publish.publish(home, [NOTHING, partitions({"2026-01-02": ("c", [4, 5]), "2026-01-03": ("d", [6])})], run_id="r")
    assert numbers(home) == [4, 5, 6]
    same = publish.publish(
        home, [NOTHING, partitions({"2026-01-02": ("x", [5, 4]), "2026-01-03": ("d", [6])})], run_id="r"
    )
    assert (same.version, same.changed) == (3, False)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_rows_that_are_made_a_few_days_at_a_time_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
):
    """Twenty years of a city are not in memory together: so many days are made at once as have so many rows."""
    monkeypatch.setattr(load, "AT_ONCE", rows)
    monkeypatch.setattr(load, "FIRST_PARTITIONS", 1)
    asked = list[int]()
    made = Numbers.rows
    monkeypatch.setattr(Numbers, "rows", lambda *given: (asked.append(len(given[2])), made(*given))[1])
    days = {f"2026-01-{day:02}": (f"of {day}", [day] * (day % 3)) for day in range(1, 9)}
    publish.publish(Home(tmp_path), [NOTHING, partitions(days)], run_id="r")
    assert numbers(Home(tmp_path)) == sorted(n for _, of_day in days.values() for n in of_day)
    assert sum(asked) == len(days)
    assert asked == {1: [1, 1, 1, 1, 1, 1, 1, 1], 3: [1, 3, 3, 1], 1000: [1, 7]}[rows]


def test_a_file_that_is_not_what_was_recorded_is_made_anew(tmp_path: Path):
    home = Home(tmp_path)
    tables = [NOTHING, partitions({"2026-01-01": ("a", [1, 2]), "2026-01-02": ("b", [3])})]
    publish.publish(home, tables, run_id="r")
    home.published_file.chmod(0o644)
    with duckdb.connect(str(home.published_file)) as con:
        con.execute("UPDATE mart.t SET n = 7 WHERE n = 3")
    assert numbers(home) == [1, 2, 7]
    publish.publish(home, tables, run_id="r")
    assert numbers(home) == [1, 2, 3]


def test_rows_that_nobody_asked_for_are_refused(tmp_path: Path):
    with pytest.raises(PublishError, match=r"mart.t: rows of .*busan.*not asked for"):
        publish.publish(Home(tmp_path), [NOTHING, partitions({"2026-01-01": ("a", [1])}, "busan")], run_id="r")


def test_files_of_the_ledger_that_are_folded_into_one_bring_no_row_twice_and_lose_none(tmp_path: Path):
    home, schema = Home(tmp_path / "home"), pl.Schema({"batch_id": pl.String, "n": pl.Int64})
    spec = spec_of("ledger", "t", {"batch_id": "VARCHAR", "n": "BIGINT"})

    def written(name: str, rows: list[int]) -> Path:
        pl.DataFrame({"batch_id": [f"b{n % 2}" for n in rows], "n": rows}, schema=schema).write_parquet(tmp_path / name)
        return tmp_path / name

    def published(*files: Path) -> list[int]:
        publish.publish(home, [NOTHING, AppendedFiles(spec, files, schema)], run_id="r")
        return numbers(home, "ledger.t")

    one, two, three = written("one", [1, 1]), written("two", [2]), written("three", [3])
    assert published(one) == [1, 1]
    assert published(one, two) == [1, 1, 2]
    folded = written("folded", [1, 1, 2, 4])
    assert published(folded, three) == [1, 1, 2, 3, 4]
    assert published(folded, three, written("five", [1])) == [1, 1, 1, 2, 3, 4]
    assert published(three) == [3]  # a ledger that lost rows is no reason to show them
