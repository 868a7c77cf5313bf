"""What is published beside values: names, change and target, quality and notation, and reasons in every language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import polars as pl
import pytest

from assets.metrics import entries
from assets.metrics.reasons import SENTENCES
from assets.publication import metric_columns
from assets.publication.latest import LatestValues
from assets.publication.ledger_view import LedgerView
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_LATEST, METRIC_VALUE
from assets.publication.named import reason_view, subject_views
from assets.publication.reference_columns import MART_AREA, MART_TEXT
from assets.publication.rests_on import what_it_rests_on
from assets.publication.texts import all_texts
from quality.contract.mistakes import ContractError
from tests.worlds.packs import seoul
from warehouse.published.spec import TableSpec

LAST = date(2026, 3, 2)
VALUE = {"city": "seoul", "area": "11", "area_level": "city", "period": "day", "unit": "ug/m3", "status": "ok"}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A file in the making with the tables that others are made of, and the names of Seoul."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA metric; CREATE SCHEMA mart")
        for spec in (METRIC_VALUE, METRIC_DEFINITION, MART_AREA, MART_TEXT):
            connection.execute(f"CREATE TABLE {spec.sql} ({', '.join(f'{c.name} {c.dtype}' for c in spec.columns)})")
        put(connection, MART_AREA, [{"city": "seoul", "area": "11", "name": "서울"}])
        texts = all_texts([seoul()], {}).filter(pl.col("kind").is_in(["metric", "reason", "counted"]))
        connection.register("texts", texts)
        connection.execute(f"INSERT INTO {MART_TEXT.sql} BY NAME FROM texts")
        yield connection


def put(connection: duckdb.DuckDBPyConnection, spec: TableSpec, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {spec.sql} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def latest(connection: duckdb.DuckDBPyConnection, values: Sequence[dict[str, Any]], direction: str) -> dict[str, Any]:
    """The row of metric.latest of one metric with these values."""
    metric = "pm25_mean"
    defined = {"city": "seoul", "metric": metric, "subject": "air", "title": "PM2.5", "direction": direction}
    put(connection, METRIC_DEFINITION, [defined])
    put(connection, METRIC_VALUE, [VALUE | {"metric": metric} | value for value in values])
    city = SimpleNamespace(name="seoul", config=SimpleNamespace(languages=("ko", "en")))
    view = SimpleNamespace(city=city, days=[LAST], due={metric: LAST})
    return LatestValues(METRIC_LATEST, [cast("LedgerView", view)]).rows(connection).row(0, named=True)


def on(day: int, value: float | None, **more: Any) -> dict[str, Any]:
    return {"period_start": LAST.replace(day=day), "value": value, "target": 15.0} | more


def test_the_latest_value_has_names_and_what_it_was_the_day_before(con: duckdb.DuckDBPyConnection) -> None:
    row = latest(con, [on(1, 20.0), on(2, 15.0)], "lower")
    assert (row["area_name"], row["title"], row["title_local"]) == ("서울", "PM2.5", "초미세먼지 일평균")
    assert (row["met"], row["previous"], row["change"], row["change_percent"]) == (True, 20.0, -5.0, -25.0)


@pytest.mark.parametrize(
    ("direction", "value", "target", "met"),
    [
        ("lower", 15.1, 15.0, False),
        ("higher", 15.1, 15.0, True),
        ("higher", 15.0, 15.0, True),
        ("none", 15.0, 15.0, None),
        ("lower", 15.0, None, None),
    ],
)
def test_a_target_is_met_on_its_side(
    con: duckdb.DuckDBPyConnection, direction: str, value: float, target: float | None, met: bool | None
) -> None:
    assert latest(con, [on(2, value, target=target)], direction)["met"] is met


def test_only_the_period_before_is_the_previous_one(con: duckdb.DuckDBPyConnection) -> None:
    absent = {"status": "absent", "reason": "x"}
    row = latest(con, [on(1, None, **absent), on(2, 15.0)], "lower")
    assert (row["previous"], row["change"], row["change_percent"]) == (None, None, None)


@pytest.mark.parametrize(
    ("period", "before", "start"),
    [
        ("week", date(2026, 2, 16), date(2026, 2, 23)),
        ("month", date(2026, 1, 1), date(2026, 2, 1)),
        ("quarter", date(2025, 7, 1), date(2025, 10, 1)),
        ("year", date(2024, 1, 1), date(2025, 1, 1)),
        ("trailing_year", date(2025, 2, 1), date(2025, 3, 1)),
    ],
)
def test_the_period_before_is_of_the_same_kind(
    con: duckdb.DuckDBPyConnection, period: str, before: date, start: date
) -> None:
    values = [on(1, number, period=period, period_start=day) for day, number in ((before, 8.0), (start, 10.0))]
    row = latest(con, values, "lower")
    assert (row["period_start"], row["previous"], row["change_percent"]) == (start, 8.0, 25.0)


def test_no_percentage_of_degrees_and_of_nothing(con: duckdb.DuckDBPyConnection) -> None:
    row = latest(con, [on(1, 10.0, unit="degC"), on(2, 12.0, unit="degC")], "none")
    assert (row["change"], row["change_percent"]) == (2.0, None)
    con.execute(f"DELETE FROM {METRIC_VALUE.sql}")
    row = latest(con, [on(1, 0.0), on(2, 12.0)], "none")
    assert (row["change"], row["change_percent"]) == (12.0, None)


def test_a_stale_value_has_the_period_before_it_and_the_reason_of_the_newest(con: duckdb.DuckDBPyConnection) -> None:
    row = latest(con, [on(1, 14.0), on(2, None, status="absent", reason="no delivery")], "lower")
    assert (row["status"], row["reason"], row["met"]) == ("stale", "2026-03-02: no delivery", True)


def test_what_is_said_of_a_value_is_no_reason_for_which_a_newer_one_is_missing(con: duckdb.DuckDBPyConnection) -> None:
    said = {"reason": "reads 27 % below", "reason_code": "off_witness_below", "reason_gaps": ["27 %", "2026-01-01"]}
    row = latest(con, [on(2, 14.0, status="proxy", **said)], "lower")
    assert (row["status"], row["reason"], row["reason_code"]) == ("proxy", "reads 27 % below", "off_witness_below")
    con.execute(f"DELETE FROM {METRIC_VALUE.sql}")
    row = latest(con, [on(1, 14.0, status="proxy", **said)], "lower")
    assert (row["status"], row["reason"], row["reason_code"]) == ("stale", "2026-03-01: not made yet", None)


def test_a_reason_is_said_in_every_language_with_the_words_for_what_is_counted(con: duckdb.DuckDBPyConnection) -> None:
    reasons = [
        ("11", "too_few_places", ["18", "25", "stations", "75"]),
        ("12", "too_few_places", ["18", "25", "bananas", "75"]),
        ("13", "gate_closed", ["air", "BLOCK", "stations"]),  # what stands in other gaps is not translated
    ]
    absent = {"metric": "pm25_mean", "period_start": LAST, "status": "absent"}
    put(
        con,
        METRIC_VALUE,
        [VALUE | absent | {"area": a, "reason_code": code, "reason_gaps": gaps} for a, code, gaps in reasons],
    )
    put(con, METRIC_VALUE, [VALUE | absent | {"area": "14", "status": "ok", "value": 1.0}])
    found = con.execute(f"SELECT area, language, text FROM ({reason_view().query}) ORDER BY ALL").fetchall()
    assert {language for _, language, _ in found} == set(seoul().config.languages) | {"en"}
    assert {(area, text) for area, language, text in found if language == "en"} == {
        ("11", "18 of 25 stations are valid (needs 75 %)"),
        ("12", "18 of 25 bananas are valid (needs 75 %)"),
        ("13", "gate of air closed, BLOCK: stations"),
    }
    korean = {area: text for area, language, text in found if language == "ko"}
    assert korean["11"] == "유효한 측정소 수가 25 중 18입니다 (75% 필요)"
    assert korean["12"] == "유효한 bananas 수가 25 중 18입니다 (75% 필요)"


def test_readers_of_every_language_of_the_sentences_find_them_in_mart_text() -> None:
    city = seoul()
    texts = all_texts([city], {}).filter(pl.col("kind") == "reason")
    assert texts.filter(pl.col("language") == "ko")["written_in"].unique().to_list() == ["ko"]
    assert set(texts["key"]) == set(SENTENCES.part("en", "sentences"))


def test_the_values_of_a_subject_have_names(con: duckdb.DuckDBPyConnection) -> None:
    latest(con, [on(2, 15.0)], "lower")
    put(con, METRIC_VALUE, [VALUE | on(2, 1.0) | {"metric": "other"}])
    (view,) = subject_views(["air", "air"])
    rows = con.sql(f"SELECT {', '.join(view.spec.names)} FROM ({view.query})").pl()
    assert rows.select("area_name", "metric", "title", "value").rows() == [("서울", "pm25_mean", "PM2.5", 15.0)]


def test_quality_is_less_for_proxies_sensors_and_what_is_incomplete() -> None:
    rows = [
        ("pm25_mean", "ok", 0.9),
        ("pm25_mean", "ok", 0.89),
        ("pm25_mean", "ok", None),
        ("sensor_pm25_mean", "ok", 1.0),
        ("cai", "proxy", 1.0),
        ("cai", "proxy", 0.8),
        ("transit_boardings_per_inhabitant", "ok", 1.0),  # counts of an operator: no network
        ("pm25_mean", "absent", 0.1),
    ]
    frame = pl.DataFrame(rows, schema=["metric", "status", "completeness"], orient="row").with_columns(
        reason_code=pl.when(pl.col("status") == "absent").then(pl.lit("out_of_season")), target=pl.lit(15.0)
    )
    found = what_it_rests_on(frame, seoul())
    assert found["quality"].to_list() == ["H", "M", "M", "M", "M", "L", "H", None]
    assert found["notation"].to_list() == [None] * 7 + ["NO"]
    assert found["target_source"].to_list()[:2] == ["WHO 2021, 24 hours"] * 2
    assert found["target_source"].to_list()[-2] is None


def test_no_subject_can_take_the_name_of_another_table_of_metrics() -> None:
    specs = [spec for spec in vars(metric_columns).values() if isinstance(spec, TableSpec)]
    assert {spec.name for spec in specs} | {"history"} == set(entries.TABLES)
    table = metric_columns.area_day_table({})
    assert table.names == entries.COLUMNS
    assert entries.STATUS in metric_columns.STATUS_OF


@pytest.mark.parametrize(
    ("file", "metric", "wrong"),
    [
        ("latest.yaml", "pm1_mean", "'latest' is a table of metrics that Madang makes itself"),
        ("air_hour.yaml", "pm1_mean", "'air_hour' is a table of metrics that Madang makes itself"),
        ("dust.yaml", "pm1_status", "'pm1_status' is a column that mart.area_day has besides metrics"),
        ("dust.yaml", "area", "'area' is a column that mart.area_day has besides metrics"),
    ],
)
def test_an_entry_of_a_pack_cannot_take_the_place_of_a_table_or_column(
    tmp_path: Path, file: str, metric: str, wrong: str
) -> None:
    (tmp_path / file).write_text(
        f"{metric}:\n  observes: air_quality\n  value: pm1\n  over_space: {{as: mean}}\n  unit: ug/m3\n"
        "  possible: [0, 1000]\n  title: PM1\n  formula: Mean\n"
    )
    with pytest.raises(ContractError, match=wrong):
        entries.read_entries(tmp_path / file)


def test_a_column_of_metrics_that_cities_define_in_other_ways_says_all_of_them() -> None:
    one = seoul().metrics["pm25_mean"]
    other = one.model_copy(update={"unit": "mg/m3"})
    table = metric_columns.area_day_table({"pm25_mean": [one, other, one], "cai": [seoul().metrics["cai"]]})
    assert table.names[4:] == ("pm25_mean", "pm25_mean_status", "cai", "cai_status")
    assert table.comments["pm25_mean"] == "PM2.5, daily mean [ug/m3], or PM2.5, daily mean [mg/m3]; null when absent"
    assert [column.unit for column in table.columns[4:]] == [None, None, "index", None]
