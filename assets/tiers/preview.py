"""What each tier would see of a city's private feeds, before anything is released: cells by status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from assets.pack.city import City
from assets.terms.licences import IN_WORDS
from assets.tiers.judged import FREE, NOT_KNOWN, Judging, rests_on_frame
from assets.tiers.recipients import Recipient, Recipients, recipients
from assets.tiers.shown import ShownCells
from warehouse.home import Home
from warehouse.published.place import OPEN, tier_folder


@dataclass(frozen=True)
class TierView:
    """What one tier would see of one table of cells. `madang share check --json` prints these fields.

    cells: those of the periods and levels of the metrics that it gets, as its file then says of each what it is.
    free: cells it may see; few, dominated, secondary, not_known: cells it may not, by conf_status A, C, D, N. Of a
    table of which it gets no metric all cells are there, and not_known.
    """

    tier: str
    title: str
    cells_of: str  # the private feeds
    metrics: int  # that rest on them, and that it gets
    cells: int
    free: int
    few: int
    dominated: int
    secondary: int
    not_known: int


@dataclass(frozen=True)
class Preview:
    """What would be released of a city now.

    exposed: hidden cells that an attacker would find, `found` some of them in words; with one of them nothing is
    released. over: sentences about contracts that have ended. licences: about feeds whose licence keeps what is made of
    them out of the open file.
    """

    views: tuple[TierView, ...]
    exposed: int
    over: tuple[str, ...]
    mistakes: tuple[str, ...]
    licences: tuple[str, ...] = ()
    found: str = ""


def preview(home: Home, city: City, judging: Judging) -> Preview:
    """Judge the city's cells as the next release would. Writes nothing. Raises ContractError."""
    found = recipients([city])
    over = tuple(f"{tier} gets nothing: its contract ended on {day}" for tier, day in found.over.items())
    if not found.of_tier:
        return Preview((), 0, over, tuple(found.mistakes))
    licences = tuple(_licences(city, found))
    rests = rests_on_frame({city.name: judging.tables(city)})
    shown = [ShownCells(home, tier_folder(home, tier), rests) for tier in found.of_tier]
    judged = judging.judge(city, pl.concat([one.cells(city.name) for one in shown]))
    levels = city.areas.select(area="code", level="level")
    cells = judged.cells.join(levels, on="area", how="left")
    views = [view for one in found.of_tier.values() for view in _views(one, city, judging, cells)]
    mistakes = (*found.mistakes, *judged.mistakes)
    return Preview(tuple(views), judged.exposed, over, mistakes, licences, judged.found)


def _licences(city: City, found: Recipients) -> Iterator[str]:
    """What stays out of the open file, feed by feed."""
    if OPEN not in found.of_tier:
        return
    despite, stays = found.of_tier[OPEN].despite, found.of_tier[OPEN].withheld_in(city.name)
    for name, kind in stays.feeds.items():
        why = f"{IN_WORDS[kind]} ({city.contracts[name].licence})"
        yield f"{OPEN}: nothing that is made of {name} is in it: {why}"
    if stays.metrics:
        yield f"{OPEN}: {len(stays.metrics)} of {len(city.metrics)} metrics are not published for their licence"
    yield from (
        f"{OPEN}: {name} is in it despite its licence: {why}" for name, why in despite.get(city.name, {}).items()
    )


def _views(recipient: Recipient, city: City, judging: Judging, cells: pl.DataFrame) -> Iterator[TierView]:
    tables, allowed = judging.tables(city), recipient.allowed[city.name]
    for table in cells["table"].unique().sort():
        gets = [metric for metric in allowed if table in {name for name, _ in tables.get(metric, ())}]
        of_table = cells.filter(pl.col("table") == table)
        seen = of_table.join(_shown_by(city, gets), on=["period", "level"], how="semi") if gets else of_table
        own = dict(seen.group_by("conf_status").len().iter_rows())
        view = TierView(
            tier=recipient.tier,
            title=recipient.title,
            cells_of=table,
            metrics=len(gets),
            cells=sum(own.values()),
            free=own.get(FREE, 0),
            few=own.get("A", 0),
            dominated=own.get("C", 0),
            secondary=own.get("D", 0),
            not_known=own.get(NOT_KNOWN, 0),
        )
        yield view if gets else replace(view, free=0, few=0, dominated=0, secondary=0, not_known=view.cells)


def _shown_by(city: City, metrics: Iterable[str]) -> pl.DataFrame:
    """period, level: of which cells these metrics say something."""
    pairs = {(city.metrics[name].period, level) for name in metrics for level in city.metrics[name].levels}
    return pl.DataFrame(sorted(pairs), schema={"period": pl.String, "level": pl.String}, orient="row")
