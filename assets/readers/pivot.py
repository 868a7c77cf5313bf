"""Wide to long and long to wide: columns of text that become rows, and rows that become columns."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from assets.readers.header import other_layout
from assets.readers.rows import LINE, REJECTS, TEXT_LIMIT
from quality.contract.layout_rows import Pivot, Unpivot
from quality.text import normalised_column

_NTH = "_nth"  # which of the rows with the same index and item


def matching(frame: pl.DataFrame, pattern: str) -> dict[str, re.Match[str]]:
    """The columns whose whole name matches."""
    found = {name: re.fullmatch(pattern, name) for name in frame.columns if name != LINE}
    return {name: match for name, match in found.items() if match is not None}


def unpivoted(frame: pl.DataFrame, unpivot: Unpivot, where: str) -> tuple[pl.DataFrame, int]:
    """One row for each combination of what the groups match, with the line that it stood in; and how many these are
    with those that `drop_nulls` leaves out."""
    found = matching(frame, unpivot.columns)
    if not found:
        raise other_layout(f"`unpivot` matches none of its columns: {unpivot.columns!r}", where)
    labels, names = list[dict[str, str]](), dict[str, None]()  # the second: as a set that keeps its order
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for column, match in found.items():
        groups = {group: text or "" for group, text in match.groupdict().items()}
        value = groups.pop("value", unpivot.value_name)
        names[value] = None
        row = cells.setdefault(tuple(groups.values()), {})
        labels += [] if row else [groups]
        if value in row:
            raise other_layout(f"`unpivot` takes {row[value]!r} and {column!r} for the same", where)
        row[value] = column
    kept = frame.drop(found)
    if both := sorted({*labels[0], *names} & set(kept.columns)):
        raise other_layout(
            f"the rows already have {both}: give the groups or the value of `unpivot` other names", where
        )
    rows = np.repeat(np.arange(frame.height), len(labels))
    short = pl.DataFrame(labels, schema=dict.fromkeys(labels[0], pl.String))
    short = short[np.tile(np.arange(len(labels)), frame.height)]
    nothing = pl.lit(None, pl.String)
    values = frame.select(
        pl.concat_list(pl.col(row[name]) if name in row else nothing for row in cells.values()).explode().alias(name)
        for name in names
    )
    long = pl.concat([kept.drop(LINE)[rows], short, values, kept.select(LINE)[rows]], how="horizontal")
    if unpivot.drop_nulls:
        long = long.filter(~pl.all_horizontal(pl.col(list(names)).str.strip_chars().replace("", None).is_null()))
    return long, rows.size


def pivoted(frame: pl.DataFrame, pivot: Pivot, where: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row for each combination of the index, at the line of its first row; and rows without an item as rejects.

    Where an item is there twice, the combination is there twice, with the other items of the first: whether it is the
    same row again or another value is for the gate to judge.
    """
    index = list(pivot.index)
    if gone := [name for name in (pivot.on, *pivot.values, *index) if name not in frame.columns]:
        raise other_layout(f"`pivot` needs the columns {gone}, which are not there", where)
    frame = frame.with_columns(normalised_column(frame[pivot.on])[0].replace("", None).alias(pivot.on))
    without = frame.filter(pl.col(pivot.on).is_null()).select(
        pl.col(LINE).alias("line"),
        pl.lit("ROW-NO-ITEM").alias("code"),
        pl.lit("nothing says which column its value belongs to").alias("reason"),
        pl.struct(pl.exclude(LINE)).struct.json_encode().str.slice(0, TEXT_LIMIT).alias("text"),
    )
    frame = frame.filter(pl.col(pivot.on).is_not_null())
    nth = pl.int_range(pl.len()).over([*index, pivot.on]).alias(_NTH)
    frame = frame.select(*index, pivot.on, *pivot.values, LINE).with_columns(nth)
    wide = frame.group_by([*index, _NTH], maintain_order=True).agg(pl.col(LINE).min())
    items = frame[pivot.on].unique(maintain_order=True).to_list()
    for value in pivot.values:
        names = {item: f"{item}.{value}" if len(pivot.values) > 1 else item for item in items}
        if both := sorted({*names.values()} & {*wide.columns, pivot.on}):
            raise other_layout(f"`pivot` makes the columns {both}, which are there already", where)
        made = frame.pivot(on=pivot.on, index=[*index, _NTH], values=value, maintain_order=True).rename(names)
        wide = wide.join(made, on=[*index, _NTH], how="left", nulls_equal=True, maintain_order="left")
    if frame.height and wide[_NTH].max():
        first = {name: pl.col(name).first().over(index, order_by=_NTH) for name in wide.columns[len(index) + 2 :]}
        wide = wide.with_columns(
            pl.when(pl.col(_NTH) > 0).then(pl.coalesce(name, value)).otherwise(pl.col(name)).alias(name)
            for name, value in first.items()
        )
    return wide.drop(_NTH).select(pl.exclude(LINE), LINE), without.select(*REJECTS).cast(pl.Schema(REJECTS))
