"""The districts of a city as pages show them: which there are, what they are called, and the sheet of their map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from assets.site.figures.outlines import AreaSheet, Place, sheet_of
from assets.site.language.words import SiteWords
from assets.site.opened import NamedText, OpenCity, OpenFile


@dataclass(frozen=True)
class District:
    """An area right below the city. residents: by the newest register that has them, of that year."""

    code: str
    name: str
    km2: float | None
    valid_from: Any
    valid_to: Any
    residents: float | None
    year: int | None


def districts_of(file: OpenFile, city: OpenCity) -> Sequence[District]:
    """The areas whose parent is the city itself, by code; none of a city that is not parted."""
    return file.once(("districts", city.name), lambda: _districts(file, city))


def district_sheet(file: OpenFile, city: OpenCity) -> AreaSheet:
    """The map of the districts: it is projected once, and every map of the city is drawn on it."""
    return file.once(("sheet", city.name), lambda: _sheet(file, city))


def outlines_digest(file: OpenFile, city: OpenCity) -> str:
    """Changes with everything that a map of the city is drawn of."""
    query = "SELECT CAST(sum(hash(a)) AS VARCHAR) FROM (FROM mart.area WHERE city = ?) AS a"
    return str(file.frame(query, city.name).item())


def district_names(file: OpenFile, city: OpenCity, language: str) -> Mapping[str, NamedText]:
    """By code, what the districts are called for a reader of a language."""
    texts = file.texts(city.name, language)
    return {one.code: texts.get(("area", one.code), NamedText(one.name, "")) for one in districts_of(file, city)}


def with_own_name(file: OpenFile, city: OpenCity, words: SiteWords, code: str, otherwise: str) -> Markup:
    """A district's name, and beside it what it is called by those who live there where that is written otherwise."""
    shown = file.texts(city.name, words.language).get(("area", code), NamedText(otherwise, words.language))
    own = file.texts(city.name, city.languages[0]).get(("area", code), shown) if city.languages else shown
    if own.text == shown.text:
        return words.named(shown)
    return Markup('{} <small class="own-name">{}</small>').format(words.named(shown), words.named(own))


def _districts(file: OpenFile, city: OpenCity) -> Sequence[District]:
    people, years = _residents(file, city) if "mart.residents" in file.tables() else ({}, {})
    rows = file.areas(city.name).iter_rows(named=True)
    return [
        District(
            row["area"],
            str(row["name"] or row["area"]),
            row["area_km2"],
            row["valid_from"],
            row["valid_to"],
            people.get(row["area"]),
            years.get(row["area"]),
        )
        for row in rows
        if row["parent"] == city.area and row["area"] != city.area
    ]


def _residents(file: OpenFile, city: OpenCity) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """By area, the newest number of residents; and the years that they are of."""
    rows = file.frame(
        "SELECT area, max_by(residents, year) AS people, max(year) AS year FROM mart.residents"
        " WHERE city = ? AND residents IS NOT NULL GROUP BY area",
        city.name,
    )
    return dict(zip(rows["area"], rows["people"], strict=True)), dict(zip(rows["area"], rows["year"], strict=True))


def _sheet(file: OpenFile, city: OpenCity) -> AreaSheet:
    codes = {one.code for one in districts_of(file, city)}
    rows = file.areas(city.name).iter_rows(named=True)
    return sheet_of(
        [Place(row["area"], row["lat"], row["lon"], row["geometry"]) for row in rows if row["area"] in codes]
    )
