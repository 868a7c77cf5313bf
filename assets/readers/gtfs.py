"""A GTFS timetable, a zip of CSV tables, as the one table that a layout wants.

`timetable` is stop_times with what trips, routes, stops, frequencies and the calendars say of each row; `calendar` is
each day on which a service runs; any other name is a table of the zip as it stands. Nothing is corrected: what does not
fit together is said, and stays empty. Times stay text, 25:10:00 is after midnight.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.containers import Member
from assets.readers.rows import LINE, RawRows
from assets.readers.running_days import days_of_services, texts

TIMETABLE, CALENDAR = "timetable", "calendar"
CALENDARS, TRIPS = ("calendar", "calendar_dates"), "trips"
# What the joined table takes of each other table, by the column that both have.
_OF_TRIPS = ("route_id", "service_id", "trip_headsign", "direction_id", "shape_id")
_OF_ROUTES = ("agency_id", "route_short_name", "route_type")
_OF_STOPS = ("stop_name", "stop_lat", "stop_lon")
_OF_FREQUENCIES = ("start_time", "end_time", "headway_secs", "exact_times")
_JOINED = ("stop_times", TRIPS, "routes", "stops", "frequencies", "shapes", *CALENDARS)
_MAY_BE_EMPTY = frozenset({"frequencies", "shapes", *CALENDARS})


# Tables of the format: what an agency says in them of itself, its telephone among it, is about no passenger.
_OF_FORMAT = frozenset(
    {
        *_JOINED,
        "agency",
        "areas",
        "attributions",
        "booking_rules",
        "fare_attributes",
        "fare_leg_rules",
        "fare_products",
        "fare_rules",
        "fare_transfer_rules",
        "feed_info",
        "levels",
        "networks",
        "pathways",
        "route_networks",
        "stop_areas",
        "timeframes",
        "transfers",
        "translations",
    }
)


def is_known(table: str) -> bool:
    """Whether the format has a table of this name."""
    return table in _OF_FORMAT


def tables_read(wanted: str) -> frozenset[str]:
    """The tables of the zip that have to be read for the table that is wanted."""
    if wanted == TIMETABLE:
        return frozenset(_JOINED)
    return frozenset({TRIPS, *CALENDARS}) if wanted == CALENDAR else frozenset({wanted})


def table_of_member(member: Member) -> str | None:
    """The table that a file of the zip is, whatever folder it lies in; None where it is none."""
    name = re.split(r"[/\\]", member.name)[-1].lower()
    return name.removesuffix(".txt") if name.endswith(".txt") else None


def empty_is_none(table: str, member: Member) -> bool:
    """Whether a file without a byte is as good as one that is not there."""
    return table in _MAY_BE_EMPTY and not member.content.strip(b"\xef\xbb\xbf \r\n\t")


def as_wanted(wanted: str, tables: Mapping[str, RawRows], where: str) -> RawRows:
    """The table that is wanted, of those that were read. Raises PermanentFailure where it cannot be made."""
    if wanted == TIMETABLE:
        return _timetable(tables, where)
    if wanted == CALENDAR:
        return _calendar(tables, where)
    return _there(tables, wanted, where)


def refuse_twice(names: Sequence[str], where: str) -> None:
    """Raises PermanentFailure where a table lies in two folders of the zip: it is unclear which counts."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        what = f"it has {', '.join(f'{name}.txt' for name in twice)} in more than one folder"
        raise PermanentFailure("TIMETABLE-TWICE", what, where, "deliver each timetable in a zip of its own")


def _there(tables: Mapping[str, RawRows], name: str, where: str) -> RawRows:
    if name not in tables:
        what = f"there is no {name}.txt in it, it has {', '.join(sorted(f'{table}.txt' for table in tables)) or 'none'}"
        hint = "ask the agency for the whole timetable, or correct `table` in the layout"
        raise PermanentFailure("TIMETABLE-TABLE", what, where, hint)
    return tables[name]


def _timetable(tables: Mapping[str, RawRows], where: str) -> RawRows:
    times, trips = _there(tables, "stop_times", where), _there(tables, TRIPS, where)
    found = _Joining(times)
    found.add(tables.get(TRIPS), TRIPS, "trip_id", _OF_TRIPS)
    found.add(tables.get("routes"), "routes", "route_id", _OF_ROUTES)
    found.add(tables.get("stops"), "stops", "stop_id", _OF_STOPS)
    found.repeat(tables.get("frequencies"))
    found.frame = found.frame.join(_bounds(tables, trips.frame), on="service_id", how="left", maintain_order="left")
    found.draw(tables.get("shapes"))
    if not any(name in tables for name in CALENDARS):
        found.said.append("there is no calendar.txt and no calendar_dates.txt: on which days trips run is not known")
    others = [raw.rejects for name, raw in sorted(tables.items()) if name != "stop_times"]
    return times.replaced(
        frame=found.frame,
        plain=None,
        rejects=pl.concat([times.rejects, *others]),
        guesses=(*times.guesses, *found.said),
    )


