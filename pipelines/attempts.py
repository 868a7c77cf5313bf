"""What the attempts of a feed came to: rows of ledger.attempt of one feed, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl


def day_not_come(attempts: pl.DataFrame, newest: date | None) -> date | None:
    """The day for which the last night noted that nothing came, unless it came since, or a later one did."""
    noted = attempts.filter(pl.col("status") == "missing", pl.col("asked_day").is_not_null())["asked_day"]
    return None if noted.is_empty() or (newest is not None and newest >= noted[-1]) else noted[-1]


def failed_last(attempts: pl.DataFrame) -> pl.DataFrame:
    """Deliveries that failed in the last run that fetched this feed."""
    fetched = attempts.filter(pl.col("status") != "parsed")
    if fetched.is_empty():
        return fetched
    return attempts.filter((pl.col("run_id") == fetched["run_id"][-1]) & (pl.col("status") == "failed"))


def last_run(attempts: pl.DataFrame) -> str | None:
    """The run of the last of these attempts."""
    return attempts["run_id"][-1]


def failure_codes_of(failed: pl.DataFrame) -> list[str]:
    """Their codes, each once."""
    return failed["code"].drop_nulls().unique(maintain_order=True).to_list()


def what_failed(failed: pl.DataFrame) -> list[str]:
    """What happened to each delivery that failed; its name where nothing more is known."""
    rows = failed.select("detail", "code", "delivery").iter_rows()
    return [next((str(text) for text in row if text), "no reason was recorded") for row in rows]


def why_no_batch(attempts: pl.DataFrame) -> str:
    """Why a feed of which nothing failed has no batch."""
    details = attempts.filter(pl.col("status") != "known")["detail"].drop_nulls()
    if details.len():
        return str(details[-1])
    last = attempts["day_max"].max()
    return f"what was delivered ends on {last}: nothing covers the days that were due" if last else "nothing delivered"


def outside_of_last(attempts: pl.DataFrame, judged: Sequence[date] = ()) -> list[str]:
    """What is said of rows of days that cannot be expected or are not due, of the last run that read any delivery.

    Of days that are not due nothing is said any more when the first and the last of them are `judged`: by a backfill.
    """
    runs = attempts.filter(pl.col("status") == "parsed")
    if runs.is_empty():
        return []
    of_run = attempts.filter(run_id=runs["run_id"][-1])
    done = pl.col("day_min").is_in(list(judged)) & pl.col("day_max").is_in(list(judged))
    last = of_run.filter((pl.col("rows_outside") > 0) | ((pl.col("status") == "not_due") & ~done))
    return [f"{name}: {detail}" for name, detail in last.select("delivery", "detail").iter_rows()]


def nights_with_failures(attempts: pl.DataFrame) -> list[date | None]:
    """Nights in a row, up to the last, in which something of this feed failed, oldest first; several runs of a day are
    one night. None: nobody knows when."""
    runs = attempts.group_by("run_id").agg(
        pl.col("recorded_at").max(),
        failed=(pl.col("status") == "failed").any(),
        fetched=(pl.col("status") != "parsed").any(),
    )
    newest_first = runs.filter("fetched").sort("recorded_at", descending=True, nulls_last=True)
    nights = list[date | None]()
    for at, failed in newest_first.select("recorded_at", "failed").iter_rows():
        if not failed:
            break
        nights.insert(0, None if at is None else at.date())
    return list(dict.fromkeys(nights))
