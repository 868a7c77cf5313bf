"""Runs through Dagster, as the pages start them, and what schedules and sensors ask for afterwards."""

from collections.abc import Callable

import dagster as dg
import polars as pl
import pytest

from assets.ingest.fetch import Fetched
from pipelines import asset_factory
from pipelines.keys import NIGHT, RANGE_END, RANGE_START
from tests.graph.conftest import OF_PLACES, Graph, made, steps
from tests.support.loopback import Clock
from tests.worlds.files import (
    AIR_HEADER,
    DAYS,
    FIRST,
    LAST,
    WEATHER_HEADER,
    air_rows,
    csv_text,
    weather_rows,
)

Make = Callable[..., Graph]
SWAPPED = "AIR_pm10_not_below_pm25__PM10_is_not_below_PM2_5"
UNFIT = [[*row[:6], row[7], row[6]] for row in air_rows([LAST])]  # PM10 and PM2.5 swapped


# Runs --------------------------------------------------------------------------------------------------------


def test_good_day(graph: Make):
    g = graph("air_daily", "weather_daily")
    g.yard.deliver("air_daily", "weather_daily")
    assert g.run("seoul_fetch", [LAST]).success
    result = g.run("seoul_build", [LAST])
    assert result.success
    assert made(result) == {
        "core/air_daily",
        "core/weather_daily",
        "metric/air_quality",
        "metric/air_quality_period",
        "metric/exposure",
        "metric/exposure_period",
        "metric/street_sensors",
        "metric/street_sensors_period",
        "metric/weather",
        "metric/weather_period",
        *OF_PLACES,
    }
    checks = result.get_asset_check_evaluations()
    assert checks
    assert all(c.passed for c in checks)
    published = g.run("publish")
    assert published.success
    assert g.yard.home.published_file.is_file()


def test_a_closed_gate_fails_its_step_and_costs_nothing_else(graph: Make):
    g = graph("air_daily", "weather_daily")
    g.yard.deliver("weather_daily")
    g.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, UNFIT), "cp949")
    g.run("seoul_fetch", [LAST])
    result = g.run("seoul_build", [LAST])
    assert not result.success
    assert steps(result, "STEP_FAILURE") == {"core/air_daily"}
    assert steps(result, "STEP_SKIPPED") == set()  # each table finds for itself what there is
    assert made(result) == {"core/weather_daily", "metric/weather", "metric/weather_period", *OF_PLACES}
    broken = {c.check_name: c for c in result.get_asset_check_evaluations() if not c.passed}
    assert set(broken) == {SWAPPED}
    assert broken[SWAPPED].severity == dg.AssetCheckSeverity.ERROR
    assert "39 of 39 rows break it" in (broken[SWAPPED].description or "")
    # whoever starts the marts by hand gets no unaudited data: nothing was committed
    alone = g.run("seoul_build", [LAST], ["metric/air_quality"])
    assert alone.success
    assert made(alone) == set()
    assert g.yard.core("air_daily").is_empty()


def test_range_degrades_by_the_day(graph: Make):
    g = graph("air_daily")
    rows = [*air_rows(DAYS[:3]), *UNFIT]
    g.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, rows), "cp949")
    g.run("seoul_fetch", DAYS)
    result = g.run("seoul_build", DAYS)
    assert steps(result, "STEP_FAILURE") == {"core/air_daily"}
    subjects = ("air_quality", "exposure", "street_sensors")
    of_air = {f"metric/{name}{of}" for name in subjects for of in ("", "_period")}
    assert made(result) == {"core/air_daily", *of_air, *OF_PLACES}
    (check,) = [c for c in result.get_asset_check_evaluations() if not c.passed]
    assert (check.check_name, check.partition) == (SWAPPED, str(LAST))
    assert g.yard.core("air_daily")["day"].unique().sort().to_list() == DAYS[:3]
    of_metrics = [c for c in result.get_asset_check_evaluations() if c.asset_key.path[1:] == ["metric", "air_quality"]]
    assert sorted({str(c.partition) for c in of_metrics}) == [str(day) for day in DAYS[:3]]  # each day has its own


