"""The law of all that is made from a contract: read under it, it is the rows that were delivered."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.worlds.deliveries import air_rows, assert_read_again, contract_of, made_of

FORMATS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H", "%m/%d/%y %I:%M %p", "%Y%m%d%H%M", "iso", "excel", "%Y/%-m/%-d %H:%M:%S")
PARTS = ("%Y-%m-%d %H", "%Y/%m/%d %H")
ZONES = ("UTC", "+09:00", "Asia/Tokyo", None)
GASES = {"temperature": "25 degC", "pressure": "1013.25 hPa"}
MISSING = st.lists(st.sampled_from(["-", "NA", "-999"]), unique=True)
LAYOUTS = (
    {},
    {"delimiter": ";"},
    {"delimiter": "\t"},
    {"skip_rows": 1, "footer": 1},
    {"units_row": True},
    {"kind": "json"},
    {"sheet": "data"},
    {"header_rows": 2},
    {"constants": {"city": "Hanoi"}, "quote": "'"},
    {"comment_prefix": "#"},
)


@st.composite
def feeds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Columns, layout and interval of a feed of air and weather by hour."""
    time: dict[str, Any] = {"from": "When it was", "format": draw(st.sampled_from(FORMATS))}
    zone = draw(st.sampled_from(ZONES))
    if zone is not None:
        time["zone"] = zone
    columns: dict[str, Any] = {
        "place": {"from": ["Old name", "Station"]},
        "time": time,
        "pm25": {"from": "PM2.5", "unit": draw(st.sampled_from(["ug/m3", "mg/m3", "ng/m3"])), "missing": draw(MISSING)},
        "no2": {"from": "NO2", "unit": draw(st.sampled_from(["ppm", "ppb", "ug/m3"])), "gases_at": GASES},
        "temperature": {"from": "T", "unit": draw(st.sampled_from(["degC", "degF", "K", "0.1 degC"]))},
    }
    if draw(st.booleans()):
        columns["pm25"]["decimal"] = draw(st.sampled_from(["comma", "point"]))
    layout = dict(draw(st.sampled_from(LAYOUTS)))
    if draw(st.booleans()):
        columns["time"] = time | {"from": "time", "format": draw(st.sampled_from(PARTS))}
        layout["join"] = {"time": re.sub("%(.)", r"{\1}", columns["time"]["format"])}
    return columns, layout, draw(st.sampled_from(["hour_beginning", "hour_ending"]))


@given(feeds(), st.integers(1, 3))
def test_what_is_delivered_is_read_again(feed: tuple[dict[str, Any], dict[str, Any], str], places: int) -> None:
    columns, layout, interval = feed
    contract = contract_of(columns, layout, interval=interval, implements=["air_quality", "weather"])
    delivery, files = made_of(contract, air_rows(["Hàng Đậu", "Tây Hồ", "Long Biên, 2"][:places]))
    assert_read_again(contract, delivery, files)
    assert delivery.rows.height == 24 * places
