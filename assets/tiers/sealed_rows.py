"""The values of days of earlier months, kept from release to release as files that a tier begins as a copy of.

What is deleted from a DuckDB file stays in its blocks, so nothing is ever deleted from one of these: what is in it is
what the tier may see today. The name of each says what it holds, by hashes of its rows by metric and month, and what it
is, by the checksum of its bytes. Both are asked again each time, the rows of the internal file and its masks, so that
what a kept file says of itself counts for nothing. One that has other rows is of no use, and goes.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from assets.tiers.made_of import tiers_code
from warehouse.files import checksum, is_as_written
from warehouse.published.spec import TableSpec

KEPT = (
    "kept-*.duckdb"  # in the folder that all tiers of a release share; `assets/removal/forget.py` knows the name, too
)
MAKING = "base-*"  # one in the making
OPEN_DAYS = 14  # before the newest day: days of these, and of the month before them, are written with each release


class MonthOfMetric(NamedTuple):
    """What the values of days of a metric say in a month. content: a sum of hashes of rows, in any order."""

    city: str
    metric: str
    month: date
    masked: bool  # whether it is a metric of private feeds
    size: int
    content: str


def open_since(newest: date | None) -> date:
    """The first day whose values are not kept, by the newest day that has any. It is the first of a month: a figure of
    a month stands on its first day, and is another one with each of its days."""
    return date.min if newest is None else (newest - timedelta(days=OPEN_DAYS)).replace(day=1)


def are_sealed(until: date, since: date = date.min) -> str:
    """That a row of metric.value is of a day before `until`, and not before `since`, as a condition."""
    begun = "" if since == date.min else f" AND period_start >= DATE '{since}'"
    return f"(period = 'day' AND period_start < DATE '{until}'{begun})"


def are_open(until: date) -> tuple[str, str]:
    """That a row of metric.value is not sealed, as two conditions of which each row meets one at most: DuckDB skips
    what neither can be in, where for NOT of the other it read two million rows."""
    return f"(period = 'day' AND period_start >= DATE '{until}')", "(period <> 'day')"


def months_of_rows(con: duckdb.DuckDBPyConnection, hashed: str, until: date) -> list[MonthOfMetric]:
    """Sealed rows in short, those of private metrics that have masks. hashed: a query for city, metric, period,
    period_start, masked and `said`, a hash of each row."""
    found = con.execute(
        "FROM (SELECT city, metric, CAST(date_trunc('month', period_start) AS DATE) AS month, masked, count(*),"
        f" CAST(sum(said) AS VARCHAR) FROM ({hashed}) WHERE {are_sealed(until)} GROUP BY ALL)"
        " WHERE masked OR (city, metric) NOT IN (FROM private_metrics) ORDER BY ALL"
    )
    return [MonthOfMetric(*row) for row in found.fetchall()]


@dataclass
class SealedRows:
    """The kept files of one round of releases. until: the first day that is not in them."""

    scratch: Path
    until: date
    used: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        for left in self.scratch.glob(MAKING):  # of a process that was killed
            left.unlink()

    def found(self, spec: TableSpec, months: Sequence[MonthOfMetric], whose: str) -> tuple[Path, date] | None:
        """The kept file that has just these rows, or those of them before a day, and that day. whose: for which tiers
        it is."""
        for kept in sorted(self.scratch.glob(KEPT), reverse=True):  # the one with most days first
            until = date.fromisoformat(kept.name.split("-")[1])
            if until <= self.until and kept.name.startswith(_name(spec, months, until, whose)) and is_as_written(kept):
                if until == self.until:
                    self.used.add(kept)
                return kept, until
        return None

    def making(self, start: Path | None) -> Path:
        """A name for a file in the making, where there is a copy of `start`, if any."""
        file = self.scratch / MAKING.replace("*", f"{secrets.token_hex(8)}.duckdb")
        if start is not None:
            shutil.copyfile(start, file)
        return file

    def keep(self, file: Path, spec: TableSpec, months: Sequence[MonthOfMetric], whose: str) -> Path:
        """Give a finished file, which has these rows, its name."""
        return self._kept(file, _name(spec, months, self.until, whose))

    def found_tables(self, said: object, whose: str) -> Path | None:
        """The kept file of whole tables of which all of this is said. whose: of which tier it is."""
        for kept in self.scratch.glob(f"{self._name_of_tables(said, whose)}-*"):
            if is_as_written(kept):
                self.used.add(kept)
                return kept
        return None

    def keep_tables(self, file: Path, said: object, whose: str) -> Path:
        """Give a finished file of whole tables its name."""
        return self._kept(file, self._name_of_tables(said, whose))

    def _name_of_tables(self, said: object, whose: str) -> str:
        return _named(self.until, whose, (tiers_code(), duckdb.__version__, said))

    def _kept(self, file: Path, name: str) -> Path:
        kept = self.scratch / f"{name}-x{checksum(file)}.duckdb"
        file.replace(kept)
        self.used.add(kept)
        return kept

    def leave(self, *whose: str) -> None:
        """The files of these tiers are as they were: what they begin with stays."""
        for one in whose:
            self.used.update(self.scratch.glob(f"kept-*-{one}-*.duckdb"))

    def prune(self) -> None:
        """Remove what no tier is made of any more."""
        for other in {*self.scratch.glob(KEPT), *self.scratch.glob(MAKING)} - self.used:
            other.unlink()


def drop_kept(scratch: Path) -> None:
    """Remove all kept files."""
    for kept in scratch.glob(KEPT):
        kept.unlink()


def whose_tables(tier: str) -> str:
    """Whose the kept tables of a tier are, as names have it."""
    return hashlib.sha256(f"tables of {tier}".encode()).hexdigest()[:12]


def _name(spec: TableSpec, months: Sequence[MonthOfMetric], until: date, whose: str) -> str:
    """How the name of a file begins that has the rows of these months before a day."""
    own = sorted(tuple(one) for one in months if one.month < until)
    return _named(until, whose, (tiers_code(), duckdb.__version__, spec.definition, own))


def _named(until: date, whose: str, said: object) -> str:
    return f"kept-{until.isoformat().replace('-', '')}-{whose}-{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"
