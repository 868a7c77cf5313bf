"""Rows that an earlier version wrote into the ledger, as those of today: a column for each thing, nothing private.

The first version had strings with parts; here, and only here, those are taken apart. The second had one count
(`rows_superseded`) of all rows that gave way to another. Both wrote down values of private feeds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from warehouse.ledger.schema import TABLES

PublicTables = Callable[[], Collection[tuple[str, str]]]  # city and table of all that is known to be public
WITHHELD = "the message is withheld: it may quote rows of a private feed"

RENAMED = {"at": "recorded_at", "table": "table_name", "column": "column_name"}
# a service's delivery was named "<feed> <day or now> asked <time, UTC>"
_ASKED_DAY = r"^\S+ (\d{4}-\d{2}-\d{2}) asked \S+Z$"
_ASKED_AT = r"^\S+ (?:\d{4}-\d{2}-\d{2}|now) asked (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+)Z$"
_ASKING = r" asked \d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z"
_SHA256 = r"^[0-9a-f]{64}$"
_HARMLESS = ("missing", "known")  # attempts with these states tell of names of files alone
_TEXTS = {"attempt": "detail", "verdict": "reason"}  # what a metric gives as its reason
# what a verdict says without a value: how many rows break a rule, or that there was no result
_COUNTED = r"^\S+ .*: [\d,]+ of [\d,]+ rows break it$"
_FIXED = r"^(all rules passed|no rule was evaluated|\S+ gave no result)$"


def nothing_known() -> Collection[tuple[str, str]]:
    """No table is known to be public: all are taken to be private."""
    return ()


def converted(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Rows of an earlier version in the columns of today."""
    rows = rows.rename({old: new for old, new in RENAMED.items() if old in rows.columns})
    if table == "batch" and "inputs" in rows.columns:
        rows = _split_inputs(rows)
    if table == "attempt" and "asked_at" not in rows.columns:
        delivery = pl.col("delivery")
        rows = rows.with_columns(
            delivery.str.extract(_ASKED_DAY).str.to_date("%Y-%m-%d").alias("asked_day"),
            delivery.str.extract(_ASKED_AT)
            .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", time_zone="UTC")
            .alias("asked_at"),
            # published as a reason: it must not change with the time of asking
            pl.col("detail").str.replace_all(_ASKING, ""),
        )
    if "rows_superseded" in rows.columns:  # by which reason was not kept
        rows = rows.rename({"rows_superseded": "rows_replaced"}).with_columns(
            pl.lit(0, pl.Int64).alias("rows_repeated"), pl.lit(0, pl.Int64).alias("rows_contradicted")
        )
    lacking = [pl.lit(None).alias(name) for name in TABLES[table].schema if name not in rows.columns]
    return rows.with_columns(lacking).select(pl.col(name).cast(dtype) for name, dtype in TABLES[table].schema.items())


def _split_inputs(rows: pl.DataFrame) -> pl.DataFrame:
    """`inputs` held SHA-256 of deliveries, ids of batches, "code:<version>" and "pack:<version>", all in one list."""
    one = pl.element()
    sha, code, pack = one.str.contains(_SHA256), one.str.starts_with("code:"), one.str.starts_with("pack:")
    inputs = pl.col("inputs")
    return rows.with_columns(
        inputs.list.eval(one.filter(sha)).alias("input_deliveries"),
        inputs.list.eval(one.filter(~(sha | code | pack))).alias("input_batches"),
        inputs.list.eval(one.filter(code).str.strip_prefix("code:")).list.first().alias("code_version"),
        inputs.list.eval(one.filter(pack).str.strip_prefix("pack:")).list.first().alias("pack_version"),
    )


def withheld(rows: pl.DataFrame, table: str, public: Collection[tuple[str, str]]) -> pl.DataFrame:
    """Rows in the columns of today, without the values of tables that are not `public`: counts, rules, lines, hashes.

    Whole rows are read again from landing when they are asked for, so nothing is lost that the home does not have.
    """
    columns = _private_columns(table)
    if not columns:
        return rows
    named = "feed" if table == "attempt" else "table_name"
    known = pl.DataFrame(list(public), schema={"city": pl.String, named: pl.String}, orient="row").with_columns(
        known=True
    )
    found = rows.select("city", named).join(known.unique(), on=["city", named], how="left", maintain_order="left")
    is_public = found["known"].fill_null(value=False)
    return rows.with_columns(
        pl.when(is_public).then(pl.col(name)).otherwise(without).alias(name) for name, without in columns.items()
    )


def replaced_texts(before: pl.DataFrame, after: pl.DataFrame, table: str) -> dict[str, str]:
    """What was withheld of the texts that metrics give as their reasons, and what stands there instead."""
    if table not in _TEXTS:
        return {}
    pairs = pl.DataFrame({"old": before[_TEXTS[table]], "new": after[_TEXTS[table]].fill_null(WITHHELD)})
    changed = pairs.filter(pl.col("old").str.len_chars() > 0, pl.col("old") != pl.col("new"))
    return dict(changed.unique().iter_rows())


def without_texts(reasons: pl.Series, texts: dict[str, str]) -> pl.Series:
    """Reasons of metrics, with each text that was withheld replaced, wherever it stands in them."""
    return reasons.str.replace_many(list(texts), list(texts.values()), leftmost=True) if texts else reasons


def _private_columns(table: str) -> dict[str, pl.Expr]:
    """The columns that can hold values, each with what stands there instead."""
    none = pl.lit(None, pl.String)
    if table == "quarantine":
        return {"row": none, "value": none}
    if table == "rule_result":
        return {"samples": _no_samples(), "observed": none}
    if table == "verdict":
        return {"samples": _no_samples(), "reason": _counted_reason()}
    return {"detail": _fixed_detail()} if table == "attempt" else {}


def _fixed_detail() -> pl.Expr:
    """The code of a failure with a fixed sentence; what was withheld before comes out as it is."""
    coded = pl.concat_str(pl.col("code"), pl.lit(f": {WITHHELD}"))
    harmless = pl.col("detail").is_null() | pl.col("status").is_in(_HARMLESS)
    return pl.when(harmless).then(pl.col("detail")).otherwise(pl.coalesce(coded, pl.lit(WITHHELD)))


def _no_samples() -> pl.Expr:
    return pl.when(pl.col("samples").is_not_null()).then(pl.lit("[]"))


def _counted_reason() -> pl.Expr:
    """The reason where all of it is counts; otherwise the codes of the rules. What was withheld before stays."""
    parts = pl.col("reason").str.split("; ")
    counted = parts.list.eval(pl.element().str.contains(_COUNTED) | pl.element().str.contains(_FIXED)).list.all()
    plain = (counted & ~pl.col("reason").str.contains("could not be evaluated")) | pl.col("reason").str.ends_with(
        WITHHELD
    )
    codes = pl.col("rules_failed").list.join(", ").fill_null("")
    told = pl.when(codes == "").then(pl.lit(WITHHELD)).otherwise(codes + f": {WITHHELD}")
    return pl.when(pl.col("reason").is_null() | plain).then(pl.col("reason")).otherwise(told)
