"""Where the files of the site lie, and what the navigation of each page leads to."""

from __future__ import annotations

import hashlib
import re

from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Head
from quality.contract.texts import PLATFORM

ROOT = "index.html"  # the first page of the site


def city_path(language: str, city: str) -> str:
    """The page of a city."""
    return f"{language}/{city}/index.html"


def wall_path(language: str, city: str) -> str:
    """The page of a city for a screen on a wall."""
    return f"{language}/{city}/wall.html"


def metric_path(language: str, city: str, metric: str) -> str:
    """The page of a metric."""
    return f"{language}/{city}/metric/{metric}.html"


def districts_path(language: str, city: str) -> str:
    """The page that leads to those of the districts."""
    return f"{language}/{city}/district/index.html"


def district_path(language: str, city: str, area: str) -> str:
    """The page of a district, or of another area of a city."""
    return f"{language}/{city}/district/{_file_name(area)}.html"


def _file_name(code: str) -> str:
    """A code of a pack as the name of a file: as it is, or its digest where it would lead to another folder."""
    return code if re.fullmatch(r"[A-Za-z0-9_-]+", code) else hashlib.sha256(code.encode()).hexdigest()[:16]


def _table_name(table: str) -> str:
    """The same of a table with what it is in, such as core.air_daily: the first point stays."""
    return ".".join(map(_file_name, table.split(".", 1)))


def quality_path(language: str, city: str, month: str = "index") -> str:
    """The page of what was checked; `month`: that of one month, as 2020-11."""
    return f"{language}/{city}/quality/{month}.html"


def way_path(language: str, city: str, table: str, month: str) -> str:
    """The page of the batches and deliveries of a table in a month, as 2020-11. A day has an anchor: #2020-11-30."""
    return f"{language}/{city}/way/{_table_name(table)}/{month}.html"


def dictionary_path(language: str, city: str) -> str:
    """The page of all columns and their meanings."""
    return f"{language}/{city}/dictionary.html"


def dictionary_table_path(language: str, city: str, table: str) -> str:
    """The page of the columns of one table, such as `metric.value`, or of one feed, as `feed.air_daily`."""
    return f"{language}/{city}/dictionary/{_table_name(table)}.html"


def catalogue_path(language: str, city: str) -> str:
    """The page of what can be downloaded."""
    return f"{language}/{city}/catalogue.html"


def cities_path(language: str) -> str:
    """The page on which cities stand side by side."""
    return f"{language}/cities.html"


def comparison_path(language: str, metric: str) -> str:
    """The page on which the cities that have a metric stand side by side."""
    return f"{language}/cities/{metric}.html"


def data_path(city: str, name: str) -> str:
    """A download of a city, such as pm25_mean.csv."""
    return f"data/{city}/{name}"


def in_languages(city: OpenCity, path: str) -> dict[str, str]:
    """By language of a city, the path of a page of it: `path` has {language} for the tag."""
    return {tag: path.replace("{language}", tag) for tag in city.languages}


def all_languages(file: OpenFile) -> list[str]:
    """The languages of pages of all cities: those that a city has, English first."""
    found = {tag for city in file.cities for tag in city.languages}
    return sorted(found | {PLATFORM}, key=lambda tag: (tag != PLATFORM, tag))


def sections_of(head: Head) -> dict[str, str]:
    """By entry of the navigation the path that it leads to. A page of all cities leads to no page of one."""
    language, city = head.language, head.city
    if not city:
        return {"cities": cities_path(language)}
    return {
        "city": city_path(language, city),
        "districts": districts_path(language, city),
        "quality": quality_path(language, city),
        "cities": cities_path(language),
        "dictionary": dictionary_path(language, city),
        "catalogue": catalogue_path(language, city),
    }
