"""What people search for."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames
from assets.metrics.measuring import as_measures, of_the_city
from assets.pack.city import City

NEEDS = ("search_trend",)
TOPICS = ("cold", "flu", "pneumonia", "coronavirus")


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Search interest by topic, index 0..100."""
    days = of_the_city(frames["search_trend"].collect(), city)
    interest = pl.col("interest")
    return pl.concat(
        [
            as_measures(
                days.filter(pl.col("topic") == topic),
                f"search_interest_{topic}",
                interest,
                n=interest.is_not_null(),
                expected=pl.lit(1),
            )
            for topic in TOPICS
        ]
    )
