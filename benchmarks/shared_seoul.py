"""The city of the scenario `release`: Seoul with its districts alone, 80 metrics, and people in the rows of its lake.

Figures are made from a seed; a few cells hold one or two people. Nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT

METRICS, PUBLIC_LEVEL = 80, "district"
SHARE_OF_FEW = 0.0002
OPEN = ("living_population", "women_present_share", "day_night_population_ratio")


def shared_seoul(home: Path) -> Any:
    """Seoul with its districts alone, 80 metrics of days, and what it shares with whom; the pack is beside the home."""
    import yaml

    from assets.derive.private_cells import cells_of_metrics
    from assets.pack.city import load_city

    whole = load_city(ROOT / "cities" / "seoul")
    resting = {name for name, cells in cells_of_metrics(whole).items() if cells}
    named = {name: one for name, one in whole.metrics.items() if PUBLIC_LEVEL in one.levels}
    private = [n for n, one in named.items() if one.metric in resting and one.period in ("hour", "day", "month")]
    daily = [n for n, one in whole.metrics.items() if one.metric not in resting and one.period == "day"]
    daily.sort(key=lambda name: name not in named)
    chosen = [*private, *daily[: METRICS - len(private)]]
    folder = home.parent / f"{home.name}-pack" / "seoul"
    folder.mkdir(parents=True, exist_ok=True)
    partner = {"purpose": "planning", "until": "2099-12-31", "licence": "contract"}
    sharing = {
        "open": {"metrics": list(OPEN)},
        "partners": {
            "portal": {"title": "A portal", "gets": list(OPEN[:2]), **partner},
            "telecom": {"title": "A telecom", "gets": private, **partner},
        },
    }
    (folder / "sharing.yaml").write_text(yaml.safe_dump(sharing), encoding="utf-8")
    return replace(
        whole,
        folder=folder,
        metrics={name: whole.metrics[name] for name in chosen},
        choices={name: whole.choices[name] for name in chosen},
        areas=whole.areas.filter(~whole.areas["level"].is_in(["neighbourhood"])),
    )


def people_of(city: Any, correction: int) -> Callable[[Any, date, Any], Any]:
    """Rows of a day with people in them, for `nights`: of each hour from a seed, and a day has their mean. The city has
    the sum of its districts. Private marts have as many rows as there are areas, of sums with somebody behind them."""
    import numpy as np
    import polars as pl

    from assets.derive.marts import MartTable

    areas = city.areas.select("code", "level").sort("level")  # the city first
    counting = [name for name, one in city.metrics.items() if one.unit == "people"]

    def grid(day: date, columns: int) -> Any:
        chance = np.random.default_rng([day.toordinal(), correction])
        people = np.round(chance.lognormal(8, 1, (areas.height, columns))) + 5
        few = chance.random(people.shape) < SHARE_OF_FEW
        people[few] = chance.integers(1, 3, few.sum())
        people[0] = people[1:].sum(axis=0)
        return people

    def values(day: date, frame: pl.DataFrame) -> pl.DataFrame:
        people = grid(day, 24)
        if "hour" in frame.columns:
            own = pl.DataFrame({"area": np.repeat(areas["code"], 24), "_hour": list(range(24)) * areas.height})
            own = own.with_columns(value=people.ravel())
            like = frame.with_columns(_hour=pl.col("hour").dt.hour().cast(pl.Int64)).unique(["metric", "_hour"])
            like = like.drop("area", "area_level", "value").filter(pl.col("metric").is_in(counting))
            made = like.join(own, on="_hour")
        else:
            own = pl.DataFrame({"area": areas["code"], "value": people.mean(axis=1)})
            like = frame.filter(pl.col("metric").is_in(counting)).unique(["metric", "period"])
            made = like.drop("area", "area_level", "value").join(own, how="cross")
        made = made.join(areas.rename({"code": "area", "level": "area_level"}), on="area").with_columns(
            completeness=pl.lit(1.0), status=pl.lit("ok"), reason=pl.lit(None, pl.String)
        )
        return pl.concat([frame.filter(~pl.col("metric").is_in(counting)), made.select(frame.columns)])

    def told(table: Any, day: date, frame: pl.DataFrame) -> pl.DataFrame:
        if not isinstance(table, MartTable):
            return values(day, frame) if set(counting) & set(frame["metric"].unique()) else frame
        if not table.contract.private or "area" not in frame.columns:
            return frame
        sums = {*table.mart.contributors, *filter(None, [table.mart.adds_up])}
        # of a day the fewest of its hours; months and quarters must not contradict what they are made of
        people = grid(day, 24).min(axis=1) if table.mart.every == "day" else grid(day, 24).max(axis=1)
        made = frame[[n % frame.height for n in range(areas.height)]].with_columns(
            area=areas["code"], area_level=areas["level"]
        )
        return made.with_columns(pl.Series(name, people).cast(frame.schema[name]) for name in sums)

    return told
