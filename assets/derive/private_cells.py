"""The cells of a city: what its private feeds say of an area in a period, how many stand behind it, and what adds up.

A table of cells is named by the private feeds behind it. Whoever sees a metric of a cell is taken to know every sum of
the cell, so all metrics that rest on the same private feeds share its cells, and are hidden together: shops may be
public, and sales per shop then tell the sales.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import polars as pl

from assets.derive.adding_cells import (
    Within,
    lie_within,
    rests_over_areas,
    sums_over_areas,
    terms_of_sums,
    with_rest,
    without_parts,
)
from assets.derive.cells_of_parts import level_of_mean, made_of_each, slice_of_parts
from assets.derive.parts import with_parts
from assets.derive.rows_for_cells import (
    LARGEST,
    PEOPLE,
    ROW_NAMES,
    ROWS,
    PrivateRows,
    largest_added_up,
    observes_a_mart,
    private_rows,
    private_subjects,
    table_of_cells,
)
from assets.derive.said_of_cells import AS_ONE_CELL, KEY_OF_ROWS, SAID, SaidOfCells, rows_beside, said_of_cells
from assets.derive.subjects import FeedUse
from assets.disclosure.cells import CELLS, SUMS
from assets.metrics.entry import Entry, PeriodRule
from assets.metrics.sources import expressions_of
from assets.metrics.sql import names_in
from assets.pack.city import City

# What longer periods are made of: the first one that there is.
_WITHIN: Mapping[str, tuple[str, ...]] = {
    "day": ("hour",),
    "week": ("day",),
    "month": ("day",),
    "quarter": ("month", "day"),
    "year": ("quarter", "month", "day"),
    "trailing_year": ("month", "day"),
}
_STARTS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_MONTHS = 12  # of a trailing year
_ONE_OF_MANY = ("max", "min", "median", "quantile", "last")  # the figure of one day, hour or place among several
_NOT_JUDGED = "one of many"  # in the place of a slice: such a figure is of a cell that a sum does not show
# What is published of a cell besides its value: how many of its people are women, what it sold at night. contributors:
# null where it is not said how many stand behind this figure, so that it may be all that stand behind the cell.
FIGURES = pl.Schema({"cell": pl.UInt32, "figure": pl.String, "value": pl.Float64, "contributors": pl.Float64})
_PERIODS = pl.Schema({"table": pl.String, "period": pl.String})
_HOUR = "hour"  # a period that no longer one is made of: what has hours has days of its own


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def cells_of_metrics(city: City) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """By metric, the table and slice of the cells that it rests on; none: it rests on public feeds alone.

    What is made of the figures of an area's parts, and is no sum of them, rests on the cells of these, too
    (`cells_of_parts`). A metric that picks one figure of several (the lowest day of a month, the highest hour, a window
    that reaches into the day before) says what no sum says, and may be the figure of a hidden cell: it rests on a cell
    that nobody knows. So does one that picks the figure of one contributor, as a median of prices: of 5 or of 99 sales
    it is what one of them was sold for.
    """
    entries = {name: named.entry for name, named in city.entries.items()}
    of_entry, of_each = dict[str, tuple[str, str]](), dict[str, str]()  # by entry; of_each: of parts of which level
    for table in private_subjects(city):
        for name, uses in table.readings.items():
            entry = table.entries[name]
            one = _is_of_one(entry, uses) if observes_a_mart(uses) else _is_one_of_many(entry)
            of_entry[name] = (table_of_cells(uses), _NOT_JUDGED if one else "")
            if level := made_of_each(entry, uses):
                of_each[name] = level
    found = dict[str, tuple[tuple[str, str], ...]]()
    for name, metric in city.metrics.items():
        parts = with_parts([metric.entry], entries)
        rests = [of_entry[part] for part in parts if of_entry.get(part, ("", ""))[0]]
        levels = {level for part in parts if (level := of_each.get(part) or level_of_mean(entries[part]))}
        rests += [(table, slice_of_parts(level)) for table, slice_ in rests if not slice_ for level in sorted(levels)]
        if isinstance(metric.rule, PeriodRule) and metric.rule.as_ in _ONE_OF_MANY:
            rests = [(table, _NOT_JUDGED) for table, _ in rests]
        found[name] = tuple(dict.fromkeys(rests))
    return found


def private_cells(city: City, find: Callable[[PrivateRows], pl.LazyFrame]) -> pl.DataFrame:
    """CELLS: all that the private feeds of a city say by area and period.

    A cell of a longer period has the sum of its days and, as the same people or shops may be there each day, the
    contributors of the day that had most. Where several tables say how many stand behind a cell, the fewest count.
    The slice of a cell of an hour is the hour.

    find: what is made of the live rows of a table.
    """
    rows = pl.concat([pl.LazyFrame(schema=ROWS), *map(find, private_rows(city))])
    return cells_with_figures(city, [said_of_cells(rows)])[0]


def cells_with_figures(city: City, said: Sequence[SaidOfCells]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells (`private_cells`), and FIGURES: what is published of them besides the value that they are judged by."""
    every, of_hours = pl.concat([pl.LazyFrame(schema=SAID), *(one.cells for one in said)]), pl.col("period") == _HOUR
    hours, others = pl.collect_all([every.filter(of_hours), every.filter(~of_hours)])
    longer = _with_longer(_named(others, pl.Categorical()), city)
    # in one piece: of the pieces of months a join took twice as long
    numbered = pl.concat([_named(longer, pl.String()), hours], rechunk=True).with_row_index("cell")
    cells = without_parts(numbered, city.areas)
    beside = rows_beside(said)
    # few figures are of hours
    alike = cells if (beside["period"] == _HOUR).any() else cells.head(longer.height)
    keyed = _named(alike.select(*KEY_OF_ROWS, "cell"), pl.Categorical())
    names = beside["figure"].cast(pl.String).unique().sort()
    figures = (_figure(beside.filter(figure=name).sort("rank"), name, keyed, city) for name in names)
    return _as_cells(cells), pl.concat([pl.DataFrame(schema=FIGURES), *figures])


