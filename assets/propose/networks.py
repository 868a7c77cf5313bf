"""Whose instruments a feed's rows are from: no column says it, and metrics ask."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from assets.metrics.entries import platform_entries
from assets.metrics.feeds import NETWORK
from assets.metrics.sql import names_in
from assets.propose.seen import Doubt

_USUAL = "reference"


def add_network(document: dict[str, Any], models: Iterable[str]) -> list[Doubt]:
    """The usual network, with its question, where metrics of a model ask for it: a feed that says none gives none."""
    if not any(map(_asks, models)):
        return []
    document["network"] = _USUAL
    return [Doubt(("network",), "Whose instruments are they? Metrics ask: reference, low_cost, crowd; or modelled.")]


@cache
def _asks(model: str) -> bool:
    wheres = {named.entry.where or "TRUE" for named in platform_entries().values() if named.entry.observes == model}
    return any(NETWORK in names_in(where) and f"'{_USUAL}'" in where for where in wheres)
