"""A type that reads a file -> a JSON schema (draft 7, which every editor knows) of what may be written in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]
_ROOT = "#/definitions/"
_NULL = {"type": "null"}


def schema_of(kind: type[BaseModel]) -> Schema:
    """The schema of a type, all in one piece; descriptions and defaults are those of its fields."""
    whole = kind.model_json_schema(ref_template=_ROOT + "{model}")
    return _plain(whole, whole.pop("$defs", {}))


def ref(name: str) -> Schema:
    """What stands among the definitions of the whole schema."""
    return {"$ref": _ROOT + name}


def described(description: str, schema: Schema) -> Schema:
    """The same with a description of its own: beside a reference draft 7 reads none."""
    return {"description": description, "allOf": [schema]}


def said(key: str) -> Schema:
    """A mapping that has the key with a value."""
    return {"required": [key], "properties": {key: {"not": _NULL}}}


def _plain(node: Any, definitions: Mapping[str, Schema]) -> Any:
    """Without references, titles, defaults that say nothing, and words that draft 7 does not have."""
    if isinstance(node, list):
        return [_plain(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    found: Schema = {}
    if "$ref" in node:
        found = _plain(definitions[node["$ref"].removeprefix(_ROOT)], definitions)
    for key, value in node.items():
        if key == "properties":
            found[key] = {name: _plain(one, definitions) for name, one in value.items()}
        elif key == "prefixItems":
            found["items"] = _plain(value, definitions)
        elif key == "anyOf":
            found |= _any_of([_plain(one, definitions) for one in value])
        elif key not in ("$ref", "title") and not (key == "default" and (not value and value not in (False, 0))):
            found[key] = value if key in ("default", "examples", "enum", "required") else _plain(value, definitions)
    if isinstance(found.get("default"), dict):
        del found["default"]
    return found


def _any_of(options: list[Schema]) -> Schema:
    """One of several; nothing (null) is written into the type of the only other one."""
    flat = [one for option in options for one in (option["anyOf"] if set(option) == {"anyOf"} else [option])]
    others = [one for one in flat if one != _NULL]
    if len(others) == len(flat):
        return {"anyOf": flat}
    if len(others) == 1 and isinstance(others[0].get("type"), str):
        (only,) = others
        nullable = {"enum": [*only["enum"], None]} if "enum" in only else {}
        return only | nullable | {"type": [only["type"], "null"]}
    return {"anyOf": [*others, _NULL]}
