"""A good day of every contract, written by hand, and the way through the real gate for tests.

Only what several test files need. What breaks a good day is in tests/bite/test_bites.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import polars as pl

from quality.contract.model import Contract
from quality.gate import Gate
from quality.gave_way import CONFLICTS, GaveWay
from quality.inputs import Inputs
from quality.load import load
from quality.no_day import NoDay
from quality.odcs.read import from_odcs
from quality.outcome import Outcome
from quality.row_rules import no_values
from quality.staging import Block, IncomingRows
from tests.support.paths import REPOSITORY, SEOUL
from tests.worlds.files import PROVINCES
from tests.worlds.packs import pack_at, seoul
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger

FIRST = date(2020, 5, 4)
FEEDS = sorted(REPOSITORY.glob("cities/*/feeds/*.yaml"))
TABLES = sorted(REPOSITORY.glob("assets/*/*.odcs.yaml"))


def contracts() -> dict[str, Contract]:
    """Every contract of the repository: by name, those of other packs than Seoul's as `pack/name`."""
    found = {contract.name: contract for contract in map(load, TABLES)}
    for folder in sorted(path.parent for path in REPOSITORY.glob("cities/*/city.yaml")):
        city = pack_at(folder)
        found |= {name if folder == SEOUL else f"{city.name}/{name}": one for name, one in city.contracts.items()}
    return found


def without_usual(contract: Contract) -> Contract:
    """The contract without the generated rules that compare a day with others: what breaks one of the others changes
    rows or nulls as well. They have tests of their own, in tests/silent/test_what_should_have_come.py."""
    return contract.model_copy(update={"rules": tuple(r for r in contract.rules if not r.code.endswith("-as-usual"))})


@dataclass(frozen=True)
class Day:
    """What is submitted to the gate for one day: typed rows, and what the parser could not read."""

    rows: pl.DataFrame
    unreadable_rows: float = 0.0
    unreadable_cells: int = 0
    rows_outside: int = 0
    gave_way: GaveWay = field(default_factory=GaveWay)
    conflicting: int = 0  # keys
    of_clocks: Sequence[str] = ()  # codes of rules about times that a change of clocks repeats or skips

    @property
    def no_day(self) -> NoDay | None:
        """A delivery of a million rows with the share and the number of rows that are wanted."""
        undated = round(self.unreadable_rows * 1_000_000)
        return NoDay(1_000_000 - undated, undated, self.rows_outside) if undated or self.rows_outside else None

    def but(self, **changes: Any) -> Day:
        return replace(self, **changes)


