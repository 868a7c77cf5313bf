"""What the line of a correction is fitted to: each day the median of a network before any of ours, and its witness,
without places that cannot be true."""

from __future__ import annotations

import polars as pl

from assets.mart import TO_CORRECT, WITNESSES, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.pack.corrections import Correction, corrected_from
from assets.watch.flagged_days import without_bad
from assets.watch.to_correct import days_of_places, first_of_each
from assets.watch.witness import of_the_city

HEALTH = "place_health"
_OF = ["day", "network", "quantity"]


def correction_basis(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each linear correction of the pack and day that both networks have."""
    found = [_of_one(read, city, one) for one in city.corrections if one.witness is not None]
    return pl.concat(found) if found else pl.DataFrame(schema=dict.fromkeys(_OF, pl.String))


def _of_one(read: ReadRows, city: City, one: Correction) -> pl.DataFrame:
    own = first_of_each(
        [
            days_of_places(seen, column)
            for seen in read[TO_CORRECT]
            if seen.network == one.network
            and (column := corrected_from(city.contracts[seen.feed], one.quantity)) is not None
        ]
    )
    witness = first_of_each(
        [
            days_of_places(seen, one.quantity)
            for seen in read[WITNESSES]
            if seen.network == one.witness and one.quantity in city.contracts[seen.feed].schema
        ]
    ).filter(of_the_city("day"))
    health = [of.rows for of in read[HEALTH]]
    medians = [
        without_bad(days.with_columns(network=pl.lit(network), quantity=pl.lit(one.quantity)), health)
        .drop_nulls("value")
        .group_by("day")
        .agg(pl.col("value").median().alias(name), pl.len().cast(pl.Int64).alias(places))
        for days, network, name, places in (
            (own, one.network, "own", "places"),
            (witness, one.witness, "witness", "witness_places"),
        )
    ]
    both = medians[0].join(medians[1], on="day")
    return both.select(
        "day",
        pl.lit(one.network).alias("network"),
        pl.lit(one.quantity).alias("quantity"),
        pl.lit(one.witness).alias("witness_network"),
        "own",
        "places",
        "witness",
        "witness_places",
    )


TABLE = Mart(
    reads=(Reads(TO_CORRECT), Reads(WITNESSES), Reads(HEALTH, optional=True)),
    compute=correction_basis,
    by_quantity=True,
)
