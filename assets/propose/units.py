"""In which unit a column is delivered: what its header says, else what its values can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from assets.propose.cells import Cells
from assets.propose.missing import missing_numbers
from assets.propose.names import squeezed
from quality.contract.models import ModelColumn
from quality.units.conditions import Conditions
from quality.units.conversion import SAME, Conversion, UnitError, conversion
from quality.units.money import CURRENCY, currency_of

_AIR = Conditions(temperature="20 degC", pressure="1013.25 hPa")  # type: ignore[arg-type]
# Countries that give the volumes of gases at 20 degC.
VOLUMES_AT_20 = frozenset(
    ["GB", "DE", "FR", "ES", "IT", "NL", "PL", "AT", "BE", "CZ", "SE", "FI", "DK", "PT", "IE", "GR", "HU"]
)
# Countries whose networks publish gases as parts of the air and not as mass.
_PARTS = frozenset(["KR", "JP", "TW", "US", "CA", "MX", "TH", "AU", "HK", "BR"])
# Median of what is usual in a city's air, in ppm.
_USUAL_PPM: Mapping[str, tuple[float, float]] = {
    "o3": (0.004, 0.12),
    "o3_8h": (0.004, 0.15),
    "no2": (0.001, 0.15),
    "no": (0.0003, 0.2),
    "nox": (0.002, 0.3),
    "so2": (0.0005, 0.1),
    "co": (0.05, 8),
    "co_8h": (0.05, 8),
    "c6h6": (0.0001, 0.02),
    "nh3": (0.001, 0.3),
    "h2s": (0.0002, 0.2),
    "co2": (300, 3000),
    "nmhc": (0.01, 2),
    "ch4": (1, 5),
    "thc": (1, 8),
    "voc": (0.001, 2),
}
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "ug/m3": ("ug/m3", "mg/m3"),
    "degC": ("degC", "degF", "K"),
    "hPa": ("hPa", "kPa", "mmHg", "inHg", "Pa"),
    "%": ("%", "1"),
    "km": ("km", "m"),
    "m": ("m", "cm"),
}
_CURRENCIES: Mapping[str, str] = {
    "KR": "KRW",
    "JP": "JPY",
    "CN": "CNY",
    "TW": "TWD",
    "VN": "VND",
    "TH": "THB",
    "MN": "MNT",
    "ID": "IDR",
    "MY": "MYR",
    "PH": "PHP",
    "BN": "BND",
    "US": "USD",
    "GB": "GBP",
    "IN": "INR",
    "SG": "SGD",
    "HK": "HKD",
    "KZ": "KZT",
    "RU": "RUB",
    "BR": "BRL",
    "MX": "MXN",
    "AR": "ARS",
    "DE": "EUR",
    "FR": "EUR",
    "ES": "EUR",
    "IT": "EUR",
    "NL": "EUR",
}
_LEAST_INSIDE = 0.9
_CELSIUS_APART = 75  # of the coldest and the warmest hundredth of a year, in whole degrees: in degC nearly no city
_CELSIUS_MOST = 62
_WIND = 6  # m/s: a median above it speaks for km/h, mph or knots
# Units of amounts that are delivered in thousands and millions, too; no value can tell.
_SCALED = frozenset(["kWh", "m3", "m", "km"])
_US = frozenset(["US", "LR", "PR", "GU"])  # countries of degF, miles and inches


@dataclass(frozen=True)
class UnitFound:
    """The unit of a delivered column. `unit` is None where it is the model's; `guess`: nothing said it."""

    unit: str | None
    guess: str | None = None
    inside: float = 1.0  # share of the values that are in the range of the column
    missing: tuple[str, ...] = ()  # numbers that mean "missing"


@dataclass(frozen=True)
class Setting:
    """What else decides about a unit: the country, and whether a temperature of the file is in degF."""

    country: str | None = None
    fahrenheit: bool = False
    mass: bool | None = None  # whether gases of the file come as mass


def unit_of(name: str, column: ModelColumn, cells: Cells, where: Setting) -> UnitFound | None:
    """The unit of a delivered column that may be a model's; None where its values or its unit cannot be that."""
    if column.unit is None:
        return UnitFound(None)
    if column.unit == CURRENCY:
        return _money(cells, where)
    said = cells.header.unit
    if said is not None and said != column.unit:
        how = _conversion(said, column)
        if how is not None:
            return _judged(column, cells, None if how == SAME else said, how)
        if name not in ("uv_index",):
            return None
    if said is not None:
        return _judged(column, cells, None, SAME)
    return _guessed(name, column, cells, where)


def _conversion(said: str, column: ModelColumn) -> Conversion | None:
    try:
        return conversion(said, column.unit or said, column.substance, _AIR)
    except UnitError:
        return None


def _judged(
    column: ModelColumn, cells: Cells, unit: str | None, how: Conversion, guess: str | None = None
) -> UnitFound:
    low, high = _limits(column, how)
    numbers = cells.numbers
    missing = missing_numbers(numbers, low, high)
    values = numbers.filter(~numbers.is_in([float(text) for text in missing])).drop_nulls()
    inside = 1.0
    if not values.is_empty():
        ok = pl.lit(value=True)
        ok = ok if low is None else ok & (pl.col("v") >= low)
        ok = ok if high is None else ok & (pl.col("v") <= high)
        inside = float(values.alias("v").to_frame().select(ok.cast(pl.Float64).mean()).item())
    return UnitFound(unit, guess, inside, missing)


