"""Raw bytes as received, kept for ever: zstd, named by their SHA-256, written once. No parsing here."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import zstandard

from warehouse.home import Home


class DamagedError(ValueError):
    """A landed object is no longer what it was when it landed."""


@dataclass(frozen=True)
class Landed:
    """Bytes that lie in the landing area. `new` is False when the same bytes had landed before."""

    sha256: str
    path: Path
    size_bytes: int
    new: bool


def land(home: Home, city: str, feed: str, received: date, content: bytes, headers: Mapping[str, str]) -> Landed:
    """Keep `content` under `landing/<city>/<feed>/<received>/<sha256>.zst` unless the feed has it already.

    The same bytes under a second name, or sent again on another day, are one landed object: two of
    Seoul's bike files are byte-identical copies under different names.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    folder = home.landing / city / feed
    known = find(home, city, feed, sha256)
    if known is not None:
        return Landed(sha256, known, len(content), new=False)
    target = folder / received.isoformat() / f"{sha256}.zst"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target.with_suffix(".json"), json.dumps(dict(headers), ensure_ascii=False, indent=1).encode())
    write_atomically(target, zstandard.compress(content, 3))
    return Landed(sha256, target, len(content), new=True)


def find(home: Home, city: str, feed: str, sha256: str) -> Path | None:
    """The landed file of `sha256`, whatever day it came, or None.

    The folders are asked, newest first, and not listed: of what is looked for most came lately, and after 400 days
    a glob takes 8 ms for each file.
    """
    folder = home.landing / city / feed
    for day in _days(folder):
        path = folder / day / f"{sha256}.zst"
        if path.exists():
            return path
    return None


def landed(home: Home, city: str, feed: str) -> set[str]:
    """SHA-256 of everything that lies there, for who would have to ask for thousands."""
    folder = home.landing / city / feed
    return {name[:-4] for day in _days(folder) for name in os.listdir(folder / day) if name.endswith(".zst")}


def _days(folder: Path) -> list[str]:
    try:
        return sorted((entry.name for entry in os.scandir(folder) if entry.is_dir()), reverse=True)
    except FileNotFoundError:
        return []


def read(path: Path) -> bytes:
    """The exact bytes that landed. Raises DamagedError if they no longer match their name."""
    try:
        content = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    except zstandard.ZstdError as error:
        raise DamagedError(f"{path} can not be unpacked: {error}") from error
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise DamagedError(f"{path} does not hold the bytes its name promises: the disk or a person changed it")
    return content


def write_atomically(target: Path, content: bytes) -> None:
    """Write `content` so that `target` is either absent or whole, also after a crash of the machine."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
