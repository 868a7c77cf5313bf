"""The published file: the last one copied, what differs replaced, audited, and put in place by one os.replace.

Which tables are published and whether they are fit is not decided here: the caller brings the tables and the audit.
What a table is stands in tables.py, how it is filled in fill.py; reading is in reader.py; versions, records and the
way back are in history.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.published import connect, versions
from warehouse.published import manifest as content
from warehouse.published.dictionary import SCHEMAS
from warehouse.published.load import Filling
from warehouse.published.spec import STAMP, Appended, Parts, PublishError, Table, check
from warehouse.published.versions import Publication

__all__ = ["STEPS", "Appended", "Parts", "Publication", "PublishError", "Table", "publish"]

_CONTENT = [schema for schema in SCHEMAS if schema != "ledger"]
_RECORDS = ("metric.history", "ledger.publication")  # they tell of publications, and no new one is made for them
_UNHASHED = (*STAMP, "recorded_at")  # these differ from run to run, whatever they stand beside
# Where at_step is called, in order. A process killed at any of them leaves nothing the next cannot mend.
STEPS = (
    "locked",
    "settled",
    "filled",
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
    tables: Sequence[Table],
    *,
    run_id: str,
    audit: Callable[[Path], None] = lambda _path: None,
    keep_versions: int = 30,
) -> Publication:
    """Publish `tables` as the next version, unless what is published holds the same already.

    Same means: equal rows, columns, types and comments of everything but the ledger, whatever the run
    and the time. Then there is no new version. If only the tables of the ledger differ, the file is
    refreshed under the version it has, so that it can explain the runs since; that is no publication
    and no row of ledger.publication. If these are equal too, nothing is written.

    run_id and published_at of metric.value and metric.latest are filled in here, whatever they hold.
    `audit` gets the finished file and raises to refuse it: its error passes through and nothing has
    changed. What is the same as what was published passed it then, and is not audited again.

    Raises PublishError for tables that do not fit, UnreadableError for a damaged published file. One process
    publishes at a time, the others wait; readers notice nothing.
    """
    if keep_versions < 1:
        raise ValueError("keep_versions must be at least 1: the live version is always kept")
    check(tables)
    with versions.locked(home):
        failpoint("publish.locked")
        versions.settle(home)
        past = versions.past_publications(home)
        last = past[-1]["version"] if past else 0
        for number, path in versions.version_files(home).items():
            if number > last:  # its process died between keeping it and the swap: it was never published
                path.unlink()
        failpoint("publish.settled")
        live = home.published_file.exists()
        file = versions.part(home)
        if live:
            shutil.copyfile(home.published_file, file)  # 1 s for 1.15 GB; COPY FROM DATABASE takes 30
        with connect.connect(file) as con:
            before = _before(con, home) if live else None
            now = datetime.now(UTC)
            con.execute("BEGIN")
            for schema in SCHEMAS:
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            versions.bring_records(con, home)
            # a file that is not what was recorded is not built upon: all of it is made anew
            trusted = before is not None and before[0] == past[-1]["content_hash"]
            filling = Filling(con, content.look(con, trusted=trusted), run_id, now)
            for table in sorted(tables, key=lambda table: str(table) != "metric.value"):
                filling.fill(table)
            filling.finish(tables)
            failpoint("publish.filled")
            hashed, told = _prints(con)
            changed = not live or past[-1]["content_hash"] != hashed
            if not changed and before == (hashed, told):
                return Publication.of(home, past[-1], changed=False)
            failpoint("publish.compared")
            if changed:
                past.append(_publish(con, filling, last + 1, hashed))
            versions.write_publications(con, past)
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
        failpoint("publish.built")
        if changed:  # else every row the audit looks at is what it was: 4 s of CPU in a night without news
            audit(file)
        failpoint("publish.audited")
        versions.install(home, file, past[-1]["version"])
        versions.settle(home)
        versions.prune(home, keep_versions)
        failpoint("publish.pruned")
        return Publication.of(home, past[-1], changed=changed)


def _publish(con: duckdb.DuckDBPyConnection, filling: Filling, number: int, hashed: str) -> dict[str, Any]:
    """The row of ledger.publication for a new version, with its values in metric.history."""
    changes = versions.record_changes(con, number, filling.now) if filling.revised else 0
    return {
        "version": number,
        "action": "publish",
        "restored": None,
        "content_hash": hashed,
        "values_total": con.execute("SELECT count(*) FROM metric.value").fetchall()[0][0],
        "values_changed": changes,
        "run_id": filling.run_id,
        "recorded_at": filling.now,
    }


def _before(con: duckdb.DuckDBPyConnection, home: Home) -> tuple[str, str]:
    try:
        return _prints(con)
    except duckdb.Error as error:  # some damage shows only when a block is read
        raise connect.explained(home.published_file, error) from error


def _prints(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """What the file holds, and what its ledger tells: 0.2 s for three years, and every block has been read."""
    content = connect.fingerprint(con, _CONTENT, _RECORDS, unhashed=_UNHASHED)
    return content, connect.fingerprint(con, ["ledger"], _RECORDS)
