"""What a city's tiles are together: how many meet their target, what crossed it, what is not there and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assets.metrics.fields import FIELDS
from assets.site.language.words import SiteWords
from assets.site.tiles.tile import ABSENT, CURRENT, STALE, WITHHELD, Tile

_PERIODS = ("day", "week", "month", "quarter", "year", "trailing_year")
_MOST_TILES = 100  # of one page: 1.7 kB each, and a page has at most 300 kB; what is over them stands in tables
_MOST_ABSENT = 60  # absent metrics that have a tile in their field, too


@dataclass(frozen=True)
class Tally:
    """How many metrics there are of each kind. judged: current ones with a verdict."""

    met: int
    not_met: int
    unjudged: int
    stale: int
    absent: int
    withheld: int

    @property
    def judged(self) -> int:
        return self.met + self.not_met

    @property
    def all(self) -> int:
        return self.judged + self.unjudged + self.stale + self.absent + self.withheld


def tally_of(tiles: Sequence[Tile]) -> Tally:
    """Count tiles."""
    kinds = Counter(tile.kind for tile in tiles)
    verdicts = Counter(tile.met for tile in tiles)
    judged = verdicts[True] + verdicts[False]
    return Tally(verdicts[True], verdicts[False], kinds[CURRENT] - judged, kinds[STALE], kinds[ABSENT], kinds[WITHHELD])


@dataclass(frozen=True)
class FieldTiles:
    """A field of a page. tiles: what is shown as such; rest: what stands in a table below them, for the page's size."""

    anchor: str
    title: Markup
    context: Markup
    tiles: Sequence[Tile]
    rest: Sequence[Tile]


def tiles_by_field(words: SiteWords, tiles: Sequence[Tile]) -> list[FieldTiles]:
    """Tiles by field in the order of fields; those of no field come last."""
    shown = _shown_as_tiles(tiles)
    found = dict[str, list[Tile]]()
    for tile in sorted(tiles, key=_place):
        found.setdefault(tile.field, []).append(tile)
    return [
        FieldTiles(
            anchor(name),
            field_title(words, name),
            _context(words, tally_of(own)),
            [tile for tile in own if tile.metric in shown],
            [tile for tile in own if tile.metric not in shown and tile.kind in (CURRENT, STALE)],
        )
        for name, own in found.items()
    ]


def field_title(words: SiteWords, field: str) -> Markup:
    """What a field or a subject is called; as its pack writes it where it is one of a pack's own."""
    try:
        return words(f"fields.{field.replace(' ', '_').replace(',', '')}")
    except KeyError:
        return Markup("<bdi>{}</bdi>").format(field.replace("_", " "))


def anchor(field: str) -> str:
    """The place of a field in a page."""
    return "field-" + "".join(char if char.isascii() and char.isalnum() else "-" for char in field)


def absent_by_reason(tiles: Sequence[Tile]) -> list[tuple[Markup | str, list[Tile]]]:
    """What has no value, under the sentence that says why: those of most metrics first."""
    found = dict[Markup | str, list[Tile]]()
    for tile in sorted(tiles, key=_place):
        if tile.kind in (ABSENT, WITHHELD):
            found.setdefault(tile.why, []).append(tile)
    return sorted(found.items(), key=lambda one: -len(one[1]))


def crossed(tiles: Sequence[Tile]) -> tuple[list[Tile], list[Tile]]:
    """The metrics that do not meet their target any longer, and those that meet it again, since the period before."""
    ours = [tile for tile in sorted(tiles, key=_place) if tile.was_met is not None and tile.met is not None]
    return [t for t in ours if t.was_met and not t.met], [t for t in ours if t.met and not t.was_met]


def by_movement(tile: Tile) -> tuple[object, ...]:
    """What moved most within its own range comes first."""
    return (-tile.moved, *_place(tile))


def _context(words: SiteWords, tally: Tally) -> Markup:
    kinds = {"current": tally.judged + tally.unjudged, "stale": tally.stale, "absent": tally.absent}
    kinds["withheld"] = tally.withheld
    parts = [words(f"city.n_{kind}", n=n) for kind, n in kinds.items() if n]
    return words("city.n_metrics", n=tally.all) + ": " + Markup(", ").join(parts)


def _place(tile: Tile) -> tuple[int, str, int, bool, bool, int, str]:
    """Where a tile stands among all: by field and subject, current ones with a verdict first, days before years."""
    fields = list(FIELDS)
    subjects = FIELDS.get(tile.field, ())
    return (
        fields.index(tile.field) if tile.field in fields else len(fields),
        tile.field,
        subjects.index(tile.subject) if tile.subject in subjects else len(subjects),
        tile.kind not in (CURRENT, STALE),
        tile.met is None,
        _PERIODS.index(tile.period) if tile.period in _PERIODS else len(_PERIODS),
        tile.metric,
    )


def _shown_as_tiles(tiles: Sequence[Tile]) -> frozenset[str]:
    """The metrics that are tiles. Where they are too many, those with a verdict and those of days come first."""
    valued = [tile for tile in tiles if tile.kind in (CURRENT, STALE)]
    others = [tile for tile in tiles if tile.kind not in (CURRENT, STALE)]
    weights: Mapping[str, int] = {period: at for at, period in enumerate(_PERIODS)}
    by_weight = sorted(valued, key=lambda t: (t.met is None, t.kind != CURRENT, weights.get(t.period, 9), _place(t)))
    shown = {tile.metric for tile in by_weight[:_MOST_TILES]}
    if len(others) <= _MOST_ABSENT and len(valued) + len(others) <= _MOST_TILES:
        shown |= {tile.metric for tile in others}
    return frozenset(shown)
