"""Reading contracts: one Open Data Contract Standard 3.1 document becomes one typed `Contract`.

It has the rules of the document and those that every table has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from quality.contract.columns import Column, ColumnSpec
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual, Tolerances, generated_rules, usual_rules
from quality.contract.instants import with_instants
from quality.contract.mistakes import first_mistake, yaml_mistake
from quality.contract.model import Contract, ContractError
from quality.contract.rules import Rule


def load(path: Path, city_zone: str | None = None) -> Contract:
    """Read one ODCS file. `city_zone` is the time zone of the city whose feed it is.

    Raises ContractError that names the file and the place.
    """
    try:
        # libyaml's loader: the one in Python takes ten times as long, over a second for Seoul's contracts
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))  # as the texts that it is compared with
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise ContractError(f"{path}: there is no such contract file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: {yaml_mistake(error)}") from error
    if not isinstance(document, dict) or document.get("kind") != "DataContract":
        raise ContractError(f"{path}: is not an ODCS data contract (kind: DataContract is missing)")
    try:
        return from_odcs(document, city_zone)
    except ValidationError as error:
        raise ContractError(f"{path}: {first_mistake(error, 'contract')}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ContractError(f"{path}: {type(error).__name__}: {error}") from error


def from_odcs(document: Mapping[str, Any], city_zone: str | None = None) -> Contract:
    """Take what Madang uses out of an ODCS 3.1 document and add the rules that every feed has."""
    table = document["schema"][0]
    settings = _madang(document)
    columns = tuple(_column(item) for item in table["properties"])
    prefix = settings["prefix"]
    tolerances = Tolerances(**{name: settings[name] for name in Tolerances.model_fields if name in settings})
    layer = settings.get("layer", "core")
    if layer == "core":
        columns = with_instants(columns, city_zone)
    correction = settings.get("correction_column")
    columns = tuple(
        c.model_copy(update={"required": True}) if c.name == correction and not c.spec.optional else c for c in columns
    )
    rules = generated_rules(prefix, columns, layer, tolerances)
    own = [_rule(quality, item["name"]) for item in table["properties"] for quality in item.get("quality", [])]
    own += [_rule(quality, None) for quality in table.get("quality", [])]
    if layer == "core":
        rows, nulls = settings.get("rows_as_usual"), settings.get("nulls_as_usual")
        rules += usual_rules(
            prefix,
            columns,
            own,
            None if rows is None else RowsAsUsual(**rows),
            None if nulls is None else NullsAsUsual(**nulls),
            register="reference_since" in settings,
        )
    description = document.get("description", {})
    only_for_rules = {"prefix", "licence", "rows_as_usual", "nulls_as_usual", *Tolerances.model_fields}
    optional = {key: value for key, value in settings.items() if key not in only_for_rules}
    return Contract(
        name=document["name"],
        version=str(document["version"]),
        title=table.get("businessName", document["name"]),
        description=description["purpose"].strip(),
        usage=description.get("usage", "").strip(),
        limitations=description.get("limitations", "").strip(),
        owner=document["team"]["name"],
        licence=settings["licence"],
        prefix=prefix,
        grain=table["dataGranularityDescription"],
        columns=columns,
        rules=(*rules, *own),
        **optional,
    )


def _madang(item: Mapping[str, Any]) -> dict[str, Any]:
    """Madang's own settings of a document, column or rule: its custom property `madang`."""
    for custom in item.get("customProperties", []):
        if custom["property"] == "madang":
            return dict(custom["value"])
    return {}


def _column(item: Mapping[str, Any]) -> Column:
    return Column(
        name=item["name"],
        type=item["logicalType"],
        description=item["description"].strip(),
        required=item.get("required", False),
        key=item.get("primaryKey", False),
        classification=item.get("classification", "public"),
        spec=ColumnSpec(**_madang(item)),
    )


def _rule(item: Mapping[str, Any], column: str | None) -> Rule:
    if item.get("engine") != "greatExpectations":
        raise ValueError(f"rule {item.get('name')}: engine must be greatExpectations")
    implementation = item["implementation"]
    kwargs = dict(implementation.get("kwargs", {}))
    if column is not None and "column" not in kwargs and "column_A" not in kwargs:
        kwargs["column"] = column
    settings = _madang(item)
    return Rule(
        code=item["name"],
        title=item["description"].strip(),
        expectation=implementation["type"],
        kwargs=kwargs,
        scope=settings.pop("scope", "row"),
        severity=item.get("severity", "critical"),
        dimension=item.get("dimension", "conformity"),
        **settings,
    )
