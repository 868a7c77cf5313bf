"""A city of the open file as a data product (ODPS 1.1): its feeds are what goes in, its data sets what comes out."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from assets.data_product import ProductParts, data_product
from assets.site.address import absolute
from assets.site.catalogue.datasets import DataSet, datasets_of, feed_sources, titles_of
from assets.site.navigation import data_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Download

_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the same text, in a sixth of the time
_USAGE = (
    "Download the files, or the open file and open it with DuckDB; metric.reason says why a value is absent, mart.feed "
    "who delivers what."
)


def product_path(city: str) -> str:
    """The document of a city."""
    return data_path(city, "product.odps.yaml")


def product_files(file: OpenFile) -> Iterator[Download]:
    """One for each city."""
    for city in file.cities:
        text = _text(file, city)
        yield Download(product_path(city.name), text, text.encode)


def _text(file: OpenFile, city: OpenCity) -> str:
    sources = feed_sources(file, city).values()
    sets = datasets_of(file, city)
    # a pack has no version in the open file: what is there is that of the release
    version = f"{file.release.version}.0.0"
    parts = ProductParts(
        city=city.name,
        name=city.title,
        owner=city.title,
        version=version,
        titles=titles_of(file, city, "city", city.name, city.title),
        limitations={one.feed: one.licence for one in sources},
        inputs=[
            {"name": one.feed, "version": version, "contractId": f"madang.{city.name}.{one.feed}"} for one in sources
        ],
        outputs=[_port(file, one, version) for one in sets],
        properties={
            "areas": file.areas(city.name).height,
            "metrics": sorted(one.name for one in sets if one.is_metric),
        },
        usage=_USAGE,
    )
    return yaml.dump(data_product(parts), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _port(file: OpenFile, one: DataSet, version: str) -> dict[str, object]:
    return {
        "name": one.name,
        "description": one.titles["en"],
        "type": "file",
        "version": version,
        "contractId": f"madang.{one.city.name}.{one.name}",
        "customProperties": [{"property": "files", "value": [absolute(file.address, data.path) for data in one.files]}],
    }