def frame(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> Day:
    """Rows by hand (columns not named are null) with their origin: line 2 follows the header. What a contract computes
    from another column is computed: the day of a time, and its instant, nine hours earlier."""
    typed = pl.DataFrame([{name: row.get(name) for name in contract.schema} for row in rows], schema=contract.schema)
    computed = {column.name: (column.type, pl.col(column.spec.of)) for column in contract.columns if column.spec.of}
    typed = typed.with_columns(
        **{name: of.dt.date() if kind == "date" else of - timedelta(hours=9) for name, (kind, of) in computed.items()}
    )
    return Day(typed.with_columns(pl.lit("f" * 64).alias("_sha256"), (pl.int_range(pl.len()) + 2).alias("_line")))


def admit(home: Home, contract: Contract, days: Mapping[date, Day]) -> dict[date, Outcome]:
    """Through the gate, all days in one call. Rows come in no order, as deliveries do."""
    marred = {day: _sha256(day) for day, d in days.items() if d.no_day is not None}
    rows = pl.concat([d.rows for d in days.values()])
    rows = rows.with_columns(
        _sha256=pl.col("day").replace_strict(marred, default=pl.col("_sha256"), return_dtype=pl.String)
    )
    rows = rows.sample(fraction=1.0, shuffle=True, seed=7)
    cells = pl.DataFrame(
        [
            {
                "day": day,
                "rule": rule,
                "column": contract.columns[-1].name,
                "value": f"n/a {i}",
                "_sha256": "f" * 64,
                "_line": i + 2,
            }
            for day, d in days.items()
            for i, rule in enumerate([*[f"{contract.prefix}-002"] * d.unreadable_cells, *d.of_clocks])
        ],
        schema=no_values().schema,
    )
    conflicts = [(day, "b.csv", "a.csv", d.conflicting) for day, d in days.items() if d.conflicting]
    halves = [
        Block(rows[: rows.height // 2], {day: d.gave_way for day, d in days.items()}),
        Block(
            rows[rows.height // 2 :],
            unreadable=cells,
            conflicts=pl.DataFrame(conflicts, schema=CONFLICTS, orient="row"),
        ),
    ]
    incoming = IncomingRows(halves, no_day={_sha256(day): d.no_day for day, d in days.items() if d.no_day is not None})
    outcomes = gate(home, contract).admit(
        incoming, {day: Inputs(deliveries=[f"{day}-{random.random()}"]) for day in days}
    )
    return {o.day: o for o in outcomes}


def _sha256(day: date) -> str:
    return f"{day:%Y%m%d}".ljust(64, "0")


def gate(home: Home, contract: Contract) -> Gate:
    return Gate(home, "seoul", contract, "files", "test")


def live(home: Home, contract: Contract, days: Sequence[date] | None = None) -> pl.DataFrame:
    """What readers of the lake see."""
    table = home.table("seoul", contract.layer, contract.name)
    return lake.scan(table, contract.schema, days).select(contract.schema.names()).collect()


def told(home: Home, table: str, outcome: Outcome) -> pl.DataFrame:
    """What the ledger says about one batch."""
    return ledger.read(home, table).filter(pl.col("batch_id") == outcome.batch_id).collect()


def midnight(day: date) -> datetime:
    """The beginning of a day: the time of its figures."""
    return datetime.combine(day, time())


# --- a good day of each contract ----------------------------------------------------------------------------

DISTRICTS = [str(code) for code in (
    11110, 11140, 11170, 11200, 11215, 11230, 11260, 11290, 11305, 11320, 11350, 11380, 11410, 11440, 11470, 11500,
    11530, 11545, 11560, 11590, 11620, 11650, 11680, 11710, 11740,
)]  # fmt: skip
LINES = ["1호선", "2호선", "3호선", "4호선", "5호선", "6호선", "7호선", "8호선", "9호선"]
POLYGON = '{"type": "Polygon", "coordinates": [[[126.97, 37.58], [126.98, 37.58], [126.98, 37.59], [126.97, 37.58]]]}'


@cache
def stations() -> list[str]:
    """The air stations of the register, those of districts first."""
    return seoul().tables["air_stations"]["place"].to_list()


def air_daily(contract: Contract, day: date) -> Day:
    """40 stations, the least that ever reported is 39."""
    return frame(
        contract,
        [
            {
                "place": stations()[i],
                "time": midnight(day),
                "no2": 0.021,
                "o3": 0.034,
                "co": 0.4,
                "so2": 0.003,
                "pm10": 38.0 + i,
                "pm25": 19.0,
            }
            for i in range(40)
        ],
    )


def bike_daily(contract: Contract, day: date) -> Day:
    return frame(contract, [{"time": midnight(day), "rentals": 105_196}])


def boundaries(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [{"boundary_code": f"11{i:02d}0", "day": day, "name": f"구{i}", "geometry": POLYGON} for i in range(1, 26)],
    )


def living_population(contract: Contract, day: date) -> Day:
    """424 neighbourhoods, each at one hour of the day, for everybody, women and men."""
    start = midnight(day)
    return frame(
        contract,
        [
            {
                "area": f"{DISTRICTS[i % 25]}{500 + i}",
                "time": start + timedelta(hours=i % 24),
                "people_group": group,
                "name": "종로구 사직동",
                "people": people,
            }
            for i in range(424)
            for group, people in (("total", 14_000.0), ("female", 7_200.0), ("male", 6_800.0))
        ],
    )


def sdot_env(contract: Contract, day: date) -> Day:
    """20 sensors with every instrument fitted, so that one sensor is the tolerance of 5 %."""
    vibration = {f"vibration_{axis}{peak}_g": 0.02 for axis in "xyz" for peak in ("", "_max")}
    return frame(
        contract,
        [
            {
                "place": f"V02Q194{i:04d}", "time": datetime.combine(day, time(13)),
                "registered_at": datetime.combine(day, time(13, 1)), "data_stage": "2", "pm25_raw": 24.0,
                "pm10_raw": 41.0, "pm25": 18.0, "pm10": 33.0, "temperature": 18.4, "humidity": 61.0,
                "wind_direction": 270.0, "wind_speed": 1.8, "gust_direction": 260.0, "gust_speed": 3.9,
                "illuminance": 12_400.0, "uv_index": 4.1, "laeq": 58.0, "globe_temperature": 22.5, **vibration,
            }
            for i in range(20)
        ],
    )  # fmt: skip


def sdot_ref(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {"place": f"V02Q194{i:04d}", "day": day, "lat": 37.50 + i / 1000, "lon": 126.90 + i / 1000}
            for i in range(20)
        ],
    )


def search_trend(contract: Contract, day: date) -> Day:
    topics = {"cold": 0.11, "flu": 0.05, "pneumonia": 0.18, "coronavirus": 16.4}
    rows = [{"topic": topic, "time": midnight(day), "interest": interest} for topic, interest in topics.items()]
    return frame(contract, rows)


def subway_daily(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {
                "time": midnight(day),
                "line": LINES[i % 9],
                "place": f"역{i}",
                "station_as_delivered": f"역{i}(병기)",
                "boardings": 12_000 + i,
                "alightings": 11_900 + i,
                "registered_on": day + timedelta(days=3),
            }
            for i in range(420)
        ],
    )


def weather_daily(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {
                "place": f"{i}0000",
                "time": midnight(day),
                "province": province,
                "temperature": 17.2,
                "temperature_min": 11.9,
                "temperature_max": 23.6,
                "precipitation": 0.0,
                "wind_speed_max": 5.1,
                "wind_direction": 250.0,
                "humidity": 56.4,
            }
            for i, province in enumerate(PROVINCES, start=1)
        ],
    )


def visitors(contract: Contract, day: date) -> Day:
    """72 sensors, three in each hour of the day."""
    start = midnight(day)
    return frame(
        contract,
        [
            {
                "place": f"V02Q194{i:04d}",
                "time": start + timedelta(hours=i % 24),
                "model": "SDOT001",
                "region": "parks",
                "district_en": "Jongno-gu",
                "dong_en": "Jongno 1-dong",
                "passages": 10 + i,
                "registered_at": start + timedelta(hours=i % 24, minutes=13),
            }
            for i in range(72)
        ],
    )


_AIR = {"no2": 0.021, "o3": 0.034, "co": 0.4, "so2": 0.003, "pm10": 38.0, "pm25": 19.0}


def air_now(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {
                "place": stations()[i],
                "time": datetime.combine(day, time(4)),
                "station_code": f"{111_121 + i}",
                "aqi": 62.0,
                "aqi_category": "보통",
                "main_pollutant": "PM2.5",
                **_AIR,
            }
            for i in range(25)
        ],
    )


