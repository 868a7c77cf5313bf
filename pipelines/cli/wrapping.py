"""Sentences in the room there is: broken between words, and never inside a path or a `command`, which are copied."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

from rich.cells import cell_len

from pipelines.visible import one_line

_PIECES = re.compile(r"\S*`[^`]*`\S*|\S+")
_INDENT = "    "
_WHOLE = ("next: ",)  # a command to paste stands in one line


def room() -> int | None:
    """Cells of a line of the output: as COLUMNS says, else those of the terminal; None in a pipe or file, in which
    nothing wraps."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    with suppress(OSError, ValueError, AttributeError):
        if sys.stdout.isatty():
            return os.get_terminal_size(sys.stdout.fileno()).columns or None
    return None


def say(text: object) -> None:
    """Print a sentence."""
    print("\n".join(wrapped(one_line(text), room())))


def wrapped(text: str, cells: int | None) -> Iterator[str]:
    """The lines of a sentence; those after the first are indented. None: one line."""
    if cells is None or cell_len(text) <= cells or text.startswith(_WHOLE):
        yield text
        return
    line = text[: len(text) - len(text.lstrip())]
    for n, piece in enumerate(_PIECES.findall(text)):
        if n and cell_len(line) + 1 + cell_len(piece) > cells:
            yield line
            line = _INDENT + piece
        else:
            line += f" {piece}" if n else piece
    yield line
