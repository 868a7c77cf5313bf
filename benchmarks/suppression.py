"""What disclosure control costs: cells and value lost, beside the least possible, and CPU seconds of three years.

    python -m benchmarks.suppression made
    python -m benchmarks.suppression home HOME CITY

`made` takes tables made from a seed: greedy against exact up to 25 x 15, and three years of 450 areas by day. `home`
takes the private cells of a city in a home, and prints of each table how much is hidden, under the common rules.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assets.disclosure.attack import exposed
from assets.disclosure.cells import CELLS, HIDDEN, SUMS
from assets.disclosure.exact import cheapest
from assets.disclosure.pattern import leaks, pattern
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import DisclosureRules
from assets.disclosure.secondary import protect

RULES = DisclosureRules()
_HIDES = pl.col("conf_status").is_in(HIDDEN)
_AREAS, _DISTRICTS = 424, 25


def grid_of(rows: int, columns: int, seed: int, *, people: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table of rows and columns with margins: people, of whom some cells have few, or sales of 1 to 29 shops."""
    chance = np.random.default_rng(seed)
    if people:
        inner = chance.geometric(0.02, (rows, columns)) - 1.0
        few = chance.random((rows, columns)) < 0.15
        inner[few] = chance.integers(0, 3, few.sum())
        shops = inner
    else:
        inner = np.round(chance.lognormal(6, 1.5, (rows, columns)))
        shops = chance.integers(1, 30, (rows, columns)).astype(float)
    return _with_margins(inner, shops)


