"""Rows of text -> typed rows of a contract: names, types, days, and what could not be read.

Nothing here decides whether data is fit. Nothing is dropped silently: every row of a delivery becomes a row with a day
or an undated one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from assets.failures import PermanentFailure
from assets.ingest import cast_times
from assets.ingest.cast import FirstLook, Reading, cast_columns, first_look, reading_of
from assets.ingest.cast_units import in_stored_units, need_units, no_other_units, unit_texts
from assets.ingest.computed import with_computed
from assets.ingest.far_times import without_far_times
from assets.ingest.late_hours import LATE_HOUR, without_late_hours
from assets.ingest.spreadsheet import WrongTexts, with_numbers, without_errors, wrong_texts
from assets.readers.rows import RawRows, remarks
from quality.contract.columns import DAY
from quality.contract.generated_rules import READABLE_VALUES
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from quality.row_rules import no_values

LINE_HASH = "_hash"  # of a whole delivered line
NO_DAY = "day"  # code of a row without a day that can be read
UNDATED_SCHEMA = {
    "code": pl.String,
    "reason": pl.String,
    "row": pl.String,
    "_sha256": pl.String,
    "_line": pl.Int64,
}


@dataclass(frozen=True)
class ParsedFrames:
    """One delivery under its contract, in memory. len(rows) + len(undated) is the number of rows that it holds."""

    rows: pl.DataFrame  # contract columns + _sha256, _line; with `combine` LINE_HASH
    cells: pl.DataFrame  # values that could not be read as their type: day, rule, column, value, origin
    undated: pl.DataFrame  # rows without a readable day or with the wrong number of fields (UNDATED_SCHEMA)
    blank_rows: int
    guesses: tuple[str, ...] = ()  # what was decided from the bytes and the cells, one sentence each
    units: tuple[str, ...] = ()  # what was converted, such as "pm25: mg/m3 -> ug/m3"
    cells_normalised: int = 0  # texts that were changed by Unicode NFC, white space or signs of no width


def parse(
    contract: Contract,
    where: str,
    sha256: str,
    members: Sequence[RawRows],
    as_text: Callable[[], Sequence[RawRows]] | None = None,
) -> ParsedFrames:
    """Type the rows of one delivery. `where` names it in messages. `as_text` gives the members once more, none of
    their numbers read at once: it is asked where the texts are needed to tell what a comma or a point means.

    Raises PermanentFailure when it does not fit the contract as a whole.
    """
    need_units(contract, members, where)
    no_other_units(contract, members, where)
    parts = _looked_at(contract, members)
    reading = _reading(contract, parts)
    if as_text is not None and reading.marked and any(raw.plain is not None for raw in members):
        parts = _looked_at(contract, as_text())
        reading = _reading(contract, parts)
    typed = [_typed_rows(contract, sha256, part, reading) for part in parts]
    told = remarks(members, {s for c in contract.columns for s in c.spec.sources}, private=contract.private)
    parsed = ParsedFrames(
        rows=pl.concat([part[0] for part in typed], rechunk=True),  # else each later step does it
        cells=pl.concat([part[1] for part in typed]),
        undated=pl.concat([*(part[2] for part in typed), *(_rejected(sha256, raw) for raw in members)]),
        blank_rows=sum(raw.blank_rows for raw in members),
        guesses=(
            *dict.fromkeys(guess for raw in members for guess in raw.guesses),
            *told,
            *reading.guesses,
            *dict.fromkeys(said for part in typed for said in part[3]),
        ),
        units=tuple(dict.fromkeys(said for part in typed for said in part[4])),
        cells_normalised=sum(part.looked.changed for part in parts),
    )
    if parsed.rows.is_empty():
        if parsed.undated.is_empty():
            what = "; ".join(["it has a header and no row", *told])
            raise PermanentFailure("FILE-NO-ROWS", what, where, "ask the sender for the data")
        day = contract.column(contract.column(DAY).spec.of or DAY)
        raise PermanentFailure(
            "FILE-NO-DAY",
            OwnWords(
                f"none of its {parsed.undated.height} rows has a day that can be read as "
                f"{list(cast_times.formats_of(day).formats)}"
            ),
            where,
            OwnWords(f"check column {list(day.spec.sources)}, or add the format to the contract of {contract.name}"),
        )
    return parsed


@dataclass(frozen=True)
class _Part:
    """Rows of a delivery under the contract's names, as they came and after a first look."""

    frame: pl.DataFrame
    looked: FirstLook
    typed: bool
    separator: str | None
    wrong: tuple[WrongTexts, ...]  # errors of a spreadsheet and what its formats show otherwise: no texts
    hashes: list[pl.Series]  # LINE_HASH, where lines are added up


def _looked_at(contract: Contract, members: Sequence[RawRows]) -> list[_Part]:
    """The plain rows and the others of each member."""
    parts = []
    for raw in members:
        for frame in (raw.plain, raw.frame):
            if frame is not None:
                renamed = with_numbers(contract, _renamed(contract, frame, raw.member), raw)
                wrong = wrong_texts(contract, raw)
                looked, hashes = first_look(contract, renamed), _hashes(contract, frame)
                parts.append(_Part(renamed, looked, raw.typed, raw.separator, wrong, hashes))
    return parts


def _reading(contract: Contract, parts: Sequence[_Part]) -> Reading:
    typed, semicolons = any(part.typed for part in parts), any(part.separator == ";" for part in parts)
    return reading_of(contract, [part.looked for part in parts], typed=typed, semicolons=semicolons)


