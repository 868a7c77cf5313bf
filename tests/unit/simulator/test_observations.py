"""Rows of every model for any pack: complete, within the ranges of the model, the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import polars as pl
import pytest

from assets.models import models
from quality.contract.interval import Interval
from simulator.observations import OBSERVED, observed_rows
from simulator.row_kinds import Listing
from simulator.world.world import World
from tests.worlds.small_cities import SOMEWHERE, small_city

INTERVALS = {"instant": date(2013, 1, 1), "hour_ending": date(2024, 2, 29), "10_minutes_beginning": date(2020, 7, 25)}
LONGER = {"day": date(2019, 10, 6), "month": date(2019, 10, 6)}
WEDNESDAY, HOUR = date(2024, 6, 12), Interval.parse("hour_beginning")


@cache
def world(name: str, seed: int = 1) -> World:
    return World(small_city(next(where for where in SOMEWHERE if where.name == name)), seed)


WORLDS = tuple(where.name for where in SOMEWHERE)


def asked(name: str, model: str) -> Iterator[tuple[Interval | None, date]]:
    """What rows can be of, each with a day; months take a while, so that one city has them."""
    if isinstance(OBSERVED[model], Listing):
        yield None, WEDNESDAY
        return
    for text, day in (INTERVALS | (LONGER if name == "hanoi" else {})).items():
        yield Interval.parse(text), day


def keys(model: str, rows: pl.DataFrame) -> list[str]:
    """The key of rows: those of the model that they have, and the instant, which tells a repeated hour apart."""
    names = [name for name in models()[model].key if name != "time" and not rows[name].is_null().all()]
    return [*names, *(["time_utc"] if "time_utc" in rows.columns else [])]


def test_every_model_has_rows() -> None:
    assert set(OBSERVED) == set(models())


@pytest.mark.parametrize("model", list(OBSERVED))
@pytest.mark.parametrize("name", WORLDS)
def test_rows_are_what_their_model_says(name: str, model: str) -> None:
    known = models()[model]
    for interval, day in asked(name, model):
        rows = observed_rows(world(name), model, day, interval)
        where = (interval, day)
        assert rows.height > 0, where
        assert set(known.columns) | {"time_utc"} >= set(rows.columns) >= set(known.columns), where
        assert (
            dict(zip(known.columns, (c.dtype for c in known.columns.values()), strict=True)).items()
            <= dict(rows.schema).items()
        ), where
        assert not rows.select(keys(model, rows)).is_duplicated().any(), where
        for column, says in known.columns.items():
            values = rows[column].drop_nulls()
            if says.required:
                assert len(values) == rows.height, (column, where)
            if says.range is not None and len(values):
                low, high = says.range.least, says.range.most
                assert low is None or float(values.min()) >= low, (column, values.min(), where)
                assert high is None or float(values.max()) <= high, (column, values.max(), where)
            if says.known:
                assert set(values) <= set(says.known), (column, where)
            if says.form is not None:
                assert values.str.contains(says.form).all(), (column, where)
        for rule in known.rules:
            more, less = rule.not_below
            assert rows.filter(pl.col(more) < pl.col(less)).is_empty(), (rule.name, where)
