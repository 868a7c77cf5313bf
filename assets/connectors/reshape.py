"""What a service's contract does to rows of text before they are typed: empty values, joined names, melted columns."""

from __future__ import annotations

import re
import string

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import LINE
from quality.contract.connector import Melt, Service


def reshape(frame: pl.DataFrame, service: Service, where: str) -> pl.DataFrame:
    """`fill`, `join` and `melt` of a contract, in this order; columns that are not there are an error."""
    for name, text in service.fill.items():
        if name in frame.columns:
            frame = frame.with_columns(pl.col(name).fill_null(text))
    for name, template in service.join.items():
        frame = frame.with_columns(_joined(frame, template, where).alias(name))
    return frame if service.melt is None else _melted(frame, service.melt, where)


def _joined(frame: pl.DataFrame, template: str, where: str) -> pl.Expr:
    parts: list[pl.Expr] = []
    for text, name, _, _ in string.Formatter().parse(template):
        if text:
            parts.append(pl.lit(text))
        if name is not None:
            _need(name in frame.columns, f"there is no column {name!r}", where)
            parts.append(pl.col(name))
    return pl.concat_str(parts)


def _melted(frame: pl.DataFrame, melt: Melt, where: str) -> pl.DataFrame:
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
        if len(names) == 1:
            value = pl.col(names[0])  # as delivered: a sentinel such as * stays visible
        else:
            numbers = [pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in names]
            value = pl.sum_horizontal(numbers, ignore_nulls=False).round(6).cast(pl.String)
        pieces.append(frame.select(*kept, pl.lit(label).alias(melt.label), value.alias(melt.value)))
    return pl.concat(pieces).sort(LINE, maintain_order=True)


def _need(condition: bool, what: str, where: str) -> None:
    if not condition:
        hint = "if the service renamed it, correct the contract of this feed"
        raise PermanentFailure("SERVICE-SHAPE", what, where, hint)
