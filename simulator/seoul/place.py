"""citydata: everything about one busy place right now, nested, with the habits of the real body.

Numbers stand beside numbers in quotes, "-" and "" mean missing, three formats of time live in one body, one place
has a single object where the others have a list, and two places have no section of payments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question
from simulator.rendering.text import NOTHING, argument
from simulator.seoul.air import by_district
from simulator.world import movement
from simulator.world.hotspots import hotspot
from simulator.world.network import bike_stations, links, lots, subway_stations
from simulator.world.places import cells, districts
from simulator.world.weather import weather_hours

SINGLE_OBJECT = "POI004"  # LIVE_PPLTN_STTS is an object here, not a list of one
NO_PAYMENTS = ("POI009", "POI012")
_AGES = ("0", "10", "20", "30", "40", "50", "60", "70")
_AGE_SHARES = np.array([2.1, 6.3, 21.4, 21.0, 18.2, 15.1, 10.2, 5.7])
_INDUSTRIES = (("음식·음료", "한식", 0.5), ("음식·음료", "카페", 0.3), ("유통", "편의점", 0.2))
_WIND = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_ROADS = ((25, "원활"), (15, "서행"), (0, "정체"))


def place(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """citydata/{name or code of a place}: one row of nested sections."""
    asked = argument(arguments, 0)
    rows = hotspot(question.world, question.now).filter((pl.col("name_ko") == asked) | (pl.col("code") == asked))
    if rows.is_empty():
        return NOTHING
    spot = rows.row(0, named=True)
    people = _people(question, spot)
    body: dict[str, Any] = {
        "AREA_NM": spot["name_ko"],
        "AREA_CD": spot["code"],
        "LIVE_PPLTN_STTS": people if spot["code"] == SINGLE_OBJECT else [people],
        "ROAD_TRAFFIC_STTS": _roads(question, spot),
        "PRK_STTS": _parking(question, spot),
        "SUB_STTS": _subway(question, spot),
        "ACDNT_CNTRL_STTS": [],
        "SBIKE_STTS": _bikes(question, spot),
        "WEATHER_STTS": [_weather(question, spot)],
        "EVENT_STTS": [_event(question, spot)],
        "LIVE_CMRCL_STTS": _payments(question.now, spot),
        "LIVE_DST_MESSAGE": [],
    }
    if spot["code"] in NO_PAYMENTS:
        del body["LIVE_CMRCL_STTS"]
    return pl.DataFrame([body])


def _people(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    chance = question.world.random(f"citydata/{spot['code']}", question.now.date())
    ages = _rates(_AGE_SHARES * np.exp(0.15 * chance.standard_normal(len(_AGES))))
    women = round(spot["female_rate"], 1)
    here, *_ = _rates(np.array([chance.uniform(25, 55), 50]))
    return {
        "AREA_NM": spot["name_ko"],
        "AREA_CD": spot["code"],
        "AREA_CONGEST_LVL": spot["congestion"],
        "AREA_CONGEST_MSG": "시뮬레이션 자료입니다.",
        "AREA_PPLTN_MIN": str(spot["people_min"]),
        "AREA_PPLTN_MAX": str(spot["people_max"]),
        "MALE_PPLTN_RATE": f"{100 - women:.1f}",
        "FEMALE_PPLTN_RATE": f"{women:.1f}",
        **{f"PPLTN_RATE_{age}": f"{rate:.1f}" for age, rate in zip(_AGES, ages, strict=True)},
        "RESNT_PPLTN_RATE": f"{here:.1f}",
        "NON_RESNT_PPLTN_RATE": f"{100 - here:.1f}",
        "REPLACE_YN": "N",
        "PPLTN_TIME": f"{_five_minutes(question.now):%Y-%m-%d %H:%M}",
        "FCST_YN": "Y",
        "FCST_PPLTN": [
            {
                "FCST_TIME": f"{step['at']:%Y-%m-%d %H:%M}",
                "FCST_CONGEST_LVL": step["congestion"],
                "FCST_PPLTN_MIN": str(step["people_min"]),
                "FCST_PPLTN_MAX": str(step["people_max"]),
            }
            for step in spot["forecast"]
        ],
    }


def _roads(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    rows = movement.traffic(question.world, question.now).join(links(question.world), on="link_id")
    lon, lat = _centre(question, spot)
    here, there = f"{lon:.13f}_{lat:.13f}", f"{lon + 0.004:.13f}_{lat + 0.002:.13f}"
    return {
        "AVG_ROAD_DATA": {
            "ROAD_MSG": "시뮬레이션 자료입니다.",
            "ROAD_TRAFFIC_IDX": _road(spot["road_speed_kmh"]),
            "ROAD_TRAFFIC_SPD": round(spot["road_speed_kmh"]),
            "ROAD_TRAFFIC_TIME": f"{_five_minutes(question.now):%Y-%m-%d %H:%M}",
        },
        "ROAD_TRAFFIC_STTS": [
            {
                "LINK_ID": row["link_id"],
                "ROAD_NM": "",
                "START_ND_CD": f"{row['link_id']}1",
                "START_ND_NM": "",
                "START_ND_XY": here,
                "END_ND_CD": f"{row['link_id']}2",
                "END_ND_NM": "",
                "END_ND_XY": there,
                "DIST": f"{row['length_m']:.1f}",
                "SPD": float(round(row["speed_kmh"])),
                "IDX": _road(row["speed_kmh"]),
                "XYLIST": f"{here}|{there}",
            }
            for row in rows.filter(pl.col("area") == spot["area"]).iter_rows(named=True)
        ],
    }


def _parking(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    rows = movement.parking(question.world, question.now).join(
        lots(question.world).drop("capacity"), on="code", maintain_order="left"
    )
    lon, lat = _centre(question, spot)
    found = []
    for number, row in enumerate(rows.filter(pl.col("area") == spot["area"]).iter_rows(named=True)):
        live = number == 0  # only some lots tell how full they are; the others have "" and N
        found.append(
            {
                "PRK_NM": row["name_ko"],
                "PRK_CD": row["code"],
                "PRK_TYPE": "NW",
                "CPCTY": str(row["capacity"]),
                "CUR_PRK_CNT": str(row["parked"]) if live else "",
                "CUR_PRK_TIME": f"{row['updated_at']:%Y-%m-%d %H:%M:%S}" if live else "",
                "CUR_PRK_YN": "Y" if live else "N",
                "PAY_YN": "Y",
                "RATES": "2000",
                "TIME_RATES": "30",
                "ADD_RATES": "1000",
                "ADD_TIME_RATES": "10",
                "ADDRESS": row["name_ko"],
                "ROAD_ADDR": "",
                "LNG": f"{lon:.6f}",
                "LAT": f"{lat:.6f}",
            }
        )
    return found


def _subway(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    (district,) = districts(question.world).filter(pl.col("area") == spot["area"])["name_ko"]
    stem = district[:-1] if len(district) > 2 else district
    lon, lat = _centre(question, spot)
    rows = subway_stations(question.world).filter(pl.col("station").str.starts_with(stem)).head(3)
    return [
        {
            "SUB_STN_NM": row["station"],
            "SUB_STN_LINE": row["line"].removesuffix("호선"),
            "SUB_STN_RADDR": "",
            "SUB_STN_JIBUN": "",
            "SUB_STN_X": f"{lon:.6f}",
            "SUB_STN_Y": f"{lat:.6f}",
        }
        for row in rows.iter_rows(named=True)
    ]


def _bikes(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    rows = bike_stations(question.world).join(movement.bike_now(question.world, question.now), on="station_id")
    return [
        {
            "SBIKE_SPOT_NM": row["name_ko"],
            "SBIKE_SPOT_ID": row["station_id"],
            "SBIKE_SHARED": str(round(100 * row["bikes"] / row["racks"])),
            "SBIKE_PARKING_CNT": str(row["bikes"]),
            "SBIKE_RACK_CNT": str(row["racks"]),
            "SBIKE_X": round(row["lon"], 8),
            "SBIKE_Y": round(row["lat"], 8),
        }
        for row in rows.filter(pl.col("area") == spot["area"]).iter_rows(named=True)
    ]


def _weather(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    now = weather_hours(question.world, question.now.date()).row(question.now.hour, named=True)
    full = question.now.replace(minute=0)
    air = _air(question, spot)
    return {
        "WEATHER_TIME": f"{full:%Y-%m-%d %H:%M}",
        "TEMP": f"{now['temp_c']:.1f}",
        "HUMIDITY": f"{now['humidity_pct']:.0f}",
        "WIND_DIRCT": _WIND[round(now["wind_deg"] / 22.5) % 16],
        "WIND_SPD": f"{now['wind_ms']:.1f}",
        "PRECIPITATION": _rain(now["rain_mm"]),
        **air,
        "FCST24HOURS": [_forecast(question, full + timedelta(hours=n)) for n in range(1, 25)],
        "NEWS_LIST": [],
    }


def _air(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    """The last full hour of the district, from the same texts as the service of districts."""
    names = districts(question.world).filter(pl.col("area") == spot["area"])["name_ko"]
    hour = by_district(question, ())
    old = "MSRSTENAME" in hour.columns
    hour = hour.filter(pl.col("MSRSTENAME" if old else "MSRSTN_NM") == names[0])
    if hour.is_empty():
        return {"PM25": "-", "PM10": "-", "AIR_IDX": "점검중", "AIR_IDX_MVL": "-99.0", "AIR_IDX_MAIN": ""}
    row = hour.row(0, named=True)
    return {
        "PM25": row["PM25" if old else "FPM"],
        "PM10": row["PM10" if old else "PM"],
        "AIR_IDX": row["GRADE" if old else "CAI_GRD"],
        "AIR_IDX_MVL": f"{row['MAXINDEX' if old else 'CAI']}.0",
        "AIR_IDX_MAIN": row["POLLUTANT" if old else "CRST_SBSTN"],
    }


def _forecast(question: Question, hour: datetime) -> dict[str, Any]:
    then = weather_hours(question.world, hour.date()).row(hour.hour, named=True)
    wet = then["rain_mm"] > 0
    kind = "없음" if not wet else "눈" if then["temp_c"] < 0 else "비"
    return {
        "FCST_DT": f"{hour:%Y%m%d%H%M}",
        "TEMP": f"{then['temp_c']:.0f}",
        "PRECIPITATION": _rain(then["rain_mm"]),
        "PRECPT_TYPE": kind,
        "RAIN_CHANCE": "80" if wet else "10",
        "SKY_STTS": "흐림" if wet else "맑음",
    }


def _event(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    month = question.now.date().replace(day=1)
    lon, lat = _centre(question, spot)
    return {
        "EVENT_NM": f"{spot['name_ko']} 문화행사",
        "EVENT_PERIOD": f"{month}~{month + timedelta(days=20)}",
        "EVENT_PLACE": spot["name_ko"],
        "EVENT_X": round(lon, 12),
        "EVENT_Y": round(lat, 12),
        "PAY_YN": None,
    }


def _payments(now: datetime, spot: dict[str, Any]) -> dict[str, Any]:
    level = (
        "분주" if spot["congestion"] in ("붐빔", "약간 붐빔") else "보통" if spot["congestion"] == "보통" else "한산"
    )
    counts = [int(spot["payment_count"] * share) for *_, share in _INDUSTRIES]
    counts[0] = spot["payment_count"] - sum(counts[1:])
    women = round(spot["female_rate"], 1)
    last_month = now.date().replace(day=1) - timedelta(days=1)
    return {
        "AREA_CMRCL_LVL": level,
        "AREA_SH_PAYMENT_CNT": str(spot["payment_count"]),
        "AREA_SH_PAYMENT_AMT_MIN": str(spot["payment_min_krw"]),
        "AREA_SH_PAYMENT_AMT_MAX": str(spot["payment_max_krw"]),
        "CMRCL_RSB": [
            {
                "RSB_LRG_CTGR": large,
                "RSB_MID_CTGR": middle,
                "RSB_PAYMENT_LVL": level,
                "RSB_SH_PAYMENT_CNT": str(count),
                "RSB_SH_PAYMENT_AMT_MIN": str(int(spot["payment_min_krw"] * share) // 100_000 * 100_000),
                "RSB_SH_PAYMENT_AMT_MAX": str((int(spot["payment_max_krw"] * share) // 100_000 + 1) * 100_000),
                "RSB_MCT_CNT": str(round(600 * share)),
                "RSB_MCT_TIME": f"{last_month:%Y%m}",
            }
            for (large, middle, share), count in zip(_INDUSTRIES, counts, strict=True)
        ],
        "CMRCL_MALE_RATE": f"{100 - women:.1f}",
        "CMRCL_FEMALE_RATE": f"{women:.1f}",
        "CMRCL_10_RATE": "0.9",
        "CMRCL_20_RATE": "18.1",
        "CMRCL_30_RATE": "29.0",
        "CMRCL_40_RATE": "24.0",
        "CMRCL_50_RATE": "18.0",
        "CMRCL_60_RATE": "10.0",
        "CMRCL_PERSONAL_RATE": "78.0",
        "CMRCL_CORPORATION_RATE": "22.0",
        "CMRCL_TIME": f"{now.replace(minute=now.minute // 10 * 10):%Y%m%d %H%M}",
    }


def _rates(shares: np.ndarray) -> list[float]:
    """Percentages with one decimal that add up to 100."""
    rates = np.round(100 * shares / shares.sum(), 1)
    rates[np.argmax(rates)] += 100 - rates.sum()
    return [round(float(rate), 1) for rate in rates]


def _centre(question: Question, spot: dict[str, Any]) -> tuple[float, float]:
    order = districts(question.world)["area"].to_list()
    point = cells(question.world)[order.index(spot["area"])].centroid
    return float(point.x), float(point.y)


def _rain(millimetres: float) -> str:
    return "-" if millimetres <= 0 else f"{millimetres:.1f}"


def _road(speed: float) -> str:
    return next(name for least, name in _ROADS if speed >= least)


def _five_minutes(now: datetime) -> datetime:
    return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
