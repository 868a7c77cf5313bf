"""One backup of a home: what it was in one moment, and Dagster's store beside it. Contents that are there are not
copied again, and files that did not change are not read again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from warehouse.backup.moment import one_moment
from warehouse.backup.vault import Backup, KeptFile, Vault, VaultError
from warehouse.failpoint import failpoint
from warehouse.format import FORMAT
from warehouse.home import Home
from warehouse.modes import private_folders

_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")  # of a database that is in use; its copy has what is in them
DAGSTER = "dagster"  # the folder of its store, which is read while it is written to
KEPT = 14  # backups


@dataclass(frozen=True)
class BackupDone:
    """What a backup did. Sizes in bytes."""

    backup: Backup
    new_files: int
    new_bytes: int
    removed_bytes: int
    private: int  # files of private folders in it
    lacking: list[
        str
    ]  # what the home should have and has not: the backup is as damaged as the home, no other is removed


def back_up(home: Home, vault: Vault, *, madang: str, keep: int = KEPT) -> BackupDone:
    """Make a backup of the home, and keep so many. A night may go on. Raises VaultError, NoMomentError, OSError."""
    if vault.root.resolve().is_relative_to(home.root):
        raise VaultError(f"{vault.root} lies in the home: a backup there is lost with it; name another folder")
    vault.open(create=True)
    with vault.alone():
        newest = vault.read(names[-1]) if (names := vault.names()) else None
        name = vault.new_name()
        known = newest.files if newest is not None and newest.home == str(home.root) else []
        making = _Making(vault, {file.path: file for file in known})
        with one_moment(home) as moment:
            # a table is private if its folder is closed, and links have the modes of the home
            of_moment = private_folders(Home(moment.folder))
            private = [*(path.relative_to(moment.folder).as_posix() for path in of_moment), DAGSTER]
            making.add(moment.folder)
        failpoint("backup.copied")
        making.add(home.root, DAGSTER)
        known_format = FORMAT if home.lake.is_dir() else None
        backup = Backup(name, str(home.root), known_format, madang, making.files, making.folders, making.links)
        vault.write(backup)
        failpoint("backup.written")
        gone = 0 if moment.lacking else vault.keep(keep)  # older backups may have what this one lacks
    of_private = sum(any(file.path.startswith(f"{folder}/") for folder in private) for file in backup.files)
    return BackupDone(backup, making.new_files, making.new_bytes, gone, of_private, moment.lacking)


class _Making:
    """The manifest of a backup, as it grows."""

    def __init__(self, vault: Vault, before: dict[str, KeptFile]) -> None:
        self.vault, self.before = vault, before
        self.files: list[KeptFile] = []
        self.folders: dict[str, int] = {}
        self.links: dict[str, str] = {}
        self.new_files = self.new_bytes = 0

    def add(self, root: Path, part: str = "") -> None:
        """All that is in a folder, or in a folder of it with this one itself."""
        for path in [*([root / part] if part else []), *_walk(root / part)]:
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                self.links[name] = os.readlink(path)
            elif path.is_dir():
                self.folders[name] = path.stat().st_mode & 0o777
            elif path.is_file() and not name.endswith(_BESIDE):
                try:
                    self.files.append(self._kept(path, name))
                except FileNotFoundError:
                    continue  # of Dagster's store: a log that has gone in this moment

    def _kept(self, path: Path, name: str) -> KeptFile:
        stat = path.stat()
        mode, seen = stat.st_mode & 0o777, (stat.st_size, stat.st_mtime_ns)
        known = self.before.get(name)
        log = path.with_name(f"{path.name}-wal")
        if known is not None and known.seen == seen and self.vault.has(known) and not _size(log):
            return KeptFile(name, mode, known.size, known.sha256, seen)
        with path.open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
        sha256, size, new = self._put_database(path) if is_database else self.vault.put(path)
        self.new_files, self.new_bytes = self.new_files + new, self.new_bytes + size * new
        return KeptFile(name, mode, size, sha256, seen)

    def _put_database(self, path: Path) -> tuple[str, int, bool]:
        """By SQLite's own backup: a copy of the file alone would lack what stands in its log."""
        with TemporaryDirectory(dir=self.vault.root, prefix=".database-") as folder:
            copy = Path(folder, "copy.db")
            with closing(sqlite3.connect(path, timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            return self.vault.put(copy)


def _walk(folder: Path) -> Iterator[Path]:
    """Folders before what is in them; links are not followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted((*folders, *files)))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
