"""The folder that backups of a home are kept in: each content once under its SHA-256, and a manifest for each backup.

    madang-backup.json            what this folder is
    content/ab/abcdef...          the bytes, their owner's alone
    backups/20261130T064002Z.json which files the home had: path, mode, time, size, SHA-256

A manifest is written last, in one step: a backup without one was never made. Bytes in no manifest are removed by the
next backup. All of it is its owner's alone, as private deliveries are in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from warehouse.files import replacing, sync, write_atomically
from warehouse.modes import FOLDER

MARKER, CONTENT, BACKUPS = "madang-backup.json", "content", "backups"
INCOMING = "incoming"  # content whose digest is not known yet
FORMAT = 1  # of this folder
_PIECE = 1 << 20


class VaultError(RuntimeError):
    """A folder that is no backup, or a backup that is not whole. The text says what, where, and what to do."""


@dataclass(frozen=True)
class KeptFile:
    """A file of the home. `seen`: size and time of change [ns] of what was read, by which it is known again."""

    path: str  # from the home on, with /
    mode: int
    size: int  # bytes
    sha256: str
    seen: tuple[int, int]


@dataclass(frozen=True)
class Backup:
    """One backup: what the home was. `folders`: path and mode; `links`: path and what the link says."""

    name: str
    home: str  # where it lay
    home_format: int | None  # warehouse/format.py; None: nothing was kept in it yet
    madang: str  # the version that made it
    files: list[KeptFile]
    folders: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Vault:
    """A folder of backups."""

    root: Path

    def open(self, *, create: bool = False) -> Vault:
        """This folder, which is one of backups; made with `create`, if it is not there or empty. Raises VaultError."""
        marker = self.root / MARKER
        if create and not (self.root.exists() and any(self.root.iterdir())):
            self.root.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            write_atomically(marker, json.dumps({"format": FORMAT}).encode())
        try:
            written = json.loads(marker.read_bytes())["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = (
                "nothing is written there; name a new or an empty folder" if create else "name the folder of a backup"
            )
            raise VaultError(f"{self.root} is no backup of Madang: {hint}") from error
        if written != FORMAT:
            raise VaultError(f"{self.root} is a backup of format {written}, and this version knows {FORMAT}")
        if create:
            self.root.chmod(FOLDER)
            for name in (CONTENT, BACKUPS):
                (self.root / name).mkdir(mode=FOLDER, exist_ok=True)
        return self

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes here in the block. Raises VaultError where somebody does."""
        lock = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise VaultError(f"another backup writes to {self.root}: wait for its end") from error
        finally:
            os.close(lock)

    def names(self) -> list[str]:
        """The backups that are whole, oldest first."""
        return sorted(path.stem for path in (self.root / BACKUPS).glob("*.json"))

    def read(self, name: str) -> Backup:
        """A backup by its name. Raises VaultError."""
        path = self.root / BACKUPS / f"{name}.json"
        try:
            found = json.loads(path.read_bytes())
            files = [KeptFile(**file | {"seen": tuple(file["seen"])}) for file in found.pop("files")]
            backup = Backup(files=files, **found)
        except (OSError, ValueError, KeyError, TypeError) as error:
            there = ", ".join(self.names()) or "none"
            raise VaultError(f"{path} cannot be read; there are: {there}") from error
        odd = next((path for path in _paths(backup) if not _is_inside(path)), None)
        if odd is not None:
            raise VaultError(f"{path} names {odd!r}, which lies outside of a home: nothing is restored from it")
        return backup

    def content(self, sha256: str) -> Path:
        """Where the bytes of this digest lie."""
        return self.root / CONTENT / sha256[:2] / sha256

    def has(self, file: KeptFile) -> bool:
        """Are its bytes here, as many as there should be?"""
        try:
            return self.content(file.sha256).stat().st_size == file.size
        except FileNotFoundError:
            return False

    def put(self, source: Path) -> tuple[str, int, bool]:
        """Keep the bytes of a file. Their SHA-256, how many they are, and whether they are new here."""
        digest, size = hashlib.sha256(), 0
        incoming = self.root / CONTENT / INCOMING
        with replacing(incoming, durable=True) as kept, source.open("rb") as file:
            while piece := file.read(_PIECE):
                kept.write(piece)
                digest.update(piece)
                size += len(piece)
        sha256 = digest.hexdigest()
        target = self.content(sha256)
        target.parent.mkdir(mode=FOLDER, exist_ok=True)
        new = not (target.exists() and target.stat().st_size == size)
        incoming.replace(target)
        return sha256, size, new

    def write(self, backup: Backup) -> None:
        """Write the manifest, when all bytes and their names are on the disk: from now on the backup is there."""
        for folder in sorted((self.root / CONTENT).iterdir()):
            if folder.is_dir():
                sync(folder)
        sync(self.root / CONTENT)
        text = json.dumps(asdict(backup), ensure_ascii=False)
        write_atomically(self.root / BACKUPS / f"{backup.name}.json", text.encode())
        sync(self.root / BACKUPS)

    def keep(self, number: int) -> int:
        """Remove all but the newest backups, and the bytes that none of the others names. How many bytes.

        What a killed backup has left goes with them.
        """
        for name in self.names()[:-number]:
            (self.root / BACKUPS / f"{name}.json").unlink()
        sync(self.root / BACKUPS)
        named = {file.sha256 for name in self.names() for file in self.read(name).files}
        gone = 0
        for path in (self.root / CONTENT).rglob("*"):
            if path.is_file() and path.name not in named:
                gone += path.stat().st_size
                path.unlink()
        return gone

    def new_name(self) -> str:
        """The name of a backup that begins now, later than all others."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        newest = max(self.names(), default="")
        return name if name > newest else f"{newest}-1"


def _paths(backup: Backup) -> Iterator[Any]:
    yield from (file.path for file in backup.files)
    yield from backup.folders
    yield from backup.links
    for path, target in backup.links.items():
        yield os.path.normpath(PurePosixPath(path).parent / target)


def _is_inside(path: Any) -> bool:
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    return bool(parts) and parts[0] != "/" and ".." not in parts
