"""Cities of a few areas anywhere on earth, without feeds: what the simulated world has to cope with."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from assets.pack.city import City
from assets.pack.city_file import CityConfig, Holidays
from quality.contract.interval import Interval
from quality.contract.texts import Texts
from simulator.observations import OBSERVED, observed_rows
from simulator.row_kinds import Listing
from simulator.world.world import World


@dataclass(frozen=True)
class Somewhere:
    """Where a city is, and what its pack knows of it."""

    name: str
    country: str
    zone: str
    lat: float
    lon: float
    language: str = "en"
    areas: Sequence[str] = ("Centre", "North", "South")  # none: the city is its only area
    residents: int | None = 900_000  # of all areas together
    holidays: bool = True


SOMEWHERE = (
    Somewhere("hanoi", "VN", "Asia/Ho_Chi_Minh", 21.03, 105.85, "vi", ("Ba Đình", "Hoàn Kiếm", "Tây Hồ")),
    Somewhere("jakarta", "ID", "Asia/Jakarta", -6.2, 106.82, "id", ("Jakarta Pusat",), holidays=False),
    Somewhere("sydney", "AU", "Australia/Sydney", -33.87, 151.21, residents=None),
    Somewhere("chicago", "US", "America/Chicago", 41.88, -87.63, areas=()),
    Somewhere(
        "ulaanbaatar", "MN", "Asia/Ulaanbaatar", 47.92, 106.92, "mn", ("Баянгол", "Налайх"), None, holidays=False
    ),
    Somewhere("cairo", "EG", "Africa/Cairo", 30.04, 31.24, "ar", ("القاهرة", "الجيزة")),
)


def small_city(where: Somewhere) -> City:
    """The pack of such a city, in memory."""
    parts = [(f"D{n:02d}", "district", "C", name) for n, name in enumerate(where.areas, 1)]
    rows = [("C", "city", "", where.name.title()), *parts]
    each = None if where.residents is None else where.residents // max(len(parts), 1)
    areas = pl.DataFrame(
        {
            "code": [row[0] for row in rows],
            "level": [row[1] for row in rows],
            "parent": [row[2] for row in rows],
            "name": [row[3] for row in rows],
            f"name_{where.language}": [row[3] for row in rows],
            "boundary_code": pl.Series([None] * len(rows), dtype=pl.String),
            "area_km2": [30.0] * len(rows),
            "lat": [where.lat + 0.03 * n for n in range(len(rows))],
            "lon": [where.lon + 0.02 * n for n in range(len(rows))],
            "population_2023": [where.residents, *[each] * len(parts)],
        }
    )
    config = CityConfig(
        name=where.name,
        title=Texts({where.language: where.name.title()}),
        country=where.country,
        timezone=where.zone,
        languages=(where.language,),
        area="C",
        owner="City of " + where.name.title(),
        first_day=date(2013, 1, 1),
        nightly_at="04:10",
        holidays=Holidays(country=where.country) if where.holidays else None,
    )
    return City(Path(where.name), config, areas, {}, {}, {}, {})


def observed_digest(of: World, backwards: bool = False) -> str:
    """Hashes of all models' rows of two days, asked for in this order or the other one.

    JSON writes floats so that they are read back as they were: equal text, equal frame.
    """
    asked = list(itertools.product(OBSERVED, (date(2013, 1, 1), date(2024, 6, 12))))
    found = {}
    for model, day in reversed(asked) if backwards else asked:
        interval = None if isinstance(OBSERVED[model], Listing) else Interval.parse("hour_beginning")
        text = observed_rows(of, model, day, interval).write_json()
        found[f"{model} {day}"] = hashlib.sha256(text.encode()).hexdigest()
    return " ".join(f"{name}={value}" for name, value in sorted(found.items()))
