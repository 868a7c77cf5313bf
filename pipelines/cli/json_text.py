"""Values as JSON without loss: integers and decimals of any length as they are, times and others as their text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_NO_NUMBERS = {"nan", "-nan", "inf", "-inf"}  # as DuckDB writes them


class Written(str):
    """A value that is JSON already, as somebody else wrote it."""

    __slots__ = ()


# Signs that a terminal acts on: controls of eight bits, directions of writing, separators of lines. JSON's own escapes
# say the same. Below U+0020 JSON escapes anyway.
_ACTED_ON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]")


def json_text(value: Any) -> str:
    """The value as JSON in one line. What JSON has no number for (NaN, infinity) is a text; bytes are hexadecimal."""
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Written):
        return json.dumps(value) if value in _NO_NUMBERS else _escaped(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else json.dumps(str(value))
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else json.dumps(str(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {json_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(json_text, value)) + "]"
    if isinstance(value, bytes | bytearray | memoryview):
        return json.dumps(bytes(value).hex())
    return _text(value)


def _text(value: Any) -> str:
    return _escaped(json.dumps(str(value), ensure_ascii=False))


def _escaped(text: str) -> str:
    return _ACTED_ON.sub(lambda sign: f"\\u{ord(sign.group()):04x}", text)


def in_encoding(text: str, encoding: str) -> str:
    """JSON as a stream of this encoding can hold it: where a sign cannot be written, all but ASCII is escaped."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in text)
    return text
