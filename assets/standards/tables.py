"""A file of assets/standards, as its author writes it: limits as printed, and index tables as printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from assets.standards.edition import Averaging, Edition, Evidence, Pollutant
from quality.contract.base import FrozenModel, Number, Said, Whole, text_form
from quality.contract.texts import Texts
from quality.units.conditions import Conditions
from quality.units.conversion import UnitError, known_units

Kind = Literal["limit", "target", "objective", "guideline", "interim", "threshold"]
FINEST = 6  # decimals to which a concentration is taken that no rule rounds; binary noise lies far below


class Printed(FrozenModel):
    """One figure of a table of limits, where more than the number is to say."""

    value: Number
    allowed: Whole | None = Field(default=None, ge=0, description="Days or hours of a year on which it may be above.")
    kind: Kind | None = Field(default=None, description="Where it is another one than that of its set.")
    evidence: Evidence | None = Field(default=None, description="Where it is another one than that of its edition.")
    note: Said | None = None


class LimitRow(FrozenModel):
    """The limits of one pollutant."""

    unit: str = Field(description="Unit of its figures, as printed.")
    over: Mapping[Averaging, Number | Printed] = Field(min_length=1, description="Averaging time -> figure.")

    @model_validator(mode="after")
    def _known(self) -> LimitRow:
        _check_unit(self.unit)
        return self


class LimitSet(FrozenModel):
    """Further figures of the same edition, such as interim targets: their names end with that of the set."""

    kind: Kind
    values: Mapping[Pollutant, LimitRow]


class LimitEdition(Edition):
    """One edition of limits. A limit is called <pollutant>_<averaging>, as in pm25_24h."""

    kind: Kind = Field(default="limit", description="What its figures are.")
    form: Said | None = Field(default=None, description="When a limit counts as met: a percentile, a number of years.")
    values: Mapping[Pollutant, LimitRow]
    sets: Mapping[str, LimitSet] = Field(default_factory=dict, description="By the end of their names: interim_1.")


class Rounding(FrozenModel):
    """How a concentration is rounded before the table is read."""

    as_: Literal["half_up", "half_even", "truncate", "none"] = Field(alias="as")
    decimals: Whole = Field(default=0, ge=0, le=FINEST)

    @property
    def places(self) -> int:
        """Decimals of the concentrations that the table is read with."""
        return FINEST if self.as_ == "none" else self.decimals


Ends = tuple[Number, Number]
OverTop = Literal["cap", "continue", "none"] | Whole


class IndexRow(FrozenModel):
    """One pollutant of an index, as one averaging time reads it. Its name is <of>_<over>, as in pm25_24h."""

    of: Pollutant
    over: Averaging
    unit: str = Field(description="Unit of its concentrations, as printed.")
    rounding: Rounding
    at: tuple[Number | Ends | None, ...] = Field(
        description="Concentrations, one for each place of `scale`: numbers of a contiguous table, both ends of each "
        "band of a segmented one; null where the table has none."
    )
    day: Averaging | Literal["none"] | None = Field(
        default=None, description="What is read in it for a day, where it is not `over`; none: it is not for days."
    )
    hour: Averaging | Literal["none"] | None = Field(default=None, description="The same for an hour.")
    over_top: OverTop | None = Field(default=None, description="Where it is another one than that of the edition.")
    evidence: Evidence | None = Field(default=None, description="Where it is another one than that of the edition.")
    note: Said | None = None

    @model_validator(mode="after")
    def _whole(self) -> IndexRow:
        _check_unit(self.unit)
        step = 10**self.rounding.places
        for number in _numbers(self.at):
            if (Fraction(repr(number)) * step).denominator != 1:
                raise ValueError(f"at: {number:g} has more decimals than its rounding; write them in `rounding`")
        return self

    @property
    def name(self) -> str:
        """Such as pm25_24h."""
        return f"{self.of}_{self.over}"

    def reading(self, *, hourly: bool) -> str | None:
        """What is read in it for a day, or an hour, such as pm25_24h; None where it is not for them."""
        other = self.hour if hourly else self.day
        return None if other == "none" else f"{self.of}_{other or self.over}"


class Needs(FrozenModel):
    """Which pollutants must have a value; without them there is no index."""

    all_of: tuple[Pollutant, ...] = ()
    any_of: tuple[Pollutant, ...] = ()
    at_least: Whole = Field(default=1, ge=1, description="How many pollutants.")
    unless_above: Whole | None = Field(default=None, description="An index above this holds without the others.")


class ExtraPoints(FrozenModel):
    """Points on top of the greatest sub-index where several are high."""

    above: Whole = Field(description="A sub-index above this is high.")
    two: Whole
    three: Whole = Field(description="For three or more.")
    evidence: Evidence | None = None
    note: Said | None = None


class Band(FrozenModel):
    """A class of index values, from the one before up to `to`."""

    to: Whole | None = Field(default=None, description="The last index of it; left out of the last band alone.")
    name: Texts = Field(description="In the language of the country and in English.")
    colour: str | None = Field(
        default=None, json_schema_extra=text_form("^([0-9A-F]{6}|[a-z]+)$", "Write six digits as in 00E400, or a word.")
    )


class IndexEdition(Edition):
    """One edition of an index: its break points, and how sub-indices become one index."""

    style: Literal["contiguous", "segmented"] = Field(
        description="contiguous: one list of break points; segmented: each band has ends of its own, as 51-100."
    )
    scale: tuple[Whole | tuple[Whole, Whole], ...] = Field(min_length=2, description="The index at those points.")
    index_rounding: Literal["half_up", "up", "none"]
    over_top: OverTop = Field(
        default="cap",
        description="Above the last point. cap: its index; continue: along the last line; none: there is no index, "
        "another averaging time decides; a number: that index.",
    )
    rows: tuple[IndexRow, ...] = Field(min_length=1, description="In the order that decides between equal ones.")
    needs: Needs = Needs()
    extra_points: ExtraPoints | None = None
    leads_above: Whole = Field(
        default=0, ge=0, description="Up to this index no pollutant is named as the leading one."
    )
    bands: tuple[Band, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _fits(self) -> IndexEdition:
        segmented = self.style == "segmented"
        for loc, cells in (("scale", self.scale), *((f"rows.{n}.at", row.at) for n, row in enumerate(self.rows))):
            if len(cells) != len(self.scale):
                raise ValueError(f"{loc}: has {len(cells)} places, and `scale` has {len(self.scale)}")
            if any(isinstance(cell, tuple) != segmented for cell in cells if cell is not None):
                raise ValueError(f"{loc}: a segmented table has [low, high] in each place, a contiguous one a number")
            flat = list(_numbers(cells))
            if any(one > two for one, two in pairwise(flat)) or len(flat) < 2:
                raise ValueError(f"{loc}: the numbers do not grow; look at the table again")
        for n, row in enumerate(self.rows):
            if segmented and (gap := _gap(row)) is not None:
                raise ValueError(f"rows.{n}.at: no band begins one step above {gap:g}; look at the table again")
        ends = [band.to for band in self.bands]
        if ends[-1] is not None or None in ends[:-1] or ends[:-1] != sorted(set(ends[:-1]), key=lambda end: end or 0):
            raise ValueError("bands: each but the last needs a `to`, and they grow")
        pollutants = {row.of for row in self.rows}
        unknown = {*self.needs.all_of, *self.needs.any_of} - pollutants
        if unknown:
            raise ValueError(f"needs: no row has {', '.join(sorted(unknown))}")
        return self

    def row(self, name: str) -> IndexRow | None:
        """The row of this name, such as pm25_24h."""
        return next((row for row in self.rows if row.name == name), None)


class IndexTable(FrozenModel):
    """An index in all its editions."""

    title: Texts
    editions: Mapping[str, IndexEdition] = Field(min_length=1)


class GasesAt(FrozenModel):
    """The state at which the masses of gases are meant."""

    at: Conditions
    evidence: Evidence
    source: Said


class StandardFile(FrozenModel):
    """A file of assets/standards: limits and indices of a country, or of who else sets them."""

    title: Texts
    countries: tuple[str, ...] = Field(default=(), description="Whose national standard it is (ISO 3166).")
    gases_at: GasesAt | None = Field(default=None, description="Left out where it was not read; then a pack says it.")
    limits: Mapping[str, LimitEdition] = Field(default_factory=dict)
    indices: Mapping[str, IndexTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _editions_once(self) -> StandardFile:
        names = [*self.limits, *(name for table in self.indices.values() for name in table.editions)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two editions are called {', '.join(twice)}; give each a name of its own")
        return self


def _numbers(cells: tuple[Number | Ends | None, ...]) -> Iterator[float]:
    """The numbers of a row, in the order in which they are printed."""
    for cell in cells:
        if cell is not None:
            yield from cell if isinstance(cell, tuple) else (cell,)


def _gap(row: IndexRow) -> float | None:
    """The upper end of a band after which a rounded concentration has no band; None if there is none."""
    bands = [cell for cell in row.at if isinstance(cell, tuple)]
    step = Fraction(1, 10**row.rounding.places)
    ends = ((Fraction(repr(one[1])), Fraction(repr(two[0]))) for one, two in pairwise(bands))
    return next((float(high) for high, low in ends if low - high != step), None)


def _check_unit(unit: str) -> None:
    try:
        known_units(unit)
    except UnitError as error:
        raise ValueError(f"unit: {error}") from error
