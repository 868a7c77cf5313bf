"""The schemas of models: of their files, and of the columns that they share."""

from __future__ import annotations

from assets.models import FOLDER
from assets.schemas.draft7 import Schema, described, ref, schema_of
from quality.contract.models import SHARED, Model, ModelColumn
from quality.contract.yaml_file import read_yaml

_NAME = "^[a-z][a-z0-9_]*$"
_NUMBERS = {"enum": ["number", "integer"]}


def model_schema() -> Schema:
    """What may stand in assets/models/<name>.yaml."""
    found, shared = schema_of(Model), read_yaml(FOLDER / SHARED)
    found["required"].remove("name")  # that of the file
    own = {"if": {"properties": {"type": _NUMBERS}}, "then": {"required": ["unit"]}}
    part = {"anyOf": [{"type": "null"}, ref("column")]}
    found["properties"]["columns"] |= {
        "propertyNames": {"pattern": _NAME},
        "properties": {name: described(what["meaning"], part) for name, what in shared.items()},
        "additionalProperties": {"allOf": [ref("column"), {"required": ["type", "meaning"]} | own]},
    }
    return found | {"definitions": {"column": _column()}}


def shared_columns_schema() -> Schema:
    """What may stand in assets/models/shared/columns.yaml."""
    return {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": _column()}


def _column() -> Schema:
    column = schema_of(ModelColumn)
    del column["required"]
    column.pop("description", None)
    return column
