"""How cells of areas add up: an area and the areas in it, areas that overlap, and what is left beyond the parts.

Cells come as `private_cells` has them, before they are typed: with `hour` in the place of a slice. What lies within
longer periods is said there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from assets.disclosure.cells import KNOWN_TO_ALL, REST
from assets.formulas.areas import lying_in, overlapping
from assets.formulas.boundaries import held_on
from assets.metrics.definition import MOST_DAYS

_AT = ["table", "period", "period_start", "hour"]
_TIME, _OVERLAP = "time", "also in"  # kinds of sums; those of areas have the level of the parts
_ALMOST = 1e-9  # of a sum: what is lost when floats are added in another order
_ROUNDED = 1e-6  # of a sum that is not of people: a smaller rest is of figures that were rounded
_NOBODYS = dict.fromkeys(("largest", "second"), pl.lit(None, pl.Float64))  # of a rest: it is not said of whom it is
_NOBODY = 0.01  # people: less is of a mean that was rounded


class Within(NamedTuple):
    """Which areas lie in which, as all sums of a city ask: worked out once, as 17 looks at a changed day took 0.1 s."""

    above: pl.DataFrame  # area, above
    across: list[str]  # areas that lie across others


def lie_within(areas: pl.DataFrame) -> Within:
    """Of the areas of a city."""
    above = lying_in(areas).select(pl.col("code", "parent").cast(pl.Categorical))
    return Within(above.rename({"code": "area", "parent": "above"}), sorted(overlapping(areas)))


def sums_over_areas(cells: pl.DataFrame, areas: Within) -> pl.DataFrame:
    """whole, cell, coefficient, value: of each area, which has -1 itself, the areas of each level that lie in it.

    An area that lies across others (`also_in`) is the sum of all that lie in it, and no part of what is around it.
    """
    return terms_of_sums(_parts(cells, areas).with_columns(coefficient=pl.lit(1.0)), pl.col("kind"))


def rests_over_areas(cells: pl.DataFrame, areas: Within, of_people: Collection[str]) -> pl.DataFrame:
    """The cells that have something beyond their parts, as `with_rest` has the rest, under the number of the whole: a
    look without any sum, at all cells of a city."""
    parts = _parts(cells, areas).drop_nulls(["value", "total"]).group_by("whole", "kind")
    left = parts.agg(pl.col("value", "contributors").sum(), known=pl.col("contributors").is_not_null().all())
    own = cells.drop_nulls("value").rename({"cell": "whole", "value": "total", "contributors": "behind"})
    rest = left.join(own, on="whole").with_columns(
        value=pl.col("value") - pl.col("total"),
        size=pl.max_horizontal("value", "total"),
        people=pl.col("contributors") - pl.col("behind"),
        known=pl.col("known") & pl.col("behind").is_not_null(),
        contributors="behind",
    )
    rest = rest.filter(pl.col("value").abs() > _ALMOST * pl.col("size"))
    rest = rest.with_columns(area_level=pl.lit(REST, pl.Categorical), contributors=_behind(of_people), **_NOBODYS)
    fewest = rest.with_columns(pl.col("value").abs(), cell="whole").sort("contributors")
    return fewest.unique("cell", keep="first", maintain_order=True).select(cells.columns)


def _parts(cells: pl.DataFrame, areas: Within) -> pl.DataFrame:
    """The cells with each `whole` that they are parts of, its value (`total`), and the kind of the sum."""
    above, across = areas
    whole = cells.select(*_AT, above="area", whole="cell", total="value")
    parts = cells.join(above, on="area").join(whole, on=[*_AT, "above"], nulls_equal=True)
    if not across:
        return parts.with_columns(kind=pl.col("area_level"))
    of_across = pl.col("above").cast(pl.String).is_in(across)
    kind = pl.when(of_across).then(pl.lit(_OVERLAP)).otherwise(pl.col("area_level").cast(pl.String))
    parts = parts.filter(of_across | ~pl.col("area").cast(pl.String).is_in(across))
    return parts.with_columns(kind=kind.cast(pl.Categorical))


def terms_of_sums(parts: pl.DataFrame, kind: str | pl.Expr = _TIME) -> pl.DataFrame:
    """whole, cell, coefficient, value: terms of the sums of each `whole` of one kind. parts: whole, total (its value),
    cell, coefficient, value."""
    known = parts.drop_nulls(["value", "total"])
    named = known.select(
        whole=pl.struct("whole", kind=pl.lit(kind, pl.Categorical) if isinstance(kind, str) else kind),
        cell="cell",
        coefficient="coefficient",
        value="value",
        total="total",
    )
    wholes = named.unique("whole").select(
        "whole", cell=pl.col("whole").struct.field("whole"), coefficient=pl.lit(-1.0), value="total"
    )
    return pl.concat([named.drop("total"), wholes])


def without_parts(cells: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """The cells; of an area across others that has a part without a cell nobody knows who stands behind it.

    What it and the areas around it differ by could then be computed by everybody, and would be judged by nobody.
    """
    across = sorted(overlapping(areas))
    if not across:
        return cells
    parts = lying_in(areas).filter(pl.col("parent").is_in(across))
    own = cells.with_columns(code=pl.col("area").cast(pl.String))
    wholes = own.filter(pl.col("code").is_in(across)).select("cell", *_AT, parent="code")
    wanted = wholes.join(parts, on="parent")
    if "valid_from" in areas.columns:
        wanted = wanted.join(areas.select("code", "valid_from", "valid_to"), on="code")
        wanted = wanted.filter(held_on(pl.col("period_start")))
    has = own.drop_nulls("value").select(*_AT, "code")
    lacking = wanted.join(has, on=[*_AT, "code"], how="anti", nulls_equal=True)["cell"]
    unknown = pl.col("cell").is_in(lacking.implode())
    return cells.with_columns(contributors=pl.when(~unknown).then("contributors"))


def with_rest(cells: pl.DataFrame, sums: pl.DataFrame, of_people: Collection[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a whole has beyond its parts becomes a cell of its own, and a term of the sum.

    Over time everybody may know it. Over areas it is somebody's, as a shop of which no district is known, or a district
    that is absent: whoever sees the whole and its parts subtracts. of_people: tables whose values are people, so that a
    rest is as many as it says; of the others it is of as many as stand behind the whole and not behind the parts.
    """
    size, people = (pl.col("coefficient") * pl.col("value")).abs(), pl.col("coefficient") * pl.col("contributors")
    left = (
        sums.join(cells.select("cell", "contributors"), on="cell", maintain_order="left")
        .group_by("sum", maintain_order=True)
        .agg(
            value=(pl.col("coefficient") * pl.col("value")).sum(),
            size=size.max(),
            people=people.sum(),
            known=pl.col("contributors").is_not_null().all(),
            whole=pl.col("cell").filter(pl.col("coefficient") == -1).first(),
            kind=pl.col("whole").struct.field("kind").first(),
        )
        .filter(pl.col("value").abs() > _ALMOST * pl.col("size"))
    )
    of_whole = cells.select(
        *(name for name in cells.columns if name not in ("cell", "value")), whole="cell", total="value"
    )
    rest = left.join(of_whole, on="whole", maintain_order="left")
    rest = rest.with_columns(area_level=pl.lit(REST, pl.Categorical), contributors=_behind(of_people), **_NOBODYS)
    rest = rest.with_columns(sign=pl.col("value").sign(), value=pl.col("value").abs())
    rest = rest.with_row_index("cell", offset=_next(cells))
    terms = rest.select("sum", "cell", "value", coefficient=-pl.col("sign"))
    columns = ["sum", "cell", "coefficient", "value"]
    return pl.concat([cells, rest.select(cells.columns)]), pl.concat([sums.select(columns), terms.select(columns)])


def _behind(of_people: Collection[str]) -> pl.Expr:
    """Who stands behind a rest. Of people in a longer period those of a day: the same may be there on each."""
    value = pl.col("value").abs()
    most_days = pl.col("period").cast(pl.String).replace_strict(MOST_DAYS, default=1, return_dtype=pl.Int64)
    days = (pl.col("total") / pl.col("contributors")).fill_nan(1.0).fill_null(1.0).clip(1.0, most_days)
    counts = pl.col("table").cast(pl.String).is_in(sorted(of_people))
    anybody = pl.when(counts).then(value > _NOBODY).otherwise(value > _ROUNDED * pl.col("size"))
    # nobody fewer than nobody: a rest without contributors is somebody's all the same
    number = pl.when(counts).then(value / days).otherwise(pl.col("people").abs()).clip(1.0)
    somebody = anybody & pl.col("known") & (pl.col("kind") != _TIME)
    return pl.when(somebody).then(number).otherwise(pl.lit(KNOWN_TO_ALL))


def _next(cells: pl.DataFrame) -> int:
    """A number that no cell has: `cells` may be those of some tables, and have numbers above their count."""
    highest = cells["cell"].max()
    return 0 if highest is None else int(highest) + 1  # pyright: ignore[reportArgumentType]
