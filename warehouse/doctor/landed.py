"""Landing: each object holds the bytes that its name says, and what the ledger says has landed is there."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from warehouse import landing
from warehouse.damaged import DamagedHomeError
from warehouse.doctor.finding import DamagedPart
from warehouse.home import Home
from warehouse.ledger import ledger

_COSTS = "the days that it reaches cannot be judged again, and keep the rows they have"
_DO = "have it delivered again, or put it back from a backup; what was made of it stays"


def look_at_landing(home: Home) -> Iterator[DamagedPart]:
    """What is damaged or gone."""
    for path in sorted(home.landing.glob("*/*/*/*.zst")):
        try:
            landing.read_bytes(path)
        except (landing.DamagedError, OSError) as error:
            city, feed = path.relative_to(home.landing).parts[:2]
            remove = f"remove {path.name}; then {_DO}"
            yield DamagedPart("landing", str(path), str(error), _COSTS, remove, city, feed)
    yield from _gone(home)


def _gone(home: Home) -> Iterator[DamagedPart]:
    try:
        attempts = ledger.read(home, "attempt").filter(pl.col("status").is_in(["landed", "known"])).collect()
        removed = set(ledger.read(home, "removal").collect()["deliveries"].explode().drop_nulls())
    except DamagedHomeError:  # the ledger's own findings say so
        return
    for (city, feed), rows in attempts.partition_by(["city", "feed"], as_dict=True).items():
        there = landing.landed(home, city, feed)
        for sha256 in sorted(set(rows["sha256"].drop_nulls()) - there - removed):
            where = home.landing / city / feed / f"*/{sha256}.zst"
            yield DamagedPart("landing", str(where), "it landed, and is gone", _COSTS, _DO, city, feed)
