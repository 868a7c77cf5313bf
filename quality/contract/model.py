"""What a contract is: columns, key, rules, connector of one feed or table, as types.

Everything about a table comes from here: parser, rules, GX suite, Dagster checks, comments, dictionary.
Reading the YAML is in odcs.py, evaluating rules in rules.py and audit.py.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal
from zoneinfo import available_timezones

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

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
    zone: str | None = None  # times with an offset (%z, Z) or of `delivered_zone` become local times of this zone
    delivered_zone: str | None = None  # the zone of delivered times that have no offset, where it is not the city's
    remove: str | None = None  # regular expression of what is cut out of a text, e.g. a by-name in brackets
    values: Mapping[str, str] = Field(default_factory=dict)  # delivered value -> canonical value
    name_ko: str | None = None
    combine: Literal["sum"] | None = None  # rows of one key in one delivery are parts: add them up

    @model_validator(mode="after")
    def _zoned(self) -> ColumnSpec:
        for name in (self.zone, self.delivered_zone):
            if name is not None and name not in available_timezones():
                raise ValueError(f"{name!r} is no time zone; write it as Asia/Seoul or UTC")
        offsets = any("%z" in form for form in self.formats)
        if (offsets or self.delivered_zone is not None) != (self.zone is not None):
            raise ValueError("times with an offset (%z) or a delivered_zone need `zone`, and it needs one of them")
        return self


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
    scope day: judged on the day's profile, one row of figures per day.
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


class Files(_Model):
    """A drop folder. `layout` says how the files are laid out, see assets/readers/rows.py."""

    root: str = "."  # relative to the drop folder; what lies outside must be declared here, in the pack
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    layout: Mapping[str, Any] = Field(default_factory=dict)


# How a service is asked; what it answers is the same.
HOW_ASKED = (
    "address",
    "secrets",
    "again_days",
    "page_size",
    "parallel",
    "per_second",
    "per_day",
    "timeout_s",
    "deadline_s",
    "attempts",
    "max_mib",
)


class Melt(_Model):
    """Columns that become rows: each part is the sum of the columns whose names match its pattern."""

    parts: Mapping[str, str]  # label -> regular expression on whole source names
    label: str = "group"
    value: str = "value"


class Service(_Model):
    """A service that is asked over HTTP; live and simulated differ in the base address alone.

    `ask` is what is asked for, in the protocol's own terms. Its texts may hold {day:%Y%m%d}, {next_day},
    {quarter}, {each}, {hour:02d} and the names of secrets; what a protocol knows is in its module.
    """

    protocol: str  # the module in assets/connectors that speaks it
    address: str  # base address of the real service
    ask: Mapping[str, Any] = Field(default_factory=dict)
    secrets: Mapping[str, str] = Field(default_factory=dict)  # name in `ask` -> environment variable that holds it
    each: tuple[str, ...] = ()  # one request for each of these values
    hours: tuple[int, ...] = ()  # ... and of these hours of the day
    stamped: bool = False  # its rows have no time of their own: each gets `_asked_at`, the service's clock
    snapshot: bool = False  # tells what is now, whatever day is asked for: asked once a night
    since: date | None = None  # the days for which the service is asked in this version
    until: date | None = None
    again_days: int = Field(default=0, ge=0)  # so many days before are asked once more: corrections come late
    page_size: int | None = Field(default=None, ge=1)  # rows asked for at once, None: what the protocol allows
    parallel: int = Field(default=1, ge=1, le=16)  # requests at a time
    per_second: float | None = Field(default=None, gt=0)
    per_day: int | None = Field(default=None, ge=1)
    timeout_s: float = Field(default=20, gt=0)  # for one reply, from the first byte sent to the last received
    deadline_s: float = Field(default=300, gt=0)  # for all requests of one day together, retries included
    attempts: int = Field(default=3, ge=1, le=10)
    max_mib: int = Field(default=64, ge=1)
    fill: Mapping[str, str] = Field(default_factory=dict)  # source name -> what an empty value means
    join: Mapping[str, str] = Field(default_factory=dict)  # new name -> text with {SOURCE} names in it
    melt: Melt | None = None

    def serves(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Connector(_Model):
    """Where a feed comes from: a drop folder, services, or both."""

    files: Files | None = None
    services: tuple[Service, ...] = ()  # versions of one service, by the days they serve

    @model_validator(mode="after")
    def _something(self) -> Connector:
        if self.files is None and not self.services:
            raise ValueError("a connector needs `files`, `services` or both")
        return self

    def service(self, day: date) -> Service | None:
        return next((s for s in self.services if s.serves(day)), None)

    @property
    def kind(self) -> str:
        return self.services[0].protocol if self.services else "files"


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
    every: Literal["day", "quarter"] = "day"
    lag_days: int = 0  # days from the end of the day (or quarter) until it is delivered
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
        how: Any = {"connector": {"services": {"__all__": set(HOW_ASKED)}}}
        text = json.dumps(self.model_dump(mode="json", exclude=how), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def restricted(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if c.classification == "restricted")
