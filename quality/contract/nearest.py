"""What somebody may have meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def what_to_write(name: str, known: Iterable[str]) -> str:
    """What to write in place of a name that nobody knows: the nearest one, else which there are."""
    names = sorted(set(known))
    close = closest(name, names)
    if close is not None:
        return f"write {close}"
    return f"there are: {', '.join(names)}" if names else "there are none"


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one; None if none is."""
    folded = {other.casefold(): other for other in known}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
