"""What was published when: versions kept, the record of every value, and the way back to an earlier version.

Also the steps that publishing and going back have in common: one at a time, put in place, write down.
Making a new version from tables is in publish.py.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.failpoint import failpoint
from warehouse.files import sync
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import PUBLICATION, VALUE_HISTORY
from warehouse.published import connect
from warehouse.published.dictionary import write_comments

KEY = ("city", "area", "metric", "period", "period_start")
RECORD = ("value", "status", "reason", "batch_ids")
HISTORY = {
    **{name: VALUE_HISTORY.meanings[name] for name in (*KEY, *RECORD, "version", "published_at")},
    "replaced_at": "When the next record took its place, UTC; null for what is published now",
}
WITHDRAWN = "withdrawn"
PART = ".next-"  # files in the making, in both folders; readers and `versions` never look at them
_KEYS = ", ".join(KEY)
_VALUES = ", ".join((*KEY, *RECORD))
_STANDING = "metric.history WHERE replaced_at IS NULL"


class VersionError(ValueError):
    """A version that was never published, or that is no longer kept. Nothing was changed."""


@dataclass(frozen=True)
class Publication:
    """What is published now. `changed` is False when it was so before."""

    version: int
    path: Path
    changed: bool
    values_total: int
    values_changed: int
    published_at: datetime

    @classmethod
    def of(cls, home: Home, row: dict[str, Any], *, changed: bool) -> Publication:
        return cls(
            version=row["version"],
            path=home.published_file,
            changed=changed,
            values_total=row["values_total"],
            values_changed=row["values_changed"] if changed else 0,
            published_at=row["recorded_at"],
        )


def versions(home: Home) -> pl.DataFrame:
    """Every publication, with the size of its file if that is kept, and whether it is live."""
    rows = ledger.read(home, "publication").collect()
    if home.published_file.exists():  # it knows its own publication before the ledger does
        with connect.open_published(home) as con:
            own = con.sql("FROM ledger.publication").pl().cast(dict(rows.schema))
        rows = pl.concat([rows, own]).unique("version", keep="first")
        live = own["version"].max()
    else:
        live = None
    sizes = {number: path.stat().st_size for number, path in version_files(home).items()}
    size = pl.col("version").replace_strict(sizes or {0: 0}, default=None, return_dtype=pl.Int64)
    return rows.sort("version").select(
        "version",
        "action",
        pl.col("recorded_at").alias("published_at"),
        "values_total",
        "values_changed",
        size.alias("size_bytes"),
        size.is_not_null().alias("kept"),
        pl.col("version").eq_missing(pl.lit(live, pl.Int64)).alias("live"),
    )


def rollback(
    home: Home,
    version: int | None = None,
    *,
    run_id: str,
) -> Publication:
    """Put a kept version back, as a new version of its own; None: the one before what is published now.

    Its tables come back as they were audited, the ledger tables included, so a value put back shows the
    run and time it was first published with. Only ledger.publication and metric.history are brought up to
    date, and there its record begins with the rollback. After several rollbacks without a publication
    between them, None goes further back each time. Works when the published file is damaged or gone.
    Raises VersionError.
    """
    with locked(home):
        try:
            settle(home)
        except connect.BusyError:
            raise
        except connect.UnreadableError:
            pass  # a damaged file is what one rolls back from; the ledger knows what it was
        past = past_publications(home)
        restored = _before_live(home, past) if version is None else version
        kept = _kept(home, past, restored)
        failpoint("publish.settled")
        file = part(home)
        shutil.copyfile(kept, file)  # 1 s for 1.15 GB; the kept file itself stays as it is
        now = datetime.now(UTC)
        new = past[-1]["version"] + 1
        with connect.connect(file) as con:
            con.execute("BEGIN")
            bring_records(con, home)
            con.execute("CREATE TEMP TABLE revised AS SELECT DISTINCT city, period_start FROM metric.history")
            same = " AND ".join(f"v.{name} IS NOT DISTINCT FROM c.{name}" for name in RECORD)
            con.execute(
                f"CREATE TEMP TABLE marked AS SELECT v.*, c.version IS NOT NULL AND {same} AS same"
                f" FROM metric.value v LEFT JOIN (FROM {_STANDING}) c USING ({_KEYS})"
            )
            changed = record_changes(con, new, now)
            row = next(dict(p) for p in past if p["version"] == restored)
            row |= {"version": new, "action": "rollback", "restored": restored}
            row |= {"values_changed": changed, "run_id": run_id, "recorded_at": now}
            write_publications(con, [*past, row])
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
        failpoint("publish.built")
        install(home, file, new)
        settle(home)
        return Publication.of(home, row, changed=True)


def diff(home: Home, a: int, b: int) -> pl.DataFrame:
    """Where metric.value of two kept versions differs: key, value_a, value_b, status_a, status_b.

    A status that is null means that the version does not have the row. Raises VersionError.
    """
    past = past_publications(home)
    with connect.connect() as con:
        connect.attach(con, _kept(home, past, a), "a")
        connect.attach(con, _kept(home, past, b), "b")
        return con.sql(f"""
            SELECT {_KEYS}, a.value AS value_a, b.value AS value_b, a.status AS status_a, b.status AS status_b
            FROM a.metric.value AS a FULL JOIN b.metric.value AS b USING ({_KEYS})
            WHERE a.value IS DISTINCT FROM b.value OR a.status IS DISTINCT FROM b.status
            ORDER BY {_KEYS}""").pl()


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """One publisher at a time, over all processes; the system gives the lock back when one is killed.

    Files in the making that lie there once the lock is held belong to nobody alive: they are removed.
    Their process ids are not asked: in containers a dead publisher often had the number of the next one.
    """
    home.versions.mkdir(parents=True, exist_ok=True)
    with (home.published / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _sweep(home)
        try:
            yield
        finally:
            _sweep(home)


def part(home: Home) -> Path:
    """A name for a file in the making, never used before."""
    return home.published / f"{PART}{os.getpid()}-{secrets.token_hex(4)}.duckdb"


def attach_live(con: duckdb.DuckDBPyConnection, home: Home, alias: str) -> None:
    """Attach the published file, or a copy while somebody has it open for writing: that must not stop us."""
    try:
        connect.attach(con, home.published_file, alias)
    except connect.BusyError:
        copy = part(home)
        shutil.copyfile(home.published_file, copy)
        connect.attach(con, copy, alias)


def past_publications(home: Home) -> list[dict[str, Any]]:
    return ledger.read(home, "publication").sort("version").collect().to_dicts()


def version_files(home: Home) -> dict[int, Path]:
    """The files kept, by version."""
    return {int(path.stem): path for path in sorted(home.versions.glob("[0-9]*.duckdb"))}


def settle(home: Home) -> None:
    """Write down in the ledger what the published file says about itself and the ledger lacks.

    This is how every publication gets into the ledger, right after the swap; a process that dies there
    leaves it to the next one, which starts with it. Raises UnreadableError.
    """
    if not home.published_file.exists():
        return
    with connect.connect() as con:
        attach_live(con, home, "live")
        for table, source, step in (
            ("value_history", "live.metric.history", "values_recorded"),
            ("publication", "live.ledger.publication", "publication_recorded"),
        ):
            known = ledger.read(home, table).select("version").unique().collect().to_series().to_list()
            try:
                missing = con.sql(f"FROM {source} WHERE NOT list_contains(?::BIGINT[], version)", params=[known]).pl()
            except duckdb.Error as error:  # some damage shows only when a block is read
                raise connect.explained(home.published_file, error) from error
            if missing.height:
                ledger.append(home, table, missing)  # one Delta commit: all of it or nothing
                failpoint(f"publish.{step}")


def bring_records(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Add to metric.history what the ledger knows and the file does not: all, or what came after a kept version."""
    there = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database()"
        " AND schema_name = 'metric' AND table_name = 'history'"
    ).fetchall()
    known = con.execute("SELECT DISTINCT version FROM metric.history").fetchall() if there else []
    told = pl.col("version").is_in([version for (version,) in known])
    missing = ledger.read(home, "value_history").filter(~told).collect()
    if there and missing.is_empty():
        return
    con.register("incoming", missing)
    before = f"SELECT {_VALUES}, version, published_at FROM"
    con.execute(f"""
        CREATE OR REPLACE TABLE metric.history AS
        SELECT *, lead(published_at) OVER (PARTITION BY {_KEYS} ORDER BY version) AS replaced_at
        FROM ({f"{before} metric.history UNION ALL {before} incoming" if there else f"{before} incoming"})
        ORDER BY version, period_start, {_KEYS}""")
    con.unregister("incoming")
    write_comments(con, "metric", "history", "Every value ever published, and how long it stood", HISTORY)


