"""A contract: columns, key, rules and connector of one feed or table.

Everything about a table comes from here: parser, rules, GX suite, Dagster checks, comments, dictionary.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Literal

import polars as pl
from pydantic import Field, field_validator, model_validator

from quality.contract.base import FrozenModel, Network
from quality.contract.columns import DAY, Column
from quality.contract.connector import HOW_ASKED, Connector
from quality.contract.corrected import correction_mistakes
from quality.contract.interval import Every, Interval
from quality.contract.rules import Rule, registered_code, registered_rule
from quality.contract.terms import Terms
from quality.contract.texts import Texts

_ORDERED = ("integer", "number", "date", "timestamp")


class Contract(FrozenModel):
    """A feed or table: columns, key, rules and, for a feed, its connector."""

    name: str
    version: str
    title: Texts
    description: Texts
    usage: Texts | None = None
    limitations: Texts | None = None
    owner: str
    licence: str
    classification: Literal["public", "private-aggregate", "restricted"] = "public"
    layer: Literal["core", "mart", "metric", "published"] = "core"
    prefix: str
    grain: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    profile: Mapping[str, str] = Field(default_factory=dict)  # name -> Polars SQL aggregate over a day's rows
    models: tuple[str, ...] = ()  # those that it implements
    network: Network | None = None  # who may be judged by whom
    connector: Connector | None = None
    correction_column: str | None = None  # among rows of one key the greatest wins; required, if not `optional`
    every: Every = "day"
    interval: str | None = None  # what a row is of, as `hour_ending`; see Interval
    first_day: date | None = None  # its data begin here: of no earlier day is it asked, and none is missing
    lag_days: int = 0  # days from the end of the day (or period) until it is delivered
    lookback_days: int = 0
    ahead_days: int = Field(
        default=0, ge=0
    )  # so many days after today a delivery may have rows of: forecasts, calendars
    reference_since: date | None = None  # reference feeds: one batch, valid from this day
    not_personal: Mapping[str, str] = Field(default_factory=dict)  # delivered column that looks so -> why it is not
    terms: Terms | None = None  # of who gives the rows of a private feed
    from_private: bool = False  # set where the graph of tables is made: a table that it is made from is private
    # where its places stand: a table of the pack, or a feed that is a register
    register_: str | None = Field(default=None, alias="register")
    usual_since: date | None = None  # what is usual has changed: no day before this one is compared with

    @field_validator("columns")
    @classmethod
    def _columns_unique(cls, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = [c.name for c in columns]
        if len(set(names)) != len(names):
            raise ValueError(f"column names occur twice: {sorted({n for n in names if names.count(n) > 1})}")
        return columns

    @field_validator("interval")
    @classmethod
    def _known_interval(cls, interval: str | None) -> str | None:
        return interval if interval is None else Interval.parse(interval).name

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
        for column in self.columns:
            source = next((c for c in self.columns if c.name == column.spec.of), None)
            if column.spec.of is not None and (
                source is None or source.type != "timestamp" or source.spec.of is not None
            ):
                raise ValueError(f"{column.name} is computed of {column.spec.of!r}, which is no delivered timestamp")
        correction = next((c for c in self.columns if c.name == self.correction_column), None)
        if self.correction_column is not None and (correction is None or correction.type not in _ORDERED):
            raise ValueError(
                f"correction_column: {self.correction_column!r} does not do; name a column of type "
                f"{', '.join(_ORDERED)}; texts have no such order ('9' comes after '10')"
            )
        wrong = next(correction_mistakes(self.columns), None)
        if wrong is not None:
            raise ValueError(wrong)
        if self.first_day is not None and self.reference_since is not None:
            raise ValueError(
                "first_day: a register has no days, it holds from `reference_since` on; take one of them out"
            )
        if self.terms is not None:
            self._check_terms(self.terms)
        if not self.key:
            raise ValueError("no key: mark columns with primaryKey: true (in the file of a feed `key: true`)")
        return self

    def _check_terms(self, terms: Terms) -> None:
        if not self.private:
            raise ValueError(
                "terms: rows of a public feed are published one by one and cannot be called back; write "
                "`classification: private-aggregate`, or take `terms` out"
            )
        needed = self.lag_days + self.lookback_days
        if terms.keep_days is not None and terms.keep_days <= needed:
            raise ValueError(
                f"terms: keep_days: {terms.keep_days} is too short: a night looks for rows of {needed} days before it "
                f"(lag_days and lookback_days); write {needed + 1} or more, or a smaller lookback_days"
            )

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The names of the columns that make a row unique."""
        return tuple(c.name for c in self.columns if c.key)

    @cached_property
    def delivered(self) -> tuple[Column, ...]:
        """The columns that are read from a delivery, as they are read; the others are computed from them.

        A time of a known zone that has an instant beside it, or is the end of an interval, is read as an instant in
        UTC: only there every hour of a day follows the one before it.
        """
        instants = {c.spec.of for c in self.columns if c.type == "timestamp"}
        return tuple(
            c.model_copy(
                update={"instant": c.spec.zone is not None and (c.name in instants or bool(c.spec.interval_end))}
            )
            for c in self.columns
            if c.spec.of is None
        )

    @cached_property
    def schema(self) -> pl.Schema:
        """The Polars types of the columns, by name."""
        return pl.Schema({c.name: c.dtype for c in self.columns})

    @cached_property
    def hash(self) -> str:
        """Changes with anything that may change a row or a verdict. Where places stand changes what is made of rows,
        and which of them stand nowhere is only marked. Where data begin says which days are asked for, terms say for
        how long (a contract that is prolonged has no day judged again), and what is no person's, what may land at
        all."""
        without: Any = {
            "connector": {"files": {"of": True}, "services": {"__all__": set(HOW_ASKED)}},
            "first_day": True,
            "from_private": True,
            "not_personal": True,
            "register_": True,
            "terms": True,
        }
        written = self.model_dump(mode="json", exclude=without)
        written["rules"] = [rule for rule in written["rules"] if rule["code"] != registered_code(self.prefix)]
        text = json.dumps(written, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def delivered_in(self, languages: Sequence[str]) -> Contract:
        """The same contract for a city of these languages, given as language tags such as `ko` or `zh-Hant`."""
        connector = None if self.connector is None else self.connector.delivered_in(languages)
        return self.model_copy(update={"connector": connector})

    def registered(self, places: Sequence[str]) -> Contract:
        """The same contract with the rule that its places are those of its register; `places`: these."""
        code = registered_code(self.prefix)
        rule = registered_rule(self.prefix, self.register_ or "", places)
        return self.model_copy(update={"rules": (*(rule for rule in self.rules if rule.code != code), rule)})

    @property
    def corrections(self) -> Mapping[str, str]:
        """By column that the provider corrected: the column with the readings of the instrument."""
        return {c.name: c.spec.corrects for c in self.columns if c.spec.corrects is not None}

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(c for c in self.columns if c.name == name)

    @property
    def private(self) -> bool:
        """Whether no value of its rows may leave the home, but for aggregates that the gate has admitted.

        So it is with a feed that is not public as a whole or in one column, and with what is made from it: of the rows
        of such a table reports say how many, which rules, and on which lines of which delivery, and nothing else.
        """
        confidential = self.classification != "public" or any(c.classification != "public" for c in self.columns)
        return confidential or self.from_private
