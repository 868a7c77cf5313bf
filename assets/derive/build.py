"""The way of a derived table: inputs, compute, gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

import polars as pl

from assets.context import RunContext
from assets.crashes import judged_or_error
from assets.derive.tables import DerivedTable
from assets.derive.versions import code_version, pack_version
from assets.ingest.ingest import Report
from assets.pieces import in_pieces
from assets.terms.standing import kept_without_rows
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from quality.staging import Block, IncomingRows
from warehouse import lake
from warehouse.delta.log import DamagedLogError
from warehouse.ledger import ledger

ROWS_OF_AREA = 5  # rows that a day of a table has of each area, about: those that it reads may be fewer


def build(run: RunContext, table: DerivedTable, days: Sequence[date]) -> Report:
    """Make `table` for the days whose inputs are there, as far as they changed, and submit it to the gate.

    A day without its inputs is not an error here: the feed's own verdict says why, and publication turns
    it into an absent value with that reason. A day that cannot be computed gets the verdict ERROR.
    """
    gate, final = run.gate(table.contract), final_days(run, table)
    wanted = [day for day in starts_of(table, days) if day not in final]
    inputs = _inputs(run, table, wanted)
    settled = gate.settled(inputs)
    report = Report(list(settled.values()), missing=[day for day in of_run(wanted, days) if day not in inputs])
    if len(settled) < len(inputs):
        with gate.lease(inputs.keys() - settled.keys()):
            report.outcomes += _made(run, table, [day for day in inputs if day not in settled])
    report.outcomes.sort(key=lambda outcome: outcome.day)
    return report


class _OtherInputsError(Exception):
    """A table got another batch while its rows were read: what was read may be of both."""


def _made(run: RunContext, table: DerivedTable, days: Sequence[date]) -> list[Outcome]:
    """The outcomes of these days, alone with them: what another run has judged since somebody looked is settled."""
    gate, inputs = run.gate(table.contract), _inputs(run, table, days)
    settled = gate.settled(inputs)
    todo = {day: inputs[day] for day in inputs if day not in settled}

    def made(of: Mapping[date, Inputs]) -> list[Outcome]:
        try:
            return gate.admit(IncomingRows(_blocks(run, table, of)), of)
        except _OtherInputsError:
            return _made(run, table, list(of))

    return [*settled.values(), *(judged_or_error(gate, todo, made) if todo else [])]


def days_to_build(run: RunContext, table: DerivedTable, days: Sequence[date]) -> list[date]:
    """Of `days`, those whose inputs are there and have not been turned into this table yet; all of them where that
    cannot be read, so that whoever builds them finds out and the ledger says why."""
    try:
        final = final_days(run, table)
        inputs = _inputs(run, table, [day for day in starts_of(table, days) if day not in final])
    except DamagedLogError:
        return list(days)
    to_build = inputs.keys() - run.gate(table.contract).settled(inputs).keys()
    return [day for day in days if to_build & set(table.starts(day))]


def final_days(run: RunContext, table: DerivedTable) -> frozenset[date]:
    """The days whose live batch stays as it is, as made again it would lack rows: those that were deleted because a
    contract keeps them no longer, and those of a feed that is left out for a mistake in its file tonight. What was
    withdrawn went with all that was made of it."""
    gone = kept_without_rows(run.home, run.city.name)
    if gone:
        of_inputs = (lake.live_batches(run.gate(contract).table).values() for contract in (*table.needs, *table.uses))
        gone -= frozenset(chain.from_iterable(of_inputs))  # the contract keeps them longer now, and they came again
    of_left_out = (ledger.rows_about(run.home, "batch", run.city.name, "core", feed) for feed in run.city.left_out)
    gone |= frozenset(chain.from_iterable(rows["batch_id"] for rows in of_left_out))
    if not gone:
        return frozenset()
    live = list(lake.live_batches(run.gate(table.contract).table).values())
    rows = ledger.rows_about(run.home, "batch", run.city.name, table.layer, table.name)
    own = rows.filter(pl.col("batch_id").is_in(live)).select("day", "input_batches").explode("input_batches")
    return frozenset(own.filter(pl.col("input_batches").is_in(list(gone)))["day"])


def starts_of(table: DerivedTable, days: Sequence[date]) -> list[date]:
    """The days of `table` that these days go into: the days themselves, or the first days of their periods."""
    return sorted({start for day in days for start in table.starts(day)})


def of_run(starts: Sequence[date], days: Sequence[date]) -> list[date]:
    """Of the days of a table those that a run for `days` is about: what is made again later, as it looks back on one of
    them, is missed by nobody where it is not there yet."""
    return [start for start in starts if not days or start <= max(days)]


def _inputs(run: RunContext, table: DerivedTable, days: Sequence[date]) -> dict[date, Inputs]:
    """The inputs of each day: batches, and the versions of code and pack that turn them into rows."""
    code, pack = code_version(), pack_version(run.city)
    return {day: Inputs((), batches, code, pack) for day, batches in table.inputs(run, days).items()}


def _blocks(run: RunContext, table: DerivedTable, wanted: Mapping[date, Inputs]) -> Iterator[Block]:
    """The rows of these days, some days at a time."""
    made_of = {day: wanted[day].batches for day in sorted(wanted)}
    for days in in_pieces(made_of, _rows_of_batches(run, table), of_each=ROWS_OF_AREA * run.city.areas.height):
        rows = table.rows(run, days).filter(pl.col(DAY).is_in(days)).with_columns(source=pl.lit(run.source))
        if run.instead is None and _inputs(run, table, days) != {day: wanted[day] for day in days}:
            raise _OtherInputsError
        yield _block(rows, table.contract)


def _rows_of_batches(run: RunContext, table: DerivedTable) -> dict[str, int]:
    """The rows of the batches that a table is made of. Registers and outlines do not count: each piece reads them."""
    about = (ledger.rows_about(run.home, "batch", run.city.name, one.layer, one.name) for one in table.needs)
    return dict(chain.from_iterable(rows.select("batch_id", "rows_kept").iter_rows() for rows in about))


def _block(rows: pl.DataFrame, contract: Contract) -> Block:
    """The rows in the columns of the contract and the order of its key; there is no line of a delivery behind them."""
    typed = rows.select(pl.col(column.name).cast(column.dtype) for column in contract.columns)
    return Block(typed.sort(contract.key).with_columns(_sha256=pl.lit(None, pl.String), _line=pl.lit(None, pl.Int64)))
