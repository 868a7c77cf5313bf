"""What to tell people: the state of the feeds, the scoreboard, a value explained. Reads only, prints nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from assets.pack.city import City
from pipelines.asset_checks import table
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

SAMPLES = 3  # of the rows behind a closed gate


def status(home: Home, city: City) -> list[dict[str, Any]]:
    """One row per feed and derived table that has a history: how its newest day stands, and for how long.

    `days_in_a_row` counts the days before and including the newest with a closed gate; `last_good` is the
    newest day let in. `samples` are rows that closed the gate of the newest day. `deliveries_failed` are those
    of the last fetch that could not be had or read, `nights_failed` for how many nights in a row some could not.
    """
    verdicts = ledger.newest_verdicts(home, city.name).collect()
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city.name).sort("recorded_at").collect()
    rows = []
    for layer, name in verdicts.select("layer", "table_name").unique().sort("layer", "table_name").iter_rows():
        own = verdicts.filter((pl.col("layer") == layer) & (pl.col("table_name") == name)).sort("day")
        newest = own.row(-1, named=True)
        open_days = own.filter(pl.col("verdict").is_in(["PASS", "WARN"]))["day"]
        failed = _failed(attempts.filter(pl.col("feed") == name)) if layer == "core" else pl.DataFrame()
        rows.append(
            {
                "city": city.name,
                "layer": layer,
                "table_name": name,
                "newest_day": newest["day"],
                "verdict": newest["verdict"],
                "days_in_a_row": _closed_in_a_row(own),
                "last_good": open_days.max(),
                "closed_before": _closed_lately(own, newest["day"]),
                "deliveries_failed": failed.height,
                "nights_failed": _nights_failed(attempts.filter(pl.col("feed") == name)) if failed.height else 0,
                "reason": "" if newest["verdict"] == "PASS" else newest["reason"],
                "samples": _samples(home, newest),
                "failures": failed["detail"].to_list() if failed.height else [],
            }
        )
    seen = {row["table_name"] for row in rows}
    for name in city.contracts:
        own = attempts.filter(pl.col("feed") == name)
        if name not in seen and own.height:
            failed = _failed(own)
            rows.append(
                {
                    "city": city.name,
                    "layer": "core",
                    "table_name": name,
                    "newest_day": None,
                    "verdict": "NONE",
                    "days_in_a_row": 0,
                    "last_good": None,
                    "closed_before": [],
                    "deliveries_failed": failed.height,
                    "nights_failed": _nights_failed(own) if failed.height else 0,
                    "reason": "" if failed.height else _last_word(own),
                    "samples": [],
                    "failures": failed["detail"].to_list(),
                }
            )
    return rows


def latest(home: Home, city: City) -> pl.DataFrame:
    """The city's own rows of the published metric.latest, with title and direction; what has no value comes last."""
    with connect.open_published(home) as con:
        return con.sql(
            "SELECT l.*, d.title_en, d.direction FROM metric.latest l JOIN metric.definition d USING (metric) "
            "WHERE l.city = ? AND l.area = ? ORDER BY l.status = 'absent', l.metric",
            params=[city.name, city.config.area],
        ).pl()


