"""Each network against the reference network that measures the same in the same area: whether it has drifted."""

from __future__ import annotations

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.watch.possible import held_by_witness
from assets.watch.watched import watched_columns
from assets.watch.witness import BACK_DAYS, against_witness, agreement

_READ = ("day", "network", "quantity", "area", "area_level", "value", "unit", "places")


def network_agreement(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each day, network, quantity and area that both networks have: how far they are apart on the day and
    over the 30 days that end on it, and what the network is worth by that (`assets/watch/witness.py`)."""
    rows = pl.concat(one.rows.select(START, *_READ) for one in read["network_day"]).collect()
    watched = {name: watch for columns in watched_columns().values() for name, watch in columns.items()}
    compared = against_witness(
        rows.select(_READ).unique(), watched
    )  # a day is there once for each that looks back on it
    found = agreement(compared, watched, city.config.area, rows[START].unique().sort().to_list())
    by_ratio = pl.col("quantity").is_in([name for name, watch in watched.items() if watch.scale == "ratio"])

    def ratio(column: str) -> pl.Expr:
        return pl.when(by_ratio).then(pl.col(column).exp())

    def difference(column: str) -> pl.Expr:
        return pl.when(~by_ratio).then(column)

    return found.select(
        *(
            "day",
            "network",
            "witness",
            "quantity",
            "area",
            "area_level",
            "own",
            "other",
            "unit",
            "places",
            "witness_places",
        ),
        day_ratio=ratio("apart"),
        day_difference=pl.col("own") - pl.col("other"),
        ratio=ratio("typical"),
        difference=difference("typical"),
        usual_ratio=ratio("usual"),
        usual_difference=difference("usual"),
        slope="slope",
        ks="ks",
        days="days",
        stand="stand",
        since="since",
        cause="cause",
        off="off",
    )


TABLE = Mart(
    reads=(Reads("network_day", back=range(BACK_DAYS)),),
    compute=network_agreement,
    by_quantity=True,
    possible=held_by_witness,
)
