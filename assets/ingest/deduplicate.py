"""Which row of a key counts when it was delivered more than once. Row by row work is done only where keys repeat.

A portal or weather office sends its whole history again each time, a gateway sends a packet twice; most rows are
there once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.inputs import Inputs
from quality.staging import Block

_ORIGIN = ["_sha256", "_line"]


@dataclass(frozen=True)
class DeliveryRows:
    """The rows of one delivery that count for the days at hand: contract columns and `_sha256`, `_line`."""

    name: str
    day_max: date | None  # how far the whole delivery reaches, also when only some days of it are looked at
    rows: pl.LazyFrame
    cells: pl.DataFrame


def delivery_rows(deliveries: Iterable[ParsedDelivery], batches: Mapping[date, Inputs]) -> list[DeliveryRows]:
    """Of each delivery, the rows of the days whose batch it is an input of."""
    chosen = []
    for parsed in deliveries:
        days = {day for day, inputs in batches.items() if parsed.delivery.sha256 in inputs.deliveries}
        if days:
            delivery = parsed.delivery
            chosen.append(DeliveryRows(delivery.name, delivery.day_max, parsed.rows(days), parsed.cells(days)))
    return chosen


def deduplicate(contract: Contract, deliveries: Sequence[DeliveryRows]) -> Iterator[Block]:
    """Rows of which each key is there once, a delivery at a time, and how many rows had to give way.

    Among rows of one key the latest correction wins, then the delivery that reaches furthest: the delivery with
    the latest day in it is the newest, whatever its name (real names end in a hash). Within one delivery the last
    row wins, or, where the contract says `combine: sum`, the rows are parts of one figure and are added up: card
    readers deliver a station as 455 and 3,140 boardings when 3,595 people entered.

    Deliveries that cannot have a key in common, as their times do not overlap, are looked at one after the other:
    a day of hourly files needs the keys of an hour in memory, not those of the day.
    """
    ranked = sorted(deliveries, key=lambda d: (d.day_max or date.min, d.name))
    for chosen in _slices(contract, ranked):
        yield from _deduplicate_slice(contract, [ranked[rank] for rank in chosen])


def _slices(contract: Contract, ranked: Sequence[DeliveryRows]) -> list[list[int]]:
    """Positions of the deliveries whose spans of the key's time touch each other, in the order of time."""
    time = next((c.name for c in contract.columns if c.key and c.type == "timestamp"), None)
    if time is None or len(ranked) == 1:
        return [list(range(len(ranked)))] if ranked else []
    spans: list[tuple[int, int, int]] = []  # microseconds, and the delivery's position
    for rank, delivery in enumerate(ranked):
        times = delivery.rows.select(pl.col(time).cast(pl.Int64).min().alias("low"), pl.col(time).cast(pl.Int64).max())
        low, high = times.collect().row(0)
        spans.append((low or 0, high or 0, rank))
    slices: list[list[int]] = []
    end = 0
    for low, high, rank in sorted(spans):
        if slices and low <= end:
            slices[-1].append(rank)
        else:
            slices.append([rank])
        end = max(end, high)
    return [sorted(ranks) for ranks in slices]


def _deduplicate_slice(contract: Contract, ranked: Sequence[DeliveryRows]) -> Iterator[Block]:
    """The rows that are there once, delivery by delivery, and at the end those that were chosen among several."""
    keys = list(contract.key)
    keys_of = [delivery.rows.select(keys).collect() for delivery in ranked]
    hashes = pl.concat([frame.select(pl.struct(keys).hash().alias("h")) for frame in keys_of]).to_series()
    repeated = _repeated(hashes)  # equal hashes of different keys do no harm
    doubled, cells = [], []
    for delivery, frame in zip(ranked, keys_of, strict=True):
        incomplete = pl.any_horizontal(pl.col(keys).is_null())  # a rule holds them back one by one
        mask = frame.select(pl.struct(keys).hash().is_in(repeated.implode()) | incomplete).to_series()
        rows = delivery.rows.collect()
        if not mask.any():
            yield Block(rows, unreadable=delivery.cells)
            continue
        doubled.append(rows.filter(mask))
        cells.append(delivery.cells)
        yield Block(rows.filter(~mask))
    if doubled:
        chosen, gave_way = _choose(contract, doubled)
        lost = pl.concat(doubled).select(_ORIGIN).join(chosen.select(_ORIGIN), on=_ORIGIN, how="anti")
        yield Block(chosen, gave_way, pl.concat(cells).join(lost, on=_ORIGIN, how="anti"))


def _repeated(hashes: pl.Series) -> pl.Series:
    """Sorting numbers in place is five times faster than grouping them."""
    ordered = np.sort(hashes.to_numpy())
    return pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]), dtype=hashes.dtype)


def _choose(contract: Contract, ranked: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, Mapping[date, GaveWay]]:
    """One row of each key, and by day how many rows gave way. Rows without a whole key all stay."""
    rows = pl.concat([frame.with_columns(_rank=pl.lit(rank, pl.Int32)) for rank, frame in enumerate(ranked)])
    before = dict(rows.group_by(DAY).len().iter_rows())
    correction = contract.correction_column
    order = [*([correction] if correction else []), "_rank"]
    rows = rows.sort([*order, "_line"], maintain_order=True, nulls_last=False)
    keys = list(contract.key)
    incomplete = rows.filter(pl.any_horizontal(pl.col(keys).is_null()))
    rows = rows.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
    newest = [pl.col(name).last().over(keys).alias(f"_newest_{name}") for name in order]
    rows = rows.with_columns(newest).filter(*[pl.col(name).eq_missing(pl.col(f"_newest_{name}")) for name in order])
    sums = [c.name for c in contract.columns if c.spec.combine == "sum"]
    names = [*contract.schema.names(), *_ORIGIN]
    chosen = rows.group_by(keys, maintain_order=True).agg(
        *[pl.when(pl.col(n).is_not_null().any()).then(pl.col(n).sum()).alias(n) for n in sums],
        *[pl.col(n).last() for n in names if n not in {*keys, *sums}],
    )
    chosen = pl.concat([chosen.select(names), incomplete.select(names)])
    after = dict(chosen.group_by(DAY).len().iter_rows())
    return chosen, {day: GaveWay(replaced=rows - after.get(day, 0)) for day, rows in before.items()}
