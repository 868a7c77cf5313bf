"""What Dagster shows of each day and table: made, failed with its reason, or nothing."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.base import PartitionKeyFilter

from pipelines.asset_checks import WELL_FORMED
from pipelines.keys import RANGE_END, RANGE_START
from pipelines.partitions import first_shown
from pipelines.raw_days import DELIVERIES
from tests.graph.conftest import Graph
from tests.worlds.files import (
    AIR_HEADER,
    DAYS,
    FIRST,
    LAST,
    SDOT_HEADER,
    WEATHER_HEADER,
    air_rows,
    csv_text,
    sdot_rows,
    weather_rows,
)

Make = Callable[..., Graph]
SWAPPED = "AIR_pm10_not_below_pm25__PM10_is_not_below_PM2_5"
NOTHING = DAYS[2]  # the day of which nothing comes
UNFIT = [[*row[:6], row[7], row[6]] for row in air_rows([LAST])]  # PM10 and PM2.5 swapped


def shown(g: Graph, table: str) -> str:
    """Of each of the four days: made, failed, or nothing."""
    key = dg.AssetKey(["seoul", *table.split("/")])
    days = [str(day) for day in DAYS]
    partitions = g.definitions.resolve_assets_def(key).partitions_def
    found = g.instance.get_status_by_partition(key, days, partitions) or {}
    words = {None: "-", "MATERIALIZED": "made", "FAILED": "failed", "IN_PROGRESS": "in progress"}
    return " ".join(words[status.value if status else None] for status in (found.get(day) for day in days))


def check(g: Graph, table: str, name: str, day: date) -> str | None:
    """What the newest result of a check on a day says, as Dagster's pages find it."""
    key = dg.AssetCheckKey(dg.AssetKey(["seoul", *table.split("/")]), name)
    found = g.instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, partition_filter=PartitionKeyFilter(key=str(day))
    )
    if not found:
        return None
    (info,) = g.instance.event_log_storage.get_asset_check_partition_info([key], partition_keys=[str(day)])
    evaluation = found[0].evaluation
    assert evaluation is not None
    assert info.is_current, "the pages show a result of the newest version alone"
    return f"{'passed' if evaluation.passed else 'failed'}: {evaluation.description}"


