"""Ctrl-C and SIGTERM end a command with one sentence and 130, from its first moment to its last.

Nothing slow is imported here: a signal may come while the libraries are loaded, and then this is all there is.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

CODE = 130
SENTENCE = "stopped; what is published is whole, and the same command continues from here"  # of what publishes
AS_IT_WAS = "stopped; what is published is as it was"
NOTHING_WRITTEN = "stopped; nothing was written"
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class _State:
    """What a signal does now. A command that writes unwinds; before it, after it, and in all others nothing is open."""

    unwinds = False
    sentence = NOTHING_WRITTEN
    arrived: int | None = None
    over = False
    noticed: int | None = None  # the end of a pipe that has the numbers of all signals, whoever handled them


_state = _State()


def begin() -> None:
    """From now on both signals end the process. A SIGINT that is ignored stays so: a script keeps it from its jobs."""
    _state.unwinds, _state.arrived, _state.over, _state.sentence = False, None, False, NOTHING_WRITTEN
    _state.noticed, write_end = os.pipe()
    for end in (_state.noticed, write_end):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in _NUMBERS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)
    # Dagster handles SIGINT in each step, ignored or not. A blocked one does not arrive; threads inherit that, and the
    # first ones start while libraries are imported.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def unwind(*, publishes: bool = False) -> None:
    """From now on the first signal raises KeyboardInterrupt, as there is something to close; a second does not wait."""
    _state.unwinds = True
    _state.sentence = SENTENCE if publishes else AS_IT_WAS


def leaves(what: str) -> None:
    """From now on a signal leaves something else than a night that goes on: say what, and what to do."""
    _state.sentence = f"stopped; {what}"


def sentence() -> str:
    """What is said when a signal ends the command now."""
    return _state.sentence


def unwinds() -> bool:
    """Does the command write or start something?"""
    return _state.unwinds


def arrived() -> int | None:
    """The number of the signal that has come since the command unwinds; None if there was none."""
    if _state.noticed is not None:
        with suppress(BlockingIOError):
            came = [number for number in os.read(_state.noticed, 1024) if number in _NUMBERS]
            if _state.arrived is None and came:
                _state.arrived = came[0]
    return _state.arrived


def forget() -> None:
    """A signal is how this command is meant to end: it is not reported."""
    arrived()
    _state.arrived = None


def end() -> None:
    """The command is over, and has its exit code: signals do nothing more."""
    _state.over = True


def say() -> None:
    """Say that the command was stopped, and hear no other signal."""
    end()
    print(f"madang: {_state.sentence}", file=sys.stderr)


def _handle(number: int, _frame: FrameType | None) -> None:
    if _state.over:
        return
    if _state.unwinds and _state.arrived is None:
        _state.arrived = number
        raise KeyboardInterrupt
    with suppress(OSError):
        os.write(2, f"madang: {_state.sentence}\n".encode())
    os._exit(CODE)
