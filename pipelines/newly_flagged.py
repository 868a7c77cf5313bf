"""Which places the watch flags since the newest day and did not before. Metrics leave them out, so that only their
completeness would move: a night that looks well has one line on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from assets.suggested import suggested
from assets.watch.flags import QcFlag, QcRule
from warehouse.home import Home
from warehouse.published import connect

_FLAGGED = f"({QcFlag.SUSPECT:d}, {QcFlag.BAD:d})"
# Before: the last day on which anything was read. A gate that was closed for a night makes nothing new.
_NEW = f"""
    WITH newest AS (SELECT network, max(day) AS day FROM mart.place_health WHERE city = $city GROUP BY network),
    now AS (
        SELECT h.* FROM mart.place_health h JOIN newest USING (network, day)
        WHERE h.city = $city AND h.qc IN {_FLAGGED}
    ),
    before AS (
        SELECT h.network, h.quantity, h.place, arg_max(h.qc, h.day) AS qc
        FROM mart.place_health h JOIN now n USING (city, network, quantity, place)
        WHERE h.day < n.day AND h.qc <> {QcFlag.MISSING:d} GROUP BY ALL
    )
    SELECT n.day, n.network, n.place, n.qc_rules FROM now n LEFT JOIN before b USING (network, quantity, place)
    WHERE b.qc IS NULL OR b.qc NOT IN {_FLAGGED}
"""
_OF_COMPLETENESS = QcRule.GAP | QcRule.MISSING


@dataclass(frozen=True)
class NewlyFlagged:
    """Of one city. `madang nightly --json` prints these fields. rules: how many places broke each rule, by its name; a
    place may have broken several."""

    city: str
    day: date
    places: int
    rules: Mapping[str, int]

    def sentence(self, program: str, home: Home) -> str:
        said = ", ".join(f"{name} {count:,}" for name, count in self.rules.items())
        places = "1 place is" if self.places == 1 else f"{self.places:,} places are"
        command = suggested("sensors", "--city", self.city, program=program, home=home.root)
        return f"{self.city}: {places} newly flagged on {self.day} ({said}): {command}"


def newly_flagged(home: Home, cities: Iterable[str]) -> list[NewlyFlagged]:
    """Those of the newest day of each network, by city; none where nothing is watched or published."""
    try:
        with connect.open_published(home) as con:
            found = {city: con.execute(_NEW, {"city": city}).fetchall() for city in cities}
    except (connect.UnreadableError, duckdb.CatalogException):
        return []
    return [_of_city(city, rows) for city, rows in found.items() if rows]


def _of_city(city: str, rows: Sequence[tuple[date, str, str, int]]) -> NewlyFlagged:
    """rows: day, network, place and rules of each quantity."""
    broken = {
        rule: {(network, place) for _, network, place, rules in rows if rule in QcRule(rules)}
        for rule in QcRule
        if rule not in _OF_COMPLETENESS
    }
    rules = {str(rule.name).lower(): len(places) for rule, places in broken.items() if places}
    places = {(network, place) for _, network, place, _ in rows}
    return NewlyFlagged(city, max(day for day, *_ in rows), len(places), rules)
