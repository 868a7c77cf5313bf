"""Bites of the feeds that are pulled from the services of the Seoul Open Data Plaza and of data.go.kr.

`tests/bite/test_bites.py` runs them. Days are small: a row is worth 1 to 8 %, see the good days in batches.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from tests.support.bites import Bite, Change, add, first, generated, lows_and_highs, put, then, turn, twin, without

_LINE, _HOUR = pl.col("_line"), timedelta(hours=1)


def pollutants(prefix: str, n: int, swapped: int) -> Mapping[str, Bite]:
    """Ranges, broken by n rows each, and PM10 below PM2.5 in so many rows."""
    limits = {"no2_ppm": 2, "o3_ppm": 0.6, "co_ppm": 50, "so2_ppm": 1, "pm10_ugm3": 1500, "pm25_ugm3": 1000}
    ranges = {
        f"{prefix}-10{number}": lows_and_highs(-0.001, high + 0.001, n, name)
        for number, (name, high) in enumerate(limits.items(), start=1)
    }
    return {
        **ranges,
        f"{prefix}-107": Bite(put(pm10_ugm3=[19.0] * swapped, pm25_ugm3=[38.0] * swapped), broken=swapped),
        f"{prefix}-111": lows_and_highs(-1.0, 500.5, n, "cai"),
    }


def more(column: str, form: str, n: int, **columns: object) -> Change:
    """n rows more under keys of their own: more than the days before had."""
    return then(*(add(**{column: form.format(number), **columns}) for number in range(n)))


def negative(column: str, n: int) -> Bite:
    return Bite(put(**{column: [-0.1] * n}), broken=n)


_SLOTS = [f"slot_{slot}_krw" for slot in ("00_06", "06_11", "11_14", "14_17", "17_21", "21_24")]
_AGES = range(0, 80, 10)

PORTAL: dict[str, dict[str, Bite | list[Bite]]] = {
    "visitors": {
        **generated("VIS", twin("sensor_id", 0, 24), 72 * 7, also=["VIS-rows-as-usual"]),
        "VIS-required-sensor_id": Bite(put(sensor_id=[None]), broken=1),
        "VIS-required-sensed_at": Bite(put(sensed_at=[None]), broken=1),
        "VIS-required-visitor_count": Bite(put(visitor_count=[None]), broken=1),
        "VIS-required-registered_at": Bite(put(registered_at=[None]), broken=1),
        "VIS-place-form": Bite(put(sensor_id=["V02Q194000", "v02q1940001", "V02Q가나다라마바사", ""]), broken=4),
        "VIS-people-range": lows_and_highs(-1, 100_001, 4, "visitor_count"),
        "VIS-registered-later": Bite(
            turn(registered_at=pl.when(_LINE < 6).then(pl.col("sensed_at") - _HOUR).otherwise("registered_at")),
            broken=4,
        ),
        "VIS-sensors": Bite(first(49), seen=49, also=["VIS-rows-as-usual"]),
        "VIS-hours": Bite(without(pl.col("sensed_at").dt.hour() >= 22), seen=22),
        "VIS-rows-as-usual": [
            Bite(first(57), seen=57 / 72),
            Bite(more("sensor_id", "V02Q195{:04d}", 19), seen=91 / 72),
        ],
    },
    "air_now": {
        **generated("ANOW", twin("district"), 25 * 11),
        "ANOW-required-district": Bite(put(district=[None]), broken=1),
        "ANOW-required-measured_at": Bite(put(measured_at=[None]), broken=1),
        **pollutants("ANOW", 3, 6),
        "ANOW-level-known": Bite(put(grade=["점검중", "2", "좋음 "]), broken=3),
        "ANOW-districts": [Bite(first(22), seen=22), Bite(add(district="평균"), seen=26)],
        "ANOW-pm25-there": Bite(put(pm25_ugm3=[None] * 13), seen=0.52),
    },
    "air_status": {
        **generated("AST", twin("station"), 25 * 11),
        "AST-required-station": Bite(put(station=[None]), broken=1),
        "AST-required-measured_at": Bite(put(measured_at=[None]), broken=1),
        **pollutants("AST", 3, 6),
        "AST-level-known": Bite(put(grade=["점검중"] * 6), broken=6, also=["AST-stations"]),
        "AST-stations": Bite(first(19), seen=19),
        "AST-pm25-there": Bite(put(pm25_ugm3=[None] * 13), seen=0.52),
    },
    "air_hourly": {
        **generated("AIRH", twin("station", 0, 24), 36 * 14, also=["AIRH-rows-as-usual"]),
        "AIRH-required-station": Bite(put(station=[None]), broken=1),
        "AIRH-required-measured_at": Bite(put(measured_at=[None]), broken=1),
        **pollutants("AIRH", 8, 8),
        "AIRH-stations": Bite(first(34), seen=34),
        "AIRH-hours": Bite(
            turn(
                measured_at=pl.when(pl.col("measured_at").dt.hour().is_between(1, 17))
                .then("measured_at")
                .otherwise(pl.col("day").cast(pl.Datetime("us")) + _HOUR)
            ),
            seen=17,
        ),
        "AIRH-pm25-there": Bite(put(pm25_ugm3=[None] * 19), seen=19 / 36),
        "AIRH-rows-as-usual": [
            Bite(first(25), seen=25 / 36, also=["AIRH-stations"]),
            Bite(more("station", "새 측정소{}", 11), seen=47 / 36),
        ],
    },
    "bike_stations": {
        **generated("BST", twin("station_id"), 120 * 7, also=["BST-rows-as-usual"]),
        "BST-required-station_id": Bite(put(station_id=[None] * 2), broken=2),
        "BST-required-asked_at": Bite(put(asked_at=[None] * 2), broken=2),
        "BST-required-bikes": Bite(put(bikes=[None] * 2), broken=2),
        "BST-place-form": Bite(put(station_id=["ST4", "st-5", "ST-", "ST-7a", "8", "", "ST-가"]), broken=7),
        "BST-docks_total-range": lows_and_highs(-1, 501, 7, "racks"),
        "BST-vehicles_available-range": lows_and_highs(-1, 1001, 7, "bikes"),
        "BST-filled_pct-range": negative("filled_pct", 7),
        "BST-lat-range": lows_and_highs(0.0, 126.9, 7, "lat"),  # not surveyed yet; swapped
        "BST-lon-range": lows_and_highs(0.0, 127.3, 7, "lon"),
        "BST-stations": Bite(first(99), seen=99),
        "BST-rows-as-usual": [
            Bite(first(95), seen=95 / 120, also=["BST-stations"]),
            Bite(more("station_id", "ST-9{:03d}", 31), seen=151 / 120),
        ],
        "BST-some-not-empty": Bite(
            put(bikes=[0] * 97), seen=(97 + 2) / 120
        ),  # of the last 23, two are empty on a good day
    },
    "hotspots": {
        **generated("HOT", twin("place_code"), 12 * 18),
        "HOT-required-place_code": Bite(put(place_code=[None]), broken=1),
        "HOT-required-measured_at": Bite(put(measured_at=[None]), broken=1),
        "HOT-required-people_min": Bite(put(people_min=[None]), broken=1),
        "HOT-required-people_max": Bite(put(people_max=[None]), broken=1),
        "HOT-crowding-words": Bite(put(congestion=["매우 붐빔", "LOW"]), broken=2),
        "HOT-people_min-range": lows_and_highs(-1, 1_000_001, 2, "people_min"),
        "HOT-people_max-range": lows_and_highs(-1, 1_000_001, 2, "people_max"),
        "HOT-people-max-not-below-min": Bite(put(people_min=[14_500, 16_000], people_max=[14_000, 14_500]), broken=2),
        "HOT-male_pct-range": lows_and_highs(-0.1, 100.1, 2, "male_pct"),
        "HOT-female_pct-range": lows_and_highs(-0.1, 100.1, 2, "female_pct"),
        **{f"HOT-{131 + n}": lows_and_highs(-0.1, 100.1, 2, f"age_{age}_pct") for n, age in enumerate(_AGES)},
        "HOT-resident_pct-range": lows_and_highs(-0.1, 100.1, 2, "resident_pct"),
        "HOT-non_resident_pct-range": lows_and_highs(-0.1, 100.1, 2, "non_resident_pct"),
        "HOT-places": Bite(first(9), seen=9),
        "HOT-sexes-add-up": Bite(put(male_pct=[51.0]), seen=1.5),
    },
    "trade_sales": {
        **generated("SAL", twin("trade_area_code", 0, 6), 60 * 21, also=["SAL-rows-as-usual"]),
        "SAL-required-trade_area_code": Bite(put(trade_area_code=[None]), broken=1),
        "SAL-required-industry_code": Bite(put(industry_code=[None]), broken=1),
        "SAL-required-amount_krw": Bite(put(amount_krw=[None]), broken=1),
        "SAL-kind-words": Bite(put(trade_area_kind=["B", "a", "골목상권", ""]), broken=4),
        "SAL-amount-range": lows_and_highs(-1.0, 1e13 + 1, 2, "amount_krw"),
        "SAL-payments-range": lows_and_highs(-1, 10**9 + 1, 4, "payments"),
        "SAL-weekday_krw-range": negative("weekday_krw", 4),
        "SAL-weekend_krw-range": negative("weekend_krw", 4),
        **{f"SAL-{121 + n}": negative(slot, 4) for n, slot in enumerate(_SLOTS)},
        "SAL-male_krw-range": negative("male_krw", 4),
        "SAL-female_krw-range": negative("female_krw", 4),
        **{f"SAL-{141 + n}": negative(f"age_{age}_krw", 4) for n, age in enumerate(range(10, 70, 10))},
        "SAL-men-are-part": Bite(put(male_krw=[1e8 + 1]), broken=1),
        "SAL-women-are-part": Bite(put(female_krw=[1e8 + 1]), broken=1),
        "SAL-areas": Bite(first(49), seen=49),
        "SAL-industries": Bite(
            turn(industry_code=pl.col("industry_code").replace({"CS100005": "CS100001", "CS100006": "CS100002"})),
            seen=4,
        ),
        # one too high, one too low by as much: the sums alone would not show it
        "SAL-week-adds-up": Bite(put(weekend_krw=[6e7, 0.0]), seen=0.01),
        "SAL-rows-as-usual": [
            Bite(first(47), seen=47 / 60, also=["SAL-areas"]),
            Bite(more("trade_area_code", "312{:04d}", 16), seen=76 / 60),
        ],
    },
    "trade_stores": {
        **generated("STO", twin("trade_area_code", 0, 6), 60 * 10, also=["STO-rows-as-usual"]),
        "STO-required-trade_area_code": Bite(put(trade_area_code=[None]), broken=1),
        "STO-required-industry_code": Bite(put(industry_code=[None]), broken=1),
        "STO-required-stores": Bite(put(stores=[None]), broken=1),
        "STO-kind-words": Bite(put(trade_area_kind=["B", "a", "골목상권", ""]), broken=4),
        "STO-stores-range": lows_and_highs(-1, 100_001, 2, "stores"),
        "STO-businesses-range": lows_and_highs(-1, 100_001, 4, "stores_of_industry"),
        "STO-franchises-range": lows_and_highs(-1, 100_001, 4, "franchise_stores"),
        "STO-openings-range": lows_and_highs(-1, 100_001, 4, "openings"),
        "STO-closures-range": lows_and_highs(-1, 100_001, 4, "closures"),
        "STO-opening_pct-range": negative("opening_pct", 4),
        "STO-closure_pct-range": negative("closure_pct", 4),
        "STO-businesses-not-below-franchises": Bite(put(franchise_stores=[43]), broken=1),
        "STO-areas": Bite(first(49), seen=49),
        "STO-rows-as-usual": [
            Bite(first(47), seen=47 / 60, also=["STO-areas"]),
            Bite(more("trade_area_code", "312{:04d}", 16), seen=76 / 60),
        ],
    },
    "trade_closures": {
        **generated("CLO", twin("trade_area_code"), 60 * 8, also=["CLO-rows-as-usual"]),
        "CLO-required-trade_area_code": Bite(put(trade_area_code=[None]), broken=1),
        "CLO-required-change_index": Bite(put(change_index=[None]), broken=1),
        "CLO-kind-words": Bite(put(trade_area_kind=["B", "a", "골목상권", ""]), broken=4),
        "CLO-change_index-known": Bite(put(change_index=["XX", "hh"]), broken=2),
        "CLO-months_open-range": lows_and_highs(-1.0, 1200.5, 4, "open_months"),
        "CLO-months_closed-range": lows_and_highs(-1.0, 1200.5, 4, "closed_months"),
        "CLO-city_open_months-range": lows_and_highs(-1.0, 1200.5, 4, "city_open_months"),
        "CLO-city_closed_months-range": lows_and_highs(-1.0, 1200.5, 4, "city_closed_months"),
        "CLO-areas": Bite(first(49), seen=49),
        "CLO-one-mean-of-the-city": Bite(put(city_open_months=[112.0]), seen=3),
        "CLO-letters-follow": [Bite(put(change_index=[wrong] * 10), seen=10 / 60) for wrong in ("LH", "HL")],
        "CLO-rows-as-usual": [
            Bite(first(47), seen=47 / 60, also=["CLO-areas"]),
            Bite(more("trade_area_code", "312{:04d}", 16), seen=76 / 60),
        ],
    },
    "water_supply": {
        **generated("WAT", twin("site"), 20, also=["WAT-rows-as-usual"]),
        # rows 12 to 19 are those of the offices
        "WAT-required-kind": Bite(put(at=12, kind=[None]), broken=1),
        "WAT-required-site": Bite(put(at=12, site=[None]), broken=1),
        "WAT-required-m3": Bite(put(at=12, m3=[None]), broken=1),
        "WAT-kind-words": Bite(put(at=12, kind=["배수"]), broken=1),
        "WAT-volume-range": [Bite(put(at=12, m3=[bad]), broken=1) for bad in (-1.0, 3_000_000.5)],
        "WAT-suppliers": Bite(
            then(put(at=12, kind=["sent"] * 4, m3=[1.0] * 4), put(at=16, m3=[700_000.0] * 4)), seen=4
        ),
        "WAT-rows-as-usual": [
            Bite(first(17), seen=0.85),
            Bite(more("site", "새 수도사업소{}", 3, m3=1.0), seen=1.15),
        ],
        "WAT-sent-by-intake": [
            Bite(put(at=6, m3=[640_000.0]), seen=3.34 / 3.3),
            Bite(put(at=6, m3=[0.0] * 4), seen=1.08 / 3.3),
        ],
        "WAT-supplied-by-intake": [
            Bite(put(at=12, m3=[700_000.0]), seen=3.395 / 3.3),
            Bite(put(at=12, m3=[0.0] * 4), seen=1.54 / 3.3),
        ],
    },
    "drain_level": {
        **generated("DRN", twin("gauge_id", 0, 24), 50 * 6, also=["DRN-rows-as-usual"]),
        "DRN-required-gauge_id": Bite(put(gauge_id=[None]), broken=1),
        "DRN-required-measured_at": Bite(put(measured_at=[None]), broken=1),
        "DRN-place-form": Bite(put(gauge_id=["1-0001", "01-00001", ""]), broken=3),
        "DRN-level-range": lows_and_highs(-0.02, 10.1, 11, "level_m"),
        "DRN-connected": Bite(put(signal=["통신불량"] * 11), broken=11),
        "DRN-gauges": Bite(put(at=39, gauge_id=[f"{n // 2 + 1:02d}-{n % 2 + 1:04d}" for n in range(11)]), seen=39),
        "DRN-districts": Bite(
            turn(district_code=pl.when(pl.col("district_code") > "21").then(pl.lit("01")).otherwise("district_code")),
            seen=21,
        ),
        "DRN-hours": Bite(without(pl.col("measured_at").dt.hour() >= 22), seen=22),
        "DRN-level-there": Bite(put(level_m=[None] * 17), seen=0.34),
        "DRN-rows-as-usual": [
            Bite(first(39), seen=0.78, also=["DRN-gauges", "DRN-districts"]),
            Bite(more("gauge_id", "25-1{:03d}", 13), seen=1.26),
        ],
    },
    "traffic_speed": {
        **generated("TRF", twin("link_id"), 60 * 3, also=["TRF-rows-as-usual"]),
        "TRF-required-link_id": Bite(put(link_id=[None]), broken=1),
        "TRF-required-asked_at": Bite(put(asked_at=[None]), broken=1),
        "TRF-place-form": Bite(put(link_id=["122000000", "12200000011", "122000000a", ""]), broken=4),
        "TRF-speed-range": lows_and_highs(-0.1, 130.1, 4, "speed_kmh"),
        "TRF-travel_time-range": lows_and_highs(-0.1, 7200.1, 4, "travel_time_s"),
        "TRF-links": Bite(first(49), seen=49),
        "TRF-rows-as-usual": [
            Bite(first(47), seen=47 / 60, also=["TRF-links"]),
            Bite(more("link_id", "12300{:05d}", 16), seen=76 / 60),
        ],
    },
    "parking": {
        **generated("PRK", twin("lot_code"), 30 * 6, also=["PRK-rows-as-usual"]),
        "PRK-required-lot_code": Bite(put(lot_code=[None]), broken=1),
        "PRK-required-asked_at": Bite(put(asked_at=[None]), broken=1),
        "PRK-capacity-range": lows_and_highs(-1, 20_001, 2, "capacity"),
        "PRK-occupied-range": lows_and_highs(-1, 20_001, 2, "parked"),
        "PRK-capacity-not-below-occupied": Bite(put(parked=[121] * 7), broken=7),
        "PRK-time-not-below-counted_at": Bite(
            turn(counted_at=pl.when(_LINE < 9).then(pl.col("asked_at") + _HOUR).otherwise("counted_at")), broken=7
        ),
        "PRK-lots": Bite(first(24), seen=24),
        "PRK-counted": Bite(put(parked=[None] * 11), seen=19),
        "PRK-rows-as-usual": [
            Bite(first(23), seen=23 / 30, also=["PRK-lots"]),
            Bite(more("lot_code", "18{:04d}", 8), seen=38 / 30),
        ],
    },
}
