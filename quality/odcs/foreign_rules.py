"""Rules that others wrote in the standard's own terms, as rules of Madang.

The standard judges a table, Madang the rows of a day. A rule of the standard that no row may break holds such rows back
and closes the day; one that some may break, in percent, leaves them and counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quality.contract.generated_rules import NOT_NULL, UNIQUE, UNIQUE_TOGETHER
from quality.contract.regex import wrong_regex
from quality.contract.rules import ROW_EXPECTATIONS
from quality.odcs.foreign_notes import ForeignNotes, madang_value

Document = Mapping[str, Any]

IN_SET, MATCHES = "expect_column_values_to_be_in_set", "expect_column_values_to_match_regex"
_ROWS = "expect_table_row_count_to_be_between"
_WARNINGS = {"warning", "warn", "low", "minor", "trivial"}
_DIMENSIONS = {NOT_NULL: "completeness", _ROWS: "completeness", UNIQUE: "uniqueness", UNIQUE_TOGETHER: "uniqueness"}
_MOST_REPEATED = 1000  # of a part of a regular expression, in DuckDB
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r" \t\r\n\f\v"}
# Operator -> the smallest and greatest number that holds, and whether these two do not hold themselves.
_LOW = {"mustBeGreaterThan": True, "mustBeGreaterOrEqualTo": False, "mustBeGreaterThanOrEqualTo": False}
_HIGH = {"mustBeLessThan": True, "mustBeLessOrEqualTo": False, "mustBeLessThanOrEqualTo": False}
_TWO_SIDED = {"mustBe", "mustBeBetween"}


def foreign_rules(
    entries: Sequence[Document], at: str, column: str | None, notes: ForeignNotes, kind: str = ""
) -> list[Document]:
    """The `quality` of a column of this kind, or of the table, with each rule in Madang's terms.

    What cannot be judged is noted.
    """
    return [rule for n, item in enumerate(entries) for rule in _rules(item, f"{at}.{n}", column, notes, kind)]


def rule_document(
    name: str,
    title: str,
    expectation: str,
    kwargs: Document,
    notes: ForeignNotes,
    item: Document | None = None,
    **own: Any,
) -> dict[str, Any]:
    """A rule as a document that `from_odcs` reads. `item`: the one of the standard that it is made of."""
    said = item or {}
    severity = str(said.get("severity") or "").strip().lower()
    scope = "row" if expectation in ROW_EXPECTATIONS else "table"
    value = {"expectation": expectation, "kwargs": dict(kwargs), "scope": scope, **own}
    return {
        "name": notes.code(name),
        "description": str(said.get("description") or title),
        "severity": "warning" if severity in _WARNINGS else "info" if severity == "info" else "critical",
        "dimension": said.get("dimension") or _DIMENSIONS.get(expectation, "conformity"),
        "customProperties": [{"property": "madang", "value": value}],
    }


def _rules(item: Document, at: str, column: str | None, notes: ForeignNotes, kind: str) -> Iterator[Document]:
    form = item.get("type", "library")
    if "expectation" in madang_value(item):
        yield item
    elif form == "custom" and re.sub("[^a-z]", "", str(item.get("engine")).lower()) == "greatexpectations":
        yield from _of_great_expectations(item, at, column, notes)
    elif form == "library":
        yield from _of_library(item, at, column, notes, kind)
    else:
        what = {"text": "a text for people", "sql": "SQL of another database"}.get(form)
        what = what or f"a rule of the engine {item.get('engine')!r}"
        _unjudged(notes, at, item, f"it is {what}")


def _unjudged(notes: ForeignNotes, at: str, item: Document, why: str) -> None:
    name = item.get("name") or item.get("metric") or item.get("rule") or item.get("type") or "without a name"
    what = "leave it, or write it as a rule of Great Expectations beside it"
    notes.unjudged.append(f"{at}: the rule {name!r} is not judged: {why}; {what}")


def _of_great_expectations(item: Document, at: str, column: str | None, notes: ForeignNotes) -> Iterator[Document]:
    said = item.get("implementation")
    own = madang_value(item)
    kind = (said.get("type") or said.get("expectation_type")) if isinstance(said, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(kind, str):
        what = f"the rule {item.get('name')!r} of Great Expectations says no expectation"
        notes.lacking.append(f"{at}: {what}; write `implementation: {{type: expect_..., kwargs: ...}}`")
        return
    kwargs = dict(said.get("kwargs") or {})
    if column is not None and "column" not in kwargs and "column_A" not in kwargs:
        kwargs["column"] = column
    own = {"scope": "row" if own or kind in ROW_EXPECTATIONS else "table"} | own
    if own["scope"] == "row" and "mostly" in kwargs and "tolerance" not in own:
        own = {"on_fail": "flag"} | own | {"tolerance": round(1 - float(kwargs.pop("mostly")), 12)}
    name = item.get("name") or notes.code(f"{column or 'table'}-{kind.removeprefix('expect_')}")
    value = {"expectation": kind, "kwargs": kwargs, **own}
    named = {**item, "name": name, "description": item.get("description") or str(name)}
    yield {**named, "customProperties": [{"property": "madang", "value": value}]}


def _of_library(item: Document, at: str, column: str | None, notes: ForeignNotes, kind: str) -> Iterator[Document]:
    metric, arguments = item.get("metric") or item.get("rule"), item.get("arguments") or {}
    limits = _limits(item)
    if limits is None:
        return _unjudged(
            notes, at, item, "Madang needs one of mustBe, mustBeLess..., mustBeGreater... and mustBeBetween"
        )
    name = str(item.get("name") or f"{column or 'table'}-{metric}")
    if metric == "rowCount":
        yield from _row_count(name, item, at, limits, notes)
        return None
    tolerance = _tolerance(limits, percent=_is_percent(item))
    if tolerance is None:
        why = "a number of rows above 0 differs with each day; give it in percent (`unit: percent`)"
        return _unjudged(notes, at, item, why)
    own = {"tolerance": tolerance, "on_fail": "flag"} if tolerance else {}
    of_column = {"column": column}
    if metric == "duplicateValues" and not tolerance:
        columns = [str(one) for one in arguments.get("properties") or ([] if column is None else [column])]
        if columns:
            kind, kwargs = (
                (UNIQUE, {"column": columns[0]}) if len(columns) == 1 else (UNIQUE_TOGETHER, {"column_list": columns})
            )
            yield rule_document(name, f"{', '.join(columns)} is unique", kind, kwargs, notes, item)
            return None
    elif metric in ("nullValues", "missingValues") and column is not None:
        yield rule_document(name, f"{column} is there", NOT_NULL, of_column, notes, item, **own)
        return None
    elif metric == "invalidValues" and column is not None:
        yield from _invalid_values(name, item, at, column, notes, kind, own)
        return None
    return _unjudged(notes, at, item, f"Madang has nothing like `{metric}` with these limits here")


def _invalid_values(
    name: str, item: Document, at: str, column: str, notes: ForeignNotes, kind: str, own: Document
) -> Iterator[Document]:
    arguments = item.get("arguments") or {}
    values, pattern = arguments.get("validValues"), arguments.get("pattern")
    known = None if values is None else known_values(values, kind)
    form = None if pattern is None or kind != "string" else common_regex(str(pattern))
    if known:
        kwargs = {"column": column, "value_set": known}
        yield rule_document(name, f"{column} is a known value", IN_SET, kwargs, notes, item, **own)
    if form is not None:
        kwargs = {"column": column, "regex": form}
        yield rule_document(name, f"{column} has its form", MATCHES, kwargs, notes, item, **own)
    if values is not None and not known:
        return _unjudged(notes, at, item, f"its `validValues` are not those of a column of the type {kind}")
    if form is None and (pattern is not None or not known):
        return _unjudged(notes, at, item, "it has no `pattern` for texts that Polars and DuckDB read in the same way")
    return None


def known_values(values: Sequence[Any], kind: str) -> list[Any] | None:
    """The values of a set as a column of this kind has them; None where it has not, or none is there."""
    filled = [value for value in values if value is not None]
    if kind == "string":
        found = [str(value).lower() if isinstance(value, bool) else str(value) for value in filled]
    elif kind in ("integer", "number") and all(map(_is_number, filled)):
        found = filled
    else:
        return None
    return found or None


def _row_count(
    name: str, item: Document, at: str, limits: tuple[float, bool, float, bool], notes: ForeignNotes
) -> Iterator[Document]:
    low, above, high, below = limits
    if _is_percent(item):
        return _unjudged(notes, at, item, "a number of rows in percent says nothing")
    least = {} if low == -math.inf else {"min_value": math.floor(low) + 1 if above else math.ceil(low)}
    most = {} if high == math.inf else {"max_value": math.ceil(high) - 1 if below else math.floor(high)}
    notes.unjudged.append(
        f"{at}: the number of rows is judged for each day, not for all days together; is it of a day?"
    )
    yield rule_document(name, "The day has so many rows", _ROWS, least | most, notes, item)
    return None


def _limits(item: Document) -> tuple[float, bool, float, bool] | None:
    """Lowest number that holds, whether it is itself too low, and the same of the highest; None for others."""
    said = {key: value for key, value in item.items() if str(key).startswith("must") and value is not None}
    if len(said) != 1:
        return None
    ((operator, value),) = said.items()
    numbers = value if operator == "mustBeBetween" else [value, value]
    if not (isinstance(numbers, list | tuple) and len(numbers) == 2 and all(map(_is_number, numbers))):
        return None
    low, high = float(numbers[0]), float(numbers[1])
    if operator in _LOW:
        return low, _LOW[operator], math.inf, False
    if operator in _HIGH:
        return -math.inf, False, high, _HIGH[operator]
    return (low, False, high, False) if operator in _TWO_SIDED else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_percent(item: Document) -> bool:
    return str(item.get("unit") or "").strip().lower() in ("percent", "%", "percentage")


def _tolerance(limits: tuple[float, bool, float, bool], *, percent: bool) -> float | None:
    """The share of rows that may be bad; None where that cannot be said."""
    low, above, high, below = limits
    if low > 0 or (above and low == 0) or high == math.inf or high < 0 or (below and high == 0):
        return None
    if percent:
        return min(1.0, math.nextafter(high / 100, 0) if below else high / 100)
    return 0.0 if (high < 1 or (below and high == 1)) else None


def common_regex(pattern: str) -> str | None:
    r"""A regular expression that Polars and DuckDB read in the same way: \d is [0-9]; None where there is none."""
    parts, inside = list[str](), False
    for token in re.findall(r"\\.|.", pattern, flags=re.DOTALL):
        if len(token) == 2 and token[1] in "bBDWSAZzGkpPux":
            return None
        known = _CLASSES.get(token[1]) if len(token) == 2 else None
        if known is not None:
            parts.append(known if inside else f"[{known}]")
            continue
        inside = token == "[" or (inside and token != "]")
        parts.append(token)
    found = "".join(parts)
    return None if wrong_regex(found) else found


def length_regex(least: Any, most: Any) -> str | None:
    """The form of a text with so many signs; None where it cannot be said."""
    low, high = (0 if least is None else least), most
    if not isinstance(low, int) or not (high is None or isinstance(high, int)) or max(low, high or 0) > _MOST_REPEATED:
        return None
    return rf"^(?s:.{{{low},{'' if high is None else high}}})$"
