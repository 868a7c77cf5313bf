"""A step that breaks is recorded, and one of a private feed says the type of the error and the place, no message.

Libraries quote the value that they fail on, and Dagster keeps the whole chain of exceptions.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress

import dagster as dg

from assets.crashes import CRASHES
from assets.failures import FeedFailure
from assets.private_failures import reported
from pipelines.interrupts import Interrupted
from quality.contract.model import Contract
from quality.disclosure import WITHHELD
from warehouse.own_code import own_file

PASSING = (Interrupted, KeyboardInterrupt, SystemExit, GeneratorExit)  # what ends a step at once


class PrivateStepError(RuntimeError):
    """A step of a private feed, or of a table made from one, broke. The message says which type of error, and where."""


def watched(
    contract: Contract,
    step: Callable[[], None],
    record: Callable[[BaseException], None],
    show: Callable[[BaseException], None],
) -> None:
    """Do a step on the table of this contract. No crash of it ends only in a log.

    `record` is given what it raises, but for an interrupt or a closed gate, and `show` tells Dagster's pages. That goes
    on as it is; if the contract is private, an unexpected exception becomes a PrivateStepError and a failure of the
    feed is put in fixed words. Neither has a cause or a context.
    """
    try:
        step()
        return
    except (dg.Failure, *PASSING):
        raise
    except BaseException as error:  # a panic of Polars is no Exception
        for tell in (record, show):
            with suppress(*CRASHES):  # a ledger that cannot be written is no reason to lose the error itself
                tell(error)
        if not contract.private:
            raise
        told = reported(contract, error, contract.name) if isinstance(error, FeedFailure) else _reduced(contract, error)
    raise told  # outside of the block: nothing is behind it


def _reduced(contract: Contract, error: BaseException) -> PrivateStepError:
    where = next(
        (
            f" in {file}, line {frame.lineno} ({frame.name})"
            for frame in reversed(traceback.extract_tb(error.__traceback__))
            if (file := own_file(frame.filename)) is not None
        ),
        "",
    )
    return PrivateStepError(f"{contract.name}: {type(error).__name__}{where}; {WITHHELD}")
