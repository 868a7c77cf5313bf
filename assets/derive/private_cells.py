"""The cells of a city: what its private feeds say of an area in a period, how many stand behind it, and what adds up.

A table of cells is named by the private feeds behind it. Whoever sees a metric of a cell is taken to know every sum of
the cell, so all metrics that rest on the same private feeds share its cells, and are hidden together: shops may be
public, and sales per shop then tell the sales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import polars as pl

from assets.derive.contracts import HOUR_CONTRACT
from assets.derive.marts import MartTable
from assets.derive.parts import with_parts
from assets.derive.subjects import FeedUse, SubjectTable
from assets.derive.tables import derived_tables
from assets.disclosure.cells import CELLS, SUMS
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.model import Contract

Read = Callable[[Contract], pl.LazyFrame]  # the live rows of a table of the lake

PEOPLE = "people"  # a metric of this unit says how many stand behind it
REST = "rest"  # the level of what a sum has beyond its parts, as people of whom no district is known
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
_ALMOST = 1e-9  # of a sum: what is lost when floats are added in another order
_NO_SECRET = 1e15  # contributors of a cell that everybody may know
_AFTER_METRICS = 1000  # the rank of what marts say: what a metric counts is as it is published
_KEY = ["table", "area", "area_level", "period", "period_start", "hour"]
_NAMES = ("table", "area", "area_level", "period")  # as categories: two million texts cost seconds
_ONE_CELL = (pl.col("value").drop_nulls().first(), pl.col("contributors").min())
_ROWS = pl.Schema(
    {
        **dict.fromkeys(_NAMES, pl.Categorical()),
        "period_start": pl.Date,
        "hour": pl.Int8,
        "value": pl.Float64,
        "contributors": pl.Float64,
        "rank": pl.Int64,
    }
)


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def cells_of_metrics(city: City) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """By metric, the table and slice of the cells that it rests on; none: it rests on public feeds alone."""
    entries = {name: named.entry for name, named in city.entries.items()}
    of_entry = {name: _table_of(uses) for table in _subjects(city) for name, uses in table.readings.items()}
    return {
        metric.metric: tuple(
            dict.fromkeys((table, "") for part in with_parts([metric.entry], entries) if (table := of_entry.get(part)))
        )
        for metric in city.metrics.values()
    }


def private_cells(city: City, read: Read) -> pl.DataFrame:
    """CELLS: all that the private feeds of a city say by area and period.

    A cell of a longer period has the sum of its days and, as the same people or shops may be there each day, the
    contributors of the day that had most. Where several tables say how many stand behind a cell, the fewest count.
    The slice of a cell of an hour is the hour.
    """
    rows = pl.concat([pl.LazyFrame(schema=_ROWS), *_rows(city, read)]).collect().sort("rank")
    cells = rows.group_by(_KEY).agg(_ONE_CELL)
    for period in _WITHIN:
        if period == "day":  # what has hours has days of its own
            continue
        made = (
            _parts_of_longer(cells, _periods(cells, city), period)
            .group_by(
                "table", "area", "area_level", period="whole_period", period_start="whole_start", maintain_order=True
            )
            .agg((pl.col("value") * pl.col("coefficient")).sum(), pl.col("contributors").max())
            .with_columns(hour=pl.lit(None, pl.Int8))
        )
        both = pl.concat([cells, made.select(cells.columns)])
        cells = both.group_by(_KEY).agg(_ONE_CELL)
    return _as_cells(cells.with_row_index("cell"))


def periods_had(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """table, period: the periods of which a table has cells, and those that its metrics have."""
    return _periods(cells.with_columns(pl.col("table", "period").cast(pl.Categorical)), city).cast(pl.String).unique()


def sums_of_cells(
    cells: pl.DataFrame, city: City, had: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells with what is left of each sum beyond its parts, as a cell that everybody may know, and the SUMS.

    An area is the sum of the areas of each level in it, and a longer period that of shorter ones. Ask for the tables in
    which something is to be hidden alone: of all of three years of Seoul there are 2.5 million terms. had: the periods
    of all cells (`periods_had`), where these are some blocks of them.
    """
    keyed = cells.with_columns(
        pl.col(_NAMES).cast(pl.Categorical), hour=pl.col("slice").replace("", None).cast(pl.Int8)
    )
    own = _periods(keyed, city) if had is None else had.cast(pl.Categorical)
    parts = pl.concat(_parts_of_longer(keyed, own, period) for period in _WITHIN)
    sums = pl.concat([_over_time(keyed, parts), _over_areas(keyed, city)])
    sums = sums.with_columns(sum=pl.col("whole").rank("dense").cast(pl.UInt32) - 1)
    keyed, sums = _with_rest(keyed, sums)
    return _as_cells(keyed), _typed(sums, SUMS)


