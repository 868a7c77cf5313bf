"""What is to go: deliveries and batches of a feed, and of what is withdrawn all that was made of them.

It is found in the ledger, of which batches and deliveries are never removed: a removal that was killed finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from assets.derive.parts import feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.pack.city import City
from assets.terms.standing import CONTRACT_OVER, RETENTION, RETURNED, WITHDRAW, AskedSpan, Standing
from quality.contract.interval import last_of_period
from quality.contract.model import Contract
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger

Table = tuple[str, str]  # layer and name


@dataclass(frozen=True)
class RemovalPlan:
    """What goes of one feed. `days`: of its core table; `derived`: of tables made of it; `values`: of the record."""

    city: str
    feed: str
    action: str
    first: date | None = None
    last: date | None = None
    deliveries: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()
    batches: frozenset[str] = frozenset()
    derived: Mapping[Table, frozenset[date]] = field(default_factory=dict)
    rows: int = 0
    values: int = 0
    metrics: tuple[str, ...] = ()  # of the city, that are made of the feed
    others: tuple[str, ...] = ()  # and those that are not

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be taken out."""
        return not (self.deliveries or self.days or self.derived)


def withdrawal(home: Home, city: City, contract: Contract, first: date | None, last: date | None) -> RemovalPlan:
    """What goes when the days from `first` to `last` of a feed are withdrawn; None: all before, or after."""
    asked = AskedSpan(first, last, True)

    def goes(day: date) -> bool:
        return contract.reference_since is not None or asked.covers(day, last_of_period(day, contract.every))

    of_feed = ledger.rows_about(home, "batch", city.name, "core", contract.name).filter(
        pl.col("day").map_elements(goes, return_dtype=pl.Boolean)
    )
    own = frozenset(of_feed["batch_id"])
    made = _made_of(home, city.name, own)
    derived = dict[Table, set[date]]()
    for layer, table, day in made.select("layer", "table_name", "day").iter_rows():
        derived.setdefault((layer, table), set()).add(day)
    deliveries = _deliveries(home, city.name, contract.name, asked.covers, goes_unread=True)
    batches = own | frozenset(made["batch_id"]) | _without_day(home, city.name, contract.name, deliveries)
    plan = RemovalPlan(
        city.name,
        contract.name,
        WITHDRAW,
        first,
        last,
        deliveries,
        frozenset(of_feed["day"]) | {day for day in days_on_disk(home, city.name, "core", contract.name) if goes(day)},
        batches,
        {table: frozenset(days) for table, days in derived.items()},
        rows=_rows_of(of_feed),
        metrics=tuple(name for name in city.metrics if rests_on(city, contract.name, name)),
        others=tuple(name for name in city.metrics if not rests_on(city, contract.name, name)),
    )
    records = ledger.read(home, "value_history").collect()
    return replace(plan, values=int(made_of_gone(city, plan, records).sum()))


def not_kept(home: Home, city: City, standing: Standing) -> RemovalPlan:
    """What goes because the contract keeps it no longer: rows, deliveries that have any, and marts of such days. What
    was made of them besides stays."""
    contract = standing.contract
    register = contract.reference_since is not None
    of_feed = ledger.rows_about(home, "batch", city.name, "core", contract.name)
    age = pl.col("recorded_at").dt.date() if register else pl.col("day")
    old = of_feed.filter(age.map_elements(standing.is_too_old, return_dtype=pl.Boolean))
    if register:  # a register is as old as its newest delivery
        live = lake.live_batches(home.table(city.name, "core", contract.name)).values()
        days = set(old.filter(pl.col("batch_id").is_in(list(live)))["day"])
    else:
        days = {d for d in days_on_disk(home, city.name, "core", contract.name) if standing.is_too_old(d)}
    derived, marts = dict[Table, frozenset[date]](), set[str]()
    since = standing.kept_since
    for table in derived_tables(city):
        if table.layer != "mart" or contract.name not in table.feeds or since is None:
            continue
        on_disk = days_on_disk(home, city.name, "mart", table.name)
        gone = frozenset(day for day in on_disk if last_of_period(day, table.contract.every) < since)
        if gone and not register:
            derived["mart", table.name] = gone
            of_mart = ledger.rows_about(home, "batch", city.name, "mart", table.name)
            marts |= set(of_mart.filter(pl.col("day").is_in(list(gone)))["batch_id"])
    own = old.filter(pl.col("day").is_in(list(days)))

    def too_old(low: date, high: date) -> bool:
        return standing.is_too_old(low)

    deliveries = _deliveries(
        home, city.name, contract.name, too_old, came_before=standing.is_too_old, by_arrival=register
    )
    return RemovalPlan(
        city.name,
        contract.name,
        CONTRACT_OVER if standing.is_over else RETENTION,
        None,
        None if since in (None, date.max) else since,
        deliveries & _landed(home, city.name, contract.name).keys(),
        frozenset(days),
        frozenset(own["batch_id"]) | marts,
        derived,
        rows=_rows_of(own),
    )


