"""The floor: the least work that makes something of the same deliveries. Hand-tuned, and right for these files only.

    python -m benchmarks.floor --drop drop --day 2026-07-01 --out out [--engine polars|duckdb] [--without-hours]

Each file is read once and written as Parquet (zstd); the mean of the 17 measures by sensor and hour goes into a DuckDB
file. No rule is checked, no row held back, nothing re-sent gives way, nothing is recorded: what can not be read as a
number is null, and a row that is short or has no time is skipped. One file lies in memory at a time, and for each core.
Without hours (of Polars alone) nothing but the Parquet files is made. Prints its counts as JSON.

At 3.6 M rows Polars took 6.9 CPU seconds and DuckDB 8.4; the benchmark runs both and takes the faster one.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.deliveries import HEADER, MEASURES

ENGINES = ("polars", "duckdb")
SENSED, REGISTERED = "%Y-%m-%d_%H:%M:%S", "%Y-%m-%d %H:%M:%S"
LAST = HEADER[-1]  # never empty in a whole row: a row without it is short
WRONG = "N/A"  # the one text that these files have where a number belongs


def polars_floor(files: list[Path], out: Path, *, with_hours: bool = True) -> dict[str, int]:
    """A thread for each core, a file for each thread: Polars alone can not unpack a gzip file with two cores."""
    import polars as pl

    schema = {name: pl.Float64 if name in MEASURES else pl.String for name in HEADER}

    def one(number: int) -> tuple[Any | None, int]:
        read = pl.scan_csv(files[number], schema=schema, null_values=[WRONG])
        rows = read.with_columns(
            pl.col("SENSING_TIME").str.to_datetime(SENSED, strict=False),
            pl.col("REG_DTTM").str.to_datetime(REGISTERED, strict=False),
        ).filter(pl.col(LAST).is_not_null(), pl.col("SENSING_TIME").is_not_null())
        frame = rows.collect()
        frame.write_parquet(out / f"{number:05d}.parquet", compression="zstd", compression_level=1)
        if not with_hours:
            return None, frame.height
        hour = pl.col("SENSING_TIME").dt.truncate("1h").alias("hour")
        return frame.group_by("SERIAL_NO", hour).agg(pl.col(MEASURES).mean()), frame.height

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        parts, counts = zip(*threads.map(one, range(len(files))), strict=True)
    if not with_hours:
        return {"rows": sum(counts)}
    hours = pl.concat(parts)  # an hour of a sensor lies in one file
    import duckdb

    with duckdb.connect(out / "floor.duckdb") as con:
        con.execute("CREATE TABLE sensor_hour AS SELECT * FROM hours")
    return {"rows": sum(counts), "hours": hours.height}


def duckdb_floor(files: list[Path], out: Path) -> dict[str, int]:
    """A cursor for each core: DuckDB too reads a gzip file with one."""
    import duckdb

    types = {name: "DOUBLE" if name in MEASURES else "VARCHAR" for name in HEADER}
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    values = ", ".join(HEADER[3:])
    means = ", ".join(f"avg({name}) AS {name}" for name in MEASURES)
    target = out / "floor.duckdb"
    threads = os.cpu_count() or 1
    with duckdb.connect(target, config={"threads": threads, "preserve_insertion_order": False}) as con:
        con.execute(
            "CREATE TABLE sensor_hour (SERIAL_NO VARCHAR, hour TIMESTAMP, "
            + ", ".join(f"{name} DOUBLE" for name in MEASURES)
            + ")"
        )
        free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads):
            free.put(con.cursor())

        def one(number: int) -> int:
            cursor, table = free.get(), f"file_{number}"
            try:
                cursor.execute(
                    f"CREATE TEMP TABLE {table} AS SELECT SERIAL_NO, "
                    f"try_strptime(SENSING_TIME, '{SENSED}') AS SENSING_TIME, "
                    f"try_strptime(REG_DTTM, '{REGISTERED}') AS REG_DTTM, {values} "
                    f"FROM read_csv('{files[number]}', columns = {{{columns}}}, header = true, auto_detect = false, "
                    f"delim = ',', quote = '', escape = '', nullstr = ['', '{WRONG}'], null_padding = true) "
                    f"WHERE {LAST} IS NOT NULL AND try_strptime(SENSING_TIME, '{SENSED}') IS NOT NULL"
                )
                cursor.execute(f"COPY {table} TO '{out}/{number:05d}.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 1)")
                cursor.execute(
                    f"INSERT INTO sensor_hour SELECT SERIAL_NO, date_trunc('hour', SENSING_TIME), {means} "
                    f"FROM {table} GROUP BY ALL"
                )
                found = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
                cursor.execute(f"DROP TABLE {table}")
                return found[0]
            finally:
                free.put(cursor)

        with ThreadPoolExecutor(threads) as workers:
            rows = sum(workers.map(one, range(len(files))))
        found = con.execute("SELECT count(*) FROM sensor_hour").fetchone()
    return {"rows": rows, "hours": found[0] if found else 0}


def run(drop: Path, day: date, out: Path, engine: str = "polars", *, with_hours: bool = True) -> dict[str, int]:
    files = sorted((drop / "gateway" / day.isoformat()).glob("*.csv.gz"))
    out.mkdir(parents=True)
    return polars_floor(files, out, with_hours=with_hours) if engine == "polars" else duckdb_floor(files, out)


def main() -> None:
    given = argparse.ArgumentParser(description="The least work that makes something of a day of deliveries.")
    given.add_argument("--drop", type=Path, required=True)
    given.add_argument("--day", type=date.fromisoformat, required=True)
    given.add_argument("--out", type=Path, required=True)
    given.add_argument("--engine", choices=ENGINES, default="polars")
    given.add_argument("--without-hours", action="store_true")
    wanted = given.parse_args()
    if wanted.without_hours and wanted.engine != "polars":
        given.error("--without-hours is for polars")
    print(json.dumps(run(wanted.drop, wanted.day, wanted.out, wanted.engine, with_hours=not wanted.without_hours)))


if __name__ == "__main__":
    main()