def _samples(home: Home, verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """Some of the rows that broke the rules for which a gate is closed: rule, row or column and value, line."""
    if verdict["verdict"] not in ("BLOCK", "ERROR"):
        return []
    found = (
        ledger.read(home, "rule_result")
        .filter(pl.col("batch_id") == verdict["batch_id"], pl.col("status") != "pass", pl.col("severity") == "critical")
        .select("rule", "samples")
        .unique("rule", keep="last", maintain_order=True)
        .collect()
    )
    return [
        {"rule": rule} | sample
        for rule, samples in found.iter_rows()
        for sample in json.loads(samples or "[]")[:SAMPLES]
    ]


def _last_word(attempts: pl.DataFrame) -> str:
    """Why a feed has no batch at all."""
    details = attempts.filter(pl.col("status") != "known")["detail"].drop_nulls()
    if details.len():
        return str(details[-1])
    last = attempts["day_max"].max()
    return f"what was delivered ends on {last}: nothing covers the days that were due" if last else "nothing delivered"


def _failed(attempts: pl.DataFrame) -> pl.DataFrame:
    """Deliveries that failed in the last run that fetched this feed."""
    fetched = attempts.filter(pl.col("status") != "parsed")
    if fetched.is_empty():
        return fetched
    return attempts.filter((pl.col("run_id") == fetched["run_id"][-1]) & (pl.col("status") == "failed"))


def _nights_failed(attempts: pl.DataFrame) -> int:
    """Nights in a row, up to the last, in which something of this feed failed; several runs of a day are one night."""
    runs = attempts.group_by("run_id").agg(
        pl.col("recorded_at").max(),
        failed=(pl.col("status") == "failed").any(),
        fetched=(pl.col("status") != "parsed").any(),
    )
    nights = set()
    for at, failed in (
        runs.filter("fetched").sort("recorded_at", descending=True).select("recorded_at", "failed").iter_rows()
    ):
        if not failed:
            break
        nights.add(at.date())
    return len(nights)


def _closed_in_a_row(own: pl.DataFrame) -> int:
    count = 0
    for verdict in reversed(own["verdict"].to_list()):
        if verdict in ("PASS", "WARN"):
            break
        count += 1
    return count


def _closed_lately(own: pl.DataFrame, newest: date) -> list[str]:
    days = own.filter(pl.col("verdict").is_in(["BLOCK", "ERROR"]) & (pl.col("day") > newest - timedelta(days=30)))[
        "day"
    ]
    return [str(day) for day in days]


def troubles(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [r for r in rows if r["verdict"] in ("BLOCK", "ERROR", "NONE") or r["deliveries_failed"]]


def broken(rows: Sequence[dict[str, Any]]) -> bool:
    """As for the exit code of a night: a feed that is merely not delivered is not broken."""
    return any(row["verdict"] in ("BLOCK", "ERROR") or row["deliveries_failed"] for row in rows)


def how_long(row: dict[str, Any]) -> str:
    """For how many days a gate has been closed, for how many nights a feed has failed."""
    parts = (("closed", row["days_in_a_row"], "day"), ("failed", row["nights_failed"], "night"))
    return ", ".join(f"{what} {n} {unit}{'s' if n > 1 else ''}" for what, n, unit in parts if n)


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    bad = troubles(rows)
    if not bad:
        return "Nothing failed: every gate is open and every delivery could be read."
    return table(
        [
            {
                "table": f"{row['city']} {row['layer']}.{row['table_name']}",
                "verdict": f"{row['verdict']} {row['newest_day'] or ''}",
                "for": how_long(row),
                "last good": row["last_good"] or "never",
                "why": "; ".join(text for text in (row["reason"], *row["failures"]) if text),
            }
            for row in bad
        ]
    )


def closed(home: Home, city: City, days: Sequence[date]) -> pl.DataFrame:
    """The closed gates among these days: layer, table, day, verdict, reason."""
    return (
        ledger.newest_verdicts(home, city.name)
        .filter(pl.col("day").is_in(list(days)), pl.col("verdict").is_in(["BLOCK", "ERROR"]))
        .select("layer", "table_name", "day", "verdict", "reason")
        .sort("day", "layer", "table_name")
        .collect()
    )


def failed_deliveries(home: Home, city: City, run_ids: Sequence[str]) -> pl.DataFrame:
    """Deliveries that failed in these runs: feed, and what happened, where, and what to do."""
    return (
        ledger.read(home, "attempt")
        .filter(pl.col("city") == city.name, pl.col("run_id").is_in(list(run_ids)), pl.col("status") == "failed")
        .select("feed", "delivery", "detail")
        .collect()
    )
