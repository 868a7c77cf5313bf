"""What Dagster's store shows of the days of a table, so that nothing is reported twice."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class ShownDays:
    """The days that are shown as made, and those that are shown as failed."""

    made: frozenset[str]
    failed: frozenset[str]

    @classmethod
    def of(cls, instance: dg.DagsterInstance, key: dg.AssetKey) -> ShownDays:
        """Two queries, whatever the number of days, and one for the runs of those that were not made."""
        tried = instance.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(
            key
        )
        made = frozenset(instance.get_materialized_partitions(key)) - tried.keys()
        if not tried:
            return cls(made, frozenset())
        of_failed = dg.RunsFilter(
            run_ids=list({run_id for run_id, _ in tried.values()}), statuses=[dg.DagsterRunStatus.FAILURE]
        )
        failed_runs = {run.run_id for run in instance.get_runs(of_failed)}
        return cls(made, frozenset(day for day, (run_id, _) in tried.items() if run_id in failed_runs))

    def has(self, day: str, *, made: bool) -> bool:
        """Is the day shown as what became of it?"""
        return day in (self.made if made else self.failed)
