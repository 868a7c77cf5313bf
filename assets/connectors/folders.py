"""What a drop folder delivers to one feed: each file by itself, or of a timetable its folder of tables as one zip.

Tables of a timetable belong together: one of them alone says nothing, and a new trip list beside old stop times is no
timetable. The zip holds the files as they are, byte by byte, so that what landed is what was delivered.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from assets.connectors.files import (
    DeliveredFile,
    RefusedFile,
    UnchangedFile,
    changed_at,
    collect,
    disk_time,
    one_file,
)
from assets.failures import PermanentFailure
from quality.contract.connector import Files

TABLES = "*.txt"  # of the files in a folder those that are tables of a timetable
Known = Callable[[str, int, datetime, datetime], bool]


def deliveries_in(
    root: Path,
    source: Files,
    *,
    known: Known = lambda _name, _size, _changed, _touched: False,
    languages: Sequence[str],
) -> Iterator[DeliveredFile | RefusedFile | UnchangedFile]:
    """What `collect` finds for these files; a folder that matches is one delivery where the feed is a timetable."""
    found = collect(root, source.paths, exclude=source.exclude, known=known, languages=languages)
    if source.layout.kind != "gtfs":
        return found
    return (_whole(root / item.name, item, known) if _is_folder(root, item) else item for item in found)


def patterns_of(source: Files) -> tuple[str, ...]:
    """The patterns of all files that a feed takes, or leaves out with intent."""
    inside = [f"{path}/{TABLES}" for path in source.paths] if source.layout.kind == "gtfs" else []
    return (*source.paths, *source.exclude, *inside)


def _is_folder(root: Path, item: DeliveredFile | RefusedFile | UnchangedFile) -> bool:
    return isinstance(item, RefusedFile) and item.failure.code == "FILE-NOT-A-FILE" and (root / item.name).is_dir()


def _whole(
    folder: Path, refused: DeliveredFile | RefusedFile | UnchangedFile, known: Known
) -> DeliveredFile | RefusedFile | UnchangedFile:
    name = refused.name
    try:
        paths = sorted(path for path in folder.glob(TABLES) if not path.name.startswith("."))
        seen = [path.stat() for path in paths]
    except OSError as error:
        what = f"the folder could not be read ({error.strerror or type(error).__name__})"
        hint = "give the account that runs the platform the right to read it, or have it delivered again"
        return RefusedFile(name, PermanentFailure("FILE-UNREADABLE", what, name, hint))
    if not paths:
        what, hint = "the folder has no table", "put the tables of the timetable into it, such as stop_times.txt"
        return RefusedFile(name, PermanentFailure("FILE-EMPTY", what, name, hint))
    newest = max(changed_at(one) for one in seen)
    touched = max(disk_time(one.st_ctime_ns) for one in seen)
    # what landed is the zip: besides each table it has a head and a line of contents, with its name in both
    packed = 22 + sum(one.st_size + 76 + 2 * len(path.name.encode()) for path, one in zip(paths, seen, strict=True))
    if known(name, packed, newest, touched):
        return UnchangedFile(name)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:  # stored: the same tables are the same bytes
        for path in paths:
            table = one_file(path, f"{name}/{path.name}")
            if isinstance(table, RefusedFile):  # one table that cannot be read: the timetable is not whole
                return RefusedFile(name, table.failure)
            archive.writestr(zipfile.ZipInfo(path.name), table.content)
            newest = max(newest, table.received_at)
    content = whole.getvalue()
    headers = {"content-length": str(len(content)), "last-modified": newest.isoformat()}
    return DeliveredFile(name, content, newest, headers)
