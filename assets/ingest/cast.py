"""Texts of a delivery -> values of a contract's columns: numbers, times, sentinels, and what could not be read.

Each cell becomes its exact value, or null and a note of what it held. What a text means where it may mean two things
(1,234, or 01/02/2026) is decided once for all cells of a column.

Plain numbers and times, nearly all of them, are read at once; cleaning and the other formats are tried only where that
gave nothing: two thirds of the time that parsing took went into cleaning what is clean.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from assets.ingest import cast_numbers, cast_times, marks
from quality.contract.columns import DAY, Column
from quality.contract.model import Contract
from quality.text import different_texts, normalised_column

# An id that a spreadsheet took for a number: 110112000345 became 1.10112E+11, and so did its neighbours.
# A code such as 12E5 has neither a sign nor a decimal mark.
_DIGIT, _E, _SIGN = "[0-9０-９]", " ?[eEｅＥ] ?", "[-+−＋－]"
_POWER = rf" ?[×xX*·⋅] ?[1１][0０](?: ?[\^＾] ?{_SIGN}?{_DIGIT}+|[⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_DAMAGED_ID = "|".join(
    (
        f"^{_SIGN}?{_DIGIT}+[.,．，]{_DIGIT}*{_E}{_SIGN}?{_DIGIT}+$",
        f"^{_SIGN}?{_DIGIT}+{_E}[+＋]{_DIGIT}+$",
        f"^{_SIGN}{_DIGIT}+{_E}{_DIGIT}+$",
        f"^{_SIGN}?{_DIGIT}+(?:[.,．，]{_DIGIT}+)?{_POWER}$",
    )
)
_MANY, _FEW = 1_000, 0.2  # texts of which so many are different are read once each
_NOWHERE = pl.Series([], dtype=pl.get_index_type())  # positions
_LOST_SIGN = "\ufffd"  # stands for bytes that were no text when the sender's program read them


@dataclass(frozen=True)
class Reading:
    """How the columns of one delivery are read, by their names; `guesses` says in sentences what was decided from
    the cells and is not declared."""

    marks: Mapping[str, marks.Marks] = field(default_factory=dict)
    formats: Mapping[str, cast_times.Formats] = field(default_factory=dict)
    guesses: tuple[str, ...] = ()
    dates: frozenset[str] = frozenset({DAY})  # columns that say the day of a row

    @property
    def marked(self) -> bool:
        """Whether a number may be another one than it seems when it is read at once, so that its text is needed."""
        return any(found.decimal == "comma" or found.groups or found.doubt for found in self.marks.values())


@dataclass(frozen=True)
class FirstLook:
    """The texts of some rows of a delivery, one column per contract column, after the first look.

    `plain`: what could be read as it is written; null where it could not, in columns that are read so. Columns of
    numbers may have come as numbers. `texts` of type string are normalised; `changed` is the number of those cells
    that are not as they were delivered. `different`: the texts of a column of type string, as few times as is cheap.
    """

    texts: pl.DataFrame
    plain: pl.DataFrame
    changed: int
    different: Mapping[str, pl.Series]


def numbers(contract: Contract) -> frozenset[str]:
    """Source columns whose texts may be read as numbers at once, as nothing else is made of them."""
    columns = contract.delivered
    simple = {s for c in columns if c.type == "number" and _fast_castable(c) for s in c.spec.sources}
    as_texts = {s for c in columns if c.type != "number" or not _fast_castable(c) for s in c.spec.sources}
    as_texts |= {name for c in columns for name in c.spec.unit_names}
    return frozenset(simple - as_texts)


def first_look(contract: Contract, frame: pl.DataFrame) -> FirstLook:
    """Reads what is plain, and normalises the texts of string columns."""
    changed, clean, different = 0, list[pl.Series](), dict[str, pl.Series]()
    for column in contract.delivered:
        if column.type == "string":
            source = frame[column.name].cast(pl.String)
            different[column.name] = different_texts(source)
            texts, count = normalised_column(source, different[column.name])
            if count or frame.schema[column.name] != pl.String:
                clean.append(texts)
            if count:
                different[column.name] = different_texts(texts)
            changed += count
    frame = frame.with_columns(clean) if clean else frame
    return FirstLook(frame, _fast_cast(contract, frame), changed, different)


def reading_of(contract: Contract, parts: Sequence[FirstLook], *, typed: bool, semicolons: bool = False) -> Reading:
    """How the columns of a delivery are read. `parts` are all of it; `typed`: its source has numbers of its own
    (JSON, XLSX), in which a point never groups digits; `semicolons`: they stand between the fields of its file."""
    reading, formats = dict[str, marks.Marks](), dict[str, cast_times.Formats]()
    guesses: list[str | None] = []
    for column in contract.delivered:
        if column.type in ("number", "integer"):
            reading[column.name], sentence = _marks(column, parts, typed=typed)
        elif column.type in ("date", "timestamp") and cast_times.alike(column):
            formats[column.name], sentence = cast_times.decide_formats(column, _all_texts(column, parts))
        else:
            sentence = None
        guesses += [sentence, cast_times.two_digit_years(column)]
    commas = any(found.decimal == "comma" for found in reading.values())
    if not typed and (commas or semicolons):
        beside = [c for c in contract.delivered if reading.get(c.name) is marks.PLAIN and c.spec.decimal is None]
        doubts, sentences = marks.doubts_beside({c.name: (c, _all_texts(c, parts)) for c in beside}, commas=commas)
        reading |= doubts
        guesses += sentences
    return Reading(reading, formats, tuple(guess for guess in guesses if guess is not None), _dates(contract))


def cast_columns(
    contract: Contract, part: FirstLook, reading: Reading
) -> tuple[pl.DataFrame, list[tuple[str, pl.Series, pl.Series]]]:
    """Each column as its type; and by name, the positions and texts of cells that hold something that is no value."""
    columns, unreadable = [], []
    for column in contract.delivered:
        values, at, texts = _cast(column, part, reading)
        columns.append(values)
        if len(at) and column.type != "array" and column.name != DAY:
            unreadable.append((column.name, at, texts))
    return pl.DataFrame(columns), unreadable


def _cast(column: Column, part: FirstLook, reading: Reading) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The values of a column, and the positions and texts of the cells that are unreadable."""
    source = part.texts[column.name]
    if _as_delivered(column, part.different.get(column.name)):
        return source, _NOWHERE, source.clear()
    found = reading.marks.get(column.name, marks.PLAIN)
    if column.name not in part.plain.columns or found.decimal == "comma" or found.doubt:
        texts = clean_texts(column, source)
        values, lost = _slow(column, texts, reading)
        return values, lost.arg_true(), texts.filter(lost)
    values = part.plain[column.name]
    at = (values.is_null() & source.is_not_null()).arg_true() if values.null_count() else _NOWHERE
    if source.dtype == pl.Float64 and len(at):  # sentinels were numbers; what is not exact is read again
        at = at.filter(cast_numbers.not_exact(source.gather(at)))
    if at.is_empty():
        return values, at, source.clear()
    texts = clean_texts(column, source.gather(at))
    slow, lost = _slow(column, texts, reading)
    values = values.scatter(at, slow) if slow.null_count() < slow.len() else values
    return values, at.filter(lost), texts.filter(lost)


