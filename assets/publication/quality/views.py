"""The views of schema quality over the ledger's tables, and the list of tables that gates judge.

Texts that quote what was delivered stay in the ledger: of what a rule observed its figure alone is shown, and of an
error that there was one. A text of an error may hold a path, an observed set the words of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import DerivedTable, derived_tables
from assets.pack.city import City
from assets.publication.metric_columns import METRIC_VALUE
from assets.publication.quality.columns import BATCH, CORRECTION, DAY, DELIVERY, FINDING, JUDGED, RULE, SET_ASIDE, WAY
from warehouse.published.unions import QueryView

_ROWS = (
    "b.rows_read, b.rows_kept, b.rows_quarantined AS rows_held, b.rows_replaced, b.rows_repeated, b.rows_contradicted"
)
_OF_TABLE = "(j.city, j.layer, j.table_name) = (v.city, v.layer, v.table_name)"
_NEWEST = (  # the newest verdict on each table and day
    "(FROM ledger.verdict WHERE layer <> 'published' QUALIFY row_number()"
    " OVER (PARTITION BY city, layer, table_name, day ORDER BY recorded_at DESC, batch_id) = 1)"
)
_BATCHES = "(FROM ledger.batch QUALIFY row_number() OVER (PARTITION BY batch_id ORDER BY recorded_at DESC) = 1)"
# the results of one judgement: a batch that could not be judged is judged once more under its id
_RESULTS = "ledger.rule_result r JOIN _newest v ON (v.batch_id, v.recorded_at) = (r.batch_id, r.recorded_at)"
_FIGURE = "regexp_extract(r.observed, '^([A-Za-z0-9_.-]{1,80}) = -?[0-9]', 1)"
_OBSERVED = (
    "TRY_CAST(regexp_extract(r.observed, '^(?:[A-Za-z0-9_.-]{1,80} = )?(-?[0-9.]+(?:e[+-]?[0-9]+)?)', 1) AS DOUBLE)"
)
_SENTENCE = (
    "r.title || CASE WHEN r.status = 'error' THEN ': it could not be evaluated'"
    " WHEN r.unexpected > 0 AND r.evaluated > 0"
    " THEN format(': {:,} of {:,} rows break it', r.unexpected, r.evaluated)"
    f" WHEN {_OBSERVED} IS NOT NULL THEN ': found ' || printf('%.6g', {_OBSERVED}) ELSE ': it does not hold' END"
)
# A name that somebody gave a file: letters, digits and a few signs; no address, nothing as long as a key, and no number
# of a resident or phone.
_FILE_NAME = r"^[\p{L}\p{M}\p{N} ._()~+,-]+$"
_LONGEST_NAME = 120  # in the pattern it would be written out 120 times: 0.2 s each time somebody asks
_NOT_IN_NAMES = r"[A-Za-z0-9]{24,}|[0-9]{6}-?[0-9]{7}|01[0-9]-?[0-9]{3,4}-?[0-9]{4}"
_TEXT = "regexp_extract(named, '[^/\\\\]+$')"


def judged_rows(cities: Sequence[City]) -> pl.DataFrame:
    """Rows of quality.judged."""
    kinds = {"BOOLEAN": pl.Boolean, "VARCHAR[]": pl.List(pl.String)}
    schema = {name: kinds.get(dtype, pl.String) for name, dtype in JUDGED.types.items()}
    return pl.DataFrame([row for city in cities for row in _judged(city)], schema=schema, orient="row")


def _judged(city: City) -> Iterator[tuple[object, ...]]:
    for feed in city.contracts.values():
        yield city.name, "core", feed.name, feed.title.shown, feed.private, [], []
    for table in derived_tables(city):
        made_from = sorted({contract.name for contract in (*table.needs, *table.uses)})
        title = table.contract.title.shown if table.layer == "mart" else table.title
        yield (
            *(city.name, table.layer, table.name, title.rstrip("."), table.contract.private),
            *(made_from, sorted(_metrics_in(table, city))),
        )


def _metrics_in(table: DerivedTable, city: City) -> Iterator[str]:
    """The metrics chosen whose values a table holds."""
    if isinstance(table, SubjectTable):
        of_days = {d.metric: d.entry for d in city.metrics.values() if not d.of_days}
        yield from (metric for metric, entry in of_days.items() if entry in table.metrics)
    elif isinstance(table, PeriodTable):
        yield from (metric for metric in sorted(table.metrics) if metric in city.metrics)


def quality_views() -> list[QueryView]:
    """All views of the schema, over the ledger, metric.history and metric.value of the same file."""
    newest = f"WITH _newest AS {_NEWEST}"
    of_table = f"JOIN {JUDGED.sql} j ON {_OF_TABLE}"
    return [
        QueryView(
            RULE,
            f"{newest} SELECT r.city, r.layer, r.table_name, r.rule, arg_max(r.title, r.recorded_at) AS title,"
            " arg_max(r.severity, r.recorded_at) AS severity, arg_max(r.tolerance, r.recorded_at) AS tolerance,"
            " count(*) AS days, count(*) FILTER (r.status <> 'pass') AS days_broken,"
            f" min(r.day) AS first_day, max(r.day) AS last_day FROM {_RESULTS} {of_table}"
            " GROUP BY r.city, r.layer, r.table_name, r.rule",
        ),
        QueryView(
            DAY,
            # of 320,000 results nearly all passed: to aggregate them in order took two thirds of the whole view
            f"{newest}, _broken AS (SELECT r.batch_id, string_agg({_SENTENCE}, '; ' ORDER BY r.severity, r.rule)"
            f" AS reason FROM {_RESULTS} WHERE r.status <> 'pass' GROUP BY r.batch_id),"
            " _counted AS (SELECT r.batch_id, count(*) AS rules,"
            f" count(*) FILTER (r.status <> 'pass') AS rules_broken FROM {_RESULTS} GROUP BY r.batch_id),"
            " _found AS (FROM _counted LEFT JOIN _broken USING (batch_id))"
            " SELECT v.city, v.layer, v.table_name, v.day, j.is_private,"
            " CASE v.verdict WHEN 'PASS' THEN 'passed' WHEN 'WARN' THEN 'warning' ELSE 'held' END AS outcome,"
            " CASE WHEN v.verdict = 'ERROR' THEN coalesce(f.reason, 'it could not be judged') ELSE f.reason END"
            f" AS reason, v.batch_id, {_ROWS}, coalesce(f.rules, 0) AS rules,"
            " coalesce(f.rules_broken, 0) AS rules_broken, v.recorded_at AS judged_at"
            f" FROM _newest v {of_table} LEFT JOIN {_BATCHES} b ON b.batch_id = v.batch_id"
            " LEFT JOIN _found f ON f.batch_id = v.batch_id",
        ),
        QueryView(
            FINDING,
            f"{newest} SELECT r.city, r.layer, r.table_name, r.day, r.rule, r.title, r.severity, r.status, r.evaluated,"
            f" r.unexpected, r.tolerance, CASE WHEN r.status = 'fail' THEN nullif({_FIGURE}, '') END AS figure,"
            f" CASE WHEN r.status = 'fail' THEN {_OBSERVED} END AS observed, {_SENTENCE} AS sentence, r.batch_id"
            f" FROM {_RESULTS} {of_table} WHERE r.status <> 'pass'",
        ),
        QueryView(
            SET_ASIDE,
            # a place in a delivery counts once, however often the batch was staged
            f"{newest}, _places AS (SELECT DISTINCT v.city, v.layer, v.table_name, v.day, unnest(q.rules) AS rule,"
            " q.scope, v.batch_id, q.sha256, q.line, q.column_name FROM ledger.quarantine q JOIN _newest v"
            f" ON v.batch_id = q.batch_id {of_table})"
            " SELECT city, layer, table_name, day, rule, scope, count(*) AS n, batch_id FROM _places GROUP BY ALL",
        ),
        QueryView(
            BATCH,
            f"SELECT b.batch_id, b.city, b.layer, b.table_name, b.day, b.state, {_ROWS}, b.input_batches,"
            f" b.input_deliveries, b.recorded_at AS made_at FROM {_BATCHES} b"
            f" JOIN {JUDGED.sql} j ON (j.city, j.layer, j.table_name) = (b.city, b.layer, b.table_name)",
        ),
        QueryView(
            DELIVERY,
            f"SELECT * EXCLUDE (named), CASE WHEN regexp_matches({_TEXT}, '{_FILE_NAME}')"
            f" AND length({_TEXT}) <= {_LONGEST_NAME}"
            f" AND NOT regexp_matches({_TEXT}, '{_NOT_IN_NAMES}') THEN {_TEXT} END AS file_name FROM ("
            "SELECT city, feed, sha256, any_value(source) AS source,"
            " arg_min(delivery, recorded_at) FILTER (source = 'files') AS named,"
            " max(size_bytes) AS size_bytes, min(asked_at) AS asked_at, max(modified_at) AS modified_at,"
            " min(recorded_at) AS delivered_at,"
            " arg_max(rows_read, recorded_at) FILTER (status = 'parsed') AS rows_read,"
            " min(day_min) AS first_day, max(day_max) AS last_day FROM ledger.attempt"
            " WHERE sha256 IS NOT NULL AND feed IS NOT NULL GROUP BY city, feed, sha256"
            " HAVING count(*) FILTER (status = 'parsed') > 0)",
        ),
        QueryView(
            CORRECTION,
            "SELECT b.city, b.area, b.metric, b.period, b.period_start, n.version, b.value AS value_before, n.value,"
            " b.published_at AS published_before, n.published_at AS corrected_at, b.batch_ids AS batches_before,"
            " n.batch_ids AS batches"
            " FROM (FROM metric.history WHERE replaced_at IS NOT NULL AND value IS NOT NULL) b"
            # of two million values few came at a time when others were replaced: to look for these first spares a third
            " JOIN (FROM metric.history SEMI JOIN (SELECT DISTINCT replaced_at AS published_at FROM metric.history)"
            " USING (published_at)) n"
            " ON (n.city, n.area, n.metric, n.period, n.period_start, n.published_at)"
            " = (b.city, b.area, b.metric, b.period, b.period_start, b.replaced_at)"
            " WHERE n.value IS DISTINCT FROM b.value",
        ),
        QueryView(
            WAY,
            # those of one area: all of a metric and period have the same. To group lists takes twice as long
            f"SELECT city, metric, period, period_start, batch_ids AS batches FROM {METRIC_VALUE.sql} WHERE rowid IN ("
            f"SELECT min(rowid) FROM {METRIC_VALUE.sql} WHERE value IS NOT NULL"
            " GROUP BY city, metric, period, period_start)",
        ),
    ]
