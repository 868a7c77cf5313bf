"""The file of a tier in the making, as the connection of a release writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.published.connect import literal
from warehouse.published.spec import PublishError

TARGET = "tier"


@contextmanager
def writing(con: duckdb.DuckDBPyConnection, file: Path) -> Iterator[None]:
    """While it lasts, statements write into this file. Raises PublishError for what DuckDB refuses.

    Nobody reads a file in the making, and one whose process ends is begun again: so it needs no log of its writes. FSST
    is left out: to look whether it is worth it took a third of writing a file, and left it as large as it was.
    """
    try:
        con.execute(f"ATTACH {literal(str(file))} AS {TARGET} (STORAGE_VERSION 'v1.0.0', RECOVERY_MODE no_wal_writes)")
    except duckdb.Error as error:
        raise _not_written(file, error) from error
    try:
        con.execute(f"USE {TARGET}")
        con.execute("SET disabled_compression_methods = 'fsst'")
        yield
    except duckdb.Error as error:
        raise _not_written(file, error) from error
    finally:
        con.execute("USE memory")
        con.execute(f"DETACH {TARGET}")


def _not_written(file: Path, error: duckdb.Error) -> PublishError:
    return PublishError(f"{file.name} cannot be written: {error}")
