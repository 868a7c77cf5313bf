"""What holds of every row of every index: at its ends, between them, above them, and for what is no concentration."""

import math
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.standards.index import sub_index
from assets.standards.standards import standards
from assets.standards.tables import IndexEdition, IndexRow


def rows() -> Iterator[tuple[str, IndexEdition, IndexRow]]:
    for file in standards().values():
        for table in file.indices.values():
            for name, edition in table.editions.items():
                yield from ((f"{name} {row.name}", edition, row) for row in edition.rows)


ROWS = {name: (edition, row) for name, edition, row in rows()}
every_row = pytest.mark.parametrize("name", ROWS)


def ends_of(row: IndexRow) -> list[tuple[float, int]]:
    """The concentrations that are printed with their index."""
    edition = next(edition for edition, other in ROWS.values() if other is row)
    pairs = zip(row.at, edition.scale, strict=True)
    if edition.style == "contiguous":
        return [(cell, mark) for cell, mark in pairs if cell is not None]
    return [end for cell, mark in pairs if cell is not None for end in zip(cell, mark, strict=True)]


def of(name: str, values: list[float | None]) -> list[float | None]:
    edition, row = ROWS[name]
    frame = pl.DataFrame({"c": values}, schema={"c": pl.Float64})
    return frame.select(sub_index(edition, row, pl.col("c"))).to_series().to_list()


@every_row
def test_each_end_has_its_index_also_with_binary_noise(name):
    ends, marks = zip(*ends_of(ROWS[name][1]), strict=True)
    for noise in (0.0, math.inf, -math.inf):
        given_ = [end if not noise or end == 0 else math.nextafter(end, noise) for end in ends]
        assert of(name, given_) == list(marks), noise


@every_row
def test_above_the_top(name):
    edition, row = ROWS[name]
    top, mark = ends_of(row)[-1]
    over = edition.over_top if row.over_top is None else row.over_top
    found = of(name, [top * 2, 1e300])
    if over == "continue":
        assert found[0] > mark
        assert found[1] > found[0]
    else:
        assert found == [{"cap": mark, "none": None}.get(over, over)] * 2


@every_row
def test_what_is_no_concentration_has_no_index(name):
    assert of(name, [-1e-9, -1.0, None, math.nan, math.inf, -math.inf]) == [None] * 6


@every_row
@settings(deadline=None, max_examples=5)
@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_more_is_never_less(name, shares):
    ends = [end for end, _ in ends_of(ROWS[name][1])]
    found = of(name, sorted(ends[0] + share * (ends[-1] - ends[0]) for share in shares))
    assert None not in found
    assert found == sorted(found)