def figures(g: Graph, table: str, day: date) -> dict[str, Any]:
    """Of the newest materialisation of a day."""
    event = g.instance.get_latest_data_version_record(dg.AssetKey(["seoul", *table.split("/")]), partition_key=str(day))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def observed(g: Graph, table: str, day: date) -> list[str]:
    """What is said of a day beside its versions, the newest first."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(["seoul", *table.split("/")]), asset_partitions=[str(day)])
    records = g.instance.fetch_observations(wanted, limit=9).records
    return [str(r.asset_observation.description) for r in records if r.asset_observation]


def delivered(stored_graph: Make) -> Graph:
    """Of four days two are good, one is not there, and the gate will close on the last. Of weather nothing comes."""
    g = stored_graph("air_daily", "weather_daily")
    g.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, [*air_rows(DAYS[:2]), *UNFIT]), "cp949")
    return g


def backfilled(g: Graph, days: Sequence[date] = DAYS) -> dg.ExecuteInProcessResult:
    g.run("seoul_fetch", days)
    return g.run("seoul_build", days)


def test_a_range_shows_of_each_day_what_became_of_it(stored_graph: Make):
    g = delivered(stored_graph)
    result = backfilled(g)
    assert not result.success
    assert shown(g, "raw/air_daily") == "made made - made"
    assert shown(g, "core/air_daily") == "made made - failed"
    assert shown(g, "metric/air_quality") == "made made - -"
    assert shown(g, "core/weather_daily") == shown(g, "metric/weather") == "- - - -"
    assert figures(g, "core/air_daily", FIRST)["dagster/row_count"] == 39
    assert figures(g, "raw/air_daily", FIRST)["rows"] == 39
    reason = str(check(g, "core/air_daily", SWAPPED, LAST))
    assert reason.startswith("failed: gate closed, BLOCK: AIR-pm10-not-below-pm25 PM10 is not below PM2.5")
    assert reason.endswith("39 of 39 rows break it")
    assert "39 of 39 rows break it" in observed(g, "core/air_daily", LAST)[0]
    assert check(g, "core/air_daily", SWAPPED, FIRST) == "passed: holds"
    assert check(g, "core/air_daily", WELL_FORMED, NOTHING) is None
    (held_back,) = observed(g, "metric/air_quality", LAST)
    assert held_back.startswith(
        f"Held back, because core.air_daily of {LAST} is closed, BLOCK: AIR-pm10-not-below-pm25"
    )
    assert check(g, "metric/air_quality", WELL_FORMED, LAST) is None
    assert observed(g, "metric/air_quality", NOTHING) == []  # nothing came, and nobody asked for this day alone
    assert check(g, "raw/air_daily", DELIVERIES, LAST) == "passed: every delivery can be landed and read"


def test_what_is_made_again_hides_no_closed_day_and_a_good_version_opens_it(stored_graph: Make):
    g = delivered(stored_graph)
    backfilled(g)
    again = backfilled(g)
    assert not again.success
    told = [*again.get_asset_materialization_events(), *again.get_asset_check_evaluations()]
    assert told == [], "what is shown already is not told again"
    assert backfilled(g, [FIRST]).success
    assert not backfilled(g, [LAST]).success
    assert shown(g, "core/air_daily") == "made made - failed"
    assert str(check(g, "core/air_daily", SWAPPED, LAST)).startswith("failed")
    g.yard.put("air_daily/2020b.csv", csv_text(AIR_HEADER, air_rows([LAST])), "cp949")
    assert backfilled(g, [LAST]).success
    assert shown(g, "core/air_daily") == "made made - made"
    assert shown(g, "metric/air_quality") == "made made - made"
    assert check(g, "core/air_daily", SWAPPED, LAST) == "passed: holds"


def test_a_night_shows_its_closed_day_as_failed_and_of_what_did_not_come_nothing(stored_graph: Make):
    g = delivered(stored_graph)
    result = backfilled(g, [LAST])
    assert not result.success
    assert shown(g, "core/air_daily") == "- - - failed"
    assert shown(g, "core/weather_daily") == shown(g, "metric/weather") == shown(g, "metric/air_quality") == "- - - -"
    assert observed(g, "metric/weather", LAST) == ["Held back, because nothing came of weather_daily"]
    planned = g.instance.get_run_by_id(result.run_id)
    assert planned is not None
    assert RANGE_START not in planned.tags
    assert RANGE_END not in planned.tags


def test_what_a_lost_store_forgot_is_told_again(stored_graph: Make):
    g = delivered(stored_graph)
    backfilled(g)
    for table in ("core/air_daily", "metric/air_quality"):
        g.instance.wipe_assets([dg.AssetKey(["seoul", *table.split("/")])])
    backfilled(g)
    assert shown(g, "core/air_daily") == "made made - failed"
    assert shown(g, "metric/air_quality") == "made made - -"


def test_a_register_stands_on_the_first_day_that_is_shown_and_stays_there(stored_graph: Make):
    g = stored_graph("sdot_env", "sdot_ref", "boundaries")
    g.yard.deliver("sdot_env", "sdot_ref", "boundaries")
    assert backfilled(g, [LAST]).success
    since, key = str(first_shown(g.yard.home, g.city)), dg.AssetKey(["seoul", "core", "sdot_ref"])
    assert g.instance.get_materialized_partitions(key) == {since}
    rows = sdot_rows([FIRST - timedelta(days=40)])
    g.yard.put("sdot_env/older.csv", csv_text(SDOT_HEADER, rows))
    g.run("seoul_fetch", [LAST])
    assert str(first_shown(g.yard.home, g.city)) < since
    g.run("seoul_build", [LAST])
    assert g.instance.get_materialized_partitions(key) == {since}


def test_a_step_that_crashes_is_shown_as_failed(stored_graph: Make, monkeypatch):
    """And what does not depend on it is made all the same."""
    g = stored_graph("air_daily", "weather_daily")
    g.yard.deliver("air_daily")
    g.yard.put("../korea/weather_daily/1.csv", csv_text(WEATHER_HEADER, weather_rows([LAST])))
    g.run("seoul_fetch", [LAST])
    from pipelines import asset_factory

    ingest = asset_factory.ingest.ingest

    def broken(run, contract, days):
        if contract.name == "weather_daily":
            raise OSError("the disk is full")
        return ingest(run, contract, days)

    monkeypatch.setattr(asset_factory.ingest, "ingest", broken)
    assert not g.run("seoul_build", [LAST]).success
    assert shown(g, "core/weather_daily") == "- - - failed"
    assert "the disk is full" in str(check(g, "core/weather_daily", WELL_FORMED, LAST))
    assert shown(g, "metric/air_quality") == "- - - made"


def test_a_table_of_several_feeds_is_made_in_the_same_run_of_those_that_came(stored_graph: Make):
    g = stored_graph("air_daily", "living_population")
    g.yard.deliver("air_daily")
    assert backfilled(g, [LAST]).success
    assert shown(g, "core/living_population") == "- - - -"
    assert shown(g, "metric/exposure") == "- - - made"
