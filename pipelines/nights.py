"""Which runs are of a night, and of which: a night has a plan, whoever began it."""

from __future__ import annotations

from datetime import date

import dagster as dg
from dagster._core.storage.tags import BACKFILL_ID_TAG, PARENT_RUN_ID_TAG, PARTITION_NAME_TAG

from assets.pack.city import City
from pipelines.keys import COMMAND, FETCH, KIND, NIGHT, RANGE_END, RANGE_START
from pipelines.plan import Group


def night_of_run(run: dg.DagsterRun) -> date | None:
    """The night that a run is of, by its tag; a fetch of one day that somebody starts by hand is a night as well.

    None for a backfill, also of one day: it fetches the days that it is for and looks after no others.
    """
    night = run.tags.get(NIGHT)
    by_hand = run.tags.get(KIND) == FETCH and not {BACKFILL_ID_TAG, COMMAND} & run.tags.keys()
    night = run.tags.get(PARTITION_NAME_TAG) if night is None and by_hand else night
    return None if night is None else date.fromisoformat(night)


def is_of_a_command(run: dg.DagsterRun) -> bool:
    """Does a command do what follows on this run? One that was started again from the page has none behind it."""
    return COMMAND in run.tags and PARENT_RUN_ID_TAG not in run.tags


def group_of(city: City, run: dg.DagsterRun) -> Group | None:
    """The days and feeds that a run builds; None where it is for no days."""
    days, keys = days_of_run(run), run.asset_selection
    if not days:
        return None
    feeds = (name for name in city.contracts if not keys or dg.AssetKey([city.name, "core", name]) in keys)
    return Group(days[0], days[-1], tuple(feeds))


def days_of_run(run: dg.DagsterRun) -> list[date]:
    """The days that a run is for, oldest first; none where it is for none. Its tags say them, whatever partitions the
    definitions have by now."""
    day = run.tags.get(PARTITION_NAME_TAG)
    first, last = run.tags.get(RANGE_START, day), run.tags.get(RANGE_END, day)
    return (
        [] if first is None or last is None else Group(date.fromisoformat(first), date.fromisoformat(last), ()).days()
    )
