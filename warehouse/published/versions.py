"""Published versions: which there are, what differs between them, and the way back to an earlier one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.arrow import fetched_frame
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, value_history
from warehouse.published.connect import quoted
from warehouse.published.folder import install, locked, unfinished, version_files
from warehouse.published.publications import (
    Publication,
    past_publications,
    read_publications,
    settle,
    write_publications,
)
from warehouse.published.spec import TableSpec


class VersionError(ValueError):
    """A version that was never published, or that is no longer kept. Nothing was changed."""


class UnknownVersionError(VersionError):
    """A number that no version ever had: a mistake in what was asked."""


def versions(home: Home) -> pl.DataFrame:
    """Every publication, with the size of its file if that is kept, and whether it is live. `restored`: of a rollback,
    the version that it put back."""
    rows = ledger.read(home, "publication").collect()
    live = None
    if home.published_file.exists():  # it knows its own publication before the ledger does
        with connect.open_published(home) as con:
            in_file = read_publications(con, connect.CATALOG)
        rows = pl.concat([rows, in_file]).unique("version", keep="first")
        live = in_file["version"].max()
    sizes = {number: path.stat().st_size for number, path in version_files(home).items()}
    size = pl.col("version").replace_strict(sizes or {0: 0}, default=None, return_dtype=pl.Int64)
    return rows.sort("version").select(
        "version",
        "action",
        "restored",
        pl.col("recorded_at").alias("published_at"),
        "values_total",
        "values_changed",
        size.alias("size_bytes"),
        size.is_not_null().alias("kept"),
        pl.col("version").eq_missing(pl.lit(live, pl.Int64)).alias("live"),
    )


def rollback(home: Home, value: TableSpec, version: int | None = None, *, run_id: str) -> Publication:
    """Put a kept version back, as a new version of its own; None: the one before what is published now.

    Its tables come back as they were audited, the ledger tables included, so a value put back shows the
    run and time it was first published with. Only ledger.publication and metric.history are brought up to
    date, and there its record begins with the rollback. After several rollbacks without a publication
    between them, None goes further back each time. Works when the published file is damaged or gone.
    `value`: the versioned table. Raises VersionError.
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
        file = unfinished(home)
        shutil.copyfile(kept, file)  # 1 s for 1.15 GB; the kept file itself stays as it is
        now = ledger.time_to_record(home)
        new = past[-1]["version"] + 1
        with connect.connect(file) as con:
            con.execute("BEGIN")
            value_history.add_missing_records(con, home, value)
            revision = value_history.compare_with_history(con, value)
            changed = value_history.record_changes(con, value, revision, new, now)
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


def diff(home: Home, value: TableSpec, a: int, b: int) -> pl.DataFrame:
    """Where the versioned table of two kept versions differs: key, value_a, value_b, status_a, status_b.

    A status that is null means that the version does not have the row. Raises VersionError.
    """
    past = past_publications(home)
    key = ", ".join(quoted(name) for name in value.key)
    with connect.connect() as con:
        connect.attach(con, _kept(home, past, a), "a")
        connect.attach(con, _kept(home, past, b), "b")
        return fetched_frame(
            con.sql(f"""
            SELECT {key}, a.value AS value_a, b.value AS value_b, a.status AS status_a, b.status AS status_b
            FROM a.{value.sql} AS a FULL JOIN b.{value.sql} AS b USING ({key})
            WHERE a.value IS DISTINCT FROM b.value OR a.status IS DISTINCT FROM b.status
            ORDER BY {key}""")
        )


def kept_file(home: Home, version: int) -> Path:
    """The file of a version. Raises VersionError where it is not kept."""
    return _kept(home, past_publications(home), version)


def _kept(home: Home, past: list[dict[str, Any]], version: int) -> Path:
    files = version_files(home)
    published = {row["version"] for row in past}
    if version in files and version in published:
        return files[version]
    kept = ", ".join(str(number) for number in files if number in published) or "none"
    if version in published:
        raise VersionError(f"version {version} is no longer kept; versions kept: {kept}")
    raise UnknownVersionError(f"version {version} was never published; versions kept: {kept}")


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
