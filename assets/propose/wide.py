"""Columns that are hours, days, months or years of one thing, and rows that are pollutants: what makes rows of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assets.ingest.month_words import month_number
from assets.propose.cells import Cells

Part = Literal["year", "month", "day", "hour", "date"]
_NUMBER = re.compile(r"\d+")
_DATES = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|(?:19|20)\d{2}[-/.]\d{1,2}|(?:19|20)\d{4}(?:\d{2})?"
)
_LEAST_YEARS, _LEAST_HOURS, _LEAST_MONTHS = 3, 20, 4


@dataclass(frozen=True)
class Wide:
    """Columns that become rows. `pattern` matches them whole; with several measures its group `value` names them."""

    part: str  # year, month, day, hour, date, kind, sex, topic, place or area
    pattern: str
    columns: tuple[str, ...]
    measures: tuple[str, ...] = ()  # texts of the group `value`
    text: str = ""  # what all of the names say beside the part
    ends: bool | None = None  # hours 1 to 24 end with their number
    form: str = ""  # how the part is written, as a format


def wide_columns(cells: Mapping[str, Cells]) -> Wide | None:
    """The columns of a sample that are parts of time, if it has such."""
    names = [name for name, column in cells.items() if column.numeric or column.filled.is_empty() or _short(column)]
    for find in (_dates, _months_in_words, _numbered):
        found = find(names)
        if found is not None:
            return found
    return None


def _short(column: Cells) -> bool:
    """Signs of validity beside values, as V01 beside H01."""
    return not column.filled.is_empty() and int(column.filled.str.len_chars().max() or 0) <= 3  # type: ignore[call-overload]


def _dates(names: Sequence[str]) -> Wide | None:
    found = [name for name in names if _DATES.fullmatch(name.strip())]
    if len(found) < _LEAST_YEARS:
        return None
    shapes = {re.sub(r"\d+", "9", name) for name in found}
    if len(shapes) > 1:
        return None
    sign = re.sub(r"\d", "", found[0])[:1]
    if not sign:
        length = len(found[0])
        return Wide("date", rf"(?P<date>(?:19|20)\d{{{length - 2}}})", tuple(found))
    counted = rf"\d+(?:{re.escape(sign)}\d+){{{found[0].count(sign)}}}"
    return Wide("date", f"(?P<date>{counted})", tuple(found))


def _months_in_words(names: Sequence[str]) -> Wide | None:
    months = {name: number for name in names if (number := month_number(name)) is not None}
    if len(months) >= _LEAST_MONTHS and len(set(months.values())) == len(months):
        return Wide("month", f"(?P<month>{'|'.join(map(re.escape, months))})", tuple(months), form="%b")
    return None


def _numbered(names: Iterable[str]) -> Wide | None:
    """Names that differ in one number alone."""
    families: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for name in names:
        for number in _NUMBER.finditer(name):
            families[name[: number.start()], name[number.end() :]][int(number[0])] = name
    found = [(part, ends, key) for key, of in families.items() for part, ends in [_part(key, of)] if part is not None]
    for wanted in ("hour", "month", "year", "day"):
        keys = [(ends, key) for part, ends, key in found if part == wanted]
        if keys:
            return _of_families(wanted, keys, families)
    return None


def _part(key: tuple[str, str], of: Mapping[int, str]) -> tuple[Part | None, bool | None]:
    """What the numbers of a family are."""
    before, after = key
    numbers = sorted(of)
    whole = f"{before} {after}".casefold()
    if all(1900 <= number <= 2100 for number in numbers) and len(numbers) >= _LEAST_YEARS:
        return "year", None
    if re.match("월", after) and numbers[0] >= 1 and numbers[-1] <= 12 and len(numbers) >= 3:
        return "month", None
    if len(numbers) >= _LEAST_HOURS and numbers[0] == 0 and numbers[-1] == 23:
        return "hour", False
    if len(numbers) >= _LEAST_HOURS and numbers[0] == 1 and numbers[-1] == 24:
        return "hour", True
    if len(numbers) == 12 and numbers[0] == 1 and (not whole.strip() or re.search("m|mes|bulan|월|月|bln", whole)):
        return "month", None
    if 28 <= len(numbers) <= 31 and numbers[0] == 1 and numbers[-1] == len(numbers):
        return "day", None
    return None, None


_GROUPS = {"hour": r"\d{1,2}", "month": r"\d{1,2}", "day": r"\d{1,2}", "year": r"\d{4}"}
_FORMS = {"hour": "%H", "month": "%m", "day": "%d", "year": "%Y"}


def _of_families(
    part: Any,
    keys: Sequence[tuple[bool | None, tuple[str, str]]],
    families: Mapping[tuple[str, str], Mapping[int, str]],
) -> Wide:
    columns = tuple(name for _, key in keys for name in families[key].values())
    group, ends = f"(?P<{part}>{_GROUPS[part]})", keys[0][0]
    if len(keys) == 1:
        before, after = keys[0][1]
        pattern = f"{re.escape(before)}{group}{re.escape(after)}"
        return Wide(part, pattern, columns, text=f"{before} {after}".strip(), ends=ends, form=_FORMS[part])
    befores, afters = {key[0] for _, key in keys}, {key[1] for _, key in keys}
    if len(afters) == len(keys) and len(befores) == 1 and all(afters):
        measures, before = tuple(key[1] for _, key in keys), next(iter(befores))
        pattern = f"{re.escape(before)}{group}(?P<value>{'|'.join(map(re.escape, measures))})"
    elif len(befores) == len(keys) and len(afters) == 1 and all(befores):
        measures, after = tuple(key[0] for _, key in keys), next(iter(afters))
        pattern = f"(?P<value>{'|'.join(map(re.escape, measures))}){group}{re.escape(after)}"
    else:
        before, after = keys[0][1]
        pattern = f"{re.escape(before)}{group}{re.escape(after)}"
        return Wide(
            part,
            pattern,
            tuple(families[keys[0][1]].values()),
            text=f"{before} {after}".strip(),
            ends=ends,
            form=_FORMS[part],
        )
    return Wide(part, pattern, columns, measures, ends=ends, form=_FORMS[part])
