"""From rows of text to typed rows of a contract: names, types, sentinels, days, and which row of a key counts.

Bytes are read in connectors/, rules are judged in quality/; nothing here decides whether data is fit.
Nothing is dropped silently: every row of a delivery comes out as a row, as undated, or as a reject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.formats import RawRows
from quality.contract import DAY, Column, Contract
from quality.rules import empty_cells

GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"  # 105,196 but not 1,5: a comma is never a decimal point here
QUARTER = "%Y%q"  # a format of our own: strptime has none for quarters
UNDATED_SCHEMA = {
    "code": pl.String,
    "reason": pl.String,
    "row": pl.String,
    "_sha256": pl.String,
    "_line": pl.Int64,
}


@dataclass(frozen=True)
class Parsed:
    """One delivery under its contract. len(rows) + len(undated) is the number of rows that it holds."""

    sha256: str
    name: str
    rows: pl.DataFrame  # contract columns + _sha256, _line
    cells: pl.DataFrame  # values that could not be read as their type: day, rule, column, value, origin
    undated: pl.DataFrame  # rows without a readable day or with the wrong number of fields (UNDATED_SCHEMA)
    blank_rows: int
    # how far the whole delivery reaches, also when only some days of it are looked at
    day_min: date | None
    day_max: date | None

    @property
    def unreadable_share(self) -> float:
        total = self.rows.height + self.undated.height
        return self.undated.height / total if total else 0.0


def parse(contract: Contract, name: str, sha256: str, members: Sequence[RawRows]) -> Parsed:
    """Type the rows of one delivery. Raises PermanentFailure when it does not fit the contract as a whole."""
    parts = [_member(contract, sha256, raw) for raw in members]
    rows = pl.concat([part[0] for part in parts])
    span: tuple[date | None, date | None] = rows.select(pl.col(DAY).min().alias("a"), pl.col(DAY).max()).row(0)
    parsed = Parsed(
        sha256=sha256,
        name=name,
        rows=rows,
        cells=pl.concat([part[1] for part in parts]),
        undated=pl.concat([part[2] for part in parts]),
        blank_rows=sum(raw.blank_rows for raw in members),
        day_min=span[0],
        day_max=span[1],
    )
    if parsed.rows.is_empty():
        if parsed.undated.is_empty():
            raise PermanentFailure("FILE-NO-ROWS", "it has a header and no row", name, "ask the sender for the data")
        day = contract.column(DAY)
        raise PermanentFailure(
            "FILE-NO-DAY",
            f"none of its {parsed.undated.height} rows has a day that can be read as {list(day.spec.formats)}",
            name,
            f"check column {list(day.spec.sources)}, or add the format to the contract of {contract.name}",
        )
    return parsed


def _member(contract: Contract, sha256: str, raw: RawRows) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Rows with a day, cells that could not be read, and rows that could not."""
    frame = _renamed(contract, raw)
    texts = frame.select(_text(column).alias(column.name) for column in contract.columns)
    typed = texts.select(_typed(column) for column in contract.columns)
    typed = typed.with_columns(pl.lit(sha256).alias("_sha256"), raw.frame["_line"])
    typed = _without_unfitted(contract, typed)
    has_day = typed[DAY].is_not_null()
    lost = frame.filter(~has_day)
    undated = pl.concat(
        [
            lost.select(
                pl.lit("day").alias("code"),
                pl.lit("no day that can be read").alias("reason"),
                pl.struct(pl.exclude("_line")).struct.json_encode().alias("row"),
                pl.lit(sha256).alias("_sha256"),
                pl.col("_line").cast(pl.Int64),
            ),
            raw.rejects.select("code", "reason", pl.col("text").alias("row"), pl.lit(sha256).alias("_sha256"),
                               pl.col("line").cast(pl.Int64).alias("_line")),
        ]
    )  # fmt: skip
    cells = pl.concat([_unreadable(contract, column, texts[column.name], typed) for column in contract.columns])
    return typed.filter(has_day), cells, undated


