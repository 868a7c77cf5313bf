"""Real timetables of Jakarta and Manila and the stops of Bangkok: their traps, and figures worked out by other means.

What is expected comes from the files with the csv module, plain Python and arrays: every departure is written out, also
the 78 million of a day of Manila, line by line.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import zipfile
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import shapely

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.not_come import note_not_come
from assets.ingest.read import read_new
from assets.pack.packs import load_packs
from assets.publication.kept_packs import cities_to_publish
from assets.publication.publish import publish_all
from tests.support.paths import CITIES, REAL_DATA
from warehouse import landing
from warehouse.format import open_home
from warehouse.home import Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "manila").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
TUESDAY, SUNDAY, LISTED = date(2020, 6, 30), date(2025, 6, 29), date(2025, 1, 1)
DAYS = {
    "manila": [TUESDAY - timedelta(days=1), TUESDAY],
    "jakarta": [SUNDAY - timedelta(days=1), SUNDAY],
    "bangkok": [LISTED],
}
OVER = TUESDAY + timedelta(days=1)  # the calendars of Manila have run out
DAY_S, EARTH = 86_400, 6371.0088
# Manila's departures written out are 50 s of CPU; those of Jakarta, of the same code and formulas, stay in the suite.
EACH_CITY = pytest.mark.parametrize(
    ("city", "day"), [pytest.param("manila", TUESDAY, marks=pytest.mark.weekly), ("jakarta", SUNDAY)]
)


class ThreeCities:
    """One home with the three cities, published once."""

    def __init__(self, root: Path) -> None:
        self.home = open_home(Home(root / "home"), create=True)
        packs = load_packs([CITIES / name for name in DAYS])
        assert packs.broken == {}
        for city in packs.cities:
            run = RunContext(
                home=self.home,
                city=city,
                source="files",
                drop=REAL_DATA / city.name,
                run_id=city.name,
                today=date(2026, 11, 27),
            )
            contracts = [one for one in city.contracts.values() if "ispu" not in one.name]
            for contract in contracts:
                read_new(run, contract, fetch(run, contract, []))
                ingest.ingest(run, contract, DAYS[city.name])
            for table in derived_tables(city):
                build(run, table, DAYS[city.name])
            if city.name == "manila":
                note_not_come(run, city.contracts["gtfs_days"], OVER)
        publish_all(self.home, cities_to_publish(self.home, packs), run_id="publish")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.published_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def values(self, city: str, day: date, level: str = "city") -> dict[Any, Any]:
        """Metric to its value; of districts, (metric, area)."""
        found = self.sql(
            f"SELECT metric, area, value FROM metric.value WHERE city = '{city}' AND period_start = DATE '{day}' "
            f"AND period = 'day' AND area_level = '{level}'"
        )
        return {metric if level == "city" else (metric, area): value for metric, area, value in found}

    def verdict(self, city: str, feed: str) -> tuple[str, str]:
        (found,) = self.sql(
            f"SELECT verdict, reason FROM ledger.verdict WHERE city = '{city}' AND table_name = '{feed}' LIMIT 1"
        )
        return found

    def guesses(self, city: str, feed: str) -> list[str]:
        (found,) = self.sql(
            f"SELECT guesses FROM ledger.attempt WHERE city = '{city}' AND feed = '{feed}' AND status = 'parsed'"
        )
        return list(found[0])


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> ThreeCities:
    return ThreeCities(tmp_path_factory.mktemp("three"))


def table(city: str, name: str) -> list[dict[str, str]]:
    with (REAL_DATA / city / "gtfs" / f"{name}.txt").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def services(city: str, day: date) -> set[str]:
    """By calendar.txt alone: neither city says single dates."""
    name, text = day.strftime("%A").lower(), f"{day:%Y%m%d}"
    return {
        row["service_id"]
        for row in table(city, "calendar")
        if row[name] == "1" and row["start_date"] <= text <= row["end_date"]
    }


class Offered:
    """All departures of a day of service, of every stop, line and direction, in seconds."""

    def __init__(self, city: str, day: date) -> None:
        running = services(city, day)
        trips = {row["trip_id"]: row for row in table(city, "trips") if row["service_id"] in running}
        stops_of = defaultdict[str, list[tuple[int, str, int]]](list)
        for row in table(city, "stop_times"):
            if row["trip_id"] in trips:
                at = seconds(row["departure_time"])
                stops_of[row["trip_id"]].append((int(row["stop_sequence"]), row["stop_id"], at))
        windows = defaultdict[str, list[tuple[int, int, int]]](list)
        for row in table(city, "frequencies"):
            windows[row["trip_id"]].append(
                (seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"]))
            )
        self.stops, self.pairs = set[str](), set[frozenset[str]]()
        self.starts = list[np.ndarray]()
        leaving = defaultdict[tuple[str, str, str], list[np.ndarray]](list)
        for trip, unsorted in stops_of.items():
            stops = sorted(unsorted)
            first = stops[0][2]
            starts = np.concatenate([np.arange(*window) for window in windows[trip]] or [np.array([first])])
            self.starts.append(starts)
            self.stops |= {stop for _, stop, _ in stops}
            self.pairs |= {frozenset((one, other)) for (_, one, _), (_, other, _) in itertools.pairwise(stops)}
            way = trips[trip]["direction_id"] or stops[-1][1]
            for _, stop, at in stops[:-1]:
                leaving[stop, trips[trip]["route_id"], way].append(starts + at - first)
        self.leaving = {key: np.sort(np.concatenate(found)) for key, found in leaving.items()}

    def figures(self) -> dict[str, Any]:
        """Gaps of the day of service by length, first and last departure, hours with one."""
        gaps, hours = Counter[int](), set[int]()
        for times in self.leaving.values():
            lengths, counts = np.unique(np.diff(times), return_counts=True)
            gaps.update(dict(zip(lengths.tolist(), counts.tolist(), strict=True)))
            hours |= set(np.unique(times // 3600).tolist())
        ends = [(times[0], times[-1]) for times in self.leaving.values()]
        return {
            "headway_median": median(gaps) / 60,
            "service_span": (max(last for _, last in ends) - min(first for first, _ in ends)) / 3600,
            "service_hours": len(hours),
        }


def median(gaps: Counter[int]) -> float:
    middle, seen, found = sum(gaps.values()), 0, []
    for length in sorted(gaps):
        before, seen = seen, seen + gaps[length]
        found += [length for place in ((middle - 1) // 2, middle // 2) if before <= place < seen]
    return sum(found) / 2


@cache
def expected(city: str, day: date) -> dict[str, Any]:
    """Figures of a day by the clock, of its own trips and of those of the day before that go on after midnight."""
    today, before = Offered(city, day), Offered(city, day - timedelta(days=1))
    trips = sum(int((starts < DAY_S).sum()) for starts in today.starts)
    trips += sum(int((starts >= DAY_S).sum()) for starts in before.starts)
    squares = total = night = 0.0
    night_stops, served = set[str](), set(today.stops)
    for offered, low in ((today, 0), (before, DAY_S)):
        for (stop, *_), times in offered.leaving.items():
            of_day = (times >= low) & (times < low + DAY_S)
            gaps = np.diff(times)[of_day[1:]] / 60
            squares, total = squares + float((gaps**2).sum()), total + float(gaps.sum())
            at_night = int((of_day & (times < low + 5 * 3600)).sum())
            night += at_night
            night_stops |= {stop} if at_night else set()
            served |= {stop} if of_day.any() else set()
    at = {row["stop_id"]: (float(row["stop_lat"]), float(row["stop_lon"])) for row in table(city, "stops")}
    return today.figures() | {
        "transit_trips": trips,
        "wait_expected": squares / (2 * total),
        "night_departures": night,
        "night_stops_share": 100 * len(night_stops) / len(served),
        "transit_stops": len(served),
        "transit_network_km_straight": straight(today.pairs, at),
        "transit_reach_500m": reach([at[stop] for stop in served]),
    }


def straight(pairs: set[frozenset[str]], at: dict[str, tuple[float, float]]) -> float:
    """By the angle between two points on a ball; ends that are the same to a metre are one."""
    ways = dict[frozenset[tuple[float, float]], float]()
    for pair in pairs:
        if len(pair) == 2:
            one, other = (at[stop] for stop in pair)
            ways[frozenset((round(lat, 5), round(lon, 5)) for lat, lon in (one, other))] = angle(one, other) * EARTH
    return sum(ways.values())


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    (x, y, z), (u, v, w) = (
        (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        for lat, lon in (tuple(map(math.radians, point)) for point in (one, other))
    )
    return math.atan2(math.hypot(y * w - z * v, z * u - x * w, x * v - y * u), x * u + y * v + z * w)


def reach(points: list[tuple[float, float]]) -> float:
    """By circles of many corners, which hold 0.01 % less."""
    middle = math.cos(math.radians(sum(lat for lat, _ in set(points)) / len(set(points))))
    flat = [(math.radians(lon) * EARTH * middle, math.radians(lat) * EARTH) for lat, lon in set(points)]
    return shapely.union_all([shapely.Point(point).buffer(0.5, quad_segs=64) for point in flat]).area


@EACH_CITY
def test_ten_figures_are_those_of_every_departure_written_out(three: ThreeCities, city: str, day: date) -> None:
    found, wanted = three.values(city, day), expected(city, day)
    assert len(wanted) == 10
    for metric, value in wanted.items():
        assert found[metric] == pytest.approx(value, rel=2e-4 if "reach" in metric else 1e-6), metric
    land = {"manila": 619.5, "jakarta": 661.53}[city]
    assert found["transit_stops_per_km2"] == pytest.approx(wanted["transit_stops"] / land)
    assert found["transit_network_km"] is None
    assert 0 < found["transit_coverage_500m_disc"] < 1


@EACH_CITY
def test_trips_of_the_hours_are_those_of_the_day(three: ThreeCities, city: str, day: date) -> None:
    hours = three.sql(
        f"SELECT hour(starts_at), value FROM metric.hourly WHERE city = '{city}' AND metric = 'transit_trips_hourly' "
        f"AND starts_at::DATE = DATE '{day}'"
    )
    begun = Counter[int]()
    for offered, low in ((Offered(city, day), 0), (Offered(city, day - timedelta(days=1)), DAY_S)):
        for starts in offered.starts:
            begun.update(((starts[(starts >= low) & (starts < low + DAY_S)] - low) // 3600).tolist())
    assert dict(hours) == {hour: begun[hour] for hour in range(24)}


def test_days_after_the_last_calendar_of_manila_have_a_reason_and_no_figure(three: ThreeCities) -> None:
    assert {row["end_date"] for row in table("manila", "calendar")} == {f"{TUESDAY:%Y%m%d}"}
    assert set(three.values("manila", OVER).values()) == {None}
    reasons = three.sql(
        f"SELECT DISTINCT reason FROM metric.value WHERE city = 'manila' "
        f"AND period_start = DATE '{OVER}' AND period = 'day'"
    )
    assert reasons == [(f"the calendars of gtfs_days end on {TUESDAY}: nothing is known of later days",)]


def test_the_minute_that_stands_for_no_headway_in_manila_is_warned_of_and_its_figures_are_proxies(
    three: ThreeCities,
) -> None:
    assert Counter(row["headway_secs"] for row in table("manila", "frequencies"))["60"] == 1810
    verdict, reason = three.verdict("manila", "gtfs_timetable")
    assert verdict == "WARN"
    assert "GTFS_TIMETABLE-headway-known" in reason
    statuses = three.sql(
        "SELECT metric, status FROM metric.value WHERE city = 'manila' AND value > 0 "
        f"AND period_start = DATE '{TUESDAY}'"
    )
    assert {status for metric, status in statuses if metric in ("headway_median", "transit_trips")} == {"proxy"}
    assert {status for metric, status in statuses if metric == "service_span"} == {"ok"}


def test_mixed_quotes_and_services_that_are_numbers_or_words_are_texts(three: ThreeCities) -> None:
    found = dict(three.sql("SELECT service, count(DISTINCT trip) FROM core.manila_gtfs_timetable GROUP BY 1"))
    assert found == Counter(row["service_id"] for row in table("manila", "trips"))
    assert {"880772", "DAILY"} <= found.keys()
    assert three.sql("SELECT count(*) FROM core.manila_gtfs_timetable") == [(len(table("manila", "stop_times")),)]


def test_shapes_that_jakarta_does_not_draw_are_counted_and_no_length_is_made_of_them(three: ThreeCities) -> None:
    assert len({row["shape_id"] for row in table("jakarta", "trips")}) == 643
    assert three.guesses("jakarta", "gtfs_timetable") == [
        "643 shape_id of the trips lead nowhere: there is no shapes.txt"
    ]
    (reason,) = three.sql(
        f"SELECT reason FROM metric.value WHERE metric = 'transit_network_km' AND city = 'jakarta' "
        f"AND period_start = DATE '{SUNDAY}'"
    )
    assert reason == ("the formula gives no number for what was measured",)


def test_byte_order_marks_both_line_ends_and_an_empty_calendar_of_jakarta_are_read(three: ThreeCities) -> None:
    folder = REAL_DATA / "jakarta" / "gtfs"
    assert (folder / "calendar_dates.txt").read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in (folder / "trips.txt").read_bytes() + (folder / "routes.txt").read_bytes()
    repeats = Counter(row["trip_id"] for row in table("jakarta", "frequencies"))
    rows = sum(max(repeats[row["trip_id"]], 1) for row in table("jakarta", "stop_times"))
    assert three.sql("SELECT count(*), count(line), count(lat) FROM core.jakarta_gtfs_timetable") == [(rows,) * 3]
    kinds = three.sql("SELECT DISTINCT day, day_type FROM core.jakarta_gtfs_days ORDER BY 1")
    assert kinds == [(SUNDAY - timedelta(days=1), "saturday"), (SUNDAY, "sunday")]


def test_tables_land_as_they_were_delivered(three: ThreeCities) -> None:
    for city in ("jakarta", "manila"):
        ((sha256,),) = three.sql(
            f"SELECT DISTINCT sha256 FROM ledger.attempt WHERE city = '{city}' "
            "AND feed = 'gtfs_days' AND status = 'parsed'"
        )
        path = landing.find(three.home, city, "gtfs_days", sha256)
        assert path is not None
        with zipfile.ZipFile(io.BytesIO(landing.read_bytes(path))) as archive:
            for name in archive.namelist():
                assert archive.read(name) == (REAL_DATA / city / "gtfs" / name).read_bytes(), name
            assert len(archive.namelist()) == len(list((REAL_DATA / city / "gtfs").glob("*.txt")))


def bangkok() -> list[list[str]]:
    lines = (REAL_DATA / "bangkok/namtang_stop/namtang-stop.txt").read_text("utf-8").splitlines()
    return [line.strip()[1:-1].split("', '") for line in lines]


def test_stops_of_bangkok_are_read_in_their_odd_dialect(three: ThreeCities) -> None:
    wanted = {(row[0], row[1], row[2], row[6], row[16]) for row in bangkok()}
    found = three.sql(
        "SELECT place, name, coalesce(name_en, ''), coalesce(address, ''), area FROM core.bangkok_namtang_stops"
    )
    assert len(found) == 5578
    assert {place for place, *_ in found} == {code for code, *_ in wanted}
    spaces = str.maketrans("\u00a0", " ")
    same = {tuple(text.translate(spaces).strip() for text in row) for row in wanted}
    assert len(same & {tuple(text.translate(spaces).strip() for text in row) for row in found}) > 5570
    assert any("'" in name for _, _, name, *_ in found)


def test_stops_of_bangkok_and_its_districts_are_those_whose_code_says_so(three: ThreeCities) -> None:
    rows = bangkok()
    inside = [row for row in rows if row[16].startswith("10")]
    assert (len(rows), len(inside)) == (5578, 4232)
    with (CITIES / "bangkok" / "areas.csv").open(encoding="utf-8") as file:
        land = {row["code"]: float(row["area_km2"]) for row in csv.DictReader(file)}
    found = three.values("bangkok", LISTED)
    assert found["transit_stops"] == 4232
    assert found["transit_stops_per_km2"] == pytest.approx(4232 / 1568.737)
    reached = reach([(float(row[3]), float(row[4])) for row in inside])
    assert found["transit_reach_500m"] == pytest.approx(reached, rel=2e-4)
    assert found["transit_coverage_500m"] == pytest.approx(100 * reached / 1568.737, rel=2e-4)
    of_districts = three.values("bangkok", LISTED, "district")
    wanted = Counter(row[16][:4] for row in inside)
    assert len(wanted) == 50
    for code, stops in wanted.items():
        assert of_districts["transit_stops", code] == stops
        assert of_districts["transit_stops_per_km2", code] == pytest.approx(stops / land[code])


def test_bangkok_has_no_figure_of_lines_or_times() -> None:
    (pack,) = load_packs([CITIES / "bangkok"]).cities
    assert datetime.combine(LISTED, datetime.min.time()).date() >= pack.config.first_day
    assert {name for name in pack.metrics if "headway" in name or "trips" in name} == set()
