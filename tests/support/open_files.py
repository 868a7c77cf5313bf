"""Small open files made of a few rows, for tests of the site: tables have the columns that are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from assets.metrics.reasons import SENTENCES, numbered
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_LATEST, METRIC_VALUE
from assets.publication.reference_columns import MART_AREA, MART_CITY, MART_TEXT
from assets.tiers.changes import LATEST_BEFORE, RELEASE_HISTORY
from assets.tiers.masked_tables import CONF_STATUS
from warehouse.published.spec import TableSpec

Row = Mapping[str, Any]
CITY = "seoul"
RELEASED = datetime.fromisoformat("2020-12-01T06:00:00")


def a_value(**given: object) -> dict[str, Any]:
    """A row of metric.latest and metric.value: 25 of 25 stations, current, of 30 November 2020."""
    usual = {
        "city": CITY,
        "area": "11",
        "area_level": "city",
        "metric": "pm25_mean",
        "title": "PM2.5, daily mean",
        "period": "day",
        "period_start": date(2020, 11, 30),
        "value": 15.44,
        "unit": "ug/m3",
        "n": 25,
        "expected": 25.0,
        "counted": "stations",
        "completeness": 1.0,
        "status": "ok",
        "quality": "H",
        "target": 15.0,
        "target_source": "WHO 2021, 24 hours",
        "direction": "lower",
        "met": False,
        "previous": 13.9,
        "change": 1.54,
        "source": "files",
        "subject": "air_quality",
        "published_at": RELEASED,
    }
    return usual | given


def open_file_of(
    path: Path,
    rows: Iterable[Row],
    *,
    languages: Iterable[str] = ("ko", "en"),
    before: Any = None,  # rows, as `rows`
    **texts: str,
) -> Path:
    """An open file of one city with these values, the last of each metric being the latest.

    before: the newest values in the release before, which makes this one the second. texts: in English, by kind and key
    as kind__key. Sentences of reasons are there as they are published.
    """
    rows, tags = list(rows), list(languages)
    latest = list({(row["metric"], row["area"]): row for row in rows}.values())
    areas = {row["area"]: row["area_level"] for row in rows} | {"11": "city"}
    said = [("city", CITY, "Seoul"), *((*key.split("__", 1), text) for key, text in texts.items())]
    with duckdb.connect(path) as con:
        con.execute("CREATE SCHEMA ledger; CREATE SCHEMA mart; CREATE SCHEMA metric")
        con.execute(
            "CREATE TABLE ledger.release (version BIGINT, published_version BIGINT, released_at TIMESTAMP,"
            " licence VARCHAR)"
        )
        version = 1 if before is None else 2
        con.execute("INSERT INTO ledger.release VALUES (?, ?, ?, 'those of the sources')", [version, version, RELEASED])
        if before is not None:
            releases = {1: RELEASED - timedelta(1), 2: RELEASED}
            _fill(con, RELEASE_HISTORY, [{"version": one, "released_at": at} for one, at in releases.items()])
            _fill(con, LATEST_BEFORE, list(before))
        _fill(con, MART_CITY, [{"city": CITY, "title": "Seoul", "area": "11", "currency": "KRW"}])
        _fill(
            con,
            MART_AREA,
            [
                {
                    "city": CITY,
                    "area": area,
                    "area_level": level,
                    "parent": None if area == "11" else "11",
                    "name": area,
                }
                for area, level in sorted(areas.items())
            ],
        )
        _fill(con, _in_a_tier(METRIC_VALUE), rows)
        _fill(con, _in_a_tier(METRIC_LATEST), latest)
        _fill(con, METRIC_DEFINITION, list({row["metric"]: row for row in latest}.values()))
        given = [(*one, tag, tag if one[0] == "city" else "en") for tag in tags for one in said]
        reasons = [
            ("reason", code, text, tag, tag)
            for tag in tags
            for code, text in numbered(SENTENCES.language_for(tag)).items()
        ]
        names = ("kind", "key", "text", "language", "written_in")
        _fill(con, MART_TEXT, [{"city": CITY, **dict(zip(names, one, strict=True))} for one in (*given, *reasons)])
    return path


def with_table(path: Path, spec: TableSpec, rows: Iterable[Row]) -> None:
    """Put one more table into an open file: hours, feeds, codes of standards."""
    with duckdb.connect(path) as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {spec.schema}")
        _fill(con, spec, list(rows))


def _in_a_tier(spec: TableSpec) -> TableSpec:
    """A table of values has one more column in files that leave the home."""
    return replace(spec, columns=(*spec.columns, CONF_STATUS))


def _fill(con: duckdb.DuckDBPyConnection, spec: TableSpec, rows: list[Any]) -> None:
    con.execute(f"CREATE TABLE {spec.sql} ({spec.definition})")
    if rows:
        insert = f"INSERT INTO {spec.sql} VALUES ({', '.join('?' * len(spec.names))})"
        con.executemany(insert, [[row.get(name) for name in spec.names] for row in rows])
