"""The gate's findings as Dagster asset checks. Checks are the display of the gate, not the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
SAMPLES = 10
SHOWN_DAYS = 10


def name_of(rule: Rule) -> str:
    """SDOT-pm25-range -> SDOT_pm25_range, as Dagster wants names. Generated rules share one check."""
    return WELL_FORMED if rule.generated else rule.code.replace("-", "_")


def specs(contract: Contract, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """One check per rule that somebody wrote, and one for those that every table has.

    Critical rules block what lies downstream in the same run. Each check is three events in Dagster's log, and
    events are the greater part of what a quiet night costs.
    """
    return [
        dg.AssetCheckSpec(
            name, asset=key, description=_description(rules), blocking=any(r.severity == "critical" for r in rules)
        )
        for name, rules in _groups(contract).items()
    ]


def _groups(contract: Contract) -> dict[str, list[Rule]]:
    groups: dict[str, list[Rule]] = {}
    for rule in contract.rules:
        groups.setdefault(name_of(rule), []).append(rule)
    return groups


def _description(rules: Sequence[Rule]) -> str:
    first = rules[0]
    if first.generated:
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
        of_check = rows.filter(pl.col("rule").is_in([r.code for r in rules]))
        failed = of_check.filter(pl.col("status") != "pass")
        broken = set(failed["rule"]) | ({r.code for r in rules} - set(of_check["rule"]))  # no result is not a pass
        critical = {r.code for r in rules if r.severity == "critical"}
        stops = bool(broken & critical) or (failed["status"] == "error").any()
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=name,
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if stops and not any_open and not soft else dg.AssetCheckSeverity.WARN,
            description=_sentence(of_check, failed),
            metadata=_metadata(rules, of_check, failed),
        )


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
