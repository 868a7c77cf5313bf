"""Which sensors and stations the people in the field have to look at, worst first, from what is published. Reads only.

A place stands in the list once, with all that is wrong with its quantities on the newest day of its network. What is
bad or suspect comes first, by how far it is from its neighbours: it is wrong where it is read. Then what the register
has at a place that cannot be. What is silent is only missing, and comes last; after it what nobody has heard for long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from assets.watch.apart import Apart
from assets.watch.flags import QcFlag
from assets.watch.health import WhyNotJudged
from assets.watch.watched import unit_watched, watch_of, watched_columns
from pipelines.field_words import troubles_in_words
from pipelines.registered import KEY, registered, silent_for_long
from pipelines.silent_places import with_silence
from warehouse.arrow import fetched_frame

_HEALTH = "mart.place_health"
_NEWEST = f"""
    WITH newest AS (SELECT city, network, max(day) AS day FROM {_HEALTH} GROUP BY ALL)
    SELECT h.* FROM {_HEALTH} h JOIN newest USING (city, network, day) WHERE ? = '' OR city = ?
"""
# Since when each quantity has been silent, or else not in order: the day after the last one on which it was not. A day
# that is silent is no first day of what is suspect.
_SINCE = f"""
    WITH asked AS (SELECT unnest(?) AS city, unnest(?) AS network, unnest(?) AS place),
    days AS (SELECT * FROM {_HEALTH} SEMI JOIN asked USING (city, network, place)),
    ends AS (
        SELECT city, network, place, quantity, arg_max(qc, day) = {QcFlag.MISSING:d} AS silent,
            max(day) FILTER (WHERE qc <> {QcFlag.MISSING:d}) AS heard, max(day) FILTER (WHERE qc < 3) AS fine
        FROM days GROUP BY ALL
    )
    SELECT city, network, place, quantity, min(day) AS since, any_value(heard) AS heard
    FROM ends JOIN days USING (city, network, place, quantity)
    WHERE CASE WHEN silent THEN heard IS NULL OR day > heard
        ELSE qc IN ({QcFlag.SUSPECT:d}, {QcFlag.BAD:d}) AND (fine IS NULL OR day > fine) END
    GROUP BY ALL
"""
_AREAS = "SELECT city, area, name AS area_name FROM mart.area"
_MISPLACED, _UNHEARD = 2, 4
_RANK = {QcFlag.BAD: 0, QcFlag.SUSPECT: 1, QcFlag.MISSING: 3}
_NO_FIGURES: Mapping[str, Any] = dict.fromkeys(
    ("quantity", "ratio", "difference", "unit", "days_since_agreement", "age_days", "qc")
)


@dataclass(frozen=True)
class PlaceToVisit:
    """One place with all that is wrong there. Since, ratio and difference are those of `quantity`, its worst one; what
    is wrong is of no quantity where only the register or a long silence gives it away."""

    city: str
    network: str
    place: str
    name: str | None
    address: str | None
    area: str | None
    area_name: str | None
    lat: float | None
    lon: float | None
    since: date | None  # not in order since this day; None: nobody knows
    wrong: str  # in words
    quantity: str | None
    ratio: float | None  # to its neighbours, of the medians of 30 days
    difference: float | None  # in `unit`
    unit: str | None
    days_since_agreement: int | None  # None: on none of 30 days
    age_days: int | None
    qc: int | None


@dataclass(frozen=True)
class FieldWork:
    """The worst places, of how many in all; how many are watched on which newest day, and how many nobody can judge, by
    the reason."""

    places: Sequence[PlaceToVisit]
    wrong: int
    watched: int
    newest: date | None
    not_judged: Mapping[WhyNotJudged, int] = field(default_factory=dict)


def field_work(con: duckdb.DuckDBPyConnection, city: str, worst: int) -> FieldWork:
    """The work of one city, or of all with "". Nothing is watched where no city that is published has the mart, as its
    feeds have no watched quantity by place, or as an older version published the file."""
    try:
        found = fetched_frame(con.sql(_NEWEST, params=[city, city]))
    except duckdb.CatalogException:
        return FieldWork((), 0, 0, None)
    listed = registered(con, city)
    ranked = _ranked(found.filter(pl.col("qc") > int(QcFlag.NOT_JUDGED)))
    of_register = pl.when(pl.col("misplaced").is_not_null()).then(_MISPLACED).when("unheard").then(_UNHEARD)
    others = listed.select(*KEY, of_register.alias("_rank"), pl.lit(0.0).alias("_off")).drop_nulls()
    every = pl.concat([ranked.select(others.columns), others], how="vertical_relaxed")
    in_order = _in_order(every).unique(KEY, keep="first", maintain_order=True)
    newest = found["day"].max()
    assert newest is None or isinstance(newest, date)
    return FieldWork(
        list(_places(con, in_order.head(worst).select(KEY), ranked, listed)),
        in_order.height,
        found.select(KEY).unique().height,
        newest,
        _not_judged(found),
    )


def _not_judged(found: pl.DataFrame) -> Mapping[WhyNotJudged, int]:
    """How many places have no quantity that can be judged, by the first of their reasons as WhyNotJudged has them."""
    reasons = {str(why): number for number, why in enumerate(WhyNotJudged)}
    first = pl.col("not_judged").replace_strict(reasons, default=None, return_dtype=pl.Int64).min()
    of_places = found.group_by(KEY).agg((pl.col("qc") == int(QcFlag.NOT_JUDGED)).all().alias("none"), first)
    counted = dict(of_places.filter("none").group_by("not_judged").len().iter_rows())
    return {why: counted[number] for number, why in enumerate(WhyNotJudged) if number in counted}


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `_off`, in multiples of the limit of the quantity, the worst first; of one place each quantity."""
    names = sorted({column for columns in watched_columns().values() for column in columns})
    limits = {name: Apart.of(watch_of(name)) for name in names}
    off = pl.coalesce(*(pl.when(pl.col("quantity") == name).then(_times(apart)) for name, apart in limits.items()))
    rank = pl.col("qc").replace_strict({int(flag): n for flag, n in _RANK.items()}, default=_UNHEARD)
    wrong = pl.when(pl.col("qc") != int(QcFlag.MISSING)).then(off)  # how far off it was before says nothing of silence
    return _in_order(rows.with_columns(_off=wrong.fill_null(0), _rank=rank).sort("quantity"))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """By `_rank`, and the farthest first."""
    falling = [False, True, *[False] * len(KEY)]
    return rows.sort("_rank", "_off", *KEY, descending=falling, maintain_order=True)


