"""What a command writes on, so that no output ever changes how it ends: closed pipes, full disks, no output at all.

Nothing slow is imported here: it is made ready before the libraries are loaded.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO


class Output(io.TextIOWrapper):
    """A stream that goes on without a word when it can write no longer; `lost` says why."""

    def __init__(self, stream: io.TextIOWrapper, *, by_line: bool) -> None:
        # a terminal or file that cannot show a sign gets its number
        super().__init__(stream.buffer, stream.encoding, "backslashreplace", line_buffering=by_line)
        self.lost: OSError | None = None
        self._stream = stream  # it would close the buffer when nothing refers to it

    def write(self, text: str, /) -> int:
        self._try(lambda: super(Output, self).write(text))
        return len(text)

    def flush(self) -> None:
        self._try(super().flush)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            self.lost = self.lost or error
            nowhere = os.open(os.devnull, os.O_WRONLY)  # what is still kept in memory goes there
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def begin() -> None:
    """From now on both outputs of the process are of this kind. One that was closed before is nowhere."""
    for number in range(3):  # else the next file that is opened gets the number, and what is printed
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _made(sys.stdout, 1)
    sys.stderr = _made(sys.stderr, 2)


def _made(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # what `madang dev` says of itself is to be read in a journal while it runs
    return Output(stream, by_line=stream.line_buffering or number == 2)


def is_read() -> bool:
    """Does anybody still read what is printed? A long answer may end when nobody does."""
    return not (isinstance(sys.stdout, Output) and sys.stdout.lost)


def end(code: int, *, wrote: bool) -> int:
    """Flush both outputs. The exit code: `code`, but 1 where only an answer was asked for and it could not be written.

    A reader that wants no more has what it wants: that is no failure, and not a word is said of it.
    """
    sys.stdout.flush()
    lost = sys.stdout.lost if isinstance(sys.stdout, Output) else None
    if lost is not None and not isinstance(lost, BrokenPipeError):
        print(f"madang: the output cannot be written: {lost.strerror}", file=sys.stderr)
        code = code if wrote else code or 1
    sys.stderr.flush()
    return code
