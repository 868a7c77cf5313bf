"""Great Expectations on its own pandas engine, as its guide has it; pandas reads, writes Parquet and makes the hours.

    python -m benchmarks.rivals.gx_pandas --drop drop --out out

What it lacks: a ledger, a quarantine with reasons (the rows that go are gone), atomic publication, and any memory of
what was read before. The whole day lies in memory, more than once while it is checked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

from benchmarks.rivals import rules


def read(path: Path) -> tuple[pd.DataFrame, int, int]:
    """Typed rows of one file, its number of lines, and how many values were no numbers."""
    texts = dict.fromkeys((rules.SERIAL, rules.SENSED, rules.REGISTERED), "str")
    missing = ["", f"{rules.SENTINEL:.0f}"]
    frame = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=missing, low_memory=False)
    lines, wrong = len(frame), 0
    frame[rules.SENSED] = pd.to_datetime(frame[rules.SENSED], format=rules.SENSED_FORM, errors="coerce")
    frame[rules.REGISTERED] = pd.to_datetime(frame[rules.REGISTERED], format=rules.REGISTERED_FORM, errors="coerce")
    frame = frame[frame[rules.LAST].notna() & frame[rules.SENSED].notna()].copy()
    for measure in rules.MEASURES:
        values = frame[measure]
        if not pd.api.types.is_numeric_dtype(values):  # a file in which something is no number
            number = pd.to_numeric(values, errors="coerce")
            wrong += int((number.isna() & values.notna()).sum())
            values = number.mask(number == rules.SENTINEL)
        frame[measure] = values.astype("float64")
    for measure in rules.ZERO_IS_MISSING:
        frame[measure] = frame[measure].mask(frame[measure] == 0)
    return frame, lines, wrong


def expectations() -> list[Any]:
    found: list[Any] = [
        gxe.ExpectColumnValuesToMatchRegex(
            column=rules.SERIAL, regex=rules.SERIAL_FORM, meta={"code": rules.SERIAL_RULE}
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=rules.UPPER,
            column_B=rules.LOWER,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta={"code": rules.PAIR_RULE},
        ),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=[rules.SERIAL, rules.SENSED], meta={"code": rules.KEY_RULE}),
    ]
    return found + [
        gxe.ExpectColumnValuesToBeBetween(column=r.column, min_value=r.low, max_value=r.high, meta={"code": r.code})
        for r in rules.RANGES
    ]


def broken(frame: pd.DataFrame) -> dict[str, list[int]]:
    """Of every rule the rows that break it. One suite in one validation: GX computes its metrics once."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("readings")
    batch = asset.add_batch_definition_whole_dataframe("day").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="readings", expectations=expectations())
    validation = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    failed: dict[str, list[int]] = {}
    for result in validation.results:
        code = result.expectation_config.meta["code"]
        if result.exception_info.get("raised_exception") is not False:
            raise RuntimeError(f"{code} was not evaluated: {result.exception_info}")
        failed[code] = result.result.get("unexpected_index_list") or []
        if len(failed[code]) != result.result["unexpected_count"]:
            raise RuntimeError(f"{code}: {len(failed[code])} rows, but {result.result['unexpected_count']} counted")
    return failed


def run(drop: Path, out: Path) -> dict[str, object]:
    out.mkdir(parents=True)
    parts, lines, wrong = zip(*map(read, rules.files(drop)), strict=True)
    frame = pd.concat(parts, ignore_index=True)
    del parts
    whole = len(frame)
    frame = frame.sort_values(rules.REGISTERED, kind="stable")
    frame = frame.drop_duplicates([rules.SERIAL, rules.SENSED], keep="last", ignore_index=True)
    failed = broken(frame)
    for rule in rules.RANGES:
        if rule.then == rules.VOID and failed[rule.code]:
            frame.loc[failed[rule.code], rule.column] = None
    held = set(failed[rules.SERIAL_RULE]).union(*(failed[r.code] for r in rules.RANGES if r.then == rules.HOLD))
    kept = frame.drop(index=sorted(held))
    kept.to_parquet(out / "kept.parquet", compression="zstd", index=False)
    hour = kept[rules.SENSED].dt.floor("h").rename("hour")
    groups = kept.groupby([kept[rules.SERIAL], hour], sort=False)
    hours = groups[list(rules.MEASURES)].mean().assign(n=groups.size()).reset_index()
    with duckdb.connect(out / "hours.duckdb") as con:
        con.execute("CREATE TABLE sensor_hour AS SELECT * FROM hours")
    known = {code: len(rows) for code, rows in failed.items()} | {rules.TYPES_RULE: sum(wrong)}
    return rules.counts(
        read=sum(lines),
        unreadable=sum(lines) - whole,
        replaced=whole - len(frame),
        held=len(held),
        kept=len(kept),
        hours=len(hours),
        rules=known,
    )


def main() -> None:
    given = argparse.ArgumentParser(description="Great Expectations on pandas.")
    given.add_argument("--drop", type=Path, required=True)
    given.add_argument("--out", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(run(wanted.drop, wanted.out)))


if __name__ == "__main__":
    main()