def _rejected(sha256: str, raw: RawRows) -> pl.DataFrame:
    """Rows that the reader could not read, as undated ones."""
    return raw.rejects.select(
        "code",
        "reason",
        pl.col("text").alias("row"),
        pl.lit(sha256).alias("_sha256"),
        pl.col("line").cast(pl.Int64).alias("_line"),
    )


def _typed_rows(
    contract: Contract, sha256: str, part: _Part, reading: Reading
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, list[str], list[str]]:
    """Rows with a day, cells that could not be read, rows without a day, and sentences about what was decided and
    converted."""
    frame = part.frame
    typed, unreadable = cast_columns(contract, part.looked, reading)
    typed = with_computed(contract, typed, unreadable)
    typed, late, late_hours = without_late_hours(contract, typed, frame)
    typed, errors = without_errors(typed, frame, part.wrong)
    typed, far, sentences = without_far_times(contract, typed, frame)
    typed = _null_uninstalled_zeros(contract, typed)
    in_units = in_stored_units(contract, typed, frame)
    typed = in_units.rows
    typed = typed.with_columns(pl.lit(sha256).alias("_sha256"), frame["_line"].cast(pl.Int64), *part.hashes)
    origin = typed.select(DAY, "_sha256", "_line")
    cells = [no_values()]
    for name, at, texts in [*unreadable, *errors, *far, *in_units.unreadable]:
        of_clocks = cast_times.clock_rules(contract.column(name), texts)
        rules = pl.lit(READABLE_VALUES) if of_clocks is None else of_clocks.fill_null(READABLE_VALUES)
        values = origin[at].with_columns(
            pl.lit(f"{contract.prefix}-").add(rules).alias("rule"),
            pl.lit(name).alias("column"),
            texts.alias("value"),
        )
        cells.append(values.filter(pl.col(DAY).is_not_null()).select(cells[0].columns))
    lost = frame.with_columns(late.alias("_late"))
    lost = lost.filter(typed[DAY].is_null()) if typed[DAY].null_count() else lost.clear()
    undated = lost.drop("_late").select(
        pl.when(lost["_late"]).then(pl.lit(LATE_HOUR)).otherwise(pl.lit(NO_DAY)).alias("code"),
        pl.when(lost["_late"])
        .then(pl.lit("no interval begins at 24:00"))
        .otherwise(pl.lit("no day that can be read"))
        .alias("reason"),
        pl.struct(pl.exclude("_line")).struct.json_encode().alias("row"),
        pl.lit(sha256).alias("_sha256"),
        pl.col("_line").cast(pl.Int64),
    )
    rows = typed.filter(pl.col(DAY).is_not_null()) if lost.height else typed
    return rows, pl.concat(cells), undated, [*late_hours, *sentences, *in_units.doubts], in_units.units


def _hashes(contract: Contract, frame: pl.DataFrame) -> list[pl.Series]:
    """A hash of each line as it was delivered, with all its columns, where rows of one key are added up: two gates with
    equal counts are two lines, one line that came twice is one. A number is the same as text and as it was read.
    """
    if all(column.spec.combine is None for column in contract.columns):
        return []
    names = sorted(name for name in frame.columns if name != "_line")
    texts = [pl.col(name).cast(pl.String).str.strip_chars().str.strip_suffix(".0") for name in names]
    return [frame.select(pl.struct(texts).hash().alias(LINE_HASH)).to_series()]


def _renamed(contract: Contract, frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """One text column per contract column, under the contract's names; several may share a source."""
    delivered = frame.columns
    columns: list[pl.Expr] = [pl.col("_line")]
    for column in contract.delivered:
        if column.name == DAY and contract.reference_since is not None:
            columns.append(pl.lit(contract.reference_since.isoformat()).alias(DAY))
            continue
        present = [source for source in column.spec.sources if source in delivered]
        if len(present) > 1:
            raise PermanentFailure(
                "FILE-COLUMNS",
                OwnWords(f"{present} are both there and both mean {column.name}"),
                where,
                OwnWords(f"name only one of them in the contract of {contract.name}, or ask the sender which is right"),
            )
        inside = [name for source in column.spec.sources for name in delivered if name.startswith(f"{source}.")]
        inside = [name for name in inside if name not in column.spec.unit_names]
        if not present and inside and column.spec.optional:
            raise PermanentFailure(
                "FILE-COLUMNS",
                f"column {column.name} is an object here and no value: it has {_short(inside)}",
                where,
                f"name the member that is meant, such as {inside[0]!r}, in the contract of {contract.name}",
            )
        if not present and not column.spec.optional:
            hint = (
                "if the sender renamed it, add the new name to `from` (in an ODCS document `sources`) in the contract "
                f"of {contract.name}"
            )
            raise PermanentFailure(
                "FILE-COLUMNS",
                OwnWords(f"column {column.name} is missing: none of {list(column.spec.sources)} is among its columns"),
                where,
                OwnWords(hint),
            ).quoting(f" {_short(delivered)}")
        columns.append((pl.col(present[0]) if present else pl.lit(None, pl.String)).alias(column.name))
        if column.spec.unit_from:
            columns.append(unit_texts(column, delivered))
    return frame.select(columns)


def _short(names: Sequence[str]) -> str:
    names = [n for n in names if not n.startswith("_")]
    return f"{names[:30]}" + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def _null_uninstalled_zeros(contract: Contract, typed: pl.DataFrame) -> pl.DataFrame:
    """Zero in two columns at once means that the instrument is not installed: 0 C alone is a winter's day."""
    for column in contract.columns:
        other = column.spec.zero_is_missing_with
        if other is not None:
            both = (pl.col(column.name) == 0) & (pl.col(other).is_null() | (pl.col(other) == 0))
            typed = typed.with_columns(pl.when(~both.fill_null(False)).then(pl.col(column.name)).alias(column.name))
    return typed
