"""Which values may be compared: those that are the same in all of CLASS_KEY are one class."""

from __future__ import annotations

import hashlib

import polars as pl

from assets.publication.benchmark.columns import CLASS_KEY

KEY = tuple(column.name for column in CLASS_KEY)
SIMULATED = "simulated"  # source, and kind of source, of figures that are made up
_NEEDED_SHARE = r", [0-9.]+ %$"  # how complete a period had to be is no part of the method: it is or it is not


def with_classes(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with KEY, `met` and `class_id`.

    rows: value, method, standard, status, source, unit and completeness of metric.value, the columns of TERMS, and
    `ways`: the methods of the days that the period is made of.
    """
    there, simulated = pl.col("value").is_not_null(), pl.col("source") == SIMULATED
    own = pl.concat_str(pl.lit("; "), "own").fill_null("")
    proxy = pl.when(pl.col("status") == "proxy").then(pl.lit("; a proxy")).otherwise(pl.lit(""))
    ways = pl.concat_str(pl.lit("; each day: "), pl.col("ways").list.join(", or ")).fill_null("")
    of_provider = (pl.col("comparability") == "X2") & pl.col("standard").is_null()
    keyed = rows.with_columns(
        method=pl.when(there).then(pl.concat_str(pl.col("method").str.replace(_NEEDED_SHARE, ""), ways, own, proxy)),
        source_kind=pl.when(there).then(pl.when(simulated).then(pl.lit(SIMULATED)).otherwise("kind")),
        provider=pl.when(of_provider).then("provider"),
        met=(pl.col("completeness") >= pl.col("needs")).fill_null(value=False),
    )
    within = pl.when(pl.col("comparability").is_in(["X0", "X3"])).then("city")
    in_class = keyed.select("metric", *KEY, within=within).rows()
    ids = [_class_id(row) for row in in_class]
    return keyed.with_columns(
        class_id=pl.when(there & pl.col("met")).then(pl.Series("class_id", ids, dtype=pl.String, strict=False))
    )


def _class_id(row: tuple[str | None, ...]) -> str:
    """The metric, its comparability and a digest: the same class has the same id in every home."""
    metric, comparability, *_ = row
    return f"{metric}-{comparability}-{hashlib.sha256(repr(row).encode()).hexdigest()[:8]}"
