"""Commands in forked processes that a signal strikes at a failpoint: the libraries are loaded once for all of them.

A program: for each line of JSON on its input (arguments, variables, failpoint) it forks a child that runs `madang` and
answers with the exit code and what the child wrote. No query runs before a fork.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    import dagster as dg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def child(order: dict, store: dg.DagsterInstance) -> None:
    """The command, as in a process of its own; Dagster forgets its events."""
    from dagster._core.storage.event_log import InMemoryEventLogStorage

    from pipelines import runner
    from pipelines.cli.main import main

    for name, number in (("stdout", 1), ("stderr", 2)):
        _open(order[name], name, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.environ.update(order["variables"])
    sys.argv = ["madang", *order["arguments"]]
    if order["after"] == "at the end":  # when the command is over, Python is not
        atexit.register(os.kill, os.getpid(), signal.SIGINT)
    elif order["after"]:
        store.dispose = lambda: _break(order["after"])
    InMemoryEventLogStorage.store_event = lambda _self, _event: None  # type: ignore[method-assign]
    with mock.patch.object(runner, "open_instance", return_value=store):
        main()


def _open(target: str, name: str, number: int) -> None:
    """The output `number` becomes a file, a pipe that nobody reads, or nothing at all."""
    if target == "closed":
        os.close(number)
        setattr(sys, name, None)
        return
    if target == "pipe":
        read_end, opened = os.pipe()
        os.close(read_end)
    else:
        opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, number)
    os.close(opened)
    setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115 - as Python does when it starts


def _break(how: str) -> None:
    """What an interrupted library may do while the command unwinds; or a second signal comes."""
    if how in signal.Signals.__members__:
        os.kill(os.getpid(), signal.Signals[how])
    raise sqlite3.ProgrammingError("Cannot operate on a closed database.")


def run_child(order: dict, store: dg.DagsterInstance) -> None:
    """Never comes back. The exit code is that of the process, as the interpreter would end it."""
    try:
        child(order, store)
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(99)
    os._exit(98)


def main() -> None:
    from warehouse.importing import importing

    with importing():
        import dagster as dg

        import pipelines.cli.night
        import pipelines.cli.run
        import pipelines.runner  # noqa: F401
    from quality.gx_duckdb.evaluate import import_great_expectations

    import_great_expectations()
    store = dg.DagsterInstance.ephemeral()  # each child has its own copy of it
    gc.freeze()  # a child need not look through what was imported before it
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run_child(order, store)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
