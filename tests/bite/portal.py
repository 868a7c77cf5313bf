"""Bites of the feeds that are pulled from the services of the Seoul Open Data Plaza and of data.go.kr.

`tests/bite/test_bites.py` runs them, beside those that follow from the rules. Days are small: a row is worth 1 to 8 %,
see tests/worlds/good_days.py.
"""

from __future__ import annotations

from datetime import time

import polars as pl

from tests.support.bites import Bite, add, first, lows_and_highs, put, then, turn, without

_KIND = Bite(put(kind=["B", "a", "골목상권", ""]), broken=4)

PORTAL: dict[str, dict[str, Bite | list[Bite]]] = {
    "visitors": {
        "VIS-place-form": Bite(put(place=["V02Q194000", "v02q1940001", "V02Q가나다라마바사", ""]), broken=4),
        "VIS-sensors": Bite(first(49), seen=49),
        "VIS-hours": Bite(without(pl.col("time").dt.hour() >= 22), seen=22),
    },
    "air_now": {
        "ANOW-level-known": Bite(put(aqi_category=["점검중", "2", "좋음 "]), broken=3),
        "ANOW-districts": [Bite(first(22), seen=22), Bite(add(place="강남대로"), seen=26)],
        "ANOW-registered": Bite(add(place="평균"), broken=1, also=["ANOW-districts"]),
        "ANOW-pm25-there": Bite(put(pm25=[None] * 13), seen=0.52),
    },
    "air_status": {
        "AST-level-known": Bite(put(aqi_category=["점검중"] * 6), broken=6, also=["AST-stations"]),
        "AST-registered": Bite(put(place=["평균"]), broken=1),
        "AST-stations": Bite(first(19), seen=19),
        "AST-pm25-there": Bite(put(pm25=[None] * 13), seen=0.52),
    },
    "air_hourly": {
        "AIRH-registered": Bite(put(place=["평균"]), broken=1),
        "AIRH-stations": Bite(first(34), seen=34),
        "AIRH-hours": Bite(
            turn(
                time=pl.when(pl.col("time").dt.hour() < 17)
                .then("time")
                .otherwise(pl.col("time").dt.combine(time(), "us"))
            ),
            seen=17,
        ),
        "AIRH-pm25-there": Bite(put(pm25=[None] * 19), seen=19 / 36),
    },
    "bike_stations": {
        "BST-place-form": Bite(put(place=["ST4", "st-5", "ST-", "ST-7a", "8", "", "ST-가"]), broken=7),
        "BST-lat-range": lows_and_highs(0.0, 126.9, 7, "lat"),  # not surveyed yet; swapped
        "BST-lon-range": lows_and_highs(0.0, 127.3, 7, "lon"),
        "BST-stations": Bite(first(99), seen=99),
        # of the last 23, two are empty on a good day
        "BST-some-not-empty": Bite(put(vehicles_available=[0] * 97), seen=(97 + 2) / 120),
    },
    "hotspots": {
        "HOT-crowding-words": Bite(put(crowding=["매우 붐빔", "LOW"]), broken=2),
        "HOT-people-max-not-below-min": Bite(put(people_min=[14_500, 16_000], people_max=[14_000, 14_500]), broken=2),
        "HOT-places": Bite(first(9), seen=9),
        "HOT-sexes-add-up": Bite(put(male_pct=[51.0]), seen=1.5),
    },
    "trade_sales": {
        "SAL-kind-words": _KIND,
        "SAL-areas": Bite(first(49), seen=49),
        "SAL-industries": Bite(
            turn(industry=pl.col("industry").replace({"CS100005": "CS100001", "CS100006": "CS100002"})), seen=4
        ),
        # one too high, one too low by as much: the sums alone would not show it
        "SAL-week-adds-up": Bite(put(amount_weekends=[6e7, 0.0]), seen=0.01),
    },
    "trade_stores": {
        "STO-kind-words": _KIND,
        "STO-areas": Bite(first(49), seen=49),
    },
    "trade_closures": {
        "CLO-kind-words": _KIND,
        "CLO-change_index-known": Bite(put(change_index=["XX", "hh"]), broken=2),
        "CLO-areas": Bite(first(49), seen=49),
        "CLO-one-mean-of-the-city": Bite(put(city_months_open=[112.0]), seen=3),
        "CLO-letters-follow": [Bite(put(change_index=[wrong]), seen=1 / 60) for wrong in ("LH", "HL")],
        "CLO-letters-at-ties": Bite(put(months_open=[111.0] * 10, change_index=["LH"] * 7 + ["HH"] * 3), seen=0.7),
    },
    "district_spending": {
        "SPD-districts": [Bite(first(240), seen=24), Bite(add(area="99999"), seen=26, also=["SPD-parts-add-up"])],
        "SPD-kinds": Bite(turn(industry=pl.col("industry").replace("leisure", "other")), seen=9, also=["SPD-003"]),
        "SPD-parts-add-up": [
            Bite(put(amount=[1.06e10]), seen=0.006),
            Bite(
                put(amount=[1.06e10] + [1e10] * 9 + [0.94e10]), seen=0.006
            ),  # what is too much in one lacks in another
        ],
    },
    "wholesale_garak": {
        "GRK-goods": Bite(
            turn(good=pl.col("good").replace(["15103", "23100", "23200"], "15100")), seen=3, also=["GRK-003"]
        ),
        "GRK-price-of-a-kilogramme": [Bite(put(price=[price]), seen=1) for price in (399.0, 1_000_001.0)],
    },
    "fuel_price": {
        "OPI-petrol-there": Bite(put(at=1, price=[None, 1_450.0, 1_100.0, 1_950.0, None]), seen=0.8),
    },
    "water_supply": {
        # rows 12 to 19 are those of the offices
        "WAT-kind-words": Bite(put(at=12, kind=["배수"]), broken=1),
        "WAT-volume-range": [Bite(put(at=12, volume=[bad]), broken=1) for bad in (-1.0, 3_000_000.5)],
        "WAT-suppliers": Bite(
            then(put(at=12, kind=["sent"] * 4, volume=[1.0] * 4), put(at=16, volume=[700_000.0] * 4)), seen=4
        ),
        "WAT-sent-by-intake": [
            Bite(put(at=6, volume=[640_000.0]), seen=3.34 / 3.3),
            Bite(put(at=6, volume=[0.0] * 4), seen=1.08 / 3.3),
        ],
        "WAT-supplied-by-intake": [
            Bite(put(at=12, volume=[700_000.0]), seen=3.395 / 3.3),
            Bite(put(at=12, volume=[0.0] * 4), seen=1.54 / 3.3),
        ],
    },
    "drain_level": {
        "DRN-place-form": Bite(put(place=["1-0001", "01-00001", ""]), broken=3),
        "DRN-connected": Bite(put(signal=["통신불량"] * 11), broken=11),
        "DRN-gauges": Bite(put(at=39, place=[f"{n // 2 + 1:02d}-{n % 2 + 1:04d}" for n in range(11)]), seen=39),
        "DRN-districts": Bite(
            turn(district_code=pl.when(pl.col("district_code") > "21").then(pl.lit("01")).otherwise("district_code")),
            seen=21,
        ),
        "DRN-hours": Bite(without(pl.col("time").dt.hour() >= 22), seen=22),
        "DRN-level-there": Bite(put(level=[None] * 17), seen=0.34),
    },
    "traffic_speed": {
        "TRF-place-form": Bite(put(place=["122000000", "12200000011", "122000000a", ""]), broken=4),
        "TRF-links": Bite(first(49), seen=49),
    },
    "parking": {
        "PRK-lots": Bite(first(24), seen=24),
        "PRK-counted": Bite(put(occupied=[None] * 11), seen=19),
    },
}
