"""What is published of cells besides the value that they are judged by: women among people, sales at night among sales.

Each figure adds up over areas and times as the value does, and everybody can subtract. Of 1 woman in a district and 3
in the one that was hidden beside it, the city and its other districts gave 4; that the second is not of few gave the
rest. So the attacker is asked again of each figure, with what is hidden of the cells; where he finds somebody more is
hidden. To hide more gives nothing away, so each figure is asked once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from assets.derive.private_cells import FIGURES, rests_of_cells, sums_of_cells
from assets.disclosure.cells import (
    CELLS,
    DOMINATED,
    FREE,
    HIDDEN,
    KNOWN_TO_ALL,
    REST,
    SECONDARY,
    SEEN,
    UNKNOWN,
    seen_as_now,
)
from assets.disclosure.examined import Examined, examined
from assets.disclosure.pattern import hidden_cells, leaks
from assets.disclosure.proved import Proved, without_last_digits
from assets.disclosure.rules import RulesOfTables
from assets.pack.city import City
from assets.tiers.judged import CELL_KEY


class AskedBlocks(NamedTuple):
    """Some whole blocks, with what adds up in them, of the values or of a figure beside these."""

    own: pl.Series  # the numbers of their cells
    cells: pl.DataFrame  # CELLS: these, and rests that nobody publishes, whose numbers others have, too
    sums: pl.DataFrame  # SUMS
    decided: pl.DataFrame  # JUDGED
    known: Examined  # of these cells and sums
    answers: list[AttackersAnswer]  # of the attacker, of these cells and sums
    figures: tuple[AskedBlocks, ...] = ()

    @property
    def all(self) -> tuple[AskedBlocks, ...]:
        """The values, and each figure."""
        return (self, *self.figures)

    @property
    def status(self) -> pl.DataFrame:
        """cell, conf_status of its own cells."""
        return self.decided.filter(pl.col("cell").is_in(self.own.implode())).select("cell", "conf_status")


class AttackersAnswer(NamedTuple):
    """What the attacker has found out of some cells, and of which question."""

    visible: pl.DataFrame  # SEEN
    silent: pl.Series  # the cells whose mark says nothing
    found: pl.DataFrame  # EXPOSED


def found_beside(one: AskedBlocks, visible: pl.DataFrame, rules: RulesOfTables, proved: Proved) -> pl.DataFrame:
    """What the attacker finds out (EXPOSED) of the values, or of the figure, where this can be seen (SEEN).

    The same question is answered once. He is asked before versions go, after some are gone and when all are that have
    to, and of a figure all of these are mostly the same.
    """
    as_now = pl.col("value").is_null()
    said = visible.with_columns(version=pl.when(~as_now).then("version").otherwise(pl.lit(""))).unique().sort(pl.all())
    marks = one.decided.filter(pl.col("cell").is_in(one.own.implode()))
    silent = marks.filter(conf_status=UNKNOWN)["cell"].sort()
    for answer in one.answers:
        if answer.visible.equals(said) and answer.silent.equals(silent):
            return answer.found
    found = leaks(one.cells, one.sums, rules, said, marks=marks, proved=proved, known=one.known)
    one.answers.append(AttackersAnswer(said, silent, found))
    return found


class FigureCells(NamedTuple):
    """CELLS with a figure in the place of the value. counts: it is a number of people."""

    cells: pl.DataFrame
    counts: bool


def cells_by_figure(cells: pl.DataFrame, figures: pl.DataFrame) -> Iterator[FigureCells]:
    """What is published of these cells, figure by figure. figures: FIGURES of them and of others.

    Who is largest in it is not said. Where the rule of the largest hides the cell, or nobody knows who stands behind
    it, nobody knows of the figure either.
    """
    behind = pl.coalesce("_contributors", "contributors")
    names = figures.join(cells, on="cell", how="semi")["figure"].unique().sort()
    for name in names:
        own = figures.filter(figure=name).rename({"value": "_value", "contributors": "_contributors"})
        named = cells.join(own.drop("figure"), on="cell", maintain_order="left").select(
            *CELLS.names()[: CELLS.names().index("value")],
            pl.col("_value").alias("value"),
            pl.when(pl.col("contributors").is_not_null()).then(behind).alias("contributors"),
            *(pl.lit(None, pl.Float64).alias(one) for one in ("largest", "second")),
        )
        yield FigureCells(named, counts=not own["_contributors"].has_nulls())


def rests_of_figures(cells: pl.DataFrame, figures: pl.DataFrame, city: City) -> Iterator[pl.DataFrame]:
    """What areas have beyond their parts (`rests_of_cells`) of each figure that counts people: 1 woman of 10 people in
    no district. Of others nobody knows of whom a rest is; where one is of few the rest of the cell says so."""
    counting = figures.drop_nulls("contributors")
    return (rests_of_cells(figure.cells, city) for figure in cells_by_figure(cells, counting))


def with_figures(cells: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """The cells with `figures`, a number that says all that is published of each besides its value."""
    rounded = figures.with_columns(pl.Series("value", without_last_digits(figures["value"].to_numpy())))
    said = rounded.select("cell", figures=rounded.select(FIGURES.names()[1:]).hash_rows())
    return cells.join(said.group_by("cell").agg(pl.col("figures").sum()), on="cell", how="left", maintain_order="left")


def hidden_for_figures(
    asked: AskedBlocks,
    figures: pl.DataFrame,
    city: City,
    had: pl.DataFrame,
    rules: RulesOfTables,
    proved: Proved,
    *,
    trims: bool,
) -> AskedBlocks:
    """The same with what has to be hidden for the sake of a figure (D; N where a mark would say too much), and with the
    figures. had: `periods_had` of all cells."""
    status = asked.status
    own = asked.cells.filter(pl.col("cell").is_in(asked.own.implode()))
    by_largest = pl.col("cell").is_in(status.filter(conf_status=DOMINATED)["cell"].implode())
    own = own.with_columns(contributors=pl.when(~by_largest).then("contributors"))
    of_few = asked.decided.filter(pl.col("area_level") == REST, pl.col("conf_status") != FREE).select(CELL_KEY.names())
    found = list[AskedBlocks]()
    for figure in cells_by_figure(own, figures):
        cells, sums = sums_of_cells(figure.cells, city, had)
        cells = cells if figure.counts else _with_rests_as_of(of_few, cells)
        mine = figure.cells["cell"]
        known = examined(cells, sums, rules)
        one = AskedBlocks(mine, cells, sums, _with_status(known.judged, mine, status), known, [])
        if not _is_safe(one, rules, proved):
            status = _more_hidden(one, status, rules, proved, trims=trims)
        found.append(one)
    # the cells of a figure are hidden where theirs are
    figures_now = tuple(one._replace(decided=_with_status(one.known.judged, one.own, status)) for one in found)
    return asked._replace(decided=_with_status(asked.decided, asked.own, status), figures=figures_now)


def _with_rests_as_of(of_few: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Rests of a figure, as a mean of other days here than there, are of nobody but where those of the cells are of few
    (CELL_KEY)."""
    named = cells.join(of_few.with_columns(_few=True), on=CELL_KEY.names(), how="left", maintain_order="left")
    nobodys = (pl.col("area_level") == REST) & pl.col("_few").is_null()
    return named.with_columns(contributors=pl.when(nobodys).then(pl.lit(KNOWN_TO_ALL)).otherwise("contributors")).drop(
        "_few"
    )


