"""Reading documents of the Open Data Contract Standard, 3.1 and 3.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quality.contract.assemble import Whole, completed
from quality.contract.columns import Column, ColumnSpec
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual, Tolerances
from quality.contract.interval import Interval
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.odcs.foreign import adopted
from quality.odcs.foreign_notes import madang_value
from quality.odcs.variables import as_meant

if TYPE_CHECKING:  # 0.06 s of each start
    from open_data_contract_standard.model import OpenDataContractStandard

_ONLY_FOR_RULES = {"prefix", "licence", "rows_as_usual", "nulls_as_usual", *Tolerances.model_fields}
_OF_WRITTEN = {"rules", "texts", "unpublished"}  # what `to_odcs` adds

Document = Mapping[str, Any]


def from_odcs(document: Document | OpenDataContractStandard, city_zone: str | None = None) -> Contract:
    """What Madang uses of a document, and the rules that every table has.

    A document that names its `rules`, as `to_odcs` writes it, has all of them and all its columns. Of others, what is
    said in the standard's own terms counts as well. Raises ValueError that says what does not fit or is lacking.
    """
    plain = document.model_dump(by_alias=True, exclude_none=True) if not isinstance(document, Mapping) else document
    resolved = as_meant(plain) if _has_variables(plain) else plain
    return _from_plain(adopted(resolved, city_zone).document, city_zone)


def unjudged(document: Document, city_zone: str | None = None) -> tuple[str, ...]:
    """What a document says that Madang does not judge: sentences that begin with the key that they are about."""
    return adopted(as_meant(document) if _has_variables(document) else document, city_zone).unjudged


def _from_plain(document: Document, city_zone: str | None) -> Contract:
    table = document["schema"][0]
    settings = madang_value(document)
    texts = settings.get("texts", {})
    description = document.get("description", {})
    columns, rules = _columns_and_rules(table, settings, city_zone)
    others = {key: value for key, value in settings.items() if key not in _ONLY_FOR_RULES | _OF_WRITTEN}
    return Contract(
        name=document["name"],
        version=str(document["version"]),
        title=texts.get("title", table.get("businessName", document["name"])),
        description=texts.get("purpose", description["purpose"]),
        usage=texts.get("usage", description.get("usage") or None),
        limitations=texts.get("limitations", description.get("limitations") or None),
        owner=document["team"]["name"],
        licence=settings["licence"],
        prefix=settings["prefix"],
        grain=table["dataGranularityDescription"],
        columns=columns,
        rules=rules,
        **others,
    )


def _has_variables(document: Document) -> bool:
    """Whether `${NAME}` in a text is a variable: it is since 3.2."""
    said = str(document.get("apiVersion", "")).removeprefix("v").split(".")
    return [int(part) for part in said[:2] if part.isdigit()] >= [3, 2]


def _columns_and_rules(
    table: Document, settings: Document, city_zone: str | None
) -> tuple[tuple[Column, ...], tuple[Rule, ...]]:
    properties = [*table["properties"], *settings.get("unpublished", ())]
    properties = [item for item in properties if not madang_value(item).get("added")]
    columns = [_column(item) for item in properties]
    own = [_rule(quality, item["name"]) for item in properties for quality in item.get("quality") or ()]
    own += [_rule(quality, None) for quality in table.get("quality") or ()]
    if "rules" in settings:
        return tuple(columns), _in_order(own, settings["rules"])
    rows, nulls = settings.get("rows_as_usual"), settings.get("nulls_as_usual")
    interval = settings.get("interval")
    whole = Whole(
        settings["prefix"],
        settings.get("layer", "core"),
        Tolerances(**{name: settings[name] for name in Tolerances.model_fields if name in settings}),
        settings.get("correction_column"),
        register="reference_since" in settings,
        rows_as_usual=None if rows is None else RowsAsUsual(**rows),
        nulls_as_usual=None if nulls is None else NullsAsUsual(**nulls),
        interval=None if interval is None else Interval.parse(interval),
    )
    return completed(columns, own, whole, city_zone)


def _in_order(rules: Sequence[Rule], codes: Sequence[str]) -> tuple[Rule, ...]:
    """The rules in the order of these codes. Raises ValueError where the two are not the same rules."""
    found = {rule.code: rule for rule in rules}
    if lacking := [code for code in codes if code not in found]:
        raise ValueError(f"there is no rule {lacking[0]!r}, which `rules` names; write it, or take its name out")
    if more := [code for code in found if code not in codes]:
        raise ValueError(f"`rules` does not name the rule {more[0]!r}; add its name")
    return tuple(found[code] for code in codes)


def _column(item: Document) -> Column:
    settings = madang_value(item)
    return Column(
        name=item["name"],
        type=item["logicalType"],
        description=settings.pop("description", item["description"]),
        required=item.get("required", False),
        key=settings.pop("key", item.get("primaryKey", False)),
        classification=item.get("classification", "public"),
        spec=ColumnSpec(**settings),
    )


def _rule(item: Document, column: str | None) -> Rule:
    settings = madang_value(item)
    if "expectation" not in settings:
        settings |= _of_great_expectations(item, column)
    severity, dimension = item.get("severity", "critical"), item.get("dimension", "conformity")
    said = {"scope": "row", "severity": severity, "dimension": dimension} | settings
    return Rule(code=item["name"], title=item["description"].strip(), **said)


def _of_great_expectations(item: Document, column: str | None) -> dict[str, Any]:
    if item.get("engine") != "greatExpectations":
        raise ValueError(f"rule {item.get('name')}: engine must be greatExpectations")
    implementation = item["implementation"]
    kwargs = dict(implementation.get("kwargs", {}))
    if column is not None and "column" not in kwargs and "column_A" not in kwargs:
        kwargs["column"] = column
    return {"expectation": implementation["type"], "kwargs": kwargs}
