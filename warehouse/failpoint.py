"""Places in the code at which a test may kill or interrupt the process. In use they do nothing."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

VARIABLE = "MADANG_FAILPOINT"  # "<name>", "<name>:<nth time>" or "#<nth of all>", then "=<signal>"; SIGKILL without one
LOG_VARIABLE = "MADANG_FAILPOINT_LOG"  # a file to which the name of each place is added as it is passed

_passed: Counter[str] = Counter()
_listeners: list[Callable[[str], None]] = []


def failpoint(name: str) -> None:
    """Say that the process has come to the place `name`, such as "gate.staged"."""
    for listener in _listeners:
        listener(name)
    wanted, log = os.environ.get(VARIABLE), os.environ.get(LOG_VARIABLE)
    if wanted is None and log is None:
        return
    _passed[name] += 1
    if log is not None:
        with open(log, "a", encoding="utf-8") as file:
            file.write(name + "\n")
    place, _, sent = (wanted or "").partition("=")
    if place in (name, f"{name}:{_passed[name]}", f"#{_passed.total()}"):
        os.kill(os.getpid(), signal.Signals[sent or "SIGKILL"])


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Within this block `listener` is called at each failpoint of this process; what it raises goes through."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
