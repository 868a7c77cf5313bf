"""What is wrong in the crosswalks of a city: areas that are not there, shares that do not add up to 1, and days."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from assets.formulas.boundaries import CROSSWALK_COLUMNS, CROSSWALKS
from assets.pack.city import PackFiles
from assets.pack.reference import AREAS
from assets.pack.table_file import columns_missing, line_in
from quality.contract.mistakes import Mistake
from quality.contract.nearest import closest, what_to_write

_DAYS = ("valid_from", "valid_to")
_NEEDED = ("code", "area", "share", "source")
_ROUNDED = 1e-6  # what shares may lack to 1


def crosswalk_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Of crosswalks.csv, where there is one."""
    table = pack.tables.get(CROSSWALKS)
    if table is None or pack.areas is None:
        return
    path = pack.folder / f"{CROSSWALKS}.csv"
    lacking = list(columns_missing(path, table, _NEEDED, CROSSWALK_COLUMNS))
    yield from lacking
    for name in [name for name in table.columns if name not in CROSSWALK_COLUMNS]:
        near = closest(name, {*CROSSWALK_COLUMNS} - {*table.columns})
        hint = f"is it {near}? Give it this name" if near else f"the columns are {', '.join(CROSSWALK_COLUMNS)}"
        yield Mistake("is not read", path, 1, name, hint, warning=True)
    if lacking:
        return
    rows = table.select(
        (pl.col(name) if name in table.columns else pl.lit(None, pl.String).alias(name)).replace("", None)
        for name in CROSSWALK_COLUMNS
    )
    yield from _names(path, rows, pack)
    yield from _days(path, rows)
    yield from _targets(path, rows, pack.areas)
    yield from _shares(path, rows)
    yield from _at_once(path, rows)


def _names(path: Path, rows: pl.DataFrame, pack: PackFiles) -> Iterator[Mistake]:
    areas = dict[str, str]() if pack.areas is None else dict(pack.areas.select("code", "level").iter_rows())
    parts = [code for code, level in areas.items() if level != "city"]  # the city itself would say nothing of any part
    feeds = {contract.name for contract in pack.contracts.values()}
    for row, (feed, code, area, source) in enumerate(rows.select("feed", "code", "area", "source").iter_rows()):
        line = line_in(row)
        if code is None:
            yield Mistake("the row has no code", path, line, "code", "write what the readings say")
        if area not in areas:
            what = "the row has no area" if area is None else f"there is no area {area!r} in {AREAS}"
            yield Mistake(what, path, line, "area", what_to_write(area or "", parts))
        if feed is not None and feed not in feeds:
            yield Mistake(f"there is no feed {feed!r}", path, line, "feed", what_to_write(feed, feeds))
        if source is None:
            yield Mistake("nothing says who has the share", path, line, "source", "name the table or page it is from")


def _days(path: Path, rows: pl.DataFrame) -> Iterator[Mistake]:
    days = {name: rows[name].str.to_date("%Y-%m-%d", strict=False) for name in _DAYS}
    for name in _DAYS:
        for row in (rows[name].is_not_null() & days[name].is_null()).arg_true():
            yield Mistake(f"{rows[name][row]!r} is no day", path, line_in(row), name, "write it as 2014-01-31")
    for row in (days["valid_from"] > days["valid_to"]).fill_null(False).arg_true():
        yield Mistake("it ends before it begins", path, line_in(row), "valid_to", "exchange the two days")


def _targets(path: Path, rows: pl.DataFrame, areas: pl.DataFrame) -> Iterator[Mistake]:
    """An area has to hold on every day on which a crosswalk counts readings there: nothing else asks for it.

    An open beginning is suspicious alone: there may be no readings so old. Behind an open end readings do come.
    """
    days = rows.with_row_index("row").with_columns(pl.col(*_DAYS).str.to_date("%Y-%m-%d", strict=False))
    lasting = areas.select("code", since="valid_from", until="valid_to")
    found = days.join(lasting, left_on="area", right_on="code", maintain_order="left")
    for row, area, begins, ends, since, until in found.select("row", "area", *_DAYS, "since", "until").iter_rows():
        open_begin, open_end = (rows[name][row] is None for name in _DAYS)
        if since is not None and (begins < since if begins is not None else open_begin):
            what = f"area {area!r} is there from {since} on, and the crosswalk begins before"
            hint, may_be = (
                f"write {since} or later, or name the area of before",
                open_begin and not (ends and ends < since),
            )
            yield Mistake(what, path, line_in(row), "valid_from", hint, warning=may_be)
        if until is not None and (ends > until if ends is not None else open_end):
            what = f"area {area!r} is there until {until}, and the crosswalk goes on"
            hint = f"write {until} or earlier, and in another row where readings go after it"
            yield Mistake(what, path, line_in(row), "valid_to", hint)


def _shares(path: Path, rows: pl.DataFrame) -> Iterator[Mistake]:
    """They are numbers up to 1, and those of one code add up to 1, or none of them is known."""
    shares = rows["share"].cast(pl.Float64, strict=False)
    hint = "write a number above 0 up to 1, or leave the cell empty where nobody knows it"
    wrong = rows["share"].is_not_null() & ~((shares > 0) & (shares <= 1)).fill_null(False)
    for row in wrong.arg_true():
        yield Mistake(f"{rows['share'][row]!r} is no share", path, line_in(row), "share", hint)
    groups: dict[tuple[str | None, ...], list[int]] = {}
    for row, key in enumerate(rows.select("feed", "code", *_DAYS).iter_rows()):
        groups.setdefault(key, []).append(row)
    for (_, code, *_), members in groups.items():
        known = [shares[row] for row in members if shares[row] is not None]
        if wrong.gather(members).any():
            continue
        if known and len(known) < len(members):
            what = f"of {code!r} one share is known and another is not"
            yield Mistake(what, path, line_in(members[0]), "share", "write all of them, or none")
        elif known and not math.isclose(sum(known), 1, abs_tol=_ROUNDED):
            what = f"the shares of {code!r} add up to {sum(known):g}"
            yield Mistake(
                what, path, line_in(members[0]), "share", "they have to add up to 1: what is counted goes somewhere"
            )
        elif len({rows["area"][row] for row in members}) < len(members):
            yield Mistake(f"{code!r} goes to one area twice", path, line_in(members[0]), "area", "take one row out")


def _at_once(path: Path, rows: pl.DataFrame) -> Iterator[Mistake]:
    """A reading goes by one crosswalk: those of a feed and code do not hold on the same day."""
    times: dict[tuple[str | None, str], dict[tuple[str, str], int]] = {}
    for row, (feed, code, since, until) in enumerate(rows.select("feed", "code", *_DAYS).iter_rows()):
        times.setdefault((feed, code), {}).setdefault((since or "", until or "9999"), row)
    for (_, code), spans in times.items():
        ordered = sorted(spans)
        for (_, until), later in pairwise(ordered):
            if later[0] <= until:
                what = f"two crosswalks of {code!r} hold on one day"
                yield Mistake(what, path, line_in(spans[later]), "valid_from", "let one end before the other begins")
