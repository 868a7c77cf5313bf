"""Contracts: one ODCS 3.1 YAML per feed and per table becomes one typed `Contract`.

Everything about a table comes from here: parser, rules, GX suite, Dagster checks, comments, dictionary.
No I/O but reading the YAML; no evaluation of rules (rules.py, audit.py); no import of Great Expectations.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

DAY = "day"
TYPES: dict[str, Any] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "array": pl.List(pl.String()),
}
ROW_EXPECTATIONS = {  # the expectations that can judge a single row; rules.py has the Polars side of each
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_pair_values_a_to_be_greater_than_b",
}


class ContractError(ValueError):
    """A contract file that can not be used: says which file, which place in it, and what is wrong."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnSpec(_Model):
    """What Madang needs of a column beyond ODCS (the property's `madang` custom property)."""

    sources: tuple[str, ...] = ()  # names under which the column has been delivered, any version
    optional: bool = False  # the column may be missing from a delivery (came later, or went)
    unit: str | None = None
    sentinels: tuple[str, ...] = ()  # texts that mean "missing"
    zero_is_missing: bool = False  # the provider writes 0 where no instrument is fitted
    zero_is_missing_with: str | None = None  # ... only when this column is 0 as well
    formats: tuple[str, ...] = ()  # date and time formats, tried in order
    remove: str | None = None  # regular expression of what is cut out of a text, e.g. a by-name in brackets
    values: Mapping[str, str] = Field(default_factory=dict)  # delivered value -> canonical value
    name_ko: str | None = None
    combine: Literal["sum"] | None = None  # rows of one key in one delivery are parts: add them up


class Column(_Model):
    name: str
    type: Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]
    description: str
    required: bool = False
    key: bool = False
    classification: Literal["public", "restricted"] = "public"
    spec: ColumnSpec = ColumnSpec()

    @property
    def dtype(self) -> Any:
        return TYPES[self.type]


class Rule(_Model):
    """One coded rule. See docs/contracts.md for how each mode acts.

    scope row: judged row by row. `on_fail` says what happens to a row that breaks it: `quarantine` (held
    back), `void` (the value becomes null) or `flag` (stays, is counted). The batch fails the rule when
    the share of such rows is above `tolerance`.
    scope day: judged on the day's profile, one row of figures per day (see profile.py).
    scope table: any other expectation, on the rows that are kept.
    """

    code: str
    title: str
    expectation: str
    kwargs: Mapping[str, Any] = Field(default_factory=dict)
    scope: Literal["row", "day", "table"]
    severity: Literal["critical", "warning", "info"] = "critical"
    tolerance: float = Field(default=0.0, ge=0, le=1)
    on_fail: Literal["quarantine", "void", "flag"] = "quarantine"
    dimension: str = "conformity"
    generated: bool = False

    @property
    def column(self) -> str | None:
        column = self.kwargs.get("column", self.kwargs.get("column_A"))
        return None if column is None else str(column)

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        if self.scope == "row" and self.expectation not in ROW_EXPECTATIONS:
            raise ValueError(f"rule {self.code}: {self.expectation} can not judge single rows")
        if self.scope == "row" and self.on_fail == "void" and self.expectation.endswith("not_be_null"):
            raise ValueError(f"rule {self.code}: a null can not be made null; use quarantine or flag")
        if re.search(r"\\[dDwWsSbB]", str(self.kwargs.get("regex", ""))):
            # Polars reads \\d as any digit of Unicode, DuckDB as 0-9: the two would disagree on Korean text
            raise ValueError(f"rule {self.code}: write [0-9] or [A-Za-z] instead of \\d, \\w, \\s or \\b in a regex")
        return self


class Connector(_Model):
    """How a feed is fetched and read. `kind` names the module in assets/connectors."""

    kind: Literal["files"] = "files"
    root: str = "."  # relative to the drop folder; what lies outside must be declared here, in the pack
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    layout: Mapping[str, Any] = Field(default_factory=dict)