def air_status(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {
                "place": stations()[i],
                "time": datetime.combine(day, time(4)),
                "region": "도심권",
                **_AIR,
                "aqi_category": "보통",
                "aqi": 62.0,
                "main_pollutant": "PM2.5",
            }
            for i in range(25)
        ],
    )


def air_hourly(contract: Contract, day: date) -> Day:
    """36 stations, each at one hour, by its beginning."""
    start = midnight(day)
    flags = {f"{name}_flag": None for name in ("no2", "o3", "co", "so2", "pm10", "pm25")}
    return frame(
        contract,
        [
            {
                "place": stations()[i],
                "time": start + timedelta(hours=i % 24),
                **_AIR,
                **flags,
                "aqi": 62.0,
            }
            for i in range(36)
        ],
    )


def bike_stations(contract: Contract, day: date) -> Day:
    """120 stations, every tenth without a bicycle; the first one has more bicycles than racks."""
    return frame(
        contract,
        [
            {
                "place": f"ST-{i + 4}",
                "time": datetime.combine(day, time(4, 10)),
                "name": f"{i + 101}. 역 앞",
                "docks_total": 15,
                "vehicles_available": 53 if i == 0 else i % 10,
                "filled_pct": 353.0 if i == 0 else 20.0,
                "lat": 37.55,
                "lon": 126.91,
            }
            for i in range(120)
        ],
    )


