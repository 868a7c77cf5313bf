"""The SQL of an entry as Polars expressions: of one reading, with the parameters of a pack put in as literals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any

import polars as pl
from pydantic import Field

PARAMETER = re.compile(r"\{([^{}]*)\}")  # as in `place = {weather_province}`
MOST_SQL = 4000  # characters: Polars takes minutes for a sum of thousands of terms
Sql = Annotated[str, Field(max_length=MOST_SQL)]  # as people write it in an entry
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile("[a-z][a-z0-9_]*")


def expression_of(text: str, parameters: Mapping[str, Any]) -> pl.Expr:
    """The expression that a text is. Raises ValueError, which says what is wrong and after `; ` what to write."""
    filled = with_parameters(text, parameters)
    try:
        return pl.sql_expr(filled)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        for name, of_in in _places(text):
            if isinstance(parameters[name], list | tuple) and not of_in:
                raise ValueError(f"{{{name}}} is a list, and one value is wanted; write `IN {{{name}}}`") from error
        raise ValueError(f"{text!r} is no expression in SQL: {_first_line(error)}; {_hint(filled)}") from error


def names_in(text: str) -> list[str]:
    """The names of columns (or metrics) in an expression, whatever its parameters. Raises ValueError."""
    return list(_names_in(text))


@lru_cache(maxsize=1024)  # a pack has some hundred texts, and asks thousands of times
def _names_in(text: str) -> tuple[str, ...]:
    return tuple(expression_of(text, any_parameters(text)).meta.root_names())


def names_if_sql(text: str) -> list[str]:
    """The same; of a text that is no expression none."""
    try:
        return names_in(text)
    except ValueError:
        return []


def any_parameters(text: str) -> dict[str, Any]:
    """Something for each parameter of an expression, whatever a pack says: null, or a list of it after IN."""
    return {name: [None] if of_in else None for name, of_in in _places(text)}


def parameters_in(text: str) -> list[str]:
    """The names of the parameters in an expression."""
    return list(dict.fromkeys(PARAMETER.findall(text)))


def with_parameters(text: str, parameters: Mapping[str, Any]) -> str:
    """The text with each `{name}` as a literal. Raises ValueError, and what `parameters` raises for unknown names."""
    for quoted in _TEXT.findall(text):
        if (inside := PARAMETER.search(quoted)) is not None:
            raise ValueError(f"{inside[0]} stands in quotes; write it without: a text gets its quotes itself")
    for name in parameters_in(text):
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{{{name}}} is no name of a parameter; write small letters, digits and _")
    return PARAMETER.sub(lambda found: as_literal(parameters[found[1]], found[1]), text)


def as_literal(value: Any, name: str = "value") -> str:
    """A value of a pack as SQL: a text in quotes, a list in brackets. Raises ValueError for what SQL has not."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return repr(value) if isinstance(value, int) else f"CAST({value!r} AS DOUBLE)"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(as_literal(one, name) for one in value or [None]) + ")"
    if value is None:
        return "NULL"
    raise ValueError(f"the parameter {name!r} is no text, number or list; write one of these")


def _places(text: str) -> list[tuple[str, bool]]:
    """Each parameter, and whether it is the list of an IN."""
    return [
        (found[1], re.search(r"\bin\s*$", text[: found.start()], re.IGNORECASE) is not None)
        for found in PARAMETER.finditer(text)
    ]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _hint(text: str) -> str:
    if re.match(r"\s*select\b", text, re.IGNORECASE):
        return "write what stands between SELECT and FROM alone"
    if ";" in text:
        return "write one expression, without `;`"
    return "write it as pm25, or CASE WHEN kind = 'a' THEN pm25 END"
