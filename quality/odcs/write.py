"""A contract as a document of the Open Data Contract Standard 3.2 that other tools can read, and test the rows by.

Models are expanded, and every rule is said twice: as a query of SQL, and in Madang's own terms under `madang`. What
only Madang needs stands in `customProperties`, so that reading the document gives the same contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard

from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.contract.texts import UNSAID, Texts
from quality.odcs.column_document import NO_WORDS, ModelWords, column_document
from quality.odcs.published_place import PublishedPlace
from quality.odcs.rules_in_sql import rule_in_sql
from quality.odcs.variables import without_variables

API_VERSION = "v3.2.0"
_DIMENSIONS = {"accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"}
_FREQUENCY = {"day": (1, "day"), "month": (1, "month"), "quarter": (3, "month"), "year": (1, "year")}
# Of a contract: what has a place of its own in the standard, or among columns and rules.
_ELSEWHERE = {"name", "version", "title", "description", "usage", "limitations", "owner", "grain", "columns", "rules"}

Document = dict[str, Any]


def to_odcs(
    contract: Contract,
    place: PublishedPlace | None = None,
    words: ModelWords = NO_WORDS,
    zone: str | None = None,
) -> OpenDataContractStandard:
    """The document of a contract. `place`: where its rows are published; without one it names no server.

    `words`: what people call the columns of its models; `zone` is that of the city's clocks.
    """
    there = place or PublishedPlace("", contract.layer, contract.name, "")
    return OpenDataContractStandard.model_validate(without_variables(_document(contract, there, place, words, zone)))


def _document(
    contract: Contract,
    there: PublishedPlace,
    place: PublishedPlace | None,
    words: ModelWords,
    zone: str | None,
) -> Document:
    texts = {"title": contract.title, "purpose": contract.description}
    texts |= {"usage": contract.usage, "limitations": contract.limitations}
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": ".".join(part for part in ("madang", there.city, contract.name) if part),
        "name": contract.name,
        "version": contract.version,
        "status": "active",
        "domain": contract.layer,
        "description": {key: text.shown for key, text in texts.items() if text is not None and key != "title"},
        "team": {"name": contract.owner, "members": []},
        "servers": None if place is None else [_server(place)],
        "slaProperties": [*_service_levels(contract), *_of_terms(contract)] or None,
        "customProperties": [madang_property(_settings(contract, texts, there))],
        "schema": [_table(contract, there, words, zone)],
    }


def madang_property(value: Any) -> Document:
    """What only Madang reads of a document, a column or a rule."""
    return {"property": "madang", "value": value, "vendor": "madang"}


def _server(place: PublishedPlace) -> Document:
    return {"server": "published", "type": "duckdb", "database": place.database, "schema": place.schema}


def _service_levels(contract: Contract) -> list[Document]:
    """How late rows come and how often; tables of the platform come with the rows that they are made from."""
    if contract.layer != "core" or contract.reference_since is not None:
        return []
    often, unit = _FREQUENCY[contract.every]
    element = f"{contract.name}.{DAY}"
    return [
        {"property": "latency", "value": contract.lag_days, "unit": "day", "element": element},
        {"property": "frequency", "value": often, "unit": unit, "element": element},
    ]


def _of_terms(contract: Contract) -> list[Document]:
    """Until when a private feed comes, and for how long its rows are kept."""
    terms = contract.terms
    if terms is None:
        return []
    said = list[Document]()
    if terms.until is not None:
        said.append({"property": "endOfSupport", "value": terms.until.isoformat(), "description": terms.purpose})
    if terms.keep_days is not None:
        said.append({"property": "retention", "value": terms.keep_days, "unit": "day", "description": terms.purpose})
    return said


def _settings(contract: Contract, texts: Mapping[str, Texts | None], there: PublishedPlace) -> Document:
    """What the standard has no place for."""
    plain = contract.model_dump(mode="json", exclude=_ELSEWHERE, exclude_defaults=True, by_alias=True)
    spoken = {key: text.root for key, text in texts.items() if text is not None and set(text.root) != {UNSAID}}
    hidden = [column_document(contract, column, there) for column in contract.columns if column.name in there.absent]
    settings = plain | {"rules": [rule.code for rule in contract.rules]}
    settings |= {"texts": spoken} if spoken else {}
    return settings | ({"unpublished": hidden} if hidden else {})


def _table(contract: Contract, there: PublishedPlace, words: ModelWords, zone: str | None) -> Document:
    shown = [column for column in contract.columns if column.name not in there.absent]
    by_column = {column.name: list[Document]() for column in shown}
    of_table = list[Document]()
    for rule in contract.rules:
        about = rule.column if rule.scope == "row" else None
        by_column.get(about or "", of_table).append(_quality(rule, contract, there))
    added = [_city_column()] if there.city is None and "city" not in contract.schema else []
    columns = [
        _with(column_document(contract, column, there, words, zone), "quality", by_column[column.name])
        for column in shown
    ]
    return {
        "name": contract.name,
        "physicalName": there.table,
        "logicalType": "object",
        "physicalType": "view" if contract.layer == "core" else "table",
        "businessName": contract.title.shown,
        "dataGranularityDescription": contract.grain,
        "properties": _with_positions([*added, *columns]),
        "quality": of_table,
    }


def _with(document: Document, key: str, value: Sequence[Any]) -> Document:
    return document | {key: list(value)} if value else document


def _with_positions(columns: list[Document]) -> list[Document]:
    keys = [column["name"] for column in columns if column.get("primaryKey")]
    return [
        column | ({"primaryKeyPosition": keys.index(column["name"]) + 1} if column["name"] in keys else {})
        for column in columns
    ]


def _city_column() -> Document:
    """The column that a published table has beside those of its contract."""
    return {
        "name": "city",
        "logicalType": "string",
        "physicalType": "VARCHAR",
        "description": "City pack",
        "required": True,
        "primaryKey": True,
        "customProperties": [madang_property({"added": True})],
    }


def _quality(rule: Rule, contract: Contract, there: PublishedPlace) -> Document:
    said = rule_in_sql(rule, contract, there)
    own = rule.model_dump(exclude={"code", "title"}, exclude_defaults=True) | {"scope": rule.scope}
    own["kwargs"] = dict(rule.kwargs)
    if rule.dimension in _DIMENSIONS:
        own.pop("dimension", None)
    own.pop("severity", None)
    if said.severity != rule.severity:
        own["severity"] = rule.severity
    return {
        "name": rule.code,
        "description": rule.title,
        "type": "sql",
        "query": said.query,
        "mustBe": 0,
        "unit": "rows",
        "severity": said.severity,
        "dimension": rule.dimension if rule.dimension in _DIMENSIONS else "conformity",
        "customProperties": [madang_property(own)],
    }
