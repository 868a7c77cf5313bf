"""Taking out what a plan says: files of lake, landing and parsed deliveries, and making again what is left of days.

Each step may be killed and done again; what is published and the ledger come after it (`forget.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.pack.city import City
from assets.removal.plan import RemovalPlan
from assets.terms.standing import WITHDRAW
from quality.contract.model import Contract
from warehouse import lake, landing
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger


@dataclass
class Taken:
    """What was removed below the home."""

    files: int = 0
    size_bytes: int = 0

    def remove(self, path: Path) -> None:
        """A file, or all that is in a folder, and it."""
        for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
            self.files, self.size_bytes = self.files + 1, self.size_bytes + file.stat().st_size
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def take_from_home(home: Home, city: City, plan: RemovalPlan) -> Taken:
    """Remove the files of a plan. Nothing of what is published is touched."""
    taken = Taken()
    contract = city.contracts[plan.feed]
    _from_lake(home, city, contract, plan.days, None, taken)
    failpoint("removal.core")
    by_name = {(table.layer, table.name): table.contract for table in derived_tables(city)}
    for (layer, name), days in plan.derived.items():
        derived = by_name.get((layer, name))
        # of a table that the city makes no more the columns are not needed to take its files out
        known = derived if derived is not None else contract.model_copy(update={"name": name, "layer": layer})
        batches = plan.batches | _unrecorded(home, city.name, layer, name, days)
        _from_lake(home, city, known, days, batches, taken)
        failpoint("removal.derived")
    files, size = landing.remove_landed(home, city.name, plan.feed, plan.deliveries)
    taken.files, taken.size_bytes = taken.files + files, taken.size_bytes + size
    failpoint("removal.landed")
    for path in sorted((home.parse_cache / city.name / plan.feed).glob("*/*")):
        if path.name.partition(".")[0] in plan.deliveries:
            taken.remove(path)
    failpoint("removal.parsed")
    if plan.action == WITHDRAW:  # what was refused was never read: of which days it is nobody knows
        for path in sorted((home.refused / city.name / plan.feed).glob("*")):
            taken.remove(path)
    return taken


def make_again(home: Home, city: City, plan: RemovalPlan, run_id: str, today: date) -> None:
    """The days of derived tables without what was taken out, as far as something is left that they can be made of."""
    source = ledger.newest_source(home, city.name) or "files"
    run = RunContext(home=home, city=city, source=source, run_id=run_id, today=today)
    for table in derived_tables(city):
        days = plan.derived.get((table.layer, table.name), frozenset())
        if days:
            build(run, table, sorted(days))
            failpoint("removal.made_again")


def _from_lake(
    home: Home, city: City, contract: Contract, days: Collection[date], batches: Collection[str] | None, taken: Taken
) -> None:
    table = home.table(city.name, contract.layer, contract.name)
    before = _files(table.path, days)
    lake.take_out(table, contract.schema, days, batches)
    after = _files(table.path, days)
    gone = before.keys() - after.keys()
    taken.files, taken.size_bytes = taken.files + len(gone), taken.size_bytes + sum(before[path] for path in gone)
    for spilled in table.path.glob("spill-*"):  # of an audit that was killed
        taken.remove(spilled)


def _files(table: Path, days: Collection[date]) -> dict[Path, int]:
    folders = (table / f"{lake.DAY}={day.isoformat()}" for day in days)
    return {path: path.stat().st_size for folder in folders if folder.is_dir() for path in folder.iterdir()}


def _unrecorded(home: Home, city: str, layer: str, name: str, days: Collection[date]) -> set[str]:
    """Batches of which there are files and no row in the ledger: a run that was killed staged them, of what nobody
    knows."""
    known = set(ledger.rows_about(home, "batch", city, layer, name).select(pl.col("batch_id")).to_series())
    names = {path.name for path in _files(home.lake / city / layer / name, days)}
    return {name.partition(".")[0].partition("-")[0] for name in names} - known
