"""What readers find out from the files themselves: everything of an unsafe publication, nothing of what is released.

The attacker is `tests/support/reader_attack.py`, who shares no code with the product. Each unsafe publication lies as a
kept version in the folder of a tier, as one that was restored from elsewhere; the next release has to take it away.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.disclosure.pattern import hidden_cells
from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers import deciding
from assets.tiers.judged import SEEN_CELLS
from assets.tiers.judging import DisclosureControl
from assets.tiers.preview import preview
from assets.tiers.rollback import rollback_tiers
from assets.tiers.verdicts_before import verdicts_before
from tests.support.reader_attack import Shown, found_out, in_database, read_all, slightly_changed
from tests.worlds.attacked_city import (
    CITY,
    DAYS,
    DENSITY,
    MONTH,
    NOWHERE,
    PEOPLE,
    PUBLIC,
    RING,
    TIERS,
    TODAY,
    AttackedCity,
    attacked_city,
    few_of,
)
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import versions

Cell = tuple[str, str, date]  # metric, area, first day
D1, D2 = "11110", "11140"
N1, N2, N3, N4, N5, N6 = "11110515", "11110530", "11110540", "11140520", "11140540", "11140550"
FIRST, SECOND, THIRD, LAST = DAYS

# Of each unsafe publication: what its tiers show besides what is released, and who is found out.
UNSAFE: Mapping[str, tuple[list[tuple[str, list[Cell]]], tuple[str, date]]] = {
    "threshold": ([("open", [(PEOPLE, N2, FIRST)])], (N2, FIRST)),
    "margin": ([("open", [(PEOPLE, N1, FIRST), (PEOPLE, N3, FIRST)])], (N2, FIRST)),
    "a month and its other days": (
        [("open", [(MONTH, N6, FIRST.replace(day=1)), *((PEOPLE, N6, day) for day in (FIRST, THIRD, LAST))])],
        (N6, SECOND),
    ),
    "areas that overlap": (
        [("open", [(PEOPLE, area, SECOND) for area in (RING, D2, N1, N2)])],
        (N6, SECOND),
    ),
    "a city with one more than its districts": (
        [("open", [(PEOPLE, a, THIRD) for a in (CITY, D1, D2)])],
        (NOWHERE, THIRD),
    ),
    "the same in another unit": ([("partner/card", [(DENSITY, a, FIRST) for a in (D1, N1, N3)])], (N2, FIRST)),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> AttackedCity:
    """Released once, with its site. Each test leaves it as it was."""
    found = attacked_city(tmp_path_factory.mktemp("attacked"))
    done = found.release(site=True)
    assert (done.troubles, done.site_troubles) == ([], [])
    return found


def shown(world: AttackedCity) -> list[Shown]:
    """What all readers together see."""
    return [one for tier in ("open", "partner") for one in read_all(world.home.published / tier)]


def plant(world: AttackedCity, tier: str, version: int, cells: Iterable[Cell]) -> Path:
    """A version of a tier that shows these cells besides those of the newest."""
    live = world.tier(tier).published_file
    planted = world.tier(tier).published / "versions" / f"{version:06d}.duckdb"
    shutil.copyfile(live, planted)
    with duckdb.connect(str(planted)) as con:
        for metric, area, start in cells:
            value = world.figure(metric, area, start)
            row = [value, metric, area, start]
            con.execute("UPDATE metric.value SET value = ? WHERE (metric, area, period_start) = (?, ?, ?)", row)
    return planted


def told(world: AttackedCity, action: str) -> pl.DataFrame:
    return ledger.read(world.home, "release").filter(pl.col("action") == action).sort("recorded_at").collect()


def test_nobody_is_found_out_from_all_that_is_published_together(world: AttackedCity):
    assert few_of(world.groups()) == {(N2, FIRST), (N6, SECOND), (NOWHERE, THIRD)}
    read = shown(world)
    endings = {one.file.split(" ")[0].rpartition(".")[2] for one in read if one.metric == PEOPLE}
    assert endings >= {"duckdb", "csv", "parquet"}
    figures = {(one.metric, one.area, one.start) for one in read if one.metric in (PEOPLE, MONTH, DENSITY)}
    assert len(figures) > 60, "most is shown"
    assert (PEOPLE, RING, SECOND) in figures
    assert found_out(read, world.known, world.groups()) == set()


def test_the_attacker_bites_of_the_internal_file_everybody_is_found_out(world: AttackedCity):
    inside = [one for one in read_all(world.home.published) if one.file.startswith("madang.duckdb")]
    assert found_out(inside, world.known, world.groups()) == few_of(world.groups())


@dataclass
class Attacked:
    """What was found of each unsafe publication, and what became of all of them with the next release."""

    found: dict[str, set[tuple[str, date]]] = field(default_factory=dict)
    planted: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    gone: set[tuple[str, int]] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def attacked(world: AttackedCity) -> Attacked:
    """All unsafe publications one beside the other, and one release."""
    result, released, files = Attacked(), shown(world), dict[str, list[Path]]()
    for kind, (planted, _) in UNSAFE.items():
        numbered = [(tier, 90 + len(files) * 2 + n, cells) for n, (tier, cells) in enumerate(planted)]
        files[kind] = [plant(world, *one) for one in numbered]
        result.planted[kind] = {(tier, version) for tier, version, _ in numbered}
    for kind, own in files.items():
        read = [*released, *(one for file in own for one in in_database(file, kind))]
        result.found[kind] = found_out(read, world.known, world.groups())
    done = world.release()
    assert done.troubles == []
    result.gone = {(tier.tier, version) for tier in done.tiers for version in tier.withdrawn}
    result.said = told(world, "withdraw")["detail"].to_list()
    return result


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_version_is_found_and_the_next_release_takes_it_away(attacked: Attacked, kind: str):
    assert UNSAFE[kind][1] in attacked.found[kind]
    assert attacked.planted[kind] <= attacked.gone


def test_only_unsafe_versions_go_and_afterwards_nobody_is_found_out(world: AttackedCity, attacked: Attacked):
    assert attacked.gone == set[tuple[str, int]]().union(*attacked.planted.values())
    assert found_out(shown(world), world.known, world.groups()) == set()


def test_what_goes_is_named_by_table_area_and_time_and_without_any_figure(attacked: Attacked):
    assert len(attacked.said) == len({tier for tier, _ in attacked.gone})
    for sentence in attacked.said:
        assert re.search(r"living_population of (ring|11[0-9]*), (day|month) 2026-03-0", sentence), sentence
        figures = re.sub(r"of (ring|11\d*), (day|month) 2026-03-\d\d", "", sentence)
        assert re.fullmatch(r"[^0-9]*( and \d+ more)?", figures), sentence


BYPASSED = ("margin", "a month and its other days", "areas that overlap", "a city with one more than its districts")


@pytest.mark.parametrize("kind", BYPASSED)
def test_what_would_give_somebody_away_is_named_before_anything_is_written(
    world: AttackedCity, monkeypatch: pytest.MonkeyPatch, kind: str
):
    """As if the search for what to hide had missed the cells of an unsafe publication: the last look finds who."""
    missed = pl.DataFrame(
        [cell[1:] for _, cells in UNSAFE[kind][0] for cell in cells], schema=["area", "period_start"], orient="row"
    )

    def misses(*args: Any, **more: Any) -> pl.DataFrame:
        decided = hidden_cells(*args, **more)
        free = decided.join(missed, on=["area", "period_start"], how="semi")["cell"]
        shows = pl.col("cell").is_in(free.implode()) & (pl.col("conf_status") == "D")
        return decided.with_columns(conf_status=pl.when(shows).then(pl.lit("F")).otherwise("conf_status"))

    monkeypatch.setattr(deciding, "hidden_cells", misses)
    monkeypatch.setattr(deciding, "verdicts_before", lambda *_: verdicts_before(Home(Path("/nowhere")), "seoul"))
    found = DisclosureControl(world.home).judge(world.city, pl.DataFrame(schema=SEEN_CELLS))
    assert found.exposed
    area, day = UNSAFE[kind][1]
    assert f"living_population of {CITY if area == NOWHERE else area}, day {day}" in found.found


def test_share_check_counts_what_each_file_then_shows(world: AttackedCity):
    views = preview(world.home, world.city, DisclosureControl(world.home)).views
    assert [view.tier for view in views] == sorted(TIERS, key=[view.tier for view in views].index)
    for view in views:
        with duckdb.connect(str(world.tier(view.tier).published_file), read_only=True) as con:
            rows = con.execute(
                "SELECT DISTINCT area, period, period_start, conf_status FROM metric.value"
                " WHERE metric <> ? AND conf_status IS NOT NULL",
                [PUBLIC],
            ).fetchall()
        counted = Counter(status for *_, status in rows)
        said = {"F": view.free, "A": view.few, "C": view.dominated, "D": view.secondary, "N": view.not_known}
        assert {status: number for status, number in said.items() if number} == counted, view.tier
        assert view.cells == len(rows)


def test_no_version_is_left_beside_which_a_correction_shows_who_came_and_no_rollback_brings_one_back(
    world: AttackedCity, tmp_path: Path
):
    shutil.copytree(world.home.root, tmp_path / "home", symlinks=True)
    later = AttackedCity(Home(tmp_path / "home"), world.city)
    first = shown(later)
    later.few[N1, LAST] = later.people(N1, LAST) - 1  # one was counted twice
    later.nights(LAST, correction=1)
    later.publish()
    inside = in_database(later.home.published_file, "inside")
    assert (N1, LAST) in slightly_changed([*first, *inside], later.known)
    done = later.release()
    assert done.troubles == []
    assert all(1 in tier.withdrawn for tier in done.tiers)
    assert slightly_changed(shown(later), later.known) == set()
    assert found_out(shown(later), later.known, later.groups()) == set()
    later.few[N4, LAST] = 2.0  # and of another neighbourhood all but two were of somewhere else
    later.nights(LAST, correction=2)
    later.publish()
    assert later.release().troubles == []
    assert found_out(shown(later), later.known, later.groups()) == set()
    versions.rollback(later.home, METRIC_VALUE, 1, run_id="back")
    assert len(rollback_tiers(later.home, run_id="back", today=TODAY, site=False).troubles) == len(TIERS)
    assert slightly_changed(shown(later), later.known) == set()
    assert found_out(shown(later), later.known, later.groups()) == set()