def _named(frame: pl.DataFrame, dtype: pl.DataType) -> pl.DataFrame:
    return frame.with_columns(pl.col(ROW_NAMES).cast(dtype))


def _figure(rows: pl.DataFrame, name: str, cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """FIGURES of one name, of the cells (KEY_OF_ROWS and `cell`) that have one."""
    own = _with_longer(rows.group_by(KEY_OF_ROWS).agg(AS_ONE_CELL), city)
    told = _as_cells(own.join(cells, on=KEY_OF_ROWS, nulls_equal=True))
    return _typed(told.drop_nulls("value").with_columns(figure=pl.lit(name)), FIGURES)


def _with_longer(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """These and those of longer periods. cells: one of each KEY_OF_ROWS.

    What has no longer period is left as it is: all hours of three years were grouped again for each of five periods.
    """
    had = _periods(cells, city)
    for period in _WITHIN:
        if period == "day" or not _bases(had, period):  # `_HOUR`
            continue
        made = (
            _parts_of_longer(cells, had, period)
            .group_by(
                "table", "area", "area_level", period="whole_period", period_start="whole_start", maintain_order=True
            )
            .agg(
                (pl.col("value") * pl.col("coefficient")).sum(),
                pl.col("contributors").max(),
                *map(largest_added_up, LARGEST),
            )
            .with_columns(hour=pl.lit(None, pl.Int8))
        )
        if made.is_empty():
            continue
        there = pl.col("period") == period
        both = pl.concat([cells.filter(there), made.select(cells.columns)])
        cells = pl.concat([cells.filter(~there), both.group_by(KEY_OF_ROWS).agg(AS_ONE_CELL).select(cells.columns)])
        had |= set(made.select("table", "period").unique().iter_rows())
    return cells


def periods_had(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """table, period: the periods of which a table has cells, and those that its metrics have."""
    return pl.DataFrame(sorted(_periods(cells, city)), schema=_PERIODS, orient="row")


def sums_of_cells(
    cells: pl.DataFrame, city: City, had: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells with what is left of each sum beyond its parts, as a cell that nobody publishes, and the SUMS.

    An area is the sum of the areas of each level in it, and a longer period that of shorter ones. Ask for the tables in
    which something is to be hidden alone: of all of three years of Seoul there are 2.5 million terms. had: the periods
    of all cells (`periods_had`), where these are some blocks of them.
    """
    keyed = _keyed(cells)
    own = _periods(keyed, city) if had is None else set(had.iter_rows())
    longer = [period for period in _WITHIN if _bases(own, period)] or ["day"]  # a table has one or two of six
    parts = pl.concat(_parts_of_longer(keyed, own, period) for period in longer)
    sums = pl.concat([_over_time(keyed, parts), sums_over_areas(keyed, _within(city))])
    sums = sums.with_columns(sum=pl.col("whole").rank("dense").cast(pl.UInt32) - 1)
    keyed, sums = with_rest(keyed, sums, _of_people(city))
    return _as_cells(keyed), _typed(sums, SUMS)


def how_cells_add_up(city: City) -> str:
    """What decides it beside the cells and their periods, as text: areas in areas, and which values are people."""
    above, across = _within(city)
    return repr((above.cast(pl.String).sort(pl.all()).rows(), across, sorted(_of_people(city))))


def rests_of_cells(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """CELLS: what areas have beyond their parts, under the number of the cell of the area: nobody publishes it, and it
    can be of few where no cell is."""
    rests = rests_over_areas(_keyed(cells), _within(city), _of_people(city))
    return _as_cells(rests)


def _keyed(cells: pl.DataFrame) -> pl.DataFrame:
    hour = pl.col("slice").replace("", None).cast(pl.Int8)
    return cells.with_columns(pl.col(ROW_NAMES).cast(pl.Categorical), hour=hour)


def _as_cells(keyed: pl.DataFrame) -> pl.DataFrame:
    """A figure below 0, as of sales that were given back, is as large as one above it. What is no number, or a number
    below 0 of who stands behind it, is not known."""
    value = pl.col("value")
    keyed = keyed.with_columns(
        pl.when(value.is_finite()).then(value.abs()),
        *(pl.when(pl.col(name).is_finite(), pl.col(name) >= 0).then(name) for name in ("contributors", *LARGEST)),
    )
    return _typed(keyed.with_columns(slice=pl.col("hour").cast(pl.String).fill_null("")), CELLS)


def _periods(cells: pl.DataFrame, city: City) -> set[tuple[str, str]]:
    """table, period. A table has the periods that its metrics have, and those of which it has rows."""
    named = cells.select("table", "period")
    # cells lie in long runs of the same: of 700,000 texts few are looked at
    begins = pl.any_horizontal(pl.all().ne_missing(pl.all().shift()))
    own = set(named.filter(begins).unique().iter_rows())
    tables = {table for table, _ in own}
    rests = cells_of_metrics(city)
    chosen = {(table, one.period) for one in city.metrics.values() for table, _ in rests[one.metric] if table in tables}
    return own | chosen


def _parts_of_longer(cells: pl.DataFrame, had: Collection[tuple[str, str]], period: str) -> pl.DataFrame:
    """The cells that go into longer ones of this period: `whole_period`, `whole_start`, and with which coefficient.

    had: `_periods` of all cells. They are looked for by what they are called: joins took longer, of a day as of years.
    """
    wanted = [(pl.col("table") == table) & (pl.col("period") == base) for table, base in _bases(had, period)]
    return _in_longer(cells.filter(pl.any_horizontal(wanted)) if wanted else cells.clear(), period)


def _bases(had: Collection[tuple[str, str]], period: str) -> list[tuple[str, str]]:
    """table, period: of which shorter ones this period is made."""
    tables = sorted({table for table, one in had if one == period})
    bases = ((table, next((one for one in _WITHIN[period] if (table, one) in had), None)) for table in tables)
    return [(table, base) for table, base in bases if base is not None]


def _in_longer(parts: pl.DataFrame, period: str) -> pl.DataFrame:
    start, table = pl.col("period_start"), "table"
    named = parts.with_columns(whole_period=pl.lit(period, pl.Categorical), coefficient=pl.lit(1.0))
    if period == "day":  # people of a day are the mean of its hours
        return named.with_columns(whole_start=start, coefficient=1 / pl.len().over(table, "area", "period_start"))
    if period != "trailing_year" or parts.is_empty():
        return named.with_columns(whole_start=start.dt.truncate(_STARTS.get(period, "1mo")))
    month = start.dt.truncate("1mo")
    whole = pl.concat(named.with_columns(whole_start=month.dt.offset_by(f"-{back}mo")) for back in range(_MONTHS))
    last = month.dt.offset_by(f"-{_MONTHS - 1}mo").max().over(table)
    return whole.filter(pl.col("whole_start").is_between(month.min().over(table), last))


def _over_time(cells: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """whole, cell, coefficient, value: the parts of each cell of a longer period, which has -1 itself. parts: of the
    cells, `_parts_of_longer` of each period."""
    whole = cells.filter(pl.col("hour").is_null()).select(
        "table", "area", "area_level", whole_period="period", whole_start="period_start", whole="cell", total="value"
    )
    return terms_of_sums(parts.join(whole, on=["table", "area", "area_level", "whole_period", "whole_start"]), "time")


def _is_one_of_many(entry: Entry) -> bool:
    """Whether it says a single figure of several hours or places, or one of hours of two days."""
    hours = any(step.rolling_hours or (step.to == "day" and step.as_ in _ONE_OF_MANY) for step in entry.over_time)
    return hours or (entry.over_space is not None and entry.over_space.as_ in _ONE_OF_MANY)


def _is_of_one(entry: Entry, uses: Iterable[FeedUse]) -> bool:
    """Whether it says a column of a mart that has the figure of one of the contributors."""
    of_one = {name for use in uses if use.mart is not None for name in use.mart.mart.of_one}
    return any(not of_one.isdisjoint(names_in(one)) for one in expressions_of(entry))


@lru_cache(maxsize=32)
def _within(city: City) -> Within:
    return lie_within(city.areas)


@lru_cache(maxsize=32)
def _of_people(city: City) -> frozenset[str]:
    """The tables of cells whose values are numbers of people."""
    return frozenset(
        table_of_cells(uses)
        for table in private_subjects(city)
        for name, uses in table.readings.items()
        if table.entries[name].unit == PEOPLE and not observes_a_mart(uses)
    )


def _typed(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
