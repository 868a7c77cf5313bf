"""What the open file has beside values: what the gates found, and what changed since the release before it.

Of public tables all that schema quality has; of private feeds the outcome of each day and nothing else. A batch counts
as public only if all that it was made from is: one of a time when a feed was private, or when a table read a private
feed, says something of that feed still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb

from assets.publication.quality.columns import BATCH, CORRECTION, DAY, DELIVERY, FINDING, JUDGED, RULE, SET_ASIDE, WAY
from assets.tiers.masked_tables import WITHHELD, AllowedTable
from assets.tiers.masks import SOURCE
from warehouse.published.connect import quoted
from warehouse.published.spec import TableSpec

_PUBLIC = "(city, layer, table_name) IN (FROM public_tables)"
_OF_PUBLIC_BATCH = "batch_id IN (FROM public_batches)"
_KEPT_OF_PRIVATE = ("city", "layer", "table_name", "day", "is_private", "outcome")


def lend_public_batches(con: duckdb.DuckDBPyConnection) -> None:
    """The temporary tables `public_tables` and `public_batches`."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE public_tables AS
        SELECT city, layer, table_name FROM {SOURCE}.{JUDGED.sql} WHERE NOT is_private""")
    # from a batch that is not public on to all that were made of it, and of these
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE edges AS
        SELECT batch_id, unnest(input_batches) AS made_from FROM {SOURCE}.ledger.batch""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE public_batches AS
        WITH RECURSIVE others AS (
            SELECT batch_id FROM {SOURCE}.ledger.batch WHERE (city, layer, table_name) NOT IN (FROM public_tables)
            UNION SELECT made_from FROM edges ANTI JOIN {SOURCE}.ledger.batch b ON b.batch_id = made_from
            UNION SELECT e.batch_id FROM others o JOIN edges e ON e.made_from = o.batch_id)
        SELECT DISTINCT batch_id FROM {SOURCE}.ledger.batch ANTI JOIN others USING (batch_id)""")
    con.execute("DROP TABLE edges")


def judged_so_far(con: duckdb.DuckDBPyConnection) -> str:
    """Another text when a verdict or a delivery came: of a held day there is no other publication."""
    verdicts = f"SELECT count(*), max(recorded_at) FROM {SOURCE}.ledger.verdict WHERE layer <> 'published'"
    read = f"SELECT count(*), max(recorded_at) FROM {SOURCE}.ledger.attempt WHERE status = 'parsed'"
    return repr([con.execute(query).fetchall() for query in (verdicts, read)])


def quality_tables(own: str) -> Iterator[AllowedTable]:
    """The tables of schema quality. own: which cities, as a condition."""
    yield _table(JUDGED, f"{own} AND (NOT is_private OR layer = 'core')", {})
    yield _table(RULE, f"{own} AND {_PUBLIC}", {})
    figures = {
        name: f"CASE WHEN {_PUBLIC} AND {_OF_PUBLIC_BATCH} THEN {quoted(name)} END"
        for name in DAY.names
        if name not in _KEPT_OF_PRIVATE
    }
    yield _table(DAY, f"{own} AND ({_PUBLIC} OR is_private AND layer = 'core')", figures)
    for spec in (FINDING, SET_ASIDE, BATCH):
        yield _table(spec, f"{own} AND {_PUBLIC} AND {_OF_PUBLIC_BATCH}", {})
    feeds = "(city, 'core', feed) IN (FROM public_tables)"
    yield _table(DELIVERY, f"{own} AND {feeds}", {})
    public = f"{own} AND (city, metric) NOT IN (FROM private_metrics) AND NOT {WITHHELD}"
    yield _of_public_batches(_table(CORRECTION, public, {}), "list_concat(batches_before, batches)")
    yield _of_public_batches(_table(WAY, public, {}), "batches")


def _of_public_batches(table: AllowedTable, batches: str) -> AllowedTable:
    """The rows of which each of these batches is public: also the values of before were of public feeds alone."""
    # asked of each row by itself (NOT EXISTS), 80,000 ways took twice as long
    numbered = f"SELECT *, row_number() OVER () AS _row FROM ({table.rows})"
    others = f"SELECT _row FROM (SELECT _row, unnest({batches}) AS id FROM _rows) WHERE id NOT IN (FROM public_batches)"
    rows = (
        f"WITH _rows AS MATERIALIZED ({numbered}), _others AS ({others})"
        " SELECT * EXCLUDE (_row) FROM _rows ANTI JOIN _others USING (_row)"
    )
    return replace(table, rows=rows)


def _table(spec: TableSpec, where: str, instead: dict[str, str]) -> AllowedTable:
    chosen = ", ".join(f"{instead[name]} AS {quoted(name)}" if name in instead else quoted(name) for name in spec.names)
    return AllowedTable(str(spec), spec.names, f"SELECT {chosen} FROM {SOURCE}.{spec.sql} WHERE {where}")