def hotspots(contract: Contract, day: date) -> Day:
    ages = {f"age_{age}_pct": 12.5 for age in range(0, 80, 10)}
    return frame(
        contract,
        [
            {
                "place": f"POI{i + 1:03d}",
                "time": datetime.combine(day, time(4, 5)),
                "name": f"역{i}",
                "crowding": "여유",
                "people_min": 14_000,
                "people_max": 14_500,
                "male_pct": 49.5,
                "female_pct": 50.5,
                **ages,
                "resident_pct": 41.6,
                "non_resident_pct": 58.4,
                "replaced": False,
            }
            for i in range(12)
        ],
    )


def _trade(i: int, day: date) -> dict[str, Any]:
    """Trade area i with one of six industries."""
    return {
        "time": midnight(day),
        "area": f"{3_110_001 + i}",
        "industry": f"CS{100_001 + i % 6}",
        "name": f"상권{i}",
        "kind": "A",
        "industry_name": "한식음식점",
    }


def trade_sales(contract: Contract, day: date) -> Day:
    slots = {
        "amount_00_06": 1e7,
        "amount_21_24": 1e7,
        **{f"slot_{s}_krw": 1e7 for s in ("06_11", "11_14", "14_17", "17_21")},
    }
    ages = {f"age_{age}_krw": 1.5e7 for age in range(10, 70, 10)}
    parts = {"amount_weekdays": 7e7, "amount_weekends": 3e7, "male_krw": 4.5e7, "female_krw": 4.9e7, **slots, **ages}
    return frame(contract, [_trade(i, day) | {"amount": 1e8, "payments": 4_000, **parts} for i in range(60)])


def trade_stores(contract: Contract, day: date) -> Day:
    counts = {"stores": 37, "businesses": 42, "franchises": 5, "openings": 1, "closures": 2}
    rates = {"opening_pct": 2.4, "closure_pct": 4.8}
    return frame(contract, [{**_trade(i, day), **counts, **rates} for i in range(60)])


def trade_closures(contract: Contract, day: date) -> Day:
    months = {"months_open": 128.0, "months_closed": 61.0, "city_months_open": 111.0, "city_months_closed": 52.0}
    index = {"change_index": "HH", "change_index_name": "정체"}
    return frame(contract, [{**_trade(i, day), **index, **months} for i in range(60)])


def district_spending(contract: Contract, day: date) -> Day:
    """Each kind is a tenth of the total."""
    kinds = contract.column("industry").spec.values.values()
    all_rows = {
        "time": midnight(day),
        "total_krw": 1e11,
        "income_krw": 3_200_000.0,
        "income_class": "7",
        "amount": 1e10,
    }
    rows = [
        all_rows | {"area": code, "name": f"구{code}", "industry": kind}
        for code in DISTRICTS
        for kind in dict.fromkeys(kinds)
    ]
    return frame(contract, rows)


def wholesale_garak(contract: Contract, day: date) -> Day:
    """A kilogramme of everything is 500 won."""
    rows = [
        {"time": midnight(day), "good": good, "grade": grade, "quantity": 20.0, "good_name": "양파", "price": 10_000.0}
        for good in ("15100", "15103", "22500", "23100", "23200", "24400")
        for grade in "0123"
    ]
    return frame(contract, rows)


def fuel_price(contract: Contract, day: date) -> Day:
    prices = {"premium_petrol": 1_950.0, "petrol": 1_650.0, "diesel": 1_450.0, "kerosene": 1_100.0}
    rows = [
        {
            "time": midnight(day),
            "place": f"주유소{n}",
            "area": "강남구",
            "good": good,
            "price": price,
            "self_service": "Y",
        }
        for n in range(10)
        for good, price in prices.items()
    ]
    return frame(contract, rows)


def water_supply(contract: Contract, day: date) -> Day:
    """Six plants take in 3.3 and send 3.24 million m3, eight offices supply 3.08 million."""
    kinds = (
        ("intake", "정수센터", 6, 550_000.0),
        ("sent", "정수센터", 6, 540_000.0),
        ("supplied", "수도사업소", 8, 385_000.0),
    )
    return frame(
        contract,
        [
            {"time": midnight(day), "kind": kind, "place": f"{site}{i}", "volume": m3}
            for kind, site, count, m3 in kinds
            for i in range(count)
        ],
    )


