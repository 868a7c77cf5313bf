"""What the gates admitted and remarked on: rules that failed as a warning. Those of many days are one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from quality.verdict import RuleResult
from warehouse.home import Home
from warehouse.ledger import ledger

NIGHT = timedelta(hours=12)  # so long before the newest verdict, one was judged in the same night


@dataclass(frozen=True)
class Warned:
    """A warning rule that did not hold. `madang status --json` and `madang nightly --json` print these fields."""

    city: str
    layer: str
    table_name: str
    rule: str  # its code
    first_day: date | None
    last_day: date | None
    days: int  # on which it did not hold, from the first to the last
    finding: str  # code, rule and numbers, of the last day

    @property
    def sentence(self) -> str:
        """City, table, day, and what the rule found there."""
        table = f"{self.city} {self.layer}.{self.table_name}"
        if self.days == 1:
            return f"{table} {self.last_day}: {self.finding}"
        return f"{table} {self.first_day} to {self.last_day}, {self.days:,} days, on the last: {self.finding}"


def of_last_night(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Of the newest verdicts of a city: those that were judged in its last night, and each table's newest day."""
    judged_last = verdicts["recorded_at"].max()
    last_night = pl.lit(value=True) if judged_last is None else pl.col("recorded_at") > pl.lit(judged_last) - NIGHT
    newest = pl.col("day") == pl.col("day").max().over("layer", "table_name")
    return verdicts.filter(last_night.fill_null(value=True) | newest.fill_null(value=True))


def warned(home: Home, verdicts: pl.DataFrame) -> list[Warned]:
    """The warnings behind these verdicts, by table and rule. `verdicts`: rows of ledger.verdict."""
    failed = verdicts.filter(pl.col("rules_failed").list.len() > 0)
    if failed.is_empty():
        return []
    results = (
        ledger.read(home, "rule_result", failed["batch_id"].drop_nulls().unique().to_list())
        .filter(pl.col("severity") == "warning", pl.col("status") == "fail")
        .collect()
        .sort("recorded_at")
        .unique(["batch_id", "rule"], keep="last", maintain_order=True)
        .sort("day", maintain_order=True)
    )
    found = [_one(rows) for _, rows in results.group_by("city", "layer", "table_name", "rule", maintain_order=True)]
    return sorted(found, key=lambda one: (str(one.layer), str(one.table_name), str(one.rule)))


def _one(rows: pl.DataFrame) -> Warned:
    last = rows.row(-1, named=True)
    return Warned(
        city=last["city"],
        layer=last["layer"],
        table_name=last["table_name"],
        rule=last["rule"],
        first_day=rows["day"].min(),  # type: ignore[arg-type]  # a column of dates
        last_day=last["day"],
        days=rows["day"].n_unique(),
        finding=finding_of(last),
    )


def finding_of(result: Mapping[str, Any]) -> str:
    """What a rule found, in a sentence. `result`: a row of ledger.rule_result of a rule that does not hold."""
    names = ("title", "severity", "day", "evaluated", "unexpected", "observed")
    of_rule = {name: result[name] for name in names}
    error = str(result["observed"]) if result["status"] == "error" else None
    return RuleResult(code=str(result["rule"]), passed=False, error=error, **of_rule).sentence()  # type: ignore[arg-type]


def of_table(found: Sequence[Warned], layer: str, table_name: str) -> list[Warned]:
    """Those of one table."""
    return [one for one in found if (one.layer, one.table_name) == (layer, table_name)]
