"""Dagster's own store under the home: its runs, their events and the settings of deploy/dagster.yaml."""

from __future__ import annotations

import contextlib
import io
import os
import shutil

import dagster as dg

from pipelines.settings import REPOSITORY
from warehouse.home import Home
from warehouse.modes import make_private_folder


def open_instance(home: Home) -> dg.DagsterInstance:
    """The instance of a home, made ready before several processes can race for it. The caller disposes of it.

    Sets DAGSTER_HOME, which Dagster and the storage of events read. First use of a fresh store by several processes
    at once corrupted it in 4 of 4 tries.
    """
    folder = home.dagster
    make_private_folder(folder, home.root)
    shipped, used = REPOSITORY / "deploy" / "dagster.yaml", folder / "dagster.yaml"
    if shipped.is_file() and (not used.is_file() or used.read_bytes() != shipped.read_bytes()):
        shutil.copyfile(shipped, used)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    fresh = not (folder / "history" / "runs" / "index.db").is_file()
    instance = dg.DagsterInstance.get()
    if fresh:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            instance.upgrade()  # it prints what it does to an empty store
    return instance
