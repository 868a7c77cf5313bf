"""Names that came from elsewhere: what is wrong with one before a file, a folder or a page is written under it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

LONGEST_NAME = 80  # of one part: a table has the names of city and feed, and a file name ends at 255 bytes
_LONGEST, _DEEPEST = 200, 8  # signs of a name, folders above a file
_MOST_BYTES = 255  # of one part of a name: file systems have no room for more
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))))
_NOT_IN_NAMES = frozenset('<>:"|?*\\')


def name_mistake(name: str) -> str | None:
    """Why no file may be written under this relative path, on whatever system; None where one may."""
    parts = name.split("/")
    if not name or name.startswith("/") or "" in parts or "." in parts or ".." in parts:
        return "leads out of its folder, or is no path"
    if len(name) > _LONGEST or len(parts) > _DEEPEST + 1:
        return f"is longer than {_LONGEST} signs, or lies in more than {_DEEPEST} folders"
    if any(sign in _NOT_IN_NAMES or not sign.isprintable() for sign in name):
        return "has a sign that a file's name cannot have everywhere"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in the Unicode form NFC"
    for part in parts:
        if part.startswith(".") or part != part.strip() or part.endswith("."):
            return "begins or ends with a point or a space"
        if part.split(".")[0].lower() in _DEVICES:
            return "is the name of a device on some systems"
        if len(part.encode()) > _MOST_BYTES:
            return f"has a part of more than {_MOST_BYTES} bytes"
    return None


def part_mistake(name: str) -> str | None:
    """Why this cannot be one part of a path: a feed, a table, a partner, the page of an area; None where it can."""
    if len(name) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} signs"
    if "=" in name:
        return "has a = in it, as folders of partitions have"
    return "has a / in it" if "/" in name else name_mistake(name)


def clashing_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A name, and why it cannot be there beside the others: it is there twice, in other letters, or as a folder too."""
    files, folders = dict[str, str](), dict[str, str]()
    names = list(names)
    for name in names:
        parts = name.split("/")
        for length in range(1, len(parts)):
            folder = "/".join(parts[:length])
            other = folders.setdefault(_alike(folder), folder)
            if other != folder:
                yield name, f"its folder differs from {other} in capital letters or spelling alone"
    for name in names:
        if (key := _alike(name)) in files:
            what = "is there twice" if files[key] == name else f"differs from {files[key]} in capital letters alone"
            yield name, what
        elif key in folders:
            yield name, "is a file and a folder"
        files.setdefault(key, name)


def _alike(name: str) -> str:
    """The same for names that some system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
