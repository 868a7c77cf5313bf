"""Periods as people write them: 2026, 2026-Q2, 2026-06, 2026-W26, 2026-06-30, and the hour 2026-06-30T14:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from quality.contract.interval import first_of_period

FORMS = "2026-06-30, 2026-W27, 2026-06, 2026-Q2, 2026, or an hour as 2026-06-30T14:00"
_NAMES = (
    (re.compile(r"(\d{4})"), "year"),
    (re.compile(r"(\d{4})-?[Qq]([1-4])"), "quarter"),
    (re.compile(r"(\d{4})-(\d{2})"), "month"),
    (re.compile(r"(\d{4})-?[Ww](\d{2})"), "week"),
)


@dataclass(frozen=True)
class AskedPeriod:
    """What somebody asks for: when it begins, and the kind of period that was named; None: a day, or the first of a
    longer period."""

    begins: datetime
    named: str | None = None

    @property
    def day(self) -> date:
        """The day on which it begins."""
        return self.begins.date()

    def why_not_of(self, period: str) -> str | None:
        """What is wrong with the kind of period that was named, and what to write; None: nothing is. A day may be the
        first of any period."""
        of = f"of each {period.replace('_', ' ')}"
        if self.named is None or (self.named == "hour" and period in ("hour", "day")):
            return None
        if self.named == period or (self.named == "month" and period == "trailing_year"):
            return None
        whole = self.day if period == "trailing_year" else first_of_period(self.day, _longer(period))
        return f"it has values {of}; write {written_period(whole, period)}"


def asked_period(text: str) -> AskedPeriod | None:
    """The period that a text names; None: it names none."""
    try:
        for form, named in _NAMES:
            if found := form.fullmatch(text.strip()):
                return AskedPeriod(
                    datetime.combine(_first(named, *map(int, found.groups())), datetime.min.time()), named
                )
        begins = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return AskedPeriod(begins, "hour" if "T" in text.upper() else None) if begins.tzinfo is None else None


def written_period(start: date, period: str) -> str:
    """The period of this kind that begins on a day, as `asked_period` reads it."""
    if period == "week":
        return f"{start.isocalendar().year}-W{start.isocalendar().week:02}"
    if period == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if period == "hour":
        return f"{start}T14:00"
    return {"year": f"{start:%Y}", "month": f"{start:%Y-%m}", "trailing_year": f"{start:%Y-%m}"}.get(period, str(start))


def _longer(period: str) -> str:
    return "day" if period == "hour" else period


def _first(named: str, year: int, part: int = 1) -> date:
    if named == "week":
        return date.fromisocalendar(year, part, 1)
    return date(year, 3 * part - 2 if named == "quarter" else part, 1)