def _limits(column: ModelColumn, how: Conversion) -> tuple[float | None, float | None]:
    """The range of a column in the unit in which it is delivered."""
    if column.range is None:
        return None, None

    def back(limit: float | None) -> float | None:
        return None if limit is None else float((Fraction(repr(float(limit))) - how.offset) / how.factor)

    return back(column.range.least), back(column.range.most)


def _money(cells: Cells, where: Setting) -> UnitFound | None:
    if cells.header.unit is not None:
        try:
            currency_of(cells.header.unit)
        except UnitError:
            return None
        return UnitFound(cells.header.unit)
    if squeezed(cells.header.said) in ("value", "values", "amount"):
        return None  # a word that may mean any figure
    money = _CURRENCIES.get(where.country or "") or _by_letters(cells)
    return None if money is None else UnitFound(money, f"the currency of the country, {money}")


def _by_letters(cells: Cells) -> str | None:
    """The currency of the letters of a header, where the country is not known."""
    name = cells.name
    if any("가" <= sign <= "힣" for sign in name):
        return "KRW"
    if any("ก" <= sign <= "๛" for sign in name):
        return "THB"
    return None


def _guessed(name: str, column: ModelColumn, cells: Cells, where: Setting) -> UnitFound | None:
    """The unit that the values speak for."""
    numbers = cells.numbers.drop_nulls()
    unit = column.unit or ""
    if numbers.is_empty():
        other = _foreign(name, unit, where)
        return UnitFound(other, other)
    missing = missing_numbers(numbers, None, None)
    numbers = numbers.filter(~numbers.is_in([float(text) for text in missing]))
    middle, top = float(numbers.median() or 0), float(numbers.quantile(0.99) or 0)  # type: ignore[arg-type]
    wanted = _wanted(name, unit, middle, top, numbers, where)
    tried = [wanted, *(other for other in _OTHERS.get(unit, (unit,)) if other != wanted)]
    for one in tried:
        how = SAME if one == unit else _conversion(one, column)
        if how is None:
            continue
        guess = None if one == unit and one == wanted and not _doubtful(name, unit, numbers, where) else one
        judged = _judged(column, cells, None if one == unit else one, how, guess)
        if judged.inside >= _LEAST_INSIDE:
            return judged
    return None


def _doubtful(name: str, unit: str, numbers: pl.Series, where: Setting) -> bool:
    """Whether values that may be in the model's own unit may as well be in another one.

    Metric instruments write tenths of degC, m/s and mm; whole numbers are as often of another unit.
    """
    middle, whole = float(numbers.median() or 0), _whole(numbers)  # type: ignore[arg-type]
    foreign = where.country is None or where.country in _US
    if unit == "degC":
        return whole or foreign
    if unit == "m/s":
        return whole or foreign or middle > _WIND
    if unit == "mm":
        return foreign
    return unit in _SCALED or (name in ("co", "co_8h") and middle > 0)


def _whole(numbers: pl.Series) -> bool:
    return bool((numbers == numbers.round()).all())


def _wanted(name: str, unit: str, middle: float, top: float, numbers: pl.Series, where: Setting) -> str:
    if unit == "ppm" and name in _USUAL_PPM:
        return _gas(name, middle, numbers, where)
    if unit == "ug/m3":
        return "mg/m3" if 0 < middle < 1 and top < 5 else "ug/m3"
    if unit == "degC":
        if middle > 180:
            return "K"
        apart = top - float(numbers.quantile(0.01) or 0)  # type: ignore[arg-type]
        return (
            "degF"
            if where.fahrenheit or top > _CELSIUS_MOST or (_whole(numbers) and apart > _CELSIUS_APART)
            else "degC"
        )
    if unit == "hPa":
        for one, low, high in (
            ("hPa", 830, 1100),
            ("kPa", 60, 110),
            ("inHg", 24, 33),
            ("mmHg", 500, 800),
            ("Pa", 5e4, 1.1e5),
        ):
            if low <= middle <= high:
                return one
        return "hPa"
    if unit == "%":
        return "1" if 0 < top <= 1.0 and middle < 1 and not _whole(numbers) else "%"
    if (foreign := _foreign(name, unit, where)) is not None:
        return foreign
    if name == "visibility":
        return "km" if top <= 100 else "10 m" if top <= 2_100 else "m"
    return unit


def _foreign(name: str, unit: str, where: Setting) -> str | None:
    """The unit that a file with temperatures in degF is likely to have in place of a metric one."""
    if not where.fahrenheit:
        return None
    return "mi" if name == "visibility" else {"degC": "degF", "m/s": "mph", "mm": "in", "cm": "in"}.get(unit)


def _gas(name: str, middle: float, numbers: pl.Series, where: Setting) -> str:
    low, high = _USUAL_PPM[name]
    positive = numbers.filter(numbers > 0)
    middle = float(positive.median() or 0) if not positive.is_empty() else middle  # type: ignore[arg-type]
    mass = where.mass if where.mass is not None else where.country is not None and where.country not in _PARTS
    if low <= middle <= high:
        return "mg/m3" if name in ("co", "co_8h") and mass else "ppm"
    if middle < low:
        return "ppm"
    if where.mass is None and where.country is None:
        mass = True  # most countries publish masses
    return "ug/m3" if mass else "ppb"
