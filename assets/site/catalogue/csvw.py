"""Metadata of CSV files as the W3C's CSV on the Web has them: beside each file, under its name and `-metadata.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assets.site.catalogue.datasets import DataSet
from assets.site.catalogue.marts import BETWEEN
from assets.site.catalogue.tables import ColumnSaid, DataFile, columns_of
from assets.site.opened import OpenFile
from assets.site.page import Download

CONTEXT = "http://www.w3.org/ns/csvw"
_TYPES: Mapping[str, str] = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
}


def metadata_path(one: DataFile) -> str:
    """Where a reader of CSVW looks for what is said of a CSV file."""
    return f"{one.path}-metadata.json"


def csvw_files(file: OpenFile, sets: list[DataSet]) -> Iterator[Download]:
    """One for each CSV file of the data sets."""
    for dataset in sets:
        for one in dataset.files:
            if one.kind == "csv":
                said = csvw(file, dataset, one)
                # without an indent json is written in C, four times as fast: most files are as they were
                yield Download(metadata_path(one), json.dumps(said), lambda said=said: _written(said))


def _written(said: dict[str, Any]) -> bytes:
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def csvw(file: OpenFile, dataset: DataSet, one: DataFile) -> dict[str, Any]:
    """What is said of one file: relative to where the metadata lies."""
    said = columns_of(file, one.table)
    keys = [name for name in one.columns if name in said and said[name].is_key]
    titles = [{"@value": text, "@language": tag} for tag, text in dataset.titles.items()]
    return {
        "@context": [CONTEXT, {"@language": "en"}],
        "url": one.path.rpartition("/")[2],
        "dc:title": titles,
        **({"dc:description": dataset.description} if dataset.description else {}),
        "dc:license": dataset.licences,
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\n"]},
        "tableSchema": {
            "columns": [_column(name, said.get(name), dataset, one) for name in one.columns],
            **({"primaryKey": keys} if keys else {}),
        },
    }


def _column(name: str, said: ColumnSaid | None, dataset: DataSet, one: DataFile) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "titles": name}
    if said is None:
        return found | {"datatype": "string"}
    if said.meaning:
        found["dc:description"] = said.meaning
    base, is_list = said.dtype.removesuffix("[]"), said.dtype.endswith("[]")
    found["datatype"] = _datatype(base)
    if is_list and not dataset.is_metric and one.kind == "csv":
        found["separator"] = BETWEEN
    if said.unit:
        found["schema:unitText"] = said.unit
    if said.is_key:
        found["required"] = True
    return found


def _datatype(dtype: str) -> Any:
    if dtype.startswith("TIMESTAMP"):
        return {"base": "dateTime", "format": "yyyy-MM-ddTHH:mm:ss.SSSSSS"}
    return _TYPES.get(dtype, "string")
