"""The files that a proposal changes in a pack: the new feed's own, and `first_day` of city.yaml."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from assets.failures import FeedFailure
from assets.propose.proposal import Proposal
from assets.propose.seen import Look
from assets.propose.tried import tried
from quality.contract.columns import DAY
from quality.contract.models import Model
from warehouse.files import ANYBODY, unfinished_name, write_atomically

_FIRST_DAY = re.compile(r"(?m)^(first_day:[ \t]*)(['\"]?)[0-9]{4}-[0-9]{2}-[0-9]{2}\2")
_EARLIEST = date(1900, 1, 1)


def write_new(target: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all. Raises FileExistsError where it is, OSError."""
    unfinished = unfinished_name(target)
    try:
        write_atomically(unfinished, text.encode(), ANYBODY)
        _named(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _named(unfinished: Path, target: Path) -> None:
    """Give a file its name where nobody has it. Disks without hard links only know whether it was there before."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        unfinished.rename(target)


def first_day_of(proposal: Proposal, seen: Look, models: Mapping[str, Model], zone: str) -> date | None:
    """The first day of the rows that were looked at; None of a register, and where it cannot be known."""
    if "time" not in proposal.document.get("columns", {}):
        return None
    days: list[date] = []
    with suppress(FeedFailure):
        rows = tried(proposal.document, seen, "sample", models, zone).parsed.rows
        if DAY in rows.columns:
            days = [day for day in rows[DAY].drop_nulls() if _EARLIEST <= day <= date.today()]  # noqa: DTZ011
    return min(days, default=None)


def earlier_first_day(city_file: Path, first: date) -> bool:
    """Put an earlier `first_day` into city.yaml, that one line alone. False where it has no such line."""
    text = city_file.read_bytes().decode("utf-8")
    changed, lines = _FIRST_DAY.subn(lambda found: f"{found[1]}{first}", text, count=1)
    if lines:
        write_atomically(city_file, changed.encode(), city_file.stat().st_mode & 0o777)
    return bool(lines)
