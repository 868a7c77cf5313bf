"""What readers of a published table can rely on, and which version a change of it needs.

A promise is the part of a contract's document that a query depends on: columns, types, units, keys, limits and known
values. Rules that do not show in the values, texts and what only the delivery has are none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Document = Mapping[str, Any]

_OF_DOCUMENT = ("apiVersion", "kind", "id", "name", "version", "status")
_OF_TABLE = ("name", "physicalName", "logicalType", "physicalType", "dataGranularityDescription")
_OF_QUERIES = {"name", "physicalName", "physicalType"}
# In the order in which they are written, with what people call them.
_OF_COLUMN = {
    "name": "name",
    "physicalName": "name in the table",
    "logicalType": "type",
    "physicalType": "type in the table",
    "required": "`required`",
    "primaryKey": "`primaryKey`",
    "classification": "classification",
    "unit": "unit",
    "logicalTypeOptions": "limits, form or time zone",
    "enum": "known values",
}
_NOTE = """# What readers of {name} can rely on: of its contract, what a query depends on.
# Written by `make tables`, which refuses a change without a higher `version`: CONTRIBUTING.md says which.
"""


@dataclass(frozen=True)
class PromiseChange:
    """One thing that is different. `breaks`: whoever reads the table, or delivers it, may have to change something."""

    text: str
    breaks: bool


def promise(document: Document) -> dict[str, Any]:
    """The part of a document of the standard that readers rely on, as a document of the standard."""
    table = document["schema"][0]
    columns = [_column(item) for item in table["properties"]]
    return {
        **{key: document[key] for key in _OF_DOCUMENT},
        "schema": [{**{key: table[key] for key in _OF_TABLE if key in table}, "properties": columns}],
    }


def _column(item: Document) -> dict[str, Any]:
    found = {key: item[key] for key in _OF_COLUMN if item.get(key) is not None}
    unit = _unit(item)
    return found if unit is None else found | {"customProperties": [{"property": "unit", "value": unit}]}


def _unit(item: Document) -> str | None:
    return next((one["value"] for one in item.get("customProperties") or () if one["property"] == "unit"), None)


def promise_text(name: str, promised: Document) -> str:
    """The file of a promise: one line for each column."""
    plain = dict(promised)
    (table,) = plain.pop("schema")
    lines = [f"{key}: {_flow(value)}" for key, value in plain.items()]
    of_table = [f"{key}: {_flow(value)}" for key, value in table.items() if key != "properties"]
    lines += ["schema:", f"- {of_table[0]}", *(f"  {line}" for line in of_table[1:]), "  properties:"]
    lines += [f"  - {_flow(column)}" for column in table["properties"]]
    return _NOTE.format(name=name) + "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    said = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return said.removesuffix("\n").removesuffix("\n...")


def promise_changes(before: Document, now: Document) -> list[PromiseChange]:
    """What is different, the columns first."""
    old_table, new_table = before["schema"][0], now["schema"][0]
    old, new = ({column["name"]: column for column in table["properties"]} for table in (old_table, new_table))
    found = [PromiseChange(f"the column {name} is gone", True) for name in old if name not in new]
    found += [_added(column) for name, column in new.items() if name not in old]
    found += [change for name in old if name in new for change in _different(old[name], new[name])]
    if [name for name in old if name in new] != [name for name in new if name in old]:
        found.append(PromiseChange("the columns have another order", False))
    for key in _OF_TABLE:
        if old_table.get(key) != new_table.get(key):
            found.append(PromiseChange(f"the table has another {key}", key in _OF_QUERIES))
    others = [key for key in _OF_DOCUMENT if key != "version" and before.get(key) != now.get(key)]
    return [*found, *(PromiseChange(f"the document has another {key}", False) for key in others)]


def _added(column: Document) -> PromiseChange:
    if column.get("required") or column.get("primaryKey"):
        return PromiseChange(f"the column {column['name']} is new, and no row may be without it", True)
    return PromiseChange(f"the column {column['name']} is new", False)


def _different(old: Document, new: Document) -> Iterator[PromiseChange]:
    """Anything that a column says differently: a wider limit surprises who reads it, a tighter one who delivers it."""
    for key, shown in _OF_COLUMN.items():
        before, now = (_unit(one) if key == "unit" else one.get(key) for one in (old, new))
        if _unordered(before) != _unordered(now):
            yield PromiseChange(f"{shown} of {old['name']}: {_shown(before)} becomes {_shown(now)}", True)


def _unordered(value: Any) -> Any:
    return sorted(map(_flow, value)) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return "nothing" if value is None else _flow(value)


def version_refusal(before: Document, now: Document) -> str | None:
    """Why a promise cannot take the place of the one before, and what to do; None where it can."""
    changes = promise_changes(before, now)
    old, new = str(before["version"]), str(now["version"])
    numbers, raised = _numbers(old), _numbers(new)
    if raised is None or numbers is None:
        return f"`version: {new if raised is None else old}` is no version; write three numbers, as 1.0.0"
    if not changes:
        return f"version goes back from {old} to {new}; write `version: {old}`" if raised < numbers else None
    breaks = any(change.breaks for change in changes)
    if raised[:1] > numbers[:1] or (not breaks and raised[:2] > numbers[:2]):
        return None
    wanted = f"{numbers[0] + 1}.0.0" if breaks else f"{numbers[0]}.{numbers[1] + 1}.0"
    texts = [change.text for change in changes if change.breaks or not breaks]
    told = "; ".join(texts[:5]) + (f"; and {len(texts) - 5} more" if len(texts) > 5 else "")
    why = "Queries or deliveries may break by that" if breaks else "No query breaks by that, but the table is another"
    return f"{told}. {why}: write `version: {wanted}` into its contract (it is {new}), or take the change back"


def _numbers(version: str) -> tuple[int, int, int] | None:
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])
