"""What is wrong in the areas of a city: parents, positions, numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from assets.formulas.areas import ALSO_IN
from assets.pack.city import PackFiles
from assets.pack.city_file import CityConfig
from assets.pack.reference import AREAS, POPULATION
from assets.pack.table_file import line_in
from quality.contract.mistakes import Mistake
from quality.contract.nearest import what_to_write

_LEVELS = ("city", "district", "neighbourhood")
_FAR_KM = 3_000  # from the place that gives a time zone its name; no zone but those of empty land is wider
_APART_DEG = 3.0  # of the areas of one city


def areas_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Of areas.csv."""
    if pack.areas is not None:
        path = pack.folder / AREAS
        yield from _levels(path, pack.areas)
        yield from _parents(path, pack.areas)
        yield from _across(path, pack.areas)
        yield from _numbers(path, pack.areas)
        if pack.config is not None:
            yield from _positions(path, pack.areas, pack.config)


def _levels(path: Path, areas: pl.DataFrame) -> Iterator[Mistake]:
    cities = 0
    for row, level in enumerate(areas["level"]):
        cities += level == "city"
        if level not in _LEVELS:
            hint = "write city for the whole city, district for its parts, and neighbourhood for the parts of these"
            yield Mistake(f"{level!r} is no level of an area", path, line_in(row), "level", hint)
        elif level == "city" and cities > 1:
            yield Mistake("there is another row of the whole city", path, line_in(row), "level", "take one out")


def _parents(path: Path, areas: pl.DataFrame) -> Iterator[Mistake]:
    parents = dict(areas.select("code", "parent").iter_rows())
    for row, (code, parent) in enumerate(parents.items()):
        if parent is None or parent == "":
            continue
        if parent not in parents:
            hint = what_to_write(parent, parents)
            yield Mistake(f"there is no area {parent!r}, the parent of {code!r}", path, line_in(row), "parent", hint)
            continue
        seen, above = {code}, parent
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == code:
            hint = "write the code of the area that it is a part of; of the city itself none"
            yield Mistake(f"area {code!r} is a part of itself", path, line_in(row), "parent", hint)


def _across(path: Path, areas: pl.DataFrame) -> Iterator[Mistake]:
    """Areas of another classification, such as a ring: others lie in them besides the area that they are a part of."""
    if ALSO_IN not in areas.columns:
        return
    levels = dict(areas.select("code", "level").iter_rows())
    for row, (code, parent, named) in enumerate(areas.select("code", "parent", ALSO_IN).iter_rows()):
        for other in (named or "").split():
            line = line_in(row)
            if other not in levels:
                hint = what_to_write(other, levels)
                yield Mistake(f"there is no area {other!r}, in which {code!r} lies", path, line, ALSO_IN, hint)
            elif other in (code, parent) or levels[other] == "city":
                what = f"area {code!r} lies in {other!r} anyhow"
                yield Mistake(
                    what, path, line, ALSO_IN, "name areas of another classification alone, or leave it empty"
                )


def _numbers(path: Path, areas: pl.DataFrame) -> Iterator[Mistake]:
    for name in [name for name in areas.columns if name.startswith(POPULATION) or name == "area_km2"]:
        year = name.removeprefix(POPULATION)
        if name != "area_km2" and not (year.isdigit() and len(year) == 4):
            hint = f"write {POPULATION}2023"
            yield Mistake(f"{name!r} does not end with a year", path, 1, name, hint)
        for row in (areas[name] < 0).arg_true():
            yield Mistake("cannot be below 0", path, line_in(row), name, "write the number, or leave it empty")


def _positions(path: Path, areas: pl.DataFrame, config: CityConfig) -> Iterator[Mistake]:
    """Latitudes that are longitudes, and areas that lie elsewhere."""
    zone = _zone_places().get(config.timezone)
    there = areas.with_row_index("row").drop_nulls(["lat", "lon"])
    middle = [statistics.median(there[name].to_list() or [0.0]) for name in ("lat", "lon")]
    for row, code, lat, lon in there.select("row", "code", "lat", "lon").iter_rows():
        line, exchange = line_in(row), "exchange `lat` and `lon`"
        if abs(lat) > 90 or abs(lon) > 180:
            ok = abs(lat) <= 180 and abs(lon) <= 90
            hint = exchange if ok else "latitudes are -90 to 90, longitudes -180 to 180, in degrees"
            yield Mistake(f"{lat}, {lon} is no place on Earth", path, line, "lat", hint)
        elif zone is not None and _km((lat, lon), zone) > _FAR_KM > 2 * _km((lon, lat), zone):
            what = f"latitude and longitude are exchanged: {lat}, {lon} is far from {config.timezone}"
            yield Mistake(what, path, line, "lat", exchange)
        elif zone is not None and _km((lat, lon), zone) > _FAR_KM:
            what = f"{lat}, {lon} is {_km((lat, lon), zone):,.0f} km from where {config.timezone} is"
            yield Mistake(what, path, line, "lat", "is a sign missing, or the time zone another?", warning=True)
        elif there.height > 2 and _apart(lat, lon, *middle) > _APART_DEG:
            swapped = _apart(lon, lat, *middle) <= _APART_DEG
            what = f"area {code!r} lies far from the others, at {lat}, {lon}"
            hint = exchange if swapped else "write its own position in degrees"
            yield Mistake(what, path, line, "lat", hint, warning=not swapped)


def _apart(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    return max(abs(lat - other_lat), abs(lon - other_lon))


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """On the great circle."""
    a, b, c, d = (math.radians(degrees) for degrees in (*one, *other))
    inner = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 12742 * math.asin(math.sqrt(min(1.0, max(0.0, inner))))


@cache
def _zone_places() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the place that gives a time zone its name."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[2]: _degrees(row[1]) for row in rows}


def _degrees(text: str) -> tuple[float, float]:
    """+3733+12658 or +404251-0740023, degrees and minutes, and seconds."""
    cut = max(text.rfind("+"), text.rfind("-"))
    found = list[float]()
    for part, digits in ((text[:cut], 2), (text[cut:], 3)):
        degrees, minutes, seconds = part[1 : 1 + digits], part[1 + digits : 3 + digits], part[3 + digits :] or "0"
        found.append((int(degrees) + int(minutes) / 60 + int(seconds) / 3600) * (-1 if part[0] == "-" else 1))
    return found[0], found[1]
