"""The gate's findings as Dagster asset checks. Checks are the display of the gate, not the gate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from pipelines.status import samples_of
from pipelines.visible import markdown_text, visible
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.outcome import Outcome
from warehouse.home import Home
from warehouse.ledger import ledger

WELL_FORMED = "well_formed"  # the check of the rules that every table has: rows, key, required columns, readable
METRIC = "metric"  # the layer of metric tables
SAMPLES = 10
LONGEST_NAME = 60  # characters of a title in the name of a check
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_ASIDE = re.compile(r"\([^()]*\)")  # reasons and numbers in parentheses


def name_of(contract: Contract, rule: Rule) -> str:
    """The code of a rule and its title, as Dagster wants names: `AIR_stations__At_least_35_stations_report`.

    The rules that every table has share one check. So do the critical ones of metric tables: all of these have the
    same, whatever they are about.
    """
    shared = rule.generated or (contract.layer == METRIC and rule.severity == "critical")
    return WELL_FORMED if shared else check_name(rule.code, rule.title)


def check_name(code: str, title: str) -> str:
    """Letters and digits of a code and of its title, without what stands in parentheses."""
    words = _slug(_ASIDE.sub(" ", title).replace("..", " to "))
    if len(words) > LONGEST_NAME:
        words = words[: LONGEST_NAME + 1].rpartition("_")[0] or words[:LONGEST_NAME]
    return "__".join(part for part in (_slug(code), words) if part)


def _slug(text: str) -> str:
    return _NOT_OF_A_NAME.sub("_", text).strip("_")


def specs(contract: Contract, key: dg.AssetKey, days: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """One check per rule that somebody wrote, and one for those that every table has.

    No check blocks: a table finds for itself what there is of a day, and what the gate did not admit is not there.
    """
    return [check_spec(name, key, _description(rules), days) for name, rules in _groups(contract).items()]


def check_spec(name: str, key: dg.AssetKey, description: str, days: dg.PartitionsDefinition) -> dg.AssetCheckSpec:
    """A check that has a result for each day. Dagster calls `partitions_def` a preview: it is used here alone."""
    return dg.AssetCheckSpec(name, asset=key, description=description, partitions_def=days)


def first_check(contract: Contract) -> str:
    """The check at which a day is reported that could not be judged."""
    names = _groups(contract)
    return WELL_FORMED if WELL_FORMED in names else next(iter(names))


def _groups(contract: Contract) -> dict[str, list[Rule]]:
    groups: dict[str, list[Rule]] = {}
    for rule in contract.rules:
        groups.setdefault(name_of(contract, rule), []).append(rule)
    return groups


def _description(rules: Sequence[Rule]) -> str:
    first = rules[0]
    if len(rules) > 1 or first.generated:
        return "What every table has to be: " + "; ".join(f"{markdown_text(r.title)} ({r.code})" for r in rules)
    return f"{markdown_text(first.title)}. ({first.code}, {first.severity}, {first.dimension})"


def results_of_days(
    home: Home,
    contract: Contract,
    key: dg.AssetKey,
    outcomes: Sequence[Outcome],
    partition: Callable[[date], str] = str,
    *,
    whole: bool = True,
) -> Iterator[dg.AssetCheckEvaluation]:
    """One result per check and day, each under the partition of its day, read from the ledger.

    `whole`: without it a day of which all checks hold has a result of `well_formed` alone. A day that could not be
    judged has one as well: the reason.
    """
    rows = ledger.read(home, "rule_result", [outcome.batch_id for outcome in outcomes]).collect()
    of_batch = {str(batch): found.to_dicts() for (batch,), found in rows.partition_by("batch_id", as_dict=True).items()}
    groups = _groups(contract)
    for outcome in outcomes:
        of_day = {row["rule"]: row for row in of_batch.get(outcome.batch_id, ())}
        if not of_day:
            yield _evaluation(
                key,
                first_check(contract),
                partition(outcome.day),
                outcome.verdict.open,
                severe=True,
                text=_closed_text(outcome),
            )
            continue
        for name, rules in groups.items():
            found = _Found.of(rules, of_day)
            if whole or found.broken or name == WELL_FORMED:
                text = _sentence(found, outcome)
                day, more = partition(outcome.day), _metadata(found)
                yield _evaluation(key, name, day, not found.broken, severe=found.stops, text=text, more=more)


def _evaluation(
    key: dg.AssetKey,
    name: str,
    day: str,
    passed: bool,
    *,
    severe: bool,
    text: str,
    more: Mapping[str, Any] | None = None,
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=text,
        metadata=more or {},
        partition=day,
    )


@dataclass(frozen=True)
class _Found:
    """What the rules of one check came to on one day: rows of ledger.rule_result, and rules that have none."""

    rules: Sequence[Rule]  # those that are broken, or all
    rows: Sequence[Mapping[str, Any]]  # of these rules
    evaluated: int  # rows; several rules judge the same
    broken: bool
    stops: bool  # a critical rule is broken, or one could not be evaluated

    @classmethod
    def of(cls, rules: Sequence[Rule], of_day: Mapping[str, Mapping[str, Any]]) -> _Found:
        passed = {rule.code for rule in rules if of_day.get(rule.code, {}).get("status") == "pass"}
        broken = [rule for rule in rules if rule.code not in passed]  # no result is not a pass
        shown = broken or rules
        rows = [of_day[rule.code] for rule in shown if rule.code in of_day]
        stops = any(rule.severity == "critical" for rule in broken) or any(row["status"] == "error" for row in rows)
        evaluated = max((of_day[rule.code]["evaluated"] or 0 for rule in rules if rule.code in of_day), default=0)
        return cls(shown, rows, evaluated, bool(broken), stops)


def _closed_text(outcome: Outcome) -> str:
    """What became of a day of which no rule has a result."""
    if outcome.verdict.open:
        return f"holds, {outcome.verdict}"
    return visible(f"gate closed, {outcome.verdict}: {outcome.reason}")


def _sentence(found: _Found, outcome: Outcome) -> str:
    if not found.broken:
        return "holds"
    closed = "" if outcome.verdict.open or not found.stops else f"gate closed, {outcome.verdict}: "
    if not found.rows:
        return f"{closed}gave no result"
    return visible(closed + "; ".join(_row_in_words(row) for row in found.rows))


def _row_in_words(row: Mapping[str, Any]) -> str:
    """As `quality.verdict` says it of a rule: its code and title, and how many rows break it, or what was found."""
    said, unexpected, evaluated = f"{row['rule']} {row['title']}", row["unexpected"], row["evaluated"]
    if row["status"] == "error":
        return f"{row['rule']} could not be evaluated ({row['observed']})"
    if unexpected and evaluated:
        return f"{said}: {unexpected:,} of {evaluated:,} rows break it"
    return f"{said}: " + ("it does not hold" if row["observed"] is None else f"found {row['observed']}")


def _metadata(found: _Found) -> dict[str, Any]:
    rules, rows = found.rules, found.rows
    metadata: dict[str, Any] = {
        "code": ", ".join(rule.code for rule in rules),
        "severity": min((rule.severity for rule in rules), key=("critical", "warning", "info").index),
        "tolerance": max(rule.tolerance for rule in rules),
        "rows_evaluated": found.evaluated,
        "rows_unexpected": sum(row["unexpected"] or 0 for row in rows),
    }
    if found.broken and rows:
        metadata["observed"] = visible("; ".join(f"{row['rule']} {row['observed']}" for row in rows))
    samples = [sample for row in rows for sample in samples_of(row["samples"])]
    if samples:
        metadata["samples"] = table_metadata(samples[:SAMPLES])
    return metadata


def table_metadata(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as a table on Dagster's pages. A column that a row does not have is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    records = [dg.TableRecord({visible(name): _shown(row.get(name)) for name in names}) for row in rows]
    schema = dg.TableSchema(columns=[dg.TableColumn(visible(name)) for name in names])
    return dg.MetadataValue.table(records=records, schema=schema)


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, int | float | bool) else visible(value)
