"""What is wrong in the registers that feeds name: one that is not there, columns that lack, places of unknown areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from assets.check.where import key_loc, mistake_at
from assets.metrics.feeds import are_days_of
from assets.pack.city import PackFiles
from assets.pack.reference import AREAS
from assets.pack.table_file import line_in
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.nearest import closest, what_to_write

_PLACE, _DAYS = "place", ("valid_from", "valid_to")
_KNOWN = ("urban", "roadside", "background")  # kinds of air stations that metrics of the platform ask for
_MOST = {"lat": 90.0, "lon": 180.0}  # degrees


def register_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Of `register` in the files of feeds, and of the tables that it names."""
    feeds = {contract.name: contract for contract in pack.contracts.values()}
    named = dict[str, Contract]()
    for path, contract in pack.contracts.items():
        if contract.register_ is None:
            continue
        if contract.register_ in pack.tables:
            named.setdefault(contract.register_, contract)
        else:
            yield from _no_table(path, contract.register_, feeds, pack.tables)
        if contract.schema.keys().isdisjoint({_PLACE, "area"}) and not are_days_of(
            contract, feeds.get(contract.register_)
        ):
            hint = "name the column in which they stand `place`, or take `register` out"
            yield mistake_at(path, key_loc(path, "register"), "its rows have no place that stands in a register", hint)
    for name, contract in named.items():
        yield from _table(pack.folder / f"{name}.csv", pack.tables[name], contract, pack.areas)


def _no_table(path: Path, named: str, feeds: dict[str, Contract], tables: Iterable[str]) -> Iterator[Mistake]:
    """A register that is no table: it has to be a feed of places."""
    registers = [name for name, feed in feeds.items() if feed.reference_since is not None and _PLACE in feed.schema]
    if named in registers:
        return
    what = f"there is no table {named}.csv beside {AREAS}, and no feed {named}"
    if named in feeds:
        what = f"the feed {named} is no register of places: it has no `reference_since`, or no column place"
    yield mistake_at(path, key_loc(path, "register"), what, what_to_write(named, {*tables, *registers} - {named}))


def _table(path: Path, table: pl.DataFrame, feed: Contract, areas: pl.DataFrame | None) -> Iterator[Mistake]:
    known = {_PLACE, "kind", "area", "lat", "lon", *_DAYS}
    if _PLACE not in table.columns:
        near = closest(_PLACE, [name for name in table.columns if name not in known])
        hint = f"give {near} this name" if near else "add it: the texts that the feed calls its places by"
        yield Mistake(f"column {_PLACE} is missing, and {feed.name} looks for its places in it", path, 1, hint=hint)
    for name in table.columns:
        near = None if name in known or name.startswith("name") else closest(name, known - set(table.columns))
        if near is not None:
            yield Mistake("is not read", path, 1, name, f"is it {near}? Give it this name", warning=True)
    if "kind" in table.columns:
        yield from _kinds(path, table["kind"], _KNOWN if "air_quality" in feed.models else ())
    if areas is not None and "area" in table.columns:
        codes = set(areas["code"])
        for row, code in enumerate(table["area"]):
            if code and code not in codes:
                what = f"there is no area {code!r} in {AREAS}"
                yield Mistake(what, path, line_in(row), "area", what_to_write(code, codes))
    for name in [name for name in _DAYS if name in table.columns]:
        days = table[name].replace("", None)
        for row in (days.is_not_null() & days.str.to_date("%Y-%m-%d", strict=False).is_null()).arg_true():
            yield Mistake(f"{days[row]!r} is no day", path, line_in(row), name, "write it as 2014-01-31")
    yield from _positions(path, table)


def _kinds(path: Path, kinds: pl.Series, known: Iterable[str]) -> Iterator[Mistake]:
    """A kind that is there once and nearly as another one is called."""
    often = {kind for kind, times in Counter(kinds.drop_nulls()).items() if times > 1}
    for row, kind in enumerate(kinds):
        near = None if not kind or kind in often or kind in known else closest(kind, {*often, *known})
        if near is not None:
            yield Mistake(f"there is no kind {kind!r} of places", path, line_in(row), "kind", f"write {near}")


def _positions(path: Path, table: pl.DataFrame) -> Iterator[Mistake]:
    """Degrees, and both of them."""
    for name, most in _MOST.items():
        if name not in table.columns:
            continue
        texts = table[name].replace("", None)
        numbers = texts.cast(pl.Float64, strict=False)
        for row in (texts.is_not_null() & ~(numbers.abs() <= most).fill_null(False)).arg_true():
            hint = f"write degrees, -{most:g} to {most:g}, with a point before the fraction"
            yield Mistake(f"{texts[row]!r} is no such number", path, line_in(row), name, hint)
    if len(one := [name for name in _MOST if name in table.columns]) == 1:
        (lacking,) = {*_MOST} - {*one}
        yield Mistake(f"column {lacking} is missing, and a position needs both", path, 1, hint="add it")