def _renamed(contract: Contract, raw: RawRows) -> pl.DataFrame:
    """One text column per contract column, under the contract's names; several may share a source."""
    found = raw.frame.columns
    columns: list[pl.Expr] = [pl.col("_line")]
    for column in contract.columns:
        if column.name == DAY and contract.reference_since is not None:
            columns.append(pl.lit(contract.reference_since.isoformat()).alias(DAY))
            continue
        present = [source for source in column.spec.sources if source in found]
        if len(present) > 1:
            raise PermanentFailure(
                "FILE-COLUMNS",
                f"{present} are both there and both mean {column.name}",
                raw.member,
                f"name only one of them in the contract of {contract.name}, or ask the sender which is right",
            )
        if not present and not column.spec.optional:
            raise PermanentFailure(
                "FILE-COLUMNS",
                f"column {column.name} is missing: none of {list(column.spec.sources)} is among {_short(found)}",
                raw.member,
                f"if the sender renamed it, add the new name under `sources` in the contract of {contract.name}",
            )
        columns.append((pl.col(present[0]) if present else pl.lit(None, pl.String)).alias(column.name))
    return raw.frame.select(columns)


def _short(names: Sequence[str]) -> str:
    names = [n for n in names if not n.startswith("_")]
    return f"{names[:30]}" + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def _text(column: Column) -> pl.Expr:
    text = pl.col(column.name).str.strip_chars()
    if column.spec.remove is not None:
        text = text.str.replace_all(column.spec.remove, "").str.strip_chars()
    missing = ["", *column.spec.sentinels]
    if column.type in ("number", "integer"):  # -999, -999.0 and -999.00 are one sentinel
        missing += [f"{s}{tail}" for s in column.spec.sentinels for tail in (".0", ".00")]
    text = pl.when(text.is_in(missing)).then(None).otherwise(text)
    return text.replace(dict(column.spec.values)) if column.spec.values else text


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.type in ("number", "integer"):
        plain = pl.when(text.str.contains(GROUPED)).then(text.str.replace_all(",", "")).otherwise(text)
        number = plain.cast(pl.Float64, strict=False)
        number = pl.when(number.is_finite()).then(number)
        if column.type == "integer":  # "5854.0" is five thousand, "5854.5" is not a count
            number = pl.when(number == number.round(0)).then(number).cast(pl.Int64, strict=False)
        if column.spec.zero_is_missing:
            number = pl.when(number != 0).then(number)
        expression = number
    elif column.type in ("date", "timestamp"):
        formats = column.spec.formats or ("%Y-%m-%d",)
        expression = pl.coalesce([_moment(text, form, column) for form in formats])
    elif column.type == "boolean":
        expression = text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    else:
        expression = text
    return expression.cast(column.dtype).alias(column.name)


def _moment(text: pl.Expr, form: str, column: Column) -> pl.Expr:
    """A date or time in one strptime format; `%Y%q` is a quarter (20261) and stands for its first day.

    Times of another zone, or with an offset, become local times before their day is taken: 23:00 UTC is the next
    morning in Seoul.

    24:00 is the end of the day that is written: as a time it is 00:00 of the next day, as a date it stays that day,
    to which the hour before it belongs (AirKorea writes the last hour of each day so).
    """
    target, zone = column.dtype, column.spec.zone
    if zone is not None and _timed(form):
        local = _instant(text, form, column.spec.delivered_zone).dt.convert_time_zone(zone)
        return local.dt.replace_time_zone(None).cast(target)
    if form == QUARTER:
        parts = text.str.extract_groups("^([0-9]{4})([1-4])$")
        year, quarter = (parts.struct.field(name).cast(pl.Int32) for name in ("1", "2"))
        return pl.date(year, quarter * 3 - 2, 1).cast(target)
    if not _timed(form):
        return text.str.strptime(pl.Date, form, strict=False).cast(target)
    clock = form[form.find("%H") :] if "%H" in form else ""
    ends, begins = (clock.replace("%H", hour).replace("%M", "00").replace("%S", "00") for hour in ("24", "00"))
    if not clock or "%" in ends:
        return text.str.strptime(pl.Datetime("us"), form, strict=False).cast(target)
    midnight = text.str.ends_with(ends)
    plain = pl.when(midnight).then(text.str.strip_suffix(ends) + begins).otherwise(text)
    found = plain.str.strptime(pl.Datetime("us"), form, strict=False)
    if target == pl.Date:
        return found.cast(pl.Date)
    return pl.when(midnight).then(found.dt.offset_by("1d")).otherwise(found).cast(target)


