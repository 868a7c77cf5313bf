"""Cases of golden values, and their rows as a feed would give them to the evaluator."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import yaml
from pydantic import Field, field_validator

from assets.mart import declared_marts, mart_contract
from assets.metrics.entry import Entry
from assets.metrics.feeds import identity_of
from assets.metrics.measured import REASON_CODES
from assets.metrics.observed import Observed, Usual
from assets.metrics.observing import observe
from assets.metrics.one_at_a_time import columns_of_readings
from assets.models import models
from quality.contract.base import FrozenModel
from quality.contract.interval import Interval, first_of_period
from tests.worlds.packs import seoul

NOTHING = "nothing"  # no row comes
_AGAIN = re.compile(r"(\S+) x (\d+)")
_NETWORK = re.compile(r"network\s*=\s*'(\w+)'")
_FIRST_DAY = date(2024, 7, 1)  # a Monday, the first of a month and of a quarter
_AREAS = {"city": {}, "a": {"km2": 4, "residents": 100}, "b": {"km2": 6, "residents": 300}}
_UNREAL = {"_area", "_registered", "day", "time"}


class Case(FrozenModel):
    """One case of a metric, as tests/golden/<subject>.yaml has it."""

    says: str = ""
    gives: Mapping[str, float | str]
    rows: tuple[Mapping[str, Any], ...] | Mapping[str, tuple[Mapping[str, Any], ...]] | None = None
    parts: Mapping[str, Any] | None = None
    days: Any = None
    interval: str | None = None
    network: str | None = None
    places: Mapping[str, Any] | None = None
    areas: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    day: date = _FIRST_DAY
    hour: int | None = None

    @field_validator("gives", mode="before")
    @classmethod
    def _of_the_city(cls, gives: Any) -> Any:
        return gives if isinstance(gives, dict) else {"city": gives}

    @field_validator("gives")
    @classmethod
    def _known(cls, gives: Mapping[str, float | str]) -> Mapping[str, float | str]:
        for said in gives.values():
            if isinstance(said, str) and said not in (*REASON_CODES, NOTHING):
                raise ValueError(f"{said!r} is no reason; write a number, `{NOTHING}` or one of {REASON_CODES}")
        return gives


def areas_of(case: Case) -> pl.DataFrame:
    """Two districts in the city, and the areas that the case adds."""
    said = {name: {**_AREAS.get(name, {}), **case.areas.get(name, {})} for name in (*_AREAS, *case.areas)}
    rows = [
        {
            "code": code,
            "level": "city" if code == "city" else of.get("level", "district"),
            "parent": "" if code == "city" else of.get("in", "city"),
            "area_km2": float(of.get("km2", 10)),
            "residents": of.get("residents", 400),
        }
        for code, of in said.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"residents": pl.Int64})


def observed_rows(metric: str, entry: Entry, case: Case) -> Observed:
    """The rows of a case as a feed would give them: all columns of the model, each row in its area."""
    if case.rows is None:
        raise ValueError(f"{metric} is made of rows: write `rows`, or `parts` for a derived metric")
    observes = entry.observes or ""
    mart = mart_contract(observes) if observes in declared_marts() else None
    said = case.rows if isinstance(case.rows, tuple) else case.rows.get(observes, ())
    several = any(_is_series(value) for row in said for value in row.values())
    every = entry.every
    interval = case.interval or ("hour_beginning" if several and every == "day" and mart is None else every)
    columns = {name: dtype for name, dtype in columns_of_readings(observes).items() if name not in _UNREAL}
    key = [name for name in models()[observes].key if name != "time"] if mart is None else list(identity_of(mart))
    rows = [one for at, row in enumerate(said) for one in _expanded(row, at, key, interval, every, case)]
    unknown = sorted({name for row in rows for name in row} - set(columns) - _UNREAL)
    if unknown:
        raise ValueError(
            f"{metric}: the {'model' if mart is None else 'mart'} {observes} has no column {', '.join(unknown)}"
        )
    frame = pl.DataFrame(
        [{name: row.get(name) for name in (*columns, *_UNREAL)} for row in rows],
        schema={**columns, "_area": pl.String, "_registered": pl.Boolean, "day": pl.Date, "time": pl.Datetime("us")},
        strict=False,
    )
    network = case.network or ((found := _NETWORK.search(entry.where or "")) and found[1]) or "reference"
    own = {} if mart is None else mart.schema  # a mart may say in its rows of which network each is
    of_feed = {"network": network, "feed": "f"}
    frame = frame.with_columns(pl.lit(said).alias(name) for name, said in of_feed.items() if name not in own)
    if mart is not None:  # an area of its key is that of the row, and a place lies in one
        in_areas = frame.with_columns(area=pl.col("_area")) if "area" in mart.schema else frame
        return observe(mart, seoul(), in_areas.lazy(), [], {}, _before(case, in_areas))
    identity = tuple(name for name in key if frame[name].is_not_null().any())
    return Observed(
        "f", network, Interval.parse(interval), identity, frame.lazy(), _register(case, frame), _before(case, frame)
    )


def _expanded(
    row: Mapping[str, Any], at: int, key: list[str], interval: str, every: str, case: Case
) -> list[dict[str, Any]]:
    """A row, or as many as the longest of its series, one interval after the other."""
    place = {"place": f"p{at}"} if "place" in key and not any(name in row for name in key) else {}
    own = {**place, **row}
    listed = _listed(case).get(own.get("place"), {})
    own = {"kind": listed["kind"], **own} if listed.get("kind") and "kind" not in own else own
    area = own.pop("in", None) or own.get("area") or listed.get("area") or _begins_with(own.get("place"), case)
    registered = None if case.places is None else own.get("place") in case.places
    first = _moment(own.pop("time", None), own.pop("day", None), first_of_period(case.day, every))
    series = {name: series_of(value) for name, value in own.items() if _is_series(value)}
    length = Interval.parse(interval).length or timedelta(hours=1)
    made = []
    for n in range(max(map(len, series.values()), default=1)):
        moment = first + n * length
        of = {name: values[n] if n < len(values) else None for name, values in series.items()}
        made.append({**own, **of, "_area": area, "_registered": registered, "time": moment, "day": moment.date()})
    return made


def _moment(said: Any, day: Any, default: date) -> datetime:
    """`05:00` is of the day; YAML reads it as minutes, and a whole moment as one."""
    if isinstance(said, datetime):
        return said
    of_day = day or default
    if isinstance(said, str):
        said = sum(int(part) * 60 ** (1 - at) for at, part in enumerate(said.split(":")))
    return datetime.combine(of_day, time()) + timedelta(minutes=said or 0)


def _is_series(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, str) and _AGAIN.fullmatch(value) is not None)


def series_of(said: Any) -> list[Any]:
    """`20 x 3` is 20, 20, 20; in a list among others, too."""
    if isinstance(said, list | tuple):
        return [one for part in said for one in series_of(part)]
    found = _AGAIN.fullmatch(said) if isinstance(said, str) else None
    return [yaml.safe_load(found[1])] * int(found[2]) if found else [said]


def _listed(case: Case) -> dict[Any, dict[str, Any]]:
    return {place: of if isinstance(of, dict) else {"area": of} for place, of in (case.places or {}).items()}


def _begins_with(place: str | None, case: Case) -> str | None:
    """A place lies in the area whose code its name begins with: a1 in a."""
    codes = sorted(areas_of(case)["code"], key=len, reverse=True)
    return next((code for code in codes if place is not None and place.startswith(code)), None)


def _register(case: Case, rows: pl.DataFrame) -> pl.DataFrame | None:
    if case.places is None:
        return None
    listed = [{"kind": of.get("kind"), "_area": of.get("area")} for of in _listed(case).values()]
    places = pl.DataFrame(listed, schema={"kind": pl.String, "_area": pl.String})
    return (
        rows.select("day")
        .unique()
        .join(places.group_by("kind", "_area").agg(places=pl.len().cast(pl.Int64)), how="cross")
    )


def _before(case: Case, rows: pl.DataFrame) -> Usual:
    """The week before, in which all places of the rows had the same, and those that `places` has besides."""
    listed = _listed(case)
    missing = [place for place in listed if place not in set(rows["place"])] if "place" in rows.columns else []
    more = [
        rows.head(1).with_columns(place=pl.lit(place), _area=pl.lit(listed[place].get("area"), pl.String))
        for place in missing
    ]
    week = pl.duration(days=7)
    before = pl.concat([rows, *more]).with_columns(pl.col("day") - week, pl.col("time") - week)
    return Usual(before.lazy(), pl.DataFrame({"day": rows["day"].unique()}).with_columns(before=pl.col("day") - week))
