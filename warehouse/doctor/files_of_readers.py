"""What is read: the published file, those of the tiers, the versions that are kept, and the pages of the open file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.damaged import DamagedHomeError
from warehouse.doctor.finding import DamagedPart, Part
from warehouse.files import checksum
from warehouse.home import Home
from warehouse.published import beside, connect, folder
from warehouse.published.fingerprint import fingerprint
from warehouse.published.place import FileFolder, tier_folders
from warehouse.published.publications import past_publications, read_publications
from warehouse.published.publish import content_hash

_SITE = "site.json"  # as assets/site/build.py writes it: files by path, with their sizes


def look_at_published(home: Home) -> Iterator[DamagedPart]:
    """The internal file and its versions."""
    again = "madang publish makes it again; or madang rollback"
    yield from _kept(home, "published")
    if not home.published_file.exists():
        if folder.version_files(home):
            yield DamagedPart("published", str(home.published_file), "it is gone", "nobody can read it", again)
        return
    try:
        with connect.open_published(home) as con:
            said = content_hash(con)
            version = read_publications(con, connect.CATALOG)["version"].max()
        known = {row["version"]: row["content_hash"] for row in past_publications(home)}
    except connect.BusyError:
        raise
    except (connect.UnreadableError, duckdb.Error) as error:
        yield DamagedPart("published", str(home.published_file), _first_line(error), "nobody can read it", again)
        return
    except DamagedHomeError:
        return
    if known.get(version, said) != said:
        what = f"it says that it is version {version}, and holds something else than was recorded of it"
        yield DamagedPart("published", str(home.published_file), what, "whoever reads it reads something else", again)


def look_at_tiers(home: Home) -> Iterator[DamagedPart]:
    """The files that leave the home, and the site of the open one."""
    for tier in tier_folders(home):
        yield from _kept(tier, "tier")
        site = beside.shown_site(tier)
        if site is not None:
            yield from _site(site)


def _kept(place: FileFolder, part: Part) -> Iterator[DamagedPart]:
    """Versions that cannot be read, and whether the newest is as the file that was put in place with it."""
    versions = folder.version_files(place)
    unreadable = dict[int, str]()
    for number, path in versions.items():
        if (why := _unreadable(path)) is not None:
            unreadable[number] = why
            yield DamagedPart(part, str(path), why, f"version {number} cannot be put back", "remove it")
    file, newest = place.published_file, _version_of(place)
    if part == "tier" and file.exists() and (why := _unreadable(file)) is not None:
        yield DamagedPart(part, str(file), why, "nobody can read it", "remove it and run madang publish")
    elif newest in versions.keys() - unreadable.keys() and checksum(file) != checksum(versions[newest]):
        what = f"it is not the same as {versions[newest]}, which was put in place with it"
        do = "remove the kept one, or where the other is said to be damaged too, run madang publish"
        yield DamagedPart(part, str(file), what, "one of the two was changed", do)


def _version_of(place: FileFolder) -> int | None:
    """The version that the file that is read says it is; None where none can be read."""
    table = "publication" if isinstance(place, Home) else "release"
    try:
        with connect.open_file(place.published_file) as con:
            return con.execute(f"SELECT max(version) FROM {connect.CATALOG}.ledger.{table}").fetchall()[0][0]
    except (connect.UnreadableError, duckdb.Error):
        return None


def _unreadable(path: Path) -> str | None:
    """Why a file cannot be read from its beginning to its end."""
    try:
        with connect.open_file(path) as con:
            content_hash(con)
            fingerprint(con, ["ledger"])
    except connect.BusyError:
        raise
    except (connect.UnreadableError, duckdb.Error) as error:
        return _first_line(error)
    return None


def _site(site: Path) -> Iterator[DamagedPart]:
    do = "remove the folder and run madang publish"
    try:
        files = json.loads((site / _SITE).read_bytes())["files"]
        sizes = {str(path): int(said[-1]) for path, said in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield DamagedPart("site", str(site / _SITE), _first_line(error), "what belongs to the site is not known", do)
        return
    for name, size in sizes.items():
        path = site / name
        if not path.is_file() or path.stat().st_size != size:
            what = "it is gone" if not path.is_file() else f"it has {path.stat().st_size:,} bytes, and had {size:,}"
            yield DamagedPart("site", str(path), what, "the page or download is not what was made", do)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
