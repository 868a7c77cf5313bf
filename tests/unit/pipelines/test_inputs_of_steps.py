"""What Dagster looks up of the inputs of a step: nothing where no event of the asset follows, all where one does."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.definitions.data_version import get_input_event_pointer_tag

from pipelines.in_process import ONE_BY_ONE, run_in_process, turn_is_over

DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
ABOVE, BELOW, WHOLE = (dg.AssetKey(name) for name in ("above", "below", "whole"))


def of_days(key: dg.AssetKey, deps: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=key.path[-1], specs=[dg.AssetSpec(key, deps=deps, skippable=True)], can_subset=True, partitions_def=DAYS
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[dg.Output[None]]:
        context.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="2024-01-02"))
        yield turn_is_over(context, key)

    return step


@dg.asset(key=WHOLE, deps=[BELOW])
def whole() -> None: ...


def jobs() -> dg.Definitions:
    return dg.Definitions(
        assets=[of_days(ABOVE, []), of_days(BELOW, [ABOVE]), whole],
        jobs=[
            dg.define_asset_job("days", [ABOVE, BELOW]),
            dg.define_asset_job("all", [WHOLE]),
        ],
        executor=ONE_BY_ONE,
    )


def test_a_step_of_days_looks_up_no_version_of_its_inputs(monkeypatch: pytest.MonkeyPatch):
    definitions = jobs()
    with dg.DagsterInstance.ephemeral() as instance:
        asked = list[object]()
        real = instance.get_asset_records
        monkeypatch.setattr(instance, "get_asset_records", lambda keys=None: asked.append(keys) or real(keys))
        result = run_in_process(definitions.resolve_job_def("days"), instance, tags={}, day="2024-01-02")
        assert result.success
        assert asked == []


def test_an_asset_that_is_made_as_a_whole_still_knows_which_version_of_its_input_it_was_made_of():
    definitions = jobs()
    with dg.DagsterInstance.ephemeral() as instance:
        run_in_process(definitions.resolve_job_def("days"), instance, tags={}, day="2024-01-02")
        assert run_in_process(definitions.resolve_job_def("all"), instance, tags={}).success
        made = instance.get_latest_materialization_event(WHOLE)
        assert made is not None
        assert made.asset_materialization is not None
        tags = made.asset_materialization.tags or {}
        newest = instance.fetch_materializations(BELOW, limit=1).records[0].storage_id
        assert tags[get_input_event_pointer_tag(BELOW)] == str(newest)
