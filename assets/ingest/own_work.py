"""What the home's own ledger says of a night that is over: rows like those of any feed, of the night and of each feed.

Each night delivers the one before it, so that no figure is about the night that it is made in. What a row says follows
from the ledger and the contracts alone: the feed is gated, kept and traced like every other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.metrics.reasons import SENTENCES
from assets.pack.parameter_names import COST_CURRENCY, COSTS
from assets.terms.licences import RELEASED, licence_terms
from quality.contract.due import due, first_due, last_due
from quality.contract.interval import last_of_period
from quality.contract.model import Contract
from quality.contract.texts import PLATFORM
from warehouse.ledger import ledger

_OPEN_VERDICTS = ("PASS", "WARN")
_NEWEST_DAYS = 8  # in which a metric has its newest value, or should have
_NOT_EXPECTED = (
    "not_delivered_yet",
    "before_first_day",
    "out_of_season",
    "not_defined",
    "nothing_to_divide",
    "no_night_yet",
    "not_declared",
)  # out of what is promised
ALL = "all"  # the source of the row that is of the platform as a whole


def night_delivered(run: RunContext, days: Sequence[date]) -> Iterator[tuple[date, bytes]]:
    """The delivery of each of these days of which the ledger has a night.

    Before the first night there is nothing to say of one: then the newest day has what the contracts say alone.
    """
    runs = ledger.read(run.home, "run").filter(pl.col("night").is_not_null()).collect()
    known = set(runs.filter(pl.col("city") == run.city.name)["night"])
    for day in [day for day in days if day in known] if known else list(days)[-1:]:
        ids = runs.filter(pl.col("night") == day, pl.col("city").is_null() | (pl.col("city") == run.city.name))
        rows = [*_of_feeds(run, day, ids, known=bool(known)), _of_all(run, day, ids, known=bool(known))]
        yield day, json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _of_feeds(run: RunContext, night: date, runs: pl.DataFrame, *, known: bool) -> Iterator[dict[str, Any]]:
    """A row for each feed of the pack, but for this one."""
    ids = runs["run_id"].to_list()
    batches = _of_runs(run, "batch", ids).filter(pl.col("layer").is_in(["core", "delivery"]))
    verdicts = _of_runs(run, "verdict", ids).filter(pl.col("layer") == "core")
    newest = _newest_verdicts(run, ids)
    for name, contract in run.city.contracts.items():
        if contract.connector is not None and contract.connector.of_ledger:
            continue
        row: dict[str, Any] = {
            "night": str(night),
            "source": name,
            "licence": str(contract.licence),
            "open": int(licence_terms(str(contract.licence)).kind == RELEASED and not contract.private),
            "rules": len(contract.rules),
        }
        if known:
            made, judged = (rows.filter(pl.col("table_name") == name) for rows in (batches, verdicts))
            days = judged.sort("recorded_at").unique("day", keep="last", maintain_order=True)
            there = newest.filter(pl.col("table_name") == name, pl.col("verdict").is_in(_OPEN_VERDICTS))["day"]
            row |= {
                "rows_received": int(made["rows_read"].sum()),
                "rows_quarantined": int(made["rows_quarantined"].sum()),
                "days_received": days.height,
                "days_held_back": days.filter(~pl.col("verdict").is_in(_OPEN_VERDICTS)).height,
                **_timely(contract, night, [day for day in there if day <= night]),
            }
        yield row


def _newest_verdicts(run: RunContext, ids: Sequence[str]) -> pl.DataFrame:
    """The last verdict on each day of each feed at the end of these runs: a night that is repeated says the same,
    though later nights have judged more."""
    ended = _of_runs(run, "verdict", ids)["recorded_at"].max()
    known = ledger.read(run.home, "verdict").filter(
        pl.col("city") == run.city.name, pl.col("layer") == "core", pl.col("recorded_at") <= pl.lit(ended)
    )
    return known.sort("recorded_at").unique(["table_name", "day"], keep="last").collect()


def _timely(contract: Contract, night: date, there: Sequence[date]) -> dict[str, Any]:
    """Whether the day or period that was due in the night was live at its end, and how old the newest one was."""
    if contract.reference_since is not None or last_due(contract) is not None:  # both are due once
        return {}
    wanted, first = due(contract, night), first_due(contract)
    if first is not None and wanted < first:
        return {}
    age = None if not there else max(0, (night - last_of_period(max(there), contract.every)).days)
    return {"days_due": 1, "days_on_time": int(wanted in there), "lag_days": age}


def _of_all(run: RunContext, night: date, runs: pl.DataFrame, *, known: bool) -> dict[str, Any]:
    """The row of the platform as a whole."""
    declared = {name.removeprefix("platform_"): run.city.parameters.get(name) for name in COSTS}
    row: dict[str, Any] = {"night": str(night), "source": ALL, **declared}
    row["currency"] = run.city.parameters.get(COST_CURRENCY)
    if not known:
        return row
    own = runs.filter(pl.col("city").is_not_null())
    row |= {"cpu_seconds": round(float(own["cpu_seconds"].sum()), 3), "seconds": round(float(own["seconds"].sum()), 3)}
    published = ledger.read(run.home, "publication").filter(pl.col("run_id").is_in(runs["run_id"].implode())).collect()
    return row | _of_values(run, night, published["version"].to_list())


def _of_values(run: RunContext, night: date, versions: Sequence[int]) -> dict[str, int]:
    """What the publications of the night said for the first time, what they changed, and what they could not say."""
    history = ledger.read(run.home, "value_history").filter(pl.col("city") == run.city.name)
    key = ["metric", "area", "period", "period_start"]
    new = history.filter(pl.col("version").is_in(list(versions))).collect()
    before = history.filter(pl.col("version") < min(versions)) if versions else history.limit(0)
    firsts = new["period_start"].min()
    before = before.filter(pl.col("period_start") >= firsts).collect() if firsts is not None else new
    stood = before.sort("version").unique(key, keep="last").select(*key, old=pl.col("value"))
    changed = new.sort("version").unique(key, keep="last").join(stood, on=key, how="left")
    restated = changed.filter(pl.col("old").is_not_null(), pl.col("old").ne_missing(pl.col("value")))
    first = changed.filter(pl.col("old").is_null(), pl.col("value").is_not_null())
    since = night - timedelta(days=_NEWEST_DAYS - 1)
    of_days = pl.concat([before, new]).filter(
        pl.col("period") == "day", pl.col("period_start").is_between(since, night)
    )
    stands = of_days.sort("version").unique(key, keep="last").filter(pl.col("status") != "withdrawn")
    promised = stands.filter(~pl.col("reason").str.contains(_not_expected()).fill_null(value=False))
    newest = promised.sort("period_start").unique(["metric", "area"], keep="last")
    return {
        "values_expected": newest.height,
        "values_available": newest["value"].count(),
        "values_first": first.height,
        "values_restated": restated.height,
    }


def _not_expected() -> str:
    """A pattern of the reasons for which nobody was promised a value."""
    said = SENTENCES.part(PLATFORM, "sentences")
    texts = [re.escape(said[code]) for code in _NOT_EXPECTED]
    return "|".join("^" + re.sub(r"\\\{[a-z_]+\\\}", ".*", text) + "$" for text in texts)


def _of_runs(run: RunContext, table: str, ids: Sequence[str]) -> pl.DataFrame:
    rows = ledger.read(run.home, table).filter(pl.col("city") == run.city.name, pl.col("run_id").is_in(list(ids)))
    return rows.collect()
