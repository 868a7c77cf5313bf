"""Where rows belong: the kind and area of their place, by what they say, by its register, or by its position.

Of an area the leaf is found: the deepest of the pack that is known. It counts for every area above that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from assets.formulas.areas import assign_areas
from assets.formulas.boundaries import Crosswalk
from assets.metrics.observed import AREA, REGISTERED
from quality.contract.columns import DAY

PLACE, KIND = "place", "kind"
UNKNOWN = "unknown"  # kind of a place of which a register that has kinds says none
EXPECTED = pl.Schema({DAY: pl.Date, KIND: pl.String, AREA: pl.String, "places": pl.Int64})
_TYPES = pl.Schema(
    {
        PLACE: pl.String,
        KIND: pl.String,
        "area": pl.String,
        "lat": pl.Float64,
        "lon": pl.Float64,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        DAY: pl.Date,
    }
)
_LEAF, _SINCE, _LISTED = "_leaf", "_since", "_listed"


def listed_positions(rows: pl.DataFrame) -> pl.DataFrame:
    """place, lat, lon: of the rows of a table of the pack (all texts, or typed) or of a feed, those that have all."""
    named = (PLACE, "lat", "lon")
    typed = rows.select(_as_typed(name, _TYPES[name], rows.schema.get(name)) for name in named)
    return typed.drop_nulls().unique(PLACE, keep="first", maintain_order=True)


@dataclass(frozen=True)
class Outlines:
    """The outlines of a city's areas: boundary_code, geometry (GeoJSON, WGS 84); and the day from which they hold."""

    shapes: pl.DataFrame
    since: date | None = None  # None: always


@dataclass(frozen=True)
class PackAreas:
    """The areas of a city as rows name them.

    areas: code, level, parent, boundary_code, name, name_<language>, valid_from, valid_to; city: the code of the whole.
    crosswalks: those of the feed, and those of any.
    """

    areas: pl.DataFrame
    city: str
    outlines: Outlines
    crosswalks: tuple[Crosswalk, ...] = ()

    def named(self, texts: pl.Series) -> pl.Series:
        """The code of the area that each text names, null for the city and for none of them.

        It is a code; else the name of one area; else it begins with the code of one, and codes of its level are all as
        long and shorter than the text, as 1168010100 is in 11680. (Where districts are 1 to 25, no 101 is in the 10.)
        """
        return pl.Series([self._code(text) for text in texts], dtype=pl.String)

    def named_on(self, texts: pl.Series, days: pl.Series) -> pl.Series:
        """As `named`, of areas that hold on the day of each text, or the leaf of a crosswalk.

        A crosswalk of the feed goes before the pack's own areas, and one of any feed before areas that do not hold. Of
        an area that does not hold, and that no crosswalk maps, the reading belongs to the area that it lay in.
        """
        leaves = [self._leaf(text, day) for text, day in zip(texts, days, strict=True)]
        return pl.Series([None if leaf == self.city else leaf for leaf in leaves], dtype=pl.String)

    def _code(self, text: str | None) -> str | None:
        if text is None:
            return None
        code = self._known.get(text)
        for length, of_length in self._prefixes:
            if code is None and len(text) > length and text[:length] in of_length:
                code = text[:length]
        return None if code == self.city else code

    def _leaf(self, text: str | None, day: date) -> str | None:
        crossed = [one for one in self._crossed.get(text or "", ()) if one.holds(day)]
        of_feed = next((one.leaf for one in reversed(crossed) if one.feed is not None), None)
        of_any = next((one.leaf for one in reversed(crossed) if one.feed is None), None)
        code = self._code(text)
        since, until, parent = self._lasting.get(code or "", (None, None, None))
        if (since is not None and day < since) or (until is not None and until < day):
            code = of_any or parent
        return of_feed or code or of_any

    @cached_property
    def _known(self) -> Mapping[str, str]:
        codes = self.areas["code"].to_list()
        return _names(self.areas) | dict(zip(codes, codes, strict=True))

    @cached_property
    def _lasting(self) -> Mapping[str, tuple[date | None, date | None, str | None]]:
        """By code: the days on which an area holds, and the area that it lies in."""
        columns = ["code", "valid_from", "valid_to", "parent"]
        has = [pl.col(name) if name in self.areas.columns else pl.lit(None).alias(name) for name in columns]
        return {code: (since, until, parent) for code, since, until, parent in self.areas.select(has).iter_rows()}

    @cached_property
    def _crossed(self) -> Mapping[str, Sequence[Crosswalk]]:
        found = dict[str, list[Crosswalk]]()
        for one in self.crosswalks:
            found.setdefault(one.code, []).append(one)
        return found

    def at(self, points: pl.DataFrame) -> pl.DataFrame:
        """place, area: of points (place, lat, lon) in an outline."""
        found = assign_areas(points.drop_nulls(["lat", "lon"]), self.outlines.shapes, self.areas)
        return found.filter(pl.col("area") != self.city)

    @cached_property
    def _prefixes(self) -> Sequence[tuple[int, frozenset[str]]]:
        """The codes of levels of which all codes are equally long, the longest first."""
        found = dict[int, set[str]]()
        for codes in self.areas.group_by("level", maintain_order=True).agg("code")["code"].to_list():
            if len(lengths := {len(code) for code in codes}) == 1 and self.city not in codes:
                found.setdefault(lengths.pop(), set()).update(codes)
        return [(length, frozenset(codes)) for length, codes in sorted(found.items(), reverse=True)]


