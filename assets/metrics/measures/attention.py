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
    index = {topic: pl.col(f"{topic}_index") for topic in TOPICS}
    return pl.concat(
        [
            as_measures(days, f"search_interest_{topic}", value, n=value.is_not_null(), expected=pl.lit(1))
            for topic, value in index.items()
        ]
    )
