"""The schema of a feed's file: which keys and columns there are depends on its models and protocols."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from assets.connectors.protocol import protocol_for, protocol_names
from assets.models import models
from assets.schemas.draft7 import Schema, ref, said, schema_of
from quality.contract.columns import TIME
from quality.contract.connector import Service
from quality.contract.feed_file import FeedFile
from quality.contract.feed_file_columns import FeedColumn
from quality.contract.feed_rules import FeedRule
from quality.contract.models import Model, ModelColumn

_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_NUMBERS = {"enum": ["number", "integer"]}
_OWN: Schema = {
    "title": "keys with type and meaning, as no model of the feed has this column",
    "type": "object",
    "required": ["type", "meaning"],
    "if": {"properties": {"type": _NUMBERS}},
    "then": {"required": ["unit"]},
}
_JUDGES = ("figure", "column", "not_below", "expectation")


def feed_schema() -> Schema:
    """What may stand in `feeds/<name>.yaml`."""
    found, known = schema_of(FeedFile), models()
    keys: dict[str, Schema] = found["properties"]
    names = {"enum": list(known), "enumDescriptions": [f"{model.title}: {model.row}" for model in known.values()]}
    keys["implements"]["anyOf"] = [names, {"type": "array", "items": names}]
    keys["services"]["items"] = _service(keys["services"]["items"])
    keys["rules"]["items"] = _rule(keys["rules"]["items"])
    columns = {name for model in known.values() for name in model.columns} | {TIME}
    unknown = f"^(?!({'|'.join(sorted(columns))})$)"
    keys["columns"] |= {"additionalProperties": ref("column"), "allOf": [{"patternProperties": {unknown: ref("own")}}]}
    return found | {
        "definitions": {"column": _column(), "own": _OWN},
        "anyOf": [{"required": ["files"]}, {"required": ["services"]}],
        "allOf": [*_of_models(known), *_of_others(known)],
    }


def _column() -> Schema:
    """A column in its three forms: the name under which it is delivered, several, or all that is to be said of it."""
    whole = schema_of(FeedColumn) | {"required": ["from"]}
    whole.pop("description", None)
    return {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}, whole]}


def _of_models(known: Mapping[str, Model]) -> Iterable[Schema]:
    """What a feed has of each model that it implements: its columns; the interval where rows are of one."""
    for name, model in known.items():
        columns = {column: _described(what) for column, what in model.columns.items()}
        then: Schema = {"properties": {"columns": {"properties": columns}}}
        if model.time == "interval":
            then |= {"required": ["interval"]}
            then["properties"]["interval"] = {"type": "string"}
        yield {"if": _implements([name]), "then": then}


def _of_others(known: Mapping[str, Model]) -> Iterable[Schema]:
    """A column of a model that the feed does not implement is one of its own."""
    having = defaultdict[str, list[str]](list)
    for name, model in known.items():
        for column in model.columns:
            having[column].append(name)
    together = defaultdict[tuple[str, ...], list[str]](list)
    for column, names in having.items():
        if column != TIME:
            together[tuple(names)].append(column)
    for names, columns in together.items():
        own = {"patternProperties": {f"^({'|'.join(columns)})$": ref("own")}}  # properties would be proposed
        yield {"if": {"not": _implements(names)}, "then": {"properties": {"columns": own}}}


def _implements(names: Iterable[str]) -> Schema:
    """A feed that implements one of these models."""
    names = {"enum": list(names)}
    return {
        "required": ["implements"],
        "properties": {"implements": {"anyOf": [names, {"type": "array", "contains": names}]}},
    }


def _described(what: ModelColumn) -> Schema:
    unit = "" if what.unit in (None, "1") else f" Stored in {what.unit}."
    key = " Part of the key." if what.key else ""
    return {"description": f"{what.meaning}.{unit}{key}"}


def _service(whole: Schema) -> Schema:
    keys: dict[str, Schema] = whole["properties"]
    found = {name: protocol_for(Service(protocol=name, address="https://localhost")) for name in protocol_names()}
    about = [(type(one).__doc__ or "").strip() for one in found.values()]
    keys["protocol"] |= {"enum": list(found), "enumDescriptions": about}
    keys["address"] |= {"pattern": r"^https?://[^/\s]", "patternErrorMessage": "Write it in full, with https://."}
    keys["secrets"]["additionalProperties"] |= {
        "pattern": "^[A-Z_][A-Z0-9_]*$",
        "patternErrorMessage": "Write the name of an environment variable, as in MADANG_KEY_CITY, and no secret.",
    }
    asks = [(name, _ask(one.asked)) for name, one in found.items()]
    which = [
        {"if": {"properties": {"protocol": {"const": name}}, "required": ["protocol"]}, "then": {"properties": ask}}
        for name, ask in asks
    ]
    return whole | {"allOf": which}


def _ask(asked: Mapping[str, str]) -> dict[str, Any]:
    keys = {key: {"description": meaning} for key, meaning in asked.items()}
    return {"ask": {"properties": keys, "additionalProperties": False}}


def _rule(whole: Schema) -> Schema:
    """A rule of a model that is changed has a reason, another one judges something and has a title."""
    judges = {"anyOf": [said(key) for key in _JUDGES]}
    whole["description"] = (FeedRule.__doc__ or "").splitlines()[0]
    return whole | {"if": judges, "then": {"required": ["title"]}, "else": {"required": ["reason"]}}
