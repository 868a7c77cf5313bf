"""Each rule of a contract as a query on the published file that returns 0 exactly where the gate admits its rows.

- Rows that a quarantine or void rule holds back, and keys that are there twice, are in no published table: their number
  is 0 whatever the rule's own severity and tolerance are.
- Rows of a flag rule are counted for each day against its tolerance, and the contract's figures of a day are computed.
- What only a delivery can tell (what could not be read, came again, is fewer than usual) was found when it was
  judged: the ledger in the same file is asked, for the batches that are live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality.contract.columns import DAY
from quality.contract.generated_rules import HAS_ROWS, UNIQUE, UNIQUE_TOGETHER
from quality.contract.model import Contract
from quality.contract.rules import Rule, Severity
from quality.odcs.conditions import broken_by, not_between
from quality.odcs.figures import figure_in_duckdb, reads, types_of
from quality.odcs.published_place import PublishedPlace
from quality.odcs.sql import UnsayableError, name_in_sql, value_in_sql

_SLACK = 1e-6  # Polars and DuckDB divide with other numbers of digits
_BATCH = "{batch}"  # what stands for the rows in a query of a rule
_AGGREGATES = {
    "expect_table_row_count_to_be_between": "count(*)",
    "expect_column_min_to_be_between": "min({})",
    "expect_column_max_to_be_between": "max({})",
    "expect_column_sum_to_be_between": "sum({})",
    "expect_column_mean_to_be_between": "avg({})",
    "expect_column_unique_value_count_to_be_between": "count(DISTINCT {})",
}
_OF_LIMITS = {"column", "min_value", "max_value", "strict_min", "strict_max"}


@dataclass(frozen=True)
class RuleInSql:
    """`query` returns how many rows, keys or days break the rule. `severity`: what it is where any does."""

    query: str
    severity: Severity


def rule_in_sql(rule: Rule, contract: Contract, place: PublishedPlace) -> RuleInSql:
    """The rule as a query. Where the rows cannot answer it, the ledger is asked what the gate found."""
    try:
        query = _on_rows(rule, contract, place)
    except UnsayableError:
        query = None
    if query is None:
        return RuleInSql(_in_ledger(rule, contract, place), rule.severity)
    never = rule.scope == "row" and rule.on_fail != "flag"
    return RuleInSql(query, "critical" if never else rule.severity)


def _on_rows(rule: Rule, contract: Contract, place: PublishedPlace) -> str | None:
    if set(place.absent) & {rule.kwargs.get(name) for name in ("column", "column_A", "column_B")}:
        return None
    if rule.scope == "row":
        return _row_rule(rule, contract, place)
    if rule.scope == "day":
        return _day_rule(rule, contract, place)
    return _table_rule(rule, contract, place)


def _row_rule(rule: Rule, contract: Contract, place: PublishedPlace) -> str:
    broken = broken_by(rule, contract)
    if rule.on_fail != "flag":
        return f"SELECT count(*) FROM {place.rows} WHERE {broken}"
    return _days(place, f"{_share(broken)} > {value_in_sql(float(rule.tolerance))}")


def _share(broken: str) -> str:
    return f"CAST(count(*) FILTER (WHERE {broken}) AS DOUBLE) / count(*)"


def _days(place: PublishedPlace, condition: str) -> str:
    """How many days (of a city) meet a condition on an aggregate."""
    key = ", ".join(map(name_in_sql, place.batch_key))
    return f"SELECT count(*) FROM (SELECT {key} FROM {place.rows} GROUP BY {key} HAVING {condition})"


def _day_rule(rule: Rule, contract: Contract, place: PublishedPlace) -> str | None:
    if not set(rule.kwargs) <= _OF_LIMITS or rule.expectation != "expect_column_values_to_be_between":
        return None
    if rule.code == f"{contract.prefix}-{HAS_ROWS}":
        return _admitted_days(contract, place)
    figure = _figure(str(rule.column), contract)
    if figure is None:
        return None
    wrong = not_between(figure, rule.kwargs, _SLACK)
    query = _days(place, f"{wrong} OR NOT isfinite({figure})")
    return query if _is_read(query, contract, place) else None


def _figure(name: str, contract: Contract) -> str | None:
    """A figure of the day as an aggregate of the published rows; None where they do not have it."""
    if name == "rows_kept":
        return "CAST(count(*) AS DOUBLE)"
    of = next((rule for rule in contract.rules if rule.scope == "row" and f"share__{rule.code}" == name), None)
    if of is not None:
        return _share(broken_by(of, contract)) if of.on_fail == "flag" else None
    figure = figure_in_duckdb(contract.profile[name]) if name in contract.profile else None
    return figure and f"CAST(({figure}) AS DOUBLE)"


def _is_read(query: str, contract: Contract, place: PublishedPlace) -> bool:
    there = [(name, dtype) for name, dtype in types_of(contract.columns) if name not in place.absent]
    columns = [(place.renamed.get(name, name), dtype) for name, dtype in there]
    if place.city is None:
        columns = [("city", "VARCHAR"), *(column for column in columns if column[0] != "city")]
    return reads(query, place.schema, place.table, columns)


def _table_rule(rule: Rule, contract: Contract, place: PublishedPlace) -> str | None:
    if rule.expectation in (UNIQUE, UNIQUE_TOGETHER):
        return _repeated_keys(rule, place)
    if rule.expectation in _AGGREGATES:
        return _aggregate(rule, contract, place)
    if rule.expectation != "unexpected_rows_expectation":
        return _mostly(rule, contract, place)
    written = str(rule.kwargs.get("unexpected_rows_query", ""))
    query = f"SELECT count(*) FROM ({written.strip().rstrip(';').replace(_BATCH, place.rows)}) AS broken"
    may_be_said = rule.judges_single_rows and "{" not in query and "--" not in query and "/*" not in query
    return query if may_be_said and _is_read(query, contract, place) else None


def _repeated_keys(rule: Rule, place: PublishedPlace) -> str | None:
    columns: Sequence[str] = rule.kwargs.get("column_list") or [str(rule.column)]
    if not set(rule.kwargs) <= {"column", "column_list"} or set(columns) & set(place.absent):
        return None
    names = [name_in_sql(column) for column in columns]
    key = ", ".join(dict.fromkeys([*map(name_in_sql, place.batch_key), *names]))
    filled = " AND ".join(f"{name} IS NOT NULL" for name in names)  # a key that is not whole is equal to no other
    return f"SELECT count(*) FROM (SELECT {key} FROM {place.rows} WHERE {filled} GROUP BY {key} HAVING count(*) > 1)"


def _aggregate(rule: Rule, contract: Contract, place: PublishedPlace) -> str | None:
    if not set(rule.kwargs) <= _OF_LIMITS:
        return None
    column = name_in_sql(rule.column) if rule.column is not None else ""
    aggregate = f"CAST({_AGGREGATES[rule.expectation].format(column)} AS DOUBLE)"
    query = _days(place, not_between(aggregate, rule.kwargs, _SLACK))
    return query if _is_read(query, contract, place) else None


def _mostly(rule: Rule, contract: Contract, place: PublishedPlace) -> str:
    """A rule about single rows that a share of them may break."""
    broken, mostly = broken_by(rule, contract), rule.kwargs.get("mostly")
    if mostly is None:
        return f"SELECT count(*) FROM {place.rows} WHERE {broken}"
    counted = "count(*)"
    if not rule.expectation.endswith("_be_null"):
        names = [rule.kwargs[name] for name in ("column", "column_A", "column_B") if name in rule.kwargs]
        counted += f" FILTER (WHERE {' AND '.join(f'{name_in_sql(name)} IS NOT NULL' for name in names)})"
    holds = f"{counted} - count(*) FILTER (WHERE {broken})"
    wrong = f"{counted} > 0 AND CAST({holds} AS DOUBLE) / {counted} < {value_in_sql(float(mostly))}"
    return _days(place, wrong)


def _admitted_days(contract: Contract, place: PublishedPlace) -> str:
    """Days that a gate admitted and that have no row, and days with rows that no gate admitted."""
    key = ", ".join(map(name_in_sql, place.batch_key))
    there, live = f"SELECT DISTINCT {key} FROM {place.rows}", f"SELECT {key} FROM {_live(contract, place)}"
    without_rows = f"(SELECT count(*) FROM ({live} EXCEPT {there}))"
    if place.of_layer:  # it has rows of absent values, too
        return f"SELECT {without_rows}"
    return f"SELECT {without_rows} + (SELECT count(*) FROM ({there} EXCEPT {live}))"


def _live(contract: Contract, place: PublishedPlace) -> str:
    """The batches that are live: of each table and day the one that the gate admitted last."""
    of = [f"layer = {value_in_sql(contract.layer)}", "state = 'committed'"]
    of += [] if place.of_layer else [f"table_name = {value_in_sql(contract.name)}"]
    of += [] if place.city is None else [f"city = {value_in_sql(place.city)}"]
    admitted = "batch_id IN (SELECT batch_id FROM ledger.verdict WHERE verdict IN ('PASS', 'WARN'))"
    return (
        f"(SELECT city, table_name, {DAY}, arg_max(batch_id, recorded_at) AS batch_id FROM ledger.batch "
        f"WHERE {' AND '.join([*of, admitted])} GROUP BY ALL)"
    )


def _in_ledger(rule: Rule, contract: Contract, place: PublishedPlace) -> str:
    """How many live batches broke the rule, or could not be judged by it, when the gate admitted them."""
    newest = "row_number() OVER (PARTITION BY batch_id ORDER BY recorded_at DESC) = 1"
    found = (
        f"SELECT status FROM ledger.rule_result WHERE rule = {value_in_sql(rule.code)} "
        f"AND batch_id IN (SELECT batch_id FROM {_live(contract, place)}) QUALIFY {newest}"
    )
    return f"SELECT count(*) FROM ({found}) WHERE status <> 'pass'"
