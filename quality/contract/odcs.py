"""Reading contracts: the file of a feed, or an Open Data Contract Standard 3.1 document, becomes one typed `Contract`.

It has the rules of the document and those that every table has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from quality.contract.all_errors import SeveralErrors
from quality.contract.assemble import Whole, completed
from quality.contract.columns import Column, ColumnSpec
from quality.contract.feed import from_feed
from quality.contract.feed_file import FeedFile
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual, Tolerances
from quality.contract.interval import Interval
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.model import Contract
from quality.contract.models import Model
from quality.contract.rules import Rule
from quality.contract.validation import mistake_in, mistakes_in
from quality.contract.yaml_file import read_yaml


def load(path: Path, city_zone: str | None = None, models: Mapping[str, Model] = MappingProxyType({})) -> Contract:
    """Read one file. `city_zone` is the time zone of the city whose feed it is, `models` are those it may implement.

    Raises ContractError that names the file and the place.
    """
    document = read_yaml(path)
    is_odcs = path.name.endswith(".odcs.yaml")
    if is_odcs and document.get("kind") != "DataContract":
        raise ContractError(Mistake("is not an ODCS data contract", path, 1, hint="write `kind: DataContract`"))
    try:
        return from_odcs(document, city_zone) if is_odcs else from_feed(document, path.stem, models, city_zone)
    except ValidationError as error:
        known = next((kind for kind in (FeedFile, Contract) if kind.__name__ == error.title), None)
        raise ContractError(*mistakes_in(error, path, document, model=known)) from error
    except KeyError as error:
        raise ContractError(Mistake(f"{error.args[0]!r} is needed and not there", path, hint="write it")) from error
    except SeveralErrors as error:
        raise ContractError(*(mistake_in(said, path, document) for said in error.said)) from error
    except ValueError as error:
        raise ContractError(mistake_in(str(error), path, document)) from error
    except (TypeError, IndexError, AttributeError) as error:
        what = f"has not the form of a contract ({type(error).__name__}: {error})"
        raise ContractError(Mistake(what, path, hint="compare it with docs/contracts.md")) from error


def from_odcs(document: Mapping[str, Any], city_zone: str | None = None) -> Contract:
    """Take what Madang uses out of an ODCS 3.1 document and add the rules that every feed has."""
    table = document["schema"][0]
    settings = _madang(document)
    prefix, layer = settings["prefix"], settings.get("layer", "core")
    rows, nulls = settings.get("rows_as_usual"), settings.get("nulls_as_usual")
    interval = settings.get("interval")
    whole = Whole(
        prefix,
        layer,
        Tolerances(**{name: settings[name] for name in Tolerances.model_fields if name in settings}),
        settings.get("correction_column"),
        register="reference_since" in settings,
        rows_as_usual=None if rows is None else RowsAsUsual(**rows),
        nulls_as_usual=None if nulls is None else NullsAsUsual(**nulls),
        interval=None if interval is None else Interval.parse(interval),
    )
    own = [_rule(quality, item["name"]) for item in table["properties"] for quality in item.get("quality", [])]
    own += [_rule(quality, None) for quality in table.get("quality", [])]
    columns, rules = completed([_column(item) for item in table["properties"]], own, whole, city_zone)
    description = document.get("description", {})
    only_for_rules = {"prefix", "licence", "rows_as_usual", "nulls_as_usual", *Tolerances.model_fields}
    optional = {key: value for key, value in settings.items() if key not in only_for_rules}
    return Contract(
        name=document["name"],
        version=str(document["version"]),
        title=table.get("businessName", document["name"]),
        description=description["purpose"],
        usage=description.get("usage") or None,
        limitations=description.get("limitations") or None,
        owner=document["team"]["name"],
        licence=settings["licence"],
        prefix=prefix,
        grain=table["dataGranularityDescription"],
        columns=columns,
        rules=rules,
        **optional,
    )


def _madang(item: Mapping[str, Any]) -> dict[str, Any]:
    """Madang's own settings of a document, column or rule: its custom property `madang`."""
    for custom in item.get("customProperties", []):
        if custom["property"] == "madang":
            return dict(custom["value"])
    return {}


def _column(item: Mapping[str, Any]) -> Column:
    settings = _madang(item)
    return Column(
        name=item["name"],
        type=item["logicalType"],
        description=item["description"],
        required=item.get("required", False),
        key=item.get("primaryKey", False),
        classification=item.get("classification", "public"),
        spec=ColumnSpec(**settings),
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
