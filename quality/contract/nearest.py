"""What somebody may have meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import accumulate

_ALIKE = 0.6  # how much of two names has to be the same
_MOST = 300  # signs of a list of names: one of all metrics had 12,967, and hid what came after it
_AS_GOOD = 0.1  # by how much less than the nearest one another may be like it, and be meant as well


def what_to_write(name: str, known: Iterable[str]) -> str:
    """What to write in place of a name that nobody knows: the nearest one, else which there are, of many those that are
    most like it."""
    names = sorted(set(known))
    close = closest(name, names)
    if close is not None:
        return f"write {close}"
    return f"there are: {_listed(name, names)}" if names else "there are none"


def _listed(name: str, names: Sequence[str]) -> str:
    """All of these names, or of too many the most alike and how many others there are."""
    whole = ", ".join(names)
    if len(whole) <= _MOST:
        return whole
    alike = sorted(names, key=lambda other: -_likeness(other, name))
    shown = [one for one, end in zip(alike, accumulate(len(one) + 2 for one in alike), strict=True) if end <= _MOST]
    return ", ".join([*shown, f"and {len(names) - len(shown)} others"])


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one; None if none is."""
    folded = {other.casefold(): other for other in known}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=_ALIKE)
    return folded[close[0]] if close else None


def may_be_meant(name: str, known: Iterable[str]) -> list[str]:
    """The known names that somebody may have meant: the nearest, and those that are nearly as near; none if none is."""
    like = {other: _likeness(other, name) for other in known}
    least = max(_ALIKE, max(like.values(), default=0.0) - _AS_GOOD)
    return sorted(other for other, ratio in like.items() if ratio >= least)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
