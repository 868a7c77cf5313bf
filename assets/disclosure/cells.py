"""The frames of disclosure control: cells, the sums that connect them, and what was decided of each cell.

A cell is what a private table says, under the filter of an entry, of one area in one period. Only types stand here and
how they are checked; `assets/derive/private_cells.py` makes them of the tables of the lake, `pattern` decides.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

FREE, FEW, DOMINATED, SECONDARY, UNKNOWN = "F", "A", "C", "D", "N"  # `conf_status`, as SDMX has it (CONF_STATUS)
HIDDEN = (FEW, DOMINATED, SECONDARY, UNKNOWN)

CELLS = pl.Schema(
    {
        "cell": pl.UInt32,
        "table": pl.String,
        "slice": pl.String,  # the filter of an entry; "" for all rows
        "area": pl.String,
        "area_level": pl.String,
        "period": pl.String,
        "period_start": pl.Date,
        "value": pl.Float64,  # at least 0; null: the provider masks it (`*`), nobody here knows it
        "contributors": pl.Float64,  # people, shops, cards the value is of; null: not known
        "largest": pl.Float64,  # what the largest of them contributes; null: not known
        "second": pl.Float64,  # and the second largest
    }
)

# Of each sum: Σ coefficient · value = 0. A city −1 and its districts 1; a month −1 and its days 1; an area that
# overlaps −1 and its shares of others. What a total has besides the parts that are shown is a cell, too, never shown.
SUMS = pl.Schema({"sum": pl.UInt32, "cell": pl.UInt32, "coefficient": pl.Float64})

# What `pattern` gives: each cell with what was decided, and how.
JUDGED = pl.Schema(
    {
        **CELLS,
        "conf_status": pl.String,  # F, or A: too few, C: dominated, D: hides another, N: contributors not known
        "below": pl.Float64,  # an attacker must think possible: value − below,
        "above": pl.Float64,  # and value + above
        "least": pl.Float64,  # what everybody knows of the hidden value, by its status alone
        "most": pl.Float64,  # null: nothing
        "withdraw": pl.Boolean,  # a kept version or another tier shows what must not be seen beside this: it has to go
    }
)

# What `intervals` gives of each hidden cell: between which values it must lie for who knows everything shown.
INTERVALS = pl.Schema({"cell": pl.UInt32, "low": pl.Float64, "high": pl.Float64, "protected": pl.Boolean})

# What is shown somewhere: in kept versions, in other tiers. `value` and `contributors` are null where they are as now.
SEEN = pl.Schema({"cell": pl.UInt32, "version": pl.String, "value": pl.Float64, "contributors": pl.Float64})


# The level of what a sum of areas has beyond its parts, as people of whom no district is known: nobody publishes it,
# and everybody can subtract.
REST = "rest"
KNOWN_TO_ALL = 1e15  # contributors of what everybody may know, as what a sum has beyond its parts: it is never hidden
# The provider writes `*` in place of a value: nobody here knows it, and everybody between which bounds it is.
MASKED = pl.col("value").is_null() & pl.col("contributors").is_null()


def checked_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells in their types. Raises ValueError that names the cell: numbers once each, no value below 0."""
    typed = cells.select(pl.col(name).cast(kind) for name, kind in CELLS.items())
    if typed["cell"].has_nulls() or typed["cell"].n_unique() != typed.height:
        raise ValueError("cells: a number of a cell is there twice, or missing")
    for name in ("value", "contributors", "largest", "second"):
        # NaN is none of the two: a comparison alone would let it pass.
        wrong = typed.filter(pl.col(name).is_not_null() & ~(pl.col(name).is_finite() & (pl.col(name) >= 0)))
        if not wrong.is_empty():
            raise ValueError(f"cells: {name} of cell {wrong['cell'][0]} is below 0 or no number")
    return typed


def checked_sums(sums: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The sums in their types, each cell once in a sum. Raises ValueError that names the sum.

    Sums of what has no value that adds up are left out: nobody can see any.
    """
    typed = sums.select(pl.col(name).cast(kind) for name, kind in SUMS.items())
    strange = typed.join(cells.select("cell"), on="cell", how="anti")
    if not strange.is_empty():
        raise ValueError(f"sums: sum {strange['sum'][0]} has cell {strange['cell'][0]}, which is not there")
    if typed.null_count().sum_horizontal().item() or not typed["coefficient"].is_finite().all():
        raise ValueError("sums: a coefficient is no number")
    return (
        typed.group_by("sum", "cell", maintain_order=True)
        .agg(pl.col("coefficient").sum())
        .filter(pl.col("coefficient") != 0)
    )


def checked_seen(seen: pl.DataFrame | None) -> pl.DataFrame:
    """What is shown, with all columns of `SEEN`; a frame of `cell` alone is one version that shows what is so now."""
    if seen is None:
        return pl.DataFrame(schema=SEEN)
    return _as_seen(seen, seen.columns).unique(maintain_order=True)


def seen_as_now(cells: pl.DataFrame) -> pl.DataFrame:
    """The same of frames that have each `cell` once: one version that shows what is so now."""
    return _as_seen(cells, ("cell",))


def _as_seen(cells: pl.DataFrame, given: Collection[str]) -> pl.DataFrame:
    return cells.select(
        (pl.col(name) if name in given else pl.lit("" if name == "version" else None)).cast(kind).alias(name)
        for name, kind in SEEN.items()
    )
