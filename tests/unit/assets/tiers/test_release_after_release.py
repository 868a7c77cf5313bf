"""Days arrive, change and are corrected in any order: what one release after the other decides, some of it from what
it remembers, gives an attacker no more than what is decided from scratch, and is the same cell by cell.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.derive.private_cells import FIGURES, sums_of_cells
from assets.disclosure.cells import CELLS, FREE, HIDDEN
from assets.disclosure.pattern import leaks
from assets.disclosure.rules import DisclosureRules
from assets.publication.snapshot import Snapshot
from assets.tiers import judging
from assets.tiers.judged import CELL_KEY, SEEN_CELLS, JudgedCells
from assets.tiers.judging import DisclosureControl
from tests.worlds.files import seoul
from warehouse.home import Home

AREAS = ("11110", "11140", "11170", "11200")
DAYS = [date(2020, month, day) for month in (1, 2, 3) for day in (1, 2, 3)]
People = dict[tuple[str, date], int]
# Few, some more, and so many that one or two of them are a correction of single persons.
NUMBERS = st.sampled_from((0, 1, 2, 3, 5, 40, 41, 42, 60, 100))
CHANGES = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(AREAS), NUMBERS), min_size=1, max_size=3)
NIGHTS = st.lists(CHANGES, min_size=2, max_size=4)
RULES = DisclosureRules()
NO_FIGURES = pl.DataFrame(schema=FIGURES)


def cells_of(people: People) -> pl.DataFrame:
    """The people of the days that have come, by district and city, day and month."""
    rows = dict[tuple[str, str, date], list[float]]()
    for (area, day), number in people.items():
        for where in (area, "11"):
            rows.setdefault((where, "day", day), []).append(number)
            rows.setdefault((where, "month", day.replace(day=1)), []).append(number)
    made = [
        (n, "living_population", "", area, "city" if area == "11" else "district", *when, sum(all_), sum(all_))
        for n, ((area, *when), all_) in enumerate(sorted(rows.items()))
    ]
    return pl.DataFrame([(*row, None, None) for row in made], schema=CELLS, orient="row")


class Releases:
    """The releases of a home: what each shows, and which of them are kept."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.home, self.city, self._patch = Home(root / "home"), seoul(), patch
        self.kept = dict[int, pl.DataFrame]()
        self.released = 0
        patch.setattr(judging, "load_snapshot", lambda home, city, _: Snapshot(home, city, {}))

    def release(self, own: pl.DataFrame) -> tuple[JudgedCells, JudgedCells]:
        """What this release decides, and what one does that remembers no verdict; those that must go are gone."""
        self._patch.setattr(judging, "cells_with_figures", lambda *_: (own, NO_FIGURES))
        seen = self.seen()
        forgets = Home(self.home.root.with_name("forgets"))
        shutil.rmtree(forgets.root, ignore_errors=True)
        if self.home.root.is_dir():
            shutil.copytree(self.home.root, forgets.root)
            for name in ("verdicts", "proved"):
                shutil.rmtree(forgets.root / "disclosure" / name, ignore_errors=True)
        whole = DisclosureControl(forgets).judge(self.city, seen)
        found = DisclosureControl(self.home, remembers=True).judge(self.city, seen)
        gone = found.not_in_kept.select(CELL_KEY.names())
        self.kept = {
            version: shown
            for version, shown in self.kept.items()
            if shown.join(gone, on=CELL_KEY.names(), how="semi").is_empty()
        }
        return found, whole

    def seen(self) -> pl.DataFrame:
        shown = [one.with_columns(version=pl.lit(f"open/{version}-{version}")) for version, one in self.kept.items()]
        frames = [one.select(pl.col(name).cast(dtype) for name, dtype in SEEN_CELLS.items()) for one in shown]
        return pl.concat([pl.DataFrame(schema=SEEN_CELLS), *frames])

    def found_out(self, own: pl.DataFrame, judged: JudgedCells) -> pl.DataFrame:
        """What follows from everything that is shown now and in kept releases, asked of all cells and sums at once."""
        numbered = own.join(judged.cells.select(*CELL_KEY.names(), "conf_status"), on=CELL_KEY.names())
        cells, sums = sums_of_cells(own, self.city)
        old = own.select("cell", *CELL_KEY.names()).join(self.seen(), on=CELL_KEY.names())
        old = old.select("cell", "version", "value", "contributors")
        now = cells.join(numbered.filter(pl.col("conf_status").is_in(HIDDEN)), on="cell", how="anti")
        nothing = {name: pl.lit(None, dtype) for name, dtype in old.schema.items() if name != "cell"}
        shown = pl.concat([old, now.select("cell").with_columns(**nothing).select(old.columns)])
        marks = numbered.select("cell", "conf_status")
        return leaks(cells, sums, dict.fromkeys(("living_population",), RULES), _without_same(shown, own), marks=marks)

    def keep(self, judged: JudgedCells) -> None:
        self.released += 1
        self.kept[self.released] = judged.cells.filter(pl.col("conf_status") == FREE)


def _without_same(shown: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """What a version shows is null where it is as now."""
    now = own.select("cell", now_value="value", now_contributors="contributors")
    joined = shown.join(now, on="cell", how="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"now_{name}")) for name in ("value", "contributors"))
    return joined.with_columns(pl.when(~same).then(pl.col(name)) for name in ("value", "contributors")).select(
        shown.columns
    )


def counted(number: int, day: date) -> int:
    return 40 + 7 * number + day.day * day.month


@given(first=CHANGES, nights=NIGHTS)
@settings(max_examples=6)
def test_release_after_release_gives_nobody_away_and_hides_what_a_whole_look_does(
    tmp_path_factory: pytest.TempPathFactory, first: Any, nights: Any
) -> None:
    people = {(area, day): counted(n, day) for n, area in enumerate(AREAS) for day in DAYS[:6]}
    people |= {(area, day): number for day, area, number in first if day in DAYS[:6]}
    with pytest.MonkeyPatch.context() as patch:
        releases = Releases(tmp_path_factory.mktemp("releases"), patch)
        for changes in [[], *nights]:
            for day, area, number in changes:
                people |= {(one, day): counted(n, day) for n, one in enumerate(AREAS) if (one, day) not in people}
                people[area, day] = number
            own = cells_of(people)
            found, whole = releases.release(own)
            assert found.exposed == whole.exposed == 0
            assert found.cells.sort(pl.all()).equals(whole.cells.sort(pl.all()))
            assert releases.found_out(own, found).is_empty()
            releases.keep(found)
