"""The graph of derived tables: which a city can have, what each needs, and what it is made from in the end.

Marts, metric subjects and their measures are found by file name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import polars as pl

from assets import marts, metrics
from assets.derive.daily import DailyTable
from assets.derive.periods import PeriodTable
from assets.mart import Frames, Mart
from assets.metrics import measures
from assets.metrics.values import to_values
from assets.pack.city import City
from quality.contract.model import Contract
from quality.load import load

DerivedTable: TypeAlias = DailyTable | PeriodTable

METRIC_CONTRACT = load(Path(metrics.__path__[0]) / "metric_value.odcs.yaml")  # the one contract of all metric tables


@dataclass(frozen=True)
class Subject:
    """How the measures of a metric table are made: from these feeds or marts, with this function.

    compares: those of them of which earlier days say how much there should be (assets/metrics/usual.py).
    """

    needs: tuple[str, ...]
    measure: Callable[[Frames, City], pl.DataFrame]
    compares: tuple[str, ...] = ()

    def compute(self, frames: Frames, city: City) -> pl.DataFrame:
        """The measures as metric values: with completeness, status and reason."""
        return to_values(self.measure(frames, city), city)


@dataclass(frozen=True)
class _Source:
    """A table that others can be made from."""

    contract: Contract
    feeds: frozenset[str]


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def derived_tables(city: City) -> tuple[DerivedTable, ...]:
    """The derived tables this city can have: those whose feeds it declares, each after the tables it needs."""
    sources = {name: _Source(contract, frozenset({name})) for name, contract in city.contracts.items()}
    made = list(_marts_of(city, sources))
    sources |= {table.name: _Source(table.contract, table.feeds) for table in made}
    daily = list(_subjects_of(city, sources))
    return (*made, *daily, *_periods_of(city, daily))


def _marts_of(city: City, feeds: Mapping[str, _Source]) -> Iterator[DailyTable]:
    sources, declared = dict(feeds), declared_marts()
    order = TopologicalSorter({name: mart.needs for name, mart in declared.items()}).static_order()
    for name in (name for name in order if name in declared):
        mart = declared[name]
        if {*mart.needs, *mart.uses} <= sources.keys():
            contract = mart_contract(name)
            table = _daily(contract, contract.title.shown, mart, mart.uses, sources)
            sources[name] = _Source(table.contract, table.feeds)
            yield table


def _subjects_of(city: City, sources: Mapping[str, _Source]) -> Iterator[DailyTable]:
    """The metric tables of which the city has chosen a metric."""
    chosen = {definition.subject for definition in city.definitions.values() if not definition.rollup}
    for name, subject in declared_subjects().items():
        if name in chosen and set(subject.needs) <= sources.keys():
            title = (subject.measure.__doc__ or name).strip()
            table = _daily(metric_contract(name), title, subject, (), sources)
            since = [city.contracts[feed].usual_since for feed in table.feeds]
            yield replace(
                table,
                compares=tuple(sources[compared].contract for compared in subject.compares),
                usual_since=max((day for day in since if day is not None), default=None),
            )


def _daily(
    contract: Contract, title: str, made_by: Mart | Subject, uses: tuple[str, ...], sources: Mapping[str, _Source]
) -> DailyTable:
    made_from = [sources[name].contract for name in (*made_by.needs, *uses)]
    return DailyTable(
        _made_from(contract, *made_from),
        title,
        needs=tuple(sources[name].contract for name in made_by.needs),
        uses=tuple(sources[name].contract for name in uses),
        feeds=frozenset(uses).union(*(sources[name].feeds for name in made_by.needs)),
        compute=made_by.compute,
    )


def _made_from(contract: Contract, *sources: Contract) -> Contract:
    """The contract of a derived table. Made from a private feed, its rows are published once its gate has admitted
    them, and until then they are as private as the feed: a row that is held back may be one that must not be seen."""
    return contract.model_copy(update={"from_private": any(source.private for source in sources)})


def _periods_of(city: City, daily: list[DailyTable]) -> Iterator[PeriodTable]:
    """One table of months and years for each subject that has such metrics in this city."""
    for table in daily:
        rollups = tuple(d for d in city.definitions.values() if d.rollup and d.subject == table.name)
        if rollups:
            contract = _made_from(metric_contract(f"{table.name}_period"), table.contract)
            yield PeriodTable(contract, f"Months and years of {table.name}.", table.contract, table.feeds, rollups)


def mart_contract(name: str) -> Contract:
    """The contract of the mart of this name."""
    return load(Path(marts.__path__[0]) / f"{name}.odcs.yaml")


def metric_contract(name: str) -> Contract:
    """The contract of the metric table of this name."""
    return METRIC_CONTRACT.model_copy(update={"name": name})


@cache
def declared_marts() -> Mapping[str, Mart]:
    """All marts that the platform can make, by name."""
    return {name: module.TABLE for name, module in _modules(marts)}


@cache
def declared_subjects() -> Mapping[str, Subject]:
    """All metric tables that the platform can compute, by name."""
    return {
        name: Subject(module.NEEDS, module.measure, getattr(module, "COMPARES", ()))
        for name, module in _modules(measures)
    }


def _modules(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for found in pkgutil.iter_modules(package.__path__):
        yield found.name, importlib.import_module(f"{package.__name__}.{found.name}")
