"""Files that the simulated city makes under a contract, read again by the readers of a night."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from simulator.deliver.cannot import CannotDeliverError
from tests.worlds.deliveries import air_rows, assert_read_again, contract_of, made_of

PLACE, TIME = "Site", {"from": "Date", "format": "%Y-%m-%d %H:%M"}
PLAIN = {"place": PLACE, "time": TIME, "pm25": "PM2.5"}
SPLIT = {"place": PLACE, "time": {"from": "time", "format": "%Y-%m-%d %H"}, "pm25": "PM2.5"}
WIDE = {
    "place": PLACE,
    "time": {"from": "time", "format": "%Y-%m-%d %H"},
    "pm25": {"from": "value"},
}


def _round(columns: dict[str, Any], layout: dict[str, Any] | None = None, **more: Any) -> tuple[pl.DataFrame, bytes]:
    """The rows that were delivered, which are those that are read, and the bytes of the first file."""
    contract = contract_of(columns, layout, **more)
    delivery, files = made_of(contract, air_rows(), zone=more.get("zone", "Asia/Ho_Chi_Minh"))
    assert_read_again(contract, delivery, files)
    return delivery.rows, files[0].content


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"delimiter": ";"},
        {"delimiter": "\t", "quote": "none"},
        {"delimiter": "whitespace"},
        {"skip_rows": 2, "footer": 2},
        {"skip_to": "Date", "footer": "Total|Source"},
        {"comment_prefix": "#"},
        {"units_row": True},
        {"names": ["Id", "Date", "Site", "PM2.5", "Note"]},
        {"names": ["Date", "Site", "PM2.5"], "header_rows": 1},
        {"encodings": ["cp1258"]},
        {"encodings": ["utf-8", "cp949"]},
        {"escape": "\\"},
        {"loose_quotes": True, "quote": "'"},
        {"widths": {"Site": 12, "Date": 18, "PM2.5": 12}},
        {"sheet": "20*"},
        {"sheet": 2, "skip_rows": 1, "footer": 1},
        {"member": "data/*.csv"},
        {"kind": "json", "records": "response.rows"},
        {"kind": "geojson"},
        {"kind": "ngsi_ld"},
        {"kind": "sensorthings"},
        {"where": {"Kind": {"matches": "[A-C]+"}}, "where_not": {"Kind": "C", "Unit": "mg/m3"}},
        {"drop": ["Total"], "fill": {"PM2.5": "0"}},
        {"sum": {"PM2.5": "PM_[0-9]+_[ab]"}},
    ],
)
def test_files_of_any_layout_are_read_again(layout: dict[str, Any]) -> None:
    rows, _ = _round(PLAIN, layout)
    assert rows.height == 48


@pytest.mark.parametrize("path", ["air/*.zip", "air/*.csv.gz", "air/**/*.tar.zst", "a[0-9]r?.tar", "*.xlsx", "air.csv"])
def test_the_name_says_how_a_file_is_packed(path: str) -> None:
    _round(PLAIN, {}, paths=[path])


@pytest.mark.parametrize(
    "columns",
    [
        PLAIN | {"time": {"from": "Date", "format": "%d/%m/%Y %I:%M %p"}},
        PLAIN | {"time": {"from": "Date", "format": "%Y년 %m월 %d일 %H시"}},
        PLAIN | {"time": {"from": "Date", "format": "%Y%m%d%H"}},
        PLAIN | {"time": {"from": "Date", "format": "%-d %b %y %H:%M:%S%.f"}},
        PLAIN | {"time": {"from": "Date", "format": "%Y/%m/%d %H", "calendar": "minguo"}},
        PLAIN | {"time": {"from": "Date", "format": "%Y-%m-%d %H:%M", "calendar": "buddhist"}},
        PLAIN | {"time": {"from": "Date", "format": "%Y-%m-%dT%H:%M:%S%z"}},
        PLAIN | {"time": {"from": "Date", "format": "iso"}},
        PLAIN | {"time": {"from": "Date", "format": "excel"}},
        PLAIN | {"time": {"from": "Date", "format": "epoch"}},
        PLAIN | {"time": {"from": "Date", "format": "epoch_ms"}},
        PLAIN | {"time": TIME | {"zone": "UTC"}},
        PLAIN | {"time": TIME | {"zone": "-03:30"}},
        PLAIN | {"time": {"from": "Date", "format": ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M"]}},
    ],
)
@pytest.mark.parametrize("interval", ["hour_beginning", "hour_ending"])
def test_times_of_any_format_are_read_again(columns: dict[str, Any], interval: str) -> None:
    assert _round(columns, interval=interval)[0].height == 48


@pytest.mark.parametrize(
    "columns",
    [
        {"pm25": {"from": "v", "unit": "mg/m3"}},
        {"no2": {"from": "v", "unit": "ug/m3", "gases_at": {"temperature": "20 degC", "pressure": "1013.25 hPa"}}},
        {"no2": {"from": "v", "unit": "ppb", "missing": ["-", "-999"], "decimal": "comma"}},
        {"pm25": {"from": ["old", "v"], "unit_from": ["Unit", "Conc. Unit"]}},
        {"pm25": {"from": "v", "unit_from": ".unitCode", "zero_is_missing": True}},
        {"temperature": {"from": "v", "unit": "degF"}, "wind_direction": {"from": "w", "values": {"N": 0}}},
        {"temperature": {"from": "v", "unit": "0.1 degC"}},
        {"pm25": {"from": "v", "range": {"most": 40, "reason": "the instrument"}}},
        {"pm25": "v", "aqi_category": {"from": "c", "values": {"1": "good", "2": "bad"}, "known": ["good", "bad"]}},
        {"pm25": "v", "valid": {"from": "c", "type": "boolean", "meaning": "x", "values": {"1": "true", "0": "false"}}},
        {"pm25": "v", "note": {"from": "n", "type": "string", "meaning": "x", "form": "^[A-Z]{2}-[0-9]{4}$"}},
        {"pm25": "v", "seen": {"from": "n", "type": "timestamp", "format": "%Y%m%d%H%M", "meaning": "x"}},
        {"pm25": "v", "count": {"from": "n", "type": "integer", "unit": "count", "meaning": "x"}},
    ],
)
def test_values_of_any_kind_are_read_again(columns: dict[str, Any]) -> None:
    models = ["air_quality", "weather"]
    rows, content = _round({"place": PLACE, "time": TIME} | columns, {"delimiter": ";"}, implements=models)
    assert rows.height == 48
    assert b"old" not in content  # the newest name


@pytest.mark.parametrize(
    ("columns", "layout"),
    [
        (SPLIT, {"join": {"time": "{year}-{month}-{day} {hour}"}}),
        (SPLIT | {"time": {"from": "time", "format": "%Y%m%d%H"}}, {"join": {"time": "{date}{hour}"}}),
        (SPLIT | {"time": {"from": "time", "format": "iso"}}, {"join": {"time": "{date}T{hour}:00"}}),
        (WIDE, {"unpivot": {"columns": "(?P<hour>[0-9]+)h"}, "join": {"time": "{date} {hour}"}}),
        (
            WIDE | {"pm25": "PM2.5", "no2": "NO2"},
            {
                "unpivot": {"columns": "(?P<hour>\\d+)"},
                "pivot": {"on": "item", "values": "value", "index": ["date", "Site", "hour"]},
                "where": {"item": ["PM2.5", "NO2"]},
                "join": {"time": "{date} {hour}"},
            },
        ),
        (
            PLAIN | {"pm25": {"from": "PM2.5.value", "unit_from": "PM2.5.unit"}},
            {"pivot": {"on": "item", "values": ["value", "unit"], "index": ["Date", "Site"]}},
        ),
        (
            WIDE | {"pm25": "on", "no2": "off"},
            {"unpivot": {"columns": "(?P<hour>\\d+)h(?P<value>on|off)"}, "join": {"time": "{date} {hour}"}},
        ),
        (PLAIN, {"constants": {"Site": "Kwitang"}}),
        (PLAIN, {"from_name": "pm25_(?P<Site>.+)_[0-9]{4}"}),
        (PLAIN, {"from_head": "^Station: (?P<Site>.+)$", "skip_rows": 3}),
        (SPLIT, {"from_name": "_(?P<year>[0-9]{4})", "join": {"time": "{year}-{month}-{day} {hour}"}}),
    ],
)
@pytest.mark.parametrize("interval", ["hour_beginning", "hour_ending"])
def test_rows_of_any_shape_are_read_again(columns: dict[str, Any], layout: dict[str, Any], interval: str) -> None:
    rows, _ = _round(columns, layout, interval=interval)
    places = 1 if "constants" in layout else 2
    assert rows.height == 24 * places


def test_columns_of_the_hours_1_to_24_end_with_them() -> None:
    layout = {"unpivot": {"columns": "h(?P<hour>[1-9]|1[0-9]|2[0-4])"}, "join": {"time": "{date} {hour}"}}
    assert _round(WIDE, layout, interval="hour_ending")[0].height == 48


def test_what_was_delivered_is_the_world_to_its_rounding() -> None:
    rows, content = _round(PLAIN | {"pm25": {"from": "PM2.5", "unit": "mg/m3"}})
    wanted = air_rows().select("place", "time", "pm25")
    found = wanted.join(rows, on=["place", "time"], how="left", suffix="_read")
    assert ((found["pm25"] - found["pm25_read"]).abs() < 1e-5).all()
    assert content.splitlines()[1].decode() == "2026-11-27 00:00,Hàng Đậu,0.0081234568"


def test_an_hour_that_comes_twice_is_left_out_and_the_others_are_there() -> None:
    contract = contract_of(PLAIN, zone="Europe/Berlin")
    rows = air_rows(["Mitte"], 24, date(2026, 10, 25))
    delivery, files = made_of(contract, rows, zone="Europe/Berlin")
    assert_read_again(contract, delivery, files)
    assert delivery.rows.height == 23


@pytest.mark.parametrize(
    ("columns", "layout", "why"),
    [
        (PLAIN, {"widths": {"Site": 3, "Date": 10, "PM2.5": 12}}, "no place for a time"),
        (PLAIN, {"pivot": {"on": "i", "values": "v", "index": ["Date"]}}, "does not tell its rows apart"),
        # all that the expression could mean is tried: ten seconds
        pytest.param(PLAIN, {"from_name": "(?<=x)(?P<Site>[0-9]{3})y"}, "no row|no name", marks=pytest.mark.weekly),
        (PLAIN, {"names": ["Date", "PM2.5"]}, "no column 'Site'"),
    ],
)
def test_what_cannot_be_made_is_said(columns: dict[str, Any], layout: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotDeliverError, match=why):
        made_of(contract_of(columns, layout), air_rows())
