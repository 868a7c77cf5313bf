"""What each edition of a standard says of itself: in force when, printed where, and read where."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from quality.contract.base import Day, FrozenModel, Said, text_form
from quality.contract.texts import Texts

# A: the official text, a copy of it, or a page of the authority. B: a transcription, a client's code, or the press.
Evidence = Literal["A", "B"]
Averaging = Literal["15min", "20min", "1h", "3h", "8h", "24h", "month", "3months", "peak_season", "year"]
Pollutant = Annotated[str, Field(json_schema_extra=text_form("^[a-z][a-z0-9]*$", "Write it as in pm25."))]


class Source(FrozenModel):
    """Where the figures were read."""

    name: Said = Field(description="The document or page.")
    url: Said | None = Field(default=None, description="Where it is, if it has an address.")


class Edition(FrozenModel):
    """One edition of a standard. It holds on the days from `from` to `to`, both included."""

    title: Texts
    legal: Said = Field(description="The act, order or report that says it.")
    from_: Day | None = Field(
        default=None, alias="from", description="First day in force. Left out: not known, or no law; earlier days too."
    )
    to: Day | None = Field(default=None, description="Last day in force. Left out: still in force when it was read.")
    evidence: Evidence = Field(description="A: read in an official text or page. B: in a transcription or the press.")
    source: Source
    note: Said | None = Field(default=None, description="What a reader has to know.")
    left_out: tuple[Said, ...] = Field(default=(), description="What the standard has and this file has not, and why.")

    @model_validator(mode="after")
    def _days(self) -> Edition:
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError("to: lies before `from`; write a later day")
        return self

    @property
    def verified(self) -> bool:
        """Whether it was read in the standard itself, an official copy, or a page of the authority."""
        return self.evidence == "A"

    def in_force(self, day: date) -> bool:
        """Whether it holds on this day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)
