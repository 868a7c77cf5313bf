"""What is lent to all tiers of each value: the gravest status of the cells that it rests on, and no cell besides."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from assets.tiers.judged import WITH_STATUS, JudgedCells, rests_on_frame
from assets.tiers.masks import lend_judged

DAY = date(2026, 6, 1)
RESTS = {
    "sales": (("shops", ""),),
    "sales_per_person": (("shops", ""), ("people", "")),
    "highest": (("people", "one of many"),),
}
STATUS = {  # of the cells of areas: shops, people
    "a": ("F", "F"),
    "b": ("A", "F"),
    "c": ("F", "D"),
    "d": ("D", "C"),
    "e": ("F", None),  # nobody knows the people
}
# Cells of which two rows say something, as the area has two levels in two tables: of what rests on both, the people of
# the first area are not known, and those of the second are.
TWICE = [("f", "shops", "F"), ("f", "shops", "F"), ("g", "shops", "F"), ("g", "shops", "A"), ("g", "people", "F")]


def judged() -> JudgedCells:
    rows = [
        (table, slice_, area, "day", DAY, 9.0, 9.0, status, False)
        for area, both in STATUS.items()
        for table, status in zip(("shops", "people"), both, strict=True)
        for slice_ in ("", "7")  # and of an hour, on which no metric rests
        if status is not None
    ]
    rows += [(table, "", area, "day", DAY, 9.0, 9.0, status, False) for area, table, status in TWICE]
    return JudgedCells("seoul", pl.DataFrame(rows, schema=WITH_STATUS, orient="row"))


def test_a_value_has_the_gravest_status_of_its_cells_and_no_other_cell_is_lent() -> None:
    with duckdb.connect() as con:
        con.execute("ATTACH ':memory:' AS source; CREATE SCHEMA source.metric")
        con.execute(
            "CREATE TABLE source.metric.value AS SELECT 'seoul' AS city, area, metric, 'day' AS period,"
            " DATE '2026-06-01' AS period_start FROM (SELECT unnest(['a', 'b', 'c', 'd', 'e', 'f', 'g']) AS area),"
            " (SELECT unnest(['sales', 'sales_per_person', 'highest', 'air']) AS metric)"
        )
        private = {"seoul": list(RESTS)}
        lend_judged(con, private, rests_on_frame({"seoul": RESTS}), {"seoul": judged()}, private)
        found = con.execute("SELECT metric, area, conf_status FROM judged_rows ORDER BY ALL").fetchall()
        assert {metric for metric, _, _ in found} == set(RESTS)  # public ones have none
        assert [status for metric, _, status in found if metric == "sales"] == ["F", "A", "F", "D", "F", "F", "A"]
        assert [status for metric, _, status in found if metric == "sales_per_person"] == [
            "F",
            "A",
            "D",
            "C",
            "N",
            "N",
            "A",
        ]
        assert [status for metric, _, status in found if metric == "highest"] == ["N"] * 7
        places = con.execute(
            "SELECT count(*) FROM judged_rows m JOIN source.metric.value v ON v.rowid = m._row"
            " AND (v.metric, v.area) = (m.metric, m.area)"
        ).fetchall()
        assert places == [(len(found),)]
        lie = [row for (row,) in con.execute("SELECT _row FROM judged_rows").fetchall()]
        assert lie == sorted(lie)  # as inside: a tier has its rows in this order
        assert con.execute("SELECT DISTINCT slice FROM cells").fetchall() == [("",)]
