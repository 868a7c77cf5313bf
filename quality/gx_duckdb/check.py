"""What Great Expectations is asked, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """One expectation to evaluate.

    `code` is unique in a call; `table` is a table or view visible on the connection, "name" or "schema.name";
    `expectation` is GX's type in snake case and `kwargs` its arguments. With `index_columns` the samples of
    failing rows also carry these columns (a user's query chooses its own).
    """

    code: str
    table: str
    expectation: str
    kwargs: Mapping[str, Any]
    index_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What a check found: `error` is set (and `success` False) when the expectation could not be evaluated.

    Counts are rows; they are None where GX has none (table and aggregate expectations). `observed_value` and
    `samples` hold only JSON types: times as ISO text, decimals as numbers, bytes as hex.
    """

    code: str
    success: bool
    error: str | None = None
    element_count: int | None = None
    unexpected_count: int | None = None
    observed_value: Any = None
    samples: list[dict[str, Any]] = field(default_factory=list)
