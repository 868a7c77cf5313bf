"""The published file: the last one copied, what differs replaced, audited, and put in place by one os.replace.

Which tables are published and whether they are fit is not decided here: the caller brings the tables and the audit.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, folder, value_history
from warehouse.published.comments import write_comments
from warehouse.published.dictionary_table import DICTIONARY, write_dictionary
from warehouse.published.fingerprint import fingerprint
from warehouse.published.load import PublishedTable, apply_change, drop
from warehouse.published.manifest import MANIFEST, Input, Manifest, read_manifest, read_relations, write_manifest
from warehouse.published.publications import PUBLICATION, Publication, past_publications, settle, write_publications
from warehouse.published.spec import SCHEMAS, STAMPS, PublishError, TableSpec
from warehouse.published.value_history import Revision

_CONTENT = [schema for schema in SCHEMAS if schema != "ledger"]
_RECORDS = (value_history.TABLE, str(PUBLICATION))  # they tell of publications, and no new one is made for them
_OWN = (*_RECORDS, str(MANIFEST), str(DICTIONARY))  # written by publish, never taken from the caller
_UNHASHED = (*STAMPS, "recorded_at")  # these differ from run to run, whatever they stand beside
# The failpoints of a publication, in order. A process killed at any of them leaves nothing the next cannot mend.
STEPS = (
    "locked",
    "settled",
    "loaded",
    "compared",
    "built",
    "audited",
    "synced",
    "kept",
    "swapped",
    "folder_synced",
    "values_recorded",
    "publication_recorded",
    "pruned",
)


def publish(
    home: Home,
    tables: Sequence[PublishedTable],
    *,
    run_id: str,
    audit: Callable[[Path], None] = lambda _path: None,
    keep_versions: int = 30,
    afresh: bool = False,
) -> Publication:
    """Publish `tables` as the next version, unless what is published holds the same already.

    Same means: equal rows, columns, types and comments of everything but the ledger, whatever the run
    and the time. Then there is no new version. If only the tables of the ledger differ, the file is
    refreshed under the version it has, so that it can explain the runs since; that is no publication
    and no row of ledger.publication. If these are equal too, nothing is written.

    Run and time of the versioned table, and of those that follow it, are filled in here, whatever they hold.
    `audit` gets the finished file and raises to refuse it: its error passes through and nothing has
    changed. What is the same as what was published passed it then, and is not audited again.

    `afresh`: the ledger has forgotten what was withdrawn (`forgetting`). So the record of values is made again from it,
    and the file is written as a new one: DuckDB does not overwrite what is deleted in a file.

    A damaged published file is not built upon: all of it is made again, with the ledger's record of values.

    Raises PublishError for tables that do not fit, UnreadableError for a published file that may not be read now. One
    process publishes at a time, the others wait; readers notice nothing.
    """
    if keep_versions < 1:
        raise ValueError("keep_versions must be at least 1: the live version is always kept")
    value = check_tables(tables)
    with folder.locked(home):
        failpoint("publish.locked")
        damaged = None
        try:
            if not afresh:  # else it would remember what the file says still
                settle(home)
        except connect.DamagedFileError as error:
            damaged = error
        past = past_publications(home)
        last = past[-1]["version"] if past else 0
        for number, path in folder.version_files(home).items():
            if number > last:  # its process died between keeping it and the swap: it was never published
                path.unlink()
        failpoint("publish.settled")
        file, before = folder.unfinished(home), None
        if home.published_file.exists() and damaged is None:
            shutil.copyfile(home.published_file, file)  # 1 s for 1.15 GB; COPY FROM DATABASE takes 30
            try:
                with connect.connect(file) as con:
                    before = _fingerprints_of_live(con, home)
            except connect.DamagedFileError as error:
                damaged, file = error, folder.unfinished(home)
            except duckdb.Error as error:  # of a copy that cannot be opened
                damaged, file = connect.opening_error(home.published_file, error), folder.unfinished(home)
        live = before is not None
        told = [] if damaged is None else [f"the published file was damaged and is made again: {home.published_file}"]
        with connect.connect(file) as con:
            now = ledger.time_to_record(home)
            con.execute("BEGIN")
            for schema in SCHEMAS:
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            value_history.add_missing_records(con, home, value, all_again=afresh)
            # a file that is not what was recorded is not built upon: all of it is made again
            trusted = before is not None and before.content == past[-1]["content_hash"]
            draft = Draft(con, read_manifest(con, trusted=trusted), run_id, now)
            for table in sorted(tables, key=lambda table: not table.spec.versioned):
                draft.load(table)
            draft.finish()
            failpoint("publish.loaded")
            after = _fingerprints(con)
            changed = not live or past[-1]["content_hash"] != after.content
            if not changed and before == after and not afresh:
                return Publication.of(home, past[-1], changed=False, damaged=told)
            failpoint("publish.compared")
            if changed:
                past.append(_new_version(draft, value, last + 1, after.content))
            write_publications(con, past)
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
        if afresh:
            folder.write_afresh(home, file)
        failpoint("publish.built")
        if changed:  # else every row the audit looks at is what it was: 4 s of CPU in a night without news
            audit(file)
        failpoint("publish.audited")
        folder.install(home, file, past[-1]["version"])
        if changed:  # else the ledger knows all that the file says of itself
            settle(home)
        folder.prune(home, keep_versions)
        failpoint("publish.pruned")
        return Publication.of(home, past[-1], changed=changed, damaged=told)


def check_tables(tables: Sequence[PublishedTable]) -> TableSpec:
    """Refuse what can be refused without touching anything. The versioned table. Raises PublishError."""
    names = Counter(str(table.spec).lower() for table in tables)  # DuckDB takes Value and value for one name
    if twice := [name for name, count in names.items() if count > 1]:
        raise PublishError(f"given twice: {', '.join(twice)}")
    versioned = [table.spec for table in tables if table.spec.versioned]
    if len(versioned) != 1:
        names = ", ".join(map(str, versioned)) or "none"
        raise PublishError(
            f"one table with values that are compared is needed, there is nothing to publish without it; given: {names}"
        )
    value_history.history(versioned[0])
    for table in tables:
        if str(table.spec) in _OWN:
            raise PublishError(f"{table.spec} is written by publish itself")
        table.check()
    return versioned[0]


@dataclass
class Draft:
    """One file in the making, connected to and in a transaction: what it held before, and what it is made of now."""

    con: duckdb.DuckDBPyConnection
    previous: Manifest
    run_id: str
    now: datetime
    inputs: dict[TableSpec, Sequence[Input]] = field(default_factory=dict)
    revision: Revision | None = None  # of the versioned table, if any of its rows were loaded

    def load(self, table: PublishedTable) -> None:
        """Bring a table to what it should hold now. Raises PublishError."""
        spec, previous = table.spec, self.previous.of(table.spec)
        try:
            change = table.load(self.con, previous)
            if change.rows is not None and spec.versioned:
                change, self.revision = value_history.keep_stamps(
                    self.con, spec, previous, change, self.run_id, self.now
                )
            elif change.rows is not None and spec.stamps_of is not None:
                change = value_history.follow_stamps(self.con, spec, spec.stamps_of, change)
            apply_change(self.con, spec, previous, change)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise PublishError(f"{spec} cannot be written: {error}") from error
        self.inputs[spec] = change.inputs

    def finish(self) -> None:
        """Remove what is published no more, and say what everything means and is made of."""
        published = {str(spec) for spec in self.inputs} | set(_OWN)
        for name, relation in self.previous.relations.items():
            if name not in published:
                drop(self.con, *name.split(".", 1), is_view=relation.is_view)
        relations = read_relations(self.con)
        for spec in self.inputs:
            if not relations[str(spec)].is_described_by(spec):
                write_comments(self.con, spec)
        write_manifest(self.con, self.previous, self.inputs)
        history = [value_history.history(spec) for spec in self.inputs if spec.versioned]
        write_dictionary(self.con, [*self.inputs, *history, PUBLICATION, MANIFEST, DICTIONARY])


@dataclass(frozen=True)
class Fingerprints:
    """Hashes of what a file holds, and of what its ledger tells."""

    content: str
    ledger: str


def _new_version(draft: Draft, value: TableSpec, number: int, content_hash: str) -> dict[str, Any]:
    """The row of ledger.publication for a new version, with its values in metric.history."""
    con, revision = draft.con, draft.revision
    changes = value_history.record_changes(con, value, revision, number, draft.now) if revision else 0
    return {
        "version": number,
        "action": "publish",
        "restored": None,
        "content_hash": content_hash,
        "values_total": con.execute(f"SELECT count(*) FROM {value.sql}").fetchall()[0][0],
        "values_changed": changes,
        "run_id": draft.run_id,
        "recorded_at": draft.now,
    }


def _fingerprints_of_live(con: duckdb.DuckDBPyConnection, home: Home) -> Fingerprints:
    try:
        return _fingerprints(con)
    except duckdb.Error as error:  # some damage shows only when a block is read
        raise connect.opening_error(home.published_file, error) from error


def _fingerprints(con: duckdb.DuckDBPyConnection) -> Fingerprints:
    """0.2 s for three years, and every block has been read."""
    return Fingerprints(content_hash(con), fingerprint(con, ["ledger"], _RECORDS))


def content_hash(con: duckdb.DuckDBPyConnection) -> str:
    """The hash of what the file that `con` has open holds, as ledger.publication records it. Every block is read but
    those of the ledger."""
    return fingerprint(con, _CONTENT, _RECORDS, unhashed=_UNHASHED)
