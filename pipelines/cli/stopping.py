"""Ctrl-C and SIGTERM end a command with one sentence and 130, from its first moment to its last.

Nothing slow is imported here: a signal may come while the libraries are loaded, and then this is all there is.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

CODE = 130
SENTENCE = "stopped; what is published is whole, and the same command continues from here"


class _State:
    """What a signal does now. A command that writes unwinds; before it, after it, and in all others nothing is open."""

    unwinds = False
    arrived: int | None = None


_state = _State()


def begin() -> None:
    """From now on both signals end the process. A SIGINT that is ignored stays so: a script keeps it from its jobs."""
    _state.unwinds, _state.arrived = False, None
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def unwind() -> None:
    """From now on the first signal raises KeyboardInterrupt, as there is something to close; a second does not wait."""
    _state.unwinds = True


def arrived() -> int | None:
    """The number of the signal that has come since the command unwinds; None if there was none."""
    return _state.arrived


def forget() -> None:
    """A signal is how this command is meant to end: it is not reported."""
    _state.arrived = None


def end() -> None:
    """The command is over: a signal ends what is left of the process."""
    _state.unwinds = False


def _handle(number: int, _frame: FrameType | None) -> None:
    if _state.unwinds and _state.arrived is None:
        _state.arrived = number
        raise KeyboardInterrupt
    os.write(2, f"madang: {SENTENCE}\n".encode())
    os._exit(CODE)
