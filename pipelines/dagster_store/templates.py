"""The file of a new run, copied from one that is ready: Dagster makes tables, indexes and a revision for each."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dagster as dg


@dataclass(frozen=True)
class Template:
    """An empty file with all tables, as this release of Dagster makes it, beside the folder of the runs' files.

    It is no `*.db`, which Dagster would take for a run. Another release has another one.
    """

    path: Path
    make: Callable[[str], None]  # makes such a file under this path

    @classmethod
    def beside(cls, folder: str, make: Callable[[str], None]) -> Template:
        return cls(Path(folder).parent / f"run-{dg.__version__}.template", make)

    def fits(self, file: str) -> bool:
        """Is there such a file now, with the tables of this release? One that is missing is made; an old one is not
        touched, and one that cannot be read is the caller's."""
        path = Path(file)
        try:
            revision = self._revision
            if not path.exists():
                self._copy_to(path)
            return _revision(path) == revision
        except (OSError, sqlite3.Error):
            return False

    @cached_property
    def _revision(self) -> str:
        """Of the template, which is made where there is none, or where a power cut has broken it."""
        try:
            return _revision(self.path)
        except sqlite3.Error:
            with tempfile.TemporaryDirectory(dir=self.path.parent, prefix="being-made-") as folder:
                made = Path(folder) / "template"
                self.make(str(made))
                os.replace(made, self.path)
            return _revision(self.path)

    def _copy_to(self, path: Path) -> None:
        """Whole or not at all, and never over a file that another process has made meanwhile."""
        with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix="being-made-") as copy:
            with self.path.open("rb") as template:
                shutil.copyfileobj(template, copy)
            copy.flush()
            os.fsync(copy.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(copy.name, path)


def _revision(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as con:
        return str(con.execute("SELECT version_num FROM alembic_version").fetchall())
