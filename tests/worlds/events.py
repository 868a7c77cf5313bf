"""Dagster's store of events, where a test does not look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from pipelines import runner


@contextmanager
def events_in_memory() -> Iterator[None]:
    """Nights in this block leave no events behind: most of a night's time goes into the store's SQLite files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "open_instance", lambda _home: dg.DagsterInstance.ephemeral())
        yield
