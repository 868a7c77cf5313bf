"""What is wrong where something of the home is not what it was when it was written: the disk, a crash or a person."""

from __future__ import annotations

LOOK = "`madang doctor` says what it costs and what to do"


class DamagedHomeError(RuntimeError):
    """A part of the home is lost or was changed. The message says which, and names `madang doctor`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; {LOOK}")
        self.what = what
