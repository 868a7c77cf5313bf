"""Rows of the world -> rows that one feed can have: all its columns, in its ranges, words and forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from quality.contract.columns import DAY, Column
from quality.contract.model import Contract
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.fields import Field
from simulator.deliver.matching import text_matching
from simulator.deliver.numbers import Scale
from simulator.deliver.words import Words

_BETWEEN, _IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
_FORM, _PAIR = "expect_column_values_to_match_regex", "expect_column_pair_values_a_to_be_greater_than_b"
_MOST = 1000.0  # of a number of which nothing says how large it is
_MOST_OF = {"index": 200.0, "%": 100.0, "degC": 40.0}  # where a contract allows more than is seen on a usual day
_NO_FIELD = Field()
_INSTANTS = ("time_utc",)  # by which the two hours of a change of clocks are told apart


@dataclass(frozen=True)
class ColumnLimits:
    """What the rules of a contract want of one column."""

    least: float | None = None
    most: float | None = None
    known: tuple[str, ...] = ()
    form: str | None = None


def limits_of(contract: Contract, column: str) -> ColumnLimits:
    """What the rules about single rows say of a column; the narrowest of each."""
    least, most, known, form = None, None, (), None
    for rule in contract.rules:
        kwargs = rule.kwargs
        if rule.scope != "row" or kwargs.get("column") != column:
            continue
        if rule.expectation == _BETWEEN:
            low, high = kwargs.get("min_value"), kwargs.get("max_value")
            if low is not None:
                low += abs(low or 1) * 1e-6 if kwargs.get("strict_min") else 0
                least = low if least is None else max(least, low)
            if high is not None:
                high -= abs(high or 1) * 1e-6 if kwargs.get("strict_max") else 0
                most = high if most is None else min(most, high)
        elif rule.expectation == _IN_SET:
            known = tuple(map(str, kwargs["value_set"]))
        elif rule.expectation == _FORM:
            form = str(kwargs["regex"])
    return ColumnLimits(least, most, known, form)


Chance = Callable[[str], np.random.Generator]  # of one column


def fitted(
    contract: Contract, frame: pl.DataFrame, sources: Mapping[str, str], fields: Mapping[str, Field], chance: Chance
) -> pl.DataFrame:
    """The rows as this feed can have them: all delivered columns with the values that will be read from it.

    Columns of the frame that the contract does not have are left out. Rows whose key cannot be delivered are, too.
    Raises CannotDeliverError where no row is left.
    """
    held = {DAY} if contract.reference_since is not None else set[str]()  # the day of a register is its contract's
    columns = [column for column in contract.delivered if column.spec.sources and column.name not in held]
    for column in columns:
        limits = limits_of(contract, column.name)
        if column.name not in frame.columns:
            made = _beside(contract, column, frame, chance)
            frame = frame.with_columns(_made(column, frame, limits, chance) if made is None else made)
        field = fields.get(sources[column.name], _NO_FIELD)
        values = frame[column.name].cast(column.dtype)
        if column.required or column.key:
            values = _filled(values, column, limits, chance)
        if column.type == "string":
            values = fitting_words(column, values, limits, field)
        elif column.type in ("number", "integer"):
            values = _fitting_numbers(column, values, limits, field)
        frame = frame.with_columns(values)
    frame = _in_order(contract, frame)
    frame = frame.select(name for name in (*(c.name for c in columns), *_INSTANTS) if name in frame.columns)
    frame = frame.drop_nulls([column.name for column in columns if column.key or column.required])
    key = [name for name in contract.key if name in frame.columns]
    frame = frame.unique(key, maintain_order=True) if key else frame
    if frame.is_empty():
        raise CannotDeliverError("no row of the simulated city has a key that its contract and layout allow")
    return frame


def _beside(contract: Contract, column: Column, frame: pl.DataFrame, chance: Chance) -> pl.Series | None:
    """A column that the world does not have, of numbers that have to do with one that it has: a part of
    these, or more, where they may not be above (or below) them; about the same where they are called alike, as the
    temperature of the ground is. None where there is no such column."""
    for rule in contract.rules:
        above, below = str(rule.kwargs.get("column_A")), str(rule.kwargs.get("column_B"))
        other = {below: above, above: below}.get(column.name)
        if rule.scope != "row" or rule.expectation != _PAIR or other not in frame.columns:
            continue
        if column.type in ("number", "integer") and frame.schema[other].is_numeric():
            low, high = (0.4, 0.95) if column.name == below else (1.05, 1.6)
            share = chance(column.name).uniform(low, high, frame.height)
            return (frame[other] * pl.Series(share)).round(0 if column.type == "integer" else 2).alias(column.name)
    alike = [
        other.name
        for other in contract.columns
        if other.name in frame.columns
        and column.name.endswith(f"_{other.name}")
        and other.spec.unit == column.spec.unit
    ]
    if alike and column.type == "number":
        near = frame[max(alike, key=len)]
        return (
            (near + pl.Series(chance(column.name).normal(0, 0.02, frame.height)) * near.abs())
            .round(2)
            .alias(column.name)
        )
    return None


def _made(column: Column, frame: pl.DataFrame, limits: ColumnLimits, chance: Chance) -> pl.Series:
    """A column that the world does not have, by its type."""
    height, name = frame.height, column.name
    if column.type in ("number", "integer"):
        low = 0.0 if limits.least is None else float(limits.least)
        high = low + _MOST if limits.most is None else float(limits.most)
        high = min(high, low + _MOST_OF.get(column.spec.unit or "", high - low))
        middle = np.clip([0.25, 0.75], 0, 1) * (high - low) + low
        drawn = chance(name).uniform(middle[0], middle[1], height)
        numbers = pl.Series(name, drawn).round(0 if column.type == "integer" or high - low >= 100 else 2)
        return numbers.cast(column.dtype)
    if column.type == "boolean":
        return pl.repeat(value=True, n=height, eager=True).alias(name)
    if column.type in ("date", "timestamp"):
        beside = next((other for other in ("time", DAY) if other in frame.columns), None)
        moment = pl.repeat(None, height, dtype=column.dtype, eager=True) if beside is None else frame[beside]
        return moment.cast(column.dtype).alias(name)
    if column.type == "string":
        known = [word for word in column.spec.values.values() if word] or [name.replace("_", " ")]
        return pl.repeat((limits.known or known)[0], height, dtype=pl.String, eager=True).alias(name)
    return pl.repeat(None, height, dtype=column.dtype, eager=True).alias(name)


def _filled(values: pl.Series, column: Column, limits: ColumnLimits, chance: Chance) -> pl.Series:
    if not values.null_count():
        return values
    other = _made(column, values.to_frame(), limits, chance).cast(values.dtype)
    return values.to_frame("is").select(pl.coalesce("is", other)).to_series().alias(column.name)


def fitting_words(column: Column, values: pl.Series, limits: ColumnLimits, field: Field) -> pl.Series:
    """Texts as they are where they can be delivered, others in their place where not; null where there is none.

    Different texts of a key stay different.
    """
    words = Words(column)

    def good(stored: str | None) -> bool:
        if stored is None or (limits.known and stored not in limits.known):
            return False
        text = words.delivered(stored)
        form = limits.form is None or re.search(limits.form, stored) is not None
        return text is not None and form and field.allows(text)

    different = values.drop_nulls().unique(maintain_order=True).to_list()
    found = {stored: stored for stored in different if good(stored)}
    pool = _pool(words, limits, field)
    used, others = set(found), list[str]()
    for stored in different:
        if stored in found:
            continue
        own = _without_marks(stored)
        other = own if own not in used and good(own) else next((t for t in pool if t not in used and good(t)), None)
        if other is not None:
            used.add(other)
            others.append(other)
            found[stored] = other
        elif not column.key and (used or others):
            choices = others or sorted(used)
            found[stored] = choices[len(found) % len(choices)]
    mapped: dict[str, Any] = {stored: found.get(stored) for stored in different}
    return values.replace_strict(mapped, default=None, return_dtype=pl.String) if mapped else values


def _pool(words: Words, limits: ColumnLimits, field: Field) -> Iterator[str | None]:
    """Texts that may do, one after the other."""
    yield from limits.known
    for number in range(_LOOKED):
        text = field.text(number)
        if text is None:
            break
        yield words.read(text)
    yield from words.column.spec.values.values()
    for number in range(_LOOKED) if limits.form is not None else ():
        text = text_matching(limits.form or "", number, whole=False)
        if text is None:
            break
        yield text
    for number in range(1, _LOOKED):
        yield f"{words.column.name} {number}"
    for number in range(1, _LOOKED):
        yield f"{number}"


def _without_marks(text: str) -> str:
    """The letters of a text as ASCII has them: Ha Noi for Hà Nội."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().strip()


_LOOKED = 5_000


def _fitting_numbers(column: Column, values: pl.Series, limits: ColumnLimits, field: Field) -> pl.Series:
    digits = 8 if field.longest is None else field.longest - 2
    scale = Scale(column, digits)
    inside = values.clip(limits.least, limits.most) if limits.least is not None or limits.most is not None else values
    different = inside.drop_nulls().unique().to_list()
    written = {value: scale.written(value) for value in different}
    stored = {value: None if one is None else one.stored for value, one in written.items()}
    return inside.replace_strict(stored, default=None, return_dtype=values.dtype) if stored else inside


def _in_order(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Where one column may not be below another, the greater of both stands there."""
    for rule in contract.rules:
        above, below = str(rule.kwargs.get("column_A")), str(rule.kwargs.get("column_B"))
        if rule.scope == "row" and rule.expectation == _PAIR and {above, below} <= set(frame.columns):
            frame = frame.with_columns(pl.when(pl.col(above) < pl.col(below)).then(below).otherwise(above).alias(above))
    return frame
