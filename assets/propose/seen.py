"""What is seen of a delivery before anybody knows what it means, and what is in doubt about it. Types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

SAMPLE = 5_000  # rows of a look, at most


@dataclass(frozen=True)
class Doubt:
    """Something that a person has to decide, or should look at."""

    key: tuple[str | int, ...]  # where in the feed's file it stands as a comment, as ("columns", "pm25"); () is the top
    text: str  # one sentence; a question where a person must decide


@dataclass(frozen=True)
class Look:
    """What a delivery is, before anybody knows what it means."""

    files: tuple[Path, ...]  # those that are alike and belong to one feed
    paths: tuple[str, ...]  # globs below the drop folder, for `files.paths`
    drop: Path  # the drop folder that those are below
    layout: Mapping[str, Any]  # keys of Layout that reading needs, not those of reshaping
    rows: pl.DataFrame  # at most SAMPLE rows of the first, a middle and the last file; String, as delivered, no `_line`
    units: Mapping[str, str]  # column as delivered -> unit, from the header or a row of units
    head: str  # what stands before the header
    said: tuple[str, ...]  # what was seen, one sentence each
    doubts: tuple[Doubt, ...]
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column -> its names in other files
    sometimes: frozenset[str] = frozenset()  # columns that are not in all files
    name: str = ""  # what the files, the member or the sheet are called, without numbers and endings
