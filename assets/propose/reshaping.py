"""What rows need before they have the columns of a model: columns that become rows, and rows that become columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from assets.propose.cells import Cells, cells_of
from assets.propose.names import header_of, squeezed
from assets.propose.seen import Doubt, Look
from assets.propose.totals import totals_of
from assets.propose.unit_columns import unit_columns
from assets.propose.vocabulary import Meaning, Vocabulary
from assets.propose.wide import Wide, wide_columns
from assets.readers.reshape import reshaped
from assets.readers.rows import LINE, REJECTS, RawRows
from quality.contract.layout import Layout

_TOTALS = frozenset(
    [
        "ann",
        "annual",
        "total",
        "sum",
        "계",
        "합계",
        "소계",
        "연간",
        "年計",
        "合計",
        "总计",
        "jumlah",
        "average",
        "avg",
        "mean",
        "tong",
    ]
)
_VALUES = frozenset(
    [
        "value",
        "values",
        "val",
        "result",
        "results",
        "reading",
        "measurement",
        "concentration",
        "conc",
        "amount",
        "quantity",
        "값",
        "수치",
        "측정값",
        "데이터값",
        "数值",
        "數值",
        "濃度",
        "值",
        "nilai",
        "kepekatan",
        "valor",
        "valordiario",
        "dt",
        "figure",
        "obsvalue",
        "observation",
        "measuredvalue",
        "ค่า",
        "giatri",
    ]
)
_ITEMS_MOST = 60


@dataclass(frozen=True)
class Reshaped:
    """The sample as the proposed keys of the layout make it. `also`: what else a column is called, by its values."""

    layout: dict[str, Any]
    rows: pl.DataFrame
    wide: Wide | None = None
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: tuple[str, ...] = ()  # columns that were rows
    doubts: tuple[Doubt, ...] = ()


def raw_rows(rows: pl.DataFrame, name: str) -> RawRows:
    """Rows of a sample as a reader would give them."""
    lines = pl.int_range(1, rows.height + 1, dtype=pl.Int64, eager=True).alias(LINE)
    return RawRows(rows.with_columns(lines), pl.DataFrame(schema=REJECTS), 0, name, None)


def in_layout(rows: pl.DataFrame, layout: Mapping[str, Any]) -> pl.DataFrame:
    """The rows as the reshaping keys of a layout make them. Raises PermanentFailure or ValueError."""
    return reshaped(raw_rows(rows, "sample"), Layout(**layout)).frame.drop(LINE)


def reshape(seen: Look, vocabulary: Vocabulary) -> Reshaped:
    """The keys of a layout that a sample needs, and the sample as they make it."""
    layout, doubts, rows = dict[str, Any](), list[Doubt](), seen.rows
    cells = cells_of(rows, seen.units)
    parts = totals_of(cells)
    if parts:
        layout["where_not"] = {name: texts[0] if len(texts) == 1 else texts for name, texts in parts.items()}
        said = ", ".join(f"{name}: {' and '.join(texts)}" for name, texts in parts.items())
        doubts.append(Doubt(("files", "layout", "where_not"), f"Rows that are sums of others are left out ({said})."))
        rows = in_layout(rows, layout)
        cells = cells_of(rows, seen.units)
    wide = wide_columns(cells)
    if wide is not None:
        totals = [
            name
            for name in rows.columns
            if squeezed(name) in _TOTALS and name not in wide.columns and cells[name].numeric
        ]
        if totals:
            layout["drop"] = totals
            doubts.append(
                Doubt(("files", "layout", "drop"), f"{', '.join(totals)}: totals beside their parts are left out.")
            )
        layout["unpivot"] = wide.as_layout()
        rows = in_layout(rows, layout)
        cells = cells_of(rows, seen.units)
    values = wide.measures if wide is not None and wide.measures else ("value",) if wide is not None else ()
    on = _items(cells, vocabulary)
    also = dict[str, tuple[str, ...]]()
    if on is None:
        also |= _named_by_wide(wide)
        return Reshaped(layout, rows, wide, also, doubts=tuple(doubts))
    value = values[0] if len(values) == 1 else _value_column(cells, on)
    if value is None:
        return Reshaped(layout, rows, wide, also | _named_by_wide(wide), doubts=tuple(doubts))
    if cells[on].distinct == 1:
        also[value] = (cells[on].filled[0],)
        return Reshaped(layout, rows, wide, also, doubts=tuple(doubts))
    index = _index(cells, vocabulary, on, value, wide)
    if not index:
        return Reshaped(layout, rows, wide, also, doubts=tuple(doubts))
    units = [name for name in unit_columns(cells) if name not in index]
    layout["pivot"] = {"on": on, "values": [value, *units[:1]] if units else value, "index": index}
    doubts.append(
        Doubt(
            ("files", "layout", "pivot"), f"Each text of {on} becomes a column; are these the columns that make a row?"
        )
    )
    items = tuple(cells[on].filled.unique(maintain_order=True).to_list())
    rows = in_layout(seen.rows, layout)
    if units:
        also |= {f"{item}.{value}": (item,) for item in items}
    return Reshaped(layout, rows, wide, also, items, tuple(doubts))


def _named_by_wide(wide: Wide | None) -> dict[str, tuple[str, ...]]:
    """What the columns of values are called by the names of the columns that they come from."""
    if wide is None:
        return {}
    if wide.measures:
        return {measure: (_bare(measure),) for measure in wide.measures}
    return {"value": (_bare(wide.text),)} if _bare(wide.text) else {}


def _bare(text: str) -> str:
    """승차총승객수 of 시승차총승객수: without the word for the part."""
    return re.sub(r"^(?:시|월|년|h|hour|month)?[\s_-]*|[\s_-]+$", "", text)


def _items(cells: Mapping[str, Cells], vocabulary: Vocabulary) -> str | None:
    """The column whose texts are names of figures of a model, the most of them."""
    best, most = None, 0.0
    for name, column in cells.items():
        if column.numeric or not 1 <= column.distinct <= _ITEMS_MOST:
            continue
        items = column.filled.unique().to_list()
        known = sum(_is_figure(vocabulary, text) for text in items)
        share = known / len(items)
        enough = share >= 0.5 if len(items) > 1 else share == 1 and _parameter(name)
        if enough and known + share > most and (known >= 2 or _parameter(name)):
            best, most = name, known + share
    return best


def _parameter(name: str) -> bool:
    """Whether a column is called as columns of items are."""
    return (
        re.search(r"(?i)param|item|measure|pollutant|element|항목|測項|项目|項目|indicator|variable|magnitud", name)
        is not None
    )


def _is_figure(vocabulary: Vocabulary, text: str) -> bool:
    def figure(meaning: Meaning) -> bool:
        column = vocabulary.column(meaning)
        return column.type in ("number", "integer") and not column.key and meaning.weight >= 0.6

    return any(figure(meaning) for meaning in vocabulary.meanings(header_of(text)))


def _value_column(cells: Mapping[str, Cells], on: str) -> str | None:
    """The column of the values of items: the one that is called so, else the only number."""
    numbers = [name for name, column in cells.items() if column.numeric and name != on and column.distinct > 1]
    named = [name for name in numbers if squeezed(header_of(name).said) in _VALUES]
    named += [name for name in numbers if re.search(r"(?i)raw conc|sample measurement|arithmetic mean", name)]
    if named:
        return named[0]
    return numbers[0] if len(numbers) == 1 else None


def _index(cells: Mapping[str, Cells], vocabulary: Vocabulary, on: str, value: str, wide: Wide | None) -> list[str]:
    """Columns that make a row of items: what it is about and when."""
    parts = {"year", "month", "day", "hour", "minute", "date"}
    found = []
    for name, column in cells.items():
        if name in (on, value) or column.filled.is_empty():
            continue
        group = wide is not None and name == wide.part
        about = any(
            meaning.column in ("place", "area", "time", "name", "lat", "lon") and meaning.weight >= 0.4
            for meaning in vocabulary.meanings(column.header)
        )
        if group or about or squeezed(name) in parts or re.search(r"(?i)date|time|일시|日期", name):
            found.append(name)
    return found
