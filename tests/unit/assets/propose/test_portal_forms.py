"""Ways to write numbers, dates and headers that portals have: what is proposed gives the right value, or a doubt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.proposals.shapes import (
    ALMATY,
    BANGKOK,
    CHICAGO,
    HANOI,
    JAKARTA,
    LONDON,
    MADRID,
    SEOUL,
    Tried,
    one,
)


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _doubts(found: Tried, *key: str) -> str:
    return " ".join(doubt.text for doubt in found.proposal.doubts if doubt.key == key)


def _days(header: str, row: str, days: Sequence[int] = range(1, 29)) -> str:
    return _lines(header, *(row.format(day=day) for day in days))


def test_an_item_that_all_rows_are_of_says_what_their_value_is() -> None:
    """The header of the value alone would make particles of ozone."""
    header = "Site Num,Parameter Name,Date Local,Arithmetic Mean,Units of Measure"
    found = one(_days(header, "0001,Ozone,2024-07-{day:02d},0.0{day:02d},Parts per million"), CHICAGO)
    assert found.first("o3", "pm25") == (0.001, None)


@pytest.mark.parametrize(
    ("written", "first"),
    [("24.03.{day:02d}", "2024-03-01"), ("{day:02d}.03.24", "2024-03-01"), ("03.{day:02d}.24", "2024-03-01")],
)
def test_years_of_two_digits_stand_where_the_order_of_rows_says(written: str, first: str) -> None:
    found = one(_days("station,date,pm25", f"A,{written},{{day}}"), SEOUL)
    assert found.first("time") == (f"{first} 00:00:00",)
    both = found.proposal.document["columns"]["time"]["format"] != "%m.%d.%y"  # of the last, days above 12 say it
    assert ("first" in _doubts(found, "columns", "time")) == both


@pytest.mark.parametrize(
    ("where", "date", "first"),
    [
        (JAKARTA, "{day} Agustus 2023", "2023-08-01"),
        (ALMATY, "{day} января 2024", "2024-01-01"),
        (BANGKOK, "{day} มี.ค. 2566", "2023-03-01"),
        (MADRID, "{day} de octubre de 2024", "2024-10-01"),
        (HANOI, "{day}. Dezember 2024", "2024-12-01"),
    ],
)
def test_names_of_months_of_many_languages(where: object, date: str, first: str) -> None:
    found = one(_days("station;date;pm25", f"A;{date};{{day}}"), where)  # type: ignore[arg-type]
    assert found.first("time", "pm25") == (f"{first} 00:00:00", 1)


def test_months_of_another_language_as_columns() -> None:
    months = "enero;febrero;marzo;abril;mayo;junio"
    content = _lines(f"Distrito;Año;{months}", "Centro;2023;1;2;3;4;5;6", "Retiro;2023;7;8;9;10;11;12")
    found = one(content, MADRID, "electricity consumption kWh.csv")
    assert found.rows == 12
    assert found.read.typed(["time"])["time"].dt.month().max() == 6


@pytest.mark.parametrize(
    ("cell", "value"), [("0,0{day:02d}", 0.001), (",{day}", 0.1), ("1,{day:02d}0", 1.01), ("{day}.5", 1.5)]
)
def test_the_sign_before_a_fraction_is_what_most_cells_say(cell: str, value: float) -> None:
    content = _days("station;date;PM2.5 (µg/m³)", f"A;2024-03-{{day:02d}};{cell}")
    sure = "\nA;2024-04-01;0,2\nA;2024-04-02;12,5" if "," in cell else ""
    assert one(content + sure, MADRID).first("pm25") == (value,)


def test_thousands_alone_are_read_and_stay_in_doubt() -> None:
    content = _lines("zone,year,bicycles", *(f'{zone},2023,"{n},000"' for n, zone in enumerate("ABCDEF", 120)))
    found = one(content, LONDON)
    assert found.first("bicycles") == (120_000,)
    assert "groups digits" in _doubts(found, "columns", "bicycles")


def test_columns_that_tell_rows_apart_only_together_are_a_key() -> None:
    spans = [f"{hour:02d}:00-{hour + 1:02d}:00" for hour in range(20)]
    rows = [f"P{point},2024-03-{day:02d},{span},{day}" for point in (1, 2) for day in (1, 15) for span in spans]
    found = one(_lines("count_point,date,span,cars", *rows), LONDON)
    columns = [entry for entry in found.proposal.document["columns"].values() if isinstance(entry, dict)]
    keys = {entry["from"] for entry in columns if entry.get("key")}
    assert keys == {"count_point", "span"}


def test_a_header_that_has_names_twice() -> None:
    found = one(_days("station,date,pm25,flag,pm10,flag", "A,2024-03-{day:02d},{day},V,4{day},N"), LONDON)
    assert found.first("pm25", "pm10") == (1, 41)
    assert "twice" in _doubts(found, "files", "layout", "names")


def test_of_two_tables_one_below_the_other_only_the_first_is_read() -> None:
    first = _days("Table 1: Air\nstation,date,pm25", "A,2024-03-{day:02d},{day}")
    second = _days("Table 2: Noise\nsite,date,leq_dba", "N,2024-03-{day:02d},6{day}")
    found = one(f"{first}\n\n{second}\n", LONDON)
    assert found.rows == 28
    assert set(found.read.typed(["place"])["place"]) == {"A"}
    assert "line 32" in _doubts(found, "files", "layout", "footer")


@pytest.mark.parametrize(
    ("words", "degrees"),
    [
        ("север северо-восток штиль юг юго-запад", [0, 45, None, 180, 225]),
        ("Bắc Đông_Bắc Nam Tây Tây_Nam", [0, 45, 180, 270, 225]),
        ("Utara Timur_Laut Selatan Barat Tenggara", [0, 45, 180, 270, 135]),
        ("Norte Nordeste Sul Oeste Leste", [0, 45, 180, 270, 90]),
    ],
)
def test_sectors_of_the_wind_in_words_of_many_languages(words: str, degrees: list[float]) -> None:
    rows = [f"A,2024-03-{day:02d},{word.replace('_', ' ')},{day}" for day, word in enumerate(words.split(), 1)]
    found = one(_lines("station,date,wind direction,humidity", *rows), LONDON)
    assert found.read.typed(["wind_direction"])["wind_direction"].to_list() == degrees


def test_quarters_with_their_year_behind() -> None:
    rows = [f"Camden,Q{quarter} {year},{quarter}" for year in (2022, 2023) for quarter in (1, 2, 3, 4)]
    found = one(_lines("Borough,Quarter,incidents", *rows), LONDON)
    assert (found.proposal.document["interval"], found.first("time")) == ("quarter", ("2022-01-01 00:00:00",))


def test_a_register_of_ids_and_positions_is_one_of_places() -> None:
    found = one(_lines("id,name,lat,lon", *(f"S{n},Site {n},51.{n},-0.{n}" for n in range(1, 9))), LONDON)
    assert found.models == {"place"}
    assert found.first("place", "name", "lat") == ("S1", "Site 1", 51.1)
    found = one(_lines("no,name,lat,lon", *(f"{n},Site {n},51.{n},-0.{n}" for n in range(1, 9))), LONDON)
    assert found.first("place", "lat") == ("Site 1", 51.1)


def test_codes_of_points_are_no_particles() -> None:
    rows = [f"{point},2024-03-{day:02d},{day}" for point in ("P1", "P2") for day in range(1, 9)]
    found = one(_lines("point,date,vehicles", *rows), LONDON)
    assert "pivot" not in found.proposal.document["files"].get("layout", {})


def test_a_register_whose_only_dates_say_since_when_its_rows_hold() -> None:
    rows = [f"S{n},Street {n},51.{n},-0.{n},2018/02/{n:02d} 00:00:00" for n in range(1, 9)]
    found = one(_lines("node_id,address,lat,lon,start_timestamp", *rows), LONDON)
    assert found.models == {"place"}
    assert "time" not in found.proposal.document["columns"]


def test_years_of_two_digits_without_signs_between_are_days_and_in_doubt() -> None:
    """As months they would be of the year 2403."""
    found = one(_days("station,date,pm25", "A,2403{day:02d},{day}", range(1, 12)), SEOUL)
    assert found.first("time") == ("2024-03-01 00:00:00",)
    assert "first" in _doubts(found, "columns", "time")


def test_years_of_two_digits_of_another_calendar_are_not_taken_for_ours() -> None:
    found = one(_days("station,date,pm25", "A,{day:02d}/03/67,{day}"), BANGKOK)
    assert "time" not in found.proposal.document["columns"]


def test_a_column_whose_cells_are_no_numbers_stays_under_another_name() -> None:
    found = one(_days("station,date,pm10,pm25", "A,2024-03-{day:02d},{day},<{day}"), LONDON)
    entries = found.proposal.document["columns"].values()
    assert "pm25" in {entry["from"] for entry in entries if isinstance(entry, dict)}
