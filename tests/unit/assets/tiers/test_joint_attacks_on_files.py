"""Files that are safe each and give somebody away together: kept versions, tiers, and areas that were drawn anew.

The attacker is `tests/support/reader_attack.py`, who shares no code with the product. What is planted lies as kept
versions in the folders of tiers; what the product releases is made by the product, with and without one of its looks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.derive import private_cells
from assets.derive.adding_cells import Within
from assets.disclosure.cells import KNOWN_TO_ALL, REST
from assets.tiers import deciding
from assets.tiers.hidden_before import hidden_before
from assets.tiers.judged import SEEN_CELLS
from assets.tiers.shown import ShownCells
from tests.support.reader_attack import Shown, found_out, in_database, read_all
from tests.worlds.attacked_city import (
    CITY,
    DAYS,
    DENSITY,
    IN_RING,
    MONTH,
    NOWHERE,
    PEOPLE,
    PUBLIC,
    RING,
    WEIGHTED,
    AttackedCity,
    attacked_city,
)
from warehouse.home import Home

Cell = tuple[str, str, date]  # metric, area, first day
D1, D2 = "11110", "11140"
N1, N2, N3, N4, N5, N6 = "11110515", "11110530", "11110540", "11140520", "11140540", "11140550"
FIRST, SECOND, THIRD, LAST = DAYS
MARCH = FIRST.replace(day=1)
OPEN, CARD, TELECOM = "open", "partner/card", "partner/telecom"
REDRAWN = tuple(N6 if leaf == N5 else leaf for leaf in IN_RING)

# Files that show of people nothing but this: a tier and its cells each, and who is found out from all of them.
JOINT: Mapping[str, tuple[list[tuple[str, list[Cell]]], tuple[str, date]]] = {
    "two versions hide another pair each": (
        [(OPEN, [(PEOPLE, D1, FIRST), (PEOPLE, N1, FIRST)]), (OPEN, [(PEOPLE, D1, FIRST), (PEOPLE, N3, FIRST)])],
        (N2, FIRST),
    ),
    "three versions with a part each": (
        [(OPEN, [(PEOPLE, D1, FIRST)]), (OPEN, [(PEOPLE, N1, FIRST)]), (OPEN, [(PEOPLE, N3, FIRST)])],
        (N2, FIRST),
    ),
    "a version of the month, another of its days": (
        [(OPEN, [(MONTH, N6, MARCH)]), (OPEN, [(PEOPLE, N6, day) for day in (FIRST, THIRD, LAST)])],
        (N6, SECOND),
    ),
    "the open file and that of a partner": (
        [(OPEN, [(PEOPLE, a, THIRD) for a in (CITY, D1)]), (CARD, [(DENSITY, D2, THIRD)])],
        (NOWHERE, THIRD),
    ),
    "two partners": (
        [(TELECOM, [(PEOPLE, a, SECOND) for a in (RING, D2)]), (CARD, [(DENSITY, a, SECOND) for a in (N1, N2)])],
        (N6, SECOND),
    ),
    "a partner's days and everybody's month": (
        [(CARD, [(DENSITY, N2, day) for day in (SECOND, THIRD, LAST)]), (OPEN, [(MONTH, N2, MARCH)])],
        (N2, FIRST),
    ),
}


_SHOW = "UPDATE metric.value SET value = ? WHERE (metric, area, period_start) = (?, ?, ?)"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> AttackedCity:
    """Published and not yet released."""
    return attacked_city(tmp_path_factory.mktemp("joint"))


def copy_of(made: AttackedCity, folder: Path) -> AttackedCity:
    shutil.copytree(made.home.root, folder / "home", symlinks=True)
    return AttackedCity(Home(folder / "home"), made.city)


def shown(world: AttackedCity) -> list[Shown]:
    """What all readers together see."""
    return [one for tier in ("open", "partner") for one in read_all(world.home.published / tier)]


def plant(world: AttackedCity, tier: str, version: int, cells: Iterable[Cell]) -> Path:
    """A version of a tier that shows these cells of people alone."""
    planted = world.tier(tier).published / "versions" / f"{version:06d}.duckdb"
    shutil.copyfile(world.tier(tier).published_file, planted)
    with duckdb.connect(str(planted)) as con:
        con.execute("UPDATE metric.value SET value = NULL WHERE metric <> ?", [PUBLIC])
        con.execute("UPDATE metric.latest SET value = NULL, previous = NULL WHERE metric <> ?", [PUBLIC])
        for metric, area, start in cells:
            row = [world.figure(metric, area, start), metric, area, start]
            changed = con.execute(_SHOW, row).fetchone()
            assert changed == (1,), f"{tier} has no {metric} of {area}"
    return planted


def test_files_that_are_safe_each_are_found_together_and_the_next_release_takes_them_away(
    made: AttackedCity, tmp_path: Path
):
    world = copy_of(made, tmp_path)
    assert world.release().troubles == []
    planted = {
        kind: [(tier, 50 + 10 * n + k) for k, (tier, _) in enumerate(JOINT[kind][0])] for n, kind in enumerate(JOINT)
    }
    for kind, (files, who) in JOINT.items():
        named = zip(planted[kind], files, strict=True)
        read = [list(in_database(plant(world, tier, version, cells), tier)) for (tier, version), (_, cells) in named]
        for size in range(1, len(read)):
            for some in combinations(read, size):
                found = found_out([one for file in some for one in file], world.known, world.groups())
                assert found == set(), f"{kind}: {size} alone"
        assert found_out([one for file in read for one in file], world.known, world.groups()) == {who}, kind
    done = world.release()
    assert done.troubles == []
    gone = {(tier.tier, version) for tier in done.tiers for version in tier.withdrawn}
    assert gone <= {one for own in planted.values() for one in own}
    assert [kind for kind, own in planted.items() if gone.isdisjoint(own)] == [], "of each at least one has to go"
    assert found_out(shown(world), world.known, world.groups()) == set()


def test_a_ring_that_is_drawn_anew_gives_nobody_away_beside_the_version_with_the_old_one(
    made: AttackedCity, tmp_path: Path
):
    """The old ring less the new one is one neighbourhood less another: of who is alone in it."""
    world = copy_of(made, tmp_path)
    assert world.release().troubles == []
    for last, (rings, why) in enumerate([({RING: REDRAWN}, "the same code"), ({"other": IN_RING}, "another code")], 1):
        first, then = shown(world), world.known
        world.draw(rings)
        world.nights(*DAYS, correction=last)
        world.publish()
        assert world.release().troubles == []
        read = shown(world)
        kept = [one for one in read if f"versions/{last:06d}." in one.file]
        new = [one for one in read if one not in kept]
        copied = found_out(new, world.known, world.groups(), before=(first, then))
        assert (N6, SECOND) in copied, "whoever copied the last release knows: that cannot be undone"
        assert found_out(new, world.known, world.groups(), before=(kept, then)) == set(), why


REAL_SUMS, REAL_RESTS = private_cells.sums_over_areas, private_cells.rests_over_areas


def without_sums(patch: pytest.MonkeyPatch, name: str) -> None:
    real: Callable[..., pl.DataFrame] = getattr(private_cells, name)
    patch.setattr(private_cells, name, lambda *args: real(*args).clear())


def of_districts_alone(cells: pl.DataFrame, areas: Within) -> pl.DataFrame:
    above = areas.above.filter(~pl.col("above").cast(pl.String).is_in(areas.across))
    return REAL_SUMS(cells, Within(above, []))


def without_rests(patch: pytest.MonkeyPatch) -> None:
    """A rest is there and everybody may see it: as a sum that has none."""
    real = private_cells.with_rest

    def blind(keyed: pl.DataFrame, *args: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
        cells, sums = real(keyed, *args)
        rest = pl.col("area_level").cast(pl.String) == REST
        return cells.with_columns(contributors=pl.when(rest).then(KNOWN_TO_ALL).otherwise("contributors")), sums

    patch.setattr(private_cells, "with_rest", blind)
    patch.setattr(private_cells, "rests_over_areas", lambda *args: REAL_RESTS(*args).clear())


# Without one of its looks the product releases files from which somebody follows: what it does not see, who is found
# out, and the figures that he is found by.
BLIND: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], tuple[str, date], Callable[[Shown], bool]]] = {
    "areas and what lies in them": (
        lambda patch: without_sums(patch, "sums_over_areas"),
        (N2, FIRST),
        lambda one: one.area in (CITY, D1, D2, RING),
    ),
    "areas that overlap": (
        lambda patch: patch.setattr(private_cells, "sums_over_areas", of_districts_alone),
        (N6, SECOND),
        lambda one: one.area == RING,
    ),
    "months and their days": (
        lambda patch: without_sums(patch, "_over_time"),
        (N6, SECOND),
        lambda one: one.metric == MONTH,
    ),
    "what a city has beyond its districts": (
        without_rests,
        (NOWHERE, THIRD),
        lambda one: one.area == CITY,
    ),
}


@pytest.mark.parametrize("blind", BLIND)
def test_without_one_kind_of_sum_the_product_gives_somebody_away_and_the_attacker_needs_that_kind(
    made: AttackedCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: str
):
    world = copy_of(made, tmp_path)
    world.sharing({"open": {"metrics": [PEOPLE, MONTH, DENSITY]}})
    patch, who, needed = BLIND[blind]
    patch(monkeypatch)
    assert world.release().troubles == []
    read = shown(world)
    assert who in found_out(read, world.known, world.groups())
    assert who not in found_out([one for one in read if not needed(one)], world.known, world.groups())


def without_memory(patch: pytest.MonkeyPatch) -> None:
    """Neither what kept versions show nor what was hidden before counts."""
    nothing = hidden_before(Home(Path("/nowhere")), "seoul")
    patch.setattr(ShownCells, "cells", lambda *_: pl.DataFrame(schema=SEEN_CELLS))
    patch.setattr(ShownCells, "versions_with", lambda *_: [])
    patch.setattr(deciding, "hidden_before", lambda *_: nothing)


@pytest.mark.parametrize("remembers", [True, False])
def test_two_releases_hide_the_same_and_without_memory_they_give_somebody_away_together(
    made: AttackedCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, remembers: bool
):
    """A ring is drawn between two releases: looked at alone, the second one would hide other cells than the first."""
    world = copy_of(made, tmp_path)
    world.sharing({"open": {"metrics": [PEOPLE, MONTH, DENSITY]}})
    if not remembers:
        without_memory(monkeypatch)
    world.draw({})
    assert world.release().troubles == []
    world.draw({RING: IN_RING})
    assert world.release().troubles == []
    read = shown(world)
    first = [one for one in read if "versions/000001." in one.file]
    second = [one for one in read if "versions/000002." in one.file]
    assert second
    assert first or remembers, "a version that shows what has to be hidden now is gone"
    for alone in (first, second):
        assert found_out(alone, world.known, world.groups()) == set()
    assert ((NOWHERE, THIRD) in found_out(read, world.known, world.groups())) is not remembers


def test_what_the_open_file_and_a_partner_hide_is_the_same_and_of_two_homes_that_know_nothing_of_each_other_it_is_not(
    made: AttackedCity, tmp_path: Path
):
    """One home for everybody and one for a partner of the same city: then nobody judges the two files together."""
    alone = list[list[Shown]]()
    of_partner = {"title": "A partner", "gets": [PEOPLE, MONTH], "purpose": "plans", "until": "2026-12-31"}
    for name, rings, sharing in (
        ("open", {}, {"open": {"metrics": [PEOPLE, MONTH]}}),
        ("partner", {RING: IN_RING}, {"partners": {"one": of_partner | {"licence": "contract 7"}}}),
    ):
        world = copy_of(made, tmp_path / name)
        world.draw(rings)
        world.sharing(sharing)
        assert world.release().troubles == []
        alone.append(shown(world))
        assert found_out(alone[-1], world.known, world.groups()) == set()
    assert (NOWHERE, THIRD) in found_out([*alone[0], *alone[1]], world.known, world.groups())


def test_a_mean_that_is_weighted_by_people_is_one_more_sum_of_districts_and_shown_only_where_they_are(
    made: AttackedCity, tmp_path: Path
):
    """Of a hidden district and the one beside it the mean of the city says how many are where: air is public."""
    world = copy_of(made, tmp_path)
    world.sharing({"open": {"metrics": [PEOPLE, MONTH, WEIGHTED]}})
    assert world.release().troubles == []
    read = shown(world)
    assert {one.start for one in read if one.metric == WEIGHTED} == {FIRST, SECOND, LAST}, "where no district is hidden"
    assert found_out(read, world.known, world.groups()) == set()
    mean = Shown(WEIGHTED, CITY, "day", THIRD, world.figure(WEIGHTED, CITY, THIRD), "planted")
    assert (NOWHERE, THIRD) in found_out([*read, mean], world.known, world.groups())