def _times(apart: Apart) -> pl.Expr:
    if apart.scale == "difference":
        return pl.col("difference").abs() / apart.units
    below, above = apart.log_bounds
    return pl.max_horizontal(pl.col("log_ratio") / below, pl.col("log_ratio") / above)


def _places(
    con: duckdb.DuckDBPyConnection, chosen: pl.DataFrame, ranked: pl.DataFrame, listed: pl.DataFrame
) -> Iterator[PlaceToVisit]:
    """chosen: KEY of the places, in their order. ranked: rows of health, of each place the worst quantity first."""
    if chosen.is_empty():
        return
    since = fetched_frame(con.sql(_SINCE, params=[chosen[name].to_list() for name in KEY]))
    rows = with_silence(con, ranked.join(chosen, on=KEY, how="semi", maintain_order="left"))
    rows = rows.join(since, on=[*KEY, "quantity"], how="left", maintain_order="left")
    heard = since.group_by(KEY).agg(pl.col("heard").max())
    known = chosen.join(listed, on=KEY, how="left", maintain_order="left")
    known = known.join(heard, on=KEY, how="left", maintain_order="left")
    of_places = rows.partition_by(KEY, as_dict=True, maintain_order=True)
    areas = {(city, area): name for city, area, name in con.sql(_AREAS).fetchall()}
    for where in known.iter_rows(named=True):
        of_place = of_places.get(tuple(where[name] for name in KEY), rows.clear()).to_dicts()
        yield _place(where, of_place, areas)


def _place(
    where: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], areas: Mapping[tuple[str, str | None], str | None]
) -> PlaceToVisit:
    """where: what the register has of it, and the last day on which it was heard. rows: of health, the worst first."""
    first = rows[0] if rows else None
    since = first["since"] if first is not None else where["heard"] and where["heard"] + timedelta(days=1)
    said = [troubles_in_words(rows, since)] if rows else []
    said += [where["misplaced"]] if where["misplaced"] else []
    said += [silent_for_long(read_before=where["heard"] is not None)] if where["unheard"] else []
    area = where["area"] if first is None else first["area"]
    return PlaceToVisit(
        **{name: where[name] for name in (*KEY, "name", "address", "lat", "lon")},
        area=area,
        area_name=areas.get((where["city"], area)),
        since=since,
        wrong="; ".join(said),
        **(_NO_FIGURES if first is None else _figures(first)),
    )


def _figures(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of the worst quantity of a place."""
    log = row["log_ratio"]
    return {name: row[name] for name in ("quantity", "difference", "days_since_agreement", "age_days", "qc")} | {
        "ratio": None if log is None else math.exp(log),
        "unit": unit_watched(row["quantity"]),
    }
