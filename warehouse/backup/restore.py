"""The way back: a home made of a backup, beside its place, and put there when all of it is found whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from warehouse.backup.vault import Backup, KeptFile, Vault, VaultError
from warehouse.failpoint import failpoint
from warehouse.files import sync, unfinished_name
from warehouse.format import FORMAT
from warehouse.home import Home
from warehouse.modes import FOLDER

_PIECE = 1 << 20


def restore(vault: Vault, home: Home, name: str | None = None) -> Backup:
    """Make the home of a backup (None: of the newest). Raises VaultError and OSError; there is no home then.

    Every byte is compared with the manifest on its way. A home that is there is left alone.
    """
    vault.open()
    names = vault.names()
    if not names:
        raise VaultError(f"{vault.root} has no backup that is whole: was the first one stopped?")
    backup = vault.read(name or names[-1])
    if home.root.exists() and any(home.root.iterdir()):
        raise VaultError(f"{home.root} is not empty: a backup is restored into a new folder, name one with --home")
    if backup.home_format not in (FORMAT, None):
        raise VaultError(
            f"the backup {backup.name} is of a home of format {backup.home_format}, and this version knows {FORMAT}: "
            f"restore it with Madang {backup.madang}, which made it"
        )
    home.root.parent.mkdir(parents=True, exist_ok=True)
    making = unfinished_name(home.root)
    making.mkdir()
    try:
        _fill(making, vault, backup)
        failpoint("restore.filled")
        if home.root.exists():
            making.chmod(home.root.stat().st_mode & 0o777)
        making.rename(home.root)  # also over an empty folder
        sync(home.root.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return backup


def _fill(making: Path, vault: Vault, backup: Backup) -> None:
    for path in backup.folders:
        (making / path).mkdir(mode=FOLDER, parents=True, exist_ok=True)
    for file in backup.files:
        _copy(vault, file, making / file.path)
    for path, target in backup.links.items():
        (making / path).symlink_to(target)
    for path, mode in reversed(backup.folders.items()):
        sync(making / path)
        (making / path).chmod(mode)


def _copy(vault: Vault, file: KeptFile, target: Path) -> None:
    digest, source = hashlib.sha256(), vault.content(file.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as kept, target.open("xb") as made:
            os.fchmod(made.fileno(), 0o600)
            while piece := kept.read(_PIECE):
                made.write(piece)
                digest.update(piece)
            made.flush()
            os.fsync(made.fileno())
    except FileNotFoundError as error:
        raise VaultError(f"{source} is gone: {file.path} cannot be restored; take an older backup") from error
    if digest.hexdigest() != file.sha256:
        raise VaultError(f"{source} is damaged: {file.path} cannot be restored; take an older backup")
    os.utime(target, ns=(file.seen[1], file.seen[1]))
    target.chmod(file.mode)
