"""What a service's contract does to rows of text before they are typed: empty values, joined names, melted columns."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Collection, Sequence

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import LINE
from quality.contract.connector import Melt, Service

_EXACT = pl.Decimal(38, 12)  # sums are made of decimal digits: of binary ones 0.1 + 0.2 is more than 0.3
_GREATEST = 10**20  # so that no sum of a million columns is too large for that


def reshape(frame: pl.DataFrame, service: Service, where: str, missing: Collection[str] = ()) -> pl.DataFrame:
    """`fill`, `join` and `melt` of a contract, in this order; columns that are not there are an error. `missing` are
    texts that stand for no value in a sum of `melt`."""
    for name, text in service.fill.items():
        if name in frame.columns:
            frame = frame.with_columns(pl.col(name).fill_null(text))
    for name, template in service.join.items():
        frame = frame.with_columns(_joined(frame, template, where).alias(name))
    return frame if service.melt is None else _melted(frame, service.melt, where, missing)


def _joined(frame: pl.DataFrame, template: str, where: str) -> pl.Expr:
    parts: list[pl.Expr] = []
    for text, name, _, _ in string.Formatter().parse(template):
        if text:
            parts.append(pl.lit(text))
        if name is not None:
            _need(name in frame.columns, f"there is no column {name!r}", where)
            parts.append(pl.col(name))
    return pl.concat_str(parts)


def _melted(frame: pl.DataFrame, melt: Melt, where: str, missing: Collection[str]) -> pl.DataFrame:
    """One row per part. A part is null where any of its columns is: a sum without them would be too small."""
    parts = {
        label: [name for name in frame.columns if name != LINE and re.fullmatch(pattern, name)]
        for label, pattern in melt.parts.items()
    }
    for label, names in parts.items():
        _need(bool(names), f"no column matches {melt.parts[label]!r}, the part {label!r}", where)
    taken = {name for names in parts.values() for name in names}
    kept = [name for name in frame.columns if name not in taken]
    both = sorted({melt.label, melt.value} & set(kept))
    _need(not both, f"the rows already have {both}: choose other names for label and value", where)
    pieces = []
    for label, names in parts.items():
        # one column is as delivered: a sentinel such as * stays visible
        value = pl.col(names[0]) if len(names) == 1 else _sum(names, missing)
        pieces.append(frame.select(*kept, pl.lit(label).alias(melt.label), value.alias(melt.value)))
    return pl.concat(pieces).sort(LINE, maintain_order=True)


def _sum(names: Sequence[str], missing: Collection[str]) -> pl.Expr:
    """The sum as text. Where a text is no number it is all of them, so that reading it fails and shows them."""
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


def _need(condition: bool, what: str, where: str) -> None:
    if not condition:
        hint = "if the service renamed it, correct the contract of this feed"
        raise PermanentFailure("SERVICE-SHAPE", what, where, hint)
