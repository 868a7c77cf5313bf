"""Documents of the standard that others wrote: what they say in the standard's own terms, in Madang's.

Whatever stands under `madang` counts before it. What Madang needs and a document does not say is an error that says
what to write; what it says and Madang does not judge is named, and left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quality.contract.all_errors import SeveralErrors
from quality.contract.columns import DAY
from quality.odcs.foreign_columns import foreign_column
from quality.odcs.foreign_notes import ForeignNotes, custom_value, madang_value, with_madang
from quality.odcs.foreign_rules import foreign_rules

Document = Mapping[str, Any]

_NAME = re.compile("[a-z][a-z0-9_]*")
_DAYS = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24}


@dataclass(frozen=True)
class Adopted:
    """A document with all that Madang needs under `madang`. `unjudged`: what was left out, each with its key."""

    document: Document
    unjudged: tuple[str, ...] = ()


def adopted(document: Document, city_zone: str | None) -> Adopted:
    """The document of a feed, completed; those that Madang wrote, and tables of the platform, as they are.

    Raises SeveralErrors that name what is lacking, each with its key and what to write.
    """
    own = madang_value(document)
    if "rules" in own or own.get("layer", "core") != "core":
        return Adopted(document)
    tables = document.get("schema")
    if not isinstance(tables, Sequence) or not tables or not isinstance(tables[0], Mapping):
        raise ValueError("schema: there is no table; write `schema:` with one that has `properties`")
    name = _name(document, tables[0])
    notes = ForeignNotes(own.get("prefix") or re.sub("[^A-Z0-9_]", "_", name.upper()))
    if len(tables) > 1:
        others = ", ".join(repr(table.get("name")) for table in tables[1:])
        notes.unjudged.append(f"schema.1: only the first table is read, not {others}; write a document for each")
    table = _table(tables[0], notes, city_zone)
    settings = {"prefix": notes.prefix} | _licence(document, own, notes) | _latency(document) | own
    settings |= {} if "connector" in own else _files(document, table, notes)
    purpose, owner = _purpose(document, tables[0], notes), _owner(document, notes)
    if notes.lacking:
        raise SeveralErrors(notes.lacking)
    found = {**document, "name": name, "schema": [table, *tables[1:]], "team": {"name": owner}}
    found["version"] = document.get("version") or "1.0.0"
    found["description"] = {**(document.get("description") or {}), "purpose": purpose}
    return Adopted(with_madang(found, settings), tuple(notes.unjudged))


def _name(document: Document, table: Document) -> str:
    """A name that a table can have: that of the document, of its table, or one made of them."""
    said = [str(one) for one in (document.get("name"), table.get("name"), document.get("id")) if one]
    made = [re.sub("[^a-z0-9]+", "_", one.lower()).strip("_") for one in said]
    return next((one for one in [*said, *made] if _NAME.fullmatch(one)), "feed")


def _table(table: Document, notes: ForeignNotes, city_zone: str | None) -> dict[str, Any]:
    columns, at = list[dict[str, Any]](), "schema.0.properties"
    items, day = _with_day(table.get("properties") or ())
    for n, item in enumerate(items):
        column = foreign_column(item, f"{at}.{n}", notes, city_zone)
        columns += [] if column is None else [column]
    if day is not None:
        columns.append(day)
    elif not any(column.get("name") == DAY for column in columns):
        what = (
            "no column says which day a row is of; mark the date or the one timestamp that does with `primaryKey: true`"
        )
        notes.lacking.append(f"{at}: {what}")
    key = [str(column.get("businessName") or column["name"]) for column in columns if column.get("primaryKey")]
    if not key:
        notes.lacking.append(f"{at}: nothing says what makes a row unique; mark these columns with `primaryKey: true`")
    rules = foreign_rules(table.get("quality") or (), "schema.0.quality", None, notes)
    grain = table.get("dataGranularityDescription") or f"one row for each {', '.join(key)}"
    return {**table, "dataGranularityDescription": grain, "properties": columns, "quality": rules}


def _with_day(items: Sequence[Document]) -> tuple[list[Document], dict[str, Any] | None]:
    """The columns with one that is named `day`, or the column of the day that is computed of the one timestamp."""
    found = list(items)
    if any(item.get("name") == DAY for item in items):
        return found, None
    keys = [item for item in items if item.get("primaryKey")]
    for kind in ("date", "timestamp"):
        of_kind = [item for item in keys if item.get("logicalType") == kind]
        of_kind = of_kind or [item for item in items if item.get("logicalType") == kind and item.get("required")]
        if len(of_kind) != 1:
            continue
        (item,) = of_kind
        if kind == "date":
            renamed = {**item, "name": DAY, "physicalName": item.get("physicalName") or item["name"], "required": True}
            return [renamed if one is item else one for one in found], None
        column = {"name": DAY, "logicalType": "date", "description": f"The day of {item['name']}", "required": True}
        return found, with_madang(column, {"of": item["name"]})
    return found, None


def _licence(document: Document, own: Document, notes: ForeignNotes) -> dict[str, Any]:
    links = [*(document.get("authoritativeDefinitions") or ())]
    links += (document.get("description") or {}).get("authoritativeDefinitions") or ()
    link = next((one.get("url") for one in links if str(one.get("type")).lower() in ("licence", "license")), None)
    said = own.get("licence") or custom_value(document, "licence", "license") or link
    if not said:
        what = "the licence of the data is not said; write `- {property: licence, value: ...}` into `customProperties`"
        notes.lacking.append(f"customProperties: {what}")
    return {"licence": str(said)}


def _purpose(document: Document, table: Document, notes: ForeignNotes) -> Any:
    said = (document.get("description") or {}).get("purpose") or table.get("description")
    if not said:
        notes.lacking.append("description: what the data is for is not said; write `description: {purpose: ...}`")
    return said


def _owner(document: Document, notes: ForeignNotes) -> Any:
    """The team's name; of a list of people, as it was up to 3.0, the owner's."""
    team = document.get("team")
    if isinstance(team, Mapping):
        said = team.get("name")
    else:
        people = [one for one in team or () if isinstance(one, Mapping)]
        owners = [one for one in people if "owner" in str(one.get("role")).lower()] or people
        said = next((one.get("name") or one.get("username") for one in owners), None)
    if not said:
        notes.lacking.append("team: who owns or delivers the data is not said; write `team: {name: ...}`")
    return said


def _latency(document: Document) -> dict[str, Any]:
    """How many days rows come late, where the service levels say it."""
    for one in document.get("slaProperties") or ():
        days = _DAYS.get(str(one.get("unit")).lower())
        value = one.get("value")
        if one.get("property") in ("latency", "ly") and days is not None and isinstance(value, int | float):
            return {"lag_days": math.ceil(value * days)}
    return {}


def _files(document: Document, table: Document, notes: ForeignNotes) -> dict[str, Any]:
    """A drop folder, of the first server that is one."""
    servers = [one for one in document.get("servers") or () if isinstance(one, Mapping)]
    n, server = next(((n, one) for n, one in enumerate(servers) if one.get("type") == "local"), (0, None))
    if server is None and madang_value(document):
        return {}  # a check of the pack asks for it
    if server is None:
        others = ", ".join(sorted({str(one.get("type")) for one in servers})) or "none"
        what = "write `- {server: drop, type: local, path: air/*.csv, format: csv}`, or `connector` under `madang`"
        notes.lacking.append(f"servers: where the files come from is not said (servers: {others}); {what}")
        return {}
    at, form = f"servers.{n}", str(server.get("format") or "csv").lower()
    if form not in ("csv", "json"):
        notes.lacking.append(f"{at}.format: {form} is not read; have CSV or JSON delivered, and write `format: csv`")
    path = _below(str(server.get("path") or ""), table, form, at, notes)
    layout: dict[str, Any] = {} if form == "csv" else {"kind": "json"}
    delimiter = server.get("delimiter")
    if form == "csv" and delimiter not in (None, ","):
        layout["delimiter"] = {"\\t": "\t", "tab": "\t"}.get(str(delimiter), delimiter)
    elif form == "json" and delimiter == "new_line":
        what = "a record on each line is not read; have an array delivered, and write `delimiter: array`"
        notes.lacking.append(f"{at}.delimiter: {what}")
    if server.get("encoding"):
        layout["encodings"] = [str(server["encoding"]).lower()]
    files = {"paths": [path]} | ({"layout": layout} if layout else {})
    return {"connector": {"files": files}}


def _below(path: str, table: Document, form: str, at: str, notes: ForeignNotes) -> str:
    """The pattern below the drop folder."""
    name = str(table.get("physicalName") or table.get("name"))
    said = path.removeprefix("file://").replace("\\", "/").replace("{model}", name).replace("{schema}", name)
    parts = [part for part in said.split("/") if part not in ("", ".")]
    if said.endswith("/") or not parts:
        parts.append(f"*.{form}")
    if said.startswith("/") or ".." in parts or re.match("[A-Za-z]:|~", said):
        notes.unjudged.append(f"{at}.path: {path!r} is outside of the drop folder; {parts[-1]!r} is looked for in it")
        parts = parts[-1:]
    return "/".join(parts)
