"""The contracts of the tables of the benchmark, made of their declarations: what readers of them can rely on.

No gate admits their rows, as nobody delivers them: the gate of the published file proves them. Other tools test by the
rules that are said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assets.publication.benchmark.columns import (
    BENCHMARK_CLASS,
    BENCHMARK_LATEST,
    BENCHMARK_PAIR,
    BENCHMARK_VALUE,
    standard_table,
)
from assets.publication.benchmark.views import STANDARDS
from quality.contract.columns import DAY
from quality.contract.generated_rules import UNIQUE_TOGETHER
from quality.contract.model import Contract
from quality.odcs.read import from_odcs
from warehouse.published.spec import TableSpec

_TYPES = {
    "VARCHAR": "string",
    "VARCHAR[]": "array",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
_OUTSIDE = "rank < rank_low OR rank > rank_high OR rank_low < 1 OR rank_high > ranked OR ranked < 2"
# By table: the version of what is promised of it, and what one row is.
_PROMISED = {
    BENCHMARK_VALUE: ("1.0.0", "one metric of one whole city and period"),
    BENCHMARK_LATEST: ("1.0.0", "one metric of one whole city"),
    BENCHMARK_PAIR: ("1.0.0", "one metric of two cities"),
    BENCHMARK_CLASS: ("1.0.0", "one group of values that may be compared"),
    **{
        standard_table(name, title): ("1.0.0", "one code, metric, whole city and period")
        for name, (_, title) in STANDARDS.items()
    },
}


def contracts_of_benchmark() -> Iterator[tuple[TableSpec, Contract]]:
    """Each table with its contract."""
    for spec, (version, grain) in _PROMISED.items():
        yield spec, _contract(spec, version, grain)


def _contract(spec: TableSpec, version: str, grain: str) -> Contract:
    name = f"{spec.schema}_{spec.name}"
    properties = [
        {
            "name": DAY if column.name == spec.day else column.name,
            "logicalType": _TYPES[column.dtype],
            "description": column.comment,
            "required": column.key,
            "primaryKey": column.key,
        }
        for column in spec.columns
    ]
    rules = _rules(spec, [column["name"] for column in properties if column["primaryKey"]])
    settings = {"prefix": "BEN", "layer": "published", "licence": "as the feeds it is made from"}
    settings |= {"rules": [rule["name"] for rule in rules]}
    return from_odcs(
        {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": f"madang.{name}",
            "name": name,
            "version": version,
            "status": "active",
            "description": {"purpose": spec.description},
            "team": {"name": "Madang", "members": []},
            "customProperties": [{"property": "madang", "value": settings}],
            "schema": [
                {
                    "name": name,
                    "businessName": spec.description.partition(":")[0],
                    "logicalType": "object",
                    "physicalType": "table",
                    "dataGranularityDescription": grain,
                    "properties": properties,
                    "quality": rules,
                }
            ],
        }
    )


def _rules(spec: TableSpec, key: Sequence[str]) -> list[dict[str, object]]:
    """That no two rows have the same key, and that a rank lies in its interval."""
    once = _rule(spec, "once", "A key is there once", "uniqueness", UNIQUE_TOGETHER, {"column_list": list(key)})
    if "rank" not in spec.names:
        return [once]
    outside = {"unexpected_rows_query": f"SELECT * FROM {{batch}} WHERE {_OUTSIDE}"}
    title = "A rank lies in its interval, among those that are ranked"
    return [once, _rule(spec, "interval", title, "accuracy", "unexpected_rows_expectation", outside)]


def _rule(
    spec: TableSpec, name: str, title: str, dimension: str, expectation: str, kwargs: Mapping[str, object]
) -> dict[str, object]:
    return {
        "name": f"BEN-{spec.name}-{name}",
        "description": title,
        "type": "custom",
        "engine": "greatExpectations",
        "severity": "critical",
        "dimension": dimension,
        "implementation": {"type": expectation, "kwargs": kwargs},
        "customProperties": [{"property": "madang", "value": {"scope": "table"}}],
    }
