"""Releases judged by disclosure control itself, of what lies in the lake: an unsafe one is refused, or goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.disclosure.pattern import hidden_cells
from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers import deciding
from assets.tiers.judging import DisclosureControl
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.preview import preview
from assets.tiers.release import release_all
from assets.tiers.rollback import rollback_tiers
from benchmarks import history_home
from tests.worlds.shared_city import DAYS, FIRST, PRIVATE, PUBLIC, TODAY, DecidedCells, SharedCity, shared_city
from warehouse.home import Home
from warehouse.modes import make_private_folder
from warehouse.published import versions

CITY, FEW_AREA, DAY = "11", "11110", FIRST + timedelta(days=1)
MONTHLY = "weekend_people_ratio"
WIDE = ("open", "partner/telecom")  # the tiers that may see the people
VALUES = f"SELECT area, period_start FROM metric.value WHERE metric = '{PRIVATE}' AND value IS NOT NULL"
_made = history_home._values
_few = set[tuple[str, date]]()  # cells of two people


def counted(area: str, day: date, areas: list[str]) -> float:
    """How many people are in an area; in the city as many as in its districts."""
    if area == CITY:
        return sum(counted(one, day, areas) for one in areas if one != CITY)
    return 2.0 if (area, day) in _few else 1_000.0 + int(area) % 977 + day.day


def with_people(city: Any, table: Any, days: Any, correction: int) -> dict[date, pl.DataFrame]:
    areas = city.areas["code"].to_list()
    found = _made(city, table, days, correction)
    for day, frame in found.items():
        own = pl.Series([counted(area, day, areas) for area in frame["area"]], dtype=pl.Float64)
        whole = {"completeness": pl.lit(1.0), "status": pl.lit("ok"), "reason": pl.lit(None, pl.String)}
        of_people = pl.col("metric") == PRIVATE
        found[day] = frame.with_columns(
            pl.when(of_people).then(new).otherwise(pl.col(name)).alias(name)
            for name, new in {"value": own, **whole}.items()
        )
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCity]:
    """Eight days of six areas, in which nobody is alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_home, "_values", with_people)
        yield shared_city(tmp_path_factory.mktemp("judged"), chosen=(PUBLIC, PRIVATE, MONTHLY))


@pytest.fixture
def world(published: SharedCity, tmp_path: Path) -> Iterator[SharedCity]:
    shutil.copytree(published.home.root, tmp_path / "home")
    shutil.copytree(published.city.folder, tmp_path / "cities" / "seoul")
    home = Home(tmp_path / "home")
    city = replace(published.city, folder=tmp_path / "cities" / "seoul")
    yield SharedCity(home, city, DecidedCells(home))
    _few.clear()


def release(world: SharedCity) -> Releases:
    return release_all(world.home, [world.city], DisclosureControl(world.home), run_id="r", today=TODAY, site=False)


def becomes_few(world: SharedCity, correction: int = 5) -> None:
    """The next delivery says that of the one day there were two people."""
    _few.add((FEW_AREA, DAY))
    world.nights(DAY, correction=correction)
    world.publish()


def shown(world: SharedCity, tier: str = "open") -> set[tuple[str, date]]:
    return set(world.rows(VALUES, tier))


def statuses(world: SharedCity) -> dict[tuple[str, date], str]:
    rows = world.rows(f"SELECT area, period_start, conf_status FROM metric.value WHERE metric = '{PRIVATE}'")
    return {(area, day): status for area, day, status in rows if status is not None}


def test_where_nobody_is_alone_all_is_shown(world: SharedCity):
    assert release(world).troubles == []
    assert shown(world) == set(world.inside(VALUES))
    assert len({day for _, day in shown(world)}) >= DAYS


def test_a_cell_of_few_is_hidden_and_neither_the_city_nor_another_day_gives_it_away(world: SharedCity):
    becomes_few(world)
    assert release(world).troubles == []
    for tier in WIDE:
        assert (FEW_AREA, DAY) not in shown(world, tier)
    found = statuses(world)
    assert found[FEW_AREA, DAY] == "A"
    beside = {area for (area, day), status in found.items() if day == DAY and status == "D"}
    assert beside, "the city without its other districts is this one"
    days = {day for (area, day), status in found.items() if area == FEW_AREA and status != "F"}
    month = world.rows(f"SELECT count(*) FROM metric.value WHERE metric = '{MONTHLY}' AND value IS NOT NULL")
    assert len(days) > 1 or month == [(0,)], "the month without its other days is this one"
    assert len(shown(world)) > len(found) / 2


