"""Signals that end a night: which have arrived, and how a step asks whether it should still begin."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from dagster._core.errors import DagsterExecutionInterruptedError

Interrupted = DagsterExecutionInterruptedError  # Ctrl-C inside a step arrives as this


class _Signals:
    """Notices SIGINT (Ctrl-C) and SIGTERM (systemd, containers) from its creation to `close`.

    Only the main thread may create one. A SIGINT that was ignored when the night began stays ignored: a script that
    starts Madang in the background keeps it from the Ctrl-C that is meant for the script.
    """

    def __init__(self) -> None:
        self._handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        self._stops = {signal.SIGTERM}
        if self._handlers[signal.SIGINT] is not signal.SIG_IGN:
            self._stops.add(signal.SIGINT)
        self._stopped = False
        self._numbers, self._write_end = os.pipe()
        os.set_blocking(self._numbers, False)
        os.set_blocking(self._write_end, False)
        self._descriptor = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        # Dagster gives SIGTERM the handler of SIGINT: were that "ignore", nothing but SIGKILL could end the night.
        for number in self._handlers:
            signal.signal(number, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number in self._stops:
            raise KeyboardInterrupt

    def stopped(self) -> bool:
        """Has one of the signals arrived?"""
        with suppress(BlockingIOError):
            self._stopped = not self._stops.isdisjoint(os.read(self._numbers, 1024)) or self._stopped
        return self._stopped

    def close(self) -> None:
        """Everything as it was before; whoever noticed signals before hears of one that came."""
        if self.stopped() and self._descriptor != -1:
            with suppress(OSError):
                os.write(self._descriptor, bytes(self._stops)[:1])
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._descriptor)
        os.close(self._write_end)
        os.close(self._numbers)


_signals: _Signals | None = None  # signals are those of the process, and a process has one night at a time


@contextmanager
def noticing_interrupts() -> Iterator[None]:
    """Within this block `stopped` knows of every Ctrl-C and every SIGTERM.

    Whatever the block raises after one of them is raised as Interrupted: what is interrupted can break in any way.
    Dagster raises an exception for both, wherever the program is. In one of Polars' callbacks Python can only print and
    forget it; in a step it is that step's failure, and Dagster goes on with the next feed.
    """
    global _signals
    if threading.current_thread() is not threading.main_thread():  # only the main thread can handle signals
        yield
        return
    show_lost = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, Interrupted) else show_lost(lost)
    _signals = _Signals()
    try:
        yield
    except BaseException as error:
        if stopped():
            raise Interrupted from error
        raise
    finally:
        _signals.close()
        _signals = None
        sys.unraisablehook = show_lost


def stopped() -> bool:
    """Has a signal asked the night to end since it began?"""
    return _signals is not None and _signals.stopped()


def raise_if_interrupted() -> None:
    """At the beginning of a step: after Ctrl-C no other one begins."""
    if stopped():
        raise Interrupted
