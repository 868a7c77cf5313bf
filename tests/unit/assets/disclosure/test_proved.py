"""A part of which it is known that it is safe is not asked again: what is found is what a look at everything finds."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.disclosure import attack
from assets.disclosure.attack import exposed
from assets.disclosure.pattern import leaks, pattern
from assets.disclosure.primary import sensitive
from assets.disclosure.proved import Proved, part_names
from assets.disclosure.rules import DisclosureRules
from assets.disclosure.unknowns import unknowns
from tests.unit.assets.disclosure.made import cells_of, numbers, shops, sums_of, total

RULES = DisclosureRules()


Figures = dict[tuple[int, int, int], tuple[float, int]]  # by month, area and day: value, contributors


def _figure(chance: random.Random) -> tuple[float, int]:
    return float(chance.choice([2, 5, 30, 200])), chance.choice([1, 2, 9, 9, 9])


def _figures(chance: random.Random, months: int = 2) -> Figures:
    return {(m, area, day): _figure(chance) for m in range(months) for area in range(3) for day in range(3)}


def _table(figures: Figures) -> tuple[list[dict[str, Any]], list[dict[int, float]]]:
    """Cells by area and day, and totals over the areas of a day and the days of a month: months have none in common."""
    rows: list[dict[str, Any]] = [
        {"value": value, "contributors": number, "area": str(key)} for key, (value, number) in figures.items()
    ]
    sums: list[dict[int, float]] = []
    keys = list(figures)
    for line in dict.fromkeys((month, place, one) for month, *both in keys for place, one in enumerate(both)):
        month, place, one = line
        parts = [n for n, key in enumerate(keys) if key[0] == month and key[1 + place] == one]
        value, number = (sum(rows[part][name] for part in parts) for name in ("value", "contributors"))
        rows.append({"value": value, "contributors": number, "area": str(line) + "+"})
        sums.append(total(len(rows) - 1, *parts))
    return rows, sums


def _shuffled(
    rows: list[Any], sums: list[dict[int, float]], chance: random.Random
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same table with other numbers of cells and sums, in another order."""
    order = list(range(len(rows)))
    chance.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    equations = [{place[cell]: factor for cell, factor in one.items()} for one in sums]
    chance.shuffle(equations)
    return cells_of(*(rows[old] for old in order)), sums_of(*equations)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_publication_after_publication_the_same_is_found_as_by_a_look_at_everything(seed: int) -> None:
    chance = random.Random(seed)
    figures, proved = _figures(chance), Proved(key=b"k")
    for _ in range(4):
        cells, equations = _shuffled(*_table(figures), random.Random(seed))
        judged = sensitive(cells, RULES)
        secret = judged.filter(pl.col("conf_status") != "F")["cell"].to_list()
        others = [one for one in judged["cell"] if one not in secret]
        hidden = numbers({*secret, *chance.sample(others, len(others) * chance.randint(0, 3) // 4)})
        assert exposed(judged, equations, hidden, proved=proved).equals(exposed(judged, equations, hidden))
        figures[chance.choice(list(figures))] = _figure(chance)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_a_part_has_the_same_name_whatever_the_numbers_and_the_order_of_its_cells(seed: int) -> None:
    chance = random.Random(seed)
    table = _table(_figures(chance))

    def names() -> list[bytes]:
        cells, equations = _shuffled(*table, random.Random(chance.random()))
        judged = sensitive(cells, RULES)
        return sorted(part_names(unknowns(judged, equations, judged.filter(pl.col("conf_status") != "F"))).values())

    assert names() == names()


def test_what_was_found_out_is_not_proved() -> None:
    cells, sums = shops((500, 2), (700, 9), (1200, 11)), sums_of(total(2, 0, 1))
    proved = Proved()
    for _ in range(2):
        found = leaks(cells, sums, RULES, numbers([1, 2]), proved=proved)
        assert found.rows() == [(0, "outsider")]
    assert not proved.used


@pytest.mark.parametrize("stricter", [{"p_percent": 90}, {"threshold": 20}], ids=["p", "threshold"])
def test_under_stricter_rules_a_part_is_asked_again(stricter: dict[str, Any]) -> None:
    cells = shops((500, 2), (300, 9), (700, 9), (1500, 20))
    sums = sums_of(total(3, 0, 1, 2))
    proved = Proved()
    decided = pattern(cells, sums, RULES, proved=proved)
    shown = decided.filter(pl.col("conf_status") == "F").select("cell")
    assert leaks(cells, sums, RULES, shown, marks=decided, proved=proved).is_empty()
    strict = replace(RULES, **stricter)
    whole = leaks(cells, sums, strict, shown, marks=decided)
    assert not whole.is_empty()
    assert leaks(cells, sums, strict, shown, marks=decided, proved=proved).equals(whole)


def test_only_the_part_that_changed_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {key: (100.0 + 7 * n, 9) for n, key in enumerate(_figures(random.Random(0), months=4))}
    figures |= {(month, 0, 0): (20.0, 2) for month in range(4)}
    proved, asked = Proved(), list[int]()
    rows, sums = _table(figures)
    decided = pattern(cells_of(*rows), sums_of(*sums), RULES, proved=proved)
    whole = attack.exposed_columns
    monkeypatch.setattr(attack, "exposed_columns", lambda of, **more: asked.append(len(of.cell)) or whole(of, **more))

    def look(figures: Figures) -> int:
        asked.clear()
        rows, sums = _table(figures)
        shown = decided.filter(pl.col("conf_status") == "F").select("cell")
        assert leaks(cells_of(*rows), sums_of(*sums), RULES, shown, marks=decided, proved=proved).is_empty()
        return sum(asked)

    assert look(figures) == 0
    hidden = decided.filter(pl.col("conf_status") != "F").height
    assert look(figures | {(2, 0, 0): (21.0, 2)}) == hidden / 4


def test_a_name_needs_the_key_of_the_home() -> None:
    cells, sums = shops((500, 2), (700, 2), (1200, 11)), sums_of(total(2, 0, 1))
    of = unknowns(sensitive(cells, RULES), sums, numbers([0, 1]))
    assert part_names(of, b"one").values() != part_names(of, b"other").values()
    assert len(part_names(of)[int(of.part[0])]) == 16
