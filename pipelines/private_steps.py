"""What a step of a private feed may say when it breaks: the type of the error and the place in our code, no message.

Libraries quote the value that they fail on, and Dagster keeps the whole chain of exceptions.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import dagster as dg

from assets.failures import FeedFailure
from assets.private_failures import reported
from pipelines.interrupts import Interrupted
from pipelines.settings import REPOSITORY
from quality.contract.model import Contract
from quality.disclosure import WITHHELD

Made = TypeVar("Made")
_PASSING = (dg.Failure, Interrupted, KeyboardInterrupt, SystemExit, GeneratorExit)


class PrivateStepError(RuntimeError):
    """A step of a private feed, or of a table made from one, broke. The message says which type of error, and where."""


def within(contract: Contract, work: Callable[[], Made]) -> Made:
    """The result of `work`, a step on the table of this contract.

    What it raises goes on as it is. If the contract is private, an unexpected exception becomes a PrivateStepError
    and a failure of the feed is put in fixed words; neither has a cause or a context.
    """
    try:
        return work()
    except _PASSING:
        raise
    except BaseException as error:  # a panic of Polars is no Exception
        if not contract.private:
            raise
        told = reported(contract, error, contract.name) if isinstance(error, FeedFailure) else _reduced(contract, error)
    raise told  # outside of the block: nothing is behind it


def _reduced(contract: Contract, error: BaseException) -> PrivateStepError:
    where = next(
        (
            f" in {Path(frame.filename).relative_to(REPOSITORY)}, line {frame.lineno} ({frame.name})"
            for frame in reversed(traceback.extract_tb(error.__traceback__))
            if Path(frame.filename).is_relative_to(REPOSITORY) and ".venv" not in Path(frame.filename).parts
        ),
        "",
    )
    return PrivateStepError(f"{contract.name}: {type(error).__name__}{where}; {WITHHELD}")
