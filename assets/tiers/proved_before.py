"""Which parts of hidden cells the last release found safe: the attacker is not asked again for one that is the same.

They are names of their numbers (`assets/disclosure/proved.py`), and count for the attacker who gave them: if the code
of disclosure control changes, all are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import assets.disclosure
from assets.derive.versions import digest_of
from assets.disclosure.proved import NAME_BYTES
from assets.disclosure.rules import FOLDER
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder


def proved_before(home: Home, city: str) -> set[bytes]:
    """Their names; none where nothing was released yet, and of a file that cannot be read."""
    try:
        code, _, names = _path(home, city).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return set()
    if code != _code() or len(names) % NAME_BYTES:
        return set()
    return {names[at : at + NAME_BYTES] for at in range(0, len(names), NAME_BYTES)}


def keep_proved(home: Home, city: str, names: Iterable[bytes]) -> None:
    """For the next release: those that this one asked for, and no older ones."""
    path, content = _path(home, city), b"".join([_code(), b"\n", *sorted(names)])
    make_private_folder(path.parent, home.root)
    write_atomically(path, content)


def _path(home: Home, city: str) -> Path:
    return home.root / FOLDER / "proved" / city


@cache
def _code() -> bytes:
    return digest_of(sorted(Path(*assets.disclosure.__path__).glob("*.py"))).encode()