def record_changes(con: duckdb.DuckDBPyConnection, version: int, now: datetime) -> int:
    """Add to metric.history the rows of the temporary table `marked` that are not the same, and what is gone. How many.

    What is gone from metric.value is looked for in the cities and days of the temporary table `revised` only.
    """
    con.execute(f"""
        CREATE TEMP TABLE change AS
        SELECT {_VALUES} FROM marked WHERE NOT same
        UNION ALL
        SELECT {_KEYS}, NULL, '{WITHDRAWN}', NULL, NULL
        FROM (FROM {_STANDING} AND (city, period_start) IN (FROM revised)) ANTI JOIN metric.value USING ({_KEYS})
        WHERE status IS DISTINCT FROM '{WITHDRAWN}'""")
    con.execute(
        "UPDATE metric.history AS h SET replaced_at = ?::TIMESTAMPTZ FROM change AS c"
        f" WHERE h.replaced_at IS NULL AND {' AND '.join(f'h.{name} = c.{name}' for name in KEY)}",
        [now],
    )
    con.execute(
        "INSERT INTO metric.history BY NAME SELECT *, ?::BIGINT AS version, ?::TIMESTAMPTZ AS published_at"
        f" FROM change ORDER BY period_start, {_KEYS}",
        [version, now],
    )
    return con.execute("SELECT count(*) FROM change").fetchall()[0][0]


