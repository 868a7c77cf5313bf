"""Cells and sums made by hand for tests of disclosure control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from assets.disclosure.cells import CELLS, JUDGED, SUMS


def cells_of(*rows: Mapping[str, object]) -> pl.DataFrame:
    """Cells numbered from 0: each row has what is not common to all."""
    common = {
        "table": "shops",
        "slice": "",
        "area_level": "district",
        "period": "day",
        "period_start": date(2026, 6, 1),
    }
    made = [{**common, "cell": number, "area": f"a{number}", **row} for number, row in enumerate(rows)]
    return pl.DataFrame(made, schema=CELLS)


def people(*numbers: float | None) -> pl.DataFrame:
    """Cells of numbers of people: each is its own number of contributors. None: masked by the provider."""
    return cells_of(*({"value": number, "contributors": number} for number in numbers))


def shops(*sums: tuple[float, int]) -> pl.DataFrame:
    """Cells of sums over shops: (value, how many)."""
    return cells_of(*({"value": value, "contributors": number} for value, number in sums))


def sums_of(*equations: Mapping[int, float]) -> pl.DataFrame:
    """Each equation by the coefficient of each cell."""
    rows = [(n, cell, float(factor)) for n, one in enumerate(equations) for cell, factor in one.items()]
    return pl.DataFrame(rows, schema=SUMS, orient="row")


def total(whole: int, *parts: int) -> dict[int, float]:
    return {whole: -1.0, **dict.fromkeys(parts, 1.0)}


def numbers(cells: Iterable[int]) -> pl.DataFrame:
    return pl.DataFrame({"cell": list(cells)}, schema={"cell": pl.UInt32})


def grid(values: Sequence[Sequence[float]], contributors: Sequence[Sequence[float]] | None = None) -> pl.DataFrame:
    """A table with its margins, row by row: the last of each row and the last row are sums."""

    def with_margins(inner: Sequence[Sequence[float]]) -> list[float]:
        rows = [[*row, sum(row)] for row in inner]
        return [one for row in [*rows, [sum(column) for column in zip(*rows, strict=True)]] for one in row]

    both = zip(with_margins(values), with_margins(contributors or values), strict=True)
    return cells_of(*({"value": value, "contributors": number} for value, number in both))


def grid_sums(rows: int, columns: int) -> pl.DataFrame:
    """The sums of a `grid` of so many inner rows and columns."""
    width = columns + 1
    across = [total(r * width + columns, *(r * width + c for c in range(columns))) for r in range(rows + 1)]
    down = [total(rows * width + c, *(r * width + c for r in range(rows))) for c in range(width)]
    return sums_of(*across, *down)


def asked_of(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Judged cells of people with what everybody knows and what they need, as the test says it."""
    plain = people(*(float(str(row["value"])) for row in rows))
    extra = pl.DataFrame(
        [
            {"conf_status": "A", "below": 0.0, "above": 0.0, "least": 0.0, "most": None, "withdraw": False} | row
            for row in rows
        ],
        schema_overrides={"most": pl.Float64, "value": pl.Float64, "below": pl.Float64, "above": pl.Float64},
    )
    joined = plain.with_columns(extra.get_columns())
    return joined.select(pl.col(name).cast(kind) for name, kind in JUDGED.items())
