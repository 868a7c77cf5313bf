"""Rows that are the sum of others, as a tariff `Total` beside its parts: counted with them they would count twice."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from assets.propose.cells import Cells
from assets.propose.names import squeezed
from assets.propose.words import sexes

_WORDS = re.compile(
    "totals?|(?:sub|grand)total|sum|all|overall|합계|계|소계|총계|총합계|전체|合計|總計|总计|小計|小计|jumlah|tong(?:cong|so)?|"
    "итого|всего|нийт|барлыгы|รวม(?:ทั้งหมด)?|todos|(?:ins)?gesamt|totale|ensemble"
)
_EXACT = 0.05  # how far the sum of the parts may be from the total: a sample is cut somewhere


def totals_of(cells: Mapping[str, Cells]) -> dict[str, list[str]]:
    """Columns of text and those of their texts that name a total; only where figures say that it is one."""
    found = dict[str, list[str]]()
    figures = pl.DataFrame({name: column.numbers for name, column in cells.items() if _is_figure(column)})
    for name, column in cells.items():
        if column.numeric or column.distinct < 3 or sexes(column):
            continue
        texts = [
            text for text in column.filled.unique(maintain_order=True).to_list() if _WORDS.fullmatch(squeezed(text))
        ]
        if not texts or len(texts) > 2:
            continue
        left = _rows(cells, found)  # a total over districts may have one over tariffs, too
        total = column.texts.is_in(texts).fill_null(value=False)
        if _adds_up(figures, total & ~left, ~total & ~left):
            found[name] = texts
    return found


def _is_figure(column: Cells) -> bool:
    return column.numeric and not column.coded and column.distinct > 12


def _rows(cells: Mapping[str, Cells], found: Mapping[str, list[str]]) -> pl.Series:
    """Which rows these texts leave out."""
    rows = next(iter(cells.values())).texts.len()
    left = pl.repeat(value=False, n=rows, eager=True, dtype=pl.Boolean)
    for name, texts in found.items():
        left = left | cells[name].texts.is_in(texts).fill_null(value=False)
    return left


def _adds_up(figures: pl.DataFrame, total: pl.Series, parts: pl.Series) -> bool:
    """Whether the greater half of the figures are, of the rows that are totals, the sums of the others."""
    if not figures.width or not total.any():
        return False
    sums, others = figures.filter(total).sum().row(0), figures.filter(parts).sum().row(0)
    right = sum(abs(one - other) <= _EXACT * abs(one) for one, other in zip(sums, others, strict=True) if one)
    return right > len(sums) / 2