def _as_delivered(column: Column, different: pl.Series | None) -> bool:
    """Whether each normalised text of a column stands for itself."""
    if different is None or column.spec.remove is not None or column.spec.values:
        return False
    return not (different.is_in(["", *column.spec.sentinels]).any() or _damaged(column, different).any())


def _damaged(column: Column, texts: pl.Series) -> pl.Series:
    """Where an id was taken for a number, or its key lost a sign."""
    return texts.str.contains(f"{_DAMAGED_ID}|{_LOST_SIGN}" if column.key else _DAMAGED_ID)


def _dates(contract: Contract) -> frozenset[str]:
    day = next((c for c in contract.columns if c.name == DAY), None)
    return frozenset({DAY} if day is None or day.spec.of is None else {day.spec.of})


def _slow(column: Column, texts: pl.Series, reading: Reading) -> tuple[pl.Series, pl.Series]:
    """Values of clean texts, and where one holds something that is no value."""
    if column.type in ("number", "integer"):
        return cast_numbers.read_numbers(column, texts, reading.marks.get(column.name, marks.PLAIN))
    if column.type in ("date", "timestamp"):
        formats = reading.formats.get(column.name) or cast_times.formats_of(column)
        values = cast_times.read_moments(column, texts, formats, any_year=column.name in reading.dates)
    elif column.type == "boolean":
        values = texts.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    else:
        damaged = _damaged(column, texts)
        values = texts.set(damaged, None) if damaged.any() else texts
    values = values.cast(column.dtype)
    return values, values.is_null() & texts.is_not_null()


