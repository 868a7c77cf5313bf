"""The schemas of entries of metrics: the platform's own, and those of a city."""

from __future__ import annotations

from assets.formulas.named import NAMED
from assets.mart import declared_marts, mart_contract
from assets.metrics.entry import Entry, OwnEntry
from assets.models import models
from assets.schemas.draft7 import Schema, ref, schema_of
from quality.contract.base import NAME


def entries_schema(kind: type[Entry] = OwnEntry) -> Schema:
    """What may stand in a file of entries."""
    entry = schema_of(kind)
    keys: dict[str, Schema] = entry["properties"]
    said = {name: f"{model.title}: {model.row}" for name, model in models().items()}
    of_marts = {name: mart_contract(name) for name in declared_marts()}
    said |= {name: f"{mart.title.shown}: {mart.grain}" for name, mart in of_marts.items()}
    keys["observes"] |= {"enum": list(said), "enumDescriptions": list(said.values())}
    keys["value"]["anyOf"][1]["properties"]["formula"]["enum"] = list(NAMED)
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": ref("entry"),
        "definitions": {"entry": entry},
    }


def platform_entries_schema() -> Schema:
    """What may stand in assets/metrics/<subject>.yaml."""
    return entries_schema(Entry)