def _as_cells(keyed: pl.DataFrame) -> pl.DataFrame:
    unknown = {name: pl.lit(None, CELLS[name]) for name in ("largest", "second")}
    return _typed(keyed.with_columns(slice=pl.col("hour").cast(pl.String).fill_null(""), **unknown), CELLS)


def _rows(city: City, read: Read) -> Iterator[pl.LazyFrame]:
    for table in derived_tables(city):
        if isinstance(table, MartTable) and table.contract.private and table.mart.contributors:
            yield _mart_rows(read(table.contract), table)
    for table in _subjects(city):
        counting = {
            name: of_cells
            for name, uses in table.readings.items()
            if (of_cells := _table_of(uses)) and table.entries[name].unit == PEOPLE and not _observes_mart(uses)
        }
        if counting:
            yield _metric_rows(read(table.contract), table, counting)


def _mart_rows(rows: pl.LazyFrame, table: MartTable) -> pl.LazyFrame:
    """What a mart says, in _ROWS; of several rows of an area and period the fewest contributors."""
    mart = table.mart
    value = pl.lit(None, pl.Float64) if mart.adds_up is None else pl.col(mart.adds_up).sum()
    return (
        rows.with_columns(contributors=pl.min_horizontal(mart.contributors))
        .group_by("area", "area_level", period_start=DAY)
        .agg(value.alias("value"), pl.col("contributors").min())
        .with_columns(table=pl.lit(_named(table.fed.feeds_behind)), period=pl.lit(mart.every))
        .with_columns(hour=pl.lit(None), rank=pl.lit(_AFTER_METRICS))
        .select(pl.col(name).cast(dtype) for name, dtype in _ROWS.items())
    )


