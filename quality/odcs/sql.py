"""Names and values in the SQL of a document, so that no tool takes a part of them for a placeholder.

Tools replace `{model}`, `{column}` and the like in a query before they run it, also within quotes, and ODCS 3.2 lets
them replace `${NAME}` in any text. No value may therefore have an opening brace in the query.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

from warehouse.published.connect import literal, quoted

_BRACE = "chr(123)"  # an opening brace
_PLACEHOLDER = re.compile(r"\{(?=[A-Za-z_])")  # what may begin one: `{5}` of a regular expression is none


class UnsayableError(ValueError):
    """Something that no query of a document can say. The text says what."""


def name_in_sql(name: str) -> str:
    """A name in quotes. Raises UnsayableError for one in which tools may find a placeholder."""
    if _PLACEHOLDER.search(name) or "\0" in name:
        raise UnsayableError(f"other tools take a part of the name {name!r} for a placeholder")
    return quoted(name)


def value_in_sql(value: Any) -> str:
    """A value of a rule as DuckDB writes it. Raises UnsayableError for a value of another type than a column has."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return f"CAST('{value}' AS DOUBLE)"
        text = repr(value)
        return text if "e" in text else f"{text}e0"  # without an exponent DuckDB reads a DECIMAL
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    raise UnsayableError(f"{value!r} is no value of a column")


def _text(text: str) -> str:
    if "\0" in text:
        raise UnsayableError("a text has the sign NUL, which no query can have")
    parts = [literal(part) for part in _PLACEHOLDER.split(text)]
    return parts[0] if len(parts) == 1 else f"({f' || {_BRACE} || '.join(parts)})"
