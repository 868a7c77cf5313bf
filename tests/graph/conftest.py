"""The graph as the pages run it: small packs, an instance in memory, the drop folder of tests/pipeline."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.pack.city import City, load_city
from pipelines import code_location
from pipelines.dagster_store.instance import open_instance
from pipelines.in_process import run_in_process
from pipelines.keys import RANGE_END, RANGE_START
from pipelines.settings import Settings
from tests.worlds.files import Yard
from tests.worlds.packs import small_seoul

# What the places of any feed with a watched quantity become, weather alone too.
OF_PLACES = {"mart/place_day", "mart/place_health", "mart/network_day", "mart/network_agreement"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Graph:
    """Definitions over a small pack, with an instance of their own."""

    def __init__(self, yard: Yard, instance: dg.DagsterInstance, packs: Path) -> None:
        self.yard, self.instance = yard, instance
        self.settings = Settings(home_dir=yard.home.root, drop_dir=yard.drop, cities_dir=packs)
        self.city: City = load_city(packs / "seoul")
        self.definitions = code_location.code_location(self.settings)

    def job(self, name: str) -> Any:
        return self.definitions.resolve_job_def(name)

    def run(
        self, job: str, days: Sequence[date] = (), keys: Sequence[str] | None = None, tags: dict | None = None
    ) -> dg.ExecuteInProcessResult:
        """`keys`: layer/table."""
        of_range = {RANGE_START: str(days[0]), RANGE_END: str(days[-1])} if len(days) > 1 else {}
        return run_in_process(
            self.job(job),
            self.instance,
            tags={**(tags or {}), **of_range},
            day=str(days[0]) if len(days) == 1 else None,
            keys=[dg.AssetKey(["seoul", *key.split("/")]) for key in keys or ()],
            run_config=QUIET,
        )


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    return {"/".join(e.asset_key.path[1:]) for e in result.get_asset_materialization_events() if e.asset_key}


def steps(result: dg.ExecuteInProcessResult, kind: str) -> set[str]:
    """Steps of the run that ended so, as layer/table."""
    return {
        "/".join(e.step_key.split("__")[1:]) for e in result.all_events if e.event_type_value == kind and e.step_key
    }


@pytest.fixture
def stored_graph(tmp_path: Path) -> Iterator[Callable[..., Graph]]:
    """As `graph`, with Madang's own store of Dagster."""
    yard = Yard(tmp_path)
    with open_instance(yard.home) as instance:
        yield lambda *feeds: Graph(yard, instance, small_seoul(tmp_path, *feeds))


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Callable[..., Graph]]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield lambda *feeds: Graph(Yard(tmp_path), instance, small_seoul(tmp_path, *feeds))
