"""A whole city over the protocols that are spoken outside Korea: the way of each feed from a real server to the gate.

The server is a process of its own, as in a night; what must come out is the world's own truth, by plain selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import Fetched, fetch
from assets.ingest.read import read_new
from assets.pack.city import City
from pipelines import runner
from pipelines.settings import REPOSITORY, Settings
from quality.contract.due import due
from simulator.process import running
from simulator.world import air, movement, network, people, registers, sensors, utilities
from simulator.world.world import World
from tests.worlds.events import no_events
from tests.worlds.packs import pack_at
from warehouse import lake, landing
from warehouse.home import Home
from warehouse.ledger import ledger

PACKS = REPOSITORY / "tests" / "support" / "packs"

NIGHT = date(2026, 3, 10)
BEFORE = NIGHT - timedelta(days=1)
NOW = datetime.combine(NIGHT, time(23, 30))
HOUR = timedelta(hours=1)
AHEAD = timedelta(hours=8)  # of UTC
SINCE = date(2026, 1, 1)  # of registers and timetables


@cache
def harbour() -> City:
    return pack_at(PACKS / "harbour")


@cache
def world() -> World:
    return World(harbour())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running([PACKS / "harbour"], now=NOW) as server:
        yield server.address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One home for all feeds: they do not meet in it."""
    return Home(tmp_path_factory.mktemp("home"))


def _run(home: Home, address: str, run: str) -> RunContext:
    return RunContext(
        home=home,
        city=harbour(),
        source="simulated",
        run_id=run,
        today=NIGHT,
        simulator_address=address,
    )


def _fetched(run: RunContext, name: str) -> Fetched:
    contract = harbour().contracts[name]
    fetched = fetch(run, contract, [due(contract, NIGHT)])
    read_new(run, contract, fetched)
    return fetched


def _core(home: Home, name: str) -> pl.DataFrame:
    contract = harbour().contracts[name]
    return lake.scan(home.table("harbour", "core", name), contract.schema).collect()


# What has to be in the lake: by feed the truth of the world, the value's column, and half of what it is rounded to ----


def _air_daily() -> pl.DataFrame:
    return air.air_days(world(), BEFORE).select("day", place="station", value="pm25_ugm3")


def _water_daily() -> pl.DataFrame:
    return utilities.waterworks(world(), BEFORE).select("plant", "day", flow="kind", value="m3")


def _air_hours() -> pl.DataFrame:
    numbers = registers.air_stations(world()).select("station", sensor_id=pl.col("code") + "02")
    rows = air.air_hours(world(), BEFORE).join(numbers, on="station")
    return rows.select("sensor_id", starts_at=pl.col("measured_at") - HOUR, value="pm25_ugm3")


def _street_sensors() -> pl.DataFrame:
    """A day in UTC: from 08:00 of the day in Harbour to 08:00 of the next one, as far as anybody has heard of it."""
    streams = harbour().contracts["street_sensors"].connector.services[0].each  # type: ignore[union-attr]
    register = registers.sensor_register(world())["sensor_id"].to_list()
    days = [sensors.sensor_hours(world(), day) for day in (BEFORE, NIGHT)]
    frames = []
    for stream in streams:
        thing, kind = divmod(int(stream), 10)
        own = pl.concat(days).filter(pl.col("sensor_id") == register[thing - 1])
        at = pl.col("measured_at") if kind == 3 else pl.col("measured_at").dt.truncate("1h")
        column = "temp_c" if kind == 3 else "pm25_ugm3"
        frames.append(own.select(datastream=pl.lit(stream), observed_at=at - AHEAD, value=column))
    begin = datetime.combine(BEFORE, time())
    found = pl.concat(frames)
    return found.filter(pl.col("observed_at") >= begin, pl.col("observed_at") < begin + timedelta(days=1))


def _traffic_flow() -> pl.DataFrame:
    begin = NOW - timedelta(minutes=5)
    return movement.traffic(world(), begin).select(place="link_id", time=pl.lit(begin), value="speed_kmh")


