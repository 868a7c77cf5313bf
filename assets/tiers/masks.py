"""Which values of metrics a tier may not have, as tables of the connection that its file is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import polars as pl

from assets.metrics import reasons
from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers.judged import CELL_KEY, FREE, NOT_KNOWN, JudgedCells, known_cells
from quality.contract.texts import PLATFORM
from warehouse.arrow import lend
from warehouse.published.connect import literal

SOURCE = "source"  # the internal file, attached read-only
KEY = METRIC_VALUE.key
_KEY = ", ".join(KEY)
# Sentences about a value of a private feed that hold neither a figure of it nor a text about its rows. Of all others
# it is said that they are withheld: `impossible` quotes the value, the sentence of a closed gate what it found.
HARMLESS = (
    *("not_worked_on", "not_delivered", "not_delivered_yet", "before_first_day", "nothing_for_area"),
    *("register_missing", "register_later", "timetable_over", "timetable_missing", "does_not_occur", "no_valid_day"),
    *("out_of_season", "no_register", "no_residents", "no_area_size", "no_limit", "boundary_changed"),
    *("other_metric_absent", "not_defined"),
)
WITHHELD_CODE = "withheld"  # among the reasons: it says that a value is confidential, and no more
LICENCE_CODE = "licence"  # among the reasons: the licence of a feed does not let everybody use what is made of it


def lend_judged(
    con: duckdb.DuckDBPyConnection,
    private: Mapping[str, Iterable[str]],
    rests: pl.DataFrame,
    judged: Mapping[str, JudgedCells],
    shared: Mapping[str, Iterable[str]],
) -> None:
    """Temporary tables for all tiers: `judged_rows`, KEY and conf_status of every value of the `shared` metrics (by
    city, those that any tier may see), and its place in metric.value: joined by that in place of five texts, a tier
    takes a third of the work.

    What rests on a cell that nobody knows is N: a metric is shown because its cells are known to be free.
    """
    # without the hours of three years, which no figure of a day rests on
    asked = (pl.col(name).is_in(rests[name].unique().implode()) for name in ("table", "slice"))
    frames = {
        "private_metrics": _metrics_of(private),
        "shared_metrics": _metrics_of(shared),
        "rests": rests,
        "cells": known_cells(judged).filter(*asked).select("city", *CELL_KEY, "conf_status"),
    }
    for name, frame in frames.items():
        lent = lend(con, "incoming", frame)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
        lent.take_back()
    _judge_rests(con)
    values = f"{SOURCE}.{METRIC_VALUE.sql} SEMI JOIN shared_metrics USING (city, metric)"
    cell = " AND ".join(f"c.{name} = v.{name}" for name in ("city", "area", "period", "period_start"))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged_rows AS
        SELECT v.*, coalesce(c.conf_status, '{NOT_KNOWN}') AS conf_status
        FROM (SELECT rowid AS _row, {_KEY} FROM {values}) v
        LEFT JOIN resting a ON (a.city, a.metric) = (v.city, v.metric)
        LEFT JOIN judged_rests c ON c.rests_as = a.rests_as AND {cell}
        ORDER BY _row"""  # rows of a tier lie as they do inside, whichever table is the smaller one
    )


def _judge_rests(con: duckdb.DuckDBPyConnection) -> None:
    """The temporary tables `resting`, of each metric one that rests on the same cells (`rests_as`), and `judged_rests`:
    of each of these the conf_status of an area in a period, where all cells are known.

    Many metrics rest on the same few: 290,000 values were judged one by one, those of several cells in a pass of their
    own. Where two rows say something of one cell (its area has two levels in two tables) it is one cell all the same.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE resting AS
        SELECT city, metric, min(metric) OVER (PARTITION BY city, cells) AS rests_as, len(cells) AS cells FROM (
            SELECT city, metric, list({'of': "table", 'slice': slice} ORDER BY "table", slice) AS cells
            FROM rests GROUP BY ALL)"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged_rests AS
        SELECT c.city, a.rests_as, c.area, c.period, c.period_start, {_gravest("c.conf_status")} AS conf_status
        FROM resting a JOIN rests r USING (city, metric) JOIN cells c ON (c.city = r.city AND c."table" = r."table"
            AND c.slice = r.slice)  -- of one that nobody knows of several there is none here: N
        WHERE a.metric = a.rests_as GROUP BY ALL HAVING count(DISTINCT (r."table", r.slice)) = any_value(a.cells)"""
    )


def lend_withheld(con: duckdb.DuckDBPyConnection, metrics: Mapping[str, Iterable[str]]) -> None:
    """The temporary table `withheld_metrics`: by city, those that a tier does not have for their licence."""
    lent = lend(con, "incoming", _metrics_of(metrics))
    con.execute("CREATE OR REPLACE TEMP TABLE withheld_metrics AS FROM incoming")
    lent.take_back()


def lend_masks(con: duckdb.DuckDBPyConnection, metrics: Mapping[str, Iterable[str]]) -> None:
    """The temporary table `allowed` of these metrics of private feeds, by city, and of those `masks`: every value with
    its conf_status."""
    lent = lend(con, "incoming", _metrics_of(metrics))
    con.execute("CREATE OR REPLACE TEMP TABLE allowed AS FROM incoming SEMI JOIN private_metrics USING (city, metric)")
    lent.take_back()
    con.execute("CREATE OR REPLACE TEMP VIEW masks AS FROM judged_rows SEMI JOIN allowed USING (city, metric)")


def _metrics_of(by_city: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    rows = [(city, metric) for city, metrics in by_city.items() for metric in sorted(metrics)]
    return pl.DataFrame(rows, schema={"city": pl.String, "metric": pl.String}, orient="row")


def withheld_sentence(code: str = WITHHELD_CODE) -> str:
    """Why a masked value is absent, in English."""
    return reasons.in_language(PLATFORM, code, ())


def hidden() -> str:
    """Whether the row `v` of metric.value is masked by its row `m` of `masks`: its value, or the reason for which there
    is none. Without such a row all of it is."""
    harmless = ", ".join(literal(code) for code in HARMLESS)
    return (
        f"(CASE WHEN v.value IS NOT NULL THEN m.conf_status IS DISTINCT FROM '{FREE}'"
        f" ELSE m.conf_status IS NULL OR coalesce(v.reason_code NOT IN ({harmless}), true) END)"
    )


def _gravest(status: str) -> str:
    """Of the cells of a value the status that says most: not known before few, dominated and secondary."""
    order = (NOT_KNOWN, "A", "C", "D", FREE)
    ranks = " ".join(f"WHEN '{one}' THEN {rank}" for rank, one in enumerate(order))
    names = ", ".join(f"'{one}'" for one in order)
    return f"[{names}][1 + min(CASE {status} {ranks} ELSE 0 END)]"
