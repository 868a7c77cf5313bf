"""The lake: logs can be read, live files are what they were, and what is live is what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from warehouse import lake
from warehouse.damaged import DamagedHomeError
from warehouse.delta.log import DamagedLogError, StoredTable
from warehouse.doctor.finding import DamagedPart, repair_of
from warehouse.home import Home
from warehouse.ledger import ledger

_COSTS = "its rows are not published, and values made of it later say so"


def look_at_lake(home: Home) -> Iterator[DamagedPart]:
    """What is damaged of each table of the lake."""
    committed = committed_batches(home)
    folders = {folder.relative_to(home.lake).parts for folder in home.lake.glob("*/*/*") if folder.is_dir()}
    tables = {parts for parts in folders | committed.keys() if parts[0] != "ledger"}
    for city, layer, name in sorted(tables):
        yield from _of_table(home.table(city, layer, name), (city, layer, name), committed.get((city, layer, name), {}))


def committed_batches(home: Home) -> Mapping[tuple[str, str, str], Mapping[date, str]]:
    """By city, layer and table: of each day the batch that the ledger says was committed last, without those removed.
    Empty where the ledger cannot be read."""
    try:
        batches = ledger.read(home, "batch").filter(pl.col("state") == "committed").collect().sort("recorded_at")
        removed = set(ledger.read(home, "removal").collect()["batches"].explode().drop_nulls())
    except DamagedHomeError:
        return {}
    found = dict[tuple[str, str, str], dict[date, str]]()
    for city, layer, name, day, batch in batches.select("city", "layer", "table_name", "day", "batch_id").iter_rows():
        if layer != "delivery":
            found.setdefault((city, layer, name), {})[day] = batch
    return {key: {d: b for d, b in days.items() if b not in removed} for key, days in found.items()}


def _of_table(table: StoredTable, key: tuple[str, str, str], committed: Mapping[date, str]) -> Iterator[DamagedPart]:
    city, layer, name = key
    of = f"{layer}/{name}"
    try:
        live, lost = lake.live_batches(table), lake.lost_days(table, by_content=True)
    except DamagedLogError as error:
        costs = "all days of the table: nothing of it is published"
        where = str(table.path / "_delta_log")
        yield DamagedPart("lake", where, error.what, costs, repair_of(city, of), city, of)
        return
    for day, what in lost.items():
        path, _, why = what.partition(": ")
        yield DamagedPart("lake", str(table.path / path), why, _COSTS, repair_of(city, of, day), city, of, day)
    for day, batch in committed.items():
        if live.get(day) != batch:
            there = f"batch {live[day]} is live" if day in live else "none is live"
            what = f"the ledger says that batch {batch} was committed last, and {there}"
            yield DamagedPart("lake", str(table.path), what, _COSTS, repair_of(city, of, day), city, of, day)
