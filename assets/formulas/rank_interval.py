"""How sure a rank is: a block bootstrap over the days of a period, drawn for all that are ranked together.

Blocks of days keep what neighbouring days have in common (Künsch 1989, Annals of Statistics 17: 1217-1241), and each
is taken from near its own place in the period, so that a winter's week stands for a winter's week (the local block
bootstrap: Paparoditis and Politis 2002, Annals of the Institute of Statistical Mathematics 54: 167-183). One draw holds
for all cities: a day that is bad in a whole region is bad for each of them. What is uncertain for other reasons, such
as few stations, is not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK_DAYS = 7  # a week, so that a block has each day of it once; weather lasts for some days
NEAR_DAYS = 15  # a block comes from at most so many days before or after its place: of a month, from anywhere in it
DRAWS = 1000
LIKELY = 0.95  # the share of the draws whose ranks lie in the interval
Numbers = NDArray[np.float64]


class RankInterval(NamedTuple):
    """The rank of one (1 is best), and the interval that it lies in."""

    rank: int
    low: int
    high: int


def drawn_means(days: Numbers, seed: str) -> Numbers:
    """The mean over the days, NaN left out, in each of DRAWS draws. Equal seeds draw equal blocks, in every process."""
    length = len(days)
    wrapped = np.concatenate([days, days[np.arange(BLOCK_DAYS) % length]])
    there = ~np.isnan(wrapped)
    sums, counts = _of_blocks(np.where(there, wrapped, 0.0)), _of_blocks(there.astype(np.float64))
    places = np.arange(-(-length // BLOCK_DAYS)) * BLOCK_DAYS
    near = np.floor(_chance(seed, len(places)) * (2 * NEAR_DAYS + 1)).astype(np.int64) - NEAR_DAYS
    begins = (places + near) % length
    with np.errstate(invalid="ignore"):
        means: Numbers = sums[begins].sum(axis=1) / counts[begins].sum(axis=1)
    return means


def rank_intervals(values: Sequence[float], drawn: Sequence[Numbers], *, lower_is_better: bool) -> list[RankInterval]:
    """The rank of each of `values` and its interval in `drawn`, the same figures in every draw; equals share a rank.

    A figure that has nothing in a draw counts there as it is. The interval holds the rank itself, whatever is drawn.
    """
    sign = 1.0 if lower_is_better else -1.0
    points = np.asarray(values, dtype=np.float64) * sign
    draws = np.stack([one * sign for one in drawn])
    draws = np.where(np.isnan(draws), points[:, None], draws)
    ranks, found = _ranks(points[:, None])[:, 0], _ranks(draws)
    outside = (1 - LIKELY) / 2
    low = np.quantile(found, outside, axis=1, method="lower")
    high = np.quantile(found, 1 - outside, axis=1, method="higher")
    return [
        RankInterval(int(rank), int(min(rank, least)), int(max(rank, most)))
        for rank, least, most in zip(ranks, low, high, strict=True)
    ]


def _ranks(figures: Numbers) -> NDArray[np.int64]:
    """One more than how many are less, by column."""
    return 1 + (figures[None, :, :] < figures[:, None, :]).sum(axis=1)


def _of_blocks(days: Numbers) -> Numbers:
    """The sum of the block that begins on each day; the days after the last one are the first ones again."""
    until = np.concatenate([[0.0], np.cumsum(days)])
    blocks: Numbers = until[BLOCK_DAYS:] - until[:-BLOCK_DAYS]
    return blocks[: len(days) - BLOCK_DAYS]


def _chance(seed: str, blocks: int) -> Numbers:
    """DRAWS rows of a number for each block: those of fewer blocks are the first of more."""
    digest = hashlib.sha256(seed.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big")).random((blocks, DRAWS)).T
