"""What is held back, row by row: the findings of the row rules, of reading, and of rows that came twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import polars as pl

from assets.context import RunContext
from assets.ingest.late_hours import LATE_HOUR
from assets.ingest.parse import NO_DAY
from assets.trial.delivered_text import DeliveredTexts
from assets.trial.gave_way_rows import contradicting, repeating
from assets.trial.read import ReadFiles
from assets.trial.result import HeldBack
from assets.trial.wording import SENTENCES, Wording
from quality.contract.columns import DAY, Column
from quality.contract.generated_rules import (
    CLOCK_RULES,
    CONFLICTING,
    CONTRADICTED,
    OUTSIDE,
    READABLE_ROWS,
    REPEATED,
)
from quality.contract.model import Contract
from quality.staging import Staged

_ROW_KINDS = {"ROW-FIELDS": "fields", "ROW-EXTRA-FIELD": "fields", "ROW-QUOTE": "quote", "ROW-HEADER": "header"}


@dataclass(frozen=True)
class Finding:
    """One row and rule, before it is put into words. `row`: typed values, where the whole row is held back."""

    rule: str
    what: Literal["row", "value", "replaced", "kept"]
    day: date | None
    sha256: str
    line: int | None
    column: str | None = None
    value: str | None = None
    as_delivered: bool = True  # the value; else as it was stored, in the unit of its column
    row: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None  # why a row could not be read
    other: Mapping[str, object] = field(default_factory=dict)  # what a sentence says of another row or file


class HeldRows:
    """The findings of one trial. `values`: those of a private feed are shown, too."""

    def __init__(
        self, run: RunContext, contract: Contract, read: ReadFiles, staged: Sequence[Staged], values: bool
    ) -> None:
        self.run, self.contract, self.read, self.staged = run, contract, read, staged
        self.silent = contract.private and not values
        self.rules = {rule.code: rule for rule in contract.rules}

    def shown(self, language: str, most: int) -> tuple[list[HeldBack], dict[str, int]]:
        """At most so many findings of each rule in the words of a language, and how many each rule has."""
        wording, counts, found = (
            Wording(SENTENCES.language_for(language), self.contract),
            Counter[str](),
            list[Finding](),
        )
        for rule, count, some in self._findings(most):
            left = most - counts[rule]
            counts[rule] += count
            found += some[: max(0, left)]
        order = {sha256: rank for rank, sha256 in enumerate(self.read.parsed)}
        found.sort(key=lambda one: (order.get(one.sha256, len(order)), one.line or 0))
        texts = DeliveredTexts.of(self.run, self.contract, self.read, found)
        return [self._said(wording, one, texts) for one in found], {r: n for r, n in counts.items() if n}

    def _findings(self, most: int) -> Iterator[tuple[str, int, list[Finding]]]:
        """By rule: how many there are, and some of them."""
        for staged in self.staged:
            found = staged.findings
            rows = found.quarantined.explode("_rules").rename({"_rules": "rule"})
            clocks = [f"{self.contract.prefix}-{name}" for name in CLOCK_RULES]
            yield from self._rows(rows.remove(pl.col("rule").is_in(clocks)), "row", most)
            flagged = found.flagged.explode("_rules").rename({"_rules": "rule"})
            counted = dict(found.rule_counts.group_by("rule").agg(pl.col("unexpected").sum()).iter_rows())
            for rule, count, some in self._rows(flagged.remove(pl.col("rule").is_in(clocks)), "kept", most):
                if (one := self.rules.get(rule)) is not None and one.on_fail == "flag":
                    yield rule, max(count, counted.get(rule, 0)), some
            for values, delivered in ((found.nullified, False), (found.unreadable, True)):
                for (rule,), part in values.sort("_sha256", "_line").group_by("rule", maintain_order=True):
                    some = [
                        Finding(
                            str(rule),
                            self._lost(str(rule), clocks, row["column"]),
                            row[DAY],
                            row["_sha256"],
                            row["_line"],
                            row["column"],
                            row["value"],
                            delivered,
                        )
                        for row in part.head(most).iter_rows(named=True)
                    ]
                    yield str(rule), part.height, some
            yield from self._gave_way(staged, most)
        yield from self._without_day(most)

    def _rows(
        self, rows: pl.DataFrame, what: Literal["row", "kept"], most: int
    ) -> Iterator[tuple[str, int, list[Finding]]]:
        for (rule,), part in rows.sort("_sha256", "_line").group_by("rule", maintain_order=True):
            column = self.rules[str(rule)].column if rule in self.rules else None
            some = [
                Finding(str(rule), what, row[DAY], row["_sha256"], row["_line"], column, row=row)
                for row in part.head(most).iter_rows(named=True)
            ]
            yield str(rule), part.height, some

    def _lost(self, rule: str, clocks: Sequence[str], column: str) -> Literal["row", "value"]:
        return "row" if rule in clocks and column in self.contract.key else "value"

    def _gave_way(self, staged: Staged, most: int) -> Iterator[tuple[str, int, list[Finding]]]:
        found = staged.findings
        for name, rows_of in ((REPEATED, repeating), (CONTRADICTED, contradicting)):
            count = sum(getattr(one, name) for one in found.gave_way.values())
            if count:
                code = f"{self.contract.prefix}-{name}"
                rows = rows_of(self.contract, self.read.parsed.values(), list(found.gave_way)).head(most)
                some = [
                    Finding(
                        code,
                        "replaced",
                        row[DAY],
                        row["_sha256"],
                        row["_line"],
                        row=row,
                        other={"line": row["_counts"], "key": self._key(row)},
                    )
                    for row in rows.iter_rows(named=True)
                ]
                yield code, count, some
        by_name = {one.delivery.name: sha256 for sha256, one in self.read.parsed.items()}
        for row in found.conflicts.iter_rows(named=True):
            other = {"delivery": row["delivery"], "number": row["keys"]}
            one = Finding(
                f"{self.contract.prefix}-{CONFLICTING}",
                "replaced",
                row[DAY],
                by_name.get(row["contradicts"], ""),
                None,
                other=other,
            )
            yield one.rule, 1, [one]

    def _without_day(self, most: int) -> Iterator[tuple[str, int, list[Finding]]]:
        day, prefix = self.contract.column(DAY), self.contract.prefix
        source = day.spec.of or DAY
        for sha256, one in self.read.parsed.items():
            lost = [
                Finding(
                    f"{prefix}-{READABLE_ROWS}",
                    "row",
                    None,
                    sha256,
                    line,
                    source if code in (NO_DAY, LATE_HOUR) else None,
                    None if code in (NO_DAY, LATE_HOUR) else text,
                    code=code,
                )
                for code, text, line in one.undated().head(most).select("code", "row", "_line").iter_rows()
            ]
            yield f"{prefix}-{READABLE_ROWS}", one.undated_rows, lost
            if one.outside:
                rows = one.outside_rows().head(most)
                some = [
                    Finding(f"{prefix}-{OUTSIDE}", "row", row[DAY], sha256, row["_line"], source, str(row[DAY]), False)
                    for row in rows.iter_rows(named=True)
                ]
                yield f"{prefix}-{OUTSIDE}", one.rows_outside, some

    def _key(self, row: Mapping[str, Any]) -> str:
        return ", ".join(str(row[name]) for name in self.contract.key if name != DAY)

    def _said(self, wording: Wording, one: Finding, texts: DeliveredTexts) -> HeldBack:
        parsed = self.read.parsed.get(one.sha256)
        place = texts.find(one)
        column = next((c for c in self.contract.columns if c.name == one.column), None)
        delivered_as = place.source(column)
        delivered = place.text(column)
        value = one.value if delivered is None or (one.as_delivered and one.value is not None) else delivered
        sentence = self._sentence(wording, one, column, value, texts)
        return HeldBack(
            rule=one.rule,
            what=one.what,
            day=one.day if not self.silent else None,
            delivery="" if parsed is None else parsed.delivery.name,
            member=place.member,
            line=one.line,
            column=one.column,
            delivered_as=delivered_as,
            value=None if self.silent else value,
            sentence=sentence,
        )

    def _sentence(
        self, wording: Wording, one: Finding, column: Column | None, value: str | None, texts: DeliveredTexts
    ) -> str:
        rule, name = self.rules.get(one.rule), one.rule.removeprefix(f"{self.contract.prefix}-")
        place = texts.find(one)
        delivered_as = place.source(column)
        if self.silent:
            return wording.say("private", rule=one.rule)
        if one.code == NO_DAY and column is not None:
            missing = value is None or not value.strip()
            return wording.unreadable(column, value, delivered_as, "required" if missing else "no_day")
        if one.code == LATE_HOUR and column is not None:
            return wording.unreadable(column, value, delivered_as, "hour_24")
        if one.code is not None:
            return wording.say(f"row_{_ROW_KINDS.get(one.code, 'other')}")
        if name == OUTSIDE:
            return wording.say("outside", value=value)
        if name in (REPEATED, CONTRADICTED, CONFLICTING):
            return wording.say(name, **one.other)
        if name in CLOCK_RULES and column is not None:
            return wording.unreadable(column, value, delivered_as, name.replace("-", "_"))
        if rule is not None and rule.scope == "row":
            other = next((c for c in self.contract.columns if c.name == rule.kwargs.get("column_B")), None)
            return wording.broken(rule, value, delivered_as, place.text(other))
        if column is not None:
            return wording.unreadable(column, value, delivered_as)
        return wording.say("own", title="" if rule is None else rule.title)
