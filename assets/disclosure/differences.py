"""Cells that nobody publishes and everybody can compute: what a total has besides its parts, what a correction changed.

A total with ten shops beside districts with nine shows the one that is in no district. A figure of yesterday's version
beside the one of today shows who came late. Both become cells of their own, never shown, with the contributors by which
the two differ; whether an attacker comes near them is then asked as of any other.
"""

from __future__ import annotations

import polars as pl

from assets.disclosure.cells import CELLS, FREE, SUMS, UNKNOWN
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import RulesOfTables, rules_of

_ROUNDING = 1e-6  # a sum that is off by less than this part of its members is off by rounding
_SAME = 1e-9  # two figures that differ by less are one
REMAINDER, CHANGE, OLD = "remainder", "change", "old"

# The cells of `extended` that were added: of which given cell they tell, and what they are.
ADDED = pl.Schema({"cell": pl.UInt32, "of": pl.UInt32, "kind": pl.String, "version": pl.String})


def extended(
    judged: pl.DataFrame, sums: pl.DataFrame, rules: RulesOfTables, seen: pl.DataFrame, left: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Cells and sums with those of differences added, and what was added (`ADDED`). left: `remainders` of them."""
    old, changes, connected = _changes(judged, sums, rules, seen)
    if left.is_empty() and old.is_empty():
        return judged, sums, pl.DataFrame(schema=ADDED)
    first_cell, first_sum = _next(judged["cell"]), _next(sums["sum"])
    parts = [part for part in (left, old, changes) if not part.is_empty()]
    added = pl.concat(parts, how="diagonal").with_row_index("cell", offset=first_cell)
    new = _judged(added, judged, rules)
    ids = added.select("cell", "of", "kind", "version", "key")
    links = []
    if not left.is_empty():
        links.append(
            added.filter(pl.col("kind") == REMAINDER).select(sum="row", cell="cell", coefficient="coefficient")
        )
    if not old.is_empty():
        named = connected.join(ids.select("cell", "key"), on="key", how="left")
        typed = named.with_columns(cell=pl.coalesce("cell", "plain"))
        links.append(typed.select(sum=pl.col("row") + first_sum, cell="cell", coefficient="coefficient"))
    all_sums = pl.concat([sums, *(link.select(pl.col(n).cast(k) for n, k in SUMS.items()) for link in links)])
    return pl.concat([judged, new]), all_sums, ids.select(pl.col(n).cast(k) for n, k in ADDED.items())


def _judged(added: pl.DataFrame, judged: pl.DataFrame, rules: RulesOfTables) -> pl.DataFrame:
    """The added cells, judged: a difference by the least one that may be seen, an old value as any cell."""
    like = judged.select("cell", "table", "slice", "area", "area_level", "period", "period_start").rename(
        {"cell": "of"}
    )
    cells = added.join(like, on="of", how="left", maintain_order="left").with_columns(
        largest=pl.lit(None, pl.Float64), second=pl.lit(None, pl.Float64)
    )
    found = sensitive(cells.select(CELLS.names()), rules)
    # Enough to be a cell can still be too few to be a difference, and a difference has no mark that says anything.
    apart = pl.col("cell").is_in(added.filter(pl.col("kind") != OLD)["cell"].implode())
    free = pl.col("conf_status") == FREE
    tenth = pl.col("value") / 10
    return found.with_columns(
        conf_status=pl.when(apart & free).then(pl.lit(UNKNOWN)).otherwise("conf_status"),
        below=pl.when(apart).then(tenth).otherwise("below"),
        above=pl.when(apart).then(tenth).otherwise("above"),
        least=pl.when(apart).then(0.0).otherwise("least"),
        most=pl.when(~apart).then("most"),
    )


def remainders(judged: pl.DataFrame, sums: pl.DataFrame, rules: RulesOfTables) -> pl.DataFrame:
    """What totals have besides their parts, where it is of too few. Of shares nobody can say whose they are."""
    members = sums.join(judged.select("cell", "table", "value", "contributors"), on="cell")
    rests = (
        members.group_by("sum", maintain_order=True)
        .agg(
            rest=(pl.col("coefficient") * pl.col("value")).sum(),
            size=(pl.col("coefficient") * pl.col("value")).abs().max(),
            people=(pl.col("coefficient") * pl.col("contributors")).sum(),
            known=pl.col("value").is_not_null().all() & pl.col("contributors").is_not_null().all(),
            plain=(pl.col("coefficient").abs() == 1).all(),
            table=pl.col("table").first(),
            of=pl.col("cell").get(pl.col("coefficient").arg_min()),
        )
        .filter(pl.col("known") & pl.col("plain") & (pl.col("rest").abs() > _ROUNDING * pl.col("size")))
    )
    few = rests.filter(pl.col("people").abs() < _least_difference(rules, rests["table"]))
    return few.select(
        "of",
        kind=pl.lit(REMAINDER),
        version=pl.lit(None, pl.String),
        key=pl.lit(None, pl.String),
        row="sum",
        coefficient=-pl.col("rest").sign(),
        value=pl.col("rest").abs(),
        # Nobody fewer than nobody: a rest without contributors is somebody's all the same.
        contributors=pl.max_horizontal(pl.col("people").abs(), 1.0),
    )


def _changes(
    judged: pl.DataFrame, sums: pl.DataFrame, rules: RulesOfTables, seen: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Old values that are shown beside others of now, what changed between them, and the sums that connect all."""
    empty = pl.DataFrame()
    other = seen.filter(pl.col("value").is_not_null())
    if other.is_empty():
        return empty, empty, empty
    now = judged.select("cell", "table", pl.col("value").alias("now"), pl.col("contributors").alias("people"))
    other = other.join(now, on="cell")
    size = pl.max_horizontal(pl.col("value").abs(), pl.col("now").abs())
    other = other.filter(
        pl.col("now").is_not_null() & ((pl.col("value") - pl.col("now")).abs() > _SAME * size)
    ).with_columns(before=pl.coalesce("contributors", "people"), key=pl.concat_str("cell", pl.lit("/"), "version"))
    if other.is_empty():
        return empty, empty, empty
    common = {"of": pl.col("cell"), "version": pl.col("version")}
    old = other.select(**common, kind=pl.lit(OLD), key="key", value="value", contributors="before")
    # As many as before can be others than before: of a correction that changes no number one is taken to be concerned.
    moved = (pl.col("people") - pl.col("before")).abs()
    small = other.with_columns(moved=pl.when(moved == 0).then(1.0).otherwise(moved)).filter(
        pl.col("moved").is_null() | (pl.col("moved") < _least_difference(rules, other["table"]))
    )
    changes = small.select(
        **common,
        kind=pl.lit(CHANGE),
        key=pl.concat_str(pl.lit("+"), "key"),
        value=(pl.col("value") - pl.col("now")).abs(),
        contributors="moved",
    )
    # The change itself: old − now ∓ change = 0.
    places = small.with_row_index("row")
    self_sums = pl.concat(
        [
            places.select("row", "key", plain=pl.lit(None, pl.UInt32), coefficient=pl.lit(1.0)),
            places.select("row", key=pl.lit(None, pl.String), plain="cell", coefficient=pl.lit(-1.0)),
            places.select(
                "row",
                key=pl.concat_str(pl.lit("+"), "key"),
                plain=pl.lit(None, pl.UInt32),
                coefficient=(pl.col("now") - pl.col("value")).sign(),
            ),
        ]
    )
    # And the sums of that version: as those of now, with old values in the place of new ones.
    touched = sums.join(other.select("cell", "version"), on="cell").select("sum", "version").unique(maintain_order=True)
    again = touched.with_row_index("row", offset=places.height).join(sums, on="sum")
    again = again.join(other.select("cell", "version", "key"), on=["cell", "version"], how="left")
    old_sums = again.select(
        "row", "key", plain=pl.when(pl.col("key").is_null()).then(pl.col("cell")), coefficient="coefficient"
    )
    return old, changes, pl.concat([self_sums, old_sums])


def _least_difference(rules: RulesOfTables, tables: pl.Series) -> pl.Expr:
    least = {table: rules_of(rules, table).least_difference for table in tables.unique()}
    return pl.col("table").replace_strict(least, default=0, return_dtype=pl.Int64)


def _next(numbers: pl.Series) -> int:
    return 0 if numbers.is_empty() else int(numbers.max()) + 1  # pyright: ignore[reportArgumentType]