@dataclass(frozen=True)
class Register:
    """Where the places of a feed stand: place, kind, _leaf (area), valid_from, valid_to, _since. One row for each.

    _since: the day from which the area is known, null: always. A place without a kind is UNKNOWN where others have one:
    one of which nothing is known counts among those of no kind.
    """

    places: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame, areas: PackAreas) -> Register:
        """From the rows of a table of the pack (all texts, or typed) or of a feed of places, which have a `day`."""
        typed = rows.select(_as_typed(name, dtype, rows.schema.get(name)) for name, dtype in _TYPES.items())
        typed = typed.drop_nulls(PLACE).unique(PLACE, keep="first", maintain_order=True)
        if not typed[KIND].is_null().all():
            typed = typed.with_columns(pl.col(KIND).fill_null(UNKNOWN))
        by_point = areas.at(typed.select(PLACE, "lat", "lon")).rename({"area": "_by_point"})
        lines = pl.lit(areas.outlines.since, pl.Date)
        return cls(
            typed.join(by_point, on=PLACE, how="left", maintain_order="left")
            .with_columns(areas.named(typed["area"]).alias("area"))
            .select(
                PLACE,
                KIND,
                pl.coalesce("area", "_by_point").alias(_LEAF),
                "valid_from",
                "valid_to",
                pl.when(pl.col("area").is_null()).then(pl.max_horizontal(DAY, lines)).otherwise(DAY).alias(_SINCE),
            )
        )

    def on_rows(self, rows: pl.LazyFrame, key: str = PLACE) -> pl.LazyFrame:
        """The rows with `kind`, AREA and REGISTERED as the register has their place (the text in `key`) on the day."""
        listed = self.places.lazy().with_columns(pl.lit(True).alias(_LISTED))
        kind = pl.col(KIND) if self.places[KIND].is_null().all() else pl.col(KIND).fill_null(UNKNOWN)
        joined = rows.join(listed, left_on=key, right_on=PLACE, how="left").with_columns(
            kind, self._on_day().alias(AREA), pl.col(_LISTED).fill_null(False).and_(self._valid()).alias(REGISTERED)
        )
        return joined.drop(_LEAF, "valid_from", "valid_to", _SINCE, _LISTED)

    def expected(self, days: Iterable[date]) -> pl.DataFrame:
        """EXPECTED: how many places of each kind there are in each leaf area on these days."""
        wanted = pl.DataFrame({DAY: sorted(set(days))}, schema={DAY: pl.Date})
        each = wanted.join(self.places, how="cross").filter(self._valid())
        counted = each.group_by(DAY, KIND, self._on_day().alias(AREA)).agg(pl.len().cast(pl.Int64).alias("places"))
        return counted.select(EXPECTED.names()).sort(DAY, KIND, AREA)

    def _on_day(self) -> pl.Expr:
        known = pl.col(_SINCE).is_null() | (pl.col(_SINCE) <= pl.col(DAY))
        return pl.when(known).then(_LEAF)

    def _valid(self) -> pl.Expr:
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col(DAY))
        return begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col(DAY)))


