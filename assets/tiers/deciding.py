"""What is decided of the cells of a city: which are hidden, which versions have to go, what the attacker makes of it.

Blocks of cells in which nothing is sensitive, was hidden before or is shown as it was once are free as they are: of
all sums of three years there are 2.5 million terms. The others are asked some at a time, and those that are as they
were not at all (`verdicts_before`). All of a city at once took an hour where it takes a minute: each cell that has to
be protected went through the sums of three years.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from assets.derive.blocks_of_cells import BLOCK_KEY, with_block
from assets.derive.private_cells import how_cells_add_up, periods_had, rests_of_cells, sums_of_cells
from assets.disclosure.attack import EXPOSED
from assets.disclosure.cells import CELLS, FREE, HIDDEN, SECONDARY, SEEN, seen_as_now
from assets.disclosure.examined import examined
from assets.disclosure.pattern import cells_to_withdraw, hidden_cells, seen_together, without_versions
from assets.disclosure.primary import sensitive
from assets.disclosure.proved import Proved
from assets.disclosure.rules import RulesOfTables
from assets.disclosure.secondary import SMALL_BLOCK
from assets.pack.city import City
from assets.tiers.deciding_figures import AskedBlocks, found_beside, hidden_for_figures, rests_of_figures, with_figures
from assets.tiers.hidden_before import hidden_before
from assets.tiers.judged import CELL_KEY
from assets.tiers.named_cells import named_cells
from assets.tiers.proved_before import keep_proved, proved_before
from assets.tiers.verdicts_before import (
    SHOWN_AS_NOW,
    block_names,
    blocks_as_before,
    decided_by,
    keep_verdicts,
    verdicts_before,
)
from warehouse.home import Home

_CELLS_AT_ONCE = 30_000  # cells, about; a block is never divided
_DECIDED = ("cell", "conf_status", "withdraw")


class CityDecision(NamedTuple):
    """What is decided of all cells (`cell`, `conf_status`, `withdraw`), and how many hidden ones an attacker finds.
    found: some of these in words."""

    decided: pl.DataFrame
    exposed: int = 0
    found: str = ""


class CityCells:
    """The cells of a city that have to be decided. own: CELLS of the city, figures: FIGURES of them; seen: SEEN_CELLS
    of kept versions."""

    def __init__(
        self,
        home: Home,
        city: City,
        own: pl.DataFrame,
        figures: pl.DataFrame,
        rules: RulesOfTables,
        seen: pl.DataFrame,
        parameters: str,
        key: bytes,
    ) -> None:
        self.home, self.city, self.rules, self._key = home, city, rules, key
        self.had = periods_had(own, city)
        self.cells, self.figures = with_block(own, self.had), figures
        self._called = _hashes_of_keys(self.cells)
        self.shown = _seen(self.cells, self._called, seen)
        self.stay = self._named(hidden_before(home, city.name)).select("cell")
        self._context = decided_by(parameters, how_cells_add_up(city), self.had.sort(pl.all()).write_csv())
        self.proved = Proved(proved_before(home, city.name), key)

    def decide(self, *, remembers: bool) -> CityDecision:
        """What is decided of all cells. remembers: it is kept for the next release."""
        if self.cells.is_empty():
            return CityDecision(self._free(self.cells).select(_DECIDED))
        cells = with_figures(self.cells, self.figures)
        names = block_names(cells, self.shown, self.stay, self._context, self._key)
        kept = verdicts_before(self.home, self.city.name)
        same = blocks_as_before(names, kept, self.cells, self.shown, self.stay)
        changed = self.cells.join(same, on=BLOCK_KEY, how="anti", nulls_equal=True)
        concerned = self._concerned(changed)
        asked = list(self._asked(changed.join(concerned, on=BLOCK_KEY, how="semi", nulls_equal=True)))
        plain = changed.select(BLOCK_KEY).unique().join(concerned, on=BLOCK_KEY, how="anti", nulls_equal=True)
        of_asked = [one.decided.filter(pl.col("cell").is_in(one.own.implode())).select(_DECIDED) for one in asked]
        decided = pl.concat([self._as_they_were(same, of_asked, kept), *of_asked])
        # Whoever finds nothing beside all that was ever shown finds nothing once some of it is gone.
        doubtful = self._found(asked, seen_together(decided, self.shown))["cell"]
        doubtful = pl.concat([doubtful, self._shown_and_hidden(decided)]).unique()
        doubted = [one for one in asked if one.own.is_in(doubtful.implode()).any()]
        goes = cells_to_withdraw(decided, self.shown, lambda seen: self._found(doubted, seen))
        decided = decided.with_columns(withdraw=pl.col("cell").is_in(goes.implode()))
        found = self._found(doubted, seen_together(decided, without_versions(self.shown, goes)))
        if remembers:
            unsafe = self.cells.filter(pl.col("cell").is_in(doubtful.implode())).select(BLOCK_KEY).unique()
            safe = names.join(unsafe, on=BLOCK_KEY, how="anti", nulls_equal=True)
            settled = pl.concat([same, plain.with_columns(settled=True), *(self._settled(one) for one in asked)])
            safe = safe.join(settled, on=BLOCK_KEY, nulls_equal=True)
            hidden = decided.filter(pl.col("conf_status").is_in(HIDDEN)).select("cell", "conf_status")
            judged = self.cells.join(hidden, on="cell").select(*BLOCK_KEY, *CELL_KEY.names()[1:], "conf_status")
            keep_verdicts(self.home, self.city.name, safe, judged)
            keep_proved(self.home, self.city.name, self.proved.used)
        named = self.cells.filter(pl.col("cell").is_in(found["cell"].implode()))
        return CityDecision(decided, found["cell"].n_unique(), named_cells(named))

    def _concerned(self, changed: pl.DataFrame) -> pl.DataFrame:
        """BLOCK_KEY of those of these blocks in which something is sensitive, was hidden before or is shown as it was
        once. Of all cells of three years, most in blocks that are as they were, it took 1 s."""
        own = changed.select(CELLS.names())
        figures = self.figures.join(own, on="cell", how="semi", maintain_order="left")
        rests = (rests_of_cells(own, self.city), *rests_of_figures(own, figures, self.city))
        judged = pl.concat([sensitive(cells, self.rules) for cells in (own, *rests)])
        secret = judged.filter(pl.col("conf_status") != FREE)["cell"]
        cells = pl.concat([secret, self.stay["cell"], self.shown.filter(~SHOWN_AS_NOW)["cell"]])
        return changed.filter(pl.col("cell").is_in(cells.implode())).select(BLOCK_KEY).unique()

    def _named(self, others: pl.DataFrame) -> pl.DataFrame:
        """The cells of which there is one among `others` (CELL_KEY and more), with what is said there. By a number of
        each first: few of 700,000 cells are looked for, and texts take long."""
        few = self.cells.filter(self._called.is_in(_hashes_of_keys(others).implode()))
        return few.join(others.unique(), on=CELL_KEY.names(), maintain_order="left")

    def _asked(self, changed: pl.DataFrame) -> Iterator[AskedBlocks]:
        """What is hidden of these blocks."""
        for some in _some_at_once(changed):
            cells, sums = sums_of_cells(some.select(CELLS.names()), self.city, self.had)
            shown, stay = (one.join(some, on="cell", how="semi") for one in (self.shown, self.stay))
            small = some.height <= SMALL_BLOCK  # a block of its own, in which each hidden cell is tried
            known = examined(cells, sums, self.rules)
            decided = hidden_cells(cells, sums, self.rules, shown, stay, proved=self.proved, trims=small, known=known)
            asked = AskedBlocks(some["cell"], cells, sums, decided, known, [])
            yield hidden_for_figures(asked, self.figures, self.city, self.had, self.rules, self.proved, trims=small)

    def _found(self, asked: list[AskedBlocks], seen: pl.DataFrame) -> pl.DataFrame:
        """What the attacker finds where this can be seen (SEEN). In a block that is as it was he found nothing before,
        and sees no more of it."""
        found = [pl.DataFrame(schema=EXPOSED)]
        asked_of = pl.concat([pl.Series(dtype=pl.UInt32), *(whole.own for whole in asked)])
        seen = seen.filter(pl.col("cell").is_in(asked_of.implode()))  # else each part looks through three years
        parts = ((part, part is not whole) for whole in asked for part in whole.all)
        for one, besides in parts:
            mine = pl.col("cell").is_in(one.own.implode())
            rests = one.decided.filter(~mine & (pl.col("conf_status") == FREE))  # everybody may subtract
            own = seen.filter(mine, SHOWN_AS_NOW | pl.lit(not besides))  # an older value is none of the figure
            by_all = found_beside(one, pl.concat([own, seen_as_now(rests)]), self.rules, self.proved)
            if not by_all.is_empty():
                found.append(_of_own(by_all, one))
        return pl.concat(found)

    def _as_they_were(self, same: pl.DataFrame, of_asked: Sequence[pl.DataFrame], kept: pl.DataFrame) -> pl.DataFrame:
        """What is decided of cells that are not asked: they are hidden where they were, in blocks as they were."""
        asked = pl.concat([pl.Series(dtype=pl.UInt32), *(one["cell"] for one in of_asked)])
        others = self._free(self.cells.select("cell").filter(~pl.col("cell").is_in(asked.implode())))
        hidden = self._named(kept.drop_nulls("area").select(*CELL_KEY.names(), hidden="conf_status"))
        stays = hidden.join(same, on=BLOCK_KEY, how="semi", nulls_equal=True).select("cell", "hidden")
        found = others.join(stays, on="cell", how="left", maintain_order="left")
        return found.with_columns(conf_status=pl.coalesce("hidden", "conf_status")).select(_DECIDED)

    def _shown_and_hidden(self, decided: pl.DataFrame) -> pl.Series:
        hidden = decided.filter(pl.col("conf_status").is_in(HIDDEN))["cell"]
        return self.shown.filter(pl.col("cell").is_in(hidden.implode()))["cell"]

    def _settled(self, one: AskedBlocks) -> pl.DataFrame:
        """table, block, settled: whether a block hides what is sensitive and, beside it, cells as D, and no more."""
        first = one.known.judged.select("cell", first="conf_status")
        status = pl.col("conf_status")
        plain = (status == pl.col("first")) | ((pl.col("first") == FREE) & (status == SECONDARY))
        other = one.decided.join(first, on="cell").filter(~plain)["cell"]
        mine = self.cells.filter(pl.col("cell").is_in(one.own.implode()))
        return mine.group_by(BLOCK_KEY).agg(settled=~pl.col("cell").is_in(other.implode()).any())

    def _free(self, cells: pl.DataFrame) -> pl.DataFrame:
        return cells.with_columns(conf_status=pl.lit(FREE), withdraw=pl.lit(value=False))


def _hashes_of_keys(cells: pl.DataFrame) -> pl.Series:
    return cells.select(pl.col(name).cast(dtype) for name, dtype in CELL_KEY.items()).hash_rows()


def _of_own(found: pl.DataFrame, one: AskedBlocks) -> pl.DataFrame:
    """What is found (EXPOSED), of a rest as of the area that has it."""
    mine = pl.col("cell").is_in(one.own.implode())
    areas = one.cells.filter(mine).select(*CELL_KEY, whole="cell")
    rests = one.cells.filter(~mine).join(areas, on=CELL_KEY.names()).select("cell", "whole")
    named = found.join(rests, on="cell", how="left").with_columns(cell=pl.coalesce("whole", "cell"))
    return named.select(EXPOSED.names()).unique(maintain_order=True)


def _some_at_once(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """These blocks: each small one alone, of the others several together, some `_CELLS_AT_ONCE` cells."""
    sizes = cells.group_by(BLOCK_KEY).len("_size").sort(BLOCK_KEY, nulls_last=True)
    small = pl.col("_size") <= SMALL_BLOCK
    large = pl.when(small).then(0).otherwise("_size")
    numbered = sizes.select(
        *BLOCK_KEY, _small=pl.when(small).then(pl.int_range(pl.len())), _part=large.cum_sum() // _CELLS_AT_ONCE
    )
    placed = cells.join(numbered, on=BLOCK_KEY, nulls_equal=True, maintain_order="left")
    for some in placed.partition_by("_small", "_part", maintain_order=True):
        yield some.drop("_small", "_part")


def _seen(cells: pl.DataFrame, called: pl.Series, seen: pl.DataFrame) -> pl.DataFrame:
    """What kept files show, by the numbers that the cells have now. A cell that is gone is of no feed any more.

    called: `_hashes_of_keys` of the cells. Few of 700,000 are seen, and are found by it before they are joined.
    """
    keyed = _hashes_of_keys(seen)
    few = cells.filter(called.is_in(keyed.implode()))
    now = few.select("cell", *CELL_KEY, value_now="value", contributors_now="contributors")
    found = now.join(seen, on=CELL_KEY.names())
    same = pl.col("value").is_null() | (
        pl.col("value").eq_missing(pl.col("value_now")) & pl.col("contributors").eq_missing(pl.col("contributors_now"))
    )
    as_now = found.with_columns(pl.when(~same).then(pl.col(name)).alias(name) for name in ("value", "contributors"))
    return as_now.select(pl.col(name).cast(dtype) for name, dtype in SEEN.items())
