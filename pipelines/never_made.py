"""Tables of a city that no night has made yet, and why: without them nobody would miss what a fault kept back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from assets.derive.tables import derived_tables
from assets.pack.city import City
from quality.verdict import OPEN

_NAMED = 3  # tables in a sentence


def never_made(
    city: City, newest: Mapping[tuple[str, str], tuple[date, str | None]], asked: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Layer, name and reason of each feed and derived table that has no verdict.

    newest: by layer and name, the newest day that was judged, and its verdict. asked: feeds that a night has asked for.
    """
    for name in city.contracts:
        if ("core", name) not in newest and name not in asked:
            yield "core", name, "no night has asked for it yet"
    for table in derived_tables(city):
        place = table.layer, table.name
        if place in newest:
            continue
        made_from = [("core", feed) for feed in sorted(table.feeds)]
        made_from += [(one.layer, one.name) for one in table.needs if one.layer != "core"]
        closed = [of for of in made_from if of in newest and newest[of][1] not in OPEN]
        lacking = [of for of in made_from if of not in newest]
        if closed:
            said = [f"{layer}.{name} of {newest[layer, name][0]} is closed" for layer, name in closed]
            yield *place, f"held back, because {_some(said)}"
        elif lacking:
            yield *place, f"there is nothing yet of {_some([name for _, name in lacking])}"
        else:
            yield *place, "none of its days or periods is due yet"


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return f"{', '.join(texts[:_NAMED])}{more}"
