"""Money: a column of a model is of some currency, and each feed says which. Amounts of two are never added."""

from __future__ import annotations

from quality.units.conversion import UnitError, known_units
from quality.units.table import CURRENCIES

CURRENCY = "currency"  # the unit of a model's column of money, and the column that says which one it is


def currency_of(delivered: str | None) -> str:
    """The currency in which a column of money is stored: KRW of KRW or 만원, VND of `million VND`.

    Raises UnitError where none is said, or one that may be two.
    """
    if delivered is None:
        raise UnitError("the currency is not said; write it as `unit: KRW`, or as `unit: million VND`")
    meant = {name[1:] for unit in known_units(delivered) for name, exponent in unit.atoms if exponent == 1}
    found = sorted(meant & CURRENCIES)
    if len(found) > 1:
        raise UnitError(f"{delivered!r} may be {' or '.join(found)}; write the one that is meant")
    if not found:
        raise UnitError(f"{delivered!r} is no currency; write it as its code, such as KRW or VND")
    return found[0]
