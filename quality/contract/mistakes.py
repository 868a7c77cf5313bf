"""What is wrong in a file that a person wrote: which file, line and key, what it is, and what to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, or suspicious, in a file of a pack."""

    what: str  # what is wrong, without a stop
    file: Path | None = None
    line: int | None = None  # counted from 1
    key: str = ""  # where in the file, such as `columns.pm25.unit`; in a table the name of a column
    hint: str = ""  # what to write in its place
    warning: bool = False  # suspicious, but it can be meant

    def __str__(self) -> str:
        place = [] if self.file is None else [str(self.file) if self.line is None else f"{self.file}:{self.line}"]
        said = f"{self.what}; {self.hint}" if self.hint else self.what
        return ": ".join([*place, *([self.key] if self.key else []), said])


class ContractError(ValueError):
    """A file of a pack that cannot be used. `mistakes` are all that were found in it, the first at least."""

    def __init__(self, *mistakes: Mistake | str) -> None:
        self.mistakes: Sequence[Mistake] = tuple(m if isinstance(m, Mistake) else Mistake(m) for m in mistakes)
        more = len(self.mistakes) - 1
        rest = f" (and {more} more: `madang city check` names all)" if more else ""
        super().__init__(f"{self.mistakes[0]}{rest}")


class Collected:
    """What reading several files finds wrong in all of them: one that cannot be read does not hide the others."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def of(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What `read` returns; None, and its mistakes are kept, if it raises ContractError."""
        try:
            return read(*args, **kwargs)
        except ContractError as error:
            self.mistakes += error.mistakes
            return None


def in_order(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Each mistake once, by file and line; what stands in city.yaml first, as other files are read by it."""
    first = "city.yaml"
    place = [(m.file is not None and m.file.name != first, str(m.file or ""), m.line or 0) for m in mistakes]
    return list(dict.fromkeys(mistake for _, mistake in sorted(zip(place, mistakes, strict=True), key=itemgetter(0))))
