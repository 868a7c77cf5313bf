"""Areas that change: which hold when, and by which shares a reading of another area goes to those that there are.

A crosswalk says of a code (of an area of before, or of another kind, such as the legal dong) to which areas what is
counted there goes, from which day on, and by which share. A share that nobody knows is left open: the reading then
counts for the areas that hold all of its targets, and for no single one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.formulas.areas import areas_above, lying_in

CROSSWALKS = "crosswalks"  # the table of a pack
CROSSWALK_COLUMNS = ("feed", "code", "area", "share", "valid_from", "valid_to", "source")
MAPPED = 0.99  # of what is counted has to be mapped, or a change over a new boundary is none
BREAKS = pl.Schema({"area": pl.String, "since": pl.Date})


@dataclass(frozen=True)
class Crosswalk:
    """Where the readings of one code go between two days. A share is None where it is not known."""

    feed: str | None  # of which feed; None: of any
    code: str
    since: date | None
    until: date | None
    shares: Mapping[str, float | None]  # by area

    @property
    def leaf(self) -> str:
        """The area that readings lie in: the only one, or a name for the shares of several."""
        if self.renames:
            return next(iter(self.shares))
        return f"{self.code} > {', '.join(self.shares)} from {self.since}" + (f" ({self.feed})" if self.feed else "")

    @property
    def renames(self) -> bool:
        """All of it goes to one area."""
        return list(self.shares.values()) == [1.0]

    @property
    def known(self) -> bool:
        """Every share is known."""
        return None not in self.shares.values()

    def holds(self, day: date) -> bool:
        """Whether it says something of the day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def crosswalks_of(table: pl.DataFrame | None) -> tuple[Crosswalk, ...]:
    """The rows of the table of a pack (all texts), one crosswalk for each feed, code and time."""
    if table is None:
        return ()
    rows = table.select(
        (pl.col(name) if name in table.columns else pl.lit(None, pl.String).alias(name)).replace("", None)
        for name in CROSSWALK_COLUMNS
    ).with_columns(
        pl.col("share").cast(pl.Float64, strict=False),
        pl.col("valid_from", "valid_to").str.to_date("%Y-%m-%d", strict=False),
    )
    found = dict[tuple[str | None, str, date | None, date | None], dict[str, float | None]]()
    for feed, code, area, share, since, until, _ in rows.drop_nulls(["code", "area"]).iter_rows():
        found.setdefault((feed, code, since, until), {})[area] = share
    return tuple(Crosswalk(feed, code, since, until, shares) for (feed, code, since, until), shares in found.items())


def inside_of(areas: pl.DataFrame, crosswalks: Iterable[Crosswalk] = ()) -> pl.DataFrame:
    """_area, area, area_level, share: each leaf with every area but the city that it counts for, and by which share.

    A leaf is an area, or one of a crosswalk. Areas that hold all targets of a crosswalk have the whole, whether the
    shares are known or not.
    """
    above = areas_above(areas)
    found = [above.with_columns(share=pl.lit(1.0))]
    around = dict[str, list[tuple[str, str]]]()
    for leaf, area, level in above.iter_rows():
        around.setdefault(leaf, []).append((area, level))
    for one in crosswalks:
        if one.renames:
            continue
        counted = dict[tuple[str, str], list[float | None]]()
        for area, share in one.shares.items():
            for outer in around.get(area, ()):
                counted.setdefault(outer, []).append(share)
        rows = [
            (one.leaf, area, level, 1.0 if len(shares) == len(one.shares) else sum(s for s in shares if s is not None))
            for (area, level), shares in counted.items()
            if len(shares) == len(one.shares) or None not in shares
        ]
        found.append(pl.DataFrame(rows, schema=found[0].schema, orient="row"))
    return pl.concat(found).unique(["_area", "area"], keep="first", maintain_order=True)


