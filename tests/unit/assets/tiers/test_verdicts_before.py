"""A block of cells that is as it was is decided as it was: the same is hidden as by a look at all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.derive.blocks_of_cells import with_block
from assets.derive.private_cells import FIGURES, how_cells_add_up, periods_had, sums_of_cells
from assets.disclosure.cells import CELLS, FEW, FREE, SECONDARY
from assets.disclosure.pattern import hidden_cells
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import DisclosureRules
from assets.publication.snapshot import Snapshot
from assets.tiers import deciding, judging
from assets.tiers.judged import SEEN_CELLS
from assets.tiers.judging import DisclosureControl
from tests.worlds.files import seoul
from warehouse.home import Home

AREAS = ("11110", "11140", "11170", "11200", "11215", "11230", "11260", "11290")
MONTHS, DAYS = range(1, 7), range(1, 25)
FEW_OF = {("11110", date(2020, 1, 3)): 2.0, ("11200", date(2020, 4, 9)): 1.0}
Changes = dict[tuple[str, date], float]
NO_FIGURES = pl.DataFrame(schema=FIGURES)


def cells(changes: Changes, last: int = 6) -> pl.DataFrame:
    """Half a year of people in eight districts and in the city, by day and, as sums of days, by month."""
    rows = []
    for month in MONTHS[:last]:
        of_month: dict[str, float] = dict.fromkeys((*AREAS, "11"), 0.0)
        for day in DAYS:
            when = date(2020, month, day)
            people: dict[str, float] = {
                a: changes.get((a, when), 100.0 + 13 * n + day * month) for n, a in enumerate(AREAS)
            }
            for area, number in {**people, "11": sum(people.values())}.items():
                of_month[area] += number
                rows.append((area, "day", when, number, number))
        rows += [(area, "month", date(2020, month, 1), number, 1_000.0) for area, number in of_month.items()]
    made = [
        (n, "living_population", "", area, "city" if area == "11" else "district", period, start, *both, None, None)
        for n, (area, period, start, *both) in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=CELLS, orient="row")


class Judge:
    """Looks at cells in a home that remembers, and in a copy of it that has forgotten its verdicts."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.home, self.city, self._patch = Home(root / "home"), seoul(), patch
        self.asked = list[int]()

        def counted(own: pl.DataFrame, *more: object, **named: object) -> pl.DataFrame:
            self.asked.append(own.height)
            return hidden_cells(own, *more, **named)  # pyright: ignore[reportArgumentType]

        patch.setattr(judging, "load_snapshot", lambda home, city, _: Snapshot(home, city, {}))
        patch.setattr(deciding, "hidden_cells", counted)

    def both(self, own: pl.DataFrame, seen: pl.DataFrame | None = None) -> tuple[pl.DataFrame, int, int]:
        """What is decided, of how many cells it was asked, and of how many where nothing is remembered."""
        self._patch.setattr(judging, "cells_with_figures", lambda *_: (own, NO_FIGURES))
        shown = pl.DataFrame(schema=SEEN_CELLS) if seen is None else seen
        other = Home(self.home.root.with_name("other"))
        shutil.rmtree(other.root, ignore_errors=True)
        if self.home.root.is_dir():
            shutil.copytree(self.home.root, other.root)
            for name in ("verdicts", "proved"):
                shutil.rmtree(other.root / "disclosure" / name, ignore_errors=True)
        self.asked.clear()
        whole = DisclosureControl(other).judge(self.city, shown)
        of_whole = sum(self.asked)
        self.asked.clear()
        found = DisclosureControl(self.home, remembers=True).judge(self.city, shown)
        assert found.exposed == whole.exposed == 0
        assert found.cells.sort(pl.all()).equals(whole.cells.sort(pl.all()))
        return found.cells, sum(self.asked), of_whole


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    return Judge(tmp_path, monkeypatch)


