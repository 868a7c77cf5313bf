"""What a mart is: the model that feeds have to have, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from assets.metrics.observed import Observed
from assets.pack.city import City


@dataclass(frozen=True)
class Mart:
    """A table of facts by area, line or hour, made day by day from feeds. Its module's file name is the table's name.

    A city has it of each of its feeds that implements the model `observes`, has the `columns` and has rows of at most
    `longest`. compute: from the rows of one feed at their places to the rows of the mart, in the columns of the
    contract beside the module but `feed`. of_private: codes of rules that hold only where a feed is private.
    """

    observes: str
    columns: tuple[str, ...]
    compute: Callable[[Observed, City], pl.DataFrame]
    longest: timedelta = timedelta(days=1)
    of_private: tuple[str, ...] = ()
