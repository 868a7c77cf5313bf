"""The timetable of the lines as GTFS has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.world.network import LINES, subway_stations
from simulator.world.places import cells, points_inside, stems

BETWEEN_S, AT_STOP_S = 110, 20  # from stop to stop, at a stop
# Service, when its trains go, and every how many seconds; a day of service ends after midnight.
HEADWAYS = (
    ("WD", "05:30:00", "07:00:00", 480),
    ("WD", "07:00:00", "09:30:00", 180),
    ("WD", "09:30:00", "17:00:00", 300),
    ("WD", "17:00:00", "20:00:00", 200),
    ("WD", "20:00:00", "25:00:00", 480),
    ("WE", "05:30:00", "23:00:00", 400),
    ("WE", "23:00:00", "25:00:00", 720),
)
LAST_TRAIN_S = 25 * 3600 + 10 * 60  # 25:10:00, ten past one in the night after


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """(name of a table without .txt,): its rows as texts."""
    build = TABLES.get(selection[0])
    return None if build is None else pl.DataFrame(build(question))


Records = list[dict[str, Any]]


def _agency(question: Question) -> Records:
    facts = question.world.city.config
    return [
        {
            "agency_id": facts.name,
            "agency_name": f"{facts.shown} Metro",
            "agency_url": "https://example.org",
            "agency_timezone": facts.timezone,
            "agency_lang": facts.languages[0],
        }
    ]


def _stops(question: Question) -> Records:
    """Each station inside the district after which it is named."""
    outlines, named = cells(question.world), sorted(enumerate(stems(question.world)), key=lambda item: -len(item[1]))
    chance = question.world.random("stops")
    stops = []
    for stop, name in zip(_stop_ids(question), subway_stations(question.world)["station"], strict=True):
        place = next(number for number, stem in named if name.startswith(stem))
        ((lon, lat),) = np.round(points_inside(chance, outlines[place], 1), 6).tolist()
        stops.append({"stop_id": stop, "stop_name": name, "stop_lat": lat, "stop_lon": lon, "location_type": 0})
    return stops


def _routes(question: Question) -> Records:
    facts = question.world.city.config
    return [
        {
            "route_id": f"R{n:02d}",
            "agency_id": facts.name,
            "route_short_name": line,
            "route_long_name": line,
            "route_type": 1,
            "route_color": f"{0x204060 * n & 0xFFFFFF:06X}",
        }
        for n, line in enumerate(LINES, 1)
    ]


def _trips(question: Question) -> Records:
    """Of each line, direction and service one trip that stands for many, and on workdays the last train."""
    ends = _by_line(question)
    return [
        {
            "route_id": f"R{n:02d}",
            "service_id": service,
            "trip_id": f"R{n:02d}-{way}-{kind}",
            "direction_id": way,
            "trip_headsign": names[-1 if way == 0 else 0],
        }
        for n, (_, names) in enumerate(ends, 1)
        for way in (0, 1)
        for service, kind in (("WD", "WD"), ("WE", "WE"), ("WD", "LAST"))
    ]


def _stop_times(question: Question) -> Records:
    """A trip with frequencies begins at 00:00:00; the last train has its own times, above 24:00:00."""
    times_of_stops = []
    for n, (stops, _) in enumerate(_by_line(question), 1):
        for way in (0, 1):
            for kind, start in (("WD", 0), ("WE", 0), ("LAST", LAST_TRAIN_S)):
                for sequence, stop in enumerate(stops if way == 0 else stops[::-1], 1):
                    arrival = start + (sequence - 1) * BETWEEN_S
                    leave = arrival + (AT_STOP_S if 1 < sequence < len(stops) else 0)
                    times = {"arrival_time": _clock(arrival), "departure_time": _clock(leave)}
                    trip = f"R{n:02d}-{way}-{kind}"
                    times_of_stops.append({"trip_id": trip, **times, "stop_id": stop, "stop_sequence": sequence})
    return times_of_stops


def _frequencies(question: Question) -> Records:
    return [
        {
            "trip_id": f"R{n:02d}-{way}-{service}",
            "start_time": start,
            "end_time": end,
            "headway_secs": every,
            "exact_times": 0,
        }
        for n, _ in enumerate(LINES, 1)
        for way in (0, 1)
        for service, start, end, every in HEADWAYS
    ]


def _calendar(question: Question) -> Records:
    """Valid for the year and the first quarter of the next one."""
    start, end = service_days(question.now.date())
    workdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return [
        {
            "service_id": service,
            **{day: int(service == "WD") for day in workdays},
            **{day: int(service == "WE") for day in ("saturday", "sunday")},
            "start_date": f"{start:%Y%m%d}",
            "end_date": f"{end:%Y%m%d}",
        }
        for service in ("WD", "WE")
    ]


def _calendar_dates(question: Question) -> Records:
    """On new year's day trains go as at weekends."""
    start, _ = service_days(question.now.date())
    return [
        {"service_id": service, "date": f"{start:%Y%m%d}", "exception_type": kind}
        for service, kind in (("WD", 2), ("WE", 1))
    ]


def service_days(today: date) -> tuple[date, date]:
    """First and last day of the timetable that is published today."""
    return date(today.year, 1, 1), date(today.year + 1, 4, 1) - timedelta(days=1)


TABLES: Mapping[str, Callable[[Question], Records]] = {
    "agency": _agency,
    "stops": _stops,
    "routes": _routes,
    "trips": _trips,
    "stop_times": _stop_times,
    "frequencies": _frequencies,
    "calendar": _calendar,
    "calendar_dates": _calendar_dates,
}


def _stop_ids(question: Question) -> list[str]:
    """One for each line at a station: lines do not share platforms."""
    count = subway_stations(question.world).height
    return [f"S{number:04d}" for number in range(1, count + 1)]


def _by_line(question: Question) -> list[tuple[list[str], list[str]]]:
    """Stops and their names along each line."""
    rows = subway_stations(question.world).with_columns(stop=pl.Series(_stop_ids(question)))
    lines = rows.partition_by("line", maintain_order=True)
    return [(line["stop"].to_list(), line["station"].to_list()) for line in lines]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
