"""What the layout of a contract does to rows of text before they are typed: empty values, sums, wide to long, joins."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import LINE, RawRows
from quality.contract.layout import Layout, Unpivot

_EXACT = pl.Decimal(38, 12)  # sums are made of decimal digits: of binary ones 0.1 + 0.2 is more than 0.3
_GREATEST = 10**20  # so that no sum of a million columns is too large for that


def reshape(frame: pl.DataFrame, layout: Layout, where: str, missing: Collection[str] = ()) -> pl.DataFrame:
    """`fill`, `sum`, `unpivot` and `join` of a layout, in this order; columns that are not there are an error.

    `missing` are texts that stand for no value in a sum. Rows stay in the order of their lines.
    """
    for name, text in layout.fill.items():
        if name in frame.columns:
            frame = frame.with_columns(pl.col(name).fill_null(text))
    if layout.sum:
        frame = _with_sums(frame, layout.sum, where, missing)
    if layout.unpivot is not None:
        frame = _unpivoted(frame, layout.unpivot, where)
    for name, template in layout.join.items():
        frame = frame.with_columns(_joined(frame, template, where).alias(name))
    return frame


def reshaped(raw: RawRows, layout: Layout, missing: Collection[str] = ()) -> RawRows:
    """The rows of one member, each of its frames as `reshape` makes it."""
    if not layout.reshapes:
        return raw
    plain = None if raw.plain is None else reshape(raw.plain, layout, raw.member, missing)
    return replace(raw, frame=reshape(raw.frame, layout, raw.member, missing), plain=plain)


def at_once(layout: Layout, numbers: Collection[str]) -> Collection[str]:
    """Which of these columns may be read as numbers before the rows are reshaped: none whose text is needed."""
    if layout.sum or layout.unpivot:
        return ()
    needed = {*layout.fill, *(name for text in layout.join.values() for _, name, *_ in string.Formatter().parse(text))}
    return [name for name in numbers if name not in needed] if needed else numbers


def _joined(frame: pl.DataFrame, template: str, where: str) -> pl.Expr:
    parts: list[pl.Expr] = []
    for text, name, _, _ in string.Formatter().parse(template):
        if text:
            parts.append(pl.lit(text))
        if name is not None:
            _need(name in frame.columns, f"`join` needs a column {name!r}, which is not there", where)
            parts.append(pl.col(name))
    return pl.concat_str(parts)


def _matching(frame: pl.DataFrame, pattern: str) -> dict[str, re.Match[str]]:
    found = {name: re.fullmatch(pattern, name) for name in frame.columns if name != LINE}
    return {name: match for name, match in found.items() if match is not None}


def _with_sums(frame: pl.DataFrame, sums: Mapping[str, str], where: str, missing: Collection[str]) -> pl.DataFrame:
    """Sums in place of the columns that they are made of."""
    parts = {name: list(_matching(frame, pattern)) for name, pattern in sums.items()}
    for name, columns in parts.items():
        _need(bool(columns), f"no column matches {sums[name]!r}, of which {name!r} is the sum", where)
    taken = {column for columns in parts.values() for column in columns}
    kept = [column for column in frame.columns if column not in taken]
    both = sorted(parts.keys() & set(kept))
    _need(not both, f"the rows already have {both}: give the sums other names", where)
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
    numbers = [pl.when(number.is_between(-_GREATEST, _GREATEST)).then(number) for number in numbers]
    broken = pl.any_horizontal(t.is_not_null() & n.is_null() for t, n in zip(texts, numbers, strict=True))
    digits = (
        functools.reduce(lambda total, number: total + number, numbers)
        .cast(pl.String)
        .str.strip_chars_end("0")
        .str.strip_chars_end(".")
    )
    return pl.when(broken).then(pl.concat_str(texts, separator=" + ", ignore_nulls=True)).otherwise(digits)


def _unpivoted(frame: pl.DataFrame, unpivot: Unpivot, where: str) -> pl.DataFrame:
    """One row for each combination of what the groups match, with the line of the row that it stood in."""
    found = _matching(frame, unpivot.columns)
    _need(bool(found), f"`unpivot` matches none of its columns: {unpivot.columns!r}", where)
    labels, names = list[dict[str, str]](), list[str]()
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for column, match in found.items():
        groups = {group: text or "" for group, text in match.groupdict().items()}
        value = groups.pop("value", unpivot.value_name)
        names += [value] if value not in names else []
        row = cells.setdefault(tuple(groups.values()), {})
        labels += [] if row else [groups]
        _need(value not in row, f"`unpivot` takes {row.get(value)!r} and {column!r} for the same", where)
        row[value] = column
    kept = frame.drop(found)
    both = sorted({*labels[0], *names} & set(kept.columns))
    _need(not both, f"the rows already have {both}: give the groups or the value of `unpivot` other names", where)
    rows = np.repeat(np.arange(frame.height), len(labels))
    short = pl.DataFrame(labels, schema=dict.fromkeys(labels[0], pl.String))[
        np.tile(np.arange(len(labels)), frame.height)
    ]
    nothing = pl.lit(None, pl.String)
    values = frame.select(
        pl.concat_list(pl.col(row[name]) if name in row else nothing for row in cells.values()).explode().alias(name)
        for name in names
    )
    long = pl.concat([kept.drop(LINE)[rows], short, values, kept.select(LINE)[rows]], how="horizontal")
    return long.filter(~pl.all_horizontal(pl.col(names).is_null())) if unpivot.drop_nulls else long


def _need(condition: bool, what: str, where: str) -> None:
    if not condition:
        hint = "if the sender renamed it, correct `layout` in the contract of this feed"
        raise PermanentFailure("FILE-LAYOUT", what, where, hint)
