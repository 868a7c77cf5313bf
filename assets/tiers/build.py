"""The file of a tier, made new each time: rows that are deleted from a DuckDB file stay in its blocks.

So no tier is a copy of another file with something taken out, but of public rows (`public_rows`). What is in it was put
in by the allow-list.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from assets.pack.city import City
from assets.publication.metric_columns import METRIC_VALUE, STATUS_OF
from assets.publication.quality.columns import JUDGED
from assets.tiers.allowed import AllowList
from assets.tiers.changes import LATEST_BEFORE, RELEASE_HISTORY, latest_of, write_before, write_history
from assets.tiers.judged import JudgedCells
from assets.tiers.masked_tables import WITHHELD, AllowedTable
from assets.tiers.masks import SOURCE, lend_judged, lend_masks, lend_withheld
from assets.tiers.opened import judged_so_far, lend_public_batches
from assets.tiers.public_rows import PublicRows
from assets.tiers.recipients import Recipient
from assets.tiers.release_note import RELEASE_NOTE, Mark, write_note
from assets.tiers.target import TARGET, writing
from warehouse.published import connect
from warehouse.published.comments import write_comments
from warehouse.published.dictionary_table import DICTIONARY, write_dictionary
from warehouse.published.place import OPEN
from warehouse.published.spec import SCHEMAS, PublishedColumn, PublishError, TableSpec

REMOVALS = "ledger.removal"
BASES = "base-*"  # files in the folder that all tiers of a release share
_SCHEMAS = tuple(schema for schema in SCHEMAS if schema not in ("core", "model"))


@dataclass(frozen=True)
class Internal:
    """What all tiers are made of: the internal file, and what was judged of its cities."""

    file: Path
    cities: Sequence[City]
    private: Mapping[str, Iterable[str]]  # by city, its metrics that rest on private feeds
    rests: pl.DataFrame  # city, metric, table, slice
    judged: Mapping[str, JudgedCells]
    shared: Mapping[str, Iterable[str]]  # by city, the metrics that any tier may see


@dataclass(frozen=True)
class _Metrics:
    """The private metrics, each with its city, of the tiers of some cities, and the public ones that they lack."""

    cities: frozenset[str]
    metrics: frozenset[tuple[str, str]]
    withheld: frozenset[tuple[str, str]]  # of public feeds, for their licence


def _of(recipient: Recipient) -> _Metrics:
    withheld = {city: recipient.withheld_in(city).metrics for city in recipient.allowed}
    return _Metrics(frozenset(recipient.allowed), _pairs(recipient.allowed), _pairs(withheld))


def _pairs(metrics: Mapping[str, Iterable[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((city, name) for city, names in metrics.items() for name in names)


def _by_city(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found = dict[str, list[str]]()
    for city, name in sorted(pairs):
        found.setdefault(city, []).append(name)
    return found


def fewest_first(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Recipients in the order in which the file of one helps most with that of the next."""
    return sorted(recipients, key=lambda one: (-len(_of(one).withheld), len(_of(one).metrics), one.tier))