def test_rules_of_a_feed_that_was_dropped_hide_no_less_stop_no_release_and_are_said(world: SharedCity):
    rules = world.home.root / "disclosure" / f"{world.city.name}.yaml"
    make_private_folder(rules.parent, world.home.root)
    rules.write_text("feeds:\n  feed_of_old: {threshold: 57}\n", "utf-8")
    rules.chmod(0o600)
    found = release(world)
    assert [tier.version for tier in found.tiers] == [1, 1, 1], found.troubles
    (said,) = found.troubles
    assert ":2: feeds.feed_of_old: is no feed of seoul" in said
    assert "57" not in said.partition(".yaml")[2]
    assert preview(world.home, world.city, DisclosureControl(world.home)).mistakes == (said,)
    assert shown(world) == set(world.inside(VALUES)), "nowhere are fewer"


def cell(area: str, day: date) -> pl.Expr:
    return (pl.col("area") == area) & (pl.col("period_start") == day) & (pl.col("period") == "day")


UNSAFE = {
    "threshold": pl.lit(value=False),  # nothing is hidden
    "margin": cell(FEW_AREA, DAY),
    "the month and its days": cell(FEW_AREA, DAY) | cell("11140", DAY),
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_pattern_is_refused_and_no_file_is_there(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch, kind: str
):
    becomes_few(world)

    def unsafe(*args: Any, **more: Any) -> pl.DataFrame:
        status = pl.when(UNSAFE[kind]).then(pl.lit("A")).otherwise(pl.lit("F"))
        return hidden_cells(*args, **more).with_columns(conf_status=status)

    monkeypatch.setattr(deciding, "hidden_cells", unsafe)
    found = release(world)
    assert len(found.troubles) == 3
    assert "hidden cells of seoul follow from what would be shown" in found.troubles[0]
    assert list(world.home.published.glob("open/*.duckdb")) == []
    monkeypatch.undo()
    monkeypatch.setattr(history_home, "_values", with_people)
    assert release(world).troubles == []
    assert (FEW_AREA, DAY) not in shown(world)


def test_versions_of_all_tiers_go_that_show_what_has_become_secret(world: SharedCity):
    release(world)
    assert (FEW_AREA, DAY) in shown(world)
    becomes_few(world)
    found = release(world)
    assert found.troubles == []
    assert {one.tier: one.withdrawn for one in found.tiers if one.tier in WIDE} == dict.fromkeys(WIDE, (1,))
    for tier in WIDE:
        for file in world.tier(tier).published.rglob("*.duckdb"):
            assert (FEW_AREA, DAY) not in set(world.rows(VALUES, file=file))


def test_a_kept_version_or_another_tier_beside_which_a_cell_shows_stops_the_release(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    """The pattern forgets that the first release shows what is hidden beside the cell of few, in both tiers."""
    release(world)
    becomes_few(world)

    def forgets(
        cells: pl.DataFrame, sums: pl.DataFrame, rules: Any, seen: pl.DataFrame, *more: Any, **named: Any
    ) -> pl.DataFrame:
        decided = hidden_cells(cells, sums, rules, seen.clear(), *more, **named)
        beside = pl.col("conf_status") == "D"
        return decided.with_columns(conf_status=pl.when(beside).then(pl.lit("F")).otherwise("conf_status"))

    monkeypatch.setattr(deciding, "hidden_cells", forgets)
    found = release(world)
    assert len(found.troubles) == 3
    for tier in WIDE:  # what was there showed the cell itself
        assert list(world.tier(tier).published.rglob("*.duckdb")) == []


def test_a_rollback_brings_no_secret_back_and_neither_does_the_release_after_it(world: SharedCity):
    release(world)
    becomes_few(world)
    release(world)
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    assert (FEW_AREA, DAY) in set(world.inside(VALUES))
    assert (
        rollback_tiers(world.home, run_id="back", today=TODAY)
        .troubles[0]
        .startswith("open is not put back, release 2 stays")
    )
    assert release(world).troubles == []
    for tier in WIDE:
        for file in world.tier(tier).published.rglob("*.duckdb"):
            assert (FEW_AREA, DAY) not in set(world.rows(VALUES, file=file))
