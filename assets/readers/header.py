"""The header of a table: names from one row or several, a row of units, and values that stand in no row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import RawRows, clean_name, column_names
from quality.contract.layout import Layout
from quality.text import normalised

_CHECK = "compare the file with `layout` in the contract, or ask the sender what changed"


def header_names(rows: Sequence[Sequence[str | None]], layout: Layout, where: str) -> list[str]:
    """The names of the columns: those that the layout gives, else those of the header.

    Raises PermanentFailure where they do not fit together.
    """
    given = layout.names
    if not given:
        return column_names(joined(rows), where)
    for row in rows:
        if len(row) < len(given) or any(clean_name(cell) for cell in row[len(given) :]):
            raise other_layout(f"`names` has {len(given)} columns, the header has {len(row)}", where)
    return list(given)


def joined(rows: Sequence[Sequence[str | None]]) -> list[str]:
    """One name for each column of a header of several rows, their parts with a space between.

    A cell of an upper row that is empty belongs to the one before it, as merged cells do that stand over several
    columns; in the last row it is empty.
    """
    names = [""] * max(map(len, rows), default=0)
    for number, row in enumerate(rows):
        above = ""
        for column in range(len(names)):
            cell = clean_name(row[column]) if column < len(row) else ""
            above = cell or (above if number < len(rows) - 1 else "")
            names[column] = f"{names[column]} {above}".strip() if above else names[column]
    return names


def units_said(
    names: Sequence[str], cells: Sequence[str | None], layout: Layout, where: str
) -> tuple[tuple[str, str], ...]:
    """Column and unit as the row of units has them. Raises PermanentFailure where the layout says another unit."""
    found = dict(zip(names, (normalised(cell or "") for cell in cells), strict=False))
    for name, unit in layout.units_row.items() if isinstance(layout.units_row, Mapping) else ():
        if name not in found:
            raise other_layout(f"`units_row` names a column {name!r}, which is not there", where)
        if found[name] != normalised(unit):
            what = f"the unit of {name!r} is not {unit!r}"
            hint = "ask the sender; where it is another unit now, change `units_row` and the unit of the column"
            raise PermanentFailure("FILE-UNITS", what, where, hint).quoting(f" but {found[name]!r}")
    return tuple((name, unit) for name, unit in found.items() if unit)


def with_values(raw: RawRows, layout: Layout, delivery: str, head: str) -> RawRows:
    """The rows with what `from_name` and `from_head` find, as columns of text.

    `delivery` is its name, `head` the text before its table. Raises PermanentFailure where nothing is found.
    """
    found: dict[str, str | None] = {}
    if layout.from_name is not None:
        matches = (re.search(layout.from_name, name) for name in (raw.member, delivery))
        match = next((match for match in matches if match), None)
        if match is None:
            what = f"its name does not have what `from_name` {layout.from_name!r} looks for"
            raise PermanentFailure(
                "FILE-NAME", what, delivery, "deliver it under the agreed name, or correct `from_name`"
            )
        found |= match.groupdict()
    if layout.from_head is not None:
        match = re.search(layout.from_head, head, re.MULTILINE)
        if match is None:
            raise other_layout(f"`from_head` {layout.from_head!r} is not found before the header", delivery)
        found |= match.groupdict()
    if not found:
        return raw
    if both := sorted(found.keys() & set(raw.frame.columns)):
        raise other_layout(f"the rows already have {both}: give the groups other names", delivery)
    columns = [
        pl.lit(None if text is None else normalised(text), pl.String).alias(name) for name, text in found.items()
    ]
    plain = None if raw.plain is None else raw.plain.with_columns(columns)
    return raw.replaced(frame=raw.frame.with_columns(columns), plain=plain)


def other_layout(what: str, where: str) -> PermanentFailure:
    """A delivery that is laid out in another way than the contract says."""
    return PermanentFailure("FILE-LAYOUT", what, where, _CHECK)
