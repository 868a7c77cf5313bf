"""Polars reads and writes, pandera checks all rules at once (lazy): the usual pair without a platform.

    python -m benchmarks.rivals.polars_pandera --drop drop --out out

What it lacks: a ledger, a quarantine with reasons (the rows that go are gone), atomic publication, and any memory of
what was read before. The whole day lies in memory, as pandera needs it to check uniqueness.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from benchmarks.rivals import rules

AT = "_row"  # pandera names the rows that fail by their number


def read(path: Path) -> tuple[pl.DataFrame, int, int]:
    """Typed rows of one file, its number of lines, and how many values were no numbers."""
    text = pl.scan_csv(path, schema=dict.fromkeys(rules.HEADER, pl.String)).collect()
    numbers = text.lazy().select(
        pl.col(rules.SERIAL),
        pl.col(rules.SENSED).str.to_datetime(rules.SENSED_FORM, strict=False),
        pl.col(rules.REGISTERED).str.to_datetime(rules.REGISTERED_FORM, strict=False),
        pl.col(rules.MEASURES).cast(pl.Float64, strict=False),
        wrong=pl.sum_horizontal(
            (pl.col(m).cast(pl.Float64, strict=False).is_null() & pl.col(m).is_not_null()).cast(pl.UInt8)
            for m in rules.MEASURES
        ),
    )
    whole = numbers.filter(pl.col(rules.LAST).is_not_null() & pl.col(rules.SENSED).is_not_null()).collect()
    missing = [pl.when(pl.col(m) != rules.SENTINEL).then(pl.col(m)).alias(m) for m in rules.MEASURES]
    zeros = [pl.when(pl.col(m) != 0).then(pl.col(m)).alias(m) for m in rules.ZERO_IS_MISSING]
    typed = whole.lazy().drop("wrong").with_columns(missing).with_columns(zeros).collect()
    return typed, text.height, int(whole["wrong"].sum())


def schema() -> pa.DataFrameSchema:
    ranges = {r.column: r for r in rules.RANGES}
    columns: dict[str, Any] = {
        m: pa.Column(pl.Float64, pa.Check.in_range(ranges[m].low, ranges[m].high, error=ranges[m].code), nullable=True)
        for m in rules.MEASURES
    }
    columns[rules.SERIAL] = pa.Column(pl.String, pa.Check.str_matches(rules.SERIAL_FORM, error=rules.SERIAL_RULE))
    columns[rules.SENSED] = pa.Column(pl.Datetime("us"))
    columns[rules.REGISTERED] = pa.Column(pl.Datetime("us"), nullable=True)

    def pair(data: Any) -> pl.LazyFrame:
        return data.lazyframe.select((pl.col(rules.UPPER) >= pl.col(rules.LOWER)).fill_null(True))

    return pa.DataFrameSchema(
        columns, checks=pa.Check(pair, error=rules.PAIR_RULE), unique=[rules.SERIAL, rules.SENSED]
    )


def broken(frame: pl.DataFrame) -> pl.DataFrame:
    """check, column and row number of every failure of every rule."""
    try:
        schema().validate(frame, lazy=True)
    except SchemaErrors as errors:
        return pl.DataFrame(errors.failure_cases).select("check", "column", pl.col("index").cast(pl.Int64).alias(AT))
    return pl.DataFrame(schema={"check": pl.String, "column": pl.String, AT: pl.Int64})


def run(drop: Path, out: Path) -> dict[str, object]:
    out.mkdir(parents=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        parts, lines, wrong = zip(*threads.map(read, rules.files(drop)), strict=True)
    frame = pl.concat(parts)
    del parts
    whole = frame.height
    frame = (
        frame.lazy()
        .sort(rules.REGISTERED)
        .unique([rules.SERIAL, rules.SENSED], keep="last", maintain_order=True)
        .collect()
    )
    found = broken(frame)
    count = dict(found.group_by("check").len().iter_rows())
    known = {code: count.pop(code, 0) for code in rules.CODES}
    known[rules.TYPES_RULE] = sum(wrong)
    known[rules.KEY_RULE] = sum(n for check, n in count.items() if "unique" in check)
    if other := [check for check in count if "unique" not in check]:
        raise RuntimeError(f"failures of no known rule: {other}")
    hold = [rules.SERIAL_RULE, *(r.code for r in rules.RANGES if r.then == rules.HOLD)]
    rows = pl.int_range(pl.len())
    for rule in rules.RANGES:
        if rule.then == rules.VOID and known[rule.code]:
            there = found.filter(pl.col("check") == rule.code)[AT]
            value = pl.when(~rows.is_in(there.implode())).then(pl.col(rule.column))
            frame = frame.with_columns(value.alias(rule.column))
    held = found.filter(pl.col("check").is_in(hold))[AT].unique()
    kept = frame.filter(~rows.is_in(held.implode()))
    kept.write_parquet(out / "kept.parquet", compression="zstd", compression_level=1)
    hour = pl.col(rules.SENSED).dt.truncate("1h").alias("hour")
    hours = kept.lazy().group_by(rules.SERIAL, hour).agg(pl.col(rules.MEASURES).mean(), pl.len().alias("n")).collect()
    with duckdb.connect(out / "hours.duckdb") as con:
        con.execute("CREATE TABLE sensor_hour AS SELECT * FROM hours")
    return rules.counts(
        read=sum(lines),
        unreadable=sum(lines) - whole,
        replaced=whole - frame.height,
        held=len(held),
        kept=kept.height,
        hours=hours.height,
        rules=known,
    )


def main() -> None:
    given = argparse.ArgumentParser(description="Polars with pandera.")
    given.add_argument("--drop", type=Path, required=True)
    given.add_argument("--out", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(run(wanted.drop, wanted.out)))


if __name__ == "__main__":
    main()