def _bikes() -> pl.DataFrame:
    return movement.bike_now(world(), NOW).select("station_id", value="bikes")


def _headways() -> pl.DataFrame:
    """Seven spans of the day on each line in each direction; only their number is the world's."""
    lines = network.subway_stations(world())["line"].unique(maintain_order=True)
    names = [f"R{n:02d}-{way}" for n in range(1, len(lines) + 1) for way in (0, 1)]
    spans = [("WD", 480), ("WD", 180), ("WD", 300), ("WD", 200), ("WD", 480), ("WE", 400), ("WE", 720)]
    starts = ["05:30:00", "07:00:00", "09:30:00", "17:00:00", "20:00:00", "05:30:00", "23:00:00"]
    return pl.DataFrame(
        [
            (f"{name}-{service}", start, headway)
            for name in names
            for start, (service, headway) in zip(starts, spans, strict=True)
        ],
        schema=["trip_id", "start_time", "value"],
        orient="row",
    )


def _trips() -> pl.DataFrame:
    lines = network.subway_stations(world()).group_by("line", maintain_order=True).agg("station")
    return pl.DataFrame(
        [
            (f"R{n:02d}-{way}-{kind}", names[-1 if way == 0 else 0])
            for n, names in enumerate(lines["station"].to_list(), 1)
            for way in (0, 1)
            for kind in ("WD", "WE", "LAST")
        ],
        schema=["trip_id", "value"],
        orient="row",
    )


def _living_population() -> pl.DataFrame:
    rows = people.people_totals(world(), BEFORE).unpivot(
        ["total", "female", "male"], index=["dong_code", "hour"], variable_name="people_group"
    )
    start = pl.lit(datetime.combine(BEFORE, time())) + pl.duration(hours=pl.col("hour"))
    return rows.select("people_group", area="dong_code", time=start, value="value")


def _air_moenv() -> pl.DataFrame:
    end = NOW.replace(minute=0)
    rows = air.air_hours(world(), NIGHT).filter(pl.col("measured_at") == end)
    return rows.select("station", published_at="measured_at", value="pm25_ugm3")


def _air_thai() -> pl.DataFrame:
    return _air_moenv().select("station", observed_at="published_at", value="value")


def _sensor_register() -> pl.DataFrame:
    return registers.sensor_register(world()).select("sensor_id", value="lat")


TRUTH: dict[str, tuple[Callable[[], pl.DataFrame], str, float]] = {
    "air_daily": (_air_daily, "pm25", 0.05),
    "air_hours": (_air_hours, "pm25_ugm3", 0.05),
    "air_moenv": (_air_moenv, "pm25_ugm3", 0.5),
    "air_thai": (_air_thai, "pm25_ugm3", 0.05),
    "bikes": (_bikes, "bikes", 0),
    "bikes_v3": (_bikes, "bikes", 0),
    "headways": (_headways, "headway_s", 0),
    "living_population": (_living_population, "people", 0.0001),
    "sensor_register": (_sensor_register, "lat", 1e-8),
    "street_sensors": (_street_sensors, "result", 0.05),
    "traffic_flow": (_traffic_flow, "speed", 0.05),
    "trips": (_trips, "headsign", 0),
    "water_daily": (_water_daily, "volume_m3", 0.05),
}
PAGES = {  # requests of a night: with these, no feed fits into one page but those that have none
    "air_daily": 3,
    "air_moenv": 3,
    "living_population": 4,  # the count, and three pages
    "traffic_flow": 3,
    "water_daily": 3,
    "air_hours": 7 * 3,
    "air_thai": 1,
    "bikes": 1,
    "bikes_v3": 1,
    "headways": 1,
    "sensor_register": 1,
    "trips": 1,
}


