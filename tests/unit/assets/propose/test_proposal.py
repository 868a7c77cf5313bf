"""A look at rows becomes a feed's file: models, columns, units, times and layout, each kind typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from assets.models import models
from assets.propose.proposal import Proposal, propose
from assets.propose.seen import Look

Rows = Mapping[str, Sequence[str | None]]


def seen(rows: Rows, **more: Any) -> Look:
    """A look at such rows."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    given: dict[str, Any] = {"layout": {}, "units": {}, "head": "", "said": (), "doubts": (), "name": "delivery"} | more
    return Look((Path("delivery.csv"),), ("delivery.csv",), Path(), rows=frame, **given)


def proposed(rows: Rows, **more: Any) -> Proposal:
    """What is proposed for such rows, without a city."""
    return propose(seen(rows, **more), "feed", None, models())


def hours(day: str, count: int, form: str = "{day} {hour:02d}:00") -> list[str]:
    """So many hours of a day as texts."""
    return [form.format(day=day, hour=hour) for hour in range(count)]


def test_air_and_weather_in_one_row() -> None:
    found = proposed(
        {
            "station": ["a"] * 12 + ["b"] * 12,
            "time": hours("2024-01-01", 12) * 2,
            "PM2.5": ["12", "NA"] * 12,
            "TEMP": [f"{n}.5" for n in range(24)],
            "wd": ["NNW", "E"] * 12,
        }
    ).document
    assert found["implements"] == ["weather", "air_quality"]
    assert found["interval"] == "hour_beginning"
    assert found["columns"]["pm25"] == {"from": "PM2.5", "missing": "NA"}
    assert found["columns"]["wind_direction"]["values"]["NNW"] == 337.5
    assert found["rules"][0]["least"] == 1


def test_what_is_named_a_pollutant_and_is_an_index_goes_to_no_concentration() -> None:
    one, two, three = ["30", "27", "39", "20"], ["20", "40", "10", "9"], ["32", "12", "14", "60"]
    found = proposed(
        {
            "tanggal": ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"],
            "pm10": one,
            "so2": two,
            "o3": three,
            "max": ["32", "40", "39", "60"],
        }
    ).document["columns"]
    assert {"aqi_pm10", "aqi_so2", "aqi_o3", "aqi"} <= set(found)
    assert not {"pm10", "so2", "o3"} & set(found)


def test_months_in_columns_and_a_total_beside_them() -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    rows: dict[str, list[str | None]] = {"district": ["a", "b"], "year": ["2020", "2020"], "tariff": ["x", "y"]}
    rows |= {month: ["100", "250.5"] for month in months} | {"ANN": ["1200", "3006"]}
    found = proposed(rows, units=dict.fromkeys(months, "kWh"), name="energy").document
    layout = found["files"]["layout"]
    assert layout["drop"] == ["ANN"]
    assert layout["unpivot"]["columns"].startswith("(?P<month>JAN|FEB")
    assert layout["join"] == {"time": "{year} {month}"}
    assert found["interval"] == "month"
    assert found["columns"]["time"] == {"from": "time", "format": "%Y %b"}


def test_pollutants_in_rows_and_hours_in_columns() -> None:
    items = ["AMB_TEMP", "CO", "PM2.5", "NO2"]
    rows: dict[str, list[str | None]] = {"date": ["2014/1/1"] * 4, "observatory": ["x"] * 4, "item": list(items)}
    rows |= {str(hour): ["14", "0.5", "20", "15"] for hour in range(24)}
    found = proposed(rows).document
    layout = found["files"]["layout"]
    assert layout["unpivot"] == {"columns": "(?P<hour>\\d{1,2})"}
    assert layout["pivot"] == {"on": "item", "values": "value", "index": ["date", "observatory", "hour"]}
    assert found["columns"]["pm25"] == "PM2.5"
    assert found["columns"]["time"] == {"from": "time", "format": "%Y/%m/%d %H"}


def test_a_register_has_no_time() -> None:
    found = proposed(
        {"stop_id": ["a", "b"], "stop_name": ["A", "B"], "stop_lat": ["1.5", "1.6"], "stop_lon": ["103.1", "103.2"]}
    ).document
    assert found["implements"] == "place"
    assert "interval" not in found
    assert found["columns"] == {"place": "stop_id", "name": "stop_name", "lat": "stop_lat", "lon": "stop_lon"}


def test_where_no_model_fits_all_columns_are_the_feeds_own() -> None:
    found = proposed({"Date": ["2020-01-01", "2020-01-02", "2020-01-05"], "zorp": ["1.5", "2.5", "3.1"]})
    assert "implements" not in found.document
    assert found.document["columns"]["zorp"]["type"] == "number"
    assert any("No model fits" in doubt.text for doubt in found.doubts)


def test_columns_that_may_be_about_persons_are_restricted_and_not_quoted() -> None:
    rows = {
        "request_id": ["1", "2", "3"],
        "requested_datetime": ["2024-01-01 10:00", "2024-01-01 11:30", "2024-01-02 09:07"],
        "phone": ["010-1234-5678", "010-2222-3333", "010-1111-0000"],
    }
    found = proposed(rows)
    assert found.document["columns"]["phone"]["classification"] == "restricted"
    assert not any("1234" in doubt.text for doubt in found.doubts)