def _with_status(decided: pl.DataFrame, own: pl.Series, status: pl.DataFrame) -> pl.DataFrame:
    joined = decided.join(status.rename({"conf_status": "_now"}), on="cell", how="left", maintain_order="left")
    mine = pl.col("cell").is_in(own.implode())
    return joined.with_columns(
        conf_status=pl.when(mine).then(pl.coalesce("_now", "conf_status")).otherwise("conf_status")
    ).drop("_now")


def _is_safe(one: AskedBlocks, rules: RulesOfTables, proved: Proved) -> bool:
    shown = seen_as_now(one.decided.filter(~pl.col("conf_status").is_in(HIDDEN)))
    return found_beside(one, shown, rules, proved).is_empty()


def _more_hidden(
    one: AskedBlocks, status: pl.DataFrame, rules: RulesOfTables, proved: Proved, *, trims: bool
) -> pl.DataFrame:
    """What is hidden where a figure is to be protected, too."""
    hidden = one.decided.filter(pl.col("cell").is_in(one.own.implode()), pl.col("conf_status").is_in(HIDDEN))
    nowhere = pl.DataFrame(schema=SEEN)  # versions that show what is hidden now go, whatever it is hidden for
    again = hidden_cells(
        one.cells, one.sums, rules, nowhere, hidden.select("cell"), proved=proved, trims=trims, known=one.known
    )
    first = one.known.judged.select("cell", _first="conf_status")
    more = again.join(first, on="cell").select("cell", "_first", _then="conf_status")
    joined = status.join(more, on="cell", how="left", maintain_order="left")
    silent = (pl.col("_then") == UNKNOWN) & (pl.col("_first") != UNKNOWN)
    hides = (pl.col("conf_status") == FREE) & pl.col("_then").is_in(HIDDEN)
    return joined.select(
        "cell",
        conf_status=pl.when(silent).then(pl.lit(UNKNOWN)).when(hides).then(pl.lit(SECONDARY)).otherwise("conf_status"),
    )
