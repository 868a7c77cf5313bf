"""Which row of a key counts when it was delivered more than once. Row by row work is done only where keys repeat.

A portal or weather office sends its whole history again each time, a gateway sends a packet twice; most rows are
there once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

import polars as pl

from assets.ingest.delivered import DeliveryRows
from assets.ingest.fine import FineRows
from assets.ingest.keyless import counts_of, counts_of_fine, delivered_again, of_replaced_deliveries
from assets.ingest.keys import key_hashes, key_time, keyless, needed, repeated_hashes
from assets.ingest.parse import LINE_HASH
from assets.ingest.same_key import UNREAD, conflicts_of_a_night, contradictions, reduce_delivery
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.fine_rows import FineFile
from quality.gave_way import GaveWay
from quality.row_rules import no_values
from quality.staging import Block

_ORIGIN, _ROW, _CORRECTION = ["_sha256", "_line"], "_row", "_correction"


def deduplicate(contract: Contract, deliveries: Sequence[DeliveryRows]) -> Iterator[Block]:
    """Rows of which each key is there once, a delivery at a time, and how many rows had to give way.

    Among rows of one key the latest correction wins, then the last of `deliveries`. Within one delivery the last
    row wins, or, where the contract says `combine: sum`, the rows are parts of one figure and are added up: card
    readers deliver a station as 455 and 3,140 boardings when 3,595 people entered.

    Deliveries that cannot have a key in common, as their times do not overlap, are looked at one after the other:
    a day of hourly files needs the keys of an hour in memory, not those of the day.
    """
    deliveries, replaced = delivered_again(contract, deliveries)
    yield from replaced
    for chosen in _slices(contract, deliveries):
        yield from _deduplicate_slice(contract, [deliveries[rank] for rank in chosen])


def _slices(contract: Contract, ranked: Sequence[DeliveryRows]) -> list[list[int]]:
    """Positions of the deliveries whose spans of the key's time touch each other, in the order of time."""
    time = key_time(contract)
    if time is None or len(ranked) == 1:
        return [list(range(len(ranked)))] if ranked else []
    spans: list[tuple[int, int, int]] = []  # microseconds, and the delivery's position
    for rank, delivery in enumerate(ranked):
        if delivery.fine is not None:
            low, high = delivery.fine.low, delivery.fine.high
        else:
            times = pl.col(time).cast(pl.Int64)
            low, high = delivery.rows.select(times.min().alias("low"), times.max()).collect().row(0)
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
    """The rows that are there once, delivery by delivery, and at the end those that were chosen among several.

    The fine rows of a delivery pass as they are, unless a key of theirs is there again: then all of it is looked at.
    """
    few = {rank: delivery.rows.collect() for rank, delivery in enumerate(ranked) if delivery.fine is not None}
    keys_of = [
        (few[rank] if rank in few else delivery.rows.select(needed(contract)).collect()).select(needed(contract))
        for rank, delivery in enumerate(ranked)
    ]
    hashes = [key_hashes(contract, frame) for frame in keys_of]
    again = _fine_again(ranked, pl.concat(hashes))
    if again:
        whole = [delivery.whole() if rank in again else delivery for rank, delivery in enumerate(ranked)]
        yield from _deduplicate_slice(contract, whole)
        return
    repeated = repeated_hashes(pl.concat(hashes))  # equal hashes of different keys do no harm
    no_key = [frame.select(keyless(contract)).to_series() for frame in keys_of]
    suspicious = len(ranked) > 1 and any(mask.any() for mask in no_key)
    doubled, cells, counts = [], [], []
    beside, unread_beside, files = list[pl.DataFrame](), list[pl.DataFrame](), list[FineFile]()  # few of each delivery
    for rank, (delivery, hashed, incomplete) in enumerate(zip(ranked, hashes, no_key, strict=True)):
        mask = hashed.is_in(repeated.implode()) | incomplete  # a rule holds rows without a whole key back one by one
        rows = few[rank] if rank in few else delivery.rows.collect()
        names = [name for name in rows.columns if name != LINE_HASH]
        if delivery.fine is not None:
            files.append(delivery.fine.file)
            counts += [counts_of(contract, rows.filter(~mask)), counts_of_fine(delivery.fine)] if suspicious else []
            beside.append(rows.filter(~mask).select(names))
            if mask.any():
                doubled.append((delivery, rows.filter(mask)))
            (cells if mask.any() else unread_beside).append(delivery.cells)
            continue
        if not mask.any():
            counts += [counts_of(contract, rows)] if suspicious else []
            yield Block(rows.select(names), unreadable=delivery.cells)
            continue
        doubled.append((delivery, rows.filter(mask)))
        cells.append(delivery.cells)
        once = rows.filter(~mask)
        counts += [counts_of(contract, once)] if suspicious else []
        yield Block(once.select(names))
    if beside:
        yield Block(pl.concat(beside), unreadable=pl.concat([no_values(), *unread_beside]), fine=files)
    if doubled:
        unreadable = pl.concat(cells)
        chosen = _choose(contract, doubled, unreadable)
        if suspicious:
            chosen = _without_replaced(contract, ranked, chosen, counts)
        # what could not be read in a replaced or repeated row is not looked at; in a part or a contradiction it is
        lost = pl.concat([rows.select(_ORIGIN) for _, rows in doubled])
        for counting in (chosen.rows, chosen.beside):
            lost = lost.join(counting, on=_ORIGIN, how="anti")
        unreadable = pl.concat([unreadable, chosen.too_large]).join(lost, on=_ORIGIN, how="anti")
        yield Block(chosen.rows, chosen.gave_way, unreadable, chosen.conflicts, chosen.contradictions)


