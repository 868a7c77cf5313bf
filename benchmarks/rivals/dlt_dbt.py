"""dlt loads Arrow tables into DuckDB; dbt types them, tests all rules, and builds what is kept and the hours.

    python -m benchmarks.rivals.dlt_dbt --drop drop --out out

What it lacks: the tests run on a table that is already there for all to see, and dbt does not hold rows back for them
(the models do it, with the same ranges again); no quarantine with reasons, no atomic publication: one writer, and no
reader meanwhile. dlt keeps a record of its loads, dbt of its last run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from dbt.cli.main import dbtRunner
from pyarrow import csv

from benchmarks.rivals import rules

DATASET, RAW, PROJECT = "landing", "readings", "sdot"
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
FAULTY = {"read": 0, "short": 0}  # dlt's record counts neither


# --- dlt: files to a raw table ----------------------------------------------------------------------------------------


def read(path: Path) -> pa.Table:
    """One file; times stay text for dbt, `unreadable` says how many values of a row are no numbers."""

    def short(_row: Any) -> str:
        FAULTY["short"] += 1
        return "skip"

    with gzip.open(path, "rb") as stream:
        table = csv.read_csv(
            stream,
            parse_options=csv.ParseOptions(quote_char=False, invalid_row_handler=short),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys((rules.SERIAL, rules.SENSED, rules.REGISTERED), pa.string()),
                null_values=["", f"{rules.SENTINEL:.0f}"],
                strings_can_be_null=True,
            ),
        )
    FAULTY["read"] += table.num_rows
    wrong = pa.array([0] * table.num_rows, pa.int8())
    for number, measure in enumerate(table.column_names):
        values = table.column(measure)
        if measure in rules.MEASURES and pa.types.is_string(values.type):  # something in this file is no number
            good = pc.match_substring_regex(values, NUMBER)
            wrong = pc.add(wrong, pc.cast(pc.fill_null(pc.invert(good), False), pa.int8()))
            values = pc.if_else(good, values, None)
        if measure in rules.MEASURES:
            table = table.set_column(number, measure, pc.cast(values, pa.float64()))
    return table.append_column("unreadable", wrong)


def load(drop: Path, out: Path) -> None:
    @dlt.resource(name=RAW, write_disposition="append")
    def readings() -> Iterator[pa.Table]:
        yield from map(read, rules.files(drop))

    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    pipeline = dlt.pipeline(
        PROJECT,
        pipelines_dir=str(out / "dlt"),
        dataset_name=DATASET,
        destination=dlt.destinations.duckdb(str(out / "hours.duckdb")),
    )
    pipeline.run(readings(), loader_file_format="parquet").raise_on_failed_jobs()


# --- dbt: models and tests --------------------------------------------------------------------------------------------


def _column(name: str) -> str:
    return name.lower()  # as dlt names it


def _typed() -> str:
    """Typed, sentinels and zeros away, the later registration first: a table, because every test reads it."""
    zero = {_column(m) for m in rules.ZERO_IS_MISSING}
    measures = [_column(m) for m in rules.MEASURES]
    values = ", ".join(
        f"nullif(nullif({m}, {rules.SENTINEL}), 0) as {m}" if m in zero else f"nullif({m}, {rules.SENTINEL}) as {m}"
        for m in measures
    )
    sensed, registered = _column(rules.SENSED), _column(rules.REGISTERED)
    return (
        "{{ config(materialized='table') }}\n"
        f"select {_column(rules.SERIAL)}, try_strptime({sensed}, '{rules.SENSED_FORM}') as measured_at, "
        f"try_strptime({registered}, '{rules.REGISTERED_FORM}') as registered_at, unreadable, {values}\n"
        f"from {DATASET}.{RAW} where measured_at is not null and {measures[-1]} is not null"
    )


def _models() -> dict[str, str]:
    serial = _column(rules.SERIAL)
    hold = [f"regexp_matches({serial}, '{rules.SERIAL_FORM}')"]
    hold += [f"{_column(r.column)} between {r.low} and {r.high}" for r in rules.RANGES if r.then == rules.HOLD]
    values = {_column(m): _column(m) for m in rules.MEASURES}
    for r in rules.RANGES:
        if r.then == rules.VOID:
            name = _column(r.column)
            values[name] = f"case when {name} between {r.low} and {r.high} then {name} end as {name}"
    means = ", ".join(f"avg({_column(m)}) as {_column(m)}" for m in rules.MEASURES)
    held = " and ".join(f"coalesce({condition}, true)" for condition in hold)
    return {
        "typed": _typed(),
        # Few keys come twice: to look for them and to rank only those is cheaper than a window over all rows.
        "latest": "{{ config(materialized='table') }}\n"
        "with again as (select " + serial + ", measured_at from {{ ref('typed') }} group by all having count(*) > 1),\n"
        "ranked as (select t.* from {{ ref('typed') }} t semi join again using (" + serial + ", measured_at)\n"
        "  qualify row_number() over (partition by " + serial + ", measured_at order by registered_at desc) = 1)\n"
        "select * from {{ ref('typed') }} t anti join again using (" + serial + ", measured_at)\n"
        "union all by name select * from ranked",
        "kept": "{{ config(materialized='table') }}\n"
        f"select {serial}, measured_at, registered_at, {', '.join(values.values())} "
        "from {{ ref('latest') }} where " + held,
        "sensor_hour": "{{ config(materialized='table') }}\n"
        f"select {serial}, date_trunc('hour', measured_at) as hour, count(*) as n, {means} "
        "from {{ ref('kept') }} group by all",
    }


def _tests() -> dict[str, str]:
    """Rule -> a query whose rows are failures. Ranges are dbt's generic way of a test, written out."""
    latest, serial = "{{ ref('latest') }}", _column(rules.SERIAL)
    upper, lower = _column(rules.UPPER), _column(rules.LOWER)
    found = {
        rules.SERIAL_RULE: f"select 1 from {latest} where not regexp_matches({serial}, '{rules.SERIAL_FORM}')",
        rules.PAIR_RULE: f"select 1 from {latest} where {upper} < {lower}",
        rules.KEY_RULE: f"select 1 from {latest} group by {serial}, measured_at having count(*) > 1",
        rules.TYPES_RULE: "select 1 from {{ ref('typed') }} where unreadable > 0",
    }
    return found | {
        r.code: f"select 1 from {latest} where {_column(r.column)} not between {r.low} and {r.high}"
        for r in rules.RANGES
    }


