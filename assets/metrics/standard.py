"""The standard that an indicator follows, as an entry names it. Limits and index tables stand in assets/standards."""

from __future__ import annotations

from pydantic import Field

from quality.contract.base import FrozenModel, Said, Truth


class Standard(FrozenModel):
    """The standard that an indicator follows."""

    name: Said = Field(description="Such as ISO 37120.")
    edition: str | None = Field(default=None, description="In quotes, such as '2014'.")
    code: str | None = Field(default=None, description="Number of the indicator in it, in quotes.")
    verified: Truth = Field(default=False, description="Read in the standard itself or an official copy.")
    url: str | None = Field(default=None, description="Where it can be read.")
