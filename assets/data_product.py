"""A city as a data product, by the Open Data Product Standard 1.1: the one way in which such a document is written.

Whoever knows the city, its pack or the open file, gives the parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

API_VERSION = "v1.1.0"
_READ = "Open the published file with DuckDB; metric.reason says why a value is absent, mart.feed who delivers what."


@dataclass(frozen=True)
class ProductParts:
    """What a document is made of. titles: of the city by language; name: the one that it is called by.

    limitations: by feed its licence. inputs, outputs: ports, as the standard has them.
    """

    city: str
    name: str
    owner: str
    version: str
    titles: Mapping[str, str]
    limitations: Mapping[str, str]
    inputs: Sequence[Mapping[str, Any]]
    outputs: Sequence[Mapping[str, Any]]
    properties: Mapping[str, Any]
    usage: str = _READ


def data_product(parts: ProductParts) -> dict[str, Any]:
    """The document."""
    names = [{"synonym": text, "locale": tag} for tag, text in parts.titles.items() if text != parts.name]
    return {
        "apiVersion": API_VERSION,
        "kind": "DataProduct",
        "id": f"madang.{parts.city}",
        "name": parts.name,
        "version": parts.version,
        "status": "active",
        "domain": "city",
        "type": "aggregate",
        "tenant": parts.owner,
        **({"synonyms": names} if names else {}),
        "description": {
            "purpose": f"Figures of {parts.name} that were proved fit every night, with what they are made of.",
            "limitations": "; ".join(sorted({f"{feed}: {licence}" for feed, licence in parts.limitations.items()})),
            "usage": parts.usage,
        },
        "team": {"name": parts.owner},
        "inputPorts": [dict(port) for port in parts.inputs],
        "outputPorts": [dict(port) for port in parts.outputs],
        "customProperties": [{"property": name, "value": value} for name, value in parts.properties.items()],
    }
