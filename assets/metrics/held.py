"""Which metrics are held against a witness: those that say of a watched column of a network what the air is like.

Whether the network is off its witness says `mart.network_agreement`, and what becomes of the values
`assets/metrics/evaluate/witnessed.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.witnessed import VERDICTS
from assets.metrics.fed_marts import FedMart, tables_of_mart, tables_with
from assets.metrics.measured import OFF_WITNESS, REASON
from assets.metrics.sources import expressions_of, rows_asked, sources_of
from assets.metrics.sql import names_in
from assets.pack.city import City
from assets.watch.watched import watched_columns
from assets.watch.witness import WITNESSED, Stand

AGREEMENT = "network_agreement"  # the mart that says it
_UNITS = {"ug/m3": "µg/m³", "degC": "°C"}


@dataclass(frozen=True)
class Held:
    """What of a mart an entry is held against."""

    mart: FedMart  # AGREEMENT
    network: str
    quantities: tuple[str, ...]
    shows_it: bool = False  # the value is how far both are apart: it is said of it, and never held back for it

    def verdicts(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """VERDICTS of the mart's rows: of several quantities the worst counts."""
        of_these = rows.filter(
            pl.col("network") == self.network,
            pl.col("quantity").is_in(self.quantities),
            (pl.col("stand") != Stand.UNKNOWN) | self.shows_it,  # it shows its own area, and not what the city is like
        )
        found = of_these.with_columns(_blocks=pl.col("stand") == Stand.BLOCK, _warns=pl.col("stand") == Stand.WARN)
        worst = found.sort("area", "day", "_blocks", "_warns", "quantity", descending=[False, False, True, True, False])
        return (
            worst.unique(["area", "day"], keep="first", maintain_order=True)
            .select(
                "area",
                "day",
                blocks=pl.col("_blocks") & (not self.shows_it),
                said=pl.when(pl.col("_blocks") | pl.col("_warns")).then(_said()),
            )
            .cast(dict(VERDICTS))  # pyright: ignore[reportArgumentType]
            .collect()
        )


def held_against_what(entry: Entry, city: City) -> tuple[Held, ...]:
    """What the values of an entry are held against in this city, one for each table that says it.

    They are where it reads a watched column of feeds of one network that has a witness, unless it says `witness:
    false`, and where it counts no readings in place of taking them; and where it shows what the mart says of one
    network.
    """
    if entry.observes == AGREEMENT and entry.witness:
        return tuple(one for mart in tables_of_mart(AGREEMENT, city) for one in _shown(entry, mart, city))
    watched = watched_columns().get(entry.observes or "", {})
    if not entry.witness or not watched or entry.over_space is None:
        return ()
    read = {name for text in expressions_of(entry) for name in names_in(text)}
    quantities = tuple(name for name in watched if name in read)
    networks = {feed.network for feed in sources_of(entry, city)}
    if not quantities or entry.over_space.as_ == "reporting" or len(networks) != 1:
        return ()
    (network,) = networks
    if network not in WITNESSED:
        return ()
    return tuple(Held(mart, network, own) for mart, own in tables_with(AGREEMENT, quantities, city))


def _shown(entry: Entry, mart: FedMart, city: City) -> Iterator[Held]:
    """What an entry that observes the mart shows of one network; of several at once it is nobody's."""
    asked = rows_asked(entry, mart, city)
    networks = {row["network"] for row in asked}
    if len(networks) == 1:
        quantities = tuple(dict.fromkeys(row["quantity"] or "" for row in asked))
        yield Held(mart, networks.pop() or "", quantities, shows_it=True)


def _said() -> pl.Expr:
    """REASON of a row of the mart."""
    by_slope, shares = pl.col("cause") == "slope", pl.col("quantity").is_in(_by_ratio())
    unit = pl.col("unit").replace(_UNITS)
    amount = (
        pl.when(by_slope)
        .then(pl.col("off").round(2).cast(pl.String))
        .when(shares)
        .then(pl.format("{} %", (pl.col("off") * 100).round(0).cast(pl.Int64)))
        .otherwise(pl.format("{} {}", pl.col("off").round(1), unit))
    )
    gaps = pl.concat_list(amount, pl.col("since").cast(pl.String))
    codes = {code.removeprefix("off_witness_"): code for code in OFF_WITNESS}
    return pl.struct(code=pl.col("cause").replace_strict(codes, return_dtype=pl.String), gaps=gaps).cast(REASON)


def _by_ratio() -> list[str]:
    return [name for columns in watched_columns().values() for name, watch in columns.items() if watch.scale == "ratio"]
