"""What the gate alone costs: twelve rules by Great Expectations over DuckDB, against one pass of hand-written SQL.

    python -m benchmarks.gate --rows 10000000 --runs 3

Both read the same Parquet file, each run in a process of its own, in turn, and must count the same. Nothing is parsed,
split or committed here: that is a night's work (scenarios.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.measure import Cost

TABLE = "readings"
SENSORS = 50_000
NEWEST = "2026-07-01T00:00:00"
KEY = ("place", "time")
MISSING, RANGE = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"
RULES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("serial missing", MISSING, {"column": "place"}),
    ("time missing", MISSING, {"column": "time"}),
    ("registration missing", MISSING, {"column": "registered_at"}),
    ("temperature missing", MISSING, {"column": "temperature"}),
    ("temperature", RANGE, {"column": "temperature", "min_value": -40, "max_value": 45}),
    ("humidity", RANGE, {"column": "humidity", "min_value": 0, "max_value": 100}),
    ("PM2.5", RANGE, {"column": "pm25", "min_value": 0, "max_value": 1500}),
    ("noise", RANGE, {"column": "laeq", "min_value": 35, "max_value": 85}),
    ("stage", "expect_column_values_to_be_in_set", {"column": "data_stage", "value_set": ["1", "2"]}),
    ("key", "expect_compound_columns_to_be_unique", {"column_list": list(KEY)}),
    ("rows", "expect_table_row_count_to_be_between", {"min_value": 1}),
    ("newest", "expect_column_max_to_be_between", {"column": "time", "min_value": NEWEST}),
)
# As somebody would write it who knows the table: all but the key in one SELECT.
SQL: Mapping[str, str] = {
    "serial missing": "count(*) FILTER (place IS NULL)",
    "time missing": "count(*) FILTER (time IS NULL)",
    "registration missing": "count(*) FILTER (registered_at IS NULL)",
    "temperature missing": "count(*) FILTER (temperature IS NULL)",
    "temperature": "count(*) FILTER (temperature NOT BETWEEN -40 AND 45)",
    "humidity": "count(*) FILTER (humidity NOT BETWEEN 0 AND 100)",
    "PM2.5": "count(*) FILTER (pm25 NOT BETWEEN 0 AND 1500)",
    "noise": "count(*) FILTER (laeq NOT BETWEEN 35 AND 85)",
    "stage": "count(*) FILTER (data_stage NOT IN ('1', '2'))",
    "rows": "count(*)",
    "newest": "max(time)",
}
SQL_KEY = (
    f"SELECT coalesce(sum(n), 0)::BIGINT FROM (SELECT count(*) AS n FROM {TABLE} "
    "WHERE place IS NOT NULL AND time IS NOT NULL GROUP BY hash(place, time) HAVING n > 1)"
)
# Of ten thousand rows so many have the fault; of each column other rows. Keys are unique when the gate sees a batch
# (what was sent again has given way before), so few are repeated: one in 20,000.
FAULTS = {
    "place": 5,
    "time": 5,
    "registered_at": 10,
    "temperature": 20,
    "humidity": 10,
    "pm25": 50,
    "laeq": 30,
    "data_stage": 5,
}
REPEATED_EVERY = 20_000


def make(file: Path, rows: int) -> None:
    """Rows by time, fifty thousand sensors every two minutes."""
    import duckdb

    def fault(column: str, good: str, bad: str) -> str:
        salt = 1 + list(FAULTS).index(column)
        return f"CASE WHEN hash(i * 31 + {salt}) % 10000 < {FAULTS[column]} THEN {bad} ELSE {good} END AS {column}"

    def noise(salt: int, steps: int) -> str:
        return f"(hash(i * 17 + {salt}) % {steps})::DOUBLE"

    number = f"(CASE WHEN i % {REPEATED_EVERY} = 1 THEN i - 1 ELSE i END)"  # a repeated row has the key before it
    seen = f"TIMESTAMP '2026-07-01' + to_seconds(120 * ({number} // {SENSORS}) + ({number} % {SENSORS}) // 417)"
    select = ", ".join(
        (
            fault("place", f"'V02Q' || lpad((1940001 + {number} % {SENSORS})::VARCHAR, 7, '0')", "NULL"),
            fault("time", seen, "NULL"),
            fault("registered_at", f"TIMESTAMP '2026-07-01' + to_seconds(120 * (i // {SENSORS}) + 130)", "NULL"),
            f"CASE WHEN i % 4001 = 0 THEN NULL WHEN hash(i) % 10000 < {FAULTS['temperature']} THEN 95.0 "
            f"ELSE {noise(1, 700)} / 10 - 30 END AS temperature",
            fault("humidity", noise(2, 101), "150.0"),
            fault("pm25", noise(3, 200), "-1.0"),
            fault("laeq", f"35 + {noise(4, 51)}", "20.0"),
            fault("data_stage", "'2'", "'9'"),
        )
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT {select} FROM (SELECT range AS i FROM range({rows}))) TO '{file}' (COMPRESSION zstd)"
        )


def _connected(file: Path) -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"CREATE TEMP VIEW {TABLE} AS SELECT * FROM read_parquet('{file}')")
    return con


def by_sql(file: Path) -> dict[str, Any]:
    """What the two statements count, by rule."""
    con = _connected(file)
    row = con.execute(f"SELECT {', '.join(SQL.values())} FROM {TABLE}").fetchone()
    counts = dict(zip(SQL, row, strict=True))
    counts["key"] = con.execute(SQL_KEY).fetchone()[0]
    return counts | {"newest": counts["newest"].isoformat()}


def by_gx(file: Path) -> dict[str, Any]:
    """What Great Expectations counts, by rule; for rows and the newest time what it observed."""
    from quality.gx_duckdb.check import Check
    from quality.gx_duckdb.evaluate import evaluate

    checks = [Check(code, TABLE, expectation, kwargs) for code, expectation, kwargs in RULES]
    found = evaluate(_connected(file), checks, samples=5)
    if errors := {r.code: r.error for r in found if r.error is not None}:
        raise RuntimeError(f"not evaluated: {errors}")
    return {r.code: r.observed_value if r.unexpected_count is None else r.unexpected_count for r in found}


def _timed(way: str, file: Path) -> dict[str, Any]:
    """The counts, and the CPU seconds of the import and of the work, of this very process and all its threads."""
    began = time.process_time()
    if way == "gx":
        from quality.gx_duckdb.evaluate import import_great_expectations

        import_great_expectations()
    else:
        import duckdb  # noqa: F401
    imported = time.process_time()
    started = time.perf_counter()
    counts = (by_gx if way == "gx" else by_sql)(file)
    return {
        "counts": counts,
        "import_cpu_s": imported - began,
        "work_cpu_s": time.process_time() - imported,
        "work_wall_s": time.perf_counter() - started,
    }


def scenario(work: Path, rows: int, runs: int) -> dict[str, Any]:
    """Medians of both ways. `cpu_ratio` leaves out the import, which a process pays once for all batches of a night."""
    file = work / f"gate-{rows}.parquet"
    if not file.is_file():
        _child("make", file, "--rows", str(rows))
    costs = measure.in_turn({way: partial(_child, way, file) for way in ("gx", "sql")}, runs)
    told = {way: [json.loads(cost.out) for cost in taken] for way, taken in costs.items()}
    counts = [one["counts"] for taken in told.values() for one in taken]
    result: dict[str, Any] = {"rules": len(RULES), "rows": rows, "agrees": all(c == counts[0] for c in counts)}
    for way, taken in costs.items():
        middle = measure.median(taken)
        inner = {name: statistics.median(one[name] for one in told[way]) for name in told[way][0] if name != "counts"}
        result |= {f"{way}_{name}": value for name, value in inner.items()}
        result |= {f"{way}_process_{name}": getattr(middle, name) for name in ("cpu_s", "wall_s", "peak_mib")}
    result["cpu_ratio"] = result["gx_work_cpu_s"] / result["sql_work_cpu_s"]
    result["cpu_ratio_with_import"] = result["gx_process_cpu_s"] / result["sql_process_cpu_s"]
    return result | {"counts": counts[0], "load": max(cost.load for taken in costs.values() for cost in taken)}


def _child(what: str, file: Path, *more: str) -> Cost:
    return measure.run([sys.executable, "-m", "benchmarks.gate", what, "--file", str(file), *more])


def main() -> None:
    given = argparse.ArgumentParser(description="What the gate alone costs, against hand-written SQL.")
    given.add_argument("what", nargs="?", choices=("measure", "make", "gx", "sql"), default="measure")
    given.add_argument("--rows", type=int, default=10_000_000)
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--file", type=Path)
    given.add_argument("--work", type=Path, help="Where the file is made and kept; else it is thrown away.")
    wanted = given.parse_args()
    if wanted.what == "make":
        make(wanted.file, wanted.rows)
    elif wanted.what in ("gx", "sql"):
        print(json.dumps(_timed(wanted.what, wanted.file)))
    elif wanted.work is not None:
        print(json.dumps(scenario(wanted.work, wanted.rows, wanted.runs), indent=1))
    else:
        with tempfile.TemporaryDirectory() as work:
            print(json.dumps(scenario(Path(work), wanted.rows, wanted.runs), indent=1))


if __name__ == "__main__":
    main()
