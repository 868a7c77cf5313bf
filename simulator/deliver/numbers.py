"""Numbers in the unit in which a column is stored -> texts in the unit in which it is delivered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from quality.contract.columns import Column

_DIGITS = 8  # of a measured number as it is delivered
_NEAREST = 8  # with so many words for numbers (the 16 directions of the wind) there are no others
_DOUBTFUL = re.compile("^-?[1-9][0-9]{0,2}[.][0-9]{3}$")  # beside semicolons this may be a thousand


@dataclass(frozen=True)
class WrittenNumber:
    """A number as it is delivered, and the value that is read from it."""

    text: str
    stored: float | int


class Scale:
    """How numbers of one column are delivered. `digits`: at most so many, where its field is narrow."""

    def __init__(self, column: Column, digits: int = _DIGITS) -> None:
        self.column, self.digits = column, max(1, min(digits, _DIGITS))
        spec = column.spec
        self.unit = spec.delivered_unit or spec.unit
        self.how = None if self.unit is None or not column.converts else spec.conversion_of(self.unit)
        self.words: Mapping[Fraction, str] = {
            Fraction(value): word for word, value in spec.values.items() if _is_number(value)
        }
        self.missing = {Fraction(text) for text in spec.sentinels if _is_number(text)}
        self._plain = self.how is None and not self.words and not self.missing and not spec.zero_is_missing

    def written(self, value: float | int) -> WrittenNumber | None:
        """The number that is nearest to this one among those that can be delivered; None where there is none."""
        if self._plain and self.column.type != "integer":  # nine of ten: fractions are four times as slow
            short = self._short(float(value))
            if short is not None:
                return WrittenNumber(self._in_column(repr(short)), short)
            number = self._shortened(Decimal(repr(value)))
            return WrittenNumber(self._as_text(number), float(number))
        if self._plain and isinstance(value, int):
            return WrittenNumber(str(value), value)
        wanted = Fraction(value) if isinstance(value, int) else Fraction(repr(value))
        exact = wanted if self.how is None else (wanted - self.how.offset) / self.how.factor
        if len(self.words) >= _NEAREST:
            exact = min(self.words, key=lambda known: abs(known - exact))
        number = self._rounded(exact)
        step = Fraction(1) if self.column.type == "integer" else Fraction(1, 1000)
        if number in self.missing or (number == 0 and self.column.spec.zero_is_missing):
            number += step
        stored = number if self.how is None else number * self.how.factor + self.how.offset
        if self.column.type == "integer":
            return WrittenNumber(self._text(number), int(stored)) if stored.denominator == 1 else None
        return WrittenNumber(self._text(number), float(stored))

    def _rounded(self, exact: Fraction) -> Fraction:
        if self.column.type == "integer":
            grid = 1 if self.how is None else self.how.factor.denominator  # so that it is whole in both units
            return Fraction(round(exact / grid) * grid)
        return Fraction(self._shortened(Decimal(exact.numerator) / Decimal(exact.denominator)))

    def _short(self, value: float) -> float | None:
        """What `_shortened` gives, ten times as fast, for numbers that Python writes without an exponent.

        Python rounds what is stored and not what it shows. That is the same but for a tie, and one digit too many at
        the end is a tie at most: those, and what is smaller or larger, is left to decimals (None).
        """
        text = repr(value)
        if "e" not in text and len(text) <= self.digits + 1:  # the point is none of the digits
            return value or None  # nobody writes -0
        if not 1e-4 <= abs(value) < 10**self.digits or len(text) <= self.digits + 8:
            return None
        return float(f"{value:.{self.digits - 1}e}")

    def _shortened(self, size: Decimal) -> Decimal:
        if not size:
            return Decimal(0)
        places = self.digits - 1 - size.adjusted()
        kept = max(0, min(places, 12))
        return size.quantize(Decimal(1).scaleb(-kept), ROUND_HALF_EVEN)

    def _text(self, number: Fraction) -> str:
        if number in self.words:
            return self.words[number]
        return self._as_text(Decimal(number.numerator) / Decimal(number.denominator))

    def _as_text(self, number: Decimal) -> str:
        return self._in_column(format(number, "f"))

    def _in_column(self, plain: str) -> str:
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        if _DOUBTFUL.match(plain):
            plain += "0"
        return plain.replace(".", ",") if self.column.spec.decimal == "comma" else plain


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+(?:[.][0-9]+)?", text) is not None
