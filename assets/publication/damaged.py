"""Days whose rows are lost or were changed are closed: the ledger says so, and all else is published.

A day that is closed is judged again, as a batch of its own, by the next night that looks at it or by `madang repair`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.publication.snapshot import Damage, Snapshot
from quality.gate import Gate
from quality.inputs import Inputs
from warehouse.damaged import LOOK
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import TABLES


def close_damaged(snapshot: Snapshot, run_id: str) -> None:
    """ERROR for each damaged day, or the newest of a table whose log is broken, where that is not the last word."""
    if not snapshot.damaged:
        return
    home, city = snapshot.home, snapshot.city.name
    source = ledger.newest_source(home, city) or "files"
    newest = ledger.newest_verdicts(home, city).collect()
    for (layer, name), damage in snapshot.damaged.items():
        rows = newest.filter(pl.col("layer") == layer, pl.col("table_name") == name)
        said = {day: (verdict, reason) for day, verdict, reason in rows.select("day", "verdict", "reason").iter_rows()}
        gate = Gate(home, city, damage.contract, source, run_id)
        for day, what in _days(damage, max(said, default=None)).items():
            reason = f"damaged: {what}; {LOOK}"
            if said.get(day) != ("ERROR", reason):
                gate.refuse({day: Inputs()}, reason)


def damaged_days(snapshot: Snapshot) -> list[str]:
    """What is damaged, in words: a line for each table."""
    city = snapshot.city.name
    return [
        f"{city}/{layer}/{name}: {damage.of_all or _of_days(damage)}"
        for (layer, name), damage in snapshot.damaged.items()
    ]


def lost_rows(home: Home) -> list[str]:
    """Tables of the ledger of which files are lost, in words: what is known of them otherwise is gone on with."""
    found = {name: home.ledger(name).lost for name in TABLES}
    return [f"ledger.{name}: {path}: {why}" for name, lost in found.items() for path, why in lost.items()]


def _days(damage: Damage, newest: date | None) -> dict[date, str]:
    if damage.of_all is None or newest is None:
        return dict(damage.days)
    return {newest: damage.of_all}


def _of_days(damage: Damage) -> str:
    first, more = min(damage.days), len(damage.days) - 1
    others = f", and {more} more {'day' if more == 1 else 'days'}" if more else ""
    return f"{first}: {damage.days[first]}{others}"