class _Joining:
    """stop_times with columns of other tables, and what is said of rows that find nothing there."""

    def __init__(self, times: RawRows) -> None:
        self.frame, self.said = times.frame, list[str]()

    def add(self, raw: RawRows | None, name: str, key: str, columns: Iterable[str]) -> None:
        """Of each row what `raw` says of its key, the first line of it where there are several."""
        wanted = [column for column in columns if column not in self.frame.columns]
        empty = [pl.lit(None, pl.String).alias(column) for column in wanted]
        if raw is None or key not in raw.frame.columns or key not in self.frame.columns:
            self.said.append(f"there is no {name}.txt with {key}: what it says of each row stays empty")
            self.frame = self.frame.with_columns(empty)
            return
        frame = raw.frame
        first = frame.unique(key, keep="first", maintain_order=True)
        if first.height < frame.height:
            self.said.append(f"{frame.height - first.height} lines of {name}.txt repeat a {key}: the first counts")
        lost = self.frame.select(key).drop_nulls().unique().join(first, on=key, how="anti").height
        if lost:
            self.said.append(f"{lost} {key} of the rows are not in {name}.txt: what it says of them stays empty")
        there = _known(first, wanted)
        self.frame = self.frame.join(first.select(key, *there), on=key, how="left", maintain_order="left")
        self.frame = self.frame.with_columns(one for one in empty if one.meta.output_name() not in there)

    def repeat(self, frequencies: RawRows | None) -> None:
        """A trip that repeats has one row for each of its times of day."""
        windows = pl.DataFrame(schema={"trip_id": pl.String}) if frequencies is None else frequencies.frame
        there = _known(windows, _OF_FREQUENCIES)
        self.frame = self.frame.join(
            windows.select("trip_id", *there), on="trip_id", how="left", maintain_order="left_right"
        ).with_columns(pl.lit(None, pl.String).alias(name) for name in _OF_FREQUENCIES if name not in there)

    def draw(self, shapes: RawRows | None) -> None:
        """`way`, the points of each shape at the first row that names it, and how many shapes nothing draws."""
        ways = pl.DataFrame(schema={"shape_id": pl.String, "way": pl.String})
        needed = {"shape_id", "shape_pt_sequence", "shape_pt_lat", "shape_pt_lon"}
        if shapes is not None and needed <= set(shapes.frame.columns):
            point = pl.format(
                "{},{}", pl.col("shape_pt_lat").str.strip_chars(), pl.col("shape_pt_lon").str.strip_chars()
            )
            order = pl.col("shape_pt_sequence").str.strip_chars().cast(pl.Int64, strict=False)
            points = shapes.frame.with_columns(order.alias("_order")).drop_nulls(needed).sort("shape_id", "_order")
            ways = points.group_by("shape_id", maintain_order=True).agg(point.str.join(" ").alias("way"))
        named = self.frame["shape_id"].drop_nulls().unique()
        if lost := named.filter(~named.is_in(ways["shape_id"].implode()) & (named != "")).len():
            file = "there is no shapes.txt" if shapes is None else "shapes.txt does not have them"
            self.said.append(f"{lost} shape_id of the trips lead nowhere: {file}")
        self.frame = self.frame.join(ways, on="shape_id", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("shape_id").is_first_distinct()).then("way").alias("way")
        )


def _known(frame: pl.DataFrame, columns: Iterable[str]) -> list[str]:
    return [column for column in columns if column in frame.columns]


def _bounds(tables: Mapping[str, RawRows], trips: pl.DataFrame) -> pl.DataFrame:
    """service_id, start_date, end_date: the first and the last day on which each service really runs, YYYYMMDD."""
    rows = [
        (service, f"{min(days):%Y%m%d}", f"{max(days):%Y%m%d}")
        for service, days in _days(tables, set(texts(trips, "service_id"))).items()
    ]
    columns = ("service_id", "start_date", "end_date")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _days(tables: Mapping[str, RawRows], services: Collection[str]) -> dict[str, set[date]]:
    """By service the days on which it runs; of services that trips name, or of all where trips name none of them."""
    calendar, dates = (None if (raw := tables.get(name)) is None else raw.frame for name in CALENDARS)
    found = days_of_services(calendar, dates)
    of_trips = {service: days for service, days in found.items() if service in services}
    return of_trips or found


def _calendar(tables: Mapping[str, RawRows], where: str) -> RawRows:
    there = [tables[name] for name in CALENDARS if name in tables]
    if not there:
        what = "there is neither calendar.txt nor calendar_dates.txt in it: no trip has a day"
        raise PermanentFailure("TIMETABLE-CALENDAR", what, where, "ask the agency for the days of its services")
    trips = tables.get(TRIPS)
    days = _days(tables, set() if trips is None else set(texts(trips.frame, "service_id")))
    if not days:
        what = "no trip runs on any day of its calendars"
        hint = "ask the agency for a timetable that runs; no day is on on which a trip's service is on"
        raise PermanentFailure("SERVICE-NEVER", what, where, hint)
    # a date that calendar_dates names for any service is a day of its own kind for all of them
    named = set() if "calendar_dates" not in tables else set(texts(tables["calendar_dates"].frame, "date"))
    rows = [
        (service, f"{day:%Y%m%d}", "holiday" if f"{day:%Y%m%d}" in named else _kind(day))
        for service, of_service in sorted(days.items())
        for day in sorted(of_service)
    ]
    columns = {"service_id": pl.String, "date": pl.String, "day_type": pl.String}
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_row_index(LINE, 1)
    return there[0].replaced(
        frame=frame.with_columns(pl.col(LINE).cast(pl.Int64)),
        plain=None,
        rejects=pl.concat([raw.rejects for raw in there]),
        blank_rows=0,
        guesses=(),
    )


def _kind(day: date) -> str:
    return {5: "saturday", 6: "sunday"}.get(day.weekday(), "weekday")
