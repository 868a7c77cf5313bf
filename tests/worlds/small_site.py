"""The site of a small city, made of an open file that a real release made; names in it may be hostile."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from assets.site.build import build_site
from tests.worlds.shared_city import SHARING, chosen_city, shared_city

ADDRESS = "https://data.example.org/seoul/"
METRICS = ("pm25_mean", "living_population", "pm10_mean")
HOSTILE = (
    "<script>alert(1)</script>",
    "\" onmouseover='alert(1)' x=\"",
    "\u202eelpoep\u202c \u2066<b>bold</b>",
    "]]></title><img src=http://evil.example/x.png onerror=alert(1)>",
    "x" * 10_000,
)


@dataclass(frozen=True)
class SmallSite:
    """An open file, and its site. `named`: by area the hostile name that it has."""

    file: Path
    folder: Path
    named: dict[str, str]


def small_site(root: Path, *, hostile: bool = False, address: str | None = None, days: int = 4) -> SmallSite:
    """Published, released and made into pages."""
    world = shared_city(root, {"open": SHARING["open"]}, days, METRICS)
    named = dict[str, str]()
    if hostile:
        named = _rename(world.city.folder / "areas.csv", world.areas[1:])
        areas = chosen_city(world.city.folder, METRICS).areas
        world.city = replace(world.city, areas=areas)
        world.publish("run-2")
    done = world.release(site=True)
    assert done.troubles == []
    assert done.site_troubles == []
    folder = root / "site"
    build_site(world.tier().published_file, folder, address=address)
    return SmallSite(world.tier().published_file, folder, named)


def values_of(site: SmallSite, query: str) -> list[tuple[object, ...]]:
    """Rows of the open file."""
    with duckdb.connect(str(site.file), read_only=True) as con:
        return con.execute(query).fetchall()


def _rename(areas: Path, codes: list[str]) -> dict[str, str]:
    """Give areas hostile names, as somebody who writes a pack could."""
    named = {code: str(name) for code, name in zip(codes, HOSTILE, strict=False)}
    with areas.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in row:
            if column.startswith("name") and row["code"] in named:
                row[column] = named[row["code"]]
    with areas.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return named
