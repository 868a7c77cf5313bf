"""Numbers in the unit in which they are delivered -> numbers in the unit in which their column is stored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import RawRows
from quality.contract.columns import Column
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from quality.units.conversion import Conversion, UnitError, known_units
from quality.units.headers import speaks_against

_WHOLE = 2**53  # whole numbers up to here are exact in a Float64
_DIGITS, _DECIMALS = 15, 10  # of a product, and of a temperature, that are sure
_LEAST, _MOST = 1e-7, 1e15  # between these, rounding to _DIGITS gives the nearest Float64
_NEARLY = 1e-12  # of a logarithm
_MOST_DEGREES = 1e5
_WHOLE_OF_CELLS = pl.Int128()


@dataclass(frozen=True)
class Converted:
    """Typed rows in the units in which they are stored.

    `unreadable`: by column, where a value could not be converted, and its text with its unit. `units`: what was
    converted, one text for each column and unit. `doubts`: units that are known and do not fit, a sentence each.
    """

    rows: pl.DataFrame
    unreadable: list[tuple[str, pl.Series, pl.Series]]
    units: list[str]
    doubts: list[str]


def need_units(contract: Contract, members: Sequence[RawRows], where: str) -> None:
    """Raises PermanentFailure where rows are to say their unit and no part of the delivery has a column for it."""
    delivered = {name for raw in members for name in raw.frame.columns}
    for column in contract.delivered:
        names = column.spec.unit_names
        if not names or column.spec.delivered_unit is not None or delivered.isdisjoint(column.spec.sources):
            continue
        if delivered.isdisjoint(names):
            raise PermanentFailure(
                "FILE-COLUMNS",
                OwnWords(f"there is no column {' or '.join(names)}, in which rows say the unit of {column.name}"),
                where,
                OwnWords(f"correct `unit_from` in the contract of {contract.name}, or say the unit of all rows there"),
            )


def no_other_units(contract: Contract, members: Sequence[RawRows], where: str) -> None:
    """Raises PermanentFailure where a row of units has another one than that in which the contract reads a column."""
    said = {name: unit for raw in members for name, unit in raw.units}
    for column in contract.delivered:
        meant = column.spec.delivered_unit or column.spec.unit
        if meant is None or column.spec.unit_from:
            continue
        for source in column.spec.sources:
            if source in said and speaks_against(said[source], meant):
                raise PermanentFailure(
                    "FILE-UNITS",
                    OwnWords(
                        f"its row of units has another one for {source!r} than {meant}, in which it would be read"
                    ),
                    where,
                    OwnWords(f"say the unit of {column.name} in the contract of {contract.name}, or ask the sender"),
                ).quoting(f": {said[source]!r}")


def unit_texts(column: Column, delivered: Sequence[str]) -> pl.Expr:
    """The texts that are the units of a column, row by row; null where these rows have none."""
    elsewhere = {f"{source}." for source in column.spec.sources if source not in delivered}
    names = [name for name in column.spec.unit_names if not any(name.startswith(source) for source in elsewhere)]
    found = next((name for name in names if name in delivered), None)
    texts = pl.lit(None, pl.String) if found is None else pl.col(found).cast(pl.String)
    return texts.alias(_unit_column(column))


def _unit_column(column: Column) -> str:
    return f"unit of {column.name}"


def in_stored_units(contract: Contract, typed: pl.DataFrame, delivered: pl.DataFrame) -> Converted:
    """The typed rows after conversion. `delivered` are their texts, with those of unit_texts where rows say their unit.

    A value whose row has no unit, or one that is not known or measures something else, is unreadable, and so is a
    whole number that would not be whole.
    """
    found = Converted(typed, [], [], [])
    changed: list[pl.Series] = []
    for column in contract.columns:
        if not column.converts:
            continue
        values = typed[column.name]
        units = _units_by_row(column, delivered) if column.spec.unit_from else None
        if units is None:
            assert column.spec.delivered_unit is not None
            ways = _Ways({column.spec.delivered_unit: column.spec.conversion_of(column.spec.delivered_unit)}, [])
            result = in_other_unit(values, ways.known[column.spec.delivered_unit])
        else:
            ways = _ways(column, units.filter(values.is_not_null()).drop_nulls().unique(maintain_order=True).to_list())
            result = _by_row(values, units, ways)
        found.units.extend(_said(column, ways))
        found.doubts.extend(ways.doubts)
        lost = (result.is_null() & values.is_not_null()).arg_true()
        if lost.len():
            found.unreadable.append((column.name, lost, _shown(column, delivered, units, lost)))
        changed.append(result)
    return Converted(typed.with_columns(changed), found.unreadable, found.units, found.doubts)


@dataclass(frozen=True)
class _Ways:
    """How values of each unit text are converted, and sentences about units that are known and do not fit."""

    known: dict[str, Conversion]
    doubts: list[str]


def _ways(column: Column, texts: list[str]) -> _Ways:
    known, doubts = dict[str, Conversion](), list[str]()
    for text in texts:
        try:
            known[text] = column.spec.conversion_of(text)
        except UnitError as error:
            if _is_known(text):  # what is no unit may be anything, and is shown with the value alone
                doubts.append(f"{column.name}: {error}")
    return _Ways(known, doubts)


def _is_known(text: str) -> bool:
    try:
        return bool(known_units(text))
    except UnitError:
        return False


def _units_by_row(column: Column, delivered: pl.DataFrame) -> pl.Series:
    texts = delivered[_unit_column(column)].cast(pl.String).str.strip_chars()
    return texts.to_frame("unit").select(
        pl.when(pl.col("unit") != "").then("unit").otherwise(pl.lit(column.spec.delivered_unit, pl.String))
    )["unit"]


def _by_row(values: pl.Series, units: pl.Series, ways: _Ways) -> pl.Series:
    """Each value by the unit of its row; null where there is no way."""
    by_way: dict[Conversion, list[str]] = {}
    for text, how in ways.known.items():
        by_way.setdefault(how, []).append(text)
    result = pl.select(pl.repeat(None, values.len(), dtype=values.dtype).alias(values.name)).to_series()
    for how, texts in by_way.items():
        at = units.is_in(texts).fill_null(value=False).arg_true()
        result = result.scatter(at, in_other_unit(values.gather(at), how))
    return result


def _said(column: Column, ways: _Ways) -> list[str]:
    """`pm25: mg/m3 -> ug/m3`, of units that are known, so that nothing that was delivered is repeated."""
    said = []
    for text, how in ways.known.items():
        if column.spec.unit_from or how.changes:
            label = known_units(text)[0].label if text != column.spec.unit else text
            gas = (
                column.spec.substance is not None
                and column.spec.gases_at is not None
                and how.factor.denominator > _WHOLE
            )
            said.append(f"{column.name}: {label} -> {column.spec.unit}{f' at {column.spec.gases_at}' if gas else ''}")
    return list(dict.fromkeys(said))


def _shown(column: Column, delivered: pl.DataFrame, units: pl.Series | None, at: pl.Series) -> pl.Series:
    """The texts of cells, with their units."""
    said = pl.lit(f" ({column.spec.delivered_unit})")
    frame = pl.DataFrame({"text": delivered[column.name].cast(pl.String).gather(at)})
    if units is not None:
        frame = frame.with_columns(units.gather(at).alias("unit"))
        said = pl.coalesce(pl.format(" (unit: {})", "unit"), pl.lit(" (no unit)"))
    return frame.select(pl.col("text") + said)["text"]


def in_other_unit(values: pl.Series, how: Conversion) -> pl.Series:
    """Numbers after conversion; null where it is no number: too large, too small, or no longer whole.

    A decimal number of up to 15 digits becomes the nearest Float64 of what it is in the other unit: 31 ppb are
    0.031 ppm and 0.57 m are 57 cm, where a product of two Float64 is 56.99999999999999.
    """
    if not how.changes:
        return values
    denominator = math.lcm(how.factor.denominator, how.offset.denominator)
    factor, offset = int(how.factor * denominator), int(how.offset * denominator)
    number = pl.col(values.name)
    if values.dtype.is_integer():
        product = number.cast(_WHOLE_OF_CELLS) * factor + offset
        whole = pl.when(product % denominator == 0).then(product // denominator)
        return values.to_frame().select(whole.cast(values.dtype, strict=False)).to_series()
    exact = max(abs(factor), abs(offset), denominator) <= _WHOLE
    if exact:
        product = number if factor == 1 else number * float(factor)
        product = product + float(offset) if offset else product
        product = product if denominator == 1 else product / float(denominator)
    else:
        product = number * float(how.factor) + float(how.offset)
    result = _rounded(values, product, decimals=bool(offset))
    if not offset:
        size = result.abs()
        nearly = (size.log10() - size.log10().round()).abs() < _NEARLY  # a power of ten, that may have a digit less
        odd = (nearly | (size < _LEAST) | (size > _MOST)) & (values != 0)
        result = _one_by_one(values, result, odd.fill_null(value=False).arg_true(), how)
    sure = result.is_finite() & ((result != 0) | (values == 0) | (offset != 0))
    number = pl.col(values.name)
    frame = pl.DataFrame({values.name: result, "sure": sure})
    without_minus_zero = pl.when(number == 0).then(0.0).otherwise(number)
    return frame.select(pl.when("sure").then(without_minus_zero).alias(values.name)).to_series()


def _rounded(values: pl.Series, product: pl.Expr, *, decimals: bool) -> pl.Series:
    """To what is sure: a sum of temperatures has so many decimals, a product so many digits."""
    if decimals:
        rounded = pl.when(product.abs() < _MOST_DEGREES).then(product.round(_DECIMALS)).otherwise(product)
    else:
        rounded = product.round_sig_figs(_DIGITS)
    return values.to_frame().select(rounded.alias(values.name)).to_series()


def _one_by_one(values: pl.Series, result: pl.Series, at: pl.Series, how: Conversion) -> pl.Series:
    """The few that Polars does not round as it should, each different one once."""
    if at.is_empty():
        return result
    those = values.gather(at)
    different = those.unique()
    exact = [how.of(number) for number in different]
    return result.scatter(at, those.replace_strict(different, exact, return_dtype=result.dtype))