def _marks(column: Column, parts: Sequence[FirstLook], *, typed: bool) -> tuple[marks.Marks, str | None]:
    declared = marks.declared(column, typed=typed)
    if declared is not None:
        return declared, None
    # what came as numbers was read before anybody looked for marks
    left = [_left(column, part) for part in parts if part.texts.schema[column.name] == pl.String]
    if not any(marks.has_marks(texts, column) for texts in left):
        return marks.PLAIN, None
    return marks.decide_marks(column, _all_texts(column, parts), typed=typed)


def _left(column: Column, part: FirstLook) -> pl.Series:
    """The texts of a column that the first look could not read."""
    source = part.texts[column.name]
    if column.name in part.plain.columns:  # nearly none are left, and to write numbers as texts takes long
        plain = part.plain[column.name]
        source = source.filter(plain.is_null()) if plain.null_count() else source.clear()
    return source.cast(pl.String)


def _all_texts(column: Column, parts: Sequence[FirstLook]) -> pl.Series:
    return pl.concat([clean_texts(column, part.texts[column.name]) for part in parts])


def _fast_cast(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that can be cast as they are written; null where a value needs the slow path."""
    simple = [column for column in contract.delivered if _fast_castable(column)]
    numbers = [column for column in simple if column.type in ("number", "integer")]
    values = frame.select(cast_numbers.fast_number(column) for column in numbers)
    times = [_fast_times(column, frame[column.name]) for column in simple if column.type in ("date", "timestamp")]
    values = values.hstack(times) if numbers else pl.DataFrame(times)
    unclear = values.select(cast_numbers.needs_slow_path(c).any().alias(c.name) for c in numbers) if numbers else values
    cleared = [
        pl.when(~cast_numbers.needs_slow_path(column)).then(pl.col(column.name)).alias(column.name)
        for column in numbers
        if unclear[column.name].any()
    ]
    values = values.with_columns(cleared)
    for column in numbers:
        small = cast_numbers.may_be_too_small(frame[column.name], values[column.name])
        if small is not None:
            values = values.with_columns(values[column.name].scatter(small, None))
    return values


def _fast_castable(column: Column) -> bool:
    spec = column.spec
    if spec.remove is not None or spec.values:
        return False
    if column.type == "number":
        return not column.key and spec.decimal != "comma"
    return column.type == "integer" or (
        column.type in ("date", "timestamp") and not spec.sentinels and not cast_times.alike(column)
    )


def _fast_times(column: Column, texts: pl.Series) -> pl.Series:
    """A time is written many times over, and reading it takes ten times as long as finding it among others."""
    different = texts.unique().drop_nulls() if texts.dtype == pl.String and texts.len() >= _MANY else None
    if different is None or different.len() > texts.len() * _FEW:
        return cast_times.first_format(column, texts)
    values = cast_times.first_format(column, different)
    return values.gather(texts.cast(pl.Enum(different)).to_physical())


def clean_texts(column: Column, source: pl.Series) -> pl.Series:
    """Clean texts, null where one means "missing", and in the spelling of the contract."""
    name = pl.col(column.name)
    texts = source.cast(pl.String).alias(column.name)
    if column.type != "string":
        texts, _ = normalised_column(texts)
    text = name
    if column.spec.remove is not None:
        text = text.str.replace_all(column.spec.remove, "").str.strip_chars()
    absent = functools.reduce(operator.or_, [text == value for value in ("", *column.spec.sentinels)])
    text = pl.when(~absent).then(text)
    text = text.replace(dict(column.spec.values)) if column.spec.values else text
    return texts.to_frame().select(text.alias(column.name)).to_series()
