"""Who wants to see a night going on, its stages and requests, and whether somebody wants it to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dagster._core.errors import DagsterExecutionInterruptedError

Interrupted = DagsterExecutionInterruptedError  # Ctrl-C inside a step arrives as this
STOPS = {signal.SIGINT, signal.SIGTERM}  # Ctrl-C, and what systemd or a container sends


class Watch:
    """Sees nothing. Subclasses override what they want to see."""

    def stage(self, text: str) -> None:
        """The night goes on to something else."""

    def request(self, feed: str) -> None:
        """One request goes out for a feed; called from several threads."""


# A resource is copied by Dagster between here and the steps; the process has one night at a time.
present: Watch = Watch()
_signals: int | None = None  # where the numbers of signals can be read as they arrive
_stopped = False


@contextmanager
def noticing_interrupts() -> Iterator[None]:
    """Within this block `stopped` knows of every Ctrl-C and every SIGTERM.

    Dagster raises an exception for both, wherever the program is. In one of Polars' callbacks Python can only print and
    forget it; in a step it is that step's failure, and Dagster goes on with the next feed.
    """
    global _signals, _stopped
    _stopped = False
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    _signals, write_end = os.pipe()
    os.set_blocking(_signals, False)
    os.set_blocking(write_end, False)
    before = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    told = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, Interrupted) else told(lost)
    try:
        yield
    finally:
        sys.unraisablehook = told
        signal.set_wakeup_fd(before)
        os.close(write_end)
        os.close(_signals)
        _signals = None


def stopped() -> bool:
    """Has somebody pressed Ctrl-C, or ended the process, since the night began?"""
    global _stopped
    if _signals is not None:
        with suppress(BlockingIOError):
            _stopped = not STOPS.isdisjoint(os.read(_signals, 1024)) or _stopped
    return _stopped


def raise_if_interrupted() -> None:
    """At the beginning of a step: after Ctrl-C no other one begins."""
    if stopped():
        raise Interrupted
