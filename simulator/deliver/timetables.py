"""A timetable as a zip of GTFS tables, for feeds that read one: the whole of it, whichever table they read."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from quality.contract.connector import Files
from simulator.deliver.files import MadeFile
from simulator.deliver.names import is_literal
from simulator.deliver.packed import zipped
from simulator.observations import observed_rows
from simulator.observed.transit_calendar import SERVICES
from simulator.world.world import World

_KINDS = {"tram": "0", "metro": "1", "rail": "2", "bus": "3", "ferry": "4"}  # route_type
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_WEEKEND = ("saturday", "sunday")


def timetable_file(world: World, files: Files, first: date, day: date) -> MadeFile:
    """The zip, under the first name that the feed reads. Its calendars begin with the first day that is looked at, and
    go on for a year after the last."""
    rows = observed_rows(world, "transit_timetable", day)
    tables = {
        "agency": pl.DataFrame(
            {
                "agency_id": ["1"],
                "agency_name": [world.city.config.owner],
                "agency_url": ["https://example.org"],
                "agency_timezone": [world.city.config.timezone],
            }
        ),
        "stops": _once(rows, "place", stop_id="place", stop_name="name", stop_lat="lat", stop_lon="lon"),
        "routes": _once(
            rows.with_columns(pl.col("mode").replace(_KINDS)),
            "line",
            route_id="line",
            route_short_name="line",
            route_type="mode",
        ),
        "trips": _once(
            rows,
            "trip",
            route_id="line",
            service_id="service",
            trip_id="trip",
            trip_headsign="headsign",
            direction_id="direction",
            shape_id="shape",
        ),
        "shapes": _points(rows),
        "stop_times": rows.select(
            trip_id="trip",
            arrival_time="arrival_time",
            departure_time="departure_time",
            stop_id="place",
            stop_sequence="stop_sequence",
        ),
        "calendar": _calendar(first, day),
    }
    path = files.paths[0]
    name = path if is_literal(files) else path.replace("**/", "").replace("*", "timetable")
    return MadeFile(name, zipped({f"{table}.txt": rows.write_csv().encode() for table, rows in tables.items()}))


def _once(rows: pl.DataFrame, key: str, **columns: str) -> pl.DataFrame:
    return rows.unique(key, keep="first", maintain_order=True).select(**columns)


def _points(rows: pl.DataFrame) -> pl.DataFrame:
    points = rows.select(shape_id="shape", point="way").drop_nulls()
    points = points.with_columns(pl.col("point").str.split(" ")).explode("point", empty_as_null=False)
    place = pl.col("point").str.split_exact(",", 1).struct
    return points.select(
        "shape_id",
        shape_pt_sequence=pl.int_range(pl.len()).over("shape_id"),
        shape_pt_lat=place.field("field_0"),
        shape_pt_lon=place.field("field_1"),
    )


def _calendar(first: date, day: date) -> pl.DataFrame:
    year = timedelta(days=365)
    weekday, weekend = SERVICES
    return pl.DataFrame(
        {
            "service_id": [weekday, weekend],
            **{name: ["1", "0"] for name in _WEEKDAYS},
            **{name: ["0", "1"] for name in _WEEKEND},
            "start_date": [f"{first:%Y%m%d}"] * 2,
            "end_date": [f"{day + year:%Y%m%d}"] * 2,
        }
    )
