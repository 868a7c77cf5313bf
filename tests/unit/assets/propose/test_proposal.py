"""A look at rows becomes a feed's file: models, columns, units, times and layout, each kind typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.models import models
from assets.propose.proposal import Proposal, propose
from assets.propose.seen import Look
from quality.contract.feed import from_feed

Rows = Mapping[str, Sequence[str | None]]


def seen(rows: Rows, **more: Any) -> Look:
    """A look at such rows."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    said: dict[str, Any] = {"layout": {}, "units": {}, "head": "", "said": (), "doubts": (), "name": "delivery"} | more
    said = {"files": (Path("delivery.csv"),), "paths": ("delivery.csv",), "drop": Path()} | said
    return Look(rows=frame, **said)


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


def test_places_as_columns_and_pollutants_as_rows() -> None:
    rows: dict[str, list[str | None]] = {
        "date": ["20230101"] * 48,
        "hour": [str(n // 2) for n in range(48)],
        "type": ["PM2.5", "NO2"] * 24,
    }
    rows |= {f"{number}A": [str(5 + n % 17) for n in range(48)] for number in (1001, 1002, 1003)}
    found = proposed(rows).document
    assert found["implements"] == "air_quality"
    assert found["files"]["layout"]["unpivot"] == {"columns": "(?P<place>1001A|1002A|1003A)"}
    assert found["files"]["layout"]["pivot"]["index"] == ["date", "hour", "place"]
    assert found["columns"]["place"] == "place"


def test_one_column_for_each_place_where_the_name_of_the_file_says_what_it_is() -> None:
    rows: dict[str, list[str | None]] = {"Date": ["2023-01-01", "2023-01-02", "2023-01-03"]}
    rows |= {name: ["10", "200", "31"] for name in ("Town Hall", "Flinders Street", "Southern Cross")}
    found = proposed(rows, name="pedestrian_counts_2023").document
    assert found["implements"] == "people_present"
    assert found["columns"] == {"time": "Date", "place": "place", "passages": "value"}


def test_kinds_and_figures_in_the_names_of_columns() -> None:
    rows: dict[str, list[str | None]] = {"관서명": ["a", "b", "c"]}
    rows |= {f"{kind} {what}": ["1", "2", "1,395"] for kind in ("살인", "강도", "절도") for what in ("발생", "검거")}
    found = proposed(rows)
    assert found.document["implements"] == "incidents"
    assert found.document["files"]["layout"]["unpivot"]["columns"] == r"(?P<kind>.+)\ (?P<value>검거|발생)"
    assert found.document["columns"]["incidents"] == {"from": "발생", "decimal": "point"}
    assert any("No column says when" in doubt.text for doubt in found.doubts)


def test_one_column_under_two_names_in_two_files() -> None:
    times = hours("2024-01-01", 20)
    rows: dict[str, list[str | None]] = {
        "Site": ["a"] * 20,
        "Parameter": ["PM2.5"] * 20,
        "time": list(times),
        "Raw Conc.": [*(f"{n}.5" for n in range(10)), *[None] * 10],
        "Value": [*[None] * 10, *(f"{n}.5" for n in range(10))],
        "AQI": [*("20" for _ in range(10)), *[None] * 10],
    }
    found = proposed(rows, sometimes=frozenset({"Raw Conc.", "Value", "AQI"})).document["columns"]
    assert found["pm25"] == ["Raw Conc.", "Value"]
    assert found["aqi"] == {"from": "AQI", "optional": True}


def test_a_file_for_each_day_says_the_day_in_its_name() -> None:
    files = (Path("parking_20240503.csv"), Path("parking_20240504.csv"))
    rows = {
        "PKLT_CD": ["1", "2", "1", "2"],
        "TPKCT": ["20", "30", "20", "30"],
        "NOW_PRK_VHCL_CNT": ["2", "3", "4", "9"],
    }
    found = proposed(rows, files=files, paths=("parking_*.csv",)).document
    assert found["files"]["layout"]["from_name"] == r"(?P<file_date>\d{4}\d{2}\d{2})"
    assert found["columns"]["time"] == {"from": "file_date", "format": "%Y%m%d"}
    assert found["interval"] == "day"


def test_carbon_dioxide_that_is_far_too_little_is_another_gas_and_a_doubt() -> None:
    rows = {
        "측정소명": ["중구", "강남구"],
        "측정일시": ["20200101", "20200101"],
        "이산화탄소농도(ppm)": ["0.5", "0.7"],
        "오존농도(ppm)": ["0.02", "0.03"],
    }
    found = proposed(rows)
    assert found.document["columns"]["co"] == "이산화탄소농도(ppm)"
    assert any(doubt.key == ("columns", "co") for doubt in found.doubts)


def test_hours_1_to_24_end_and_a_zone_in_a_name_is_taken() -> None:
    rows = {
        "station": ["a"] * 24,
        "day": ["2024-01-01"] * 24,
        "UTCHour": [str(hour) for hour in range(1, 25)],
        "temp_f": ["50.5"] * 24,
    }
    found = proposed(rows).document
    assert found["interval"] == "hour_ending"
    assert found["columns"]["time"] == {"from": "time", "format": "%Y-%m-%d %H", "zone": "UTC"}
    assert found["columns"]["temperature"] == {"from": "temp_f", "unit": "degF"}


def test_rows_that_are_totals_are_left_out() -> None:
    rows = {
        "district": ["a", "b", "total"] * 2,
        "year": ["2020"] * 3 + ["2021"] * 3,
        "population": ["100", "300", "400", "110", "310", "420"],
    }
    found = proposed(rows).document
    assert found["files"]["layout"]["where_not"] == {"district": "total"}
    assert found["columns"]["residents"] == "population"


def test_nothing_is_proposed_for_no_rows() -> None:
    with pytest.raises(PermanentFailure, match="it has no rows"):
        proposed({"a": []})


_NAMES = (
    "station",
    "date",
    "time",
    "PM2.5",
    "value",
    "unit",
    "lat",
    "name",
    "total",
    "code",
    "Hour",
    "O3",
    "x y",
    "1월",
)
_CELLS = st.sampled_from(
    ["1", "0.5", "", None, "2024-01-01", "a", "-", "ug/m3", "12:00", "x@y.kr", "2024", "-999", "합계"]
)


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), st.lists(_CELLS, min_size=6, max_size=6), min_size=1, max_size=6))
def test_whatever_is_proposed_loads_and_reads_the_sample(rows: dict[str, list[str | None]]) -> None:
    try:
        found = proposed(rows)
    except PermanentFailure:
        return
    assert from_feed(found.document, "feed", models(), "UTC").key
