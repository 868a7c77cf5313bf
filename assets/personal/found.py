"""What was found about persons in a delivery: in which column, of which kind, and never a value."""

from __future__ import annotations

from dataclasses import dataclass

from assets.failures import PermanentFailure
from quality.disclosure import OwnWords

CODE = "FILE-PERSONAL"
ITS_NAME = "its name"
# What nobody can look into does not land: by the code of why it cannot be read, what is wrong.
NOT_SEEN = {
    "FILE-UNSUPPORTED": "it is packed in a way that is not supported",
    "FILE-ENCRYPTED": "it has a password",
}
TRAJECTORY, JOURNEY = "who or what was where at which times", "a journey in each row"


@dataclass(frozen=True)
class Personal:
    """`column`: its name where the contract or our own list has it, as that of a file without a header is a value."""

    kind: str
    position: int | None = None  # of the column, from 1
    column: str | None = None
    part: str | None = None  # where else: "a row that could not be read", "a file that the contract does not name"
    code: str = CODE  # one of NOT_SEEN: nobody knows whether it is about persons

    @property
    def place(self) -> str:
        """Where in the delivery, in our own words."""
        if self.position is None:
            return self.part or "the delivery"
        said = f"column {self.position}" if self.column is None else f"column {self.position} ({self.column!r})"
        return said if self.part is None else f"{said} of {self.part}"

    def failure(self, where: str, kept: str) -> PermanentFailure:
        """Why the delivery is refused. `kept`: what became of it."""
        if self.code in NOT_SEEN:
            what = f"{NOT_SEEN[self.code]}, so that nobody can look whether it is about single persons; {kept}"
            plain = OwnWords("have it delivered without a password, packed as zip, tar, gz, zst, bz2 or xz")
            return PermanentFailure(self.code, OwnWords(what), OwnWords(where), plain)
        hint = (
            "have it delivered as sums by area and time without that column; if no person is meant, name the column in "
            "`not_personal` of the feed with the reason, see docs/personal.md"
        )
        what = f"it is about single persons: {self.place} has {self.kind}; {kept}"
        return PermanentFailure(CODE, OwnWords(what), OwnWords(where), OwnWords(hint))
