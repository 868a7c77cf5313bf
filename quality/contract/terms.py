"""The terms of a feed's contract: for what its rows are given, until when, and for how long they are kept."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from quality.contract.base import Day, FrozenModel, Whole


class Terms(FrozenModel):
    """What was agreed with who gives the rows of a private feed."""

    purpose: str = Field(min_length=1, description="For what the rows may be used, in the words of the agreement.")
    until: Day | None = Field(
        default=None,
        description="The last day on which the feed is fetched. After it nobody is asked and no file is read.",
    )
    keep_days: Whole | None = Field(
        default=None,
        ge=1,
        description="For how many days after its own a row is kept; then it is deleted, with its delivery. Where it is "
        "not said rows stay until `until` has passed.",
    )

    def over(self, today: date) -> bool:
        """Whether the agreement has ended."""
        return self.until is not None and today > self.until

    def kept_since(self, today: date) -> date | None:
        """The first day of which rows are still kept; None: all are. With the end of an agreement that says nothing
        else none are, whatever their day."""
        if self.keep_days is not None:
            return today - timedelta(days=self.keep_days)
        return date.max if self.over(today) else None
