"""An index of several pollutants, by the table of the edition in force on each row's day: one interpolation for all.

Concentrations are counted in whole steps of a row's rounding, so that ends of bands and halves are exact: 0.0205 ppm
and 125.5 points leave no room for binary noise. A null, negative or non-finite concentration gives null: it is not a
measurement, and zero would read as clean air.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from assets.standards.choice import NOTHING_CHOSEN, StandardChoice
from assets.standards.concentrations import concentrations
from assets.standards.in_force import by_day
from assets.standards.standards import file_and_name, index_editions, readings_of_indices
from assets.standards.tables import IndexEdition, IndexRow, Rounding
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import what_to_write

INDEX = pl.Struct(
    {
        "value": pl.Float64,
        "pollutant": pl.String,  # that leads, such as pm25; null where none does
        "band": pl.String,  # its English name
        "edition": pl.String,  # such as cn.hj_633_2026
    }
)
# Far below any instrument's resolution, far above Float64 noise in a mean of hourly values.
_NOISE = 1e-6
_MOST_STEPS = 1e12  # larger ones are none of air; and products of them still fit


class Read(NamedTuple):
    """A concentration to be read in a row of a table."""

    value: pl.Expr
    unit: str


class _Segment(NamedTuple):
    """A line of the table: steps from `low` to `high` are points from `first` to `last`."""

    low: int
    high: int
    first: int
    last: int


def index(
    name: str,
    readings: Mapping[str, Read],
    day: pl.Expr,
    choice: StandardChoice = NOTHING_CHOSEN,
    *,
    hourly: bool = False,
) -> pl.Expr:
    """The index of each row, an INDEX struct; null in all fields where no edition was in force on its day.

    `readings`: what is read, such as pm25_24h, to the concentration. What an edition does not read, for days or for
    hours (`hourly`), it leaves aside. `value` is null where needed pollutants have no value, or where a concentration
    is above a row of the table and no other averaging time of its pollutant gives a sub-index.
    Raises ContractError for an unknown index, something that no index reads, and a unit that does not fit.
    """
    editions = index_editions(name, choice)
    for reading in readings:
        if reading not in readings_of_indices():
            hint = what_to_write(reading, readings_of_indices())
            raise ContractError(Mistake(f"no index reads {reading!r}", hint=hint))
    file, _ = file_and_name(name, choice)
    found = {}
    for key, edition in editions.items():
        rows = [(row, readings.get(row.reading(hourly=hourly) or "")) for row in edition.rows]
        found[key] = _index(key, edition, [(row, _in_unit(row, given, file, choice)) for row, given in rows if given])
    return by_day(editions, found, day, pl.lit(None, INDEX))


def sub_index(edition: IndexEdition, row: IndexRow, concentration: pl.Expr) -> pl.Expr:
    """The sub-index (Float64) of a concentration in the unit of the row, rounded as the edition does.

    Null where the row has none for it: below its first band, and above its last where another averaging time decides.
    """
    steps = pl.struct(steps=_steps(concentration, row.rounding))
    return steps.struct.with_fields(points=_sub_index(edition, row, pl.field("steps"))).struct.field("points")


def _in_unit(row: IndexRow, given: Read, file: str, choice: StandardChoice) -> pl.Expr:
    """A concentration in the unit of a row."""
    how = concentrations(given.unit, row.unit, row.of, file, choice)
    return given.value.cast(pl.Float64) * float(how.factor) if how.changes else given.value


def _index(key: str, edition: IndexEdition, read: Sequence[tuple[IndexRow, pl.Expr]]) -> pl.Expr:
    """Stage by stage in one struct: as one expression, in which each part repeats those before, it takes seconds."""
    if not read:
        return pl.lit(None, INDEX)
    rows = [row for row, _ in read]
    steps, points, beyond = dict[str, pl.Expr](), dict[str, pl.Expr](), dict[str, pl.Expr]()
    for row, value in read:
        count = pl.field(f"{row.name}.steps")
        steps[f"{row.name}.steps"] = _steps(value, row.rounding)
        points[row.name] = _sub_index(edition, row, count)
        beyond[f"{row.name}.beyond"] = _beyond(edition, row, count)
    pollutants = {row.of: [pl.field(one.name) for one in rows if one.of == row.of] for row in rows}
    unknown = {row.of: [pl.field(f"{one.name}.beyond") for one in rows if one.of == row.of] for row in rows}
    subs = {of: pl.field(of) for of in pollutants}
    unsaid = pl.any_horizontal(pl.any_horizontal(*unknown[of]) & subs[of].is_null() for of in subs)
    worst, total, value = pl.field("worst"), pl.field("total"), pl.field("value")
    leading = pl.coalesce(pl.when(part == worst).then(pl.lit(of)) for of, part in subs.items())
    staged = (
        pl.struct(*(count.alias(name) for name, count in steps.items()))
        .struct.with_fields(**points, **beyond)
        .struct.with_fields(**{of: pl.max_horizontal(*parts) for of, parts in pollutants.items()})
        .struct.with_fields(worst=pl.max_horizontal(*subs.values()))
        .struct.with_fields(total=_total(edition, subs, worst))
        .struct.with_fields(value=pl.when(_enough(edition, subs, total) & ~unsaid).then(total))
    )
    return staged.struct.with_fields(
        index=pl.struct(
            value=value,
            pollutant=pl.when(value > edition.leads_above).then(leading),
            band=_band(edition, value),
            edition=pl.lit(key),
        )
    ).struct.field("index")


def _sub_index(edition: IndexEdition, row: IndexRow, steps: pl.Expr) -> pl.Expr:
    """The sub-index of a concentration that is counted in steps."""
    lines, over = _segments(edition, row), _over_top(edition, row)
    top, points = lines[-1], pl.lit(None, pl.Float64)
    if over == "continue":
        points = _points(steps, top, edition)
    elif over != "none":
        points = pl.lit(float(top.last if over == "cap" else over))
    for line in reversed(lines):
        points = pl.when(steps <= line.high).then(_points(steps, line, edition)).otherwise(points)
    return pl.when(steps >= lines[0].low).then(points)


def _total(edition: IndexEdition, subs: Mapping[str, pl.Expr], worst: pl.Expr) -> pl.Expr:
    extra = edition.extra_points
    if extra is None:
        return worst
    # A sum skips nulls: a pollutant without a value does not count.
    high = pl.sum_horizontal((part > extra.above).cast(pl.Int64) for part in subs.values())
    points = pl.when(high >= 3).then(extra.three).when(high == 2).then(extra.two).otherwise(0)
    return (worst + points).clip(upper_bound=float(_last(edition)))


def _enough(edition: IndexEdition, subs: Mapping[str, pl.Expr], total: pl.Expr) -> pl.Expr:
    """Whether the pollutants that the edition needs are there."""
    there = {of: part.is_not_null() for of, part in subs.items()}
    no, needs = pl.lit(False), edition.needs
    enough = pl.sum_horizontal(one.cast(pl.Int64) for one in there.values()) >= needs.at_least
    if needs.all_of:
        enough = enough & pl.all_horizontal(there.get(of, no) for of in needs.all_of)
    if needs.any_of:
        enough = enough & pl.any_horizontal(there.get(of, no) for of in needs.any_of)
    return enough if needs.unless_above is None else enough | (total > needs.unless_above).fill_null(False)


def _band(edition: IndexEdition, total: pl.Expr) -> pl.Expr:
    *lower, last = edition.bands
    name = pl.lit(last.name.shown)
    for band in reversed(lower):
        name = pl.when(total <= band.to).then(pl.lit(band.name.shown)).otherwise(name)
    return pl.when(total.is_not_null()).then(name)


def _steps(concentration: pl.Expr, rounding: Rounding) -> pl.Expr:
    """The concentration in whole steps of its rounding, Int64; null where it is none."""
    value = concentration.cast(pl.Float64)
    value = pl.when(value.is_finite() & (value >= 0)).then(value) * float(10**rounding.places)
    # Clipping before the cast keeps absurd inputs from overflowing the integer.
    value = value.clip(upper_bound=_MOST_STEPS)
    if rounding.as_ == "truncate":
        return (value + _NOISE).floor().cast(pl.Int64)
    up = (value + 0.5 + _NOISE).floor().cast(pl.Int64)
    if rounding.as_ != "half_even":
        return up
    half = (up - 0.5 - value).abs() <= _NOISE
    return pl.when(half & (up % 2 == 1)).then(up - 1).otherwise(up)


def _points(steps: pl.Expr, line: _Segment, edition: IndexEdition) -> pl.Expr:
    """Ip = (IHI-ILO)/(BPHI-BPLO)*(Cp-BPLO)+ILO, rounded as the edition does."""
    span, rise = line.high - line.low, line.last - line.first
    above = (steps - line.low) * rise
    if edition.index_rounding == "none":
        return above / span + line.first
    if edition.index_rounding == "up":
        return (-((-above) // span) + line.first).cast(pl.Float64)
    return ((2 * above + span) // (2 * span) + line.first).cast(pl.Float64)


def _segments(edition: IndexEdition, row: IndexRow) -> list[_Segment]:
    places = [(cell, mark) for cell, mark in zip(row.at, edition.scale, strict=True) if cell is not None]
    if edition.style == "contiguous":
        ends = [((one, two), (low, high)) for (one, low), (two, high) in pairwise(places)]
    else:
        ends = places
    step = 10**row.rounding.places
    return [
        _Segment(*(int(Fraction(repr(end)) * step) for end in cells), *marks)  # type: ignore[misc]
        for cells, marks in ends
    ]


def _over_top(edition: IndexEdition, row: IndexRow) -> str | int:
    return edition.over_top if row.over_top is None else row.over_top


def _beyond(edition: IndexEdition, row: IndexRow, steps: pl.Expr) -> pl.Expr:
    """Whether a concentration lies above a row that says nothing of it."""
    if _over_top(edition, row) != "none":
        return pl.lit(False)
    return (steps > _segments(edition, row)[-1].high).fill_null(False)


def _last(edition: IndexEdition) -> int:
    end = edition.scale[-1]
    return end if isinstance(end, int) else end[1]
