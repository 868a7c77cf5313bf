"""What a timetable offers on days: rows of `transit_supply`, of the stops of its trips and the days of its services.

Departures are what leaves a stop: the end of a trip is none. A trip with headways leaves each headway from the begin of
their time to before its end, whatever its own clock says, and keeps its times between stops; none where these cannot be
read, or end before they begin. Lines are told apart by
direction; where the timetable has none, by the stop at which the trip ends.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from assets.formulas.transit import expected_wait, length_once_km
from assets.metrics.timetable_cells import number_or_null, positions, seconds_of_service, text_or_null

HOURS = 24
_OF_LINE = ("place", "line", "way_to")  # what leaves one after the other
_OF_TRIP = ("trip", "headway_from")  # a trip that repeats has its stops once for each time in which it does
_TEXTS = ("place", "name", "line", "mode", "direction", "service", "shape", "way", "headway_from", "headway_to")
_TIMES = ("arrival_time", "departure_time")
_NUMBERS = ("lat", "lon", "headway")
SUPPLY = pl.Schema(
    {
        "day": pl.Date,
        "time": pl.Datetime("us"),
        "place": pl.String,
        "name": pl.String,
        "lat": pl.Float64,
        "lon": pl.Float64,
        "mode": pl.String,
        "day_type": pl.String,
        "departures": pl.Int64,
        "trips": pl.Int64,
        "gaps_sum": pl.Float64,
        "wait": pl.Float64,
        "headway_median": pl.Float64,
        "headway_daily": pl.Float64,
        "service_span": pl.Float64,
        "service_hours": pl.Int64,
        "network_km": pl.Float64,
        "network_km_straight": pl.Float64,
    }
)


def supply(timetable: pl.DataFrame, running: pl.DataFrame, days: Collection[date]) -> pl.DataFrame:
    """SUPPLY on those of `days` on which a service runs: one row for each stop that is served, and each hour.

    timetable: rows of the model `transit_timetable`. running: rows of `transit_calendar` (day, service, perhaps
    day_type), of these days and of those before, whose trips go on after midnight. Of a day before that has no row
    nothing is known: the hours into which trips of this timetable go on are null.
    """
    of_days = services_of_days(running)
    said = running.select("day", "day_type").drop_nulls().iter_rows() if "day_type" in running.columns else ()
    kinds = dict[date, str](said)
    offers = dict[frozenset[str], _Offer]()
    table = _Timetable(timetable)
    made = dict[tuple[frozenset[str], frozenset[str] | None], pl.DataFrame]()
    found = [SUPPLY.to_frame()]
    for day in sorted(day for day in days if day in of_days):
        pair = of_days[day], of_days.get(day - timedelta(days=1))
        for services in pair:
            if services is not None and services not in offers:
                offers[services] = _Offer(table, services)
        if pair not in made:
            made[pair] = _of_day(table, offers[pair[0]], None if pair[1] is None else offers[pair[1]])
        midnight = pl.lit(day).cast(pl.Datetime("us"))
        rows = made[pair].with_columns(
            day=pl.lit(day),
            day_type=pl.lit(kinds.get(day), pl.String),
            time=midnight + pl.duration(hours=pl.col("hour")),
        )
        found.append(rows.select(pl.col(name).cast(dtype) for name, dtype in SUPPLY.items()))
    return pl.concat(found)


def services_of_days(running: pl.DataFrame) -> dict[date, frozenset[str]]:
    """The services of each day that has some; running: day, service."""
    of_days = running.select("day", "service").drop_nulls().group_by("day").agg("service")
    return {day: frozenset(services) for day, services in of_days.iter_rows()}


class _Timetable:
    """The stops of trips in order, and all departures, whatever the service."""

    def __init__(self, rows: pl.DataFrame) -> None:
        has = [
            *(text_or_null(rows, name) for name in ("trip", *_TEXTS)),
            *(seconds_of_service(text_or_null(rows, name)).alias(name) for name in _TIMES),
            *(number_or_null(rows, name) for name in _NUMBERS),
            pl.col("stop_sequence").cast(pl.Int64),
        ]
        self.stops = rows.select(has).sort(*_OF_TRIP, "stop_sequence").with_columns(positions())
        self.places = (
            self.stops.select("place", "name", "lat", "lon", "mode").drop_nulls("place").unique("place", keep="first")
        )

    @cached_property
    def ways(self) -> pl.DataFrame:
        """shape, way: each way that is drawn, once."""
        return self.stops.select("shape", "way").drop_nulls().unique("shape", keep="first")

    @cached_property
    def timed(self) -> pl.DataFrame:
        """Each stop of a trip with `at`, seconds since its first departure; times that are left out lie between."""
        at = pl.coalesce("departure_time", "arrival_time").cast(pl.Float64)
        of_trip = self.stops.with_columns(at=at.interpolate().over(_OF_TRIP))
        first = pl.col("at").drop_nulls().first().over(_OF_TRIP)
        return of_trip.with_columns(
            begins=first,
            at=pl.col("at") - first,
            first=pl.col("at").is_not_null() & (pl.col("at").is_not_null().cum_sum().over(_OF_TRIP) == 1),
            last=pl.int_range(pl.len()).over(_OF_TRIP) == pl.len().over(_OF_TRIP) - 1,
            way_to=pl.coalesce("direction", pl.col("place").last().over(_OF_TRIP)),
        )

    @cached_property
    def leaving(self) -> pl.DataFrame:
        """service, place, line, way_to, first (of its trip), and what leaves there: `at`, the first time in seconds of
        the day of service, and `count` times every `every` seconds. Of a trip that does not repeat once."""
        begin, end = seconds_of_service(pl.col("headway_from")), seconds_of_service(pl.col("headway_to"))
        every = pl.col("headway").round().cast(pl.Int64)
        repeats = (begin.is_not_null() & (end > begin) & (every > 0)).fill_null(value=False)
        known = repeats | pl.col("headway_to").is_null()  # the clock of a trip that is to repeat says nothing
        start = pl.coalesce(pl.when(repeats).then(begin), pl.col("begins").cast(pl.Int64))
        return self.timed.filter(~pl.col("last") & pl.col("at").is_not_null() & known).select(
            "service",
            "place",
            "line",
            "way_to",
            "first",
            at=start + pl.col("at").cast(pl.Int64),
            every=pl.when(repeats).then(every).otherwise(1),
            count=pl.when(repeats).then(-((begin - end) // every)).otherwise(1),
        )

    @cached_property
    def late_hours(self) -> int:
        """Into how many hours of the day after its trips go on, whatever the service."""
        last = self.leaving.select((pl.col("at") + (pl.col("count") - 1) * pl.col("every")).max()).item()
        return 0 if last is None else min(max(last // 3600 + 1 - HOURS, 0), HOURS)


class _Offer:
    """What the trips of some services offer on a day of service."""

    def __init__(self, table: _Timetable, services: Collection[str]) -> None:
        of_services = pl.col("service").is_in(list(services))
        self.ways = table.ways
        self.stops = table.timed.filter(of_services)
        self.leaving = _by_hour(table.leaving.filter(of_services))

    @cached_property
    def of_day(self) -> dict[str, float | None]:
        """What is one figure for the whole day of service."""
        (found,) = self.leaving.select(
            headway_daily=_median_gap(),
            service_span=(pl.col("to").max() - pl.col("from").min()) / 3600,
            service_hours=pl.col("hour").n_unique(),
        ).to_dicts()
        return {**found, "network_km": self._drawn(), "network_km_straight": self._straight()}

    def _straight(self) -> float | None:
        following = [pl.col(name).shift(-1).over(_OF_TRIP).alias(f"{name}_to") for name in ("lat", "lon")]
        pairs = self.stops.drop_nulls(["lat", "lon"]).with_columns(following)  # of the last one null
        return length_once_km(pairs.select("lat", "lon", "lat_to", "lon_to").unique())

    def _drawn(self) -> float | None:
        """Of the shapes; null where one trip has none that is drawn: a part of the network is no length of it."""
        shapes = self.stops.select("trip", "shape").unique()
        ways = dict(self.ways.iter_rows())
        if shapes.is_empty() or not shapes["shape"].is_in(list(ways)).fill_null(value=False).all():
            return None
        wanted = [ways[shape] for shape in shapes["shape"].unique()]
        points = pl.DataFrame({"way": wanted}).with_row_index("line").with_columns(pl.col("way").str.split(" "))
        ends = points.explode("way").with_columns(
            pl.col("way").str.split_exact(",", 1).struct.rename_fields(["lat", "lon"])
        )
        ends = ends.unnest("way").with_columns(pl.col("lat", "lon").cast(pl.Float64, strict=False))
        following = [pl.col(name).shift(-1).over("line").alias(f"{name}_to") for name in ("lat", "lon")]
        return length_once_km(ends.with_columns(following).select("lat", "lon", "lat_to", "lon_to"))


def _by_hour(leaving: pl.DataFrame) -> pl.DataFrame:
    """place, first, hour, count (of departures), gap (minutes since the one before), gaps (how many have it), and the
    first and the last of these departures (from, to). Hours are those of the day of service, 24 is after midnight.

    What leaves at even times is counted, hour by hour: jeepneys leave every minute at 80,000 stops, and one by one
    these are 78 million departures. Where several trips of a line share a stop they are put in order.
    """
    hour, begin, every = pl.col("hour"), pl.col("at"), pl.col("every")
    last = begin + (pl.col("count") - 1) * every
    of_hours = (
        leaving.with_columns(alone=pl.len().over(_OF_LINE) == 1, hour=pl.int_ranges(begin // 3600, last // 3600 + 1))
        .explode("hour")
        .with_columns(
            k=pl.max_horizontal(-((begin - 3600 * hour) // every), 0),  # of the first departure in the hour
            end=pl.min_horizontal(-((begin - 3600 * (hour + 1)) // every), "count"),
        )
        .filter(pl.col("end") > pl.col("k"))
    )
    even = of_hours.filter("alone").select(
        "place",
        "first",
        "hour",
        count=pl.col("end") - pl.col("k"),
        gap=every / 60,
        gaps=pl.col("end") - pl.max_horizontal("k", 1),
        **{"from": begin + pl.col("k") * every, "to": begin + (pl.col("end") - 1) * every},
    )
    return pl.concat([even, _in_order(of_hours.filter(~pl.col("alone")))], how="vertical_relaxed")


def _in_order(of_hours: pl.DataFrame) -> pl.DataFrame:
    """The same of trips that share a stop, in the order of their departures.

    Where all that leave in an hour leave at the same even times, and these go into the hour, its first turn is as any
    departures, and the last turn stands for the others: each is as the one before, its first departure after its last.
    """
    k, every, leaves = pl.col("k"), pl.col("every"), pl.col("leaves")
    of_hour, turns = [*_OF_LINE, "hour"], pl.col("end") - k
    steady = (every.n_unique().over(of_hour) == 1) & (turns * every == 3600).all().over(of_hour) & (turns > 2)
    turn = [*of_hour, "turn"]
    return (
        of_hours.with_columns(steady=steady, turns=turns)
        .with_columns(
            which=pl.when("steady").then(pl.concat_list(k, pl.col("end") - 1)).otherwise(pl.int_ranges(k, "end"))
        )
        .explode("which")
        .with_columns(
            leaves=pl.col("at") + pl.col("which") * every,
            turn=pl.col("steady") & (pl.col("which") > k),  # the last one
        )
        .sort(*_OF_LINE, "leaves")
        .with_columns(
            gap=pl.when(pl.col("turn") & (pl.int_range(pl.len()).over(turn) == 0))
            .then(leaves + every - leaves.last().over(turn))
            .otherwise(leaves.diff().over(_OF_LINE))
            / 60,
            count=pl.when("turn").then(pl.col("turns") - 1).otherwise(1),
        )
        .select(
            "place",
            "first",
            "hour",
            "count",
            "gap",
            gaps=pl.when(pl.col("gap").is_not_null()).then("count").otherwise(0),
            **{"from": leaves, "to": leaves},
        )
    )


def _median_gap() -> pl.Expr:
    """The median of all gaps, of which each row has `gaps` of the length `gap`."""
    gap, gaps = pl.col("gap").sort_by("gap"), pl.col("gaps").sort_by("gap")
    upto, whole = gaps.cum_sum(), gaps.sum()
    lower, upper = (gap.filter(upto >= place).first() for place in ((whole + 1) // 2, whole // 2 + 1))
    return pl.when(whole > 0).then((lower + upper) / 2)


def _of_day(table: _Timetable, today: _Offer, before: _Offer | None) -> pl.DataFrame:
    """The columns of SUPPLY but for the day: what leaves by the clock of the day, also of trips of the day before.

    before: None where nothing is known of that day.
    """
    of_before = today.leaving.clear() if before is None else before.leaving
    late = of_before.filter(pl.col("hour").is_between(HOURS, 2 * HOURS - 1)).with_columns(pl.col("hour") - HOURS)
    known = pl.col("hour") >= (table.late_hours if before is None else 0)
    leaving = pl.concat([today.leaving.filter(pl.col("hour") < HOURS), late])
    of_hours = leaving.group_by("hour").agg(headway_median=_median_gap())
    gap, gaps = pl.col("gap"), pl.col("gaps")
    of_stops = leaving.group_by("place", "hour").agg(
        departures=pl.col("count").sum(),
        trips=pl.col("count").filter("first").sum(),
        gaps_sum=(gap * gaps).sum(),
        squares=(gap**2 * gaps).sum(),
    )
    of_stops = of_stops.with_columns(wait=expected_wait(pl.col("squares"), pl.col("gaps_sum")))
    served = pl.concat([today.stops.select("place"), late.select("place")]).drop_nulls().unique()
    hours = pl.DataFrame({"hour": pl.int_range(HOURS, eager=True)})
    counts = ("departures", "trips", "gaps_sum")
    return (
        served.join(table.places, on="place", how="left")
        .join(hours, how="cross")
        .join(of_stops, on=["place", "hour"], how="left")
        .join(of_hours, on="hour", how="left")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(pl.when(known).then(pl.col(*counts, "wait", "headway_median")))
        .with_columns(*(pl.lit(v).alias(name) for name, v in today.of_day.items()))
        .sort("place", "hour")
    )
