"""What the layout of a contract does to rows of text before they are typed.

In this order: constants, empty values, columns and rows that are left out, sums, wide to long, long to wide, joins.
"""

from __future__ import annotations

import functools
import re
import string
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from assets.readers.header import other_layout
from assets.readers.pivot import matching, pivoted, unpivoted
from assets.readers.rows import LINE, RawRows
from quality.contract.layout import RESHAPING, Layout
from quality.contract.layout_rows import Matches
from quality.text import normalised, normalised_column

_EXACT = pl.Decimal(38, 12)  # sums are made of decimal digits: of binary ones 0.1 + 0.2 is more than 0.3
_GREATEST = 10**20  # so that no sum of a million columns is too large for that


@dataclass
class _Told:
    """What is said of rows that become others: how many a key leaves out, columns that nothing names, rejects."""

    left_out: Counter[str] = field(default_factory=Counter)
    beside: list[str] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)


def reshaped(raw: RawRows, layout: Layout, missing: Collection[str] = ()) -> RawRows:
    """The rows of one member as the layout makes them. `missing` are texts that stand for no value in a sum.

    Raises PermanentFailure (FILE-LAYOUT) where a column that the layout names is not there.
    """
    if layout.declared().isdisjoint(RESHAPING):
        return raw
    told = _Told(Counter(dict(raw.left_out)))
    frame = _reshaped(_with_stored_numbers(raw, layout), layout, raw.member, missing, told)
    plain = None if raw.plain is None else _reshaped(raw.plain, layout, raw.member, missing, told)
    return raw.replaced(
        frame=frame,
        plain=plain,
        rejects=pl.concat([raw.rejects, *told.rejects]),
        left_out=tuple((key, rows) for key, rows in told.left_out.items() if rows),
        beside=tuple(dict.fromkeys(told.beside)),
    )


def at_once(layout: Layout, numbers: Collection[str]) -> Collection[str]:
    """Which of these columns may be read as numbers before the rows are reshaped: none whose text is needed."""
    if layout.sum or layout.unpivot or layout.pivot:
        return ()
    needed = _named(layout)
    return [name for name in numbers if name not in needed] if needed else numbers


def _named(layout: Layout) -> set[str]:
    """The columns that the layout names, but for those of regular expressions."""
    joined = {name for text in layout.join.values() for _, name, *_ in string.Formatter().parse(text) if name}
    pivot = layout.pivot
    pivoted_columns = () if pivot is None else (pivot.on, *pivot.values, *pivot.index)
    return joined | {*layout.constants, *layout.fill, *layout.where, *layout.where_not, *pivoted_columns}


def _reshaped(frame: pl.DataFrame, layout: Layout, where: str, missing: Collection[str], told: _Told) -> pl.DataFrame:
    if both := sorted(layout.constants.keys() & set(frame.columns)):
        raise other_layout(f"the rows already have {both}: give `constants` other names", where)
    frame = frame.with_columns(pl.lit(text).alias(name) for name, text in layout.constants.items())
    frame = frame.with_columns(
        pl.col(name).fill_null(text) for name, text in layout.fill.items() if name in frame.columns
    )
    frame = _chosen(frame.drop(layout.drop, strict=False), layout, where, told, later=False)
    if layout.sum:
        frame = _with_sums(frame, layout.sum, where, missing)
    if layout.unpivot is not None:
        found, named = matching(frame, layout.unpivot.columns), {LINE, *_named(layout)}
        told.beside += [n for n in frame.columns if n not in found and n not in named]
        frame, rows = unpivoted(frame, layout.unpivot, where)
        told.left_out["drop_nulls"] += rows - frame.height
    frame = _chosen(frame, layout, where, told, later=True)
    if layout.pivot is not None:
        frame, without = pivoted(frame, layout.pivot, where)
        if without.height:
            told.rejects.append(without)
    for name, template in layout.join.items():
        frame = frame.with_columns(_joined(frame, template, where).alias(name))
    return frame


def _with_stored_numbers(raw: RawRows, layout: Layout) -> pl.DataFrame:
    """Cells of a spreadsheet that become values of another column: numbers as they are stored, not as shown."""
    frame = raw.frame
    patterns = [*layout.sum.values(), *([layout.unpivot.columns] if layout.unpivot else [])]
    for cells in raw.formatted:
        if cells.stored and any(re.fullmatch(pattern, cells.column) for pattern in patterns):
            stored = pl.col(LINE).replace_strict(cells.lines, cells.stored, default=None, return_dtype=pl.String)
            frame = frame.with_columns(pl.coalesce(stored, cells.column).alias(cells.column))
    return frame


