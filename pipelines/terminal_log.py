"""What runs say in a terminal or a service's journal: a line for what somebody should read.

Dagster keeps every event of a run, whatever is printed (`python_logs` in deploy/dagster.yaml). Beside its events it
tells of each step that has no output, which is usual here, and prints the stack of a failed step twice; both are on the
page of the run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

_LOGGER = "dagster"  # of runs: what steps say, and what is printed
_OF_STEPS = os.path.join("dagster", "_core", "execution", "")
_STACK = "\n\nStack Trace:\n"


def shorten() -> None:
    """From now on this process prints short lines of runs; a second call changes nothing."""
    made = logging.getLogRecordFactory()
    if not isinstance(made, _Shortening):
        logging.setLogRecordFactory(_Shortening(made))


class _Shortening:
    """Makes records as before, but Dagster's own remarks on steps are for debugging, and a failure is one line."""

    def __init__(self, made: Callable[..., logging.LogRecord]) -> None:
        self._made = made

    def __call__(
        self, name: str, level: int, pathname: str, lineno: int, msg: Any, *args: Any, **more: Any
    ) -> logging.LogRecord:
        if name == _LOGGER:
            if level == logging.INFO and _OF_STEPS in pathname:
                level = logging.DEBUG
            if isinstance(msg, str) and _STACK in msg:
                msg = " ".join(msg.partition(_STACK)[0].split("\n\n"))
        return self._made(name, level, pathname, lineno, msg, *args, **more)
