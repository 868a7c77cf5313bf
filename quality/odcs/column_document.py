"""One column of a contract as a document of the standard has it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quality.contract.columns import DAY, Column
from quality.contract.model import Contract
from quality.contract.models import Model
from quality.contract.rules import Rule
from quality.contract.texts import UNSAID
from quality.language_tags import nearest
from quality.odcs.published_place import PublishedPlace
from quality.units.unit import code_of
from warehouse.published.spec import duckdb_type

Document = dict[str, Any]


@dataclass(frozen=True)
class ModelWords:
    """What models call their columns, in some languages."""

    models: Mapping[str, Model] = field(default_factory=dict)
    languages: Sequence[str] = ()  # language tags

    def of(self, contract: Contract, column: Column) -> Iterator[tuple[str, str]]:
        """The words of the contract's models for a column, each with its language."""
        known = [self.models[name].columns.get(column.name) for name in contract.models if name in self.models]
        for one in (one for one in known if one is not None):
            for tag in (tag for tag in one.synonyms if nearest(tag, list(self.languages)) is not None):
                yield from ((text, tag) for text in one.synonyms[tag])


NO_WORDS = ModelWords()


def column_document(
    contract: Contract,
    column: Column,
    there: PublishedPlace,
    words: ModelWords = NO_WORDS,
    zone: str | None = None,
) -> Document:
    """The column without its rules. Limits, forms and sets are those outside of which no published value can lie."""
    document: Document = {"name": column.name}
    if column.name in there.renamed:
        document["physicalName"] = there.renamed[column.name]
    if column.spec.names is not None:
        document["businessName"] = column.spec.names.shown
    synonyms = list(_synonyms(contract, column, words))
    rules = [rule for rule in contract.rules if _never_broken(rule, column)]
    options = _options(column, rules, zone)
    document |= {"logicalType": column.type} | ({"logicalTypeOptions": options} if options else {})
    document |= {"items": {"name": "item", "logicalType": "string"}} if column.type == "array" else {}
    document["physicalType"] = duckdb_type(column.dtype)
    document["description"] = column.description.shown
    document |= {"required": True} if column.required else {}
    document |= {"primaryKey": True} if column.key or _tells_days_apart(contract, column) else {}
    document |= {"classification": column.classification} if column.classification != "public" else {}
    document |= {"synonyms": synonyms} if synonyms else {}
    document |= {"enum": known} if (known := _known(column, rules)) else {}
    return document | {"customProperties": [*_unit(column), *_own(contract, column)]}


def _tells_days_apart(contract: Contract, column: Column) -> bool:
    """A key is unique within a day: where it does not have the day in it, a table of several days needs it beside."""
    day = contract.column(DAY)
    return column.name == DAY and not day.key and day.spec.of not in contract.key


def _own(contract: Contract, column: Column) -> list[Document]:
    """What only Madang needs of it."""
    own = column.spec.model_dump(mode="json", exclude_defaults=True)
    if set(column.description.root) != {UNSAID}:
        own["description"] = dict(column.description.root)
    if _tells_days_apart(contract, column):
        own["key"] = False
    return [{"property": "madang", "value": own, "vendor": "madang"}] if own else []


def _unit(column: Column) -> list[Document]:
    unit = column.spec.unit
    if unit is None:
        return []
    code = code_of(unit)
    coded = [] if code is None else [{"property": "unitCode", "value": code, "vendor": "unece"}]
    return [{"property": "unit", "value": unit, "vendor": "madang"}, *coded]


def _synonyms(contract: Contract, column: Column, words: ModelWords) -> Iterator[Document]:
    """What people call it by language, the headers of its deliveries, and those that models know."""
    said = set[str]()
    names = {} if column.spec.names is None else column.spec.names.root
    of_models = list(words.of(contract, column))
    languages = dict(reversed(of_models))
    for text, tag in (
        *((text, tag) for tag, text in names.items()),
        *((s, "") for s in column.spec.sources),
        *of_models,
    ):
        if text in said:
            continue
        said.add(text)
        locale = languages.get(text, tag) if tag in ("", UNSAID) else tag
        yield (
            {"synonym": text}
            | ({"locale": locale} if locale not in ("", UNSAID) else {})
            | ({"source": "delivery"} if text in column.spec.sources else {})
        )


def _never_broken(rule: Rule, column: Column) -> bool:
    """Whether no published value of the column breaks the rule: a row or value that did was held back."""
    about = rule.kwargs.get("column") == column.name and not set(rule.kwargs) & {"row_condition", "mostly"}
    return about and rule.scope == "row" and rule.on_fail != "flag"


def _options(column: Column, rules: list[Rule], zone: str | None) -> Document:
    if column.type == "timestamp":
        known = column.spec.zone or zone
        return {"timezone": False} | ({"defaultTimezone": "Etc/UTC" if known == "UTC" else known} if known else {})
    if column.type in ("number", "integer"):
        return _limits([rule.kwargs for rule in rules if rule.expectation == "expect_column_values_to_be_between"])
    forms = [str(rule.kwargs["regex"]) for rule in rules if rule.expectation == "expect_column_values_to_match_regex"]
    whole = [form for form in forms if form.startswith("^") and form.endswith("$") and "|" not in form]
    return {"pattern": whole[0]} if column.type == "string" and whole else {}


def _limits(said: list[Mapping[str, Any]]) -> Document:
    """The narrowest of the limits; one on each side, as not all tools can have a limit and a strict one there."""
    found: Document = {}
    low = [(kwargs["min_value"], bool(kwargs.get("strict_min"))) for kwargs in said if _is_limit(kwargs, "min_value")]
    high = [(kwargs["max_value"], bool(kwargs.get("strict_max"))) for kwargs in said if _is_limit(kwargs, "max_value")]
    if low:
        limit, strict = max(low)
        found["exclusiveMinimum" if strict else "minimum"] = limit
    if high:
        limit, strict = min(high, key=lambda one: (one[0], not one[1]))
        found["exclusiveMaximum" if strict else "maximum"] = limit
    return found


def _is_limit(kwargs: Mapping[str, Any], name: str) -> bool:
    limit = kwargs.get(name)
    return isinstance(limit, int | float) and math.isfinite(limit)


def _known(column: Column, rules: list[Rule]) -> list[Document]:
    """The values of a set, where the rule about it is the only one."""
    sets = [rule.kwargs["value_set"] for rule in rules if rule.expectation == "expect_column_values_to_be_in_set"]
    kinds = {"string": str, "integer": int, "number": int | float}
    if len(sets) != 1 or column.type not in kinds:
        return []
    values = [value for value in dict.fromkeys(sets[0]) if value is not None]
    fitting = all(isinstance(value, kinds[column.type]) and not isinstance(value, bool) for value in values)
    return [{"value": value} for value in values] if fitting else []
