"""A new city pack: the files of skeleton/ under the city's name, for somebody to fill in."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from assets.pack.city_file import RESERVED, CityConfig
from assets.pack.safe_names import LONGEST_NAME
from quality.contract.base import NAME
from quality.contract.texts import Texts
from quality.language_tags import language_tag
from warehouse.files import UNFINISHED

FIRST_NIGHT = "2024-01-07"  # the newest day of the example
_HERE = Path(__file__).parent
SKELETON, EXAMPLE = _HERE / "skeleton", _HERE / "example"  # the example: its files beside, or in place of, others
DROP = "example"  # the drop folder of the example, below the pack
_NAME, _TITLE = "new_city", "New City"  # as the skeleton's own files call the city
_WRITTEN = "written_in: en # texts without a language; take it out when they are in the first of `languages`"


@dataclass(frozen=True)
class NewCity:
    """What is said of a new city; the rest stays as the skeleton has it, for somebody to fill in."""

    name: str
    title: str = ""  # in the first language
    country: str = ""  # two capitals
    timezone: str = ""
    languages: tuple[str, ...] = ()  # tags
    example: bool = False  # with a feed, a metric and a week of made-up numbers


def create_pack(cities: Path, new: NewCity) -> Path:
    """Write the pack below the folder `cities`, whole or not at all, and return its folder.

    Raises ValueError for a name, country, zone or language that cannot be used, FileExistsError if the pack is there,
    OSError.
    """
    keys = _keys(new)
    if not re.fullmatch(NAME, new.name):
        what = "use small letters, digits and single underscores, beginning with a letter"
        raise ValueError(f"{new.name!r} cannot be a city's name: {what}")
    if new.name in RESERVED:
        raise ValueError(f"{new.name!r} is used by Madang itself; choose another name")
    if len(new.name) > LONGEST_NAME:
        raise ValueError(f"a city's name may have {LONGEST_NAME} signs, and this one has {len(new.name):,}")
    folder = cities / new.name
    if os.path.lexists(folder):
        raise FileExistsError(f"{folder} exists already")
    cities.mkdir(parents=True, exist_ok=True)
    unfinished = cities / f".{new.name}.{secrets.token_hex(8)}{UNFINISHED}"  # no pack, as its name has a dot first
    try:
        _write_pack(unfinished, new, keys)
        unfinished.rename(folder)
    except OSError as error:
        if os.path.lexists(folder):  # somebody else was faster
            raise FileExistsError(f"{folder} exists already") from error
        error.filename = error.filename or str(folder)  # of a full disk the system does not say where
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _write_pack(folder: Path, new: NewCity, keys: Mapping[str, str]) -> None:
    title = new.name.replace("_", " ").title()
    for relative, source in sorted(_sources(new.example).items()):
        text = source.read_text(encoding="utf-8").replace(_NAME, new.name).replace(_TITLE, title)
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_with_keys(text, keys) if source.name == "city.yaml" else text, encoding="utf-8")


def _sources(example: bool) -> dict[Path, Path]:
    """Where each file of the new pack comes from."""
    roots = (SKELETON, EXAMPLE) if example else (SKELETON,)
    return {path.relative_to(root): path for root in roots for path in root.rglob("*") if path.is_file()}


def _keys(new: NewCity) -> dict[str, str]:
    """The lines of city.yaml, by key, that are other than those of the skeleton."""
    tags = tuple(dict.fromkeys(language_tag(tag) for tag in new.languages))
    country, zone = _where(new.country, new.timezone)
    _require_good(new, country, zone, tags)
    name = new.name.replace("_", " ").title()
    lines = {"country": f"country: {country}" if country else "", "timezone": f"timezone: {zone}" if zone else ""}
    other = bool(tags) and tags[0] != "en"  # the skeleton's texts are English, whatever the city speaks
    if tags:
        lines["languages"] = f"languages: [{', '.join(tags)}]" + (f"\n{_WRITTEN}" if other else "")
    if new.title:
        said = json.dumps(new.title, ensure_ascii=False)
        lines["title"] = f"title: {{{tags[0]}: {said}, en: {name}}}" if other else f"title: {said}"
    return {key: line for key, line in lines.items() if line}


def _with_keys(text: str, lines: Mapping[str, str]) -> str:
    """city.yaml with these lines in place of those of their keys."""
    return "".join(f"{lines.get(line.partition(':')[0], line)}\n" for line in text.splitlines())


def _where(country: str, zone: str) -> tuple[str, str]:
    """Country and zone, the one by the other where only one is said. Raises ValueError if a country has several."""
    places = _zones()
    if zone and not country:
        return next((code for code, there in places.items() if zone in there), ""), zone
    found = places.get(country, [])
    if country and not zone and len(found) > 1:
        raise ValueError(f"--country {country}: it has several time zones; add --timezone, one of {', '.join(found)}")
    return country, zone or next(iter(found), "")


@cache
def _zones() -> dict[str, list[str]]:
    """The time zones of each country, by its two capitals."""
    found = dict[str, list[str]]()
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            found.setdefault(code, []).append(zone)
    return found


def _require_good(new: NewCity, country: str, zone: str, tags: tuple[str, ...]) -> None:
    """Raises ValueError for what the reader of city.yaml would refuse."""
    try:
        CityConfig(
            name="city",
            title=Texts.model_validate(new.title or "city"),
            country=country or "XX",
            timezone=zone or "UTC",
            languages=tags or ("en",),
            area="1",
            owner="nobody",
            first_day=date(2000, 1, 1),
            nightly_at="04:00",
        )
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