def test_a_metric_table_shows_its_series(graph: Make):
    g = graph("air_daily")
    g.yard.deliver("air_daily")
    g.run("seoul_fetch", DAYS)
    result = g.run("seoul_build", DAYS)
    shown = {
        "/".join(e.asset_key.path[1:]): {
            name: value.value
            for name, value in e.materialization.metadata.items()
            if isinstance(value, dg.MarkdownMetadataValue)
        }
        for e in result.get_asset_materialization_events()
        if e.asset_key
    }
    assert "pm25_mean" in shown["metric/air_quality"]
    assert f" since {DAYS[0]}, target 15" in str(shown["metric/air_quality"]["pm25_mean"])
    assert shown["metric/air_quality_period"] == {}  # no month is complete yet


def test_day_without_delivery(graph: Make):
    g = graph("air_daily", "weather_daily")
    g.yard.deliver("weather_daily")
    g.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, air_rows(DAYS[:3])), "cp949")
    g.run("seoul_fetch", [LAST])
    result = g.run("seoul_build", [LAST])
    assert result.success
    assert made(result) == {"core/weather_daily", "metric/weather", "metric/weather_period", *OF_PLACES}
    assert steps(result, "STEP_SKIPPED") == set()
    held_back = {
        e.asset_key.path[-1]: e.asset_observation_data.asset_observation.description
        for e in result.get_asset_observation_events()
        if e.asset_key
    }
    assert held_back["air_quality"] == "Held back, because nothing came of air_daily"


def test_without_references_the_figures_of_the_city_are_made(graph: Make):
    g = graph("sdot_env", "sdot_ref", "boundaries")
    g.yard.deliver("sdot_env")
    g.run("seoul_fetch", [LAST])
    result = g.run("seoul_build", [LAST])
    assert steps(result, "STEP_FAILURE") == set()
    assert {"core/sdot_env", "metric/street_sensors"} <= made(result)
    g.run("publish")
    from warehouse.published import connect

    with connect.open_published(g.yard.home) as con:
        found = con.execute(
            "SELECT count(*) FROM metric.value WHERE metric = 'sensor_pm25_mean' AND area = '11' AND value IS NOT NULL"
        ).fetchone()
    assert found == (1,)


def test_all_fetching_of_a_run_has_one_end(graph: Make, monkeypatch: pytest.MonkeyPatch):
    """MADANG_FETCH_MINUTES is a bound for all feeds together: one that takes long leaves less to the next."""
    monkeypatch.setenv("MADANG_FETCH_MINUTES", "7")
    clock = Clock()
    monkeypatch.setattr("pipelines.resources.time", clock)
    ends: dict[str, float] = {}

    def slow(run, contract, days):
        ends[contract.name] = run.deadline
        clock.sleep(180)
        return Fetched()

    monkeypatch.setattr(asset_factory, "fetch", slow)
    begun = clock.now
    g = graph("air_daily", "bike_daily", "weather_daily")
    assert g.run("seoul_fetch", [LAST]).success
    assert ends == dict.fromkeys(("air_daily", "bike_daily", "weather_daily"), begun + 7 * 60)
    begun = clock.now
    assert g.run("seoul_fetch", [LAST]).success
    assert set(ends.values()) == {begun + 7 * 60}  # another night has its own


# Sensors -----------------------------------------------------------------------------------------------------


def after(g: Graph, name: str, result: dg.ExecuteInProcessResult):
    """What the run-status sensor answers to this run."""
    sensor = g.definitions.get_repository_def().get_sensor_def(name)
    kind = "PIPELINE_SUCCESS" if result.success else "PIPELINE_FAILURE"
    (event,) = [e for e in result.all_events if e.event_type_value == kind]
    run = g.instance.get_run_by_id(result.run_id)
    assert run is not None
    context = dg.build_run_status_sensor_context(
        sensor_name=name, dagster_instance=g.instance, dagster_run=run, dagster_event=event
    )
    answer = sensor(context)  # type: ignore[operator]
    return list(answer) if not isinstance(answer, dg.RunRequest | dg.SkipReason) else [answer]


