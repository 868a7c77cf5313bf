"""Does what Madang published, or the floor wrote, agree with the truth about the deliveries? In figures, not in words.

    python -m benchmarks.agree madang --drop drop --day 2026-06-01 --home home
    python -m benchmarks.agree floor --drop drop --day 2026-06-01 --out out
    python -m benchmarks.agree hours --drop drop --day 2026-06-01 --out out

Prints each figure that differs, with both values, as JSON: {} means that all agree.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import hours_by_sensor
from benchmarks.pack import NAME
from benchmarks.truth import Truth, truth

FEED = "sdot_env"
CLOSE = 1e-9  # relative: sums of floats depend on their order


def madang(told: Truth, home: Path) -> dict[str, Any]:
    """Figures of the published file beside those of the truth: (found, true) by name."""
    day = date.fromisoformat(told.day)
    own = f"city = '{NAME}' AND table_name = '{FEED}'"
    with duckdb.connect(home / "published" / "madang.duckdb", read_only=True) as con:
        core = "SELECT {} FROM ledger.batch WHERE " + f"{own} AND layer = 'core' AND day = DATE '{day}'"
        metric = (
            "SELECT value FROM metric.value WHERE " + f"city = '{NAME}' AND area_level = 'city' "
            f"AND period_start = DATE '{day}' AND metric = "
        )
        rules = (
            "SELECT coalesce(sum(unexpected), 0) FROM ledger.rule_result "
            f"WHERE {own} AND day = DATE '{day}' AND rule = "
        )
        held = f"SELECT count(*) FROM ledger.quarantine WHERE {own} AND "
        wanted: dict[str, tuple[str, float]] = {
            "batches": (core.format("count(*)"), 1),
            "rows_read": (core.format("sum(rows_read)"), told.rows - told.unreadable),
            "rows_kept": (core.format("sum(rows_kept)"), told.kept),
            "rows_held": (core.format("sum(rows_quarantined)"), told.held),
            "rows_replaced": (core.format("sum(rows_replaced)"), told.resent),
            "rows_in_core": (f"SELECT count(*) FROM core.{NAME}_{FEED} WHERE day = DATE '{day}'", told.kept),
            "sensor and time once": (
                f"SELECT count(*) FROM (SELECT DISTINCT place, time FROM core.{NAME}_{FEED} WHERE day = DATE '{day}')",
                told.kept,
            ),
            "rows_unreadable": (
                f"SELECT coalesce(sum(rows_read), 0) FROM ledger.batch WHERE {own} AND layer = 'delivery' "
                f"AND day = DATE '{day}'",
                told.unreadable,
            ),
            "serials held": (f"{rules}'SDOT-place-form'", told.serial),
            "temperatures held": (f"{rules}'SDOT-temperature-range'", told.temperature),
            "humidity voided": (f"{rules}'SDOT-humidity-range'", told.humidity),
            "rows in quarantine": (f"{held}day = DATE '{day}' AND scope = 'row'", told.held + told.unreadable),
            "cells in quarantine": (f"{held}day = DATE '{day}' AND scope = 'cell'", told.cells),
            "corrected PM2.5": (f"{metric}'sensor_pm25_mean'", told.sensor_pm25),
            "sensors reporting, %": (f"{metric}'sensor_coverage'", 100),
            "temperature": (
                f"SELECT avg(of_place) FROM (SELECT avg(temperature) AS of_place FROM core.{NAME}_{FEED} "
                f"WHERE day = DATE '{day}' GROUP BY place)",
                told.sensor_temp,
            ),
        }
        return _compared({name: (con.execute(sql).fetchone(), true) for name, (sql, true) in wanted.items()})


def floor(told: Truth, out: Path) -> dict[str, Any]:
    """The floor keeps every row that it can read, those of wrong sensors and those sent again too."""
    sensors = "SELECT count(DISTINCT SERIAL_NO) FROM sensor_hour WHERE SERIAL_NO LIKE 'V02Q%'"
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT count(*) FROM read_parquet('{out}/*.parquet')").fetchone()
        figures = {"rows": (rows, told.kept + told.held + told.resent)}
        if (out / "floor.duckdb").is_file():  # it was made with the hours
            con.execute(f"ATTACH '{out / 'floor.duckdb'}' AS made (READ_ONLY)")
            con.execute("USE made")
            figures["sensors"] = (con.execute(sensors).fetchone(), told.sensors)
        return _compared(figures)


def hours(told: Truth, out: Path) -> dict[str, Any]:
    """Each hour of each sensor, of the rows that were kept."""
    temperature = (
        "SELECT avg(of_place) FROM (SELECT sum(temperature * rows) / sum(rows) AS of_place "
        "FROM sensor_hour GROUP BY place)"
    )
    with duckdb.connect(out / hours_by_sensor.FILE, read_only=True) as con:
        return _compared(
            {
                "hours of sensors": (con.execute("SELECT count(*) FROM sensor_hour").fetchone(), 24 * told.sensors),
                "rows of hours": (con.execute("SELECT sum(rows) FROM sensor_hour").fetchone(), told.kept),
                "temperature of hours": (con.execute(temperature).fetchone(), told.sensor_temp),
            }
        )


def _compared(figures: Mapping[str, tuple[tuple[Any, ...] | None, float]]) -> dict[str, Any]:
    """Those that differ. A row that is not there is a difference too."""
    different = {}
    for name, (row, true) in figures.items():
        found = None if row is None or row[0] is None else float(row[0])
        if found is None or abs(found - true) > CLOSE * max(1.0, abs(true)):
            different[name] = {"found": found, "true": true}
    return different


def main() -> None:
    given = argparse.ArgumentParser(description="Compare what came of deliveries with the truth about them.")
    given.add_argument("what", choices=("madang", "floor", "hours"))
    given.add_argument("--drop", type=Path, required=True)
    given.add_argument("--day", type=date.fromisoformat, required=True)
    given.add_argument("--home", type=Path)
    given.add_argument("--out", type=Path)
    wanted = given.parse_args()
    told = truth(wanted.drop, wanted.day)
    compared = {
        "madang": lambda: madang(told, wanted.home),
        "floor": lambda: floor(told, wanted.out),
        "hours": lambda: hours(told, wanted.out),
    }[wanted.what]()
    print(json.dumps(compared))


if __name__ == "__main__":
    main()
