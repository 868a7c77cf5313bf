"""Where things lie under MADANG_HOME, and what this process has read of its tables. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from warehouse.delta.log import StoredTable
from warehouse.ledger.schema import TABLES
from warehouse.ledger.storage import LedgerFiles


@dataclass(frozen=True)
class Home:
    """The folder that holds everything Madang keeps: landing, lake, ledger and published files.

    A home object owns its tables, and each table what was read of it: a process should make one and pass it on. Two
    home objects of one folder are equal and see the same, as two processes do.
    """

    root: Path
    _tables: dict[Path, StoredTable] = field(default_factory=dict, init=False, repr=False, compare=False)
    _ledger: dict[str, LedgerFiles] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def refused(self) -> Path:
        """Deliveries about single persons, locked away until the operator removes them."""
        return self.root / "refused"

    @property
    def parse_cache(self) -> Path:
        """Deliveries as they were parsed. May be deleted at any time."""
        return self.root / "parsed"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def published_file(self) -> Path:
        """The DuckDB file analysts open. Its name is not one of its schemas (ambiguous names in DuckDB)."""
        return self.published / "madang.duckdb"

    @property
    def versions(self) -> Path:
        """Earlier published files, one per publication, for `madang rollback`."""
        return self.published / "versions"

    @property
    def leases(self) -> Path:
        """Locks of those who work on a table (warehouse/lease.py). Empty files; nothing is lost with them."""
        return self.root / "leases"

    @property
    def packs(self) -> Path:
        """Copies of the city packs that the published file was made with."""
        return self.root / "packs"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    def table(self, city: str, layer: str, table: str) -> StoredTable:
        """A table of the lake; the same object each time."""
        return self.stored(self.lake / city / layer / table)

    def ledger(self, table: str) -> LedgerFiles:
        """A table of the ledger; the same object each time."""
        if (known := self._ledger.get(table)) is not None:
            return known
        return self._ledger.setdefault(table, LedgerFiles(self.stored(self.lake / "ledger" / table), TABLES[table]))

    def stored(self, path: Path) -> StoredTable:
        """The table in this folder of the lake; the same object each time."""
        return self._tables.setdefault(path, StoredTable(path))
