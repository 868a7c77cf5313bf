"""The schemas of city.yaml, metrics.yaml and sharing.yaml."""

from __future__ import annotations

from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition
from assets.metrics.entries import platform_metrics
from assets.pack.city_file import Choices, CityConfig
from assets.pack.sharing import Sharing
from assets.schemas.draft7 import Schema, described, ref, schema_of
from assets.standards.standards import edition_names
from assets.standards.standards import standards as known_standards


def city_schema() -> Schema:
    """What may stand in city.yaml."""
    return schema_of(CityConfig)


def sharing_schema() -> Schema:
    """What may stand in sharing.yaml."""
    found = schema_of(Sharing)
    for part in found["properties"].values():
        part["type"] = ["object", "null"]
    return found


def metrics_schema() -> Schema:
    """What may stand in metrics.yaml: metrics of the platform, with what a city chooses of each."""
    found = schema_of(Choices)
    for part in found["properties"].values():
        part["type"] = [part["type"], "null"]  # a part with nothing below it chooses nothing
    choice = schema_of(MetricChoice)
    choice.pop("description", None)
    found["properties"]["metrics"] |= {
        "properties": {name: described(_about(metric), ref("choice")) for name, metric in platform_metrics().items()},
        "additionalProperties": False,
    }
    standards = found["properties"]["standards"]["properties"]
    standards["national"]["enum"] = [*known_standards(), None]
    standards["editions"]["items"]["enum"] = list(edition_names())
    return found | {"definitions": {"choice": choice}}


def _about(metric: MetricDefinition) -> str:
    return f"{metric.title.shown}, in {metric.unit}. {metric.formula}"
