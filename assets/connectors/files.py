"""The drop-folder connector: files that partners delivered, one by one, as exact bytes.

No parsing, unpacking or deduplication here; nothing is moved or deleted. The caller says which files it knows.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PureWindowsPath

from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers.encodings.decide import name_text

# Network disks answer so when they are away for a moment; the same file can be read a minute later.
_NAMES = "EIO ESTALE ETIMEDOUT EAGAIN EBUSY EINTR EMFILE ENFILE"
_PASSING = {getattr(errno, name) for name in _NAMES.split()}


@dataclass(frozen=True)
class DeliveredFile:
    """One file as the partner delivered it."""

    name: str  # path relative to the root, posix, as delivered (NFC)
    content: bytes  # exact bytes
    received_at: datetime  # file mtime, UTC
    headers: dict[str, str]
    path: str | None = field(default=None, repr=False)  # where it lies, if it is one file


@dataclass(frozen=True)
class UnchangedFile:
    """A file that the caller knows by name, size and time of its last change. It was not opened."""

    name: str


@dataclass(frozen=True)
class RefusedFile:
    """Something that matched but may not or cannot be read."""

    name: str
    failure: FeedFailure


@dataclass(frozen=True)
class _Wanted:
    """Patterns cut at the slashes, in small letters."""

    paths: list[list[str]]
    exclude: list[list[str]]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    name: str
    path: str
    failure: FeedFailure | None = None
    stat: os.stat_result | None = None  # of a plain file that is no link


def collect(
    root: Path,
    patterns: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    max_bytes: int = 2 * 2**30,
    known: Callable[[str, int, datetime, datetime], bool] = lambda _name, _size, _changed, _touched: False,
    languages: Sequence[str] = (),
) -> Iterator[DeliveredFile | RefusedFile | UnchangedFile]:
    """Everything under `root` that matches one of the glob patterns and none of `exclude`, sorted by name.

    Capital and small letters match each other: Windows takes A.CSV and a.csv for one name. `**` matches any number of
    folders; names with a leading dot only match patterns that have it, too (upload tools leave such half-written
    files). `languages` of the city: for names that are not UTF-8. A wrong root or pattern raises at once; a single
    bad file is RefusedFile, so that it does not hold back the others. One file is in memory at a time. A file of which
    `known` says so by name, size, time of last change and time of last change of its entry on the disk (ctime, which
    nobody can set) is not read.
    """
    wanted = [cut_pattern(pattern) for pattern in patterns]
    unwanted = [cut_pattern(pattern) for pattern in exclude]
    if not wanted:
        raise PermanentFailure("FILE-PATTERN", "no pattern was given", str(root), "name at least one, such as '*.csv'")
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        hint = "create it, mount the partner's share, or correct the folder in the settings"
        raise PermanentFailure("FILE-ROOT", f"the drop folder {what}", str(root), hint)
    return _stream(root, _Wanted(wanted, unwanted, tuple(languages)), max_bytes, known)


def one_file(path: Path, name: str, *, max_bytes: int = 2 * 2**30) -> DeliveredFile | RefusedFile:
    """This file alone, wherever it lies; `name` is what it is called."""
    return _read(_Found(_text(name, ())[0], str(path)), max_bytes)


def _stream(
    root: Path,
    wanted: _Wanted,
    max_bytes: int,
    known: Callable[[str, int, datetime, datetime], bool],
) -> Iterator[DeliveredFile | RefusedFile | UnchangedFile]:
    base = os.path.realpath(root)
    before = None
    for found in sorted(_walk(base, base, [], wanted, (base,)), key=lambda item: (item.name, item.path)):
        if found.name == before:
            # One disk can hold the composed and the decomposed spelling of a Korean name; after NFC both
            # claim one identity, and the ledger could not tell which bytes it means.
            what = "two files differ only in the Unicode form (NFC, NFD) or the encoding of their name"
            failure = PermanentFailure("FILE-NAME-TWICE", what, found.name, "remove or rename one of the two")
            yield RefusedFile(found.name, failure)
            continue
        before = found.name
        if found.failure:
            yield RefusedFile(found.name, found.failure)
        elif found.stat is not None and known(
            found.name, found.stat.st_size, changed_at(found.stat), disk_time(found.stat.st_ctime_ns)
        ):
            yield UnchangedFile(found.name)
        else:  # not bound to a variable: otherwise two files would be in memory at a time
            yield _read(found, max_bytes)


def cut_pattern(pattern: str) -> list[str]:
    """A pattern as `matches` takes it. Raises PermanentFailure (FILE-PATTERN) where it leaves the folder."""
    parts = unicodedata.normalize("NFC", pattern).lower().split("/")
    if not pattern.strip() or pattern.startswith("/") or PureWindowsPath(pattern).drive or ".." in parts:
        hint = "write it relative to the drop folder, with forward slashes and without '..'"
        raise PermanentFailure(
            "FILE-PATTERN", "the pattern is empty, absolute or leaves the folder", repr(pattern), hint
        )
    return [part for part in parts if part not in ("", ".")]


def matches(parts: list[str], segments: list[str], *, inside: bool = False) -> bool:
    """Does the path (in small letters) match; with `inside`: could something below this folder match."""
    if not parts:
        return bool(segments) if inside else all(segment == "**" for segment in segments)
    if not segments:
        return False
    hidden = parts[0].startswith(".") and not segments[0].startswith(".")
    if segments[0] == "**":
        stays = not hidden and matches(parts[1:], segments, inside=inside)
        return stays or matches(parts, segments[1:], inside=inside)
    return not hidden and fnmatchcase(parts[0], segments[0]) and matches(parts[1:], segments[1:], inside=inside)


def _walk(
    base: str,
    folder: str,
    parts: list[str],
    wanted: _Wanted,
    above: tuple[str, ...],
) -> Iterator[_Found]:
    """Names only. By hand because pathlib compares names byte by byte (it misses decomposed Korean names of
    Macs), follows links out of the folder, and hides folders that cannot be listed."""
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError as error:
        name = "/".join(parts) or "."
        yield _Found(name, folder, _unreadable(name, error, "the folder"))
        return
    for entry in entries:
        name, doubt = _text(entry.name, wanted.languages)
        here = [*parts, name]
        label = "/".join(here)
        small = label.lower().split("/")
        if any(matches(small, segments) for segments in wanted.exclude):
            continue
        matched = any(matches(small, segments) for segments in wanted.paths)
        is_folder = os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()
        descend = is_folder and any(matches(small, segments, inside=True) for segments in wanted.paths)
        if not (matched or descend):
            continue
        # of what is no link the place is known: looking it up takes 30 us for each of ten thousand files
        target = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(above[-1], entry.name)
        if target != base and not target.startswith(base.rstrip(os.sep) + os.sep):
            hint = "put the file itself into the drop folder instead of a link"
            failure = PermanentFailure("FILE-OUTSIDE", "it leads to a place outside the drop folder", label, hint)
            yield _Found(label, entry.path, failure)
        elif descend:
            if target not in above:  # a link back to a folder above would never end
                yield from _walk(base, entry.path, here, wanted, (*above, target))
        elif is_folder:
            hint = "deliver files, or use a pattern that goes into it, such as 'folder/*.csv'"
            yield _Found(label, entry.path, PermanentFailure("FILE-NOT-A-FILE", "it is a folder", label, hint))
        elif doubt is not None:
            failure = PermanentFailure("FILE-NAME", f"its name is not UTF-8: {doubt}", label, "rename the file")
            yield _Found(label, entry.path, failure)
        else:
            yield _Found(label, entry.path, stat=_plain(entry))


def _plain(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # reading it will say why
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def changed_at(found: os.stat_result) -> datetime:
    """Time of the last change, in whole microseconds as the ledger keeps it."""
    return disk_time(found.st_mtime_ns)


def disk_time(nanoseconds: int) -> datetime:
    """A time of the disk, in whole microseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)


