"""What all parts of a contract have in common: once read they do not change, and they take no unknown field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _as_written(value: Any) -> Any:
    """A number, or true or false, without quotes as its text: in a cell it is one."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


CellText = Annotated[str, BeforeValidator(_as_written)]  # what a cell of a delivery has


class FrozenModel(BaseModel):
    """A part of a contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