def drain_level(contract: Contract, day: date) -> Day:
    """50 gauges, two in each district, each at one hour."""
    start = midnight(day)
    return frame(
        contract,
        [
            {
                "place": f"{i // 2 + 1:02d}-{i % 2 + 1:04d}",
                "time": start + timedelta(hours=i % 24),
                "district_code": f"{i // 2 + 1:02d}",
                "district": "종로",
                "level": 0.12,
                "signal": "통신양호",
                "address": "중앙로 1",
            }
            for i in range(50)
        ],
    )


def traffic_speed(contract: Contract, day: date) -> Day:
    at = datetime.combine(day, time(4, 10))
    return frame(
        contract,
        [{"place": f"12200{i:05d}", "time": at, "speed": 48.0, "travel_time": 71.0} for i in range(60)],
    )


def parking(contract: Contract, day: date) -> Day:
    at = datetime.combine(day, time(4, 10))
    return frame(
        contract,
        [
            {
                "place": f"{171_000 + i}",
                "time": at,
                "name": f"공영주차장{i}",
                "address": "중구",
                "capacity": 120,
                "occupied": 30 + i,
                "counted_at": at - timedelta(minutes=4),
            }
            for i in range(30)
        ],
    )


def population_area_hour(contract: Contract, day: date) -> Day:
    start = midnight(day)
    return frame(
        contract,
        [
            {
                "day": day,
                "starts_at": start + timedelta(hours=hour),
                "area": area,
                "area_level": level,
                "population_group": "total",
                "feed": "living_population",
                "people": people,
                "places": 424 if level == "city" else 17,
            }
            for hour in range(24)
            for area, level, people in (
                ("11", "city", 10_000_000.0),
                *((code, "district", 400_000.0) for code in DISTRICTS),
            )
        ],
    )


def industry_mix(contract: Contract, day: date) -> Day:
    """Four industries of a quarter each, in the city and each district."""
    rows = [
        {
            "day": day,
            "area": area,
            "area_level": "city" if area == "11" else "district",
            "industry": kind,
            "businesses": 25,
            "all_businesses": 100,
            "share": 0.25,
            "location_quotient": 1.0,
        }
        for area in ("11", *DISTRICTS)
        for kind in "abcd"
    ]
    return frame(contract, rows)


def trade_area_quarter(contract: Contract, day: date) -> Day:
    months = {"months_open": 128.0, "months_closed": 61.0, "city_months_open": 111.0, "city_months_closed": 52.0}
    change = {"change_index": "HH", "change_recomputed": "HH", "change_check": "agrees"}
    rows = [
        {"day": day, "trade_area": str(3_110_001 + n), "businesses": 40, "concentration": 0.3, **months, **change}
        for n in range(60)
    ]
    return frame(contract, rows)


def trade_sales_quarter(contract: Contract, day: date) -> Day:
    sums = {"amount": 1e9, "payments": 50_000.0, "amount_weekdays": 7e8, "amount_weekends": 3e8, "amount_night": 1e8}
    counts = {"cells": 20, "cells_masked": 1, "shops": 90, "industries": 8, "weekdays": 65, "weekend_days": 26}
    rows = [
        {"day": day, "area": area, "area_level": "city" if area == "11" else "district", "concentration": 0.2}
        | sums
        | counts
        for area in ("11", *DISTRICTS)
    ]
    return frame(contract, rows)


def search_signal(contract: Contract, day: date) -> Day:
    topics = ("cold", "flu", "pneumonia", "coronavirus")
    return frame(
        contract,
        [
            {"day": day, "topic": topic, "weeks": 8, "anomaly": 0.3, "flagged": 0, "year_on_year": 5.0}
            for topic in topics
        ],
    )


def _dwelling_sales(contract: Contract, day: date) -> Day:
    counts = {"contracts": 100, "cancelled": 3, "standing": 97, "possible_duplicates": 1, "prices": 97}
    whole = {"price_per_m2_median": 9e6, "preliminary": False, "readings": 1, "readings_expected": 1}
    rows = [{"day": day, "area": area, "area_level": "district", **counts, **whole} for area in DISTRICTS]
    return frame(contract, rows)


def dwelling_sales_month(contract: Contract, day: date) -> Day:
    return _dwelling_sales(contract, day)


def dwelling_sales_quarter(contract: Contract, day: date) -> Day:
    return _dwelling_sales(contract, day)


