"""The file of a tier, made new each time: rows that are deleted from a DuckDB file stay in its blocks.

So no tier is a copy of another file with something taken out. It begins as a copy of values that it may see, all of
which it has (`sealed_rows`). What is in it was put in by the allow-list.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from assets.pack.city import City
from assets.publication.metric_columns import METRIC_VALUE, STATUS_OF
from assets.publication.quality.columns import JUDGED
from assets.tiers.allowed import AllowList
from assets.tiers.begun_tables import TierTable, TierTables, open_rows
from assets.tiers.changes import LATEST_BEFORE, RELEASE_HISTORY, latest_of, write_before, write_history
from assets.tiers.judged import JudgedCells
from assets.tiers.masked_tables import WITHHELD, AllowedTable
from assets.tiers.masks import SOURCE, lend_judged, lend_masks, lend_withheld
from assets.tiers.opened import judged_so_far, lend_public_batches
from assets.tiers.recipients import Recipient
from assets.tiers.release_note import RELEASE_NOTE, Mark, write_note
from assets.tiers.sealed_rows import MonthOfMetric, SealedRows, are_sealed, months_of_rows, open_since, whose_tables
from assets.tiers.seen_metrics import SeenMetrics, by_city, seen_by
from assets.tiers.target import TARGET, writing
from warehouse.published import connect
from warehouse.published.comments import comment_on_relation
from warehouse.published.dictionary_table import DICTIONARY
from warehouse.published.place import OPEN
from warehouse.published.spec import PublishedColumn, PublishError, TableSpec

_ONE_AFTER_THE_OTHER = {
    "threads": 1,
    "allocator_flush_threshold": connect.MAKING,
    "allocator_bulk_deallocation_flush_threshold": connect.MAKING,
}


@dataclass(frozen=True)
class Internal:
    """What all tiers are made of: the internal file, and what was judged of its cities."""

    file: Path
    cities: Sequence[City]
    private: Mapping[str, Iterable[str]]  # by city, its metrics that rest on private feeds
    rests: pl.DataFrame  # city, metric, table, slice
    judged: Mapping[str, JudgedCells]
    shared: Mapping[str, Iterable[str]]  # by city, the metrics that any tier may see


class Builder:
    """One connection for all tiers of a release: what is masked is found once."""

    def __init__(self, internal: Internal, scratch: Path) -> None:
        """`scratch`: a private folder for what all tiers have in common."""
        self.internal = internal
        self._bases = dict[SeenMetrics, Path]()
        self._months = dict[str, list[MonthOfMetric]]()  # by query for them
        self.con = connect.connect()
        try:
            # Files are written by one thread, and two wait for each other over the rest; memory that is given back is
            # asked for again with the next table. Together a twentieth of the CPU of a release of three years.
            for setting, value in _ONE_AFTER_THE_OTHER.items():
                self.con.execute(f"SET {setting} = '{value}'")
            connect.attach(self.con, internal.file, SOURCE)
            lend_judged(self.con, internal.private, internal.rests, internal.judged, internal.shared)
            self._described = _described(self.con)
            # asked of one view, DuckDB writes out the queries of all: of 60 with 1,000 batches each 0.5 s a tier
            self._views = _queries_of_views(self.con)
            self._sealed = SealedRows(scratch, open_since(self._newest_day()))
            self._days_of_tables = dict[tuple[str, str], str]()  # by query and what is withheld, what it says of days
        except BaseException:
            self.con.close()
            raise

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()
        self._sealed.prune()

    def build(self, file: Path, recipient: Recipient, mark: Mark) -> int | None:
        """Write the file of a tier. Of the open one: how many newest values are others than before. Raises
        PublishError."""
        tables = self._tables(recipient)
        if recipient.tier == OPEN and str(JUDGED) in self._described:
            lend_public_batches(self.con)
        shared = next(
            ((one.allowed, one.spec) for one in tables if one.allowed is not None and one.allowed.shared), None
        )
        base = None if shared is None else self._base(seen_by(recipient), *shared)
        lend_masks(self.con, recipient.allowed)
        lend_withheld(self.con, by_city(seen_by(recipient).withheld))
        shutil.copyfile(self._begun(tables, recipient, base), file)
        with writing(self.con, file):
            return self._write(tables, recipient, mark)

    def leave(self, recipient: Recipient) -> None:
        """The file of a tier is as it was: what it begins with stays for the next one."""
        self._sealed.leave(seen_by(recipient).digest, whose_tables(recipient.tier))

    def _newest_day(self) -> date | None:
        if str(METRIC_VALUE) not in self._described:
            return None
        newest = f"SELECT max(period_start) FROM {SOURCE}.{METRIC_VALUE.sql} WHERE period = 'day'"
        return self.con.execute(newest).fetchall()[0][0]

    def _base(self, wanted: SeenMetrics, values: AllowedTable, spec: TableSpec) -> Path:
        """A file with the sealed values that a tier may see, and nothing else.

        Where none of before has them, or those before a day, it is made of the largest one whose values all are among
        them, so that a value is written once for tiers of which one sees what the other sees and more, and public rows
        once for all.
        """
        if wanted in self._bases:
            return self._bases[wanted]
        months = self._months_of(wanted, values)
        found = self._sealed.found(spec, months, wanted.digest)
        if found is not None:
            start, since = found
            has = wanted
        else:
            has, since = self._largest_below(wanted), date.min
            if has is None and wanted.metrics:
                has = replace(wanted, metrics=frozenset())
                self._base(has, values, spec)
            start = None if has is None else self._bases[has]
        if start is None or since < self._sealed.until:
            file = self._sealed.making(start)
            with writing(self.con, file):
                self._add(wanted, values, spec, None if has == wanted else has, since)
                self.con.execute(f"CHECKPOINT {TARGET}")
            start = self._sealed.keep(file, spec, months, wanted.digest)
        self._bases[wanted] = start
        return start

    def _largest_below(self, wanted: SeenMetrics) -> SeenMetrics | None:
        below = [
            of
            for of in self._bases
            if of.cities == wanted.cities and of.metrics <= wanted.metrics and of.withheld >= wanted.withheld
        ]
        return max(below, key=lambda of: (len(of.metrics), -len(of.withheld)), default=None)

    def _months_of(self, wanted: SeenMetrics, values: AllowedTable) -> list[MonthOfMetric]:
        """The sealed values that a tier may see, in short: asked once for all tiers of the same cities."""
        assert values.rows is not None
        if values.rows not in self._months:
            lend_masks(self.con, self.internal.shared)
            lend_withheld(self.con, {})
            self._months[values.rows] = months_of_rows(self.con, str(values.hashed), self._sealed.until)
        return [one for one in self._months[values.rows] if wanted.has((one.city, one.metric), one.masked)]

    def _add(
        self, wanted: SeenMetrics, values: AllowedTable, spec: TableSpec, has: SeenMetrics | None, since: date
    ) -> None:
        """What the file of sealed values in the making lacks. has: what is in it already; None: nothing since a day."""
        self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {spec.schema}")
        self.con.execute(f"CREATE TABLE IF NOT EXISTS {spec.sql} ({spec.definition})")
        days = are_sealed(self._sealed.until, since)
        # the public rows that it lacks: all that are not withheld, or those that are in `has` alone
        lend_withheld(self.con, by_city(wanted.withheld if has is None else has.withheld - wanted.withheld))
        if has is None or has.withheld != wanted.withheld:
            rows = f"{values.public} AND {'NOT ' if has is None else ''}{WITHHELD} AND {days}"
            self.con.execute(f"INSERT INTO {spec.sql} BY NAME {rows}")
        lend_masks(self.con, by_city(wanted.private if has is None else wanted.private - has.private))
        lend_withheld(self.con, by_city(wanted.withheld))
        self.con.execute(f"INSERT INTO {spec.sql} BY NAME FROM ({values.rows}) WHERE {days}")

    def judged_so_far(self, recipient: Recipient) -> str:
        """What of the ledger decides about the file beside the publication: about the open one alone."""
        return judged_so_far(self.con) if recipient.tier == OPEN and str(JUDGED) in self._described else ""

    def _allowed(self, recipient: Recipient) -> AllowList:
        wide = self._described["mart.area_day"][1] if "mart.area_day" in self._described else {}
        daily = [name for name in wide if STATUS_OF.format(name) in wide]
        return AllowList(SOURCE, recipient, self.internal.cities, self.internal.private, daily)

    def _tables(self, recipient: Recipient) -> list[TierTable]:
        """The tables and views of a tier. One that the internal file lacks is left out: no city has it, or the file is
        of an earlier version of Madang."""
        own = [RELEASE_NOTE, DICTIONARY, *((LATEST_BEFORE, RELEASE_HISTORY) if recipient.tier == OPEN else ())]
        allowed = ((table, self._spec(table)) for table in self._allowed(recipient).tables())
        found = [TierTable(spec, table, self._query_of(table)) for table, spec in allowed if spec is not None]
        return [*found, *(TierTable(spec) for spec in own)]

    def _begun(self, tables: Sequence[TierTable], recipient: Recipient, base: Path | None) -> Path:
        """A file with all tables of a tier that has, of those by day, the sealed rows. base: with its sealed values."""
        begun = TierTables(self.con, tables, self._sealed.until)
        said = (None if base is None else base.name, begun.said(seen_by(recipient).digest, self._days_of_tables))
        found = self._sealed.found_tables(said, whose_tables(recipient.tier))
        if found is None:
            file = self._sealed.making(base)
            with writing(self.con, file):
                begun.write()
            found = self._sealed.keep_tables(file, said, whose_tables(recipient.tier))
        return found

    def _write(self, tables: Sequence[TierTable], recipient: Recipient, mark: Mark) -> int | None:
        said = f"{recipient.said}. Release {mark.version}, {mark.released_at:%Y-%m-%d %H:%M} UTC"
        self.con.execute("BEGIN")
        for one in tables:
            if one.allowed is None or one.allowed.rows is None:
                continue
            for which in open_rows(one, self._sealed.until):
                if one.allowed.public is not None:
                    self.con.execute(
                        f"INSERT INTO {one.spec.sql} BY NAME {one.allowed.public} AND NOT {WITHHELD} AND {which}"
                    )
                self.con.execute(f"INSERT INTO {one.spec.sql} BY NAME FROM ({one.allowed.rows}) WHERE {which}")
        changed = self._changes(mark) if recipient.tier == OPEN else None
        write_note(self.con, recipient, mark)
        for one in tables:
            if one.spec != DICTIONARY:
                spec = replace(one.spec, description=f"{one.spec.description}. {said}")
                comment_on_relation(self.con, spec, is_view=one.view is not None)
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

    def _spec(self, table: AllowedTable) -> TableSpec | None:
        """The declaration of a table as the internal file has it, for the columns that are allowed."""
        if table.name not in self._described:
            return None
        comment, columns = self._described[table.name]
        schema, name = table.name.split(".", 1)
        description = (comment or name).partition(". Key: ")[0].removesuffix(".")
        own = tuple(columns[column] for column in table.columns if column in columns)
        return TableSpec(schema, name, description, (*own, *table.more))

    def _query_of(self, table: AllowedTable) -> str | None:
        """What makes a view of the tier; None of a table."""
        if table.rows is not None or table.view is not None:
            return table.view
        if table.name not in self._described:
            return None
        if table.name not in self._views:
            raise PublishError(f"{table.name} is no view of the internal file")
        return self._views[table.name]


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
