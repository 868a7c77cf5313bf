"""Why a place that is watched has no reading on its newest day: the gate of its feed closed, its readings were held
back or empty, or nothing came. Who is sent to look at its power finds nothing where only the first is so.
"""

from __future__ import annotations

import duckdb
import polars as pl

from quality.verdict import OPEN
from warehouse.arrow import fetched_frame

KEY = ("city", "network", "place", "quantity", "day")
# what came: rows without a valid reading are in mart.place_day, with 0 readings; whole rows that are held back are not
_WHY = f"""
    WITH asked AS (SELECT {", ".join(f"unnest(?) AS {name}" for name in KEY)}),
    fed AS (
        SELECT a.*, f.feed FROM asked a JOIN (
            SELECT city, network, place, arg_max(feed, day) AS feed FROM mart.place_day GROUP BY ALL
        ) f USING (city, network, place)
    )
    SELECT f.*,
        (SELECT arg_max(v.verdict, v.recorded_at) FROM ledger.verdict v
            WHERE (v.city, v.layer, v.table_name, v.day) = (f.city, 'core', f.feed, f.day)) AS verdict,
        (SELECT count(*) FROM mart.place_day d WHERE (d.city, d.network, d.place, d.quantity, d.day)
            = (f.city, f.network, f.place, f.quantity, f.day)) AS came,
        (SELECT count(*) FROM ledger.quarantine q WHERE (q.city, q.table_name, q.day) = (f.city, f.feed, f.day)
            AND q.column_name = f.quantity) AS cells,
        (SELECT count(*) FROM ledger.quarantine q WHERE (q.city, q.table_name, q.day) = (f.city, f.feed, f.day)
            AND json_extract_string(q.row, '$.place') = f.place) AS of_place
    FROM fed f
"""


def with_silence(con: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> pl.DataFrame:
    """rows: of mart.place_health of the newest day. With `silence`, in words, of those of which it is known why they
    have no reading; null of others."""
    silent = rows.filter(pl.col("qc") == 9).select(KEY)
    nothing = rows.with_columns(silence=pl.lit(None, pl.String))
    if silent.is_empty():
        return nothing
    try:
        found = fetched_frame(con.sql(_WHY, params=[silent[name].to_list() for name in KEY]))
    except duckdb.CatalogException:  # readings of private feeds are in no table of the file
        return nothing
    closed = ~pl.col("verdict").is_in(OPEN)
    said = (
        pl.when(closed)
        .then(pl.format("its readings are held back, as the gate of {} is closed", pl.col("feed")))
        .when((pl.col("of_place") > 0) | ((pl.col("came") > 0) & (pl.col("cells") > 0)))
        .then(pl.lit("its readings are out of range, and held back (`madang quarantine list`)"))
        .when(pl.col("came") > 0)
        .then(pl.lit("its readings are empty"))
    )
    return rows.join(found.select(*KEY, said.alias("silence")), on=KEY, how="left", maintain_order="left")
