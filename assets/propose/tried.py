"""A proposed feed's file, tried on the sample: what does not load or cannot be read is taken out, with the reason."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from pydantic import ValidationError

from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.parse import ParsedFrames, parse
from assets.propose.reshaping import raw_rows
from assets.propose.seen import Doubt, Look
from assets.readers.reshape import reshaped
from quality.contract.all_errors import SeveralErrors
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from quality.contract.models import Model

_MOST_REPAIRS = 40
_UNREADABLE = 0.02  # share of a column's cells from which it is not the column that it was taken for


@dataclass
class Tried:
    """What is left of a proposal after the trial."""

    document: dict[str, Any]
    contract: Contract
    parsed: ParsedFrames
    doubts: list[Doubt] = field(default_factory=list)


def tried(document: Mapping[str, Any], seen: Look, name: str, models: Mapping[str, Model], zone: str) -> Tried:
    """The proposal with what loads and can be read of it. Raises PermanentFailure where nothing is left that runs."""
    now, doubts = copy.deepcopy(dict(document)), list[Doubt]()
    for _ in range(_MOST_REPAIRS):
        try:
            contract = from_feed(now, name, models, zone)
        except SeveralErrors as errors:
            _without_broken(now, errors.said, doubts, seen)
            continue
        except ValidationError as error:
            said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
            _without_broken(now, said, doubts, seen)
            continue
        except ValueError as error:
            raise _cannot(seen, str(error)) from error
        try:
            parsed = _parsed(contract, seen)
        except FeedFailure as failure:
            raise _cannot(seen, f"{failure.what}") from failure
        broken = _unread(contract, parsed, now)
        if not broken:
            return Tried(now, contract, parsed, doubts)
        _without_broken(now, broken, doubts, seen)
    raise _cannot(seen, "what was proposed does not load")


def _parsed(contract: Contract, seen: Look) -> ParsedFrames:
    assert contract.connector is not None
    assert contract.connector.files is not None
    raw = reshaped(raw_rows(seen.rows, "sample"), contract.connector.files.layout)
    return parse(contract, "sample", "0" * 64, [raw])


def _unread(contract: Contract, parsed: ParsedFrames, document: Mapping[str, Any]) -> list[str]:
    """Columns of which more cells than a few cannot be read, as mistakes of them; not those of the key."""
    if parsed.cells.is_empty():
        return []
    rows = max(parsed.rows.height, 1)
    counts = parsed.cells.group_by("column").len()
    return [
        f"columns.{name}: {count / rows:.0%} of its cells cannot be read so"
        for name, count in counts.iter_rows()
        if count > _UNREADABLE * rows and name in document["columns"] and not contract.column(name).key
    ]


def _without_broken(
    document: dict[str, Any], said: list[str] | tuple[str, ...], doubts: list[Doubt], seen: Look
) -> None:
    """Takes out the columns and rules that sentences are about."""
    out = False
    for sentence in said:
        found = re.match(r"(columns|rules)\.([^.:\s]+)", sentence)
        if found is None:
            continue
        reason = sentence.partition(": ")[2]
        if found[1] == "columns" and found[2] in document["columns"] and found[2] != "time":
            where = document["columns"].pop(found[2])
            source = where["from"] if isinstance(where, dict) else where
            doubts.append(Doubt(("columns",), f"{found[2]} (from {source}) is left out: {reason}"))
            out = True
        elif found[1] == "rules" and document.get("rules"):
            document["rules"] = []
            out = True
    if not out:
        raise _cannot(seen, said[0])


def _cannot(seen: Look, why: str) -> PermanentFailure:
    where = seen.name or (seen.files[0].name if seen.files else "the delivery")
    return PermanentFailure(
        "FEED-PROPOSAL", f"nothing can be proposed that runs: {why}", where, "write its columns by hand"
    )


def same_keys(contract: Contract, rows: pl.DataFrame) -> float:
    """Share of the rows whose key is there before."""
    keys = [name for name in contract.key if name in rows.columns]
    return 0.0 if rows.is_empty() else 1 - rows.select(keys).n_unique() / rows.height