def project(out: Path) -> Path:
    folder = out / "dbt"
    database = {"type": "duckdb", "path": str(out / "hours.duckdb"), "threads": 2}
    written = {
        "dbt_project.yml": json.dumps(
            {
                "name": PROJECT,
                "version": "1.0.0",
                "profile": PROJECT,
                "data_tests": {"+severity": "warn"},
                "flags": {"send_anonymous_usage_stats": False},
            }
        ),
        "profiles.yml": json.dumps({PROJECT: {"target": "dev", "outputs": {"dev": database}}}),
    }
    written |= {f"models/{name}.sql": sql for name, sql in _models().items()}
    written |= {f"tests/{_test(code)}.sql": sql for code, sql in _tests().items()}
    for name, text in written.items():  # JSON is YAML
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


def _test(code: str) -> str:
    return code.lower().replace("-", "_")


def build(folder: Path) -> dict[str, int]:
    """Models and tests in one `dbt build`; failures by rule."""
    ended = dbtRunner().invoke(["build", "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"])
    if ended.exception is not None:
        raise ended.exception
    results = {r.node.name: r for r in ended.result}  # type: ignore[union-attr]
    if bad := [f"{name}: {r.message}" for name, r in results.items() if r.status in ("error", "fail", "skipped")]:
        raise RuntimeError("\n".join(bad))
    return {code: results[_test(code)].failures for code in rules.CODES}


def run(drop: Path, out: Path) -> dict[str, object]:
    out.mkdir(parents=True)
    load(drop, out)
    known = build(project(out))
    with duckdb.connect(out / "hours.duckdb") as con:
        typed, latest, kept, hours = (
            con.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # type: ignore[index]
            for name in ("typed", "latest", "kept", "sensor_hour")
        )
    lines = FAULTY["read"] + FAULTY["short"]
    return rules.counts(
        read=lines,
        unreadable=lines - typed,
        replaced=typed - latest,
        held=latest - kept,
        kept=kept,
        hours=hours,
        rules=known,
    )


def main() -> None:
    given = argparse.ArgumentParser(description="dlt and dbt.")
    given.add_argument("--drop", type=Path, required=True)
    given.add_argument("--out", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(run(wanted.drop.absolute(), wanted.out.absolute())))


if __name__ == "__main__":
    main()
