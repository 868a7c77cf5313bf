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
from simulator.seoul.place_traffic import (
    bike_section,
    centre,
    five_minutes,
    parking_section,
    road_section,
    subway_section,
)
from simulator.seoul.place_weather import weather_section
from simulator.world.hotspots import hotspot

SINGLE_OBJECT = "POI004"  # LIVE_PPLTN_STTS is an object here, not a list of one
NO_PAYMENTS = ("POI009", "POI012")
_AGES = ("0", "10", "20", "30", "40", "50", "60", "70")
_AGE_SHARES = np.array([2.1, 6.3, 21.4, 21.0, 18.2, 15.1, 10.2, 5.7])
_INDUSTRIES = (("음식·음료", "한식", 0.5), ("음식·음료", "카페", 0.3), ("유통", "편의점", 0.2))


def hotspot_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """citydata/{name or code of a place}: one row of nested sections."""
    asked = argument(arguments, 0)
    rows = hotspot(question.world, question.now).filter((pl.col("name") == asked) | (pl.col("code") == asked))
    if rows.is_empty():
        return NOTHING
    spot = rows.row(0, named=True)
    people = _people(question, spot)
    body: dict[str, Any] = {
        "AREA_NM": spot["name"],
        "AREA_CD": spot["code"],
        "LIVE_PPLTN_STTS": people if spot["code"] == SINGLE_OBJECT else [people],
        "ROAD_TRAFFIC_STTS": road_section(question, spot),
        "PRK_STTS": parking_section(question, spot),
        "SUB_STTS": subway_section(question, spot),
        "ACDNT_CNTRL_STTS": [],
        "SBIKE_STTS": bike_section(question, spot),
        "WEATHER_STTS": [weather_section(question, spot)],
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
        "AREA_NM": spot["name"],
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
        "PPLTN_TIME": f"{five_minutes(question.now):%Y-%m-%d %H:%M}",
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


def _event(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    month = question.now.date().replace(day=1)
    lon, lat = centre(question, spot)
    return {
        "EVENT_NM": f"{spot['name']} 문화행사",
        "EVENT_PERIOD": f"{month}~{month + timedelta(days=20)}",
        "EVENT_PLACE": spot["name"],
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
