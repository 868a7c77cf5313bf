"""What the product's functions say of days with and without a drift: signals by day, thresholds, and days until seen.

A run is one place, or one network in one area, in the 90 days after one onset. `run` names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import polars as pl

from assets.watch.apart import log_ratio
from assets.watch.flags import QcRule
from assets.watch.health import LEAST_DAYS, health_of
from assets.watch.watched import watch_of
from assets.watch.witness import LONG_DAYS, WINDOW_DAYS, Stand, against_witness, agreement
from benchmarks.drift.networks import WHOLE, Network, medians
from benchmarks.drift.plant import LOOKED_DAYS, a_tenth, around, drifted, one_of_each_area, planted

FALSE = 0.05  # of the runs without a drift alarm at a calibrated threshold
# Signals: how far off the others it is, how far off what was usual against them, and the product's own limits.
NOW, PAST, FIXED = "now", "past", "fixed"
SIGNALS = (FIXED, NOW, PAST)
ONE, TENTH, ALL = "one", "a tenth", "all"  # who drifts
RULES = QcRule.NEIGHBOURS | QcRule.STEP  # of a place: it is off its neighbours, or off what it was beside them
Signals = pl.DataFrame  # run, since, now, past, fixed


@dataclass(frozen=True)
class Seen:
    """Of the runs of one planting: how many alarm within 90 days, and after how many days half of these do."""

    runs: int
    share: float
    days: float | None


def of_places(network: Network, who: str | None, size: float) -> Signals:
    """Each planted place against its neighbours; all of them without one.

    `one`: each place drifts alone, so that those around it are as they were.
    """
    scale, found = network.watch.scale, list[Signals]()
    for onset in network.onsets:
        days = around(network.places, onset)
        tenth = a_tenth(days)
        if who in (TENTH, ALL):
            days = planted(days, tenth if who == TENTH else days.select("place").unique(), scale, size, onset)
        beside = _beside(days, network)
        if who == ONE:
            beside = beside.with_columns(value=drifted(pl.col("value"), scale, size, onset))
        if who == TENTH:
            beside = beside.join(tenth, on="place", how="semi")
        found.append(_place_signals(beside, network, onset))
    return pl.concat(found)


def of_networks(network: Network, who: str | None, size: float) -> Signals:
    """Each area of a network against its witness."""
    found = list[Signals]()
    for onset in network.onsets:
        days = around(network.days, onset)
        if who is not None:
            chosen = {ONE: one_of_each_area, TENTH: a_tenth, ALL: lambda every: every.select("place").unique()}
            days = planted(days, chosen[who](days), network.watch.scale, size, onset)
        found.append(_network_signals(medians(days), around(network.witness, onset), network.quantity, onset))
    return pl.concat(found)


def thresholds(without: Signals) -> Mapping[str, float]:
    """Of `now` and `past`: what 5 % of the runs without a drift are beyond on at least one of their days."""
    worst = without.group_by("run").agg(pl.col(NOW, PAST).max())
    return {name: float(worst[name].drop_nulls().quantile(1 - FALSE, "higher") or 0) for name in (NOW, PAST)}


def days_until(signals: Signals, limits: Mapping[str, float]) -> Mapping[str, Seen]:
    """By signal."""
    alarms = {NOW: pl.col(NOW) > limits[NOW], PAST: pl.col(PAST) > limits[PAST], FIXED: pl.col(FIXED)}
    found = {}
    for name, alarm in alarms.items():
        runs = signals.drop_nulls(name)["run"].n_unique()  # a network of too few places is never judged
        first = signals.filter(alarm).group_by("run").agg(pl.min("since"))["since"].to_list()
        found[name] = Seen(runs, len(first) / runs if runs else 0.0, median(first) if first else None)
    return found


def who_of(network: Network) -> Sequence[str]:
    """Who can drift: a tenth of seven is nobody, and of one place all is one."""
    each = network.days.group_by("area").agg(pl.n_unique("place"))["place"].max()
    many = network.days["place"].n_unique() >= 20
    return (ONE, TENTH, ALL) if many else (ONE, ALL) if each != 1 else (ONE,)


def _looked_at(onset: date) -> list[date]:
    return [onset + timedelta(days=n) for n in range(LOOKED_DAYS + 1)]


def _beside(days: pl.DataFrame, network: Network) -> pl.DataFrame:
    """The days with what the neighbours of each place read on them, by day."""
    nearest = network.nearest
    assert nearest is not None
    of_days = (
        nearest.around(of_day.select("place", "value")).with_columns(day=pl.lit(day, pl.Date))
        for (day,), of_day in days.group_by("day", maintain_order=True)
    )
    return days.join(pl.concat(of_days), on=["place", "day"], how="left").sort("day", "place")


def _place_signals(beside: pl.DataFrame, network: Network, onset: date) -> Signals:
    own, theirs = pl.col("value"), pl.col("around")
    compared = beside.with_columns(log_ratio=log_ratio(own, theirs), difference=own - theirs)
    by_ratio = network.watch.scale == "ratio"
    off = "log_ratio" if by_ratio else "difference"
    judged = pl.concat(_nights(compared, network, onset))
    windows = judged.join(_usual_beside(compared, off), on=["place", "day"], how="left")
    return windows.filter(pl.col("days") >= LEAST_DAYS).select(
        pl.format("{} {}", "place", pl.lit(f"{onset}")).alias("run"),
        (pl.col("day") - onset).dt.total_days().alias("since"),
        pl.col(off).abs().alias(NOW),
        (pl.col(off) - pl.col("usual")).abs().alias(PAST),
        (pl.col("qc_rules") & int(RULES) != 0).alias(FIXED),
    )


def _nights(compared: pl.DataFrame, network: Network, onset: date) -> Iterator[pl.DataFrame]:
    """What each night says of each place. A mean of a day stands for it as one reading would."""
    value, one = pl.col("value"), pl.lit(1, pl.Int64)
    days = compared.with_columns(
        area=pl.lit(None, pl.String),
        readings=one,
        spikes=pl.lit(0, pl.Int64),
        largest_step=pl.lit(None, pl.Float64),
        longest_gap_hours=pl.lit(None, pl.Float64),
        **dict.fromkeys(("first_run", "last_run", "longest_run"), one),
        **dict.fromkeys(("least", "most", "first_value", "last_value"), value),
    )
    for night in _looked_at(onset):
        window = days.filter(pl.col("day").is_between(night - timedelta(days=WINDOW_DAYS - 1), night))
        yield health_of(window, night, network.watch).with_columns(day=pl.lit(night))


def _usual_beside(compared: pl.DataFrame, off: str) -> pl.DataFrame:
    """place, day, usual: the median of the year before the 30 days. The product has no such rule of a place."""
    return (
        compared.sort("place", "day")
        .rolling("day", period=f"{LONG_DAYS}d", offset=f"-{LONG_DAYS + WINDOW_DAYS}d", group_by="place")
        .agg(usual=pl.when(pl.col(off).count() >= LEAST_DAYS).then(pl.col(off).median()))
    )


def _network_signals(own: pl.DataFrame, witness: pl.DataFrame, quantity: str, onset: date) -> Signals:
    networks = {"low_cost": own, "reference": witness}
    days = pl.concat(
        frame.select("area", "day", "value", "places").with_columns(
            network=pl.lit(name), quantity=pl.lit(quantity), area_level=pl.lit(None, pl.String), unit=pl.lit("")
        )
        for name, frame in networks.items()
    )
    watched = {quantity: watch_of(quantity)}
    # each area is a network of its own here, as there is one whole city to a question
    whole = pl.when(pl.col("area").str.starts_with(WHOLE)).then(pl.lit(WHOLE)).otherwise("area")
    compared = against_witness(days, watched).with_columns(network="area", area=whole)
    judged = agreement(compared, watched, WHOLE, _looked_at(onset))
    return judged.filter(pl.col("days") >= LEAST_DAYS).select(
        pl.format("{} {}", "network", pl.lit(f"{onset}")).alias("run"),
        (pl.col("day") - onset).dt.total_days().alias("since"),
        pl.col("typical").abs().alias(NOW),
        (pl.col("typical") - pl.col("usual")).abs().alias(PAST),
        pl.when(pl.col("stand") != Stand.UNKNOWN).then(pl.col("stand") != Stand.GOOD).alias(FIXED),
    )