def placed(rows: pl.LazyFrame, columns: Iterable[str], register: Register | None, areas: PackAreas) -> pl.LazyFrame:
    """Rows of a feed, of which `columns` are there, with `kind`, AREA and REGISTERED.

    A kind of the rows' own stays; that of the register is taken where they have none. A register of rows without a
    place says where areas of their own kind lie, such as trade areas.
    """
    has = set(columns)
    own = rows.rename({name: f"_own_{name}" for name in (KIND, "area") if name in has})
    if register is None:
        nothing = [pl.lit(None, pl.String).alias(KIND), pl.lit(None, pl.String).alias(AREA)]
        own = own.with_columns(*nothing, pl.lit(None, pl.Boolean).alias(REGISTERED))
    else:
        own = register.on_rows(own, PLACE if PLACE in has else "_own_area")
    own = _by_name(own, areas) if "area" in has else own
    found = [pl.col("_by_name"), pl.col(AREA)] if "area" in has else [pl.col(AREA)]
    if {"lat", "lon"} <= has and not areas.outlines.shapes.is_empty():
        own, found = _at_position(own, areas), [*found, pl.col("_by_position")]
    kind = pl.col("_own_kind") if KIND in has else pl.col(KIND)
    made = own.with_columns(kind.alias(KIND), pl.coalesce(found).alias(AREA))
    made = made.rename({"_own_area": "area"}) if "area" in has else made
    return made.drop("_own_kind", "_by_name", "_by_position", strict=False)


def _by_name(rows: pl.LazyFrame, areas: PackAreas) -> pl.LazyFrame:
    """With `_by_name`: the area that a row says itself. A text is looked up once for each day, here and now: in the
    plans of all metrics 460 areas and their crosswalks cost Seoul's night 40 s."""
    said = ["_own_area", DAY]
    texts = rows.select(pl.col("_own_area").cast(pl.String), pl.col(DAY)).unique().collect()
    named = texts.with_columns(areas.named_on(texts["_own_area"], texts[DAY]).alias("_by_name"))
    return rows.join(named.lazy(), on=said, how="left", nulls_equal=True, maintain_order="left")


def _at_position(rows: pl.LazyFrame, areas: PackAreas) -> pl.LazyFrame:
    """With `_by_position`: the area in which a row's own position lies, from the day on which outlines hold."""
    position = ["lat", "lon"]
    points = rows.select(pl.col(position).cast(pl.Float64)).drop_nulls().unique().collect()
    numbered = points.with_columns(pl.int_range(pl.len()).cast(pl.String).alias(PLACE))
    areas_of = areas.at(numbered).rename({"area": "_by_position"})
    found = numbered.join(areas_of, on=PLACE).select(*position, "_by_position")
    joined = rows.join(found.lazy(), on=position, how="left")
    since = areas.outlines.since
    return joined if since is None else joined.with_columns(pl.when(pl.col(DAY) >= since).then("_by_position"))


def _as_typed(name: str, dtype: pl.DataType, has: pl.DataType | None) -> pl.Expr:
    """A column of a register, null where it has none. What is no number or day is null, too: city check names it."""
    if has is None:
        return pl.lit(None, dtype).alias(name)
    if has != pl.String or dtype == pl.String:
        return pl.col(name).replace("", None).cast(dtype) if has == pl.String else pl.col(name).cast(dtype)
    written = pl.col(name).replace("", None)
    return written.str.to_date("%Y-%m-%d", strict=False) if dtype == pl.Date else written.cast(dtype, strict=False)


def _names(areas: pl.DataFrame) -> dict[str, str]:
    """Name, in any language, to code; without names that several areas have."""
    found = dict[str, set[str]]()
    for column in (name for name in areas.columns if name == "name" or name.startswith("name_")):
        for code, name in areas.select("code", column).drop_nulls().iter_rows():
            found.setdefault(name, set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
