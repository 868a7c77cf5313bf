"""Atom feeds: the releases of the open file, and of each city the days on which a gate stayed closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from assets.site.address import absolute
from assets.site.navigation import city_path, data_path, quality_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Download
from assets.site.xml_text import xml_text

RELEASES = "releases.atom"
NEWEST = 100  # entries of a feed: readers that were away longer have the pages
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class AtomEntry:
    """One entry. of: what tells it from all others, the same in each later feed."""

    of: str
    title: str
    at: datetime
    to: str
    said: str


def closed_path(city: str) -> str:
    """The feed of a city's closed gates."""
    return data_path(city, "closed-gates.atom")


def atom_files(file: OpenFile) -> Iterator[Download]:
    """All feeds. Their text is short: it is what they rest on."""
    names = ", ".join(city.title for city in file.cities)
    yield _download(file, RELEASES, f"Releases of figures of {names}", _releases(file))
    if "quality.day" in file.tables():
        for city in file.cities:
            entries = list(_closed(file, city))
            yield _download(file, closed_path(city.name), f"Closed gates of {city.title}", entries)


def _releases(file: OpenFile) -> list[AtomEntry]:
    first = file.cities[0] if file.cities else None
    to = "index.html" if first is None else city_path(first.languages[0], first.name)
    if "ledger.release_history" in file.tables():
        rows = file.frame(
            "SELECT version, action, restored, published_version, values_changed, released_at"
            f" FROM ledger.release_history ORDER BY version DESC LIMIT {NEWEST}"
        ).rows()
    else:
        mark = file.release
        rows = [(mark.version, "release", None, mark.published_version, None, mark.released_at)]
    found = list[AtomEntry]()
    for version, action, restored, publication, changed, at in rows:
        said = f"Made of publication {publication}."
        if action == "rollback":
            said = f"Release {restored} was put back. {said}"
        if changed is not None:
            said += f" {changed:,} newest values are others than in the release before."
        found.append(AtomEntry(f"release/{version}/{at:%Y-%m-%dT%H:%M:%S}", f"Release {version}", at, to, said))
    return found


def _closed(file: OpenFile, city: OpenCity) -> Iterator[AtomEntry]:
    rows = file.frame(
        "SELECT d.layer, d.table_name, d.day, d.reason, d.judged_at, j.title FROM quality.day d"
        " LEFT JOIN quality.judged j USING (city, layer, table_name) WHERE d.city = ? AND d.outcome = 'held'"
        f" ORDER BY d.judged_at DESC NULLS LAST, d.day DESC, d.layer, d.table_name LIMIT {NEWEST}",
        city.name,
    )
    for layer, table, day, reason, at, title in rows.rows():
        of = f"closed/{city.name}/{layer}/{table}/{day}/{at or ''}"
        to = quality_path(city.languages[0], city.name, f"{day:%Y-%m}")
        said = reason or "Of a private feed nothing more is said."
        yield AtomEntry(of, f"{title or table}, {day}: the gate is closed", at or file.release.released_at, to, said)


def _download(file: OpenFile, path: str, title: str, entries: list[AtomEntry]) -> Download:
    text = feed_text(file, path, title, entries)
    return Download(path, text, text.encode)


def feed_text(file: OpenFile, path: str, title: str, entries: Iterable[AtomEntry]) -> str:
    """A feed as text. Ids are made of what an entry is of, so that a reader shows it once."""
    entries = list(entries)
    within = file.address or "urn:madang:" + ",".join(city.name for city in file.cities)
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    newest = max((entry.at for entry in entries), default=file.release.released_at)
    _child(feed, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, f'{within}/{path}')}")
    _child(feed, "title", title)
    _child(feed, "updated", _instant(newest))
    ET.SubElement(feed, "link", {"rel": "self", "href": _to(file, path, path)})
    _child(ET.SubElement(feed, "author"), "name", ", ".join(city.title for city in file.cities) or "Madang")
    for entry in entries:
        one = ET.SubElement(feed, "entry")
        _child(one, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, f'{within}/{entry.of}')}")
        _child(one, "title", entry.title)
        _child(one, "updated", _instant(entry.at))
        ET.SubElement(one, "link", {"href": _to(file, path, entry.to)})
        _child(one, "summary", entry.said)
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _to(file: OpenFile, path: str, to: str) -> str:
    """Absolute where there is an address; else relative to the feed, which Atom allows."""
    return absolute(file.address, to) if file.address is not None else "../" * path.count("/") + absolute(None, to)


def _child(of: ET.Element, name: str, text: str) -> None:
    ET.SubElement(of, name).text = xml_text(text)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"
