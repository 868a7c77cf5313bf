"""The published tables of what a city is: its areas, residents, days and feeds, and the names of all of it."""

from __future__ import annotations

from warehouse.published.spec import PublishedColumn, TableSpec

MART_CITY = TableSpec(
    "mart",
    "city",
    "The cities of this file: their names, clocks, languages and money",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("title", "VARCHAR", "Name in English, or as its pack is written; mart.text has it in others"),
        PublishedColumn("country", "VARCHAR", "Country (ISO 3166), such as KR"),
        PublishedColumn("timezone", "VARCHAR", "Zone of the city's clocks: its days begin and end by it"),
        PublishedColumn("languages", "VARCHAR[]", "Language tags (BCP 47), the city's own first"),
        PublishedColumn("area", "VARCHAR", "Area code of the city as a whole, see mart.area"),
        PublishedColumn("levels", "VARCHAR[]", "Levels of its areas, from the largest to the smallest"),
        PublishedColumn(
            "boundary", "VARCHAR", "What its border follows: administrative, functional or degree_of_urbanisation"
        ),
        PublishedColumn("boundary_version", "VARCHAR", "Edition of the border; null where the pack does not say"),
        PublishedColumn(
            "currency",
            "VARCHAR",
            "Currency (ISO 4217) of the amounts in its feeds; null where they have none, or several",
        ),
    ),
)
MART_AREA = TableSpec(
    "mart",
    "area",
    "The areas of the cities",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("area", "VARCHAR", "Area code", key=True),
        PublishedColumn("area_level", "VARCHAR", "city, district or neighbourhood"),
        PublishedColumn("parent", "VARCHAR", "Area it lies in"),
        PublishedColumn("name", "VARCHAR", "Name in the first language of the city; mart.text has it in others"),
        PublishedColumn("area_km2", "DOUBLE", "Area in square kilometres"),
        PublishedColumn("lat", "DOUBLE", "Latitude of the approximate centre, WGS 84"),
        PublishedColumn("lon", "DOUBLE", "Longitude of the approximate centre, WGS 84"),
        PublishedColumn("boundary_code", "VARCHAR", "Its code in the city's feed of outlines"),
        PublishedColumn("valid_from", "DATE", "First day of the area; null where the pack does not say"),
        PublishedColumn("valid_to", "DATE", "Last day of the area; null where it still is one"),
        PublishedColumn(
            "changed_on",
            "VARCHAR[]",
            "From which days it has another outline under the same code. A value is of the outline of its own day, and "
            "one of a period of the outline with which it ends: values before and after such a day are not one series",
        ),
        PublishedColumn(
            "verified",
            "VARCHAR",
            "How sure its figures are: yes, each stands in a source; area-geometry, area_km2 is computed from an "
            "outline; partial, some figure is rounded, unofficial or missing; unverified, some figure is in no source "
            "that was read. Null where the pack does not say",
        ),
        PublishedColumn("source", "VARCHAR", "Where its figures come from; null where the pack does not say"),
        PublishedColumn(
            "geometry",
            "VARCHAR",
            "Outline as GeoJSON geometry, WGS 84; of an area without an outline of its own, all areas that lie in it "
            "together. Null where the city has no outlines",
        ),
    ),
)
MART_TEXT = TableSpec(
    "mart",
    "text",
    "Names of cities, areas, metrics, feeds, columns and holidays, and what they are, in every language of the file",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn(
            "kind",
            "VARCHAR",
            "What it is: name of a city, area, metric, feed, column or holiday; purpose of a feed; meaning of column; "
            "how to read a metric (reads), what it cannot say (not); sentence of a reason; word for what is "
            "counted; sentence that says why two cities are not comparable (comparison)",
            key=True,
        ),
        PublishedColumn(
            "key",
            "VARCHAR",
            "City, area code, metric, feed, feed.column, day of a holiday, code of a reason (reason_code, or code of "
            "benchmark.pair), or English word for what is counted (counted)",
            key=True,
        ),
        PublishedColumn("language", "VARCHAR", "Language tag (BCP 47) of the reader, such as ko or zh-Hant", key=True),
        PublishedColumn("text", "VARCHAR", "Text for this reader, never null"),
        PublishedColumn("written_in", "VARCHAR", "Language of the text; another than the reader's where there is none"),
    ),
)
MART_RESIDENTS = TableSpec(
    "mart",
    "residents",
    "Registered residents of each area at the end of each year. A day is weighted by the newest year-end before it, "
    "or, where there is none, by the oldest one",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("area", "VARCHAR", "Area code, see mart.area", key=True),
        PublishedColumn(
            "year", "BIGINT", "Year at whose end they were counted; others could not be confirmed", key=True
        ),
        PublishedColumn("residents", "DOUBLE", "Registered residents", unit="persons"),
    ),
)
MART_CALENDAR = TableSpec(
    "mart",
    "calendar",
    "Every day of the years for which the city has data: weekday, holiday, season and kind of day",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("day", "DATE", "Day", key=True),
        PublishedColumn("weekday", "BIGINT", "1 is Monday, 7 is Sunday (ISO 8601)"),
        PublishedColumn("weekend", "BOOLEAN", "The week ends with it, as in the country of the city"),
        PublishedColumn(
            "holiday",
            "VARCHAR",
            "What the public holiday is called in the first language of the city; null on other days, and where the "
            "pack names no country of holidays. mart.text has it in other languages",
        ),
        PublishedColumn(
            "season", "VARCHAR", "winter, spring, summer or autumn, by whole months; null between the tropics"
        ),
        PublishedColumn(
            "kind",
            "VARCHAR",
            "Kind of day by which days are compared: working day, Saturday or day of rest; weekday or weekend day "
            "where holidays are not known",
        ),
    ),
)
MART_COLUMN = TableSpec(
    "mart",
    "column",
    "The columns of public feeds, and what they are called in deliveries; mart.text has their names and meanings",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("feed", "VARCHAR", "Feed, see mart.feed", key=True),
        PublishedColumn("column_name", "VARCHAR", "Column of its table in core", key=True),
        PublishedColumn(
            "source_names", "VARCHAR[]", "Names under which it was delivered, in all versions; none: it is computed"
        ),
        PublishedColumn("dtype", "VARCHAR", "string, integer, number, boolean, date, timestamp or array"),
        PublishedColumn("unit", "VARCHAR", "Unit in which it is stored; null where it has none"),
    ),
)
MART_FEED = TableSpec(
    "mart",
    "feed",
    "The feeds of the cities: who delivers them, under which licence, and where their rows are",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("feed", "VARCHAR", "Feed; mart.text has its title in other languages", key=True),
        PublishedColumn("title", "VARCHAR", "Title in English, or as its pack is written"),
        PublishedColumn("owner", "VARCHAR", "Who delivers it: to be named as the source"),
        PublishedColumn("licence", "VARCHAR", "Licence of its data, and of what is made from them"),
        PublishedColumn(
            "licence_class",
            "VARCHAR",
            "What that lets everybody do: open, or non_commercial, no_derivatives, closed (not to be passed on) or "
            "unclear, which keep out of the open file what is made of it",
        ),
        PublishedColumn("licence_ids", "VARCHAR[]", "Licences that it names, as SPDX calls them where it does"),
        PublishedColumn("licence_url", "VARCHAR", "Text of the first of them"),
        PublishedColumn("attribution", "VARCHAR", "How to name the source"),
        PublishedColumn(
            "despite_licence", "VARCHAR", "Why it is in the open file although its licence is not open; else null"
        ),
        PublishedColumn("limitations", "VARCHAR", "What its data cannot say"),
        PublishedColumn("models", "VARCHAR[]", "Models that it implements, see the tables of model"),
        PublishedColumn("network", "VARCHAR", "reference, low_cost, crowd or modelled; null where not said"),
        PublishedColumn("interval", "VARCHAR", "What a row is of, from its time on; null of a register"),
        PublishedColumn("every", "VARCHAR", "How often it is delivered: day, month, quarter or year"),
        PublishedColumn("is_private", "BOOLEAN", "Its rows are not published, only what is made from them by area"),
        PublishedColumn("table_name", "VARCHAR", "Its table in core; null of a private feed"),
    ),
)
