"""Dagster's store of events, where a test does not look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest
from dagster._core.storage.event_log import InMemoryEventLogStorage

from pipelines import runner


@contextmanager
def no_events() -> Iterator[None]:
    """Nights in this block leave no events behind: most of a night's time goes into the store's SQLite tables.

    Steps, checks and what is reported of them are Dagster's own; nothing that a night does looks into the store.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "open_instance", lambda _home: dg.DagsterInstance.ephemeral())
        patch.setattr(InMemoryEventLogStorage, "store_event", lambda _self, _event: None)
        yield
