"""What all parts of a contract have in common: once read they do not change, and they take no unknown field.

The `description` of a field is what an editor shows of its key; the JSON schemas are made from these types.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"  # of cities, feeds, metrics and tables: in SQL it needs no quotes


def _as_written(value: Any) -> Any:
    """A number, or true or false, without quotes as its text: in a cell it is one."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _as_day(value: Any) -> Any:
    """A day, or its text; not a number of seconds, which pydantic takes."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        return value
    said = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value).lower()
    raise ValueError(f"{said} is not a day; write it as 2014-01-31")


CellText = Annotated[str, BeforeValidator(_as_written, json_schema_input_type=str | bool | float)]  # what a cell has
Truth = Annotated[bool, Strict()]  # true or false; no word and no number stands for it
Whole = Annotated[int, Strict()]  # no text in quotes, no true
Number = Annotated[float, Strict()]
Network = Literal["reference", "low_cost", "crowd", "modelled"]  # who measures; or that a model does instead


def text_form(pattern: str, otherwise: str, *proposed: str) -> dict[str, Any]:
    """In schemas: the form of a text, what an editor says of another one, and what it proposes."""
    examples = {"examples": list(proposed)} if proposed else {}
    return {"pattern": pattern, "patternErrorMessage": otherwise} | examples


_DAY = text_form("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "Write a day as 2014-01-31.", "2024-01-01")
_DAY_TEXT = Annotated[str, Field(json_schema_extra=_DAY)]
Day = Annotated[date, BeforeValidator(_as_day, json_schema_input_type=_DAY_TEXT)]
SOMETHING = text_form(r"\S", "Nothing stands there.")
Said = Annotated[str, Field(json_schema_extra=SOMETHING)]  # in schemas: a text in which something stands


class FrozenModel(BaseModel):
    """A part of a contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