def test_every_feed_of_the_pack_is_looked_at() -> None:
    assert set(TRUTH) == set(harbour().contracts)
    assert {c.connector.kind for c in harbour().contracts.values() if c.connector} == {
        "openaq",
        "ckan",
        "sensorthings",
        "ngsi_ld",
        "gbfs",
        "gtfs",
        "socrata",
        "moenv",
        "air4thai",
        "http_file",
    }


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_a_day_of_a_feed_comes_whole_through_the_gate(name: str, address: str, home: Home) -> None:
    run, contract = _run(home, address, "run1"), harbour().contracts[name]
    fetched = _fetched(run, name)
    assert [str(failure) for failure in fetched.failures] == []
    assert fetched.new == 1
    if name in PAGES:
        assert fetched.requests == PAGES[name]
    day = due(contract, NIGHT) if contract.reference_since is None else SINCE
    report = ingest.ingest(run, contract, [day])
    assert [(o.day, str(o.verdict)) for o in report.outcomes] == [(day, "PASS")]

    truth, column, half_step = TRUTH[name]
    expected, core = truth(), _core(home, name)
    keys = [key for key in expected.columns if key != "value"]
    both = expected.join(core.select(*keys, came=column), on=keys, how="inner")
    assert (core.height, both.height, both["came"].null_count()) == (expected.height, expected.height, 0)
    assert core["day"].unique().to_list() == [day]
    if both["value"].dtype == pl.String:
        assert both["came"].to_list() == both["value"].to_list()
    else:
        worst = both.select((pl.col("came") - pl.col("value")).abs().max()).item()
        assert worst <= half_step + 1e-9

    again = _run(home, address, "run2")
    repeated = _fetched(again, name)
    assert (repeated.new, repeated.failures) == (0, [])
    assert [o.batch_id for o in ingest.ingest(again, contract, [day]).outcomes] == [o.batch_id for o in report.outcomes]
    said = ledger.read(home, "attempt").filter(pl.col("feed") == name, pl.col("run_id") == "run2").collect()
    assert said["status"].to_list() == ["known"]


def test_files_that_did_not_change_are_not_sent_again(address: str, tmp_path: Path) -> None:
    """A timetable has an ETag: the second night gets 304 and nothing else."""
    own = Home(tmp_path)
    for run, new, size in (("first", 1, True), ("second", 0, False)):
        fetched = _fetched(_run(own, address, run), "trips")
        assert (fetched.failures, fetched.new, fetched.size_bytes > 0) == ([], new, size)
    last = ledger.read(own, "attempt").filter(pl.col("run_id") == "second").collect().row(0, named=True)
    assert (last["status"], last["requests"]) == ("known", 1)
    assert "nothing changed" in last["detail"]


def test_the_simulated_city_is_not_asked_at_the_pace_of_the_real_service(address: str, tmp_path: Path) -> None:
    """Pages a thousand seconds apart would end at the deadline of the pull, before anybody waits."""
    contract = harbour().contracts["street_sensors"]
    assert contract.connector is not None
    (service,) = contract.connector.services
    slow = service.model_copy(update={"per_second": 0.001, "deadline_s": 600.0, "parallel": 1})
    contract = contract.model_copy(update={"connector": contract.connector.model_copy(update={"services": (slow,)})})
    fetched = fetch(_run(Home(tmp_path), address, "run"), contract, [due(contract, NIGHT)])
    assert (fetched.failures, fetched.requests > 1) == ([], True)


def test_no_key_is_landed(address: str, tmp_path: Path) -> None:
    """MOENV repeats the key in every reply."""
    own = Home(tmp_path)
    fetched = _fetched(_run(own, address, "run"), "air_moenv")
    (sha256,) = fetched.landed
    path = landing.find(own, "harbour", "air_moenv", sha256)
    assert path is not None
    content = landing.read_bytes(path)
    assert b"simulated-key" not in content
    assert b"api_key=" in content


def test_the_future_is_not_known(address: str, tmp_path: Path) -> None:
    """The day itself is not over: providers of days have nothing, those of hours what has been."""
    own = Home(tmp_path)
    run, hours = _run(own, address, "run"), harbour().contracts["air_hours"]
    for name in ("air_daily", "water_daily", "living_population"):
        fetched = fetch(run, harbour().contracts[name], [NIGHT])
        assert (fetched.landed, fetched.failures) == ({}, [])
    states = ledger.read(own, "attempt").collect()["status"]
    assert states.to_list() == ["empty", "empty", "empty"]
    read_new(run, hours, fetch(run, hours, [NIGHT]))
    (outcome,) = ingest.ingest(run, hours, [NIGHT]).outcomes
    assert str(outcome.verdict) == "BLOCK"  # 23 hours are not a day
    assert _broken(own, "air_hours") == {"OAQ-902"}


