"""metric.value, and mart.area_day made of it, by city and day: what decides over the rows of a day, and the rows.

Why a value is absent is found in absent.py. What else is published, and how it is described, is in publish.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.derive import derive
from assets.pack.city import City
from assets.publication import absence
from assets.publication.absence import LedgerView
from assets.publication.snapshot import Live
from warehouse.published.publish import Parts

Part = tuple[str, date]


def stamps(live: Live, says: LedgerView) -> dict[Part, str]:
    """For each day that has rows: a hash of the batches, of what the ledger says, of the pack and of this code."""
    common = hashlib.sha256(repr((_code(), _pack(live.city), absence.always(says))).encode())
    days = set(absence.starts(says))
    for (layer, _), batches in live.batches.items():
        if layer == "metric":
            days |= batches.keys()
    told = {}
    for day in days:
        digest = common.copy()
        digest.update(repr((live.on("metric", day), absence.told(says, day))).encode())
        told[live.city.name, day] = digest.hexdigest()[:20]
    return told


def values(lives: Sequence[Live], known: Sequence[LedgerView], names: Sequence[str]) -> Parts:
    """metric.value: the values made, and a row with the reason for each that is not there."""
    found: dict[Part, str] = {}
    for live, says in zip(lives, known, strict=True):
        found |= stamps(live, says)

    def load(_con: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> pl.DataFrame:
        frames = [
            absence.fill(_made(live, _days(parts, live.city)), says, _days(parts, live.city))
            for live, says in zip(lives, known, strict=True)
        ]
        return (
            pl.concat(frames)
            .with_columns(
                pl.lit(None, pl.String).alias("run_id"), pl.lit(None, pl.Datetime("us", "UTC")).alias("published_at")
            )
            .select(names)
        )

    return Parts(found, load, "period_start")


def area_day(stamps: Mapping[Part, str], daily: Iterable[str]) -> Parts:
    """All daily metrics side by side, out of metric.value as it is published."""
    names = list(daily)

    def load(con: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> pl.DataFrame:
        con.register("wanted", pl.DataFrame(parts, schema={"city": pl.String, "day": pl.Date}, orient="row"))
        rows = con.sql(
            "SELECT city, area, area_level, period_start AS day, metric, value FROM metric.value"
            " WHERE period = 'day' AND (city, period_start) IN (FROM wanted)"
        ).pl()
        con.unregister("wanted")
        return (
            rows.filter(pl.col("metric").is_in(names))
            .group_by("city", "area", "area_level", "day")
            .agg(pl.col("value").filter(pl.col("metric") == name).first().alias(name) for name in names)
            .sort("day", "city", "area")
        )

    return Parts(stamps, load)


def marts(lives: Sequence[Live], name: str) -> Parts:
    """The rows of a mart of all cities, as their batches are."""
    found = {
        (live.city.name, day): batch for live in lives for day, batch in live.batches.get(("mart", name), {}).items()
    }

    def load(_con: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> pl.DataFrame:
        frames = []
        for live in lives:
            if ("mart", name) in live.batches:
                contract = next(t.contract for t in derive.tables(live.city) if (t.layer, t.name) == ("mart", name))
                rows = live.read(contract, _days(parts, live.city)).collect()
                frames.append(rows.select(pl.lit(live.city.name).alias("city"), *rows.columns))
        return pl.concat(frames)

    return Parts(found, load)


def _days(parts: Sequence[Part], city: City) -> list[date]:
    return [day for name, day in parts if name == city.name]


def _made(live: Live, days: Sequence[date]) -> pl.DataFrame:
    parts = [
        live.read(table.contract, days).rename({"day": "period_start"})
        for table in derive.tables(live.city)
        if table.layer == "metric"
    ]
    if not parts:  # a pack whose feeds yield none of its metrics must not stop the other cities
        parts = [pl.LazyFrame(schema=derive.METRIC.schema).rename({"day": "period_start"})]
    made = pl.concat(parts).filter(pl.col("metric").is_in(list(live.city.definitions)))
    return made.drop("plausible_min", "plausible_max").collect()


@cache
def _code() -> str:
    """Changes when the code that says why a value is absent changes."""
    return hashlib.sha256(b"".join(Path(f).read_bytes() for f in (__file__, str(absence.__file__)))).hexdigest()


def _pack(city: City) -> tuple[Any, ...]:
    """What absent rows take from the pack; values took theirs when they were made."""
    contracts = [(c.name, c.every, c.lag_days, c.reference_since) for c in city.contracts.values()]
    tables = [(t.layer, t.name, t.needs, t.uses) for t in derive.tables(city)]
    areas = city.areas.select("code", "level").rows()
    return city.config, dict(city.definitions), dict(city.choices), contracts, tables, areas
