"""Rows of any model from the world of any pack, in the model's own columns and units, for one day or period."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from assets.models import models
from quality.contract.interval import Interval
from simulator import observed
from simulator.listed import modules_in
from simulator.made_rows import event_rows, reading_rows, stock_rows
from simulator.row_kinds import Events, Listing, Observed, Readings
from simulator.spans import Span
from simulator.world.sites import NETWORKS, STATION, sites
from simulator.world.world import World

OBSERVED: Mapping[str, Observed] = {name: module.OBSERVED for name, module in modules_in(observed).items()}
UTC = "time_utc"


def observed_rows(
    world: World,
    model: str,
    day: date,
    interval: Interval | None = None,
    columns: Collection[str] | None = None,
    places_of: str | None = None,
    network: str | None = None,
) -> pl.DataFrame:
    """All columns of the model, those that are not of such rows null, and `time_utc`; in a fixed order.

    day: the day, or one in the period. interval: what a row is of; None of registers. columns: those that the feed has;
    they decide by which parts of the key rows are told apart: a feed without `place` gets sums by area. Without them
    each part is told apart that the model's own places have. places_of: a model whose places are used instead of this
    one's own, so that rows of two models can be joined by place and time; of a register, the model whose places it
    lists. network: whose instruments they are; each network has places of its own. `time` is the beginning of the
    interval, by the clocks of the city; `time_utc` its instant, without a zone.
    """
    made = OBSERVED[model]
    wanted = None if columns is None else frozenset(columns)
    known = models()[model]
    keys = None if wanted is None else tuple(name for name in known.key if name in wanted and name != "time")
    if isinstance(made, Listing):
        rows = made.entries(world, sites(world, _kind(places_of, made.sites, network)), day)
        return _completed(rows, model)
    span = Span.of(interval, day)
    if isinstance(made, Readings):
        rows = reading_rows(world, made, span, _kind(places_of, made.sites, network), keys, known.key)
    elif isinstance(made, Events):
        rows = event_rows(world, made, span, wanted, keys)
    else:
        rows = stock_rows(world, made, span, keys, known.key)
    return _completed(rows, model)


def _kind(model: str | None, default: str | None, network: str | None) -> str:
    """The kind of the places of a model, else the default, in a network."""
    made = None if model is None else OBSERVED[model]
    found = made.sites if isinstance(made, Readings | Listing) else default
    if found is None:
        raise KeyError(f"{model} has no places")
    return NETWORKS.get(network or "", found) if found == STATION else found


def _completed(rows: pl.DataFrame, model: str) -> pl.DataFrame:
    """All columns of the model in its order and types."""
    known = models()[model].columns
    columns = []
    for name, column in known.items():
        if name not in rows.columns:
            columns.append(pl.lit(None, column.dtype).alias(name))
            continue
        value = pl.col(name)
        if column.type == "integer" and rows.schema[name].is_float():
            value = value.round()
        columns.append(value.cast(column.dtype))
    return rows.select(*columns, *([UTC] if UTC in rows.columns else []))
