"""What the line of a correction is fitted to: each day the median of a network before any of ours, and its witness."""

from __future__ import annotations

import polars as pl

from assets.mart import TO_CORRECT, WITNESSES, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.pack.corrections import Correction, corrected_from
from assets.watch.to_correct import days_of_places, first_of_each

_OF = ["day", "network", "quantity"]


def correction_basis(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each linear correction of the pack and day that both networks have."""
    found = [_of_one(read, city, one) for one in city.corrections if one.witness is not None]
    return pl.concat(found) if found else pl.DataFrame(schema=dict.fromkeys(_OF, pl.String))


def _of_one(read: ReadRows, city: City, one: Correction) -> pl.DataFrame:
    own = first_of_each(
        [
            days_of_places(seen, column).rename({"value": "own"})
            for seen in read[TO_CORRECT]
            if seen.network == one.network
            and (column := corrected_from(city.contracts[seen.feed], one.quantity)) is not None
        ]
    )
    witness = first_of_each(
        [
            days_of_places(seen, one.quantity, pl.col("kind").fill_null("urban") == "urban").rename(
                {"value": "witness"}
            )
            for seen in read[WITNESSES]
            if seen.network == one.witness and one.quantity in city.contracts[seen.feed].schema
        ]
    )
    medians = [
        days.drop_nulls(name).group_by("day").agg(pl.col(name).median(), pl.len().cast(pl.Int64).alias(places))
        for days, name, places in ((own, "own", "places"), (witness, "witness", "witness_places"))
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


TABLE = Mart(reads=(Reads(TO_CORRECT), Reads(WITNESSES)), compute=correction_basis, by_quantity=True)
