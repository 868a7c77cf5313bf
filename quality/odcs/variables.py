"""Texts with `${NAME}`: in ODCS 3.2 a tool may put a variable of its environment in its place, anywhere.

A text that really has these signs is written as `${MADANG_DOLLAR:-$}{NAME}`: the default of a variable that nobody
sets, and then the rest. What a contract says never depends on the environment of the one who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_MEANT = "${MADANG_DOLLAR:-$}{"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def without_variables(value: Any) -> Any:
    """A part of a document in which no text has a variable. Keys stay: no tool replaces anything in them."""
    return _each_text(value, lambda text: text.replace("${", _MEANT) if "${" in text else text)


def as_meant(value: Any) -> Any:
    """The reverse. Raises ValueError for a variable that is one."""
    return _each_text(value, _resolved)


def _resolved(text: str) -> str:
    if "${" not in text:
        return text
    parts = text.split(_MEANT)
    for part in parts:
        found = _VARIABLE.search(part)
        if found is not None:
            raise ValueError(f"`{found[0]}` is a variable, and a contract has none; write its value")
    return "${".join(parts)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(inner, change) for inner in value]
    return value
