"""One published value traced back: definition, batches, deliveries, rules that failed, and how it changed."""

from datetime import date
from typing import Any

import polars as pl

from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect


def explain(home: Home, city: str, metric: str, area: str, day: date) -> dict[str, Any] | str:
    """Everything behind one value, or a sentence that says why there is none."""
    with connect.open_published(home) as con:
        areas = con.sql("SELECT area, name_en, name_ko FROM mart.area WHERE city = ?", params=[city]).pl()
        wanted = areas.filter(
            (pl.col("area") == area)
            | (pl.col("name_en").str.to_lowercase() == area.lower())
            | (pl.col("name_ko") == area)
        )
        if wanted.is_empty():
            return f'{city} has no area {area!r}; see `madang sql "SELECT area, name_en FROM mart.area"`'
        code = wanted["area"][0]
        definition = con.sql("SELECT * FROM metric.definition WHERE metric = ?", params=[metric]).pl()
        if definition.is_empty():
            return f'there is no metric {metric!r}; see `madang sql "SELECT metric, title_en FROM metric.definition"`'
        value = con.sql(
            "SELECT * FROM metric.value WHERE city = ? AND metric = ? AND area = ? AND period_start = ?",
            params=[city, metric, code, day],
        ).pl()
        if value.is_empty():
            return f"no value of {metric} for {area} on {day} was ever published; the day has not been worked on"
        history = con.sql(
            "SELECT version, published_at, replaced_at, value, status, reason FROM metric.history "
            "WHERE city = ? AND metric = ? AND area = ? AND period_start = ? ORDER BY version",
            params=[city, metric, code, day],
        ).pl()
    batches, deliveries = _trace(home, city, value["batch_ids"][0].to_list())
    rules = (
        ledger.read(home, "rule_result")
        .filter(pl.col("batch_id").is_in(batches["batch_id"].to_list()), pl.col("status") != "pass")
        .select("table_name", "day", "rule", "severity", "title", "observed")
        .unique()
        .collect()
    )
    return {
        "area_name": f"{wanted['name_en'][0]} ({wanted['name_ko'][0]})",
        "definition": definition.to_dicts()[0],
        "value": value.to_dicts()[0],
        "history": history.to_dicts(),
        "batches": batches.to_dicts(),
        "deliveries": deliveries.to_dicts(),
        "rules_failed": rules.to_dicts(),
    }


def _trace(home: Home, city: str, ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Batches behind a value, down to the deliveries."""
    book = ledger.read(home, "batch").filter(pl.col("city") == city).unique("batch_id").collect()
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city).sort("recorded_at").collect()
    found, wanted, objects = [], set(ids), set()
    while wanted:
        part = book.filter(pl.col("batch_id").is_in(list(wanted)))
        found.append(part)
        objects |= {sha for row in part["input_deliveries"].to_list() for sha in row}
        wanted = {i for row in part["input_batches"].to_list() for i in row} - set(pl.concat(found)["batch_id"])
    batches = pl.concat(found) if found else book.clear()
    shown = [
        "batch_id",
        "layer",
        "table_name",
        "day",
        "rows_read",
        "rows_kept",
        "rows_quarantined",
        "rows_superseded",
        "recorded_at",
    ]
    landed = (
        attempts.filter(pl.col("sha256").is_in(list(objects)))
        .unique("sha256", keep="first", maintain_order=True)
        .select(
            "feed", "delivery", pl.col("sha256").str.slice(0, 12), "size_bytes", pl.col("recorded_at").dt.round("1s")
        )
    )
    return batches.unique("batch_id").sort("layer", "table_name", "day").select(shown), landed
