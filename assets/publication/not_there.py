"""Rows that may not be there: why a feed has none of a day by its terms, or because they were withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from assets.pack.city import City
from assets.terms.standing import Standing
from warehouse.home import Home


def standings_of(home: Home, city: City) -> dict[str, Standing]:
    """How the feeds of a city stand of which something may not be there."""
    today = datetime.now(city.timezone).date()
    found = {name: Standing.of(home, city.name, contract, today) for name, contract in city.contracts.items()}
    return {name: standing for name, standing in found.items() if not standing.is_free or standing.is_over}


def why_not_there(standing: Standing | None, day: date) -> tuple[str, list[str]] | None:
    """A code of a reason, and its gaps; None where there may be rows of the day."""
    if standing is None:
        return None
    feed, terms = standing.contract.name, standing.contract.terms
    if standing.is_withdrawn(day):
        return "withdrawn", [feed]
    if terms is not None and terms.until is not None and standing.is_over and day > terms.until:
        return "contract_over", [feed, str(terms.until)]
    return ("rows_deleted", [feed]) if standing.bars(day) else None
