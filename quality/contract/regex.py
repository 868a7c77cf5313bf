"""Regular expressions of contracts: rows are judged and cleaned by Polars, whose expressions are not quite Python's."""

from __future__ import annotations

import polars as pl


def wrong_regex(regex: str) -> str | None:
    """Why Polars does not take a regular expression, in its own words; None if it does."""
    try:
        pl.Series([""]).str.contains(regex)
    except pl.exceptions.ComputeError as error:
        lines = [line.removeprefix("error: ") for line in str(error).splitlines() if line.startswith("error: ")]
        return (lines or [str(error).splitlines()[0]])[0]
    return None
