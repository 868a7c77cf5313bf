"""The dictionary: what can be looked for (measures, columns of tables, columns of feeds and their names in deliveries),
and a page for each table and feed with what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assets.site.checks.names import PROSE, Names
from assets.site.checks.reading import Checks, checks_of
from assets.site.language.words import SiteWords
from assets.site.navigation import (
    dictionary_path,
    dictionary_table_path,
    in_languages,
    metric_path,
)
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import title_of
from quality.contract.texts import PLATFORM

# Entries of one kind on the page with the search: more of them would take it above 300 kB.
MOST_MEASURES, MOST_COLUMNS = 600, 900
MOST_OF_TABLE = 900  # columns on a page of one table: mart.area_day has two for each measure
_OF_MEASURES = "mart.area_day"  # its columns are the measures, which stand in a list of their own


class DictionaryColumn(NamedTuple):
    """A column of a table or of a feed. label: what it is called; delivered: its names in deliveries."""

    name: str
    label: NamedText | None
    delivered: Sequence[str]
    dtype: str | None
    unit: str | None
    is_key: bool
    meaning: NamedText | None


Entries = Mapping[str, Sequence[DictionaryColumn]]


def dictionary_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """The dictionary of a city in a language: the page with the search first."""
    checks = checks_of(file, city.name)
    names = Names(checks, SiteWords(language))
    tables, feeds = _tables(checks), _feeds(checks, language)
    yield _index(names, city, tables, feeds)
    for name, columns in tables.items():
        yield _one(names, city, name, columns, is_feed=False)
    for name, columns in feeds.items():
        yield _one(names, city, name, columns, is_feed=True)


def _tables(checks: Checks) -> Entries:
    """The tables of the file with their columns, as the file itself describes them."""

    def read() -> Entries:
        if "ledger.dictionary" not in checks.file.tables():
            return {}
        rows = checks.file.frame(
            "SELECT schema_name || '.' || table_name, column_name, type, unit, coalesce(is_key, false), meaning"
            " FROM ledger.dictionary ORDER BY schema_name, table_name, position"
        )
        found = dict[str, list[DictionaryColumn]]()
        for table, name, dtype, unit, is_key, meaning in rows.rows():
            said = NamedText(meaning, PLATFORM) if meaning else None
            found.setdefault(table, []).append(DictionaryColumn(name, None, (), dtype, unit, is_key, said))
        return found

    return checks.file.once(("tables", "dictionary"), read)


def _feeds(checks: Checks, language: str) -> Entries:
    """The columns of feeds: their names and meanings in a language, and what deliveries call them."""
    texts = checks.file.texts(checks.city, language)
    said = {key: text for (kind, key), text in texts.items() if kind == "meaning"}
    of_contracts = {(row["feed"], row["column_name"]): row for row in checks.columns.iter_rows(named=True)}
    keys = sorted({*(tuple(key.split(".", 1)) for key in said if "." in key), *of_contracts})
    found = dict[str, list[DictionaryColumn]]()
    for feed, name in keys:
        row, key = of_contracts.get((feed, name), {}), f"{feed}.{name}"
        delivered = tuple(row.get("source_names") or ())
        column = DictionaryColumn(
            name, texts.get(("column", key)), delivered, row.get("dtype"), row.get("unit"), False, said.get(key)
        )
        found.setdefault(feed, []).append(column)
    return found


def _index(names: Names, city: OpenCity, tables: Entries, feeds: Entries) -> SitePage:
    file, words = names.checks.file, names.words
    measures = file.definitions(city.name).select("metric", "unit")
    texts = file.texts(city.name, words.language)
    titles = [texts.get(("metric", metric)) for metric in measures["metric"]]
    of_feeds = [texts.get(("feed", feed)) for feed in feeds]
    city_title = title_of(file, city, words.language)

    def content() -> Content:
        listed = {name: columns for name, columns in tables.items() if name != _OF_MEASURES}
        return {
            "city_title": words.named(city_title),
            "measures": [
                (metric_path(words.language, city.name, metric), names.metric(metric), metric, words.unit(unit or ""))
                for metric, unit in measures.head(MOST_MEASURES).rows()
            ],
            "measures_n": measures.height,
            "feeds": list(_listed(names, city, feeds, is_feed=True)),
            "feeds_n": sum(map(len, feeds.values())),
            "tables": list(_listed(names, city, listed, is_feed=False)),
            "tables_n": sum(map(len, listed.values())),
            "most": MOST_COLUMNS,
            "wide": dictionary_table_path(words.language, city.name, _OF_MEASURES) if _OF_MEASURES in tables else None,
        }

    rests_on = repr((city_title, measures.rows(), titles, of_feeds, tables, feeds))
    head = Head(
        words.plain("dictionary.title"),
        words.language,
        "dictionary",
        city.name,
        in_languages(city, dictionary_path("{language}", city.name)),
    )
    return SitePage(dictionary_path(words.language, city.name), head, "dictionary.html", rests_on, content)


def _listed(names: Names, city: OpenCity, entries: Entries, *, is_feed: bool) -> Iterator[Content]:
    """Each table with its columns in short, as many as there is room for; a table without room has its page alone."""
    room = MOST_COLUMNS
    for name, columns in entries.items():
        shown = columns[: max(room, 0)]
        room -= len(shown)
        yield {
            "path": _path(names, city, name, is_feed=is_feed),
            "title": names.feed(name) if is_feed else "",
            "code": name,
            "columns": [(column.name, *_called(names, column)) for column in shown],
        }


def _called(names: Names, column: DictionaryColumn) -> tuple[object, Sequence[object]]:
    """What a column is called by people, and by deliveries where that is something else."""
    known = {column.name, column.label.text if column.label else ""}
    others = [one for one in dict.fromkeys(column.delivered) if one not in known]
    label = names.outside(column.label.text, column.label.language) if column.label else ""
    return label, [names.outside(one, "und") for one in others[:8]]


def _path(names: Names, city: OpenCity, name: str, *, is_feed: bool) -> str:
    return dictionary_table_path(names.words.language, city.name, f"feed.{name}" if is_feed else name)


def _one(names: Names, city: OpenCity, name: str, columns: Sequence[DictionaryColumn], *, is_feed: bool) -> SitePage:
    """The page of one table or feed."""
    words, file = names.words, names.checks.file
    title = names.feed(name) if is_feed else ""
    purpose = file.texts(city.name, words.language).get(("purpose", name)) if is_feed else None
    city_title = title_of(file, city, words.language)

    def content() -> Content:
        return {
            "city_title": words.named(city_title),
            "back": dictionary_path(words.language, city.name),
            "title": title,
            "code": name,
            "purpose": names.outside(purpose.text, purpose.language, PROSE) if purpose else "",
            "is_feed": is_feed,
            "columns": [_described(names, column) for column in columns[:MOST_OF_TABLE]],
            "n": len(columns),
            "has": {part: any(getattr(one, part) for one in columns) for part in ("delivered", "dtype", "unit")},
        }

    head = Head(
        f"{words.plain('dictionary.title')}: {title.striptags() if is_feed else name}" if title else name,
        words.language,
        "dictionary",
        city.name,
        in_languages(city, dictionary_table_path("{language}", city.name, f"feed.{name}" if is_feed else name)),
    )
    rests_on = repr((city_title, title, purpose, columns))
    path = _path(names, city, name, is_feed=is_feed)
    return SitePage(path, head, "dictionary_table.html", rests_on, content, names_release=False)


def _described(names: Names, column: DictionaryColumn) -> Mapping[str, Any]:
    label, delivered = _called(names, column)
    return {
        "name": column.name,
        "label": label,
        "delivered": delivered,
        "dtype": column.dtype or "",
        "unit": names.words.unit(column.unit) if column.unit else "",
        "is_key": column.is_key,
        "meaning": names.outside(column.meaning.text, column.meaning.language, PROSE) if column.meaning else "",
    }
