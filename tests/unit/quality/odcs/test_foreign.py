"""Documents of the standard that others wrote, who do not know Madang: what they say becomes columns and rules."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contract.all_errors import SeveralErrors
from quality.contract.model import Contract
from quality.odcs.foreign_rules import common_regex
from quality.odcs.read import from_odcs, unjudged
from quality.odcs.write import to_odcs

# In the manner of the templates of the Data Contract CLI.
COUNTERS = """
apiVersion: v3.2.0
kind: DataContract
id: urn:datacontract:mobility:cycle-counters
name: Cycle counters
version: 2.1.0
status: active
description:
  purpose: Bicycles that pass the counters of the city
  usage: Planning
  limitations: Counters are blind in snow
  authoritativeDefinitions: [{type: license, url: https://licences.example/by}]
team:
  name: Department of streets
servers:
  - {server: prod, type: s3, location: "s3://bucket/{model}/*.json", format: json}
  - {server: drop, type: local, path: "./counters/{model}_*.csv", format: csv, delimiter: ";", encoding: UTF-8}
slaProperties:
  - {property: latency, value: 30, unit: h}
schema:
  - name: counts
    physicalName: counts_v2
    physicalType: table
    description: One row per counter and hour
    properties:
      - name: counter_id
        physicalName: CounterID
        logicalType: string
        physicalType: varchar(20)
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {minLength: 3, maxLength: 20, pattern: '^C\\d+$'}
        synonyms: [{synonym: Zählstelle, locale: de}, {synonym: counter}]
      - name: counted_at
        logicalType: timestamp
        required: true
        primaryKey: true
        primaryKeyPosition: 2
        description: Beginning of the hour
        logicalTypeOptions: {format: "yyyy-MM-dd'T'HH:mm:ss", timezone: false}
      - name: bicycles
        logicalType: integer
        description: Bicycles in both directions
        logicalTypeOptions: {minimum: 0, exclusiveMaximum: 5000}
        quality:
          - {metric: nullValues, mustBeLessThan: 5, unit: percent, severity: warning}
      - name: temperature
        physicalType: double
        customProperties: [{property: unitCode, value: CEL}]
        logicalTypeOptions: {exclusiveMinimum: -50, maximum: 60, multipleOf: 0.1}
        quality:
          - {type: library, metric: missingValues, arguments: {missingValues: [null, "", "N/A", -999]}, mustBe: 0}
      - name: state
        logicalType: string
        enum: [{value: ok, label: Valid}, {value: snow}]
        quality:
          - metric: invalidValues
            arguments: {validValues: [ok, snow, off]}
            mustBeLessOrEqualTo: 1
            unit: percent
      - name: serial
        logicalType: string
        unique: true
        classification: confidential
      - name: at_clock
        logicalType: time
      - name: position
        logicalType: object
        properties: [{name: lat, logicalType: number}]
      - name: embedding
        logicalType: vector
        logicalTypeOptions: {dimensions: 3}
      - name: tags
        logicalType: array
        items: {logicalType: string}
      - name: parts
        logicalType: array
        items: {logicalType: object}
    quality:
      - {type: library, metric: rowCount, mustBeBetween: [10, 2400]}
      - {name: no doubles, metric: duplicateValues, arguments: {properties: [counter_id, counted_at]}, mustBe: 0}
      - {type: sql, name: fresh, query: "SELECT max(counted_at) FROM ${table}", mustBeGreaterThan: 0}
      - {type: custom, engine: soda, implementation: "type: duplicate_percent"}
      - {type: text, description: Counters are checked each spring}
      - {metric: duplicateValues, arguments: {properties: [serial]}, mustBeLessThan: 10}
      - type: custom
        engine: great-expectations
        implementation:
          expectation_type: expect_column_values_to_be_between
          kwargs: {column: bicycles, max_value: 4000, mostly: 0.9}
  - name: other
    properties: []
"""


def plain(text: str = COUNTERS) -> dict[str, Any]:
    return yaml.safe_load(text.replace("${table}", "counts"))


def column(name: str, **keys: Any) -> dict[str, Any]:
    """The document with one more column."""
    document = plain()
    document["schema"][0]["properties"].append({"name": name, **keys})
    return document


def rules_of(contract: Contract, name: str) -> dict[str, Any]:
    own = [rule for rule in contract.rules if rule.kwargs.get("column") == name and not rule.generated]
    return {rule.code.removeprefix(f"{contract.prefix}-"): dict(rule.kwargs) for rule in own}


def test_columns_say_where_they_stand_and_how_they_are_read() -> None:
    contract = from_odcs(plain(), "Europe/Berlin")
    assert (contract.name, contract.prefix, contract.version) == ("counts", "COUNTS", "2.1.0")
    assert contract.licence == "https://licences.example/by"
    assert (contract.owner, contract.lag_days) == ("Department of streets", 2)
    assert contract.column("counter_id").spec.sources == ("CounterID", "counter_id", "Zählstelle", "counter")
    assert contract.column("counted_at").spec.formats == ("%Y-%m-%dT%H:%M:%S",)
    assert contract.column("day").spec.of == "counted_at"
    assert contract.column("temperature").type == "number"
    assert contract.column("temperature").spec.unit == "degC"
    assert contract.column("temperature").spec.sentinels == ("N/A", "-999")
    assert contract.column("serial").classification == "restricted"
    assert contract.column("at_clock").type == "string"
    assert {"position", "embedding", "parts"} & set(contract.schema) == set()
    assert contract.connector is not None
    files = contract.connector.files
    assert files is not None
    assert (files.paths, files.layout.delimiter, files.layout.encodings) == (
        ("counters/counts_v2_*.csv",),
        ";",
        ("utf-8",),
    )


def test_limits_sets_forms_and_metrics_become_rules() -> None:
    contract = from_odcs(plain(), "Europe/Berlin")
    by_code = {rule.code.removeprefix("COUNTS-"): rule for rule in contract.rules}
    assert rules_of(contract, "bicycles")["bicycles-range"] == {
        "column": "bicycles",
        "min_value": 0,
        "max_value": 5000,
        "strict_max": True,
    }
    assert rules_of(contract, "temperature")["temperature-range"]["strict_min"] is True
    assert rules_of(contract, "counter_id")["counter_id-form"]["regex"] == "^C[0-9]+$"
    assert "counter_id-length" in by_code
    assert rules_of(contract, "state")["state-known"]["value_set"] == ["ok", "snow"]
    assert by_code["serial-unique"].expectation == "expect_column_values_to_be_unique"
    few = by_code["bicycles-nullValues"]
    assert (few.severity, few.on_fail, few.scope) == ("warning", "flag", "row")
    assert 0.0499 < few.tolerance < 0.05
    none = by_code["temperature-missingValues"]
    assert (none.severity, none.on_fail, none.tolerance) == ("critical", "quarantine", 0)
    assert by_code["state-invalidValues"].tolerance == 0.01
    assert by_code["table-rowCount"].kwargs == {"min_value": 10, "max_value": 2400}
    assert by_code["no-doubles"].kwargs == {"column_list": ["counter_id", "counted_at"]}
    mostly = next(rule for rule in contract.rules if rule.kwargs.get("max_value") == 4000)
    assert (mostly.scope, mostly.tolerance, mostly.on_fail) == ("row", 0.1, "flag")


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ({"mustBe": 24}, 24, 24),
        ({"mustBeGreaterThan": 9}, 10, None),
        ({"mustBeGreaterOrEqualTo": 9}, 9, None),
        ({"mustBeLessThan": 9}, None, 8),
        ({"mustBeLessOrEqualTo": 9.5}, None, 9),
        ({"mustBeBetween": [1, 2]}, 1, 2),
        ({"mustNotBe": 0}, None, None),
        ({"mustNotBeBetween": [1, 2]}, None, None),
        ({"mustBe": "many"}, None, None),
        ({}, None, None),
    ],
)
def test_each_operator_is_said_or_named(said: dict[str, Any], least: float | None, most: float | None) -> None:
    document = plain()
    document["schema"][0]["quality"] = [{"metric": "rowCount"} | said]
    found = [rule.kwargs for rule in from_odcs(document).rules if rule.code == "COUNTS-table-rowCount"]
    wanted = {key: value for key, value in (("min_value", least), ("max_value", most)) if value is not None}
    assert found == ([wanted] if wanted else [])
    assert [text for text in unjudged(document) if text.startswith("schema.0.quality.0: ")]


def test_what_is_not_judged_is_named() -> None:
    found = {text.partition(":")[0]: text for text in unjudged(plain(), "Europe/Berlin")}
    of_columns = "schema.0.properties"
    assert set(found) == {
        "schema.1",
        f"{of_columns}.3.logicalTypeOptions.multipleOf",
        *(f"{of_columns}.{n}" for n in (6, 7, 8, 10)),
        f"{of_columns}.5.classification",
        *(f"schema.0.quality.{n}" for n in (0, 2, 3, 4, 5)),
    }
    assert "'fresh'" in found["schema.0.quality.2"]
    assert "'soda'" in found["schema.0.quality.3"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("description", "licence"),
        ("team", "who owns"),
        ("servers", "where the files come from"),
    ],
)
def test_what_is_lacking_is_said_with_what_to_write(key: str, said: str) -> None:
    with pytest.raises(SeveralErrors, match=f"{said}.* is not said.*; write `") as caught:
        from_odcs({name: value for name, value in plain().items() if name != key})
    assert all("; " in text for text in caught.value.said)


def test_all_that_is_lacking_is_said_at_once() -> None:
    bare = {"kind": "DataContract", "apiVersion": "v3.2.0", "id": "x", "version": "1", "schema": [{"name": "t"}]}
    with pytest.raises(SeveralErrors) as caught:
        from_odcs(bare)
    keys = [text.partition(":")[0] for text in caught.value.said]
    assert keys == ["schema.0.properties", "schema.0.properties", "customProperties", "servers", "description", "team"]
    with pytest.raises(ValueError, match="there is no table"):
        from_odcs(bare | {"schema": []})


def test_a_date_of_the_key_is_the_day() -> None:
    document = plain()
    table = document["schema"][0]
    table["properties"] = [
        {"name": "site", "logicalType": "string", "primaryKey": True},
        {"name": "Datum", "logicalType": "date", "primaryKey": True, "logicalTypeOptions": {"format": "dd.MM.yyyy"}},
    ]
    table["quality"] = []
    day = from_odcs(document).column("day")
    assert (day.spec.sources, day.spec.formats, day.key) == (("Datum", "day"), ("%d.%m.%Y",), True)


def test_what_stands_under_madang_counts_before_it() -> None:
    document = plain()
    own = {"prefix": "CYC", "licence": "ours", "connector": {"files": {"paths": ["x.csv"]}}}
    document["customProperties"] = [{"property": "madang", "value": own}]
    document["schema"][0]["properties"][2]["customProperties"] = [{"property": "madang", "value": {"sources": ["n"]}}]
    contract = from_odcs(document)
    assert (contract.prefix, contract.licence) == ("CYC", "ours")
    assert contract.column("bicycles").spec.sources == ("n",)
    assert contract.connector is not None
    assert contract.connector.files is not None
    assert contract.connector.files.paths == ("x.csv",)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("data/a.csv", "data/a.csv"),
        ("./a/", "a/*.csv"),
        ("/srv/data/counts.csv", "counts.csv"),
        ("../up/*.csv", "*.csv"),
        ("C:\\data\\{model}.csv", "counts_v2.csv"),
        ("", "*.csv"),
    ],
)
def test_files_are_below_the_drop_folder(path: str, wanted: str) -> None:
    document = plain() | {"servers": [{"server": "x", "type": "local", "path": path, "format": "csv"}]}
    connector = from_odcs(document).connector
    assert connector is not None
    assert connector.files is not None
    assert connector.files.paths == (wanted,)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (r"^\d{2}[\w.]\s$", r"^[0-9]{2}[0-9A-Za-z_.][ \t\r\n\f\v]$"),
        (r"\[\d\]", r"\[[0-9]\]"),
        (r"\bword", None),
        ("(?=x)", None),
        ("[", None),
    ],
)
def test_regular_expressions_mean_the_same_in_both_engines(theirs: str, ours: str | None) -> None:
    assert common_regex(theirs) == ours


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "minimum": st.integers(-9, 0) | st.floats(-9, 0),
        "exclusiveMaximum": st.integers(1, 9),
        "pattern": st.sampled_from(["^a", r"\d", "[", ""]),
        "maxLength": st.sampled_from([0, 5, 4000]),
        "format": st.sampled_from(["dd/MM/yyyy", "email", "%d.%m.%Y", "yyyy"]),
    },
)
NAMES = ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount", "other"]
ARGUMENTS = [{}, None, {"validValues": [1, "b"]}, {"pattern": "^x$"}, {"missingValues": ["-", None]}]
METRICS = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(NAMES),
        "unit": st.sampled_from(["rows", "percent", None]),
        "arguments": st.sampled_from(ARGUMENTS),
    },
    optional={name: st.sampled_from([0, 1, 2.5, 100]) for name in ("mustBe", "mustBeLessThan", "mustBeGreaterThan")},
)


@settings(max_examples=10)
@given(
    st.sampled_from(["string", "integer", "number", "boolean", "date", "timestamp", "array", "map", "time"]),
    OPTIONS,
    st.lists(METRICS, max_size=3),
    st.booleans(),
)
def test_what_was_read_and_written_is_read_as_the_same(
    kind: str, options: dict[str, Any], quality: list[dict[str, Any]], unique: bool
) -> None:
    keys = {"logicalType": kind, "logicalTypeOptions": options, "quality": quality, "unique": unique}
    contract = from_odcs(column("more", **keys), "Europe/Berlin")
    assert from_odcs(yaml.safe_load(to_odcs(contract).to_yaml())) == contract