def _metric_rows(rows: pl.LazyFrame, table: SubjectTable, counting: Mapping[str, str]) -> pl.LazyFrame:
    """What the metrics that count people say, in _ROWS. counting: the table of cells by metric, in their order."""
    hourly = table.contract.schema == HOUR_CONTRACT.schema
    ranks = {name: rank for rank, name in enumerate(counting)}
    return (
        rows.filter(pl.col("metric").is_in(list(counting)), pl.col("value").is_not_null())
        .with_columns(
            table=pl.col("metric").replace_strict(counting, return_dtype=pl.String),
            rank=pl.col("metric").replace_strict(ranks, return_dtype=pl.Int64),
            period=pl.lit("hour") if hourly else pl.col("period"),
            period_start=pl.col(DAY),
            hour=pl.col("hour").dt.hour() if hourly else pl.lit(None),
            contributors=pl.col("value"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _ROWS.items())
    )


def _periods(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """A table has the periods that its metrics have, and those of which it has rows."""
    pairs = [
        (table, metric.period) for metric in city.metrics.values() for table, _ in cells_of_metrics(city)[metric.metric]
    ]
    chosen = pl.DataFrame(pairs, schema={"table": pl.Categorical, "period": pl.Categorical}, orient="row")
    own = cells.select("table", "period").unique()
    return pl.concat([own, chosen.join(own, on="table", how="semi")])


def _parts_of_longer(cells: pl.DataFrame, had: pl.DataFrame, period: str) -> pl.DataFrame:
    """The cells that go into longer ones of this period: `whole_period`, `whole_start`, and with which coefficient."""
    wanted = had.filter(pl.col("period") == period).select("table").unique()
    order = {base: rank for rank, base in enumerate(_WITHIN[period])}
    bases = (
        had.join(wanted, on="table")
        .filter(pl.col("period").cast(pl.String).is_in(list(order)))
        .sort(pl.col("period").cast(pl.String).replace_strict(order, return_dtype=pl.Int64))
        .unique("table", keep="first")
    )
    return _in_longer(cells.join(bases, on=["table", "period"]), period)


def _in_longer(parts: pl.DataFrame, period: str) -> pl.DataFrame:
    start, table = pl.col("period_start"), "table"
    named = parts.with_columns(whole_period=pl.lit(period, pl.Categorical), coefficient=pl.lit(1.0))
    if period == "day":  # people of a day are the mean of its hours
        return named.with_columns(whole_start=start, coefficient=1 / pl.len().over(table, "area", "period_start"))
    if period != "trailing_year":
        return named.with_columns(whole_start=start.dt.truncate(_STARTS[period]))
    month = start.dt.truncate("1mo")
    whole = pl.concat(named.with_columns(whole_start=month.dt.offset_by(f"-{back}mo")) for back in range(_MONTHS))
    last = month.dt.offset_by(f"-{_MONTHS - 1}mo").max().over(table)
    return whole.filter(pl.col("whole_start").is_between(month.min().over(table), last))


def _over_time(cells: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """whole, cell, coefficient, value: the parts of each cell of a longer period, which has -1 itself."""
    ids = parts.join(cells.select(*_KEY, "cell", "value"), on=_KEY, nulls_equal=True)
    whole = cells.filter(pl.col("hour").is_null()).select(
        "table", "area", "area_level", whole_period="period", whole_start="period_start", whole="cell", total="value"
    )
    return _terms(ids.join(whole, on=["table", "area", "area_level", "whole_period", "whole_start"]), "time")


def _over_areas(cells: pl.DataFrame, city: City) -> pl.DataFrame:
    """The same of each area: it is the sum of the areas of each level that lie in it."""
    at = ["table", "period", "period_start", "hour"]
    above = city.areas.select(pl.col("code", "parent").cast(pl.Categorical)).drop_nulls()
    above = above.rename({"code": "area", "parent": "above"})
    whole = cells.select(*at, above="area", whole="cell", total="value")
    parts = cells.join(above, on="area").join(whole, on=[*at, "above"], nulls_equal=True)
    return _terms(parts.with_columns(coefficient=pl.lit(1.0)), pl.col("area_level"))


def _terms(parts: pl.DataFrame, kind: str | pl.Expr) -> pl.DataFrame:
    known = parts.drop_nulls(["value", "total"])
    named = known.select(
        whole=pl.struct("whole", kind=pl.lit(kind, pl.Categorical) if isinstance(kind, str) else kind),
        cell="cell",
        coefficient="coefficient",
        value="value",
        total="total",
    )
    wholes = named.unique("whole").select(
        "whole", cell=pl.col("whole").struct.field("whole"), coefficient=pl.lit(-1.0), value="total"
    )
    return pl.concat([named.drop("total"), wholes])


def _with_rest(cells: pl.DataFrame, sums: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a whole has beyond its parts becomes a cell of its own that everybody is taken to know."""
    left = sums.group_by("sum", maintain_order=True).agg(
        value=(pl.col("coefficient") * pl.col("value")).sum(),
        size=(pl.col("coefficient") * pl.col("value")).abs().max(),
        whole=pl.col("cell").filter(pl.col("coefficient") == -1).first(),
    )
    left = left.filter(pl.col("value").abs() > _ALMOST * pl.col("size"))
    of_whole = cells.select(*(name for name in cells.columns if name not in ("cell", "value")), whole="cell")
    rest = (
        left.join(of_whole, on="whole", maintain_order="left")
        .with_columns(area_level=pl.lit(REST, pl.Categorical), contributors=pl.lit(_NO_SECRET))
        .with_row_index("cell", offset=_next(cells))
    )
    terms = rest.select("sum", "cell", pl.col("value").abs(), coefficient=-pl.col("value").sign())
    rest = rest.with_columns(pl.col("value").abs())
    columns = ["sum", "cell", "coefficient", "value"]
    return pl.concat([cells, rest.select(cells.columns)]), pl.concat([sums.select(columns), terms.select(columns)])


def _next(cells: pl.DataFrame) -> int:
    """A number that no cell has: `cells` may be those of some tables, and have numbers above their count."""
    highest = cells["cell"].max()
    return 0 if highest is None else int(highest) + 1  # pyright: ignore[reportArgumentType]


def _subjects(city: City) -> list[SubjectTable]:
    return [table for table in derived_tables(city) if isinstance(table, SubjectTable) and table.contract.private]


def _observes_mart(uses: Iterable[FeedUse]) -> bool:
    return any(use.mart is not None and use.witness is None for use in uses)


def _table_of(uses: Iterable[FeedUse]) -> str:
    """The name of the table of cells behind what an entry observes; empty where no feed of it is private."""
    return _named(feed for use in uses for feed in use.feeds)


def _named(feeds: Iterable[Contract]) -> str:
    return " + ".join(sorted({feed.name for feed in feeds if feed.private}))


def _typed(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