def _fine_again(ranked: Sequence[DeliveryRows], others: pl.Series) -> set[int]:
    """Positions of the deliveries of which a fine row may have a key that is there again. `others`: the hashes of the
    keys of all rows that are not fine.

    The keys of one file are there once. Those of several are compared where they can have one in common.
    """
    fine = {rank: delivery.fine for rank, delivery in enumerate(ranked) if delivery.fine is not None}
    again = set[int]()
    for together in _not_apart(fine):
        hashes = {rank: fine[rank].hashes() for rank in together}
        repeated = repeated_hashes(pl.concat(hashes.values())) if len(hashes) > 1 else others.clear()
        suspects = pl.concat([others, repeated]).unique().implode()
        again |= {rank for rank, of_file in hashes.items() if of_file.is_in(suspects).any()}
    return again


def _not_apart(fine: Mapping[int, FineRows]) -> list[list[int]]:
    """The keys of `fine` in groups: rows of different groups have no key in common."""
    groups = list[list[int]]()
    for rank, one in fine.items():
        touched = [group for group in groups if not all(one.apart(fine[other]) for other in group)]
        groups = [[rank, *chain.from_iterable(touched)], *(group for group in groups if group not in touched)]
    return groups


def _without_replaced(
    contract: Contract, ranked: Sequence[DeliveryRows], chosen: _Chosen, counts: Sequence[pl.DataFrame]
) -> _Chosen:
    """Without the rows that have no whole key, of deliveries that no longer count for their day: they are replaced."""
    gone = of_replaced_deliveries(contract, ranked, [*counts, counts_of(contract, chosen.rows)])
    rows = chosen.rows.join(gone, on=[DAY, "_sha256"], how="anti", maintain_order="left")
    lost = chosen.rows.join(gone, on=[DAY, "_sha256"], how="semi").group_by(DAY).len()
    gave_way = {day: chosen.gave_way.get(day, GaveWay()) + GaveWay(replaced=n) for day, n in lost.iter_rows()}
    return replace(chosen, rows=rows, gave_way={**chosen.gave_way, **gave_way})


@dataclass(frozen=True)
class _Chosen:
    rows: pl.DataFrame  # one of each key
    beside: pl.DataFrame  # parts that were added up, and contradicted rows: origin
    gave_way: Mapping[date, GaveWay]
    conflicts: pl.DataFrame
    contradictions: pl.DataFrame
    too_large: pl.DataFrame  # VALUES: sums that do not fit


def _choose(
    contract: Contract, ranked: Sequence[tuple[DeliveryRows, pl.DataFrame]], unreadable: pl.DataFrame
) -> _Chosen:
    """One row of each key. Rows without a whole key or without their correction all stay: a rule holds them back one
    by one. Where the correction may be missing and is in one of the rows of a key, the arrival decides among them."""
    incomplete = keyless(contract)
    rows = pl.concat([frame.with_columns(_rank=pl.lit(rank, pl.Int32)) for rank, (_, frame) in enumerate(ranked)])
    keys, names = list(contract.key), [*contract.schema.names(), *_ORIGIN]
    whole = rows.remove(incomplete).with_columns(_correction(contract).alias(_CORRECTION))
    whole = whole.join(unread_of(unreadable), on=_ORIGIN, how="left", maintain_order="left")
    order = [_CORRECTION, "_rank", "_line"]
    whole = whole.sort(order, maintain_order=True, nulls_last=False).with_row_index(_ROW)
    newest = pl.col(_CORRECTION).eq_missing(pl.col(_CORRECTION).last().over(keys))
    reduced = reduce_delivery(contract, whole.filter(newest))
    chosen = reduced.chosen.filter(pl.col("_rank") == pl.col("_rank").last().over(keys))
    winners = {name: part.join(chosen, on=[*keys, "_rank"], how="semi") for name, part in reduced.gave_way().items()}
    counts = {name: dict(part.group_by(DAY).len().iter_rows()) for name, part in winners.items()}
    of_winners = pl.concat([chosen, *winners.values()]).select(_ROW)
    counts["replaced"] = dict(whole.join(of_winners, on=_ROW, how="anti").group_by(DAY).len().iter_rows())
    days = {day for of_reason in counts.values() for day in of_reason}
    return _Chosen(
        rows=pl.concat([chosen.select(names), rows.filter(incomplete).select(names)]),
        beside=pl.concat([winners[name].select(_ORIGIN) for name in ("merged", "contradicted")]),
        too_large=reduced.too_large,
        gave_way={day: GaveWay(**{name: found.get(day, 0) for name, found in counts.items()}) for day in days},
        conflicts=conflicts_of_a_night(contract, reduced.chosen, [delivery for delivery, _ in ranked]),
        contradictions=contradictions(contract, winners["contradicted"], chosen),
    )


def _correction(contract: Contract) -> pl.Expr:
    """The correction of a row, null where one of its key has none: a value cannot be compared with none."""
    name = contract.correction_column
    if name is None:
        return pl.lit(None)
    return pl.when(pl.col(name).is_not_null().all().over(list(contract.key))).then(pl.col(name))


def unread_of(cells: pl.DataFrame) -> pl.DataFrame:
    """UNREAD: by origin, the columns and texts that could not be read."""
    text = pl.concat_str("column", "value", separator="=")
    return cells.group_by(_ORIGIN).agg(text.sort().str.join(", ").alias(UNREAD))
