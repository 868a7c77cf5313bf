"""What the names of files say: a date, and which place each of them is about."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import takewhile
from pathlib import PurePath

import polars as pl

from assets.propose.seen import Doubt, Look

_FORMS = (
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[-_.]?(?P<m>0[1-9]|1[0-2])[-_.]?(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[-_.]?(?P<m>0[1-9]|1[0-2])(?!\d)",
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?!\d)",
)


def date_in_name(name: str) -> date | None:
    """The day, or the first day of the month or year, that a name has; None where it has none."""
    for form in _FORMS:
        for found in re.finditer(form, name):
            parts = found.groupdict()
            try:
                return date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
            except ValueError:
                continue
    return None


SITE, DATE = "site", "file_date"  # columns that the names of files become
_DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}(?P<sign>[-_.]?)(?:0[1-9]|1[0-2])(?P=sign)(?:0[1-9]|[12]\d|3[01])(?!\d)")


def dated_by_name(seen: Look) -> Look | None:
    """The look with a column of dates that stand in the names of its files; None where one of them has none."""
    found = [_DAY.search(path.name) for path in seen.files]
    signs = {match["sign"] for match in found if match is not None}
    if not found or None in found or len(signs) != 1 or "from_name" in seen.layout or DATE in seen.rows.columns:
        return None
    sign, first = re.escape(next(iter(signs))), found[0]
    assert first is not None
    layout = {**seen.layout, "from_name": rf"(?P<{DATE}>\d{{4}}{sign}\d{{2}}{sign}\d{{2}})"}
    said = Doubt(("files", "layout", "from_name"), "Is the date in the name of a file the one that its rows are of?")
    rows = _of_first(seen).with_columns(pl.lit(first[0]).alias(DATE))
    return replace(seen, layout=layout, rows=rows, doubts=(*seen.doubts, said))


def _of_first(seen: Look) -> pl.DataFrame:
    """Rows that are surely of the first file: a sample has those of up to three."""
    return seen.rows.head(max(1, seen.rows.height // min(len(seen.files), 3)))


def _same_beginning(texts: list[str]) -> str:
    signs = takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False))
    return "".join(column[0] for column in signs)


def place_in_names(names: list[str]) -> str | None:
    """A regular expression whose group is what names differ in, where that is no number; None where it is."""
    stems = [PurePath(name).stem for name in names]
    before = _same_beginning(stems)
    after = _same_beginning([stem[len(before) :][::-1] for stem in stems])[::-1]
    before = re.sub(r"[^\W_]+$", "", before)  # not within a word
    after = re.sub(r"^[^\W_]+", "", after)
    parts = [stem[len(before) : len(stem) - len(after)] for stem in stems]
    if len(set(parts)) < len(parts) or not all(parts) or all(re.search(r"\d{4,}", part) for part in parts):
        return None
    if any(part.isdigit() for part in parts) or all(re.fullmatch("[0-9a-fA-F]{6,}", part) for part in parts):
        return None
    return f"{re.escape(before)}(?P<{SITE}>.+){re.escape(after)}"


def placed_by_name(seen: Look) -> Look | None:
    """The look with a column of what the names of its files differ in; None where that is no place."""
    names = [path.name for path in seen.files]
    if len(names) < 2 or "from_name" in seen.layout or SITE in seen.rows.columns:
        return None
    pattern = place_in_names(names)
    found = None if pattern is None else re.search(pattern, names[0])
    if found is None:
        return None
    said = Doubt(("files", "layout", "from_name"), "Is this part of a file's name the place that its rows are about?")
    rows = _of_first(seen).with_columns(pl.lit(found[SITE]).alias(SITE))
    return replace(seen, layout={**seen.layout, "from_name": pattern}, rows=rows, doubts=(*seen.doubts, said))