def regeneration_area_year(contract: Contract, day: date) -> Day:
    people = {"residents": 400_000, "residents_highest": 500_000, "residents_criterion": True}
    together = {"criteria_known": 1, "criteria_met": 1, "result": "indeterminate"}
    rows = [{"day": day, "area": area, "area_level": "district", **people, **together} for area in DISTRICTS]
    return frame(contract, rows)


def transit_recovery_week(contract: Contract, day: date) -> Day:
    own = {"day": day, "feed": "subway_daily", "boardings": 4e7, "base_boardings": 5e7, "recovery": 80.0}
    return frame(contract, [own | {"base": base} for base in ("first", "second")])


def transit_line_day(contract: Contract, day: date) -> Day:
    return frame(
        contract,
        [
            {
                "day": day,
                "line": line,
                "feed": "subway_daily",
                "boardings": 900_000,
                "alightings": 895_000,
                "stations": 46,
            }
            for line in LINES
        ],
    )


def _links(day: date) -> Iterator[dict[str, Any]]:
    for i in range(20):
        link = {"place": f"l{i}", "area": DISTRICTS[i], "road_class": "arterial", "length": 800.0}
        yield {"day": day, **link, "free_speed": 50.0, "congested_hours": 6.0, "slow_hours": 1.0}


def road_link_day(contract: Contract, day: date) -> Day:
    hours = {"travel_time": 70.0, "hours": 16, "hours_expected": 16}
    return frame(contract, [link | hours for link in _links(day)])


def road_link_month(contract: Contract, day: date) -> Day:
    days = {"travel_time_index": 1.4, "planning_time_index": 2.1, "days": 90, "days_expected": 91}
    return frame(contract, [link | days for link in _links(day)])


def cctv(contract: Contract, day: date) -> Day:
    """25 districts whose total is that of its years: in the real file it is not."""
    own = {"kind": "camera", "time": datetime.combine(day, time()), "facilities": 1_000, "of_years": 1_000}
    return frame(contract, [own | {"area": area} for area in DISTRICTS])


def crime(contract: Contract, day: date) -> Day:
    """31 stations, five kinds; half of what is recorded is cleared."""
    own = {"time": datetime.combine(day, time()), "incidents": 1_000.0, "cleared": 500.0}
    kinds = ("homicide", "robbery", "sexual violence", "theft", "violence")
    return frame(contract, [own | {"area": f"{n}서", "kind": kind} for n in range(31) for kind in kinds])


def bus(contract: Contract, day: date) -> Day:
    """Three lines at one stop each, with as many people who get off as on."""
    own = {"mode": "bus", "time": datetime.combine(day, time()), "area": "11110", "boardings": 100, "alightings": 100}
    lines = [{"line": str(n), "route": f"{n} there and back", "stop_name": f"stop {n}"} for n in (1, 2, 3)]
    rows = [
        own | line | {"place": f"{n:05d}", "clock_hour": hour} for n, line in enumerate(lines) for hour in range(24)
    ]
    return frame(contract, rows)


def street_people(contract: Contract, day: date) -> Day:
    """Women are as many as men, and both together as many as the ages."""
    groups = {"male": 500, "female": 500, "age_10": 100, "age_20": 300, "age_30": 200, "age_40": 200}
    groups |= {"age_50": 100, "age_60": 100}
    own = {"time": datetime.combine(day, time())}
    rows = [
        own | {"area": area, "people_group": group, "passages": n} for area in DISTRICTS for group, n in groups.items()
    ]
    return frame(contract, rows)


def request_kind_month(contract: Contract, day: date) -> Day:
    own = {"requests": 90, "requests_open": 8, "term_ended": 80, "in_term": 70, "answer_median": 1.5}
    return frame(contract, [own | {"day": day, "kind": kind} for kind in ("all", "lights", "noise", "roads")])


def electricity_area_year(contract: Contract, day: date) -> Day:
    own = {"day": day, "energy_peak": 1.2e9, "energy_mean": 1e9, "months": 12}
    return frame(contract, [own | {"area": area} for area in ("11", *DISTRICTS)])


def ozone_season_year(contract: Contract, day: date) -> Day:
    season = {"o3_peak_season": 0.05, "season_ends": day, "days": 300, "days_expected": 365}
    return frame(contract, [{"day": day, "place": f"c{i}", **season} for i in range(20)])


