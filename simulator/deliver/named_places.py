"""What a pack's own conditions name: `place IN ('11', '12')` means that the city's stations are called 11 and 12."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from assets.pack.city import City
from quality.contract.model import Contract

_IN = re.compile(r"(\w+)\s+IN\s*\(([^()]*)\)", re.IGNORECASE)
_IS = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*')")
_TEXT = re.compile("'((?:[^']|'')*)'")


def with_named(rows: pl.DataFrame, contract: Contract, city: City) -> pl.DataFrame:
    """The rows, in which texts of the world give way to those that conditions on this feed name, one for one.

    Without them no row of a simulated night would be one that the metrics of the pack take.
    """
    for column, named in _named(contract, city).items():
        if column not in rows.columns or rows.schema[column] != pl.String:
            continue
        there = rows[column].drop_nulls().unique(maintain_order=True).to_list()
        if not set(there) & set(named):
            rows = rows.with_columns(pl.col(column).replace(dict(zip(there, named, strict=False))))
    return rows


def _named(contract: Contract, city: City) -> Mapping[str, list[str]]:
    """By column, the texts that the pack's conditions on metrics of a feed name, in their order."""
    found = dict[str, dict[str, None]]()
    for choice in city.choices.values():
        if choice.where is None or (choice.feeds and contract.name not in choice.feeds):
            continue
        for column, texts in (*_IN.findall(choice.where), *_IS.findall(choice.where)):
            said = [text.replace("''", "'") for text in _TEXT.findall(texts)]
            found.setdefault(column, {}).update(dict.fromkeys(said))
    return {column: list(texts) for column, texts in found.items()}
