"""What each place read of each watched quantity on a day, and what those around it read: the memory of the watch.

A row has as many numbers as it takes to judge a place over 30 days. Readings themselves are looked at here alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import cache

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.known_days import remember_means
from assets.metrics.observed import AREA, Observed
from assets.metrics.placing import KIND, PLACE, listed_positions
from assets.models import models
from assets.pack.city import City
from assets.watch.apart import log_ratio
from assets.watch.nearest import nearest_of
from assets.watch.possible import seen_in_networks
from assets.watch.readings import OF, STATISTICS, Ordered, no_places, of_parts, statistics
from assets.watch.watched import watch_of, watched_columns
from quality.contract.columns import DAY, TIME
from quality.contract.watch import ColumnWatch

REGISTER = "place"  # the model of registers of places
AT_ONCE = 2_000_000  # readings that are looked at together: 36 million in one piece take 3 GB
_KEY = [DAY, "network", "quantity", PLACE]
_COLUMNS = pl.Schema(
    {
        DAY: pl.Date,
        "network": pl.String,
        "quantity": pl.String,
        PLACE: pl.String,
        "feed": pl.String,
        "area": pl.String,
        "kind": pl.String,
        "readings": pl.Int64,
        "value": pl.Float64,
        **{name: STATISTICS[name] for name in ("least", "most", "first_value", "last_value")},
        **{name: STATISTICS[name] for name in ("first_run", "last_run", "longest_run", "largest_step", "spikes")},
        "longest_gap_hours": pl.Float64,
        "neighbours": pl.Int64,
        "around": pl.Float64,
        "log_ratio": pl.Float64,
        "difference": pl.Float64,
    }
)
_POSITIONS = pl.Schema({"network": pl.String, DAY: pl.Date, PLACE: pl.String, "lat": pl.Float64, "lon": pl.Float64})


def place_day(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each place, watched quantity and network on a day; without a valid reading it has 0 readings.

    Where several feeds of a network have a place, the one with most readings of it counts. The value is the mean of the
    readings, of levels of sound that of their energies. Neighbours are of the same network and read on the same day.
    """
    of_models = {one.feed: one for model in watched_columns() for one in read[model]}  # a feed may have several
    feeds = [of_models[name] for name in sorted(of_models)]
    days = [_of_feed(one, city) for one in feeds]
    every = pl.concat([_COLUMNS.to_frame(), *days], how="diagonal")
    counting = every.sort("readings", "feed", descending=[True, False]).unique(_KEY, keep="first", maintain_order=True)
    positions = [_positions(one, read, city) for one in feeds]
    of_networks = pl.concat([_POSITIONS.to_frame(), *positions]).unique(
        ["network", DAY, PLACE], keep="first", maintain_order=True
    )
    of_days = of_networks.partition_by("network", DAY, as_dict=True, include_key=False)
    nowhere = _POSITIONS.to_frame().drop("network", DAY)
    beside = [
        _beside(rows, of_days.get((network, day), nowhere))
        for (network, _, day), rows in counting.group_by("network", "quantity", DAY, maintain_order=True)
    ]
    return pl.concat([_COLUMNS.to_frame(), *beside]).sort(_KEY)


def _of_feed(observed: Observed, city: City) -> pl.DataFrame:
    """Its days in _COLUMNS, without what its neighbours read."""
    contract = city.contracts[observed.feed]
    columns = {
        name: watch
        for model in contract.models
        for name, watch in watched_columns().get(model, {}).items()
        if name in contract.schema
    }
    placed = observed.unplaced is None
    rows = observed.rows if observed.unplaced is None else observed.unplaced.rows
    days = _days_of(rows, columns, [AREA, KIND] if placed else [])
    if observed.unplaced is not None:
        remember_means(observed.days, days, {name: "energy_mean" if _is_level(name) else "mean" for name in columns})
        days = observed.unplaced.place(days.lazy()).select(*days.columns, AREA, KIND).collect()
    return days.with_columns(
        pl.lit(observed.network or observed.feed).alias("network"),
        pl.lit(observed.feed).alias("feed"),
        pl.col(AREA).alias("area"),
        pl.col(KIND).cast(pl.String),
        pl.max_horizontal("longest_gap_hours", *_at_the_ends()).alias("longest_gap_hours"),
    ).select(name for name in _COLUMNS if name in (*STATISTICS, "network", "feed", "area", KIND, "quantity", "value"))


