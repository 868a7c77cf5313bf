"""An open file of a small city whose checks are known: a day held back, a warning, a private feed, hostile names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import duckdb

from assets.site.opened import OpenFile

AIR, PEOPLE, DERIVED = "air", "people", "air_quality"
FIRST, HELD, WARNED = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
AT, ASKED = datetime(2026, 3, 4, 1, 2), datetime(2026, 3, 3, 5)  # noqa: DTZ001 - as the file has instants: of UTC
NOBODYS = 987_654  # a count of the private feed, which no page may have
SHA = "ab" * 32
TURNS = "\N{RIGHT-TO-LEFT OVERRIDE}"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"{SCRIPT} & {TURNS}gpj.exe"
LONG = "x" * 10_000
LICENCE, RUNS = "https://creativecommons.org/licenses/by/4.0/", "javascript:alert(1)"

_TABLES: Mapping[str, str] = {
    "ledger.release": "version BIGINT, published_version BIGINT, released_at TIMESTAMP, licence VARCHAR",
    "ledger.dictionary": "schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, position BIGINT, type VARCHAR,"
    " unit VARCHAR, is_key BOOLEAN, meaning VARCHAR",
    "mart.text": "city VARCHAR, kind VARCHAR, key VARCHAR, language VARCHAR, text VARCHAR, written_in VARCHAR",
    "mart.area": "city VARCHAR, area VARCHAR, parent VARCHAR",
    "mart.feed": "city VARCHAR, feed VARCHAR, title VARCHAR, owner VARCHAR, licence VARCHAR, limitations VARCHAR,"
    " licence_class VARCHAR, licence_url VARCHAR, attribution VARCHAR, despite_licence VARCHAR,"
    " every VARCHAR, is_private BOOLEAN",
    "mart.column": "city VARCHAR, feed VARCHAR, column_name VARCHAR, source_names VARCHAR[], dtype VARCHAR,"
    " unit VARCHAR",
    "metric.definition": "city VARCHAR, metric VARCHAR, subject VARCHAR, title VARCHAR, unit VARCHAR, period VARCHAR,"
    " feeds VARCHAR[]",
    "metric.value": "city VARCHAR, area VARCHAR, metric VARCHAR, period VARCHAR, period_start DATE, value DOUBLE",
    "quality.judged": "city VARCHAR, layer VARCHAR, table_name VARCHAR, title VARCHAR, metrics VARCHAR[]",
    "quality.rule": "city VARCHAR, layer VARCHAR, table_name VARCHAR, rule VARCHAR, title VARCHAR",
    "quality.day": "city VARCHAR, layer VARCHAR, table_name VARCHAR, day DATE, outcome VARCHAR, batch_id VARCHAR,"
    " rules BIGINT, rows_read BIGINT, rows_kept BIGINT, rows_held BIGINT, judged_at TIMESTAMP",
    "quality.finding": "city VARCHAR, layer VARCHAR, table_name VARCHAR, day DATE, rule VARCHAR, severity VARCHAR,"
    " status VARCHAR, evaluated BIGINT, unexpected BIGINT, figure VARCHAR, observed DOUBLE",
    "quality.batch": "city VARCHAR, layer VARCHAR, table_name VARCHAR, day DATE, batch_id VARCHAR,"
    " input_batches VARCHAR[], input_deliveries VARCHAR[]",
    "quality.delivery": "city VARCHAR, feed VARCHAR, sha256 VARCHAR, file_name VARCHAR, size_bytes BIGINT,"
    " asked_at TIMESTAMP, delivered_at TIMESTAMP, first_day DATE, last_day DATE",
    "quality.set_aside": "city VARCHAR, table_name VARCHAR, day DATE, rule VARCHAR, scope VARCHAR, n BIGINT",
    "quality.correction": "city VARCHAR, area VARCHAR, metric VARCHAR, period VARCHAR, period_start DATE,"
    " value_before DOUBLE, value DOUBLE, corrected_at TIMESTAMP",
}


def checked_city(*, without: Sequence[str] = (), and_then: Sequence[str] = ()) -> OpenFile:
    """The file, open. without: schemas and tables that it lacks, as an older one. and_then: what is done to it last."""
    con = duckdb.connect()
    for schema in ("ledger", "mart", "metric", "quality"):
        con.execute(f"CREATE SCHEMA {schema}")
    for table, columns in _TABLES.items():
        if table not in without and table.split(".")[0] not in without:
            con.execute(f"CREATE TABLE {table} ({columns})")
            rows = _rows()[table]
            if rows:
                con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    for query in and_then:
        con.execute(query)
    return OpenFile(con)


def _rows() -> Mapping[str, list[tuple[object, ...]]]:
    town = "town"
    return {
        "ledger.release": [(3, 5, AT, "CC BY 4.0")],
        "ledger.dictionary": [
            ("metric", "value", "value", 1, "DOUBLE", None, False, "Value; null when absent"),
            ("mart", "area_day", "pm25_mean", 1, "DOUBLE", "ug/m3", False, "Fine dust"),
        ],
        "mart.text": [
            row
            for tag in ("en", "ko")
            for row in (
                (town, "city", town, tag, "Town" if tag == "en" else "마을", tag),
                (town, "metric", "pm25_mean", tag, "PM2.5, daily mean", "en"),
                (town, "feed", AIR, tag, "Air by station", "en"),
                (town, "area", "1", tag, "Town", "en"),
                (town, "column", f"{AIR}.pm25", tag, "초미세먼지", "ko"),
                (town, "meaning", f"{AIR}.pm25", tag, "Mass of fine particles", "en"),
            )
        ],
        "mart.area": [(town, "1", None)],
        "mart.feed": [
            (town, AIR, "Air by station", HOSTILE, "CC BY 4.0", LONG, "open", LICENCE, HOSTILE, None, "day", False),
            (
                town,
                PEOPLE,
                "People present",
                "A telecom",
                "contract",
                None,
                "closed",
                RUNS,
                None,
                "agreed",
                "day",
                True,
            ),
        ],
        "mart.column": [(town, AIR, "pm25", ["MSRMT_FINE", HOSTILE], "number", "ug/m3")],
        "metric.definition": [(town, "pm25_mean", DERIVED, "PM2.5, daily mean", "ug/m3", "day", [AIR])],
        "metric.value": [
            (town, "1", "pm25_mean", "day", FIRST, 15.0),
            (town, "1", "pm25_mean", "day", HELD, None),
        ],
        "quality.judged": [
            (town, "core", AIR, "Air by station", []),
            (town, "core", PEOPLE, "People present", []),
            (town, "metric", DERIVED, "Days of air_quality", ["pm25_mean"]),
        ],
        "quality.rule": [
            (town, "core", AIR, "AIR-range", HOSTILE),
            (town, "core", AIR, "AIR-usual", LONG),
            (town, "core", AIR, "AIR-key", "The key is unique"),
            (town, "core", PEOPLE, "POP-secret", "A rule of nobody"),
        ],
        "quality.day": [
            (town, "core", AIR, FIRST, "passed", "b1", 3, 10, 10, 0, AT),
            (town, "core", AIR, HELD, "held", "b2", 3, 10, 5, 5, AT),
            (town, "core", AIR, WARNED, "warning", "b3", 3, 11, 11, 0, AT),
            # what may never be in an open file: pages have it not even then
            (town, "core", PEOPLE, FIRST, "held", "nobodys", NOBODYS, NOBODYS, NOBODYS, NOBODYS, AT),
            (town, "metric", DERIVED, FIRST, "passed", "m1", 2, 1, 1, 0, AT),
        ],
        "quality.finding": [
            (town, "core", AIR, HELD, "AIR-range", "critical", "fail", 10, 5, None, None),
            (town, "core", AIR, HELD, "AIR-usual", "warning", "fail", None, None, "rows_ratio", 0.5),
            (town, "core", AIR, WARNED, "AIR-usual", "warning", "fail", None, None, "rows_ratio", 1.25),
            (town, "core", PEOPLE, FIRST, "POP-secret", "critical", "fail", NOBODYS, NOBODYS, None, None),
        ],
        "quality.batch": [
            (town, "core", AIR, FIRST, "b1", [], [SHA]),
            (town, "core", AIR, HELD, "b2", [], ["cd" * 32]),
            (town, "core", AIR, WARNED, "b3", [], ["cd" * 32]),
            (town, "core", PEOPLE, FIRST, "nobodys", [], ["ef" * 32]),
            (town, "metric", DERIVED, FIRST, "m1", ["b1", "of another file"], []),
        ],
        "quality.delivery": [
            (town, AIR, SHA, HOSTILE, 2_048, None, AT, FIRST, FIRST),
            (town, AIR, "cd" * 32, None, 4_096, ASKED, AT, HELD, WARNED),
            (town, PEOPLE, "ef" * 32, "nobodys.csv", NOBODYS, None, AT, FIRST, FIRST),
        ],
        "quality.set_aside": [
            (town, AIR, HELD, "AIR-range", "row", 5),
            (town, AIR, WARNED, "AIR-usual", "cell", 7),
            (town, PEOPLE, FIRST, "POP-secret", "row", NOBODYS),
        ],
        "quality.correction": [(town, "1", "pm25_mean", "day", FIRST, 14.0, 15.0, AT)],
    }
