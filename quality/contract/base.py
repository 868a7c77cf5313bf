"""What all parts of a contract have in common: once read they do not change, and they take no unknown field."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A part of a contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
