"""A home as it was in one moment, although a night writes to it: a folder of hard links, made in seconds.

Files of landing, lake, ledger and published versions are never changed in place, so that a link keeps what was there.
The order makes it one moment: what is written last is linked first. Whatever a file that is linked relies on was there
before it, and is linked after it. What is here of the night is what a kill would have left, and that is gone on from.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deltalake.exceptions import DeltaError

from warehouse.damaged import DamagedHomeError
from warehouse.delta.log import StoredTable
from warehouse.failpoint import failpoint
from warehouse.files import UNFINISHED
from warehouse.home import Home
from warehouse.ledger.schema import TABLES
from warehouse.modes import FOLDER
from warehouse.published import folder

PREFIX = ".backup-"  # of the folders of links, in the home
LOG, HINT = "_delta_log", "_last_checkpoint"
# What a gate writes, the last first: quarantine, rule_result, verdict, the lake, batch (quality/gate.py). What is
# published is written under locks that are held here. `attempt` names landed bytes, which are linked at the end.
BEFORE_LAKE = ("batch", "publication", "release", "value_history", "removal")
AFTER_LAKE = ("verdict", "rule_result", "quarantine", "attempt", "run")
LAYERS = ("metric", "mart", "core")  # the last made first; others come before them
_LEFT_OUT = ("parsed", "dagster", "lost+found")  # a cache; Dagster's store, which is read in another way
_LOCKS = (".lock", ".turn", ".tiers")
_ENTRY = re.compile(r"(\d{20})\..*")
ATTEMPTS = 3


class NoMomentError(RuntimeError):
    """Another backup of the home goes on. The text says what to do."""


@dataclass(frozen=True)
class HomeMoment:
    """The links, and how whole what they lead to is."""

    folder: Path
    lacking: list[str]  # what is live and not there, and logs that cannot be read: damage of the home


@contextmanager
def one_moment(home: Home) -> Iterator[HomeMoment]:
    """The links in the block; afterwards they are gone. Raises NoMomentError, OSError.

    One at a time; what a killed one has left is removed. A publication or a withdrawal waits for the second or two in
    which the links are made, and so do these for it.
    """
    with (home.root / ".backup").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NoMomentError(f"another backup of {home.root} goes on: wait for its end") from error
        for left in home.root.glob(f"{PREFIX}*"):
            shutil.rmtree(left)
        linked = home.root / f"{PREFIX}{secrets.token_hex(8)}"
        try:
            yield HomeMoment(linked, _link_all(home, linked))
        finally:
            shutil.rmtree(linked, ignore_errors=True)


def _link_all(home: Home, linked: Path) -> list[str]:
    """What is lacking: once more where a table was being withdrawn while it was linked."""
    lacking = list[str]()
    for _ in range(ATTEMPTS):
        shutil.rmtree(linked, ignore_errors=True)
        linked.mkdir(mode=FOLDER)
        with ExitStack() as stack:
            for lock in (folder.turn, folder.releasing, folder.locked):  # in this order: warehouse/published/folder.py
                stack.enter_context(lock(home))
            for part in _parts(home):
                _link_part(home.root, part, linked)
        failpoint("backup.linked")
        if not (lacking := [name for log in linked.glob(f"lake/**/{LOG}") for name in _lacking(linked, log.parent)]):
            break
    return lacking


def _lacking(linked: Path, table: Path) -> list[str]:
    try:
        live = StoredTable(table).live_files()
    except (DamagedHomeError, DeltaError, OSError):
        live = [str(table / LOG / "the log cannot be read")]
    return [str(Path(path).relative_to(linked)) for path in live if not Path(path).exists()]


def _parts(home: Home) -> Iterator[Path]:
    """Files and folders of the home, from it on, in the order in which they are linked. Logs of tables come before the
    files of any."""
    yield Path("published")
    logs = [Path("lake", "ledger", name, LOG) for name in BEFORE_LAKE]
    of_lake = [path.relative_to(home.root) for path in home.lake.glob(f"*/*/*/{LOG}")]
    logs += sorted(of_lake, key=lambda path: LAYERS.index(path.parts[2]) if path.parts[2] in LAYERS else -1)
    yield from logs
    others = sorted(set(TABLES) - {*BEFORE_LAKE, *AFTER_LAKE})
    yield from (Path("lake", "ledger", name, LOG) for name in (*others, *AFTER_LAKE))
    yield Path("lake")
    rest = sorted(path.name for path in home.root.iterdir())
    yield from (Path(name) for name in rest if name not in (*_LEFT_OUT, "published", "lake") and name[0] != ".")


def _link_part(home: Path, part: Path, linked: Path) -> None:
    """Link a file, or all that is in a folder but logs, which were linked before."""
    source = home / part
    if part.name == LOG:
        _link_log(home, part, linked)
    elif source.is_dir() and not source.is_symlink():
        for parent, folders, files in os.walk(source):
            inside = Path(parent).relative_to(home)
            _make_folders(home, inside, linked)
            folders[:] = [name for name in folders if name != LOG]
            for name in (*files, *(name for name in folders if Path(parent, name).is_symlink())):
                if not _is_passing(name):
                    _link(Path(parent, name), linked / inside / name)
    else:
        _link(source, linked / part)


def _link_log(home: Path, log: Path, linked: Path) -> None:
    """The entries of a table's log up to one. The hint at the last checkpoint first: what it names is there by then."""
    source, target = home / log, linked / log
    if not source.is_dir():
        return
    _make_folders(home, log, linked)
    _link(source / HINT, target / HINT)
    versions = {name: int(found[1]) for name in os.listdir(source) if (found := _ENTRY.fullmatch(name))}
    entries = sorted({version for name, version in versions.items() if name.endswith(".json")})
    last = -1
    with suppress(OSError, ValueError, KeyError, TypeError):  # there is none yet, or it is damaged
        last = int(json.loads((target / HINT).read_bytes())["version"])
    for version in entries:  # one that comes while the folder is listed may be seen, and the one before it not
        last = version if version == last + 1 or last < 0 else last
    for name, version in versions.items():
        if version <= last:
            _link(source / name, target / name)


def _is_passing(name: str) -> bool:
    """Locks, and files in the making."""
    return name in _LOCKS or name.endswith(UNFINISHED) or name.startswith(folder.UNFINISHED)


def _make_folders(home: Path, inside: Path, linked: Path) -> None:
    """The folder and those above it, for whom those of the home are."""
    for part in reversed([inside, *inside.parents[:-1]]):
        if not (linked / part).is_dir():
            with suppress(FileNotFoundError):
                mode = (home / part).stat().st_mode & 0o777
                (linked / part).mkdir(mode=FOLDER)
                (linked / part).chmod(mode)


def _link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the disk has none. Nothing where the file has gone: what is lacking is seen when all
    are linked."""
    with suppress(FileNotFoundError, FileExistsError):
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
            return
        try:
            os.link(source, target)
        except OSError as error:
            if isinstance(error, FileNotFoundError | FileExistsError):
                raise
            shutil.copy2(source, target)
