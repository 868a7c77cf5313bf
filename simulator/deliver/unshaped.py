"""The rows before a layout made them into columns of a contract: what `assets/readers/reshape` does, backwards."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

import polars as pl

from quality.contract.layout import Layout
from quality.contract.layout_rows import Pivot, Unpivot
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.fields import Field
from simulator.deliver.matching import group_texts, text_matching
from simulator.deliver.texts import ROW

PART = "_part"  # rows of different parts have different columns, and go into different files


def unshaped(frame: pl.DataFrame, layout: Layout, fields: Mapping[str, Field]) -> pl.DataFrame:
    """The rows as they stand in a file or reply, and which of them go together (PART).

    Raises CannotDeliverError where no such rows become those that are wanted.
    """
    for name, template in reversed(list(layout.join.items())):
        frame = _parted(frame, name, template)
    if layout.pivot is not None:
        frame = _long(frame, layout.pivot, fields)
    for name in (*layout.where, *layout.where_not):
        if name not in frame.columns:
            text = fields[name].text(0) or next(t for t in (name, f"{name} 1") if fields[name].allows(t))
            frame = frame.with_columns(pl.lit(text).alias(name))
        frame = frame.filter(_allowed(frame[name], fields[name]))
        if frame.is_empty():
            raise CannotDeliverError(f"no row of the simulated city is one that the layout keeps by {name!r}")
    frame = frame.with_columns(pl.lit(0).alias(PART))
    if layout.unpivot is not None:
        frame = _wide(frame, layout.unpivot)
    for name, pattern in layout.sum.items():
        frame = _split(frame, name, pattern, layout)
    for name, text in layout.constants.items():
        if name in frame.columns:
            frame = frame.filter(pl.col(name) == text).drop(name)
    return frame.drop(ROW, strict=False)


def _allowed(texts: pl.Series, field: Field) -> pl.Series:
    good = [text for text in texts.unique() if field.allows(text or "")]
    return texts.fill_null("").is_in([text or "" for text in good])


def _parted(frame: pl.DataFrame, name: str, template: str) -> pl.DataFrame:
    """The columns of which a text is joined."""
    parsed = list(string.Formatter().parse(template))
    parts = [part for _, part, *_ in parsed if part is not None]
    if name in frame.columns:
        pattern = "".join(re.escape(text) + ("" if part is None else "(.+?)") for text, part, *_ in parsed)
        groups = frame[name].str.extract_groups(f"^{pattern}$")
        made = {part: groups.struct.field(str(at)).alias(part) for at, part in enumerate(parts, 1)}
        for part, texts in made.items():
            if part in frame.columns and not (texts == frame[part]).all():
                raise CannotDeliverError(f"{part!r} is a column of its own and a part of {name!r}")
        # what is read may be only a remainder of the joined text, of which the part does not follow
        of_own = [pl.col(part) if part in frame.columns else pl.lit(None, pl.String) for part in parts]
        kept = [pl.coalesce(pl.lit(made[part]), own).alias(part) for part, own in zip(parts, of_own, strict=True)]
        frame = frame.drop(name).with_columns(kept)
    return frame.with_columns(pl.lit("0").alias(part) for part in parts if part not in frame.columns)


def _long(frame: pl.DataFrame, pivot: Pivot, fields: Mapping[str, Field]) -> pl.DataFrame:
    """One row for each item of each combination of the index."""
    items = [name for name in frame.columns if name not in (*pivot.index, ROW)]
    frame = frame.with_columns(pl.lit("1").alias(name) for name in pivot.index if name not in frame.columns)
    index = list(pivot.index)
    if frame.select(pl.struct(index).is_duplicated().any()).item():
        raise CannotDeliverError(f"the index of `pivot`, {index}, does not tell its rows apart")
    by_item = dict[str, dict[str, str]]()
    for name in items:
        value = (
            pivot.values[0]
            if len(pivot.values) == 1
            else next((v for v in pivot.values if name.endswith(f".{v}")), None)
        )
        if value is None:
            raise CannotDeliverError(f"`pivot` makes no column {name!r}")
        by_item.setdefault(name if len(pivot.values) == 1 else name.removesuffix(f".{value}"), {})[value] = name
    field = fields.get(pivot.on)
    if field is not None and (lost := [item for item in by_item if not field.allows(item)]):
        raise CannotDeliverError(f"the layout leaves {lost[0]!r} out of {pivot.on!r}")
    long = [
        frame.select(
            *index,
            ROW,
            pl.lit(item).alias(pivot.on),
            *(pl.col(names[v]).alias(v) if v in names else pl.lit(None, pl.String).alias(v) for v in pivot.values),
        )
        for item, names in by_item.items()
    ]
    return pl.concat(long)


def _wide(frame: pl.DataFrame, unpivot: Unpivot) -> pl.DataFrame:
    """One row for all that differ in the groups of `unpivot` alone, with a column for each of these."""
    measured = group_texts(unpivot.columns, "value") if "value" in re.compile(unpivot.columns).groupindex else None
    values = [unpivot.value_name] if measured is None else [name for name in measured if name in frame.columns]
    frame = _with_groups(frame, unpivot, values)
    kept = [name for name in frame.columns if name not in (*unpivot.groups, *values, ROW, PART)]
    cells = pl.concat([_cells(frame, unpivot, kept, value, named=measured is not None) for value in values])
    if cells.select(pl.struct(*kept, "_column").is_duplicated().any()).item():
        raise CannotDeliverError("two of its rows would stand in one cell: `unpivot` does not tell them apart")
    index = kept or ["_all"]
    cells = cells if kept else cells.with_columns(pl.lit("").alias("_all"))
    columns = cells.group_by(index, maintain_order=True).agg(pl.col("_column").sort().str.join("\n").alias("_set"))
    wide = cells.pivot(on="_column", index=index, values="_value", maintain_order=True)
    wide = wide.join(columns, on=index, how="left", nulls_equal=True, maintain_order="left")
    sets = wide["_set"].unique(maintain_order=True).to_list()
    ragged = len(sets) > 1 and not unpivot.drop_nulls  # a cell that is not there would become a row
    order = {text: number if ragged else 0 for number, text in enumerate(sets)}
    wide = wide.with_columns(pl.col("_set").replace_strict(order, return_dtype=pl.Int32).alias(PART))
    return wide.drop("_set", "_all", strict=False)


def _with_groups(frame: pl.DataFrame, unpivot: Unpivot, values: list[str]) -> pl.DataFrame:
    """The rows with all columns that `unpivot` makes; those that nobody reads have any text that it takes."""
    example = re.fullmatch(unpivot.columns, text_matching(unpivot.columns) or "")
    if example is None or not values:
        raise CannotDeliverError(f"no name of a column is known that `unpivot` takes: {unpivot.columns!r}")
    missing = [name for name in (*unpivot.groups, *values) if name not in frame.columns]
    return frame.with_columns(pl.lit(example.groupdict().get(name, "")).alias(name) for name in missing)


def _cells(frame: pl.DataFrame, unpivot: Unpivot, kept: list[str], value: str, *, named: bool) -> pl.DataFrame:
    """What stands in the cells of one column of values, and in which column of the wide rows."""
    names = dict[tuple[str, ...], str]()
    for texts in frame.select(unpivot.groups).unique(maintain_order=True).rows():
        wanted = dict(zip(unpivot.groups, texts, strict=True)) | ({"value": value} if named else {})
        two_digits = {group: text.zfill(2) if (text or "").isdecimal() else text for group, text in wanted.items()}
        known = (text_matching(unpivot.columns, 0, one) for one in (wanted, two_digits) if None not in texts)
        name = next((name for name in known if name is not None), None)
        if name is None:
            raise CannotDeliverError(f"no column that `unpivot` takes stands for {wanted}")
        names[texts] = name
    columns = pl.Series(
        "_column", [names[texts] for texts in frame.select(unpivot.groups).iter_rows()], dtype=pl.String
    )
    return frame.select(*kept, pl.col(value).alias("_value"), columns)


def _split(frame: pl.DataFrame, name: str, pattern: str, layout: Layout) -> pl.DataFrame:
    """A column whose sum is this one."""
    part = text_matching(pattern)
    others = [other for new, other in layout.sum.items() if new != name]
    if part is None or any(re.fullmatch(other, part) for other in others):
        raise CannotDeliverError(f"no column is known of which {name!r} alone is the sum")
    if name in frame.columns:
        return frame.rename({name: part})
    return frame.with_columns(pl.lit("0").alias(part))
