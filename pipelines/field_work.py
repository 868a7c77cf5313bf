"""Which sensors and stations the people in the field have to look at, worst first, from what is published. Reads only.

A place stands in the list once, with all that is wrong with its quantities on the newest day of its network. What is
bad or suspect comes first, by how far it is from its neighbours: it is wrong where it is read. What is silent is only
missing, and comes last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import duckdb
import polars as pl

from assets.watch.apart import Apart
from assets.watch.flags import QcFlag, QcRule
from assets.watch.watched import unit_watched, watch_of, watched_columns
from warehouse.arrow import fetched_frame

_HEALTH = "mart.place_health"
_KEY = ("city", "network", "place")
_NEWEST = f"""
    WITH newest AS (SELECT city, network, max(day) AS day FROM {_HEALTH} GROUP BY ALL)
    SELECT h.* FROM {_HEALTH} h JOIN newest USING (city, network, day) WHERE ? = '' OR city = ?
"""
# since when each quantity has not been in order: the day after the last one on which it was
_SINCE = f"""
    WITH fine AS (SELECT city, network, quantity, place, max(day) AS day FROM {_HEALTH} WHERE qc < 3 GROUP BY ALL)
    SELECT h.city, h.network, h.place, min(h.day) AS since
    FROM {_HEALTH} h SEMI JOIN asked a ON (a.city, a.network, a.place) = (h.city, h.network, h.place)
    LEFT JOIN fine f ON (f.city, f.network, f.quantity, f.place) = (h.city, h.network, h.quantity, h.place)
    WHERE h.qc >= 3 AND (f.day IS NULL OR h.day > f.day) GROUP BY ALL
"""
_WHERE = """
    SELECT a.city, a.network, a.place, any_value(r.name) AS name, any_value(r.address) AS address,
        any_value(r.lat) AS lat, any_value(r.lon) AS lon
    FROM asked a JOIN model.place r ON (r.city, r.place, coalesce(r.network, a.network)) = (a.city, a.place, a.network)
    WHERE r.day = (SELECT max(n.day) FROM model.place n WHERE (n.city, n.feed) = (r.city, r.feed)) GROUP BY ALL
"""
_AREAS = "SELECT city, area, name AS area_name FROM mart.area"
_RANK = {QcFlag.BAD: 0, QcFlag.SUSPECT: 1, QcFlag.MISSING: 2}
_SAID = {
    QcRule.FLAT_LINE: "repeats itself",
    QcRule.SPIKE: "jumps and returns",
    QcRule.STEP: "has been at another level for days",
    QcRule.RATE_OF_CHANGE: "changes faster than can be",
}


@dataclass(frozen=True)
class PlaceToVisit:
    """One place with all that is wrong there. Ratio and difference are those of `quantity`, its worst one."""

    city: str
    network: str
    place: str
    name: str | None
    address: str | None
    area: str | None
    area_name: str | None
    lat: float | None
    lon: float | None
    since: date  # not in order since this day
    wrong: str  # in words
    quantity: str
    ratio: float | None  # to its neighbours, of the medians of 30 days
    difference: float | None  # in `unit`
    unit: str
    days_since_agreement: int | None  # None: on none of 30 days
    age_days: int | None
    qc: int


@dataclass(frozen=True)
class FieldWork:
    """The worst places, of how many in all; how many are watched on which newest day, and how many nobody can judge."""

    places: Sequence[PlaceToVisit]
    wrong: int
    watched: int
    newest: date | None
    not_judged: int = 0


def field_work(con: duckdb.DuckDBPyConnection, city: str, worst: int) -> FieldWork:
    """The work of one city, or of all with "". Nothing is watched where no city that is published has the mart, as its
    feeds have no watched quantity by place, or as an older version published the file."""
    try:
        found = fetched_frame(con.sql(_NEWEST, params=[city, city]))
    except duckdb.CatalogException:
        return FieldWork((), 0, 0, None)
    watched = found.select(*_KEY).unique().height
    ranked = _ranked(found.filter(pl.col("qc") > int(QcFlag.NOT_JUDGED)))
    chosen = ranked.unique(_KEY, keep="first", maintain_order=True).head(worst).select(*_KEY)
    rows = chosen.join(ranked, on=_KEY, how="left", maintain_order="left_right")
    places = list(_places(con, chosen, rows)) if rows.height else []
    newest = found["day"].max()
    assert newest is None or isinstance(newest, date)
    unknown = found.group_by(_KEY).agg((pl.col("qc") == int(QcFlag.NOT_JUDGED)).all()).select(pl.col("qc").sum()).item()
    return FieldWork(places, ranked.select(*_KEY).unique().height, watched, newest, unknown)


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `_off`, in multiples of the limit of the quantity, the worst first; of one place each quantity."""
    names = sorted({column for columns in watched_columns().values() for column in columns})
    limits = {name: Apart.of(watch_of(name)) for name in names}
    off = pl.coalesce(*(pl.when(pl.col("quantity") == name).then(_times(apart)) for name, apart in limits.items()))
    rank = pl.col("qc").replace_strict({int(flag): n for flag, n in _RANK.items()}, default=len(_RANK))
    return rows.with_columns(_off=off.fill_null(0), _rank=rank).sort(
        "_rank", "_off", *_KEY, "quantity", descending=[False, True, *[False] * (len(_KEY) + 1)]
    )


