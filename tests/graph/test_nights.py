"""Nights, whoever begins them: the command line, the schedule, `<city>_night`, or a fetch that is started by hand."""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta

import dagster as dg
import pytest
import yaml

from pipelines import origin, runner, standing
from pipelines.keys import COMMAND, KIND, LAST_NIGHT, LATER, LOCATION, NIGHT, PUBLISH
from pipelines.night_job import asked_night
from pipelines.plan import plan
from pipelines.resources import Platform
from pipelines.settings import REPOSITORY
from tests.graph.conftest import OF_PLACES, QUIET, Graph
from tests.graph.test_runs import after
from tests.worlds.files import DAYS, FIRST, LAST, WEATHER_HEADER, csv_text, weather_rows

Make = Callable[..., Graph]
MANY = {"dagster/backfill": "page"}


def test_the_name_of_the_code_location_is_that_of_both_files():
    (served,) = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())["load_from"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert served["python_module"]["location_name"] == project["code_location_name"] == LOCATION


def test_a_run_of_a_command_is_found_where_its_job_is(graph: Make):
    """Overview, timeline and jobs look for the label of the repository, and "Re-execute all" for the origin."""
    g = graph("weather_daily")
    with origin.making_runs_of(g.instance, "seoul_fetch"):
        run = g.run("seoul_fetch", [LAST]).dagster_run
    assert run.remote_job_origin == origin.job_origin("seoul_fetch")
    label = {".dagster/repository": f"{g.definitions.get_repository_def().name}@{LOCATION}"}
    (found,) = g.instance.get_runs(dg.RunsFilter(tags=label))
    assert found.run_id == run.run_id
    assert g.run("publish").dagster_run.remote_job_origin is None


def test_a_command_does_itself_what_follows_and_a_run_started_again_is_followed(graph: Make):
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    tags = {COMMAND: "nightly", NIGHT: str(LAST)}
    fetched, built = g.run("seoul_fetch", [LAST], tags=tags), g.run("seoul_build", [LAST], tags=tags)
    for name, run in (("seoul_build_after_fetch_success", fetched), ("publish_after_success", built)):
        (answer,) = after(g, name, run)
        assert isinstance(answer, dg.SkipReason)
    g.yard.put("../korea/weather_daily/Weather.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS, temp=3)))
    again = tags | {"dagster/parent_run_id": fetched.run_id, "dagster/root_run_id": fetched.run_id}
    (request,) = after(g, "seoul_build_after_fetch_success", g.run("seoul_fetch", [LAST], tags=again))
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == str(LAST)


def test_one_button_runs_a_night(graph: Make):
    g = graph("weather_daily")
    config = {"ops": {"seoul__begin_night": {"config": {"day": str(LAST)}}}} | QUIET
    begun = g.job("seoul_night").execute_in_process(instance=g.instance, run_config=config)
    (request,) = after(g, "seoul_fetch_after_night", begun)
    assert (request.partition_key, request.tags) == (str(LAST), {NIGHT: str(LAST)})
    (skipped,) = after(g, "publish_after_success", begun)
    assert isinstance(skipped, dg.SkipReason)


def test_the_night_that_is_meant(graph: Make):
    city, today = graph("weather_daily").city, LAST + timedelta(days=1)
    assert asked_night(city, "", today) == LAST
    assert asked_night(city, str(FIRST), today) == FIRST
    for wrong in ("someday", str(today), "1899-01-01"):
        with pytest.raises(dg.Failure, match="day: "):
            asked_night(city, wrong, today)


@pytest.mark.parametrize(("tags", "is_night"), [({}, True), (MANY, False), ({COMMAND: "backfill"}, False)])
def test_a_fetch_of_one_day_by_hand_is_a_night_and_a_backfill_is_none(graph: Make, tags: dict, is_night: bool):
    """A night notes what was due and did not come; the builds that are asked for have its tag."""
    g = graph("weather_daily")
    g.yard.deliver("weather_daily", days=DAYS[:1])
    g.run("seoul_fetch", [FIRST])
    g.run("seoul_build", [FIRST])
    g.yard.put("../korea/weather_daily/2.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS[1:2])))
    by_hand = g.run("seoul_fetch", [LAST], tags=tags)
    attempts = g.yard.ledger("attempt")
    of_run = attempts.filter(attempts["run_id"] == by_hand.run_id)
    assert ("missing" in of_run["status"].to_list()) == is_night
    answers = after(g, "seoul_build_after_fetch_success", by_hand)
    asked = [(one.partition_key, one.tags[NIGHT]) for one in answers if isinstance(one, dg.RunRequest)]
    assert asked == ([(str(DAYS[1]), str(LAST))] if is_night else [])


def test_a_night_with_nothing_to_build_says_how_the_newest_day_stands(graph: Make):
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    tags = {NIGHT: str(LAST)}
    g.run("seoul_fetch", [LAST], tags=tags)
    g.run("seoul_build", [LAST], tags=tags)
    idle = g.run("seoul_fetch", [LAST], tags=tags)
    (request,) = after(g, "seoul_build_after_fetch_success", idle)
    assert request.job_name == PUBLISH
    (event,) = g.instance.fetch_observations(LAST_NIGHT, limit=9).records
    said = event.asset_observation
    assert said is not None
    have = sorted(["core/weather_daily", "metric/weather", *OF_PLACES])
    assert said.description == f"seoul, night of {LAST}: nothing to build. {len(have)} tables have their day"
    table = said.metadata["newest_days"]
    assert isinstance(table, dg.TableMetadataValue)
    names = ("layer", "table_name", "day", "verdict")
    shown = [tuple(row.data[name] for name in names) for row in table.records]
    assert shown == [(*name.split("/"), str(LAST), "PASS") for name in have]


def test_the_second_night_of_the_command_builds_nothing(graph: Make):
    """And ends as the first one did: what is held back is held back still."""
    g = graph("weather_daily")
    hot = [[*row[:3], 133, *row[4:]] for row in weather_rows(DAYS)]
    g.yard.put("../korea/weather_daily/Weather.csv", csv_text(WEATHER_HEADER, hot))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "open_instance", lambda _home: _Kept(g.instance))
        first = runner.run(g.settings, g.city, LAST, LAST, backfill=False)
        second = runner.run(g.settings, g.city, LAST, LAST, backfill=False)
    assert [group.first for group in first.groups] == [LAST]
    assert second.groups == []
    assert (first.exit_code, second.exit_code) == (3, 3)
    assert second.closed.rows() == first.closed.rows()
    (event,) = g.instance.fetch_observations(LAST_NIGHT, limit=9).records
    assert event.asset_observation is not None
    assert f"held back: weather_daily of {LAST}" in (event.asset_observation.description or "")
    runs = g.instance.get_runs()
    assert {run.tags[COMMAND] for run in runs} == {"nightly"}
    assert all(run.remote_job_origin == origin.job_origin(run.job_name) for run in runs)


class _Kept:
    """An instance that a night does not dispose of."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance

    def __enter__(self) -> dg.DagsterInstance:
        return self.instance

    def __exit__(self, *_error: object) -> None:
        pass


def test_a_death_before_the_tables_that_follow_leaves_work(graph: Make):
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    g.run("seoul_fetch", [LAST])
    g.run("seoul_build", [LAST], ["core/weather_daily"])
    planning = Platform.of(g.settings).run_context(g.city, "plan")
    assert [group.first for group in plan(planning, LAST)] == [LAST]
    g.run("seoul_build", [LAST])
    assert plan(planning, LAST) == []
    assert standing.observation(planning, LAST).asset_key == LAST_NIGHT


def test_days_that_look_back_follow_on_the_builds_and_then_the_publication(graph: Make, monkeypatch):
    """By the plan of the command: once, also where a later day is still to be made afterwards."""
    from pipelines import plan as planning

    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    g.run("seoul_fetch", [FIRST])
    built = g.run("seoul_build", [FIRST])
    seen: list[list[planning.Group]] = []
    group, keys = planning.Group(LAST, LAST, ("weather_daily",)), [dg.AssetKey(["seoul", "metric", "weather"])]

    def later(_run, groups):
        seen.append(list(groups))
        return [(group, keys)]

    monkeypatch.setattr(planning, "later_days", later)
    (request,) = after(g, "publish_after_success", built)
    assert [(one.first, one.last, one.feeds) for one in seen[0]] == [(FIRST, FIRST, ("weather_daily",))]
    assert (request.job_name, request.partition_key, request.asset_selection) == ("seoul_build", str(LAST), keys)
    second = g.run("seoul_build", [date.fromisoformat(request.partition_key)], ["metric/weather"], request.tags)
    assert second.dagster_run.tags[LATER] == built.run_id
    (publication,) = after(g, "publish_after_success", second)
    assert publication.job_name == PUBLISH


def test_the_jobs_of_a_city_say_of_which_kind_they_are(graph: Make):
    g = graph("weather_daily")
    assert [g.job(f"seoul_{name}").tags[KIND] for name in ("night", "fetch", "build")] == ["night", "fetch", "build"]
