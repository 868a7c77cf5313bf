"""The decision: which cells of a publication are hidden, and whether what is shown anywhere gives one of them away.

`pattern` is asked before a file is written, `leaks` after: with all that the new file, kept versions and other tiers
show together. Nothing is published while `leaks` finds something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from assets.disclosure.attack import EXPOSED, exposed
from assets.disclosure.cells import (
    FREE,
    HIDDEN,
    KNOWN_TO_ALL,
    SECONDARY,
    UNKNOWN,
    checked_seen,
    seen_as_now,
)
from assets.disclosure.differences import CHANGE, OLD, REMAINDER, extended
from assets.disclosure.examined import Examined, examined
from assets.disclosure.proved import Proved
from assets.disclosure.rules import RulesOfTables
from assets.disclosure.secondary import protect


def pattern(
    cells: pl.DataFrame,
    sums: pl.DataFrame,
    rules: RulesOfTables,
    seen: pl.DataFrame | None = None,
    before: pl.DataFrame | None = None,
    not_allowed: Collection[str] = (),
    proved: Proved | None = None,
    trims: bool | None = None,
) -> pl.DataFrame:
    """The cells as `JUDGED`: `conf_status` of each, and `withdraw` where a version that shows it has to go.

    seen: what kept versions and other tiers show (`SEEN`, or `cell` alone). The others are those of `hidden_cells`.
    """
    shown = checked_seen(seen)
    known = examined(cells, sums, rules, not_allowed)
    decided = hidden_cells(cells, sums, rules, shown, before, not_allowed, proved, trims, known)

    def found_in(visible: pl.DataFrame) -> pl.DataFrame:
        return leaks(cells, sums, rules, visible, not_allowed, decided, proved, known)

    goes = cells_to_withdraw(decided, shown, found_in)
    return decided.with_columns(withdraw=pl.col("cell").is_in(goes.implode()))


def hidden_cells(
    cells: pl.DataFrame,
    sums: pl.DataFrame,
    rules: RulesOfTables,
    shown: pl.DataFrame,
    before: pl.DataFrame | None = None,
    not_allowed: Collection[str] = (),
    proved: Proved | None = None,
    trims: bool | None = None,
    known: Examined | None = None,
) -> pl.DataFrame:
    """The cells as `JUDGED` with what is hidden of them; nothing is said of versions yet.

    Of cells that no sum connects with others the same is decided with the others and without them.

    shown: what kept versions and other tiers show (`SEEN`). before: cells that the last publication hid (`cell`); they
    stay hidden, so that the same cells are missing night after night and little has to be worked out. not_allowed:
    tables of which no cell may leave. proved: parts of hidden cells that are known to be safe; those that are found to
    be are added. trims: as of `protect`. known: `examined` of these cells, sums and rules.
    """
    judged, typed, left = known or examined(cells, sums, rules, not_allowed)
    if before is not None:
        stays = (
            pl.col("cell").is_in(before["cell"].cast(pl.UInt32).implode())
            & ~pl.col("cell").is_in(shown["cell"].implode())
            & (pl.col("conf_status") == FREE)
            & ((pl.col("value") > 0) | (pl.col("contributors") > 0))
            & (pl.col("contributors") < KNOWN_TO_ALL)
        )
        judged = judged.with_columns(conf_status=pl.when(stays).then(pl.lit(SECONDARY)).otherwise("conf_status"))
    wider, wider_sums, _ = extended(
        judged, typed, rules, shown.clear(), left
    )  # remainders; what was shown is asked below
    decided = protect(wider, wider_sums, shown.select("cell").unique(), proved=proved, trims=trims)
    return decided.filter(pl.col("cell").is_in(judged["cell"].implode()))


def cells_to_withdraw(
    decided: pl.DataFrame, shown: pl.DataFrame, found_in: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.Series:
    """The shown cells whose versions have to go. A version goes for all cells that it shows, so it is asked of all.

    found_in: `leaks` of what is to be seen (`SEEN`).
    """
    withdraw = decided.filter(pl.col("conf_status").is_in(HIDDEN))["cell"].unique()
    for by_leak in (True, False):
        left = without_versions(shown, withdraw)
        found = found_in(seen_together(decided, left))
        if found.is_empty():
            break
        # A correction beside what it corrects, or sums of two versions that tell more than each alone: what was shown
        # first goes. First the versions that hold the cell itself; if that is not all, every one with other values.
        guilty = found["cell"] if by_leak else left.filter(pl.col("value").is_not_null())["cell"]
        withdraw = pl.concat([withdraw, guilty]).unique()
    return shown.filter(pl.col("cell").is_in(withdraw.implode()))["cell"].unique()


def seen_together(decided: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """What is to be seen: what is left of kept versions, and the cells that are not hidden (`SEEN`)."""
    return pl.concat([left, seen_as_now(decided.filter(~pl.col("conf_status").is_in(HIDDEN)))])


def without_versions(shown: pl.DataFrame, withdraw: pl.Series) -> pl.DataFrame:
    """What is left when every version that shows one of these cells is gone."""
    gone = shown.filter(pl.col("cell").is_in(withdraw.implode()))
    return shown.join(gone.select("version").unique(), on="version", how="anti")


def leaks(
    cells: pl.DataFrame,
    sums: pl.DataFrame,
    rules: RulesOfTables,
    shown: pl.DataFrame,
    not_allowed: Collection[str] = (),
    marks: pl.DataFrame | None = None,
    proved: Proved | None = None,
    known: Examined | None = None,
) -> pl.DataFrame:
    """The sensitive cells that everything shown together gives away (`EXPOSED`). Empty: it may be published.

    shown: what is to be seen anywhere, as `SEEN` or `cell` alone: the new files, kept versions, all tiers. `by` says
    who finds it out, `outsider` or `insider`, or by what: `change` (a value beside an older one), `remainder` (a total
    beside its parts), `old` (an older value of the cell).

    marks: what `pattern` decided (`cell`, `conf_status`); without it each cell of few people is taken to be marked so.
    known: `examined` of these cells, sums and rules.
    """
    visible = checked_seen(shown)
    judged, typed, left = known or examined(cells, sums, rules, not_allowed)
    wider, wider_sums, added = extended(_as_marked(judged, marks), typed, rules, visible, left)
    # Of a version with another value it is this one that is shown; the cell of now is shown where its value is.
    old = visible.join(
        added.filter(pl.col("kind") == OLD).select(pl.col("of").alias("cell"), "version", pl.col("cell").alias("old")),
        on=["cell", "version"],
        how="left",
    )
    seen_cells = old.select(cell=pl.coalesce("old", "cell"))["cell"]
    hidden = wider.filter(~pl.col("cell").is_in(seen_cells.implode())).select("cell")
    found = exposed(wider, wider_sums, hidden, proved=proved).join(
        added.select("cell", "of", "kind"), on="cell", how="left"
    )
    return (
        found.select(
            cell=pl.coalesce("of", "cell"),
            by=pl.when(pl.col("kind").is_in([CHANGE, REMAINDER, OLD])).then(pl.col("kind")).otherwise("by"),
        )
        .unique()
        .sort("cell", "by")
        .select(pl.col(name).cast(kind) for name, kind in EXPOSED.items())
    )


def _as_marked(judged: pl.DataFrame, marks: pl.DataFrame | None) -> pl.DataFrame:
    """Cells of people marked N in place of A or D: nobody knows from the mark whether they are few."""
    if marks is None:
        return judged
    silent = marks.filter(pl.col("conf_status") == UNKNOWN)["cell"].cast(pl.UInt32).implode()
    says_nothing = pl.col("cell").is_in(silent) & pl.col("value").is_not_null()
    return judged.with_columns(
        least=pl.when(says_nothing).then(0.0).otherwise("least"), most=pl.when(~says_nothing).then("most")
    )
