"""What a pack's choice of a metric makes of its entry: fewer feeds, and fewer of their readings."""

from __future__ import annotations

import re
from dataclasses import replace

from assets.metrics.choice import MetricChoice
from assets.metrics.definition import NamedEntry


def narrowed_entry(named: NamedEntry, choice: MetricChoice) -> NamedEntry:
    """An entry of fewer feeds and readings, where the pack says so."""
    entry = named.entry
    where = entry.where if choice.where is None else choice.where
    if entry.where is not None and choice.where is not None:
        where = f"{_as_one(entry.where)} AND {_as_one(choice.where)}"
    return replace(named, entry=entry.model_copy(update={"where": where, "feeds": choice.feeds or entry.feeds}))


def _as_one(where: str) -> str:
    """A condition that stands beside an AND."""
    return f"({where})" if re.search(r"\bor\b", where, re.IGNORECASE) else where