class Builder:
    """One connection for all tiers of a release: what is masked is found once."""

    def __init__(self, internal: Internal, scratch: Path) -> None:
        """`scratch`: a private folder for what all tiers have in common."""
        self.internal, self._scratch = internal, scratch
        self._bases = dict[_Metrics, Path]()
        for left in scratch.glob(BASES):  # of a process that was killed
            left.unlink()
        self.con = connect.connect()
        try:
            connect.attach(self.con, internal.file, SOURCE)
            lend_judged(self.con, internal.private, internal.rests, internal.judged, internal.shared)
            self._described = _described(self.con)
            # asked of one view, DuckDB writes out the queries of all: of 60 with 1,000 batches each 0.5 s a tier
            self._views = _queries_of_views(self.con)
            private = repr(sorted((city, sorted(names)) for city, names in internal.private.items()))
            self._public = PublicRows(self.con, scratch, private, self._removed())
        except BaseException:
            self.con.close()
            raise

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()
        self._public.prune()
        for file in self._bases.values():
            file.unlink(missing_ok=True)

    def build(self, file: Path, recipient: Recipient, mark: Mark) -> int | None:
        """Write the file of a tier. Of the open one: how many newest values are others than before. Raises
        PublishError."""
        tables = list(self._allowed(recipient).tables())
        if recipient.tier == OPEN and str(JUDGED) in self._described:
            lend_public_batches(self.con)
        shutil.copyfile(self._base(_of(recipient), tables), file)
        lend_masks(self.con, recipient.allowed)
        lend_withheld(self.con, _by_city(_of(recipient).withheld))
        with writing(self.con, file):
            return self._write(tables, recipient, mark)

    def _base(self, wanted: _Metrics, tables: Sequence[AllowedTable]) -> Path:
        """A file with the public rows of the tables that have private ones, too, and the values that a tier may see.

        It is made of the largest one whose values all are among them, so that a value is written once for tiers of
        which one sees what the other sees and more, and public rows once for all. Nothing is deleted from it, and
        nothing is in it that this tier may not see.
        """
        below = [
            of
            for of in self._bases
            if of.cities == wanted.cities and of.metrics <= wanted.metrics and of.withheld >= wanted.withheld
        ]
        start = max(below, key=lambda of: (len(of.metrics), -len(of.withheld)), default=None)
        if start == wanted:
            return self._bases[wanted]
        if start is None and wanted.metrics:
            start = replace(wanted, metrics=frozenset())
            self._base(start, tables)
        file = self._scratch / BASES.replace("*", f"{secrets.token_hex(8)}.duckdb")
        self._bases[wanted] = file
        if start is not None:
            shutil.copyfile(self._bases[start], file)
        else:
            self._write_public(file, wanted, tables)
        with writing(self.con, file):
            self._add(wanted, start, tables)
            self.con.execute(f"CHECKPOINT {TARGET}")
        return file

    def _write_public(self, file: Path, wanted: _Metrics, tables: Sequence[AllowedTable]) -> None:
        """Begin a file with the public rows of metric.value."""
        lend_withheld(self.con, _by_city(wanted.withheld))
        for table in tables:
            spec = self._spec(table, "") if table.name == str(METRIC_VALUE) else None
            if spec is not None:
                rows = f"{table.public} AND NOT {WITHHELD}"
                self._public.write(file, spec, rows, repr(sorted(wanted.withheld)))

    def _removed(self) -> str:
        """Another text when anything was taken out of the home."""
        if REMOVALS not in self._described:
            return ""
        found = f"SELECT count(*), sum(hash(r)) FROM {SOURCE}.{REMOVALS} r"
        return repr(self.con.execute(found).fetchall())

    def _add(self, wanted: _Metrics, start: _Metrics | None, tables: Sequence[AllowedTable]) -> None:
        """What a file lacks that begins as a copy of `start`: public rows, and values of private metrics."""
        known = {str(spec): spec for table in tables if table.public and (spec := self._spec(table, "")) is not None}
        if start is None:
            for schema in _SCHEMAS:
                self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            for spec in known.values():
                self.con.execute(f"CREATE TABLE IF NOT EXISTS {spec.sql} ({spec.definition})")
        # the public rows that it lacks: all that are not withheld, or those that are in `start` alone
        lend_withheld(self.con, _by_city(wanted.withheld if start is None else start.withheld - wanted.withheld))
        for table in tables:
            is_there = start is None and table.name == str(METRIC_VALUE)
            if table.name in known and not is_there and (start is None or start.withheld != wanted.withheld):
                rows = f"{table.public} AND {'NOT ' if start is None else ''}{WITHHELD}"
                self.con.execute(f"INSERT INTO {known[table.name].sql} BY NAME {rows}")
        missing = wanted.metrics - (frozenset[tuple[str, str]]() if start is None else start.metrics)
        lend_masks(self.con, _by_city(missing))
        lend_withheld(self.con, _by_city(wanted.withheld))
        for table in tables:
            if table.name in known and table.shared and missing:
                self.con.execute(f"INSERT INTO {known[table.name].sql} BY NAME {table.rows}")

    def judged_so_far(self, recipient: Recipient) -> str:
        """What of the ledger decides about the file beside the publication: about the open one alone."""
        return judged_so_far(self.con) if recipient.tier == OPEN and str(JUDGED) in self._described else ""

    def _allowed(self, recipient: Recipient) -> AllowList:
        wide = self._described["mart.area_day"][1] if "mart.area_day" in self._described else {}
        daily = [name for name in wide if STATUS_OF.format(name) in wide]
        return AllowList(SOURCE, recipient, self.internal.cities, self.internal.private, daily)

    def _write(self, tables: Sequence[AllowedTable], recipient: Recipient, mark: Mark) -> int | None:
        said = f"{recipient.said}. Release {mark.version}, {mark.released_at:%Y-%m-%d %H:%M} UTC"
        self.con.execute("BEGIN")
        specs = [RELEASE_NOTE, DICTIONARY]
        for table in tables:
            spec = self._spec(table, said)
            if spec is None:
                continue  # an internal file without it: no city has it, or it is of an earlier version of Madang
            if table.rows is None:
                self.con.execute(table.view or self._view(table.name))
            elif not table.shared:  # else the base has its rows
                if table.public is None:
                    self.con.execute(f"CREATE TABLE {spec.sql} ({spec.definition})")
                self.con.execute(f"INSERT INTO {spec.sql} BY NAME {table.rows}")
            specs.append(spec)
        changed = None
        if recipient.tier == OPEN:
            changed = self._changes(mark)
            more = (LATEST_BEFORE, RELEASE_HISTORY)
            specs += [replace(spec, description=f"{spec.description}. {said}") for spec in more]
        write_note(self.con, recipient, mark)
        for spec in specs[2:]:
            write_comments(self.con, spec)
        write_comments(self.con, replace(RELEASE_NOTE, description=f"{RELEASE_NOTE.description}. {said}"))
        write_dictionary(self.con, specs)
        self.con.execute("COMMIT")
        self.con.execute(f"CHECKPOINT {TARGET}")
        return changed

    def _changes(self, mark: Mark) -> int | None:
        """What changed since the release before, and the history of releases; how many newest values are others."""
        changed = write_before(self.con, SOURCE, latest_of(mark.before))
        row = {
            "version": mark.version,
            "action": "release",
            "restored": None,
            "published_version": mark.published_version,
            "values_changed": changed,
            "released_at": mark.released_at,
        }
        write_history(self.con, mark.past, row)
        return changed

    def _spec(self, table: AllowedTable, said: str) -> TableSpec | None:
        """The declaration of a table as the internal file has it, for the columns that are allowed."""
        if table.name not in self._described:
            return None
        comment, columns = self._described[table.name]
        schema, name = table.name.split(".", 1)
        description = (comment or name).partition(". Key: ")[0].removesuffix(".")
        own = tuple(columns[column] for column in table.columns if column in columns)
        return TableSpec(schema, name, f"{description}. {said}".strip(), (*own, *table.more))

    def _view(self, name: str) -> str:
        if name not in self._views:
            raise PublishError(f"{name} is no view of the internal file")
        return self._views[name]


def _queries_of_views(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    views = "SELECT schema_name || '.' || view_name, sql FROM duckdb_views() WHERE database_name = ?"
    return dict(con.execute(views, [SOURCE]).fetchall())


def _described(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str | None, dict[str, PublishedColumn]]]:
    """By table of the internal file its comment, and its columns as its dictionary has them."""
    comments = con.execute(
        "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE database_name = $1"
        " UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE database_name = $1",
        [SOURCE],
    ).fetchall()
    found = {name: (comment, dict[str, PublishedColumn]()) for name, comment in comments}
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_name, type, meaning, is_key, unit"
        f" FROM {SOURCE}.{DICTIONARY.sql} ORDER BY 1, position"
    ).fetchall()
    for table, name, dtype, meaning, is_key, unit in rows:
        if table in found:
            found[table][1][name] = PublishedColumn(name, dtype, meaning, key=is_key, unit=unit)
    return found
