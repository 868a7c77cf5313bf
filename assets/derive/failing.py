"""Several metrics evaluated together: one that cannot be computed is absent with that reason, and alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date

import polars as pl

from assets.crashes import CRASHES, crash_text
from assets.metrics.measured import MEASURED, reason
from quality.contract.model import Contract

_OF_NO_METRIC = (OSError, MemoryError)  # what says nothing about an expression: the next run tries again


def together_or_alone(
    metrics: Sequence[str],
    evaluate: Callable[[Sequence[str]], pl.DataFrame],
    instead: Callable[[str, BaseException], pl.DataFrame],
) -> pl.DataFrame:
    """`evaluate` of all these metrics; where that raises, of each alone, and `instead` of those that raise.

    Raises what all of them raise: that is not about one metric.
    """
    try:
        return evaluate(metrics)
    except _OF_NO_METRIC:
        raise
    except CRASHES:
        if len(metrics) == 1:
            raise
        alone = [or_error(lambda one=metric: evaluate([one])) for metric in metrics]
        if all(isinstance(found, BaseException) for found in alone):
            raise
    made = zip(metrics, alone, strict=True)
    return pl.concat(found if isinstance(found, pl.DataFrame) else instead(metric, found) for metric, found in made)


def or_error(evaluate: Callable[[], pl.DataFrame]) -> pl.DataFrame | BaseException:
    """What it gives, or what it raises where that may be for its expressions."""
    try:
        return evaluate()
    except _OF_NO_METRIC:
        raise
    except CRASHES as error:
        return error


def absent_rows(
    contract: Contract,
    metric: str,
    error: BaseException,
    areas: pl.DataFrame,
    days: Collection[date],
    hours: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row in MEASURED for each area, day and hour of a metric of a table that raised this error.

    areas: code, level. hours: hour, hour_utc; None for a table of days or longer periods.
    """
    why = reason("could_not_compute", metric, contract.name, crash_text(contract, error))
    rows = areas.select(area="code", area_level="level").join(pl.DataFrame({"day": sorted(days)}), how="cross")
    rows = rows if hours is None else rows.join(hours, how="cross")
    rows = rows.with_columns(metric=pl.lit(metric), n=0, covered=0.0, needs=1.0, why=why)
    missing = [pl.lit(None).alias(name) for name in MEASURED if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in MEASURED.items())
