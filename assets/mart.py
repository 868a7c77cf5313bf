"""What a mart is: the tables it is made from, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from assets.pack.city import City

Frames = Mapping[str, pl.LazyFrame]  # rows of the tables that something is made from, by table name


@dataclass(frozen=True)
class Mart:
    """A table of facts by area, line or hour, made day by day from feeds. Its module's file name is the table's name.

    needs: feeds or marts that must have the day. uses: reference feeds, taken as far as they are there. compute:
    from their rows to the rows of the mart, in the columns of the contract beside the module.
    """

    needs: tuple[str, ...]
    compute: Callable[[Frames, City], pl.DataFrame]
    uses: tuple[str, ...] = ()
