"""What a release hid for the sake of other cells stays hidden in the next one."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.derive.private_cells import FIGURES
from assets.disclosure.cells import CELLS, FEW, FREE, SECONDARY
from assets.publication.snapshot import Snapshot
from assets.tiers import judging
from assets.tiers.hidden_before import hidden_before, keep_hidden
from assets.tiers.judged import CELL_KEY, SEEN_CELLS, WITH_STATUS
from assets.tiers.judging import DisclosureControl
from tests.worlds.files import seoul
from warehouse.home import Home

AREAS = ("11110", "11140", "11170", "11200")  # districts of Seoul; the city has them and nothing more
NO_FIGURES = pl.DataFrame(schema=FIGURES)


def cells(*people: float) -> pl.DataFrame:
    """A day of people in four districts and in the city."""
    rows = [("11", "city", sum(people)), *((area, "district", n) for area, n in zip(AREAS, people, strict=True))]
    return pl.DataFrame(
        [
            (n, "living_population", "", area, level, "day", date(2020, 4, 1), value, value, None, None)
            for n, (area, level, value) in enumerate(rows)
        ],
        schema=CELLS,
        orient="row",
    )


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home, city = Home(tmp_path), seoul()
    monkeypatch.setattr(judging, "load_snapshot", lambda *_: Snapshot(home, city, {}))

    def judge(*people: float, remembers: bool = True) -> dict[str, str]:
        monkeypatch.setattr(judging, "cells_with_figures", lambda *_: (cells(*people), NO_FIGURES))
        found = DisclosureControl(home, remembers=remembers).judge(city, pl.DataFrame(schema=SEEN_CELLS))
        assert found.exposed == 0
        return dict(found.cells.select("area", "conf_status").iter_rows())

    return judge


def test_the_same_cell_protects_another_night_after_night(judged):
    first = judged(2, 20, 50, 90)
    assert (first["11110"], first["11140"]) == (FEW, SECONDARY)  # the smallest of the others
    again = judged(2, 70, 50, 90)
    assert (again["11110"], again["11140"], again["11170"]) == (FEW, SECONDARY, FREE)


def test_who_only_looks_leaves_no_trace(judged, tmp_path: Path):
    judged(2, 20, 50, 90, remembers=False)
    assert list(tmp_path.glob("disclosure/hidden/*")) == []
    assert judged(2, 70, 50, 90, remembers=False)["11170"] == SECONDARY


def test_what_is_kept_has_no_values_and_is_its_owners_alone(tmp_path: Path):
    home = Home(tmp_path)
    rows = cells(2, 20, 50, 90).with_columns(conf_status=pl.lit(SECONDARY), withdraw=pl.lit(value=False))
    keep_hidden(home, "seoul", rows.select(WITH_STATUS.names()))
    (path,) = tmp_path.glob("disclosure/hidden/*")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert pl.read_parquet(path).columns == CELL_KEY.names()
    assert hidden_before(home, "seoul").height == 5
    path.write_bytes(b"damaged")
    assert hidden_before(home, "seoul").is_empty()