def _days_of(rows: pl.LazyFrame, columns: Mapping[str, ColumnWatch], beside: Sequence[str]) -> pl.DataFrame:
    """STATISTICS, quantity, value, and of `beside` the first of the day."""
    parts = {name: list[pl.DataFrame]() for name in columns}
    there, known = list[pl.DataFrame](), no_places()
    for readings in _one_after_another(rows.select(DAY, PLACE, TIME, *beside, *columns)):
        if readings.is_empty():
            continue
        ordered = Ordered.by(readings, known)
        there.append(
            ordered.of if not beside else readings.unique(OF, keep="first", maintain_order=True).select(*OF, *beside)
        )
        for name, watch in columns.items():
            parts[name].append(statistics(ordered, readings[name], watch.spike, level=_is_level(name)))
    schema = {name: rows.collect_schema()[name] for name in (*OF, *beside)}
    every = pl.concat([pl.DataFrame(schema=schema), *there]).unique(OF, keep="first", maintain_order=True)
    made = [
        every.join(of_parts(parts[name], watch.spike), on=OF, how="left").with_columns(
            pl.lit(name).alias("quantity"), pl.col("readings").fill_null(0), _mean(name).alias("value")
        )
        for name, watch in columns.items()
    ]
    return pl.concat(made, how="diagonal")


def _one_after_another(readings: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The readings in pieces that follow each other in time, so that no piece is much more than AT_ONCE."""
    count, first, last = readings.select(pl.len(), pl.col(DAY).min(), pl.col(DAY).max().alias("last")).collect().row(0)
    pieces = -(-count // AT_ONCE)
    if pieces < 2:
        yield readings.collect()
        return
    begins, hours = datetime.combine(first, time()), 24 * ((last - first).days + 1)
    # whole hours: a file of an hour is then read for one piece
    each = -(-hours // pieces)
    length, pieces = timedelta(hours=each), -(-hours // each)  # no piece lies beyond the last day
    moment = pl.col(TIME).cast(pl.Datetime("us"))
    for number in range(pieces):  # a time outside of its day belongs to the first or the last
        low = pl.lit(True) if number == 0 else moment >= begins + number * length
        high = pl.lit(True) if number == pieces - 1 else moment < begins + (number + 1) * length
        yield readings.filter(low & high).collect()


@cache
def _is_level(quantity: str) -> bool:
    """Whether it is a level of sound, whose mean is that of energies."""
    of_models = (models()[model].columns.get(quantity) for model in watched_columns())
    return any(column is not None and column.unit == "dB" for column in of_models)


def _mean(quantity: str) -> pl.Expr:
    mean = pl.col("sum") / pl.col("readings")
    return mean.log10() * 10 if _is_level(quantity) else mean


def _at_the_ends() -> list[pl.Expr]:
    """Hours before the first reading of a day and after the last; a place with one reading may have one a day."""
    begins = pl.col(DAY).cast(pl.Datetime("us"))
    before = pl.col("first_at") - begins
    after = begins + pl.duration(days=1) - pl.col("last_at")
    return [pl.when(pl.col("readings") > 1).then(one.dt.total_seconds() / 3600) for one in (before, after)]


def _positions(observed: Observed, read: ReadRows, city: City) -> pl.DataFrame:
    """_POSITIONS by day: those that its rows say, of its register, or of a table of the pack."""
    contract = city.contracts[observed.feed]
    named, found = contract.register_ or "", list[pl.DataFrame]()
    if {PLACE, "lat", "lon"} <= set(contract.schema):
        found.append(observed.rows.select(START, PLACE, "lat", "lon").unique().sort(pl.all()).collect())
    for register in (one for one in read[REGISTER] if one.feed == named):
        newest = register.rows.sort(DAY, descending=True, maintain_order=True)
        found.append(newest.select(START, PLACE, "lat", "lon").collect())
    by_day = [
        listed_positions(of_day).with_columns(pl.lit(start, pl.Date).alias(DAY))
        for rows in found
        for (start,), of_day in rows.group_by(START, maintain_order=True)
    ]
    if named in city.tables:
        days = observed.rows.select(pl.col(START).alias(DAY)).unique().collect()
        by_day.append(listed_positions(city.tables[named]).join(days, how="cross"))
    network = pl.lit(observed.network or observed.feed).alias("network")
    return pl.concat(
        [frame.with_columns(network).select(_POSITIONS.names()) for frame in [_POSITIONS.to_frame(), *by_day]]
    )


def _beside(days: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """The places of one network, quantity and day in _COLUMNS, with what their neighbours read."""
    own, theirs = pl.col("value"), pl.col("around")
    ratio = watch_of(days["quantity"][0]).scale == "ratio"
    compared = days.drop("neighbours", "around", "log_ratio", "difference").join(
        nearest_of(positions).around(days.select(PLACE, "value")), on=PLACE, how="left", maintain_order="left"
    )
    return compared.with_columns(
        difference=own - theirs, log_ratio=log_ratio(own, theirs) if ratio else pl.lit(None, pl.Float64)
    ).select(_COLUMNS.names())


TABLE = Mart(
    reads=(
        *(Reads(model, (PLACE,), one_of=tuple(columns), either=True) for model, columns in watched_columns().items()),
        Reads(REGISTER, (PLACE, "lat", "lon"), optional=True, named=True),
    ),
    compute=place_day,
    by_quantity=True,
    possible=seen_in_networks,
)
