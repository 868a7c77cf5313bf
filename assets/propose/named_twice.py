"""Headers in which columns have one name: each gets a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assets.readers.header import joined
from assets.readers.rows import LINE, clean_name

NAMED_TWICE = "the header has names twice, which are told apart by numbers here; which column is which?"


def told_apart(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of a header of such rows, those that come again with a number behind them; none where all differ."""
    names = [clean_name(name) for name in joined(rows)]
    times = Counter(filter(None, names))
    if not any(count > 1 for count in times.values()):
        return []
    found, seen = list[str](), Counter[str]()
    for position, name in enumerate(names, 1):
        seen[name] += 1
        own = name or f"_unnamed_{position}"
        while name and (own in found or own == LINE or (seen[name] > 1 and own == name)):
            own = f"{name} {seen[name]}"
            seen[name] += own in found
        found.append(own)
    return found