def breaks_of(areas: pl.DataFrame, crosswalks: Iterable[Crosswalk]) -> pl.DataFrame:
    """area, since: the days from which an area has another outline under the same code.

    It gave a part away, or took one in. One that begins on the day has no series that could break.
    """
    begins = dict(areas.select("code", "valid_from").iter_rows()) if "valid_from" in areas.columns else {}
    rows = [
        (area, one.since)
        for one in crosswalks
        if one.feed is None and one.since is not None
        for area in one.shares
        if area in begins and (begins[area] is None or begins[area] < one.since)
    ]
    return pl.DataFrame(sorted(set(rows)), schema=BREAKS, orient="row")


def on_boundaries_of(
    counted: pl.DataFrame, since: date, until: date, areas: pl.DataFrame, crosswalks: Sequence[Crosswalk]
) -> pl.DataFrame:
    """area, value, mapped: sums of the boundaries of one day on those of a later one.

    counted: area, value. A sum is split by the shares of each crosswalk that begins after `since`, up to `until`, in
    the order of their days. mapped: of what an area has, the share that lies in areas whose shares are known; below
    MAPPED it is no number to compare with. Means and labels cannot be split: they do not belong here.
    """
    rows = counted.select("area", pl.col("value").cast(pl.Float64), mapped=pl.lit(1.0))
    changes = [one for one in crosswalks if one.feed is None and one.since is not None and since < one.since <= until]
    for day in sorted({one.since for one in changes if one.since is not None}):
        of_day = [one for one in changes if one.since == day]
        moved = pl.DataFrame(
            [(one.code, area, share) for one in of_day for area, share in one.shares.items()],
            schema={"area": pl.String, "_to": pl.String, "_share": pl.Float64},
            orient="row",
        )
        # of a code to which nothing happened there is no row; of an open share the whole is counted as not mapped
        stays, open_ = pl.col("_to").is_null(), pl.col("_to").is_not_null() & pl.col("_share").is_null()
        rows = (
            rows.join(moved, on="area", how="left", maintain_order="left")
            .select(
                area=pl.coalesce("_to", "area"),
                value=pl.when(stays | open_).then("value").otherwise(pl.col("value") * pl.col("_share")),
                mapped=pl.when(open_).then(0.0).otherwise("mapped"),
            )
            .group_by("area", maintain_order=True)
            .agg(pl.col("value").sum(), mapped=(pl.col("mapped") * pl.col("value")).sum() / pl.col("value").sum())
        )
    holding = set(areas.filter(held_on(pl.lit(until, pl.Date)))["code"]) if "valid_from" in areas.columns else None
    return rows if holding is None else rows.filter(pl.col("area").is_in(sorted(holding)))


def counted_in_part(
    leaves: Iterable[str], day: date, areas: pl.DataFrame, crosswalks: Iterable[Crosswalk] = ()
) -> frozenset[str]:
    """The areas, the city among them, of which readings of these leaves count some of the parts and not all of them.

    The parts are those that hold on the day. A sum over what is there would be one of a smaller area, and looks like
    any other. Of a leaf whose shares are not known, each of the areas that it goes to is counted.
    """
    held = areas.filter(held_on(pl.lit(day, pl.Date))) if "valid_from" in areas.columns else areas
    parts = dict[str, set[str]]()
    for code, parent in lying_in(held).iter_rows():
        parts.setdefault(parent, set()).add(code)
    said = set(leaves)
    counted = said.union(*(one.shares for one in crosswalks if one.leaf in said))
    some, whole = set(counted), set(counted)
    for _ in parts:  # no way up is longer
        some |= {area for area, inner in parts.items() if inner & some}
        whole |= {area for area, inner in parts.items() if inner <= whole}
    return frozenset(some - whole)


def held_on(day: pl.Expr, since: pl.Expr | None = None, until: pl.Expr | None = None) -> pl.Expr:
    """Whether an area holds on a day: from its first to its last one, as far as it has them."""
    since, until = pl.col("valid_from") if since is None else since, pl.col("valid_to") if until is None else until
    return (since.is_null() | (since <= day)) & (until.is_null() | (until >= day))