def seen_of(own: pl.DataFrame, **figures: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    shown = own.filter(pl.col("conf_status") == FREE).with_columns(version=pl.lit("open/1-1"))
    changed = shown.with_columns(made(pl.col(name)).alias(name) for name, made in figures.items())
    return changed.select(pl.col(name).cast(dtype) for name, dtype in SEEN_CELLS.items())


def test_night_after_night_the_same_is_decided_and_only_what_changed_is_asked(judge: Judge) -> None:
    first, asked, whole = judge.both(cells(FEW_OF, last=5))
    assert asked == whole
    assert first.filter(pl.col("conf_status") == FEW).height == len(FEW_OF)
    _, asked, _ = judge.both(cells(FEW_OF, last=5))
    assert asked == 0  # what it hid is hidden before now, and it would hide the same
    same, asked, whole = judge.both(cells(FEW_OF, last=5), seen_of(first))
    assert (asked, same.height) == (0, first.height)
    another, asked, whole = judge.both(cells(FEW_OF | {("11260", date(2020, 5, 7)): 2.0}), seen_of(first))
    assert another.filter(pl.col("conf_status") == FEW).height == len(FEW_OF) + 1
    assert asked == whole / 3  # a version shows it and has to go; its block alone is asked


def test_a_month_that_is_new_is_asked_alone(judge: Judge) -> None:
    few = FEW_OF | {("11110", date(2020, 6, 3)): 2.0}
    judge.both(cells(few, last=5))
    _, asked, whole = judge.both(cells(few, last=6))
    assert (asked, whole) == (225, 675)


def test_a_version_that_has_to_go_is_found_by_a_look_at_the_block_that_changed(judge: Judge) -> None:
    """A figure of 101 people was corrected by one: beside each other they show who came late."""
    first, *_ = judge.both(cells(FEW_OF))
    for _ in range(2):
        judge.both(cells(FEW_OF), seen_of(first))
    changed, asked, whole = judge.both(cells(FEW_OF | {("11140", date(2020, 6, 2)): 126.0}), seen_of(first))
    assert changed["withdraw"].any()
    assert (asked, whole) == (225, 675)
    judge.both(cells(FEW_OF | {("11140", date(2020, 6, 2)): 126.0}), seen_of(first))


def test_no_sum_goes_beyond_a_block() -> None:
    own, city = cells(FEW_OF), seoul()
    blocks = with_block(own, periods_had(own, city)).select("cell", "block")
    _, sums = sums_of_cells(own, city)
    of_sums = sums.join(blocks, on="cell").group_by("sum").agg(pl.col("block").n_unique())
    assert blocks["block"].n_unique() == len(MONTHS)
    assert of_sums.height > len(MONTHS) * len(DAYS)
    assert of_sums["block"].unique().to_list() == [1]


@pytest.mark.parametrize("period", ["week", "trailing_year"])
def test_what_lies_across_months_makes_one_block_of_a_table(period: str) -> None:
    own = pl.DataFrame({"table": ["shops"], "period_start": [date(2020, 3, 2)]})
    had = pl.DataFrame({"table": ["shops"] * 2, "period": ["month", period]})
    assert with_block(own, had)["block"].to_list() == [None]
    assert with_block(own, had.head(1))["block"].to_list() == [date(2020, 3, 1)]


def test_a_release_in_which_a_version_goes_is_remembered_all_the_same(judge: Judge) -> None:
    """What is safe beside a version is safe without it: only the block for which it goes is asked once more."""
    first, *_ = judge.both(cells({}))
    _, asked, whole = judge.both(cells(FEW_OF), seen_of(first))
    assert asked == whole
    shown = seen_of(first).filter(pl.col("area") == "none")  # the version is gone
    _, asked, whole = judge.both(cells(FEW_OF), shown)
    assert (asked, whole) == (450, 450)  # of both it was shown what is hidden now
    changed = {("11140", date(2020, 6, 2)): 126.0}
    second, *_ = judge.both(cells(FEW_OF), shown)
    _, asked, _ = judge.both(cells(FEW_OF | changed), seen_of(second).with_columns(version=pl.lit("open/2-2")))
    assert asked == 225
    _, asked, _ = judge.both(cells(FEW_OF | changed), shown)
    assert asked == 0  # the version went for June; January and April are as they were, and June is free


def test_whether_anything_is_sensitive_is_asked_of_cells_that_changed_alone(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[int]()

    def counted(own: pl.DataFrame, rules: DisclosureRules) -> pl.DataFrame:
        looked.append(own.height)
        return sensitive(own, rules)

    judge.both(cells(FEW_OF))
    monkeypatch.setattr(deciding, "sensitive", counted)
    home = DisclosureControl(judge.home, remembers=True)
    nothing = pl.DataFrame(schema=SEEN_CELLS)
    home.judge(judge.city, nothing)
    assert sum(looked) == 0  # of six months, four have nothing that is hidden
    judge.both(cells(FEW_OF | {("11140", date(2020, 6, 2)): 126.0}))
    looked.clear()
    monkeypatch.setattr(
        judging, "cells_with_figures", lambda *_: (cells({("11140", date(2020, 6, 2)): 127.0}), NO_FIGURES)
    )
    home.judge(judge.city, nothing)
    assert 0 < sum(looked) < 2 * 3 * 225 + 225


def test_other_sums_of_the_same_cells_are_judged_again(judge: Judge) -> None:
    """An area that lies across districts is no part of one: the same areas, with the other sums."""
    for _ in range(2):
        judge.both(cells(FEW_OF))
    areas = judge.city.areas.with_columns(also_in=pl.when(pl.col("code") == "11110").then(pl.lit("11140")))
    judge.city = replace(judge.city, areas=areas)
    _, asked, whole = judge.both(cells(FEW_OF))
    assert asked == whole > 0
    within = areas.with_columns(
        parent=pl.when(pl.col("code") == "11110").then(pl.lit("11140")).otherwise("parent"), also_in=pl.col("parent")
    )
    said = {how_cells_add_up(replace(judge.city, areas=one)) for one in (areas, within)}
    assert len(said) == 2


def test_a_month_in_which_nothing_was_hidden_is_judged_when_it_has_a_cell_of_few(judge: Judge) -> None:
    for _ in range(2):
        judge.both(cells(FEW_OF))
    few = {("11140", date(2020, 6, 2)): 2.0}
    found, asked, _ = judge.both(cells(FEW_OF | few))
    assert found.filter(pl.col("conf_status") == FEW).height == len(FEW_OF) + 1
    assert asked == 225
    found, asked, _ = judge.both(cells(FEW_OF))  # and free again once it has none, though other cells were hidden
    assert found.filter(pl.col("period_start") == date(2020, 6, 2), pl.col("conf_status") == FEW).is_empty()


@pytest.mark.parametrize("lost", ["hidden", "shown"])
def test_a_block_is_asked_again_where_other_cells_were_hidden_or_a_hidden_one_is_shown(judge: Judge, lost: str) -> None:
    for _ in range(2):
        found, asked, _ = judge.both(cells(FEW_OF))
    assert asked == 0
    if lost == "hidden":
        shutil.rmtree(judge.home.root / "disclosure" / "hidden")
        _, asked, _ = judge.both(cells(FEW_OF))
        assert asked == 450
    else:
        secret = found.filter((pl.col("conf_status") == SECONDARY) & (pl.col("period_start") < date(2020, 2, 1)))
        shows = secret.head(1).with_columns(version=pl.lit("open/1-1")).select(SEEN_CELLS.names())
        _, asked, _ = judge.both(cells(FEW_OF), shows)
        assert asked == 225
