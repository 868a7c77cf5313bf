"""The city's air stations under the names of Air4Thai."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.cai import with_index
from simulator.rendering.instants import HOUR, last_hour
from simulator.rendering.stations import ended_hours, placed_stations
from simulator.rendering.text import NOTHING

COLORS = ("1", "2", "4", "5")


def shape(question: Question, _selection: Selection) -> pl.DataFrame:
    """The last full hour of all stations, nested under AQILast, all texts, "-1" for what is not measured."""
    end = last_hour(question)
    now = ended_hours(question, end - HOUR, end)
    if now.is_empty():
        return NOTHING
    rows = with_index(now).join(placed_stations(question).drop("kind", "area"), on="station", maintain_order="left")
    place = question.world.city.config.shown
    return pl.DataFrame([_thai(row, end, place) for row in rows.iter_rows(named=True)])


def _thai(row: dict[str, Any], end: datetime, place: str) -> dict[str, Any]:
    def value(column: str, decimals: int, factor: float = 1, *, measured: bool = True) -> dict[str, str]:
        if not measured:
            return {"color_id": "0", "aqi": "-1", "value": "-1"}
        level = int(row[f"{column}_level"])
        return {"color_id": COLORS[level - 1], "aqi": str(50 * level), "value": f"{row[column] * factor:.{decimals}f}"}

    background = row["kind"] == "background"
    return {
        "stationID": f"{row['number'] + 1:02d}t",
        "nameTH": row["station"],
        "nameEN": row["station"],
        "areaTH": f"{row['district']}, {place}",
        "areaEN": f"{row['district']}, {place}",
        "stationType": "GROUND",
        "lat": str(row["lat"]),
        "long": str(row["lon"]),
        "AQILast": {
            "date": f"{end:%Y-%m-%d}",
            "time": f"{end:%H:%M}",
            "PM25": value("pm25_ugm3", 1),
            "PM10": value("pm10_ugm3", 0),
            "O3": value("o3_ppm", 0, 1000, measured=row["kind"] != "roadside"),
            "CO": value("co_ppm", 2, measured=not background),
            "NO2": value("no2_ppm", 0, 1000),
            "SO2": value("so2_ppm", 0, 1000, measured=not background),
            "AQI": {"color_id": COLORS[int(row["level"]) - 1], "aqi": f"{row['index']:.0f}", "param": row["worst"]},
        },
    }