def place_health(contract: Contract, day: date) -> Day:
    own = {"network": "low_cost", "quantity": "pm25", "days": 30, "log_ratio": 0.1, "difference": 2.0}
    own |= {"correlation": 0.9, "agrees": True, "alike": True, "days_since_agreement": 0, "age_days": 400}
    own |= {"share_flagged": 0.1, "qc": 1, "qc_rules": 0}
    return frame(contract, [{"day": day, "place": f"s{i}", "area": DISTRICTS[i], **own} for i in range(20)])


def metric_value(contract: Contract, day: date) -> Day:
    """20 values, one of them absent with its reason."""
    rows = [
        {
            "city": "seoul", "area": code, "area_level": "district", "metric": "pm25_mean", "period": "day", "day": day,
            "value": 19.0, "unit": "ug/m3", "n": 1, "completeness": 1.0, "status": "ok", "target": 15.0,
            "source": "files", "batch_ids": ["b1"], "usual_min": 0.0, "usual_max": 200.0,
        }
        for code in DISTRICTS[:20]
    ]  # fmt: skip
    reason = "0 of 1 parts are valid (needs 75 %)"
    absent = {"status": "absent", "reason": reason, "reason_code": "too_few", "reason_gaps": ["0", "1", "75"]}
    rows[0] |= {"value": None, "n": 0, "completeness": 0.0, **absent}
    return frame(contract, rows)


GOOD: Mapping[str, Callable[[Contract, date], Day]] = {
    f.__name__: f
    for f in (
        air_daily, bike_daily, boundaries, living_population, sdot_env, sdot_ref, search_trend, subway_daily,
        weather_daily, visitors, air_now, air_status, air_hourly, bike_stations, hotspots, trade_sales, trade_stores,
        trade_closures, district_spending, wholesale_garak, fuel_price,
        water_supply, drain_level, traffic_speed, parking, population_area_hour,
        transit_line_day, road_link_day, road_link_month, metric_value, industry_mix, trade_area_quarter,
        trade_sales_quarter, dwelling_sales_month, dwelling_sales_quarter, regeneration_area_year, search_signal,
        ozone_season_year, place_health,
        transit_recovery_week,
        cctv, crime, bus, street_people, request_kind_month, electricity_area_year,
    )
}  # fmt: skip


# --- a small contract of the tests' own ---------------------------------------------------------------------


def rule(code: str, expectation: str, kwargs: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    """A rule as an ODCS document holds it; severity and what Madang adds come by name."""
    severity = own.pop("severity", "critical")
    return {
        "name": code,
        "description": f"What {code} wants",
        "type": "custom",
        "engine": "greatExpectations",
        "severity": severity,
        "dimension": "accuracy",
        "implementation": {"type": expectation, "kwargs": dict(kwargs)},
        "customProperties": [{"property": "madang", "value": own}],
    }


def document(rules: Sequence[Mapping[str, Any]] = (), **own: Any) -> dict[str, Any]:
    """An ODCS document with a key, two numbers and a text, and these rules of the table."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "test.small",
        "name": "small",
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": "A small table."},
        "team": {"name": "Tests", "members": []},
        "customProperties": [{"property": "madang", "value": {"prefix": "T", "licence": "none", **own}}],
        "schema": [
            {
                "name": "small",
                "logicalType": "object",
                "dataGranularityDescription": "one id and day",
                "properties": [
                    {"name": "id", "logicalType": "string", "required": True, "primaryKey": True, "description": "Id"},
                    {"name": "day", "logicalType": "date", "required": True, "primaryKey": True, "description": "Day"},
                    {"name": "a", "logicalType": "number", "description": "A number"},
                    {"name": "b", "logicalType": "number", "description": "Another"},
                    {"name": "t", "logicalType": "string", "description": "A text"},
                ],
                "quality": list(rules),
            }
        ],
    }


def small(*rules: Mapping[str, Any], **own: Any) -> Contract:
    return from_odcs(document(rules, **own))


def small_day(contract: Contract, day: date = FIRST, n: int = 20, **columns: Sequence[Any]) -> Day:
    """n good rows; `columns` give the first values of a column."""
    rows = [{"id": f"s{i:02d}", "day": day, "a": 5.0, "b": 1.0, "t": "가나다"} for i in range(n)]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=False):
            row[name] = value
    return frame(contract, rows)