def write_publications(con: duckdb.DuckDBPyConnection, publications: list[dict[str, Any]]) -> None:
    """ledger.publication, with this publication in it."""
    con.register("incoming", PUBLICATION.frame(publications))
    con.execute("CREATE OR REPLACE TABLE ledger.publication AS FROM incoming ORDER BY version")
    con.unregister("incoming")
    text = "Every publication and rollback, this one included"
    write_comments(con, "ledger", "publication", text, PUBLICATION.meanings)


def install(home: Home, file: Path, version: int) -> None:
    """Keep `file` as `version` and put it in the place of the published file. Readers keep what they have."""
    # Not writable: whoever opens it to write would lock all readers out, and change the kept version too.
    file.chmod(file.stat().st_mode & 0o555)
    sync(file)
    failpoint("publish.synced")
    kept = part(home)
    try:
        kept.hardlink_to(file)
    except OSError:  # a file system without hard links
        shutil.copy2(file, kept)
        sync(kept)
    os.replace(kept, home.versions / f"{version:06d}.duckdb")
    sync(home.versions)
    failpoint("publish.kept")
    os.replace(file, home.published_file)
    failpoint("publish.swapped")
    sync(home.published)
    failpoint("publish.folder_synced")


def prune(home: Home, keep: int) -> None:
    """Remove all but the newest versions. The live one is the newest: a rollback is a version too."""
    for path in list(version_files(home).values())[:-keep]:
        path.unlink()


def _kept(home: Home, past: list[dict[str, Any]], version: int) -> Path:
    files = version_files(home)
    known = {row["version"] for row in past}
    if version in files and version in known:
        return files[version]
    kept = ", ".join(str(number) for number in files if number in known) or "none"
    what = "is no longer kept" if version in known else "was never published"
    raise VersionError(f"version {version} {what}; versions kept: {kept}")


def _before_live(home: Home, past: list[dict[str, Any]]) -> int:
    """The version before the one whose content is live: a rollback has the content of what it restored."""
    if not past:
        raise VersionError("nothing was published yet, so there is nothing to go back to")
    restored = {row["version"]: row["restored"] for row in past}
    origin = past[-1]["version"]
    while restored.get(origin) is not None:
        origin = restored[origin]
    earlier = [number for number in version_files(home) if number < origin and number in restored]
    if not earlier:
        raise VersionError(f"no version before version {origin} is kept, so there is nothing to go back to")
    return earlier[-1]


def _sweep(home: Home) -> None:
    for path in home.published.glob(f"{PART}*"):
        if path.is_dir():  # where DuckDB spilled to
            shutil.rmtree(path)
        else:
            path.unlink()