def _text(name: str, languages: Sequence[str]) -> tuple[str, str | None]:
    """A file's name as text in NFC, and what is in doubt about it, if anything is.

    Archives unpacked on old Windows servers leave names in the encoding of their country.
    """
    if name.isascii():
        return name, None
    raw = os.fsencode(name)
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8")), None
    except UnicodeDecodeError:
        pass
    try:
        return unicodedata.normalize("NFC", name_text(raw, languages, "the name")), None
    except PermanentFailure as failure:
        return raw.decode("utf-8", "backslashreplace"), failure.what


def _read(found: _Found, max_bytes: int) -> DeliveredFile | RefusedFile:
    name = found.name
    try:
        target = os.path.realpath(found.path, strict=True)
        before = os.stat(target)
        if not stat.S_ISREG(before.st_mode):
            hint = "remove it; only plain files are read, and a pipe or socket would wait forever"
            return RefusedFile(name, PermanentFailure("FILE-NOT-A-FILE", "it is not a plain file", name, hint))
        # Not following links and not blocking: what was checked above may have been swapped since.
        handle = os.open(target, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        with io.FileIO(handle, "rb") as file:
            opened = os.fstat(handle)
            if (opened.st_dev, opened.st_ino) != (before.st_dev, before.st_ino):
                return _changing(name, "it was replaced while being opened")
            if opened.st_size > max_bytes:
                what = f"it has {opened.st_size:,} bytes, more than the {max_bytes:,} that are allowed"
                hint = "ask for smaller files (one per day), or raise max_bytes for this feed"
                return RefusedFile(name, PermanentFailure("FILE-TOO-LARGE", what, name, hint))
            content = _content(file, opened.st_size)
            after = os.fstat(handle)
    except FileNotFoundError as error:
        if os.path.islink(found.path):
            return RefusedFile(name, _unreadable(name, error, "the link"))
        return _changing(name, "it vanished while being read")
    except OSError as error:
        return RefusedFile(name, _unreadable(name, error, "the file"))
    if after.st_nlink == 0:
        return _changing(name, "it vanished while being read")
    if len(content) != opened.st_size or (after.st_size, after.st_mtime_ns) != (
        opened.st_size,
        opened.st_mtime_ns,
    ):
        return _changing(name, f"it changed while being read (at first {opened.st_size:,} bytes)")
    received = changed_at(after)
    headers = {"content-length": str(len(content)), "last-modified": received.isoformat()}
    return DeliveredFile(name, content, received, headers, found.path)


def _content(file: io.FileIO, size: int) -> bytes:
    """At most one byte more than expected: a file that grows forever must not be followed."""
    pieces: list[bytes] = []
    left = size + 1
    while left > 0 and (piece := file.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)  # of one piece this is the piece itself: no second copy of a file of 2 GiB


def _changing(name: str, what: str) -> RefusedFile:
    hint = "try again when the upload is complete (best: upload under another name and rename at the end)"
    return RefusedFile(name, TransientFailure("FILE-CHANGING", what, name, hint))


def _unreadable(name: str, error: OSError, what: str) -> FeedFailure:
    reason = error.strerror or type(error).__name__
    if error.errno in _PASSING:
        hint = "try again; if it stays, check the disk or the network share"
        return TransientFailure("FILE-UNREADABLE", f"{what} could not be read ({reason})", name, hint)
    hint = "give the account that runs the platform the right to read it, or have it delivered again"
    return PermanentFailure("FILE-UNREADABLE", f"{what} could not be read ({reason})", name, hint)
