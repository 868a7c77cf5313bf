"""How all cities stand, in one sentence: how many are well, and which are not. What is well is decided by who asks."""

from __future__ import annotations

from collections.abc import Iterable

WELL, NOT_ALL_WELL = "well", "not all well"


def cities_in_words(states: Iterable[tuple[str, str]], uncounted: str) -> str:
    """`states`: cities with their states; one in the state `uncounted` is named, and not counted: it was not run."""
    by_state: dict[str, list[str]] = {}
    for city, state in states:
        by_state.setdefault(state, []).append(city)
    count = sum(len(cities) for state, cities in by_state.items() if state != uncounted)
    well = len(by_state.pop(WELL, []))
    said = [f"{state}: {', '.join(cities)}" for state, cities in by_state.items()]
    return "; ".join([f"{well} of {count} {'city is' if count == 1 else 'cities are'} well", *said])
