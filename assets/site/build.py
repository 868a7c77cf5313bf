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

from assets.derive.versions import digest_of
from assets.site.navigation import sections_of
from assets.site.opened import OpenFile, opened
from assets.site.page import Download, Page
from assets.site.pages import all_pages
from assets.site.render import release_line, rendered, with_release
from assets.site.words import Words

MANIFEST = "site.json"  # in the folder: by path, a digest of what each file rests on


@dataclass(frozen=True)
class BuiltSite:
    """What was done for a site."""

    files: int
    made: int  # the others were as they are in the site before


def build_site(file: Path, folder: Path, before: Path | None = None) -> BuiltSite:
    """Make the site of an open file in a new folder. Raises UnreadableError.

    before: the folder of an earlier site of the same place; what would be the same is taken from it.
    """
    known = _manifest(before)
    rests_on = dict[str, str]()
    made = 0
    with opened(file) as source:
        for one in all_pages(source):
            rests_on[one.path] = hashlib.sha256(f"{_code()}\n{one.rests_on}".encode()).hexdigest()[:24]
            target = folder / one.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if before is not None and known.get(one.path) == rests_on[one.path] and (before / one.path).is_file():
                _take(one, before / one.path, target, source)
            else:
                target.write_bytes(_made(one, source))
                made += 1
    written = json.dumps({"files": rests_on}, indent=0, sort_keys=True)
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")
    return BuiltSite(len(rests_on), made)


def _made(one: Page | Download, source: OpenFile) -> bytes:
    if isinstance(one, Download):
        return one.content()
    return rendered(one, source, sections_of(one.head)).encode()


def _take(one: Page | Download, earlier: Path, target: Path, source: OpenFile) -> None:
    if isinstance(one, Download):
        os.link(earlier, target)
        return
    line = release_line(Words(one.head.language), source)
    target.write_text(with_release(earlier.read_text(encoding="utf-8"), line), encoding="utf-8")


def _manifest(before: Path | None) -> Mapping[str, str]:
    if before is None:
        return {}
    try:
        return dict(json.loads((before / MANIFEST).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):  # none, or of another version of Madang
        return {}


@cache
def _code() -> str:
    """Changes when anything that makes pages does: code, templates, style, messages."""
    return digest_of(list(_sources(Path(__file__).parent)))


def _sources(folder: Path) -> Iterator[Path]:
    kinds = {".py", ".html", ".css", ".js", ".yaml"}
    yield from sorted(path for path in folder.rglob("*") if path.suffix in kinds)
