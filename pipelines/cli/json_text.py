"""Values as JSON without loss: integers and decimals of any length as they are, times and others as their text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def json_text(value: Any) -> str:
    """The value as JSON in one line. What JSON has no number for (NaN, infinity) is a text; bytes are hexadecimal."""
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
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
    return json.dumps(str(value), ensure_ascii=False)


def in_encoding(text: str, encoding: str) -> str:
    """JSON as a stream of this encoding can hold it: where a sign cannot be written, all but ASCII is escaped."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in text)
    return text