def _chosen(frame: pl.DataFrame, layout: Layout, where: str, told: _Told, *, later: bool) -> pl.DataFrame:
    """The rows that `where` and `where_not` keep. Columns that only `unpivot` makes are looked at `later`."""
    made = set() if layout.unpivot is None else set(layout.unpivot.groups)
    for key, conditions in (("where", layout.where), ("where_not", layout.where_not)):
        for name, condition in conditions.items():
            if (name in made) != later:
                continue
            if name not in frame.columns:
                raise other_layout(f"`{key}` needs a column {name!r}, which is not there", where)
            fits = _fits(frame[name], condition)
            kept = frame.filter(fits if key == "where" else ~fits)
            told.left_out[key] += frame.height - kept.height
            frame = kept
    return frame


def _fits(column: pl.Series, condition: str | tuple[str, ...] | Matches) -> pl.Series:
    """Where a text is one of those that are meant, compared as keys are; no value is the empty text."""
    texts = normalised_column(column.cast(pl.String))[0].fill_null("")
    if isinstance(condition, Matches):
        different = texts.unique()
        wanted = [text for text in different if re.fullmatch(condition.matches, text)]
    else:
        wanted = [normalised(text) for text in ((condition,) if isinstance(condition, str) else condition)]
    return texts.is_in(wanted)


def _joined(frame: pl.DataFrame, template: str, where: str) -> pl.Expr:
    parts: list[pl.Expr] = []
    for text, name, _, _ in string.Formatter().parse(template):
        if text:
            parts.append(pl.lit(text))
        if name is not None:
            if name not in frame.columns:
                raise other_layout(f"`join` needs a column {name!r}, which is not there", where)
            parts.append(pl.col(name).str.strip_chars())
    return pl.concat_str(parts)


def _with_sums(frame: pl.DataFrame, sums: Mapping[str, str], where: str, missing: Collection[str]) -> pl.DataFrame:
    """Sums in place of the columns that they are made of."""
    parts = {name: list(matching(frame, pattern)) for name, pattern in sums.items()}
    for name, columns in parts.items():
        if not columns:
            raise other_layout(f"no column matches {sums[name]!r}, of which {name!r} is the sum", where)
    taken = {column for columns in parts.values() for column in columns}
    kept = [column for column in frame.columns if column not in taken]
    if both := sorted(parts.keys() & set(kept)):
        raise other_layout(f"the rows already have {both}: give the sums other names", where)
    # one column is as delivered: a sentinel such as * stays visible
    values = [
        (pl.col(columns[0]) if len(columns) == 1 else _sum(columns, missing)).alias(name)
        for name, columns in parts.items()
    ]
    return frame.select(*kept, *values)


def _sum(names: Sequence[str], missing: Collection[str]) -> pl.Expr:
    """The sum as text; null where a value is missing, for a sum without it would be too small. Where a text is no
    number it is all of them, so that reading it fails and shows them."""
    texts = [pl.col(name).str.strip_chars() for name in names]
    texts = [pl.when(~text.is_in(["", *missing])).then(text) for text in texts]
    numbers = [text.cast(_EXACT, strict=False) for text in texts]
    none = pl.Series(sorted(missing), dtype=pl.String).cast(_EXACT, strict=False).drop_nulls()  # -1 is also -1.0
    texts = [
        pl.when(~n.is_in(none.implode()).fill_null(value=False)).then(t) for t, n in zip(texts, numbers, strict=True)
    ]
    numbers = [pl.when(text.is_not_null()).then(number) for text, number in zip(texts, numbers, strict=True)]
    numbers = [pl.when(number.is_between(-_GREATEST, _GREATEST)).then(number) for number in numbers]
    broken = pl.any_horizontal(t.is_not_null() & n.is_null() for t, n in zip(texts, numbers, strict=True))
    digits = (
        functools.reduce(lambda total, number: total + number, numbers)
        .cast(pl.String)
        .str.strip_chars_end("0")
        .str.strip_chars_end(".")
    )
    return pl.when(broken).then(pl.concat_str(texts, separator=" + ", ignore_nulls=True)).otherwise(digits)
