"""Pages of the site as a test reads them: rendered, with links and texts found again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import PurePosixPath

from assets.site.navigation import sections_of
from assets.site.opened import OpenFile
from assets.site.page import SitePage
from assets.site.render import rendered


def rendered_pages(pages: Iterable[SitePage], file: OpenFile) -> dict[str, str]:
    """By path the HTML of pages."""
    return {page.path: rendered(page, file, sections_of(page.head)) for page in pages}


def text_of(html: str) -> str:
    """What stands in the main part of a page, without its marks, each run of white space as one blank."""
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def broken_links(html: Mapping[str, str], below: Iterable[str]) -> list[str]:
    """Links from the main part of pages to pages below these folders, or to anchors there, that do not exist."""
    found = list[str]()
    for path, text in html.items():
        main = text[text.index("<main") : text.index("</main>")]
        for link in re.findall(r'href="([^"]*)"', main):
            if "://" in link:
                continue
            target, _, anchor = link.partition("#")
            to = _resolved(path, target) if target else path
            if not any(folder in to for folder in below):
                continue
            if to not in html or (anchor and f'id="{anchor}"' not in html[to]):
                found.append(f"{path} -> {link}")
    return found


def _resolved(path: str, target: str) -> str:
    parts = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
