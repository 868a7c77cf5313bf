"""Columns that others wrote in the standard's own terms, as columns of Madang: where they stand in a delivery, how they
are read, and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from quality.contract.generated_rules import BETWEEN, UNIQUE
from quality.contract.time_formats import wrong_format
from quality.odcs.foreign_notes import ForeignNotes, custom_value, madang_value, with_madang
from quality.odcs.foreign_rules import (
    IN_SET,
    MATCHES,
    common_regex,
    foreign_rules,
    known_values,
    length_regex,
    rule_document,
)
from quality.units.table import CODES, READ_CODES

Document = Mapping[str, Any]

# How the types of databases begin.
_PHYSICAL = {
    "string": "varchar char nvarchar text string character uuid clob",
    "integer": "bigint int integer smallint tinyint long serial hugeint",
    "number": "double float real decimal numeric number",
    "boolean": "bool",
    "timestamp": "timestamp datetime",
    "date": "date",
}
_UNKNOWN = {"object", "map", "vector"}  # types of the standard that Madang does not have
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_READ = {  # options that are read, by type
    "number": {*_LIMITS, "format"},
    "integer": {*_LIMITS, "format"},
    "string": {"pattern", "minLength", "maxLength"},
    "date": {"format"},
    "timestamp": {"format", "timezone", "defaultTimezone"},
}
# Parts of a format as Java writes it -> strptime's.
_JAVA = {"yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M"}
_JAVA |= {"ss": "%S", "a": "%p", "XXX": "%z", "XX": "%z", "X": "%z", "Z": "%z"}


def foreign_column(item: Document, at: str, notes: ForeignNotes, city_zone: str | None) -> dict[str, Any] | None:
    """The column with what its document says in the standard's terms; None where Madang has no such columns."""
    own, name = madang_value(item), str(item.get("name"))
    kind = item.get("logicalType") or _kind_of(str(item.get("physicalType") or ""))
    if kind is None:
        notes.lacking.append(f"{at}: the type of {name} is not said; write `logicalType: string`, or another")
        return None
    if kind == "time":
        notes.unjudged.append(f"{at}: {name} is a time of day, and is read as a text; nothing is to be done")
        kind = "string"
    inner = (item.get("items") or {}).get("logicalType", "string")
    if kind in _UNKNOWN or (kind == "array" and inner != "string"):
        what = f"an array of {inner}" if kind == "array" else f"of the type {kind}"
        notes.unjudged.append(f"{at}: {name} is {what}, and is left out; make columns of its parts to have them")
        return None
    column = {**item, "logicalType": kind, "description": item.get("description") or item.get("businessName") or name}
    column["classification"] = _classification(item, at, name, notes)
    if not own.get("of"):
        own = _delivered(item, name) | _read_as(item, kind, at, notes, city_zone, own) | own
        own |= _missing(item, own)
    rules = [*_of_options(item, kind, at, name, notes), *_of_set(item, kind, at, name, notes)]
    if item.get("unique") and not item.get("primaryKey"):
        rules.append(rule_document(f"{name}-unique", f"{name} is unique", UNIQUE, {"column": name}, notes))
    column["quality"] = [*foreign_rules(item.get("quality") or (), f"{at}.quality", name, notes, kind), *rules]
    return with_madang(column, own) if own else column


def _kind_of(physical: str) -> str | None:
    begins = re.match("[a-z]*", physical.strip().lower())
    word = begins[0] if begins else ""
    return next((kind for kind, words in _PHYSICAL.items() if word in words.split()), None) if word else None


def _classification(item: Document, at: str, name: str, notes: ForeignNotes) -> str:
    said = item.get("classification") or "public"
    if said in ("public", "restricted"):
        return said
    notes.unjudged.append(
        f"{at}.classification: {said!r} is taken for `restricted`; write `public` if anybody may see it"
    )
    return "restricted"


def _delivered(item: Document, name: str) -> dict[str, Any]:
    """Under which names it may be delivered, and in which unit."""
    synonyms = [one.get("synonym") for one in item.get("synonyms") or () if isinstance(one, Mapping)]
    names = [item.get("physicalName"), name, *synonyms]
    code = custom_value(item, "unitCode")
    unit = custom_value(item, "unit") or {**CODES, **READ_CODES}.get(str(code), code)
    return {"sources": list(dict.fromkeys(str(one) for one in names if one))} | ({"unit": str(unit)} if unit else {})