def test_after_a_fetch_the_days_due_are_asked_for(graph: Make):
    g = graph("air_daily", "weather_daily")
    g.yard.deliver("air_daily", "weather_daily")
    fetched = g.run("seoul_fetch", [LAST], tags={NIGHT: str(LAST)})
    (request,) = after(g, "seoul_build_after_fetch_success", fetched)
    assert request.partition_key == str(LAST)
    assert {k.path[1] for k in request.asset_selection} == {"core", "mart", "metric"}
    assert {k.path[2] for k in request.asset_selection if k.path[1] == "core"} == {"air_daily", "weather_daily"}
    assert request.tags[NIGHT] == str(LAST)


def test_after_a_failed_fetch_the_rest_is_asked_for(graph: Make, monkeypatch: pytest.MonkeyPatch):
    g = graph("air_daily", "weather_daily")
    g.yard.deliver("air_daily", "weather_daily")
    real = asset_factory.fetch

    def broken(run, contract, days):
        if contract.name == "weather_daily":
            raise OSError("the disk is full")
        return real(run, contract, days)

    monkeypatch.setattr(asset_factory, "fetch", broken)
    fetched = g.run("seoul_fetch", [LAST], tags={NIGHT: str(LAST)})
    assert not fetched.success
    (request,) = after(g, "seoul_build_after_fetch_failure", fetched)
    assert {k.path[2] for k in request.asset_selection if k.path[1] == "core"} == {"air_daily"}


def test_missed_days_are_caught_up_together_and_the_day_due_alone(graph: Make):
    g = graph("weather_daily")
    g.yard.put("../korea/weather_daily/1.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS[:1])))
    g.run("seoul_fetch", [FIRST])
    g.run("seoul_build", [FIRST])
    g.yard.put("../korea/weather_daily/2.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS)))
    fetched = g.run("seoul_fetch", [LAST], tags={NIGHT: str(LAST)})
    many, newest = after(g, "seoul_build_after_fetch_success", fetched)
    assert (many.tags[RANGE_START], many.tags[RANGE_END]) == (str(FIRST), str(DAYS[2]))
    assert many.partition_key is None
    assert newest.partition_key == str(LAST)


def test_publication_is_asked_for_once_a_night(graph: Make):
    """Two builds of a night end before the sensor looks: one publication, after the last of them."""
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    tags = {NIGHT: str(LAST)}
    g.run("seoul_fetch", [LAST], tags=tags)
    first = g.run("seoul_build", [LAST], tags=tags)
    second = g.run("seoul_build", [LAST], tags=tags)
    answers = after(g, "publish_after_success", first) + after(g, "publish_after_success", second)
    assert len({a.run_key for a in answers if isinstance(a, dg.RunRequest)}) == 1


def test_publication_waits_for_the_last_run_of_the_night(graph: Make):
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    tags = {NIGHT: str(LAST)}
    g.run("seoul_fetch", [LAST], tags=tags)
    waiting = g.instance.create_run_for_job(
        g.job("seoul_build"), tags=tags | {"dagster/partition": str(LAST)}, status=dg.DagsterRunStatus.STARTED
    )
    first = g.run("seoul_build", [LAST], tags=tags)
    (skipped,) = after(g, "publish_after_success", first)
    assert isinstance(skipped, dg.SkipReason)
    g.instance.report_run_canceled(waiting)
    (request,) = after(g, "publish_after_success", first)
    assert isinstance(request, dg.RunRequest)


def test_publication_follows_a_night_without_anything_new(graph: Make):
    """Nobody delivered: the file must say so, as it does when the command line runs the night."""
    g = graph("weather_daily")
    g.yard.deliver("weather_daily", days=DAYS[:1])
    g.run("seoul_fetch", [FIRST])
    g.run("seoul_build", [FIRST])
    tags = {NIGHT: str(LAST)}
    fetched = g.run("seoul_fetch", [LAST], tags=tags)
    builds = [a for a in after(g, "seoul_build_after_fetch_success", fetched) if isinstance(a, dg.RunRequest)]
    publications = [a for a in after(g, "publish_after_success", fetched) if isinstance(a, dg.RunRequest)]
    assert builds or publications


def test_no_row_is_lost_through_the_graph(graph: Make):
    g = graph("air_daily")
    g.yard.deliver("air_daily")
    g.run("seoul_fetch", DAYS)
    g.run("seoul_build", DAYS)
    book = g.yard.ledger("batch")
    assert book.filter(pl.col("layer") == "core")["rows_read"].sum() == 39 * len(DAYS)
