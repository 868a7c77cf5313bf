"""Registered residents as portals list them: by year and district."""

from __future__ import annotations

import polars as pl

from simulator.messages import Question


def residents_with_names(question: Question) -> pl.DataFrame:
    """area, year, residents, name: year by year, as far as the pack knows them."""
    city = question.world.city
    english = {area: names.in_(("en", *city.config.languages)) for area, names in city.area_names.items()}
    names = pl.DataFrame({"area": list(english), "name": list(english.values())})
    past = city.population.filter(pl.col("year") < question.now.year)
    return past.join(names, on="area", maintain_order="left").sort("year", "area")