def came_again(home: Home, city: City, standing: Standing) -> RemovalPlan:
    """Deliveries that landed although some of their days are withdrawn: who sent them did not know."""
    contract = standing.contract
    found = frozenset[str]()
    if any(one.withdrawn for one in standing.asked):
        found = _deliveries(home, city.name, contract.name, standing.bars_any)
        found &= _landed(home, city.name, contract.name).keys()
    return RemovalPlan(city.name, contract.name, RETURNED, deliveries=found)


def rests_on(city: City, feed: str, metric: str) -> bool:
    """Whether a metric is made of a feed; of one that the city has no more nobody knows that it is not."""
    groups = feeds_of_metrics(city).get(metric)
    return groups is None or any(feed in group for group in groups)


def made_of_gone(city: City, plan: RemovalPlan, records: pl.DataFrame) -> pl.Series:
    """Of records of published values, whether each was made of what goes."""
    resting = {name: rests_on(city, plan.feed, name) for name in records["metric"].unique()}
    exploded = records.select("batch_ids").with_row_index().explode("batch_ids")
    of_batches = exploded.filter(pl.col("batch_ids").is_in(list(plan.batches)))["index"].unique()
    own = records.with_row_index().select(
        (pl.col("city") == plan.city)
        & pl.col("metric").replace_strict(resting or {"": False}, default=True, return_dtype=pl.Boolean)
        & pl.col("index").is_in(of_batches.implode())
    )
    return own.to_series()


def days_on_disk(home: Home, city: str, layer: str, table: str) -> list[date]:
    """The days of which a table of the lake has files, live or not."""
    folders = (home.lake / city / layer / table).glob(f"{lake.DAY}=*")
    days = [date.fromisoformat(folder.name.removeprefix(f"{lake.DAY}=")) for folder in folders if any(folder.iterdir())]
    return sorted(days)


def _made_of(home: Home, city: str, batches: Collection[str]) -> pl.DataFrame:
    """The batches that were made of these, of what was made of them, and so on."""
    of_city = ledger.read(home, "batch").filter(pl.col("city") == city, pl.col("layer").is_in(["mart", "metric"]))
    known = of_city.select("batch_id", "layer", "table_name", "day", "input_batches").collect()
    pairs = known.select("batch_id", "input_batches").explode("input_batches").drop_nulls()
    found, newest = set[str](), set(batches)
    while newest:
        newest = set(pairs.filter(pl.col("input_batches").is_in(list(newest)))["batch_id"]) - found
        found |= newest
    return known.filter(pl.col("batch_id").is_in(list(found)))


def _without_day(home: Home, city: str, feed: str, deliveries: Collection[str]) -> frozenset[str]:
    """The batches of rows of these deliveries that no day could be read from: they stand in the quarantine alone."""
    rows = ledger.rows_about(home, "batch", city, "delivery", feed).select("batch_id", "input_deliveries")
    of_these = rows.explode("input_deliveries").filter(pl.col("input_deliveries").is_in(list(deliveries)))
    return frozenset(of_these["batch_id"])


def _deliveries(
    home: Home,
    city: str,
    feed: str,
    goes: Callable[[date, date], bool],
    *,
    goes_unread: bool = False,
    came_before: Callable[[date], bool] | None = None,
    by_arrival: bool = False,
) -> frozenset[str]:
    """The deliveries of a feed that `goes` is true of, by the first and last day of their rows. Of those that could not
    be read all, where `goes_unread`, or those of whose arrival `came_before` is true."""
    attempts = ledger.rows_about(home, "attempt", city, feed).filter(pl.col("sha256").is_not_null())
    parsed = attempts.filter(pl.col("status") == "parsed").drop_nulls(["day_min", "day_max"])
    landed = _landed(home, city, feed)
    found = set[str]()
    if not by_arrival:
        spans = parsed.select("sha256", "day_min", "day_max").unique().iter_rows()
        found = {sha256 for sha256, low, high in spans if goes(low, high)}
    unread = (set(attempts["sha256"]) | landed.keys()) - (set() if by_arrival else set(parsed["sha256"]))
    if goes_unread:
        found |= unread
    if came_before is not None:
        found |= {sha256 for sha256 in unread if sha256 in landed and came_before(landed[sha256])}
    return frozenset(found)


def _landed(home: Home, city: str, feed: str) -> dict[str, date]:
    """What lies in landing, also what was never finished: by SHA-256, the day on which it came."""
    paths = sorted((home.landing / city / feed).glob("*/*"))
    return {path.name.partition(".")[0]: date.fromisoformat(path.parent.name) for path in paths}


def _rows_of(batches: pl.DataFrame) -> int:
    """The rows of the newest batch of each day."""
    newest = batches.sort("recorded_at").unique("day", keep="last")
    return int(newest.filter(pl.col("state") == "committed")["rows_kept"].sum() or 0)