def _read_as(
    item: Document, kind: str, at: str, notes: ForeignNotes, city_zone: str | None, own: Document
) -> dict[str, Any]:
    """The format and the zone of days and times."""
    if kind not in ("date", "timestamp") or {"formats", "zone", "delivered_zone"} & set(own):
        return {}
    options = item.get("logicalTypeOptions") or {}
    said = options.get("format")
    form = None if said is None else _strptime(str(said))
    if said is not None and (form is None or wrong_format(form)):
        notes.unjudged.append(f"{at}.logicalTypeOptions.format: {said!r} is not known; write it as '%Y-%m-%d %H:%M'")
        form = None
    found: dict[str, Any] = {"formats": [form]} if form else {"formats": ["iso"]} if kind == "timestamp" else {}
    if kind == "date" or city_zone is None:
        return found
    zone = options.get("defaultTimezone")
    zone = "UTC" if zone == "Etc/UTC" else zone
    if zone and zone != city_zone:
        return found | {"zone": city_zone, "delivered_zone": zone}
    offsets = form is None or "%z" in form
    return found | ({"zone": city_zone} if offsets and options.get("timezone") is not False else {})


def _strptime(java: str) -> str | None:
    """A format as Java writes it, as strptime does; one of strptime as it is. None where a part is not known."""
    if "%" in java:
        return java
    parts = list[str]()
    for token in re.finditer(r"'(?P<quoted>[^']*)'|(?P<fraction>[.]S+)|(?P<letters>([A-Za-z])\4*)|.", java):
        if token["letters"] is not None and token[0] not in _JAVA:
            return None
        parts.append(
            token["quoted"]
            if token["quoted"] is not None
            else "%.f"
            if token["fraction"]
            else _JAVA.get(token[0], token[0])
        )
    return "".join(parts)


def _missing(item: Document, own: Document) -> dict[str, Any]:
    """Texts that mean "missing", of the metric of that name."""
    texts = list(own.get("sentinels", ()))
    for one in item.get("quality") or ():
        if (one.get("metric") or one.get("rule")) == "missingValues":
            given = (one.get("arguments") or {}).get("missingValues") or ()
            texts += [str(value) for value in given if value is not None and str(value).strip()]
    return {"sentinels": texts} if texts else {}


def _of_options(item: Document, kind: str, at: str, name: str, notes: ForeignNotes) -> Iterator[Document]:
    options = item.get("logicalTypeOptions") or {}
    others = sorted(set(options) - _READ.get(kind, set()))
    for key in others:
        notes.unjudged.append(f"{at}.logicalTypeOptions.{key}: `{key}` of {name} is not judged; write it as a rule")
    if kind in ("number", "integer") and any(options.get(key) is not None for key in _LIMITS):
        low, high = (options.get(f"exclusive{end}", options.get(end.lower())) for end in ("Minimum", "Maximum"))
        kwargs = {key: value for key, value in (("min_value", low), ("max_value", high)) if value is not None}
        kwargs |= {"strict_min": True} if options.get("exclusiveMinimum") is not None else {}
        kwargs |= {"strict_max": True} if options.get("exclusiveMaximum") is not None else {}
        title = f"{name} lies within its limits"
        yield rule_document(f"{name}-range", title, BETWEEN, {"column": name, **kwargs}, notes)
    if kind != "string":
        return
    forms = {}
    if (pattern := options.get("pattern")) is not None:
        forms["pattern"] = common_regex(str(pattern))
    if options.get("minLength") is not None or options.get("maxLength") is not None:
        forms["minLength" if "minLength" in options else "maxLength"] = length_regex(
            options.get("minLength"), options.get("maxLength")
        )
    for key, form in forms.items():
        if form is None:
            why = "Polars and DuckDB do not read it in the same way; write it as a rule"
            notes.unjudged.append(f"{at}.logicalTypeOptions.{key}: {options[key]!r} is not judged: {why}")
            continue
        what = ("form", "has its form") if key == "pattern" else ("length", "has its length")
        yield rule_document(f"{name}-{what[0]}", f"{name} {what[1]}", MATCHES, {"column": name, "regex": form}, notes)


def _of_set(item: Document, kind: str, at: str, name: str, notes: ForeignNotes) -> Iterator[Document]:
    values = [one.get("value") if isinstance(one, Mapping) else one for one in item.get("enum") or ()]
    known = known_values(values, kind)
    if known is not None:
        kwargs = {"column": name, "value_set": known}
        yield rule_document(f"{name}-known", f"{name} is a known value", IN_SET, kwargs, notes)
    elif values:
        notes.unjudged.append(f"{at}.enum: the values of {name} are not judged, as it is a {kind}; write a rule")