def _broken(home: Home, table: str) -> set[str]:
    results = ledger.read(home, "rule_result").filter(pl.col("table_name") == table, pl.col("status") == "fail")
    return set(results.collect()["rule"])


def test_a_timetable_that_has_run_out_is_held_back(tmp_path: Path) -> None:
    """Manila's ended in 2020 and was served for years."""
    run, contract = _run(Home(tmp_path), "http://127.0.0.1:9", "run"), harbour().contracts["headways"]
    rows = pl.DataFrame(
        {
            "trip_id": ["a"],
            "start_time": ["05:00:00"],
            "end_time": ["25:00:00"],
            "headway_secs": ["300"],
            "_feed_end": ["20260309"],
            "_asked_at": ["2026-03-10T23:30:00"],
            "_line": pl.Series([1], dtype=pl.Int64),
        }
    )
    from assets.ingest import parse
    from assets.readers.rows import RawRows, Rejects
    from quality.inputs import Inputs
    from quality.staging import Block, IncomingRows

    raw = RawRows(rows, Rejects().frame(), 0, "saved", "utf-8")
    parsed = parse.parse(contract, "saved", "0" * 64, [raw])
    (outcome,) = run.gate(contract).admit(IncomingRows([Block(parsed.rows)]), {NIGHT: Inputs(deliveries=["0" * 64])})
    assert str(outcome.verdict) == "BLOCK"
    assert "GTF-102" in _broken(run.home, "headways")


@pytest.fixture(scope="module")
def night(address: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, runner.Result]:
    """A whole night of Harbour through Dagster, as the command runs it."""
    settings = Settings(
        home_dir=tmp_path_factory.mktemp("night"),
        cities_dir=PACKS,
        source="simulated",
        simulator_address=address,
    )
    with no_events():
        return settings, runner.run(settings, harbour(), NIGHT, NIGHT, backfill=False)


def test_a_night_publishes_the_metrics_of_the_pack_as_simulated(night: tuple[Settings, runner.Result]) -> None:
    settings, result = night
    assert result.exit_code == 0, (result.closed, result.failed, result.crashed, result.error)
    values = _values(settings.home)
    assert values["source"].unique().to_list() == ["simulated"]
    there = values.filter(pl.col("value").is_not_null())
    assert set(there["metric"]) == {
        "pm25_mean",
        "pm10_mean",
        "pm25_roadside_mean",
        "pm25_population_weighted",
        "living_population",
        "day_night_population_ratio",
        "pm25_living_population_weighted",
    }
    levels = air.air_days(world(), BEFORE).filter(pl.col("kind") == "urban")
    found = dict(there.filter(metric="pm25_mean", period_start=BEFORE).select("area", "value").iter_rows())
    truth = dict(levels.select("area", "pm25_ugm3").iter_rows()) | {"70": levels["pm25_ugm3"].mean()}
    assert found == pytest.approx(truth, abs=0.05)
    present = people.people_totals(world(), BEFORE).group_by("hour").agg(pl.col("total").sum())["total"].mean()
    people_found = there.filter(metric="living_population", area="70", period_start=BEFORE)["value"].item()
    assert people_found == pytest.approx(present, abs=0.01)


def _values(home: Home) -> pl.DataFrame:
    import duckdb

    with duckdb.connect(str(home.published_file), read_only=True) as connection:
        return connection.sql("SELECT * FROM metric.value WHERE city = 'harbour'").pl()


def test_the_clock_of_the_server_stands_still() -> None:
    """What the truth above is computed for."""
    assert NOW.replace(tzinfo=harbour().timezone).astimezone(UTC) == datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
