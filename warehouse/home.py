"""Where things lie under MADANG_HOME. Only paths belong here: nothing is read or written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder that holds everything Madang keeps: landing, lake, ledger and published files."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def parsed(self) -> Path:
        """Deliveries as they were parsed: a cache, see assets/ingest/parse_cache.py."""
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
    def dagster(self) -> Path:
        return self.root / "dagster"

    def table(self, city: str, layer: str, table: str) -> Path:
        return self.lake / city / layer / table

    def ledger(self, table: str) -> Path:
        return self.lake / "ledger" / table
