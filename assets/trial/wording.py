"""Findings about rows in words: the language of who mends the delivery, and its own names of columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from assets.models import models
from assets.sentences import Sentences
from quality.contract.columns import Column
from quality.contract.generated_rules import BETWEEN, NOT_NULL
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.language_tags import nearest
from quality.units.conversion import Conversion

SENTENCES = Sentences(Path(__file__).parent / "sentences")
_KINDS = {
    BETWEEN: "range",
    NOT_NULL: "required",
    "expect_column_values_to_be_in_set": "known",
    "expect_column_values_to_match_regex": "form",
    "expect_column_pair_values_a_to_be_greater_than_b": "pair",
}
_UNREADABLE = {"number": "number", "integer": "number", "date": "time", "timestamp": "time", "boolean": "truth"}
_MOST_KNOWN = 12  # values that are listed
_LONGEST = 200  # characters of one value


@dataclass(frozen=True)
class Wording:
    """Sentences and labels in one language (one of `SENTENCES.languages()`), about the columns of one contract."""

    language: str
    contract: Contract

    @staticmethod
    def word(language: str, name: str) -> str:
        """A word of a report in one language."""
        return SENTENCES.part(language, "labels")[name]

    def label(self, name: str, **values: object) -> str:
        """A word or sentence of a report."""
        return self.word(self.language, name).format(**values)

    def say(self, kind: str, **values: object) -> str:
        """The sentence of a kind with these values in it; a value that is too long is cut."""
        shown = {name: _cut("-" if value is None else str(value)) for name, value in values.items()}
        return SENTENCES.part(self.language, "sentences")[kind].format(**shown)

    def name(self, column: Column, delivered_as: str | None = None) -> str:
        """What people call a column: its name in this language, else a header that its model knows in it, else the
        name under which it was delivered."""
        names = column.spec.names
        if names is not None and (tag := nearest(self.language, list(names.root))) is not None:
            return names.root[tag]
        for model in self.contract.models:
            one = models()[model].columns.get(column.name)
            if one is not None and (tag := nearest(self.language, list(one.synonyms))) is not None:
                return one.synonyms[tag][0]
        return delivered_as or column.name

    def broken(self, rule: Rule, value: str | None, delivered_as: str | None, other_value: str | None = None) -> str:
        """The sentence about a row that breaks a rule about single rows."""
        kind = _KINDS.get(rule.expectation)
        column = next((c for c in self.contract.columns if c.name == rule.column), None)
        if kind is None or column is None:
            return self.say("own", title=rule.title)
        other = next((c for c in self.contract.columns if c.name == rule.kwargs.get("column_B")), None)
        sentence = self.say(
            kind,
            column=self.name(column, delivered_as),
            value=value,
            limits=limits(rule, column),
            known=_listed(rule.kwargs.get("value_set", ())),
            form=rule.kwargs.get("regex"),
            other="" if other is None else self.name(other),
            other_value=other_value,
        )
        of_model = rule.generated or rule.code in {
            f"{self.contract.prefix}-{column.name}-{end}" for end in ("range", "known", "form")
        }
        return sentence if of_model or kind == "pair" else f"{sentence} ({rule.title})"

    def unreadable(self, column: Column, value: str | None, delivered_as: str | None, kind: str | None = None) -> str:
        """The sentence about a value that is none of its type."""
        kind = kind or f"unreadable_{_UNREADABLE.get(column.type, 'text')}"
        return self.say(kind, column=self.name(column, delivered_as), value=value, form=first_form(column))


def first_form(column: Column) -> str:
    """How a date or time is to be written, as people write it down: YYYY-MM-DD HH:MM."""
    form = (column.spec.formats or ("%Y-%m-%d",))[0]
    for part, shown in _PARTS.items():
        form = form.replace(part, shown)
    return form


_PARTS = {
    "%Y": "YYYY",
    "%y": "YY",
    "%m": "MM",
    "%d": "DD",
    "%H": "HH",
    "%I": "HH",
    "%M": "MM",
    "%S": "SS",
    "%p": "AM/PM",
    "%z": "+HH:MM",
    "%b": "MON",
    "%B": "MONTH",
    "%q": "Q",
    "%.f": "",
    "%j": "DDD",
    "iso": "YYYY-MM-DDTHH:MM:SS",
    "epoch_ms": "1700000000000",
    "epoch": "1700000000",
    "excel": "45000",
}


def limits(rule: Rule, column: Column) -> str:
    """Where a value may lie, in the unit in which it is stored, or in that in which it is delivered if it is one for
    all rows: `0 – 1000 ug/m3`."""
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    unit, spec = column.spec.unit, column.spec
    if spec.delivered_unit not in (None, unit):
        unit, how = spec.delivered_unit, spec.conversion_of(spec.delivered_unit or "")
        low, high = (None if one is None else _delivered(one, how) for one in (low, high))
    shown = [plain_number(one) for one in (low, high) if one is not None]
    sign = ("> " if rule.kwargs.get("strict_min") else "≥ ") if high is None else "≤ " if low is None else ""
    after = "" if unit in (None, "1") else f" {unit}"
    return f"{sign}{' – '.join(shown)}{after}"


def _delivered(number: float, how: Conversion) -> float:
    """A number of the stored unit as one of the delivered unit, in six digits."""
    return float(f"{float((Fraction(repr(float(number))) - how.offset) / how.factor):.6g}")


def plain_number(value: object) -> str:
    """A number in digits and a point, the same in every language; another value as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _listed(values: Any) -> str:
    texts = [str(value) for value in values]
    return ", ".join(texts[:_MOST_KNOWN]) + (" …" if len(texts) > _MOST_KNOWN else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
