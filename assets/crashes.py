"""A step that crashes leaves a verdict: the day could not be judged, with the reason. Nothing ends only in a log."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.deliveries import attempt
from assets.private_failures import reported
from quality.contract.model import Contract
from quality.disclosure import WITHHELD, OwnWords
from quality.gate import Gate
from quality.inputs import Inputs
from quality.outcome import Outcome
from warehouse.damaged import DamagedHomeError
from warehouse.ledger import ledger
from warehouse.own_code import own_file

LONGEST = 400  # characters of an error's own text

CRASHES = (Exception, pl.exceptions.PanicException)  # a panic of Polars is no Exception

Make = Callable[[Mapping[date, Inputs]], list[Outcome]]


def judged_or_error(gate: Gate, todo: Mapping[date, Inputs], make: Make) -> list[Outcome]:
    """What `make` gives for the batches of these days; ERROR for each day of which it cannot make or judge the rows.

    The text of an error is left out where the contract is private: it may quote a row. Raises what comes after the
    verdict, a full disk for example: the next run completes the batch.
    """
    try:
        return make(todo)
    except CRASHES as error:
        if gate.has_judged(todo):
            raise
        if len(todo) > 1:  # one day that cannot be made must not cost the others
            alone = [judged_or_error(gate, {day: inputs}, make) for day, inputs in todo.items()]
            return [outcome for outcomes in alone for outcome in outcomes]
        return gate.refuse(todo, f"crashed: {crash_text(gate.contract, error)}")


def record_crash(run: RunContext, contract: Contract, error: BaseException) -> None:
    """An attempt that says that fetching or reading a feed crashed. What had been recorded before stays."""
    what = OwnWords(f"fetching or reading crashed: {crash_text(contract, error)}")
    failure = PermanentFailure("FEED-CRASH", what, OwnWords(contract.name), OwnWords("report it"))
    ledger.append(run.home, "attempt", [attempt(run, contract, status="failed", failure=failure)])


def record_step_crash(run: RunContext, contract: Contract, day: date, error: BaseException) -> None:
    """ERROR for the last `day` of a step that crashed outside its judgement. The next run judges the day again.

    Where the run judged and did not come to the end, or gave ERROR itself, the ledger says so already.
    """
    gate = run.gate(contract)
    if not gate.is_unfinished():
        gate.refuse({day: Inputs()}, f"crashed: {crash_text(contract, error)}")


def crash_text(contract: Contract, error: BaseException) -> str:
    """What happened and where in the code, in one line; of a private contract without the error's own text."""
    if isinstance(error, FeedFailure):
        return str(reported(contract, error, contract.name))
    if isinstance(error, DamagedHomeError):  # names files, and quotes none
        return str(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    what = f": {WITHHELD}" if contract.private else f": {lines[0][:LONGEST]}" if lines else ""
    return f"{type(error).__name__}{what}{_place(error)}"


def _place(error: BaseException) -> str:
    """The last line of Madang's own code that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [(file, f.lineno) for f in frames if (file := own_file(f.filename)) is not None]
    return f" ({own[-1][0]}, line {own[-1][1]})" if own else ""
