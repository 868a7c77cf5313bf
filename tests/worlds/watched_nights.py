"""Nights of the street sensors of the simulated Seoul, as what watches places sees them: no home, no gate, no files.

Rows are those of the service, faults among them; the functions are the product's own (`assets/watch/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from assets.watch.apart import log_ratio
from assets.watch.correction import BACK_DAYS, changes, correction_figures
from assets.watch.flags import QcRule
from assets.watch.health import health_of
from assets.watch.nearest import nearest_of
from assets.watch.readings import Ordered, statistics
from assets.watch.watched import watch_of
from assets.watch.witness import WINDOW_DAYS, WITNESS, Stand, against_witness, agreement
from simulator.fault import Fault, Watched
from simulator.faults.watched import broken_sensors, sensors_of_one_district
from simulator.feed import served_feeds
from simulator.messages import Question
from simulator.seoul.sensors import daily_sensor_rows
from simulator.world.air import air_days
from simulator.world.registers import sensor_register
from simulator.world.world import World
from tests.worlds import truth
from tests.worlds.packs import seoul

FIRST = date(2026, 7, 23)  # the first night with a fault
KNOWN_DAYS = 100  # of good days before it, that a network is held against
MOST_NIGHTS = 40
PM25, DELIVERED, COUNTED, TIME = "pm25", "AVG_FPM", "AVG_PM25", "%Y-%m-%d_%H:%M:%S"
NETWORK, CORRECTION = "network", "correction"  # `by` of a fault of all sensors
RULES = {str(rule.name).lower(): rule for rule in QcRule}


class WatchedNights:
    """Good days of PM2.5, and then nights with a fault."""

    def __init__(self) -> None:
        self._watch = watch_of(PM25)
        self._world = World(seoul())
        self._feed = served_feeds(seoul())["sdot_env"]
        self._good: dict[date, pl.DataFrame] = {}
        self._well_corrected: dict[date, pl.DataFrame] = {}
        register = sensor_register(self._world).rename({"sensor_id": "place"})
        self._areas = register.select("place", "area")
        self._nearest = nearest_of(register.select("place", "lat", "lon"))

    def flagged(self, night: int, fault: Fault | None, rule: QcRule) -> set[str]:
        """The places that break a rule after so many nights with the fault."""
        newest = FIRST + timedelta(days=night - 1)
        days = [newest - timedelta(days=back) for back in reversed(range(WINDOW_DAYS))]
        found = health_of(pl.concat(self._day(day, fault) for day in days), newest, self._watch)
        return set(found.filter(pl.col("qc_rules") & int(rule) != 0)["place"])

    def reading(self, night: int) -> set[str]:
        """The places that read in a night."""
        return set(self._day(FIRST + timedelta(days=night - 1), None)["place"])

    def broken(self, fault: Fault) -> set[str]:
        """The places that the fault is about."""
        asked = self._question(FIRST)
        return set(sensors_of_one_district(asked) if "gateway" in fault.name else broken_sensors(asked))

    def first_night(self, fault: Fault) -> int | None:
        """After how many nights all that is broken, and reads, is flagged, or the network is."""
        watched = fault.watched
        assert watched is not None
        if watched.by == NETWORK:
            return self.first_night_of_network(fault)
        if watched.by == CORRECTION:
            return next((night for night in range(1, MOST_NIGHTS + 1) if self.corrections_changed(night, fault)), None)
        broken, rule = self.broken(fault), RULES[watched.by]
        nights = range(1, MOST_NIGHTS + 1)
        return next((n for n in nights if broken & self.reading(n) <= self.flagged(n, fault, rule)), None)

    def first_night_of_network(self, fault: Fault) -> int | None:
        """After how many nights the network is not good by the stations."""
        return next((night for night, stand in self.stands(fault) if stand in (Stand.WARN, Stand.BLOCK)), None)

    def corrections_changed(self, night: int, fault: Fault | None) -> set[str]:
        """The figures of the provider's correction that changed, after so many nights with the fault."""
        newest = FIRST + timedelta(days=night - 1)
        days = [newest - timedelta(days=back) for back in reversed(range(BACK_DAYS))]
        figures = pl.concat(self._corrected(day, fault) for day in days)
        found = changes(figures.with_columns(start=pl.lit(newest), quantity=pl.lit(PM25)), ["quantity"], "start")
        return set(found.filter(pl.col("changed") == 1)["figure"])

    def stands(self, fault: Fault | None) -> Iterator[tuple[int, str]]:
        """Each night, and what the street sensors are worth on it by the stations."""
        days = [FIRST + timedelta(days=n) for n in range(-KNOWN_DAYS, MOST_NIGHTS)]
        own = pl.concat(self._day(day, fault).select("day", "value") for day in days).with_columns(
            network=pl.lit("low_cost")
        )
        stations = pl.concat(air_days(self._world, day) for day in days).filter(pl.col("kind") == "urban")
        witness = stations.select("day", value=pl.col("pm25_ugm3").round(0), network=pl.lit(WITNESS))
        city = {"quantity": PM25, "area": "11", "area_level": "city", "unit": "ug/m3"}
        medians = (
            pl.concat([own, witness])
            .group_by("network", "day")
            .agg(pl.col("value").median(), places=pl.len().cast(pl.Int64))
            .with_columns(pl.lit(said).alias(name) for name, said in city.items())
        )
        watched = {PM25: self._watch}
        judged = agreement(against_witness(medians, watched), watched, city["area"], days[KNOWN_DAYS:])
        yield from enumerate(judged.sort("day")["stand"], start=1)

    def _question(self, day: date) -> Question:
        return Question(self._world, self._feed, truth.night_at(day), (), {}, {})

    def _rows(self, day: date, fault: Fault | None) -> pl.DataFrame:
        """What the service gives of a day, with a fault from FIRST on."""
        question = self._question(day)
        rows = daily_sensor_rows(question, (f"{day}",))
        change = None if fault is None or day < FIRST else fault.change_rows
        return rows if change is None else change(rows, question)

    def _corrected(self, day: date, fault: Fault | None) -> pl.DataFrame:
        """mart.correction_day of one day, with a fault from FIRST on."""
        if (fault is None or day < FIRST) and day in self._well_corrected:
            return self._well_corrected[day]
        both = {PM25: DELIVERED, "raw": COUNTED}
        readings = self._rows(day, fault).select(
            pl.lit(day).alias("day"),
            *(pl.col(delivered).cast(pl.Float64, strict=False).alias(name) for name, delivered in both.items()),
        )
        found = correction_figures(readings.lazy(), PM25, "raw")
        if fault is None or day < FIRST:
            self._well_corrected[day] = found
        return found

    def _day(self, day: date, fault: Fault | None) -> pl.DataFrame:
        """mart.place_day of one day, with a fault from FIRST on."""
        change = None if fault is None or day < FIRST else fault.change_rows
        if change is None and day in self._good:
            return self._good[day]
        found = self._place_day(self._rows(day, fault), day)
        if change is None:
            self._good[day] = found
        return found

    def _place_day(self, rows: pl.DataFrame, day: date) -> pl.DataFrame:
        readings = rows.select(
            day=pl.lit(day),
            place="SN",
            time=pl.col("MSRMT_HR").str.to_datetime(TIME),
            value=pl.col(DELIVERED).cast(pl.Float64, strict=False),
        )
        days = statistics(Ordered.by(readings), readings["value"], self._watch.spike)
        days = days.with_columns(value=pl.col("sum") / pl.col("readings"))
        around = self._nearest.around(days.select("place", "value"))
        own, theirs = pl.col("value"), pl.col("around")
        return (
            days.join(self._areas, on="place")
            .join(around, on="place", how="left")
            .with_columns(log_ratio=log_ratio(own, theirs), difference=own - theirs)
        )


def said(fault: Fault) -> Watched:
    """How the catalogue says that a fault shows."""
    assert fault.watched is not None
    return fault.watched
