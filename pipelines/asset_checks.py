"""The gate's findings as Dagster asset checks. Checks are the display of the gate, not the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import polars as pl

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
SHOWN_DAYS = 10


def name_of(contract: Contract, rule: Rule) -> str:
    """SDOT-pm25-range -> SDOT_pm25_range, as Dagster wants names. The rules that every table has share one check.

    So do the critical ones of metric tables: all of these have the same, whatever they are about.
    """
    shared = rule.generated or (contract.layer == METRIC and rule.severity == "critical")
    return WELL_FORMED if shared else rule.code.replace("-", "_")


def specs(contract: Contract, key: dg.AssetKey, days: dg.PartitionsDefinition | None = None) -> list[dg.AssetCheckSpec]:
    """One check per rule that somebody wrote, and one for those that every table has.

    Critical rules block what lies downstream in the same run. Each check is up to three events in Dagster's log, and
    events are the greater part of what a quiet night costs. `days`: each day has a result of its own (`day_results`);
    without it there is one for all days of a step (`results`). Dagster calls `partitions_def` a preview: it is used
    here alone.
    """
    return [
        dg.AssetCheckSpec(
            name,
            asset=key,
            description=_description(rules),
            blocking=any(r.severity == "critical" for r in rules),
            partitions_def=days,
        )
        for name, rules in _groups(contract).items()
    ]


def _groups(contract: Contract) -> dict[str, list[Rule]]:
    groups: dict[str, list[Rule]] = {}
    for rule in contract.rules:
        groups.setdefault(name_of(contract, rule), []).append(rule)
    return groups


def _description(rules: Sequence[Rule]) -> str:
    first = rules[0]
    if len(rules) > 1 or first.generated:
        return "What every table has to be: " + "; ".join(f"{markdown_text(r.title)} ({r.code})" for r in rules)
    return f"{markdown_text(first.title)}. ({first.severity}, {first.dimension})"


def results(
    home: Home, contract: Contract, key: dg.AssetKey, outcomes: Iterable[Outcome], *, soft: bool = False
) -> Iterator[dg.AssetCheckResult]:
    """One result per check over all the days of a step, read from the ledger so that a re-run shows the same.

    A failed critical rule is an ERROR, which stops this table's downstream in the run, only when no day
    of the step is open: a backfill of five months degrades by the day, not by the month. `soft`: never an
    ERROR, for references, without which the city's figures still come.
    """
    outcomes = list(outcomes)
    if not outcomes:
        return
    rows = ledger.read(home, "rule_result", [o.batch_id for o in outcomes]).sort("day").collect()
    any_open = any(o.verdict.open for o in outcomes)
    for name, rules in _groups(contract).items():
        found = _Found.of(rules, rows)
        stops = found.stops and not any_open and not soft
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=name,
            passed=not found.broken,
            severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
            description=_sentence(found.rows, found.failed),
            metadata=_metadata(rules, found.rows, found.failed),
        )


def day_results(
    home: Home, contract: Contract, key: dg.AssetKey, outcomes: Iterable[Outcome]
) -> Iterator[dg.AssetCheckEvaluation]:
    """One result per check and day, each under its own day, read from the ledger as those of `results` are.

    A failed critical rule is an ERROR of its day. It stops nothing by itself: a step whose days are all closed fails
    (`GateClosed`), and with an open day the run goes on with that. A day without a batch gets no result: it is skipped.
    """
    outcomes = list(outcomes)
    rows = ledger.read(home, "rule_result", [outcome.batch_id for outcome in outcomes]).collect()
    of_batch = rows.partition_by("batch_id", as_dict=True)
    for outcome in outcomes:
        of_day = of_batch.get((outcome.batch_id,), rows.clear())
        for name, rules in _groups(contract).items():
            found = _Found.of(rules, of_day)
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=name,
                passed=not found.broken,
                severity=dg.AssetCheckSeverity.ERROR if found.stops else dg.AssetCheckSeverity.WARN,
                description=_sentence(found.rows, found.failed),
                metadata=_of_one_day(_metadata(rules, found.rows, found.failed)),
                partition=outcome.day.isoformat(),
            )


def _of_one_day(metadata: dict[str, Any]) -> dict[str, Any]:
    """Without the numbers of days."""
    return {name: value for name, value in metadata.items() if not name.startswith("days_")}


@dataclass(frozen=True)
class _Found:
    """What the rules of one check came to."""

    rows: pl.DataFrame  # of ledger.rule_result
    failed: pl.DataFrame
    broken: bool
    stops: bool  # a critical rule is broken, or one could not be evaluated

    @classmethod
    def of(cls, rules: Sequence[Rule], rows: pl.DataFrame) -> _Found:
        of_check = rows.filter(pl.col("rule").is_in([r.code for r in rules]))
        failed = of_check.filter(pl.col("status") != "pass")
        broken = set(failed["rule"]) | ({r.code for r in rules} - set(of_check["rule"]))  # no result is not a pass
        critical = {r.code for r in rules if r.severity == "critical"}
        return cls(of_check, failed, bool(broken), bool(broken & critical) or (failed["status"] == "error").any())


def _sentence(of_check: pl.DataFrame, failed: pl.DataFrame) -> str:
    if of_check.is_empty():
        return "gave no result: the gate is closed"
    if failed.is_empty():
        return f"holds on {of_check['day'].n_unique()} day(s)"
    days = failed["day"].unique(maintain_order=True)
    more = f" and {days.len() - SHOWN_DAYS} more" if days.len() > SHOWN_DAYS else ""
    return f"broken on {', '.join(map(str, days.head(SHOWN_DAYS)))}{more}"


def _metadata(rules: Sequence[Rule], of_check: pl.DataFrame, failed: pl.DataFrame) -> dict[str, Any]:
    broken = set(failed["rule"])
    rules = [rule for rule in rules if rule.code in broken] or rules  # what holds says nothing of what does not
    by_day = of_check.group_by("day").agg(pl.col("evaluated").max())  # several rules judge the same rows
    metadata: dict[str, Any] = {
        "code": ", ".join(r.code for r in rules),
        "severity": min((r.severity for r in rules), key=("critical", "warning", "info").index),
        "tolerance": max(r.tolerance for r in rules),
        "days_evaluated": of_check["day"].n_unique(),
        "days_failed": failed["day"].n_unique(),
        "rows_evaluated": int(by_day["evaluated"].sum()),
        "rows_unexpected": int(of_check["unexpected"].sum()),
    }
    if failed.height:
        metadata["observed"] = visible(
            "; ".join(
                f"{day}: {rule} {observed}"
                for day, rule, observed in failed.select("day", "rule", "observed").head(SHOWN_DAYS).iter_rows()
            )
        )
    samples = [s for text in (failed if failed.height else of_check)["samples"] for s in samples_of(text)]
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
