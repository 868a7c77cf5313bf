"""All that is wrong in a document: one error does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from pydantic import ValidationError

P = ParamSpec("P")
T = TypeVar("T")


class SeveralErrors(ValueError):
    """What is wrong in several places of a document; each of `said` begins with its key, as in `columns.pm25: ...`."""

    def __init__(self, said: Sequence[str]) -> None:
        super().__init__("\n".join(said))
        self.said = tuple(said)


class Errors:
    """Collects what is wrong while a document is looked through."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def of(self, key: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What `read` returns; None, and its errors are kept, if it raises ValueError.

        `key` is where it reads; an error below it names its own.
        """
        try:
            return read(*args, **kwargs)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                said = details["msg"].removeprefix("Value error, ")
                self._add(key, said.removeprefix(f"column {key.removeprefix('columns.')}: "))
        except ValueError as error:
            self._add(key, str(error))
        return None

    def _add(self, key: str, said: str) -> None:
        self.said.append(said if said.startswith((f"{key}:", f"{key}.")) else f"{key}: {said}")

    def require_none(self) -> None:
        """Raises SeveralErrors if there is any."""
        if self.said:
            raise SeveralErrors(self.said)
