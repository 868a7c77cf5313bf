"""The cheapest pattern is safe, no safe one is cheaper, and the greedy one is not far above it."""

from __future__ import annotations

import itertools
import random

import polars as pl
import pytest

from assets.disclosure.attack import exposed
from assets.disclosure.exact import cheapest
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import DisclosureRules
from assets.disclosure.secondary import protect
from tests.unit.assets.disclosure.made import grid, grid_sums, numbers


def _table(seed: int, rows: int, columns: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    chance = random.Random(seed)
    values = [[chance.choice([10, 20, 50, 90, 200, 700]) for _ in range(columns)] for _ in range(rows)]
    shops = [[chance.choice([2, 5, 7, 9, 20]) for _ in range(columns)] for _ in range(rows)]
    return sensitive(grid(values, shops), DisclosureRules()), grid_sums(rows, columns)


def _cost(judged: pl.DataFrame) -> float:
    return judged.filter(pl.col("conf_status") == "D")["value"].sum()


def _safe(judged: pl.DataFrame, sums: pl.DataFrame) -> bool:
    hidden = judged.filter(pl.col("conf_status") != "F").select("cell")
    return exposed(judged, sums, hidden, insiders=False).is_empty()


@pytest.mark.parametrize("seed", range(6))
def test_no_safe_pattern_is_cheaper(seed: int) -> None:
    judged, sums = _table(seed, 2, 2)
    primary = judged.filter(pl.col("conf_status") != "F")["cell"].to_list()
    free = judged.filter(pl.col("conf_status") == "F").select("cell", "value").rows()
    costs = [
        sum(value for _, value in more)
        for size in range(len(free) + 1)
        for more in itertools.combinations(free, size)
        if exposed(judged, sums, numbers([*primary, *(cell for cell, _ in more)]), insiders=False).is_empty()
    ]
    found = cheapest(judged, sums)
    assert found is not None
    assert _safe(found.judged, sums)
    assert found.cost == found.least == min(costs) == _cost(found.judged)


@pytest.mark.parametrize("seed", range(4))
def test_the_greedy_pattern_is_safe_and_costs_at_most_twice_as_much(seed: int) -> None:
    judged, sums = _table(seed, 6, 5)
    found, greedy = cheapest(judged, sums), protect(judged, sums, insiders=False)
    assert found is not None
    assert _safe(found.judged, sums)
    assert _safe(greedy, sums)
    assert found.cost <= _cost(greedy) <= 2 * found.cost


def test_where_programs_run_out_there_is_no_pattern() -> None:
    judged, sums = _table(0, 6, 5)
    assert cheapest(judged, sums, most_programs=1) is None
