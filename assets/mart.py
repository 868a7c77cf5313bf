"""What a mart is: the models and marts that it reads, of which periods its rows are, and how they are made."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Literal, TypeAlias

import polars as pl

from assets.metrics.observed import Lacking, Observed
from assets.pack.city import MARTS, City
from quality.contract.generated_rules import HAS_ROWS
from quality.contract.interval import Every
from quality.contract.model import Contract
from quality.load import load

START = "start"  # a column of what a mart reads: the first day of the period of the mart that a row is read for
# In place of a model, feeds that have something in common:
QUANTITY = "quantity"  # a column of marts of several watched columns: the name of that of the model
OUTLINES = "outlines"  # registers with `boundary_code` and `geometry`
CORRECTED = "corrected"  # a column says which other one the provider corrected
TO_CORRECT, WITNESSES = "to_correct", "witnesses"  # of a network that the pack corrects, and of one that it is held by
ITSELF = "itself"  # in place of a level of parts: the area's own days and hours
Counted = Literal["days", "hours", "readings"]
ReadRows: TypeAlias = Mapping[str, tuple[Observed, ...]]  # by model, what each feed of it has


@dataclass(frozen=True)
class Reads:
    """What a mart reads of one model, of another mart (`model` is its name, no model has one), or of feeds of any model
    that have something in common (OUTLINES and the like).

    columns: those that a feed has to have; others of the model are null where it lacks them. one_of: and one of these.
    longest: of what its rows may be at the most. shortest: of what they are at the least, where those of a quarter are
    not the end of a year. back: which periods of the mart go into each of its own: 0 is itself, 1 the one before, and
    of months 12 the same month of the year before; a register is taken whole, as it holds. Of a mart this is its
    memory: 30 days of another table, and no file beside the lake. whole: a period is made where one feed has something
    of each period of `back`: nothing can be said of a change from what is not there.

    optional: the mart is made where nothing of this model is there. either: of what says so, one is enough. registers:
    a register of the model is read, too: the history of many years in one table, taken whole. named: of registers
    those alone that another feed of the mart names as that of its places.
    """

    model: str
    columns: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    longest: timedelta | Every = timedelta(days=1)
    back: Sequence[int] = (0,)
    optional: bool = False
    either: bool = False
    registers: bool = False
    named: bool = False
    shortest: Every | None = None
    whole: bool = False


@dataclass(frozen=True)
class PossibleRows:
    """Which rows a mart can have in a city: what there is one of each of, in words, and their values of some columns.
    None: the value of a row that has none."""

    each: str
    rows: Sequence[Mapping[str, str | None]]


@dataclass(frozen=True)
class Mart:
    """A table of facts by area, place or time, made of one or several models. Its module's file name is its name.

    compute: from the rows of each feed by model, each at its place and with the period START that it is read for, to
    the rows of the mart in the columns of the contract beside the module; a pure function. A row that several periods
    look back on is there once for each. every: of which periods the rows are; `day` is the first of the period.

    counted: rows say of how many days, hours or readings they are made, in a column of this name, and in
    `<counted>_expected` how many there should be; a metric does without rows that have less than the share `needs`.
    lacking: what is said where none of these is there, or where there is no value in spite of them.
    of_private: codes of rules that hold only where a feed is private. parameters: of the pack, those that it reads.

    contributors: columns that count who stands behind a row, such as shops; where a feed is private, an area and period
    of which there are too few is hidden, and one without any such column goes nowhere. adds_up: the column of which the
    areas of a level add up to the area that they lie in. add_up_too: others of which they do, and of which metrics say
    something, as sales at night: what is hidden has to be enough for each. of_one: columns that have the figure of one
    of the contributors, as a median of prices, however many there are; where a feed is private, a metric that says one
    goes nowhere. Ages in whole years, which many share, are none. largest, second: columns that say what the two
    largest of the contributors have of it; null where nobody says it. of_each: the level of parts that the rows of the
    area around are made of, where these are not what its own sums would give, as people beyond the residents of each
    district; or ITSELF, where rows are of some days or hours of their area alone, as its weekends. Where a feed is
    private, such a row is hidden with any of these parts. by_quantity: rows have a column QUANTITY, and those of one
    are made of feeds that have the column of its name alone, those of a network of feeds that are of networks: the
    licence of a feed that measures sound binds no dust. Where some quantities rest on a private feed, their rows stand
    in a table of their own (`private_table`), as private as the feed; the others stand in that of the mart, and are
    made without it. possible: of the feeds that it reads, and the city, which rows it can have there; a metric of
    others cannot be had. None: whatever is asked for.
    """

    reads: tuple[Reads, ...]
    compute: Callable[[ReadRows, City], pl.DataFrame]
    every: Every = "day"
    counted: Counted | None = None
    needs: float = 0.75
    lacking: Lacking | None = None
    of_private: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    adds_up: str | None = None
    add_up_too: tuple[str, ...] = ()
    of_one: tuple[str, ...] = ()
    largest: str | None = None
    second: str | None = None
    of_each: str | None = None
    by_quantity: bool = False
    possible: Callable[[Sequence[Contract], City], PossibleRows] | None = None

    @property
    def needed(self) -> tuple[tuple[Reads, ...], ...]:
        """Groups of what it reads: of each it needs one."""
        alone = tuple((read,) for read in self.reads if not (read.optional or read.either))
        either = tuple(read for read in self.reads if read.either)
        return (*alone, either) if either else alone


def expected_column(counted: Counted) -> str:
    """The column that says how many of what is counted there should be."""
    return f"{counted}_expected"


def private_table(name: str) -> str:
    """The table of a mart by quantity that has the rows of its private quantities, where it has public ones, too."""
    return f"{name}_of_private"


@cache
def marts_of_tables() -> Mapping[str, str]:
    """By each name that a table of a mart may have, the name of the mart."""
    apart = {private_table(name): name for name, mart in declared_marts().items() if mart.by_quantity}
    return {name: name for name in declared_marts()} | apart


@cache
def declared_marts() -> Mapping[str, Mart]:
    """All marts that the platform can make, by name, each after those that it reads."""
    names = [found.name for found in pkgutil.iter_modules([str(MARTS)])]
    return marts_in_order({name: importlib.import_module(f"assets.marts.{name}").TABLE for name in names})


def marts_in_order(marts: Mapping[str, Mart]) -> Mapping[str, Mart]:
    """These marts, each after those that it reads. Raises ValueError where one reads itself, also by others."""
    read = {name: [one.model for one in mart.reads if one.model in marts] for name, mart in marts.items()}
    try:
        return {name: marts[name] for name in TopologicalSorter(read).static_order()}
    except CycleError as error:
        circle = " < ".join(error.args[1])
        raise ValueError(f"a mart reads itself: {circle}; take one of these out of `reads`") from None


@cache
def mart_contract(name: str) -> Contract:
    """The contract of the mart of this name: its document, and the periods that the mart says. A mart may have nothing
    to say of a period, as of a change in the first year: that closes no gate, and there is no value."""
    said, every = load(MARTS / f"{name}.odcs.yaml"), declared_marts()[name].every
    rules = tuple(rule for rule in said.rules if rule.code != f"{said.prefix}-{HAS_ROWS}")
    return said.model_copy(update={"every": every, "interval": said.interval or every, "rules": rules})