def _instant(text: pl.Expr, form: str, delivered: str | None) -> pl.Expr:
    """A moment in UTC. A local hour that a change of clocks skips or repeats has none: null, and so unreadable."""
    if "%z" in form:
        return text.str.replace("[Zz]$", "+0000").str.strptime(pl.Datetime("us", "UTC"), form, strict=False)
    naive = text.str.strptime(pl.Datetime("us"), form, strict=False)
    zoned = naive.dt.replace_time_zone(delivered, ambiguous="null", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def _timed(form: str) -> bool:
    return any(part in form for part in ("%H", "%I", "%T", "%R"))


def _without_unfitted(contract: Contract, typed: pl.DataFrame) -> pl.DataFrame:
    """Zero in two columns at once means that the instrument is not fitted: 0 C alone is a winter's day."""
    for column in contract.columns:
        other = column.spec.zero_is_missing_with
        if other is not None:
            both = (pl.col(column.name) == 0) & (pl.col(other).is_null() | (pl.col(other) == 0))
            typed = typed.with_columns(pl.when(~both.fill_null(False)).then(pl.col(column.name)).alias(column.name))
    return typed


def _unreadable(contract: Contract, column: Column, texts: pl.Series, typed: pl.DataFrame) -> pl.DataFrame:
    """Cells that hold something, but nothing that their type can be read from."""
    lost = typed[column.name].is_null() & texts.is_not_null()
    if column.type in ("string", "array") or column.name == DAY or not lost.any():
        return empty_cells()
    marked = typed.select(DAY, "_sha256", "_line", text=texts).filter(lost)
    return marked.filter(pl.col(DAY).is_not_null() & ~_zero(column)).select(
        DAY, pl.lit(f"{contract.prefix}-002").alias("rule"), pl.lit(column.name).alias("column"),
        pl.col("text").alias("value"), "_sha256", pl.col("_line").cast(pl.Int64),
    )  # fmt: skip


def _zero(column: Column) -> pl.Expr:
    if not (column.spec.zero_is_missing or column.spec.zero_is_missing_with):
        return pl.lit(False)
    return (pl.col("text").cast(pl.Float64, strict=False) == 0).fill_null(False)


@dataclass(frozen=True)
class Resolved:
    """Rows of which each key is there once, and by day how many rows had to give way."""

    rows: pl.DataFrame
    superseded: Mapping[date, int]


def resolve(contract: Contract, deliveries: Sequence[Parsed]) -> Resolved:
    """Choose among rows of one key: the latest correction wins, then the delivery that reaches furthest.

    A portal or weather office sends its whole history anew each time; the delivery with the latest day in
    it is the newest, whatever its name (real names end in a hash). Within one delivery the last row wins,
    or, where the contract says `combine: sum`, the rows are parts of one figure and are added up: card
    readers deliver a station as 455 and 3,140 boardings when 3,595 people entered.
    """
    ranked = sorted(deliveries, key=lambda p: (p.day_max or date.min, p.name))
    rows = pl.concat(
        [p.rows.with_columns(_rank=pl.lit(rank, pl.Int32)) for rank, p in enumerate(ranked)]
        or [pl.DataFrame(schema={**contract.schema, "_sha256": pl.String, "_line": pl.Int64, "_rank": pl.Int32})]
    )
    read = dict(rows.group_by(DAY).len().iter_rows())
    correction = contract.correction_column
    order = [*([correction] if correction else []), "_rank"]
    rows = rows.sort([*order, "_line"], maintain_order=True, nulls_last=False)
    keys = list(contract.key)
    incomplete = rows.filter(pl.any_horizontal(pl.col(keys).is_null()))  # a rule holds them back one by one
    rows = rows.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
    newest = [pl.col(name).last().over(keys).alias(f"_newest_{name}") for name in order]
    rows = rows.with_columns(newest).filter(*[pl.col(name).eq_missing(pl.col(f"_newest_{name}")) for name in order])
    sums = [c.name for c in contract.columns if c.spec.combine == "sum"]
    others = [n for n in [*contract.schema.names(), "_sha256", "_line"] if n not in {*keys, *sums}]
    chosen = rows.group_by(keys, maintain_order=True).agg(
        *[pl.when(pl.col(n).is_not_null().any()).then(pl.col(n).sum()).alias(n) for n in sums],
        *[pl.col(n).last() for n in others],
    )
    wanted = [*contract.schema.names(), "_sha256", "_line"]
    chosen = pl.concat([chosen.select(wanted), incomplete.select(wanted)])
    left = dict(chosen.group_by(DAY).len().iter_rows())
    return Resolved(chosen, {day: n - left.get(day, 0) for day, n in read.items()})


def window(parsed: Parsed, days: Sequence[date]) -> Parsed:
    """The delivery's rows of these days only."""
    wanted = pl.col(DAY).is_in(list(days))
    return replace(parsed, rows=parsed.rows.filter(wanted), cells=parsed.cells.filter(wanted))