class Contract(_Model):
    """A feed or table: columns, key, rules and, for a feed, its connector."""

    name: str
    version: str
    title: str
    description: str
    usage: str = ""
    limitations: str = ""
    owner: str
    licence: str
    classification: Literal["public", "private-aggregate", "restricted"] = "public"
    layer: Literal["core", "mart", "metric", "published"] = "core"
    prefix: str
    grain: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    profile: Mapping[str, str] = Field(default_factory=dict)  # name -> Polars SQL aggregate over a day's rows
    connector: Connector | None = None
    correction_column: str | None = None  # among rows of one key the greatest wins
    lag_days: int = 0
    lookback_days: int = 0
    reference_since: date | None = None  # reference feeds: one batch, valid from this day

    @field_validator("columns")
    @classmethod
    def _columns_unique(cls, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = [c.name for c in columns]
        if len(set(names)) != len(names):
            raise ValueError(f"column names occur twice: {sorted({n for n in names if names.count(n) > 1})}")
        return columns

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        codes = [r.code for r in self.rules]
        twice = sorted({c for c in codes if codes.count(c) > 1})
        if twice:
            raise ValueError(f"rule codes occur twice: {twice}")
        clash = sorted(set(codes) & {c.name for c in self.columns})
        if clash:
            raise ValueError(f"rules have the names of columns: {clash}")
        if not any(c.name == DAY and c.type == "date" for c in self.columns):
            raise ValueError(f"a column `{DAY}` of logicalType date is needed: it is the partition")
        if not self.key:
            raise ValueError("no key: mark columns with primaryKey: true")
        return self

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.key)

    @cached_property
    def schema(self) -> pl.Schema:
        return pl.Schema({c.name: c.dtype for c in self.columns})

    @cached_property
    def hash(self) -> str:
        """Changes with anything that may change a row or a verdict."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def restricted(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if c.classification == "restricted")


def load(path: Path) -> Contract:
    """Read one ODCS file. Raises ContractError that names the file and the place."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractError(f"{path}: there is no such contract file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: is not YAML in UTF-8: {error}") from error
    if not isinstance(document, dict) or document.get("kind") != "DataContract":
        raise ContractError(f"{path}: is not an ODCS data contract (kind: DataContract is missing)")
    try:
        return from_odcs(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContractError(f"{path}: {where or 'contract'}: {first['msg']}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ContractError(f"{path}: {type(error).__name__}: {error}") from error


def from_odcs(document: Mapping[str, Any]) -> Contract:
    """Take what Madang uses out of an ODCS 3.1 document and add the rules that every feed has."""
    table = document["schema"][0]
    own = _own(document)
    columns = tuple(_column(item) for item in table["properties"])
    prefix = own["prefix"]
    rules = [*_common_rules(prefix, columns, own.get("layer", "core"), own.get("unreadable_tolerance", 0.01))]
    for item in table["properties"]:
        rules += [_rule(quality, item["name"]) for quality in item.get("quality", [])]
    rules += [_rule(quality, None) for quality in table.get("quality", [])]
    description = document.get("description", {})
    optional = {k: own[k] for k in own if k not in {"prefix", "unreadable_tolerance", "licence"}}
    return Contract(
        name=document["name"],
        version=str(document["version"]),
        title=table.get("businessName", document["name"]),
        description=description["purpose"].strip(),
        usage=description.get("usage", "").strip(),
        limitations=description.get("limitations", "").strip(),
        owner=document["team"]["name"],
        licence=own["licence"],
        prefix=prefix,
        grain=table["dataGranularityDescription"],
        columns=columns,
        rules=tuple(rules),
        **optional,
    )


def _own(item: Mapping[str, Any]) -> dict[str, Any]:
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
        spec=ColumnSpec(**_own(item)),
    )


def _rule(item: Mapping[str, Any], column: str | None) -> Rule:
    if item.get("engine") != "greatExpectations":
        raise ValueError(f"rule {item.get('name')}: engine must be greatExpectations")
    implementation = item["implementation"]
    kwargs = dict(implementation.get("kwargs", {}))
    if column is not None and "column" not in kwargs and "column_A" not in kwargs:
        kwargs["column"] = column
    own = _own(item)
    return Rule(
        code=item["name"],
        title=item["description"].strip(),
        expectation=implementation["type"],
        kwargs=kwargs,
        scope=own.pop("scope", "row"),
        severity=item.get("severity", "critical"),
        dimension=item.get("dimension", "conformity"),
        **own,
    )


def _common_rules(prefix: str, columns: tuple[Column, ...], layer: str, unreadable: float) -> list[Rule]:
    """The rules that need no writing down: shape, types, required values, key, and that there are rows."""
    key = [c.name for c in columns if c.key]
    rules = [
        Rule(
            code=f"{prefix}-000",
            title="The day has at least one row that is kept",
            expectation="expect_column_values_to_be_between",
            kwargs={"column": "rows_kept", "min_value": 1},
            scope="day",
            dimension="completeness",
            generated=True,
        ),
    ]
    if key:
        rules.append(
            Rule(
                code=f"{prefix}-003",
                title=f"The key ({', '.join(key)}) is unique",
                expectation="expect_compound_columns_to_be_unique"
                if len(key) > 1
                else "expect_column_values_to_be_unique",
                kwargs={"column_list": key} if len(key) > 1 else {"column": key[0]},
                scope="table",
                dimension="uniqueness",
                generated=True,
            )
        )
    if layer == "core":
        for code, title, column in (
            (
                "001",
                "Rows can be read: they have a day and the number of fields the header promises",
                "share_unreadable_rows",
            ),
            ("002", "Values can be read as their declared type", "share_unreadable_cells"),
        ):
            rules.append(
                Rule(
                    code=f"{prefix}-{code}",
                    title=title,
                    expectation="expect_column_values_to_be_between",
                    kwargs={"column": column, "max_value": unreadable},
                    scope="day",
                    dimension="conformity",
                    generated=True,
                )
            )
    for position, column in enumerate(c for c in columns if c.required or c.key):
        if column.name == DAY:
            continue  # a row without a day reaches no day's gate: it is kept under its delivery, see -001
        # SQL leaves rows with a null key out of the uniqueness check, so keys are always checked for null
        rules.append(
            Rule(
                code=f"{prefix}-0{10 + position}",
                title=f"{column.name} is there",
                expectation="expect_column_values_to_not_be_null",
                kwargs={"column": column.name},
                scope="row",
                tolerance=unreadable if layer == "core" else 0.0,
                dimension="completeness",
                generated=True,
            )
        )
    return rules