def _with_margins(inner: np.ndarray, shops: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells and sums of a table of rows and columns, with its margins."""
    value, number = (np.block([[one, one.sum(1, keepdims=True)], [one.sum(0), one.sum()]]) for one in (inner, shops))
    ids = np.arange(value.size).reshape(value.shape)
    lines = [*ids, *ids.T]
    terms = [(n, int(cell), -1.0 if cell == line[-1] else 1.0) for n, line in enumerate(lines) for cell in line]
    cells = _cells(ids.ravel(), value.ravel(), number.ravel(), area=[f"a{n}" for n in range(value.size)])
    return cells, pl.DataFrame(terms, schema=SUMS, orient="row")


def years_of(days: int, seed: int = 0, share_of_few: float = 0.002) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales by neighbourhood, district and city, by day and month; a few cells of a thousand have one or two shops."""
    chance = np.random.default_rng(seed)
    of = np.sort(chance.integers(0, _DISTRICTS, _AREAS))
    sales = np.round(chance.lognormal(8, 1, _AREAS) * chance.lognormal(0, 0.3, (days, _AREAS))) + 5
    shops = chance.integers(5, 60, (days, _AREAS)).astype(float)
    few = chance.random((days, _AREAS)) < share_of_few
    shops[few] = chance.integers(1, 3, few.sum())
    within = np.zeros((_AREAS, _DISTRICTS + 1))
    within[np.arange(_AREAS), of] = within[:, -1] = 1.0
    value, number = (np.hstack([one, one @ within]) for one in (sales, shops))
    dates = [date(2023, 1, 1) + timedelta(day) for day in range(days)]
    months = sorted({one.replace(day=1) for one in dates})
    of_month = np.array([months.index(one.replace(day=1)) for one in dates])
    longer, most = np.zeros((len(months), value.shape[1])), np.zeros((len(months), value.shape[1]))
    np.add.at(longer, of_month, value)
    np.maximum.at(most, of_month, number)
    ids = np.arange((days + len(months)) * value.shape[1]).reshape(-1, value.shape[1])
    named = [f"a{n}" for n in range(value.shape[1])]
    starts = [one for one in (*dates, *months) for _ in named]
    cells = _cells(
        ids.ravel(),
        np.vstack([value, longer]).ravel(),
        np.vstack([number, most]).ravel(),
        area=named * len(ids),
        period=["day"] * value.size + ["month"] * longer.size,
        period_start=starts,
    )
    wholes = [(ids[:, _AREAS + k], ids[:, np.flatnonzero(of == k)]) for k in range(_DISTRICTS)]
    wholes.append((ids[:, -1], ids[:, _AREAS:-1]))
    wholes += [(ids[days + m], ids[np.flatnonzero(of_month == m)].T) for m in range(len(months))]
    parts, first = [], 0
    for whole, inside in wholes:
        number_of = first + np.arange(len(whole))
        first += len(whole)
        parts.append((number_of, whole, np.full(len(whole), -1.0)))
        parts.append((np.repeat(number_of, inside.shape[1]), inside.ravel(), np.ones(inside.size)))
    sums, members, factors = (np.concatenate(one) for one in zip(*parts, strict=True))
    typed = {"sum": sums.astype(np.uint32), "cell": members.astype(np.uint32), "coefficient": factors}
    return cells, pl.DataFrame(typed, schema=SUMS)


def _cells(cell: np.ndarray, value: np.ndarray, contributors: np.ndarray, **columns: Any) -> pl.DataFrame:
    common = {"table": "made", "slice": "", "area_level": "", "period": "day", "period_start": date(2023, 1, 1)}
    unknown = {name: pl.lit(None, pl.Float64) for name in ("largest", "second")}
    frame = pl.DataFrame({"cell": cell, "value": value, "contributors": contributors, **columns})
    frame = frame.with_columns(**{n: pl.lit(v) for n, v in common.items() if n not in columns}, **unknown)
    return frame.select(pl.col(name).cast(kind) for name, kind in CELLS.items())


def _timed(work: Any) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def against_exact() -> None:
    """Greedy beside exact, of the outsider: value of D cells, and CPU seconds."""
    print("| table | of | sensitive | D, greedy | D, exact | value, greedy / exact | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for rows, columns in ((5, 4), (10, 8), (25, 15)):
        for people in (False, True):
            for seed in range(3):
                cells, sums = grid_of(rows, columns, seed, people=people)
                judged = sensitive(cells, RULES)
                greedy, quick = _timed(lambda j=judged, s=sums: protect(j, s, insiders=False))
                best, slow = _timed(lambda j=judged, s=sums: cheapest(j, s))
                hidden = best.judged.filter(_HIDES).select("cell")
                assert exposed(best.judged, sums, hidden, insiders=False).is_empty()
                second = [one.filter(pl.col("conf_status") == "D")["value"] for one in (greedy, best.judged)]
                ratio = f"{second[0].sum() / best.cost:.2f}" if best.cost else "1.00"
                print(
                    f"| {rows} x {columns} | {'people' if people else 'sales'} | {judged.filter(_HIDES).height} | "
                    f"{len(second[0])} | {len(second[1])} | {ratio} | {quick:.1f} / {slow:.1f} |",
                    flush=True,
                )


def three_years(days: int = 1095) -> None:
    """CPU seconds: the first publication of three years, one after one further day, and the check alone."""
    cells, sums = years_of(days)
    first, cold = _timed(lambda: pattern(cells, sums, RULES))
    today = cells["period_start"].filter(cells["period"] == "day").max()
    known = first.filter(pl.col("period_start") < today)
    shown, hidden = known.filter(~_HIDES).select("cell"), known.filter(_HIDES).select("cell")
    second, warm = _timed(lambda: pattern(cells, sums, RULES, seen=shown, before=hidden))
    visible = second.filter(~_HIDES).select("cell")
    found, check = _timed(lambda: leaks(cells, sums, RULES, visible, marks=second))
    print(
        f"{days} days, {cells.height:,} cells, {sums.height:,} terms of sums; hidden {first.filter(_HIDES).height:,}; "
        f"CPU s: first {cold:.1f}, after one day {warm:.1f}, the check alone {check:.1f}; found {found.height}"
    )


def of_home(home: Path, city_folder: Path) -> None:
    """Of each table of private cells of a city: how many are hidden, of which kind, and the value that is lost."""
    from assets.derive.private_cells import private_cells, sums_of_cells
    from assets.pack.city import load_city
    from assets.publication.snapshot import load_snapshot
    from assets.tiers.kept_rows import live_rows
    from warehouse.home import Home

    city = load_city(city_folder)
    snapshot = load_snapshot(Home(home), city)
    print("| table | rules | cells | A | C | N | D | cells hidden | value hidden |")
    print("|---|---|---|---|---|---|---|---|---|")
    cells, sums = sums_of_cells(private_cells(city, partial(live_rows, snapshot)), city)
    decided = pattern(cells, sums, RULES).filter(pl.col("area_level") != "rest")
    for (table,), mine in decided.group_by("table", maintain_order=True):
        print(f"| {table}, as published | common | {mine.height:,} | {_line(mine)} |")
    for name, (inner, contributors) in _fine_tables(home / "lake" / city.name / "core").items():
        for said, rules in (("common", RULES), ("10, p 20", DisclosureRules(threshold=10, p_percent=20))):
            mine = pattern(*_with_margins(inner, contributors), rules)
            print(f"| {name} | {said} | {mine.height:,} | {_line(mine)} |")


def _fine_tables(core: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Tables as fine as feeds have them, by area and column, with their contributors; those that the home has."""
    found = {}
    if (core / "trade_sales").is_dir() and (core / "trade_stores").is_dir():
        key = ["area", "industry", "time"]
        sales = pl.read_delta(str(core / "trade_sales")).join(pl.read_delta(str(core / "trade_stores")), on=key)
        found["card sales by trade area and industry"] = _grids(sales, "industry", "amount", "stores")
    if (core / "energy_meters").is_dir():
        meters = pl.read_delta(str(core / "energy_meters"))
        meters = meters.with_columns(group=pl.concat_str("kind", pl.lit(" "), "customer_group"))
        found["energy by district and kind of customer"] = _grids(meters, "group", "energy", "customers")
    if (core / "living_population").is_dir():
        people = pl.read_delta(str(core / "living_population"))
        people = people.filter((pl.col("day") == pl.col("day").max()) & ~pl.col("people_group").is_in(["total"]))
        people = people.filter(pl.col("time") == pl.col("time").min())
        found["people by neighbourhood and group, an hour"] = _grids(people, "people_group", "people", "people")
    return found


def _grids(rows: pl.DataFrame, across: str, value: str, contributors: str) -> tuple[np.ndarray, np.ndarray]:
    first = rows.filter(pl.col("time") == pl.col("time").min()).with_columns(pl.col(contributors).cast(pl.Float64))

    def grid(name: str) -> np.ndarray:
        wide = first.pivot(across, index="area", values=name, aggregate_function="sum", sort_columns=True)
        return wide.drop("area").fill_null(0.0).to_numpy().astype(np.float64)

    return grid(value), grid(contributors)


def _line(mine: pl.DataFrame) -> str:
    counts: Mapping[str, int] = dict(mine.group_by("conf_status").len().iter_rows())
    hidden = mine.filter(_HIDES)
    value = float(mine["value"].sum())
    share = f"{float(hidden['value'].sum()) / value:.2%}" if value else "-"
    kinds = " | ".join(f"{counts.get(kind, 0):,}" for kind in "ACND")
    return f"{kinds} | {hidden.height / mine.height:.2%} | {share}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["made", "home"])
    parser.add_argument("home", nargs="?", type=Path)
    parser.add_argument("city", nargs="?", type=Path, help="the folder of the city's pack")
    asked = parser.parse_args()
    if asked.what == "made":
        against_exact()
        three_years()
    elif asked.home is None or asked.city is None:
        parser.error("name a home and the folder of a city's pack")
    else:
        of_home(asked.home, asked.city)


if __name__ == "__main__":
    main()
