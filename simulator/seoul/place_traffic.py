"""The sections of citydata about getting around near a busy place: roads, parking, subway and bicycles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from simulator.messages import Question
from simulator.world import movement
from simulator.world.network import docking_stations, links, lots, subway_stations
from simulator.world.places import cells, districts

_ROADS = ((25, "원활"), (15, "서행"), (0, "정체"))


def road_section(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    """ROAD_TRAFFIC_STTS: the mean of the roads, and each road link of the district."""
    rows = movement.traffic(question.world, question.now).join(links(question.world), on="link_id")
    lon, lat = centre(question, spot)
    here, there = f"{lon:.13f}_{lat:.13f}", f"{lon + 0.004:.13f}_{lat + 0.002:.13f}"
    return {
        "AVG_ROAD_DATA": {
            "ROAD_MSG": "시뮬레이션 자료입니다.",
            "ROAD_TRAFFIC_IDX": _road(spot["road_speed_kmh"]),
            "ROAD_TRAFFIC_SPD": round(spot["road_speed_kmh"]),
            "ROAD_TRAFFIC_TIME": f"{five_minutes(question.now):%Y-%m-%d %H:%M}",
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


def parking_section(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    """PRK_STTS: the lots of the district; only the first one says how full it is."""
    rows = movement.parking(question.world, question.now).join(
        lots(question.world).drop("capacity"), on="code", maintain_order="left"
    )
    lon, lat = centre(question, spot)
    sections = []
    for number, row in enumerate(rows.filter(pl.col("area") == spot["area"]).iter_rows(named=True)):
        live = number == 0  # only some lots tell how full they are; the others have "" and N
        sections.append(
            {
                "PRK_NM": row["name"],
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
                "ADDRESS": row["name"],
                "ROAD_ADDR": "",
                "LNG": f"{lon:.6f}",
                "LAT": f"{lat:.6f}",
            }
        )
    return sections


def subway_section(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    """SUB_STTS: up to three stations that are named after the district."""
    (district,) = districts(question.world).filter(pl.col("area") == spot["area"])["name"]
    stem = district[:-1] if len(district) > 2 else district
    lon, lat = centre(question, spot)
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


def bike_section(question: Question, spot: dict[str, Any]) -> list[dict[str, Any]]:
    """SBIKE_STTS: the bicycle stations of the district and the bicycles at them now."""
    rows = docking_stations(question.world).join(movement.bike_now(question.world, question.now), on="station_id")
    return [
        {
            "SBIKE_SPOT_NM": row["name"],
            "SBIKE_SPOT_ID": row["station_id"],
            "SBIKE_SHARED": str(round(100 * row["bikes"] / row["racks"])),
            "SBIKE_PARKING_CNT": str(row["bikes"]),
            "SBIKE_RACK_CNT": str(row["racks"]),
            "SBIKE_X": round(row["lon"], 8),
            "SBIKE_Y": round(row["lat"], 8),
        }
        for row in rows.filter(pl.col("area") == spot["area"]).iter_rows(named=True)
    ]


def centre(question: Question, spot: dict[str, Any]) -> tuple[float, float]:
    """Longitude and latitude of the middle of the district of a place."""
    order = districts(question.world)["area"].to_list()
    point = cells(question.world)[order.index(spot["area"])].centroid
    return float(point.x), float(point.y)


def five_minutes(now: datetime) -> datetime:
    """The last full five minutes."""
    return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)


def _road(speed: float) -> str:
    return next(name for least, name in _ROADS if speed >= least)
