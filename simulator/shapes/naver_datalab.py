"""What NAVER's users search."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.published import LONGEST_DAYS, is_published
from simulator.rendering.text import NOTHING, day_of
from simulator.world.people import search
from simulator.world.world import World

TOPICS = {
    "cold": ("cold", "감기"),
    "flu": ("flu", "독감", "인플루엔자"),
    "pneumonia": ("pneumonia", "폐렴"),
    "coronavirus": ("coronavirus", "코로나", "코로나바이러스", "코로나19"),
}


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """What NAVER's users searched: (search, startDate, endDate, *topics), topics as in TOPICS, others have no rows.

    group (number of the topic), period, ratio: 100 is the greatest value of the whole window.
    """
    _, first_text, last_text, *topics = selection
    first, last = day_of(first_text, "%Y-%m-%d"), day_of(last_text, "%Y-%m-%d")
    if first is None or last is None:
        return None
    days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, LONGEST_DAYS))]
    days = [day for day in days if is_published(question, day)]
    groups = [(number, topic) for number, topic in enumerate(topics) if topic in TOPICS]
    if not days or not groups:
        return NOTHING
    levels = np.array([[_index(question.world, day)[topic] for day in days] for _, topic in groups])
    return pl.DataFrame(
        {
            "group": np.repeat([number for number, _ in groups], len(days)),
            "period": [f"{day:%Y-%m-%d}" for day in days] * len(groups),
            "ratio": np.round(100 * levels / levels.max(), 5).ravel(),
        }
    )


@lru_cache(maxsize=LONGEST_DAYS)
def _index(world: World, day: date) -> dict[str, float]:
    row = search(world, day).row(0, named=True)
    return {topic: row[f"{topic}_index"] for topic in TOPICS}
