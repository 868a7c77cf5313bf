"""Raw bytes as received, kept until who gave them withdraws them or the contract ends: zstd, named by their SHA-256,
written once. No parsing here."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import zstandard

from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder

_LEVEL, _LOWEST = 3, -1  # of zstd
_LOOKED_AT = 16 * 2**10  # bytes, at three places
_HARDLY_SMALLER = 0.9


class DamagedError(ValueError):
    """A landed object is no longer what it was when it landed."""


@dataclass(frozen=True)
class Landed:
    """Bytes that lie in the landing area. `new` is False when the same bytes had landed before."""

    sha256: str
    path: Path
    size_bytes: int
    new: bool


def hash_of(content: bytes) -> str:
    """SHA-256, under which the bytes lie or would lie."""
    return hashlib.sha256(content).hexdigest()


def land(
    home: Home,
    city: str,
    feed: str,
    received: date,
    content: bytes,
    headers: Mapping[str, str],
    *,
    sha256: str | None = None,
) -> Landed:
    """Keep `content` under `landing/<city>/<feed>/<received>/<sha256>.zst` unless the feed has it already.

    The same bytes under a second name, or sent again on another day, are one landed object: two of
    Seoul's bike files are byte-identical copies under different names. `sha256` of the bytes, where it is known.
    """
    sha256 = sha256 or hash_of(content)
    folder = home.landing / city / feed
    present = find(home, city, feed, sha256)
    if present is not None:
        return Landed(sha256, present, len(content), new=False)
    target = folder / received.isoformat() / f"{sha256}.zst"
    make_private_folder(target.parent, home.root)
    write_atomically(target.with_suffix(".json"), json.dumps(dict(headers), ensure_ascii=False, indent=1).encode())
    write_atomically(target, zstandard.compress(content, _level(content)))
    return Landed(sha256, target, len(content), new=True)


def _level(content: bytes) -> int:
    """The level of zstd: the lowest where a look at the beginning, middle and end shows that hardly anything is saved.

    Most deliveries are compressed when they come (gzip, ZIP, Parquet): level 3 takes twenty times the CPU of this one
    to save a fortieth of them. Asked of the bytes and not of their first letters: a ZIP may hold plain text.
    """
    last = len(content) - _LOOKED_AT
    if last < 2 * _LOOKED_AT:
        return _LEVEL
    sample = b"".join(content[start : start + _LOOKED_AT] for start in (0, last // 2, last))
    return _LOWEST if len(zstandard.compress(sample, 1)) > _HARDLY_SMALLER * len(sample) else _LEVEL


def find(home: Home, city: str, feed: str, sha256: str) -> Path | None:
    """The landed file of `sha256` on whatever day it came, or None.

    The folders are asked, newest first, and not listed: most of what is looked for came lately, and after 400 days
    a glob takes 8 ms for each file.
    """
    folder = home.landing / city / feed
    for day in _days(folder):
        path = folder / day / f"{sha256}.zst"
        if path.exists():
            return path
    return None


def landed(home: Home, city: str, feed: str) -> set[str]:
    """SHA-256 of everything that lies there, where thousands would have to be asked for."""
    folder = home.landing / city / feed
    return {name[:-4] for day in _days(folder) for name in os.listdir(folder / day) if name.endswith(".zst")}


def remove_landed(home: Home, city: str, feed: str, hashes: Collection[str]) -> tuple[int, int]:
    """Remove these objects of a feed. How many files went, and their bytes."""
    wanted, files, size = set(hashes), 0, 0
    for path in sorted((home.landing / city / feed).glob("*/*"), key=lambda path: path.suffix != ".json"):
        if path.name.partition(".")[0] in wanted:
            files, size = files + 1, size + path.stat().st_size
            path.unlink(missing_ok=True)
    return files, size


def _days(folder: Path) -> list[str]:
    try:
        return sorted((entry.name for entry in os.scandir(folder) if entry.is_dir()), reverse=True)
    except FileNotFoundError:
        return []


def read_bytes(path: Path) -> bytes:
    """The exact bytes that landed. Raises DamagedError if they no longer match their name."""
    try:
        content = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    except zstandard.ZstdError as error:
        raise DamagedError(f"{path} cannot be unpacked: {error}") from error
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise DamagedError(f"{path} does not hold the bytes its name promises: the disk or a person changed it")
    return content
