"""The site of an open file: a folder of pages and downloads, made again only where something differs.

The same file gives the same bytes: nothing in it is of the clock, of this machine or of the order of a set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from assets.crashes import CRASHES
from assets.derive.versions import digest_of
from assets.site.language.words import SiteWords
from assets.site.navigation import sections_of
from assets.site.opened import OpenFile, open_for_pages
from assets.site.page import Download, SitePage
from assets.site.pages import all_pages
from assets.site.render import release_line, rendered, with_release

MANIFEST = "site.json"  # in the folder: by path, a digest of what each file rests on, and its size
LONGEST = 200  # characters of an error's own text; what is in the file is for everybody


class PageError(Exception):
    """A page cannot be made. The text says which one, and why."""


@dataclass(frozen=True)
class BuiltSite:
    """What was done for a site."""

    files: int
    made: int  # the others were as they are in the site before


def build_site(file: Path, folder: Path, before: Path | None = None, address: str | None = None) -> BuiltSite:
    """Make the site of an open file in a new folder. Raises UnreadableError and PageError.

    before: the folder of an earlier site of the same place; what would be the same is taken from it. address: where it
    will be read, instead of what the file says.
    """
    known = _manifest(before)
    files = dict[str, tuple[str, int]]()
    folders, made = set[Path](), 0
    with open_for_pages(file, address) as source:
        for one in _pages_of(source):
            rests_on = hashlib.sha256(f"{site_code()}\n{one.rests_on}".encode()).hexdigest()[:24]
            target = folder / one.path
            if target.parent not in folders:
                target.parent.mkdir(parents=True, exist_ok=True)
                folders.add(target.parent)
            if before is not None and _is_as(before / one.path, known.get(one.path), rests_on):
                _take(one, before / one.path, target, source)
            else:
                target.write_bytes(_made(one, source))
                made += 1
            files[one.path] = (rests_on, target.stat().st_size)
        release = source.release.version
    written = json.dumps({"release": release, "files": files}, indent=0, sort_keys=True)
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")
    return BuiltSite(len(files), made)


def _pages_of(source: OpenFile) -> Iterator[SitePage | Download]:
    """All pages; which there are is read from the file, and one of an earlier Madang may not have what says it."""
    try:
        yield from all_pages(source)
    except duckdb.Error as error:
        raise PageError(f"the open file has not what pages need ({crash_in_words(error)})") from error


def not_of_the_site(folder: Path) -> list[str]:
    """The files of a folder that no manifest of a site in it lists, sorted: what replacing it would lose."""
    listed = _manifest(folder)
    own = {*listed, MANIFEST} if listed else set[str]()
    there = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted({path.relative_to(folder).as_posix() for path in there} - own)


def _is_as(earlier: Path, known: tuple[str, int] | None, rests_on: str) -> bool:
    """Whether a file of the site before is what would be made; one that a crash of the machine cut off is not."""
    return known is not None and known[0] == rests_on and earlier.is_file() and earlier.stat().st_size == known[1]


def _made(one: SitePage | Download, source: OpenFile) -> bytes:
    try:
        if isinstance(one, Download):
            return one.content()
        return rendered(one, source, sections_of(one.head)).encode()
    except CRASHES as error:
        raise PageError(f"{one.path} could not be made ({crash_in_words(error)})") from error


def crash_in_words(error: BaseException) -> str:
    """What an error says of the open file, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:LONGEST]}"


def _take(one: SitePage | Download, earlier: Path, target: Path, source: OpenFile) -> None:
    if isinstance(one, Download):
        os.link(earlier, target)
        return
    line = release_line(SiteWords(one.head.language), source)
    target.write_bytes(with_release(earlier.read_bytes(), line))


def _manifest(before: Path | None) -> Mapping[str, tuple[str, int]]:
    if before is None:
        return {}
    try:
        files = json.loads((before / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {path: (str(digest), int(size)) for path, (digest, size) in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or of another version of Madang
        return {}


@cache
def site_code() -> str:
    """Changes when anything that makes pages does: code, templates, style, messages."""
    return digest_of(list(_sources(Path(__file__).parent)))


def _sources(folder: Path) -> Iterator[Path]:
    kinds = {".py", ".html", ".css", ".js", ".yaml"}
    yield from sorted(path for path in folder.rglob("*") if path.suffix in kinds)
