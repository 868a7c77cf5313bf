"""What changed in a city: since the release before, where the file has that, else since the period before.

Differences only: what crossed its target first, then what was revised, went or came back, then what moved most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from assets.site.language.units import digits_of
from assets.site.language.words import SiteWords
from assets.site.opened import OpenCity, OpenFile
from assets.site.tiles.scoreboard import by_movement
from assets.site.tiles.tile import CURRENT, STALE, Row, Tile

_ORDER = ("lost", "won", "revised", "gone", "back", "aged", "new_value")
_BEFORE = "FROM metric.latest_before WHERE city = ? AND area = ?"


@dataclass(frozen=True)
class Difference:
    """What happened to one metric. kind: one of _ORDER; sign: a symbol of marks.html, or none."""

    tile: Tile
    kind: str
    sign: str
    from_to: Markup | str
    meaning: Markup | str


@dataclass(frozen=True)
class Since:
    """What changed, and since when. version: the release before; None where the file does not have it.

    differences: since that release. of_period: since the period before each newest value.
    """

    version: int | None
    at: date | None
    differences: Sequence[Difference]
    of_period: Sequence[Difference]

    def of(self, *kinds: str) -> list[Tile]:
        """The metrics to which one of these happened."""
        return [one.tile for one in self.differences if one.kind in kinds]


def changes_of(words: SiteWords, file: OpenFile, city: OpenCity, tiles: Sequence[Tile]) -> Since:
    """What changed in the metrics of the city as a whole."""
    of_period = _in_order([_of_period(words, tile) for tile in tiles])
    before = _before(file, city)
    if before is None:
        return Since(None, None, [], of_period)
    version, at, rows = before
    found = [_of_release(words, tile, rows[tile.metric]) for tile in tiles if tile.metric in rows]
    return Since(version, at, _in_order(found), of_period)


def _before(file: OpenFile, city: OpenCity) -> tuple[int, date, Mapping[str, Row]] | None:
    """The release before: its number, its day, and its newest values by metric."""
    if not {"metric.latest_before", "ledger.release_history"} <= file.tables():
        return None
    history = file.frame(
        "SELECT version, released_at FROM ledger.release_history WHERE version < ? ORDER BY version",
        file.release.version,
    )
    rows = file.frame(_BEFORE, city.name, city.area)
    if not history.height or not rows.height:
        return None
    version, at = history.row(-1)
    return version, at.date(), {row["metric"]: row for row in rows.iter_rows(named=True)}


def _of_period(words: SiteWords, tile: Tile) -> Difference | None:
    if tile.kind != CURRENT or not tile.moved:
        return None
    kind = _crossed(tile.was_met, tile.met) or "new_value"
    return _difference(words, tile, kind, tile.row["previous"])


def _of_release(words: SiteWords, tile: Tile, before: Row) -> Difference | None:
    """What happened between two releases; None: the same value of the same period, as current as before."""
    there, was = tile.kind in (CURRENT, STALE), before["value"] is not None
    if not there:
        return _difference(words, tile, "gone", before["value"]) if was else None
    if not was or (before["status"] == "stale" and tile.kind == CURRENT):
        return _difference(words, tile, "back", before["value"])
    if tile.kind == STALE:
        return _difference(words, tile, "aged", None) if before["status"] != "stale" else None
    same_period = before["period_start"] == tile.start
    if same_period and before["value"] == tile.row["value"]:
        return None
    kind = _crossed(before["met"], tile.met) or ("revised" if same_period else "new_value")
    return _difference(words, tile, kind, before["value"])


def _crossed(was_met: bool | None, met: bool | None) -> str | None:
    if was_met is None or met is None or was_met == met:
        return None
    return "won" if met else "lost"


def _difference(words: SiteWords, tile: Tile, kind: str, before: float | None) -> Difference:
    value = tile.row["value"]
    sign = {"lost": "not-met", "won": "met", "aged": "no-verdict", "gone": "no-verdict"}.get(kind, "")
    from_to = _from_to(words, tile, before, value)
    if before is None or value is None or before == value:
        return Difference(tile, kind, sign, from_to, "")
    better = {"lower": value < before, "higher": value > before}.get(tile.row["direction"] or "")
    meaning = words("tile.neither" if better is None else "tile.better" if better else "tile.worse")
    return Difference(tile, kind, sign, from_to, meaning)


def _from_to(words: SiteWords, tile: Tile, before: float | None, value: float | None) -> Markup | str:
    """Both values, with as many digits as tell them apart; a dash for one that is not there."""
    unit = str(tile.row["unit"] or "")
    known = [one for one in (before, value) if one is not None]
    digits = max((digits_of(one, unit, tile.row["target"]) for one in known), default=0)
    if before is not None and value is not None:
        digits = max(digits, digits_of(value, unit, before))
    shown = [words.shown(one, digits) if one is not None else "–" for one in (before, value)]
    if shown[0] == shown[1] and before is not None and value is not None:  # 2.4 billion in words is not 2.41 billion
        shown = [words.number(one, digits) for one in (before, value)]
    if value is not None:
        shown[1] = Markup('<data value="{}">{}</data>').format(repr(value), shown[1])
    return Markup("{} → {}").format(*shown)


def _in_order(found: Sequence[Difference | None]) -> list[Difference]:
    there = [one for one in found if one is not None]
    return sorted(there, key=lambda one: (_ORDER.index(one.kind), by_movement(one.tile)))
