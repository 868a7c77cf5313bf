"""The failures of a feed as types: a code, what is wrong, where, and what to do about it.

No retry logic and no handling here: who fetches decides, guided by the two subclasses.
"""

from __future__ import annotations

from typing import Any, Self


class FeedFailure(Exception):
    """A feed could not be fetched or read. Raise one of the two subclasses, never this one itself."""

    refused: Any = None  # the reply that was refused, on its way to the landing area; nobody else needs it

    def __init__(self, code: str, what: str, where: str, hint: str) -> None:
        # All four go to Exception.args: otherwise it cannot be pickled between Dagster's worker processes.
        super().__init__(code, what, where, hint)
        self.code = code
        self.what = what
        self.where = where
        self.hint = hint
        self.line: int | None = None  # in the delivery, where it is known
        self.quoted = ""  # what was found there instead: shown after `what`, but not of private feeds

    def quoting(self, found: str) -> Self:
        """The same failure, which quotes what was found in the delivery."""
        self.quoted = found
        return self

    def at_line(self, line: int) -> Self:
        """The same failure, which says in which line of the delivery it is."""
        self.line = line
        return self

    def __str__(self) -> str:
        return f"{self.code}: {self.where}: {self.what}{self.quoted}; {self.hint}."


class PermanentFailure(FeedFailure):
    """Trying again gives the same result: must not be retried. Somebody has to change something."""


class TransientFailure(FeedFailure):
    """May pass by itself: may be retried, with a bound. After that it is reported like any other."""

    retry_after_s: float | None = None  # how long the other side asks us to wait
