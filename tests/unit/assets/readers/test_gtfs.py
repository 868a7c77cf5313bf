"""Timetables as they are delivered: tables of a zip that say something together, and what does not fit is said."""

import io
import zipfile

import pytest

from assets.failures import PermanentFailure
from assets.readers.read import read_rows
from quality.contract.layout import Layout

TABLES = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,Alder,1.0,100.0\nB,Birch,1.1,100.1\n",
    "routes.txt": '"route_id","route_short_name","route_type"\n"R1","1, the old",3\n',
    "trips.txt": "route_id,service_id,trip_id,direction_id,shape_id\nR1,W,T1,0,S1\nR1,W,T2,1,\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,05:00:00,05:00:10,A,1\nT1,25:10:00,25:10:00,B,2\nT2,06:00:00,06:00:00,B,1\n"
    ),
    "frequencies.txt": (
        "trip_id,start_time,end_time,headway_secs\nT1,05:00:00,09:00:00,600\nT1,09:00:00,29:00:00,1200\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,1,1,1,1,1,0,0,20260101,20260109\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nW,20260101,2\nW,20260110,1\n",
    "shapes.txt": "shape_id,shape_pt_sequence,shape_pt_lat,shape_pt_lon\nS1,10,1.1,100.1\nS1,9,1.0,100.0\n",
}


def packed(*without, folder="", **instead):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in (TABLES | {f"{name}.txt": text for name, text in instead.items()}).items():
            if name.removesuffix(".txt") not in without:
                archive.writestr(folder + name, content if isinstance(content, bytes) else content.encode())
    return whole.getvalue()


def read(table, content):
    (raw,) = read_rows("gtfs.zip", content, Layout(kind="gtfs", table=table))
    return raw


def days(content):
    return read("calendar", content).frame.select("service_id", "date", "day_type").rows()


def refusal(table, content):
    with pytest.raises(PermanentFailure) as failure:
        read(table, content)
    return failure.value


def test_a_row_of_the_timetable_has_what_other_tables_say_of_it_once_for_each_headway() -> None:
    frame = read("timetable", packed()).frame
    columns = ("trip_id", "stop_sequence", "stop_name", "route_type", "direction_id", "start_time", "headway_secs")
    assert frame.select(columns).rows() == [
        ("T1", "1", "Alder", "3", "0", "05:00:00", "600"),
        ("T1", "1", "Alder", "3", "0", "09:00:00", "1200"),
        ("T1", "2", "Birch", "3", "0", "05:00:00", "600"),
        ("T1", "2", "Birch", "3", "0", "09:00:00", "1200"),
        ("T2", "1", "Birch", "3", "1", None, None),
    ]
    assert frame["route_short_name"].unique().to_list() == ["1, the old"]
    assert frame["_line"].to_list() == [2, 2, 3, 3, 4]  # lines of stop_times
    assert frame.select("start_date", "end_date").unique().rows() == [("20260102", "20260110")]  # as it really runs


def test_a_way_stands_once_in_the_order_of_its_points() -> None:
    assert read("timetable", packed()).frame["way"].drop_nulls().to_list() == ["1.0,100.0 1.1,100.1"]


def test_the_calendar_is_written_out_and_names_dates_of_their_own() -> None:
    assert days(packed()) == [
        ("W", "20260102", "weekday"),
        *(("W", f"202601{day:02d}", "weekday") for day in (5, 6, 7, 8, 9)),
        ("W", "20260110", "holiday"),
    ]
    assert days(packed("calendar")) == [("W", "20260110", "holiday")]
    only_dates = packed(calendar_dates="service_id,date,exception_type\n")  # a header alone is no date
    assert len(days(only_dates)) == 7
    assert len(days(packed(calendar_dates=b"\xef\xbb\xbf"))) == 7  # nor is an empty file


def test_a_calendar_of_seven_zeros_ends_with_the_last_date_that_is_added() -> None:
    zero = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,0,0,0,0,0,0,0,20260101,20271231\n"
    )
    added = "service_id,date,exception_type\nW,20260601,1\nW,20260630,1\n"
    content = packed(calendar=zero, calendar_dates=added)
    assert [date for _, date, _ in days(content)] == ["20260601", "20260630"]
    assert set(read("timetable", content).frame["end_date"]) == {"20260630"}
    assert refusal("calendar", packed("calendar_dates", calendar=zero)).code == "SERVICE-NEVER"


def test_marks_of_byte_order_line_ends_and_folders_of_a_zip_change_nothing() -> None:
    plain = read("timetable", packed()).frame
    as_windows = {
        name.removesuffix(".txt"): b"\xef\xbb\xbf" + text.replace("\n", "\r\n", 2).encode()
        for name, text in TABLES.items()
    }
    assert read("timetable", packed(folder="export/2026/", **as_windows)).frame.equals(plain)


def test_what_does_not_fit_together_is_said_and_stays() -> None:
    whole = read("timetable", packed())
    assert whole.guesses == ()
    lost = read(
        "timetable",
        packed(
            "shapes",
            stops=TABLES["stops.txt"].replace("B,Birch", "C,Cedar") + "A,Again,2,2\n",
            trips=TABLES["trips.txt"].replace("T2", "T9"),
        ),
    )
    assert lost.frame.height == whole.frame.height
    assert lost.guesses == (
        "1 trip_id of the rows are not in trips.txt: what it says of them stays empty",
        "1 lines of stops.txt repeat a stop_id: the first counts",
        "1 stop_id of the rows are not in stops.txt: what it says of them stays empty",
        "1 shape_id of the trips lead nowhere: there is no shapes.txt",
    )
    assert lost.frame.filter(lost.frame["stop_id"] == "A")["stop_name"].unique().to_list() == ["Alder"]


def test_a_timetable_without_calendars_or_headways_is_read_and_its_days_are_not() -> None:
    content = packed("calendar", "calendar_dates", "frequencies")
    raw = read("timetable", content)
    assert raw.frame["end_date"].null_count() == raw.frame.height == 3
    assert raw.frame["headway_secs"].null_count() == 3
    assert raw.guesses == ("there is no calendar.txt and no calendar_dates.txt: on which days trips run is not known",)
    assert refusal("calendar", content).code == "TIMETABLE-CALENDAR"


def test_half_a_timetable_is_refused_and_so_is_one_that_is_there_twice() -> None:
    assert refusal("timetable", packed("stop_times")).code == "TIMETABLE-TABLE"
    assert refusal("timetable", packed("trips")).code == "TIMETABLE-TABLE"
    two = io.BytesIO(packed())
    with zipfile.ZipFile(two, "a") as archive:
        archive.writestr("old/trips.txt", TABLES["trips.txt"])
    assert refusal("timetable", two.getvalue()).code == "TIMETABLE-TWICE"


def test_a_table_by_its_name_is_that_table() -> None:
    assert read("stops", packed()).frame["stop_name"].to_list() == ["Alder", "Birch"]
