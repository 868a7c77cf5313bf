"""A city as a data product: a document of the Open Data Product Standard 1.1, made from its pack.

Its inputs are the feeds, under the ids of their contracts; its outputs are what is published of the city.
"""

from __future__ import annotations

from typing import Any

import yaml

from assets.data_product import ProductParts, data_product
from assets.derive.tables import derived_tables
from assets.pack.city import City
from assets.publication.contracts import ShownContract, contracts_of_city, contracts_of_platform
from assets.publication.metric_columns import METRIC_VALUE
from quality.odcs.variables import without_variables
from quality.odcs.write import to_odcs


def product_text(city: City, version: str, madang: str) -> str:
    """The document of a city's pack as YAML; `version` is that of the pack."""
    document = without_variables(_product(city, version, madang))
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _product(city: City, version: str, madang: str) -> dict[str, Any]:
    feeds = list(contracts_of_city(city))
    return data_product(
        ProductParts(
            city=city.name,
            name=city.config.shown,
            owner=city.config.owner,
            version=version,
            titles=city.config.title.root,
            limitations={one.contract.name: one.contract.licence for one in feeds},
            inputs=[
                {"name": one.contract.name, "version": one.contract.version, "contractId": _id(one)} for one in feeds
            ],
            outputs=_outputs(city, feeds),
            properties={"madangVersion": madang, "areas": city.areas.height, "metrics": sorted(city.metrics)},
        )
    )


def _outputs(city: City, feeds: list[ShownContract]) -> list[dict[str, Any]]:
    """The tables of the published file that have rows of the city, each with the contracts that it depends on."""
    made = {table.name: table.feeds for table in derived_tables(city)}
    inputs = {one.contract.name: {"id": _id(one), "version": one.contract.version} for one in feeds}
    shown = [one for one in contracts_of_platform() if one.table is METRIC_VALUE or one.contract.name in made]
    ports = list[dict[str, Any]]()
    for one in (*(feed for feed in feeds if feed.table is not None), *shown):
        if one.city is not None:
            behind = {one.contract.name}
        elif one.table is METRIC_VALUE:
            behind = {name for names in made.values() for name in names}
        else:
            behind = set(made[one.contract.name])
        ports.append(
            {
                "name": one.name,
                "description": one.contract.title.shown,
                "type": "duckdb",
                "version": one.contract.version,
                "contractId": _id(one),
                "inputContracts": [inputs[name] for name in sorted(behind) if name in inputs],
            }
        )
    return ports


def _id(shown: ShownContract) -> str:
    """The id of its document; a contract that is not published has one as well."""
    return str(to_odcs(shown.contract).id) if shown.city is None else f"madang.{shown.city.name}.{shown.contract.name}"
