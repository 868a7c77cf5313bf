"""The public rows of metric.value, kept from release to release: a changed day changes some thousand of two million.

What is deleted from a DuckDB file stays in its blocks. So nothing of a private feed is ever in a kept file, and it is
made again where anything of it is to be gone: after a removal, where a feed becomes private or its licence forbids
more, where a day or a value is gone, and where a tenth of it is dead. Beside its rows its blocks have public values
alone, each of which has another one in its place by now. That the other days are as they are inside is proved each
time, by a hash of the rows of each day on both sides: what the kept file says of itself counts for nothing.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from assets.tiers.made_of import tiers_code
from assets.tiers.target import TARGET, writing
from warehouse.files import sync
from warehouse.published.connect import quoted
from warehouse.published.spec import PublishError, TableSpec

KEPT = "public-*"  # in the folder that all tiers of a release share; `assets/removal/forget.py` knows the name, too
MOST_DEAD = 0.1  # of the rows that there are
_DAY = "city, period_start"


@dataclass
class PublicRows:
    """The kept files of one round of releases. con: with the internal file as `source`."""

    con: duckdb.DuckDBPyConnection
    scratch: Path
    private: str  # which metrics are of private feeds
    removed: str  # what was ever taken out of the home
    used: set[Path] = field(default_factory=set)
    replaced: int | None = None  # days, in the last file that was made; None: it was made again

    def write(self, file: Path, spec: TableSpec, rows: str, withheld: str) -> None:
        """Make `file`, which is not there, with this one table. rows: the query for what it holds. withheld: the
        metrics that the query leaves out for their licence. Raises PublishError."""
        said = (tiers_code(), duckdb.__version__, self.private, self.removed, withheld, spec.definition, rows)
        kept = self.scratch / KEPT.replace("*", f"{hashlib.sha256(repr(said).encode()).hexdigest()[:20]}.duckdb")
        self.used.add(kept)
        self.replaced = self._brought_up_to_date(kept, file, spec, rows)
        if self.replaced == 0:
            return
        if self.replaced is None:
            file.unlink(missing_ok=True)
            with writing(self.con, file):
                self.con.execute(f"CREATE SCHEMA {spec.schema}; CREATE TABLE {spec.sql} ({spec.definition})")
                self.con.execute(f"INSERT INTO {spec.sql} BY NAME {rows}")
                self.con.execute(f"CHECKPOINT {TARGET}")
        copy = file.with_suffix(".kept")
        shutil.copyfile(file, copy)
        sync(copy)
        copy.replace(kept)

    def prune(self) -> None:
        """Remove what no tier of this round was made of."""
        for other in set(self.scratch.glob(KEPT)) - self.used:
            other.unlink()

    def _brought_up_to_date(self, kept: Path, file: Path, spec: TableSpec, rows: str) -> int | None:
        """Begin `file` as a copy of the kept one, with the days replaced that differ. How many; None: it is of no
        use."""
        try:
            shutil.copyfile(kept, file)
            with writing(self.con, file):
                return self._replace(spec, rows)
        except (FileNotFoundError, PublishError):  # or damaged: every block with rows is read
            return None

    def _replace(self, spec: TableSpec, rows: str) -> int | None:
        con, columns = self.con, ", ".join(map(quoted, spec.names))
        there = f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{TARGET}'"
        if con.execute(there).fetchall() != [(spec.schema, spec.name)]:
            return None
        for name, those in (("now", f"({rows})"), ("then", spec.sql)):
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE days_{name} AS"
                f" SELECT {_DAY}, count(*) AS size, sum(hash({columns})) AS content FROM {those} GROUP BY {_DAY}"
            )
        if con.execute(f"FROM days_then ANTI JOIN days_now USING ({_DAY}) LIMIT 1").fetchall():
            return None
        con.execute("CREATE OR REPLACE TEMP TABLE days_changed AS FROM days_now EXCEPT FROM days_then")
        changed = con.execute("SELECT count(*) FROM days_changed").fetchall()[0][0]
        if changed:
            con.execute(f"CREATE OR REPLACE TEMP TABLE rows_now AS FROM ({rows}) SEMI JOIN days_changed USING ({_DAY})")
            key = ", ".join(map(quoted, spec.key))
            said = f"SELECT {key} FROM {spec.sql} SEMI JOIN days_changed USING ({_DAY}) WHERE value IS NOT NULL"
            if con.execute(f"{said} EXCEPT SELECT {key} FROM rows_now WHERE value IS NOT NULL LIMIT 1").fetchall():
                return None
            con.execute(f"DELETE FROM {spec.sql} WHERE ({_DAY}) IN (SELECT ({_DAY}) FROM days_changed)")
            con.execute(f"INSERT INTO {spec.sql} BY NAME FROM rows_now")
            con.execute(f"CHECKPOINT {TARGET}")
            dead, alive = con.execute(f"SELECT max(rowid) + 1 - count(*), count(*) FROM {spec.sql}").fetchall()[0]
            if dead > MOST_DEAD * alive:
                return None
        return changed
