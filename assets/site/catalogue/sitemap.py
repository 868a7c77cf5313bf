"""Which pages there are, for programs that look for them. A sitemap has absolute addresses or is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from assets.site.address import absolute
from assets.site.opened import OpenFile
from assets.site.page import Download, SitePage

SITEMAP, ROBOTS = "sitemap.xml", "robots.txt"
MOST = 50_000  # addresses of one file, by the protocol
_PROTOCOL, _XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"


def sitemap_files(file: OpenFile, pages: Sequence[SitePage]) -> Iterator[Download]:
    """What robots may read, and the sitemap where it is known at which address the site is read."""
    robots = "User-agent: *\nAllow: /\n"
    if file.address is not None:
        robots += f"\nSitemap: {absolute(file.address, SITEMAP)}\n"
        yield from _sitemaps(file.address, pages)
    yield Download(ROBOTS, robots, robots.encode)


def _sitemaps(address: str, pages: Sequence[SitePage]) -> Iterator[Download]:
    parts = [pages[start : start + MOST] for start in range(0, len(pages), MOST)]
    if len(parts) == 1:
        yield _download(SITEMAP, _sitemap(address, parts[0]))
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        yield _download(name, _sitemap(address, part))
    index = ET.Element("sitemapindex", {"xmlns": _PROTOCOL})
    for name in names:
        ET.SubElement(ET.SubElement(index, "sitemap"), "loc").text = absolute(address, name)
    yield _download(SITEMAP, index)


def _sitemap(address: str, pages: Sequence[SitePage]) -> ET.Element:
    found = ET.Element("urlset", {"xmlns": _PROTOCOL, "xmlns:xhtml": _XHTML})
    for page in pages:
        one = ET.SubElement(found, "url")
        ET.SubElement(one, "loc").text = absolute(address, page.path)
        for tag, path in page.head.others.items():
            there = {"rel": "alternate", "hreflang": tag, "href": absolute(address, path)}
            ET.SubElement(one, "xhtml:link", there)
    return found


def _download(path: str, document: ET.Element) -> Download:
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(document, encoding="unicode") + "\n"
    return Download(path, text, text.encode)
