"""Rows as CSV without loss: null is nothing, an empty text is a pair of quotes, lists are JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.cli.json_text import json_text


def print_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A header and a line for each row."""
    write = sys.stdout.write
    write(",".join(map(_cell, names)) + "\n")
    for row in rows:
        write(",".join(map(_cell, row)) + "\n")


def text_of(value: Any) -> str:
    """A value as its text: as in JSON, without the quotes of a text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    text = value if isinstance(value, str) else json_text(value)
    return str(value) if not isinstance(value, str) and text.startswith('"') else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = text_of(value)
    return '"' + text.replace('"', '""') + '"' if not text or set(text) & set('",\r\n') else text