def _times(apart: Apart) -> pl.Expr:
    if apart.scale == "difference":
        return pl.col("difference").abs() / apart.units
    below, above = apart.log_bounds
    return pl.max_horizontal(pl.col("log_ratio") / below, pl.col("log_ratio") / above)


def _places(con: duckdb.DuckDBPyConnection, chosen: pl.DataFrame, rows: pl.DataFrame) -> Iterator[PlaceToVisit]:
    """rows: those of the chosen places, one after the other, the worst quantity of each first."""
    known = chosen.join(_asked(con, _SINCE, chosen), on=_KEY, how="left", maintain_order="left")
    known = known.join(_asked(con, _WHERE, chosen), on=_KEY, how="left", maintain_order="left")
    areas = fetched_frame(con.sql(_AREAS))
    of_place = rows.join(areas, on=["city", "area"], how="left", maintain_order="left").iter_rows(named=True)
    together = groupby(of_place, key=lambda row: tuple(row[name] for name in _KEY))
    for where, (_, quantities) in zip(known.iter_rows(named=True), together, strict=True):
        (first, *others) = quantities
        log = first["log_ratio"]
        taken = ("quantity", "difference", "area", "area_name", "days_since_agreement", "age_days", "qc")
        yield PlaceToVisit(
            **where,
            **{name: first[name] for name in taken},
            ratio=None if log is None else math.exp(log),
            unit=unit_watched(first["quantity"]),
            wrong=_in_words([first, *others]),
        )


def _asked(con: duckdb.DuckDBPyConnection, query: str, chosen: pl.DataFrame) -> pl.DataFrame:
    """What the query finds of the chosen places, which it reads as `asked`."""
    columns = [chosen[name].to_list() for name in _KEY]
    asked = (
        f"WITH asked AS (SELECT unnest(?) AS city, unnest(?) AS network, unnest(?) AS place) SELECT * FROM ({query})"
    )
    return fetched_frame(con.sql(asked, params=columns))


def _in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong at one place: quantities of which the same is said stand together."""
    said = dict[str, list[str]]()
    for row in rows:
        said.setdefault(what_is_wrong(row), []).append(row["quantity"])
    return "; ".join(f"{', '.join(quantities)}: {words}" for words, quantities in said.items())


def what_is_wrong(row: Mapping[str, Any]) -> str:
    """One row of mart.place_health in words, such as "reads 45 % above its neighbours (+12.3 ug/m3)"."""
    rules = QcRule(row["qc_rules"])
    said = ["no reading"] if QcRule.MISSING in rules else []
    said += [words for rule, words in _SAID.items() if rule in rules]
    if QcRule.NEIGHBOURS in rules:
        said.append(_apart(row))
    if QcRule.CORRELATION in rules:
        said.append(f"does not follow its neighbours (correlation {row['correlation']:.2f})")
    if QcRule.GAP in rules and QcRule.MISSING not in rules:
        said.append("had hours without a reading")
    return ", ".join(said)


def _apart(row: Mapping[str, Any]) -> str:
    unit, difference = unit_watched(row["quantity"]), row["difference"]
    way = "above" if difference > 0 else "below"
    if watch_of(row["quantity"]).scale == "difference":
        return f"reads {abs(difference):.1f} {unit} {way} its neighbours"
    share = abs(math.exp(row["log_ratio"]) - 1)
    return f"reads {share:.0%} {way} its neighbours ({difference:+.1f} {unit})".replace("%", " %")
