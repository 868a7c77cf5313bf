"""The graph as the pages run it: small packs, an instance in memory, the drop folder of tests/pipeline."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.pack.city import City, load_city
from pipelines import code_location
from pipelines.settings import Settings
from tests.worlds.files import Yard
from tests.worlds.packs import small_seoul

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
        arguments: dict[str, Any] = {"tags": dict(tags or {})}
        if len(days) == 1:
            arguments["partition_key"] = str(days[0])
        elif days:
            arguments["tags"] |= {
                "dagster/asset_partition_range_start": str(days[0]),
                "dagster/asset_partition_range_end": str(days[-1]),
            }
        if keys is not None:
            arguments["asset_selection"] = [dg.AssetKey(["seoul", *key.split("/")]) for key in keys]
        return self.job(job).execute_in_process(
            instance=self.instance, raise_on_error=False, run_config=QUIET, **arguments
        )


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    return {"/".join(e.asset_key.path[1:]) for e in result.get_asset_materialization_events() if e.asset_key}


def steps(result: dg.ExecuteInProcessResult, kind: str) -> set[str]:
    """Steps of the run that ended so, as layer/table."""
    return {
        "/".join(e.step_key.split("__")[1:]) for e in result.all_events if e.event_type_value == kind and e.step_key
    }


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Callable[..., Graph]]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield lambda *feeds: Graph(Yard(tmp_path), instance, small_seoul(tmp_path, *feeds))
