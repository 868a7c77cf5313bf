"""An export: one publication read from beginning to end, and written to a folder that stands alone."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.failpoint import failpoint
from warehouse.published.connect import attach, connect, literal, opening_error
from warehouse.published.export import pages
from warehouse.published.export.folder import new_folder
from warehouse.published.export.source import SOURCE, Exported, Format, Selection, read_source
from warehouse.published.export.write import write_database, write_files

_DATABASE = "madang.duckdb"
_SPILL = "spill"  # what does not fit in memory, for the time of the export


@dataclass(frozen=True)
class WrittenExport:
    """What was written."""

    exported: Exported
    folder: Path
    size_bytes: int


def export_file(file: Path, target: Path, wanted: Selection) -> WrittenExport:
    """Write what a published file holds to a new folder: whole, or not at all.

    The file may be replaced meanwhile: it is the one that was opened that is read, to its end. Raises ExportError,
    FolderTakenError, UnreadableError, OSError.
    """
    with new_folder(target) as folder:
        database = folder / _DATABASE if Format.DUCKDB in wanted.formats else None
        with connect(database) as con:
            con.execute(f"SET temp_directory = {literal(str(folder / _SPILL))}")
            attach(con, file, SOURCE)
            try:
                exported = _write(con, folder, wanted)
            except duckdb.IOException as error:
                raise _of_disk(file, target, error) from error
            except duckdb.Error as error:  # some damage shows only when a block is read
                raise opening_error(file, error) from error
        shutil.rmtree(folder / _SPILL, ignore_errors=True)
        _page(folder / "manifest.json", pages.manifest_json(exported, folder))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        failpoint("export.written")
    return WrittenExport(exported, target, size)


def _of_disk(file: Path, target: Path, error: duckdb.IOException) -> Exception:
    """A full disk is none of the published file's faults."""
    full = "o space left" in str(error)
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) if full else opening_error(file, error)


def _write(con: duckdb.DuckDBPyConnection, folder: Path, wanted: Selection) -> Exported:
    exported = read_source(con, wanted)
    rows: dict[str, int] = {}
    if Format.DUCKDB in wanted.formats:
        write_database(con, exported.tables)
    for form in (Format.PARQUET, Format.CSV):
        if form in wanted.formats:
            own = [table for table in exported.tables if pages.has_file(table, form)]
            rows |= write_files(con, own, folder / form, form)
    _page(folder / "README.md", pages.readme(exported, wanted.formats))
    _page(folder / "dictionary.md", pages.dictionary_markdown(exported, wanted.formats))
    _page(folder / "dictionary.json", pages.dictionary_json(exported, rows))
    return exported


def _page(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
