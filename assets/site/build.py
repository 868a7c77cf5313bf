"""The site of an open file: a folder of pages and downloads, made again only where something differs.

The same file gives the same bytes: nothing in it is of the clock, of this machine or of the order of a set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple

import duckdb

from assets.crashes import CRASHES
from assets.derive.versions import digest_of
from assets.site.language.words import SiteWords
from assets.site.navigation import sections_of
from assets.site.opened import OpenFile, open_for_pages
from assets.site.page import Download, FilePart, PartedDownload, PartedFile, SiteFile, SitePage
from assets.site.pages import all_pages
from assets.site.render import release_line, rendered, with_release

# In the folder: which code made it; by path, a digest of what each file rests on, its size, and its parts.
MANIFEST = "site.json"
LONGEST = 200  # characters of an error's own text; what is in the file is for everybody


class PageError(Exception):
    """A page cannot be made. The text says which one, and why."""


@dataclass(frozen=True)
class BuiltSite:
    """What was done for a site."""

    files: int
    made: int  # the others were as they are in the site before
    # paths of those that are another name of a file of the site before
    linked: frozenset[str] = field(default=frozenset(), repr=False)


def build_site(file: Path, folder: Path, before: Path | None = None, address: str | None = None) -> BuiltSite:
    """Make the site of an open file in a new folder. Raises UnreadableError and PageError.

    before: the folder of an earlier site of the same place; what would be the same is taken from it. address: where it
    will be read, instead of what the file says.
    """
    known = _manifest(before)
    files = dict[str, _Listed]()
    folders, linked, made = set[str](), set[str](), 0
    with open_for_pages(file, address) as source:
        for one in _pages_of(source):
            rests_on = _digest_of(one, source)
            target = f"{folder}/{one.path}"  # of 3,400 files pathlib takes 0.1 s of CPU
            if (parent := target.rpartition("/")[0]) not in folders:
                os.makedirs(parent, exist_ok=True)
                folders.add(parent)
            listed = known.get(one.path)
            earlier = None if before is None or listed is None else _whole(f"{before}/{one.path}", listed)
            if earlier is None or listed is None or listed.rests_on != rests_on:
                content, parts = _made(one, source, earlier, listed)
                _write(target, content)
                files[one.path] = _Listed(rests_on, len(content), parts)
                made += 1
            elif isinstance(one, SitePage) and one.names_release:
                content = with_release(_read(earlier), release_line(SiteWords(one.head.language), source))
                _write(target, content)
                files[one.path] = _Listed(rests_on, len(content), listed.parts)
            else:
                os.link(earlier, target)
                linked.add(one.path)
                files[one.path] = _Listed(rests_on, listed.size, listed.parts)
        release = source.release.version
    sizes = {path: one[:2] for path, one in files.items()}
    parts = {path: one.parts for path, one in files.items() if one.parts}
    written = f'{{"code": "{site_code()}", "release": {release},\n"files": {_lines(sizes)},\n"parts": {_lines(parts)}}}'
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")
    return BuiltSite(len(files), made, frozenset(linked))


def _lines(listed: Mapping[str, object]) -> str:
    """A line for each file. To indent all, JSON is not written in C."""
    return "{\n" + ",\n".join(f"{json.dumps(path)}: {json.dumps(listed[path])}" for path in sorted(listed)) + "\n}"


class _Listed(NamedTuple):
    """What is known of a file of a site. parts: of one that is made in parts."""

    rests_on: str
    size: int
    parts: Sequence[FilePart] | None = None


def _digest_of(one: SiteFile, source: OpenFile) -> str:
    """What stands around the content of a page is of the page, too: its title, in which languages it is, the licence
    in its foot."""
    around = (one.template, one.head, source.release.licence) if isinstance(one, SitePage) else ()
    return hashlib.sha256(f"{around}\n{one.rests_on}".encode()).hexdigest()[:24]


def _pages_of(source: OpenFile) -> Iterator[SiteFile]:
    """All pages; which there are is read from the file, and one of an earlier Madang may not have what says it."""
    try:
        yield from all_pages(source)
    except duckdb.Error as error:
        raise PageError(f"the open file has not what pages need ({crash_in_words(error)})") from error


def not_of_the_site(folder: Path) -> list[str]:
    """The files of a folder that no manifest of a site in it lists, sorted: what replacing it would lose."""
    listed = _read_manifest(folder).get("files")  # of whichever version of Madang
    own = {*listed, MANIFEST} if isinstance(listed, dict) and listed else set[str]()
    there = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted({path.relative_to(folder).as_posix() for path in there} - own)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _whole(earlier: str, listed: _Listed) -> str | None:
    """A file of the site before; None of one that a crash of the machine cut off, and of none."""
    try:
        found = os.stat(earlier)
    except OSError:
        return None
    return earlier if found.st_size == listed.size and S_ISREG(found.st_mode) else None


def _made(
    one: SiteFile, source: OpenFile, earlier: str | None, listed: _Listed | None
) -> tuple[bytes, Sequence[FilePart] | None]:
    try:
        if isinstance(one, PartedDownload):
            made = _made_in_parts(one, earlier, listed)
            return made.content, made.parts
        if isinstance(one, Download):
            return one.content(), None
        return rendered(one, source, sections_of(one.head)).encode(), None
    except CRASHES as error:
        raise PageError(f"{one.path} could not be made ({crash_in_words(error)})") from error


def _made_in_parts(one: PartedDownload, earlier: str | None, listed: _Listed | None) -> PartedFile:
    if earlier is not None and listed is not None and listed.parts:
        with suppress(*CRASHES):  # a file before that is damaged, and as long as it was: all is made
            return one.content(PartedFile(_read(earlier), listed.parts))
    return one.content(None)


def crash_in_words(error: BaseException) -> str:
    """What an error says of the open file, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:LONGEST]}"


def _manifest(before: Path | None) -> Mapping[str, _Listed]:
    """What is listed in the manifest of a folder, and made by this code; nothing of one of another version."""
    read = _read_manifest(before)
    if read.get("code") != site_code():
        return {}
    try:
        parts = {path: [FilePart(*part) for part in own] for path, own in read["parts"].items()}
        return {path: _Listed(str(one), int(size), parts.get(path)) for path, (one, size) in read["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _read_manifest(folder: Path | None) -> dict[str, Any]:
    try:
        read = json.loads((folder / MANIFEST).read_text(encoding="utf-8")) if folder is not None else None
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


@cache
def site_code() -> str:
    """Changes when anything that makes pages does: code, templates, style, messages."""
    return digest_of(list(_sources(Path(__file__).parent)))


def _sources(folder: Path) -> Iterator[Path]:
    kinds = {".py", ".html", ".css", ".js", ".yaml"}
    yield from sorted(path for path in folder.rglob("*") if path.suffix in kinds)
