"""The hours by sensor that the floor makes, made of what Madang has published: one query, as an analyst would write it.

    python -m benchmarks.hours_by_sensor --home home --day 2026-06-01 --out out

The pack cannot ask a night for them. A metric is of an area, not of a sensor, and has a row for each value: 20 million
where the floor has 1.2. A mart is made of the columns of a model, and eight of the 17 measures (vibration, particles
before they are corrected) are in no model. The rows here are those that the gate has let in, and come from the Parquet
files of the lake, through the view of the published file. Prints their number as JSON.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from benchmarks.yard import CITY

FILE = "hours.duckdb"
MEASURES = (
    *("pm25_raw", "pm10_raw", "pm25", "pm10", "temperature", "humidity", "wind_direction", "wind_speed"),
    *("illuminance", "uv_index", "laeq", "vibration_x_g", "vibration_y_g", "vibration_z_g"),
    *("vibration_x_max_g", "vibration_y_max_g", "vibration_z_max_g"),
)


def run(home: Path, day: date, out: Path) -> dict[str, int]:
    import duckdb

    out.mkdir(parents=True)
    means = ", ".join(f"avg({name}) AS {name}" for name in MEASURES)
    with duckdb.connect(out / FILE) as con:
        con.execute(f"ATTACH '{home / 'published' / 'madang.duckdb'}' AS madang (READ_ONLY)")
        con.execute(
            f"CREATE TABLE sensor_hour AS SELECT place, date_trunc('hour', time) AS hour, count(*) AS rows, {means} "
            f"FROM madang.core.{CITY}_sdot_env WHERE day = DATE '{day}' GROUP BY ALL"
        )
        found = con.execute("SELECT count(*) FROM sensor_hour").fetchone()
    return {"hours": found[0] if found else 0}


def main() -> None:
    given = argparse.ArgumentParser(description="The hours by sensor, from what Madang has published.")
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--day", type=date.fromisoformat, required=True)
    given.add_argument("--out", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(run(wanted.home, wanted.day, wanted.out)))


if __name__ == "__main__":
    main()
