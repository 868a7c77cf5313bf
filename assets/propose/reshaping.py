"""What rows need before they have the columns of a model: columns that become rows, and rows that become columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from assets.propose.cells import Cells, cells_of
from assets.propose.names import header_of, squeezed, words_in
from assets.propose.seen import Doubt, Look
from assets.propose.unit_columns import unit_columns
from assets.propose.vocabulary import Vocabulary
from assets.propose.wide import Wide, wide_columns
from assets.propose.wide_figures import figure_in_name, kinds_of_figures, names_figure, one_figure
from assets.readers.reshape import reshaped
from assets.readers.rows import LINE, REJECTS, RawRows
from quality.contract.layout import Layout

_TOTALS = words_in("ann annual total sum 계 합계 소계 연간 年計 合計 总计 jumlah average avg mean tong")
_VALUES = words_in(
    """value values val result results reading measurement concentration conc amount quantity 값 수치 측정값 데이터값
    数值 數值 濃度 值 nilai kepekatan valor valordiario dt figure obsvalue observation measuredvalue ค่า giatri"""
)
_TOTAL_ROW = re.compile(
    r"(?i)total|grand total|sub-?total|합 ?계|총 ?계|소 ?계|總計|合計|合计|总计|jumlah|tổng(?: cộng| số)?|итого|"
    r"всего|รวม|нийт|all"
)
_ITEMS_MOST = 60
_CODE = 2  # letters that may be a code of anything
_ABOUT = re.compile(r"(?i)date|time|일시|日期|^Datastream\.Thing\.|^FeatureOfInterest\.")  # what a row is of


@dataclass(frozen=True)
class Reshaped:
    """The sample as the proposed keys of the layout make it. `also`: what else a column is called, by its values."""

    layout: dict[str, Any]
    rows: pl.DataFrame
    wide: Wide | None = None
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: tuple[str, ...] = ()  # columns that were rows
    made: frozenset[str] = frozenset()  # columns whose names say nothing: the layout gave them
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
    cells = cells_of(seen.rows, seen.units)
    layout, doubts = _without_totals(cells)
    wide = wide_columns(cells) or kinds_of_figures(cells, vocabulary)
    named = figure_in_name(vocabulary, f"{seen.name} {seen.files[0].stem if seen.files else ''} {seen.head[:200]}")
    on = _items(cells, vocabulary)
    said = named if on is None else cells[on].filled[0]
    if wide is None and said is not None:
        wide = one_figure(cells, vocabulary, said)
    if wide is not None:
        doubts += _drop_totals(layout, cells, wide)
        layout["unpivot"] = {"columns": wide.pattern}
    rows = in_layout(seen.rows, layout) if layout else seen.rows
    cells = cells_of(rows, seen.units)
    also = _named_by_wide(wide)
    made = frozenset(["value"]) if wide is not None and not wide.measures else frozenset[str]()
    found = Reshaped(layout, rows, wide, also, doubts=tuple(doubts), made=made)
    value = _values_of(wide, cells)
    on = _items(cells, vocabulary)
    if on is None or value is None:
        unsaid = value is not None and (value in made or not names_figure(vocabulary, value, least=0.3))
        if named is not None and value is not None and value not in also and unsaid:
            found = replace(found, also={**also, value: (named,)})
        return found
    if cells[on].distinct == 1:
        return replace(found, also={**also, value: (cells[on].filled[0],)}, made=made | {value})
    index = _index(cells, vocabulary, on, value, wide)
    return _pivoted(found, seen, cells, on, value, index) if index else found


def _pivoted(
    found: Reshaped, seen: Look, cells: Mapping[str, Cells], on: str, value: str, index: list[str]
) -> Reshaped:
    """With the texts of `on` as columns."""
    units = [name for name in unit_columns(cells) if name not in index][:1]
    layout = found.layout | {"pivot": {"on": on, "values": [value, *units] if units else value, "index": index}}
    what = f"Each text of {on} becomes a column; are these the columns that make a row?"
    items = tuple(cells[on].filled.unique(maintain_order=True).to_list())
    also = {f"{item}.{value}": (item,) for item in items} if units else found.also
    doubts = (*found.doubts, Doubt(("files", "layout", "pivot"), what))
    return replace(found, layout=layout, rows=in_layout(seen.rows, layout), also=also, items=items, doubts=doubts)


def _without_totals(cells: Mapping[str, Cells]) -> tuple[dict[str, Any], list[Doubt]]:
    """Rows that are totals beside their parts."""
    totals = dict[str, str]()
    for name, column in cells.items():
        if column.numeric or column.distinct < 3 or column.distinct > 2_000:
            continue
        words = [text for text in column.filled.unique().to_list() if _TOTAL_ROW.fullmatch(text)]
        if len(words) == 1 and not _parameter(name) and _greater(cells, column, words[0]):
            totals[name] = words[0]
    what = ", ".join(f"{word} of {name}" for name, word in totals.items())
    said = f"Are these rows totals beside their parts ({what})? They are left out."
    return ({"where_not": totals}, [Doubt(("files", "layout", "where_not"), said)]) if totals else ({}, [])


def _greater(cells: Mapping[str, Cells], column: Cells, word: str) -> bool:
    """Whether the numbers of these rows are greater than those of others, as sums are."""
    there = (column.texts == word).fill_null(value=False)
    for other in cells.values():
        if other.numeric and not other.coded:
            ours, rest = other.numbers.filter(there).mean(), other.numbers.filter(~there).mean()
            if isinstance(ours, float) and isinstance(rest, float) and rest > 0 and ours > 1.5 * rest:
                return True
    return False


def _drop_totals(layout: dict[str, Any], cells: Mapping[str, Cells], wide: Wide) -> list[Doubt]:
    """Leaves columns out that are totals beside their parts."""
    totals = [
        name
        for name, column in cells.items()
        if squeezed(name) in _TOTALS and name not in wide.columns and column.numeric
    ]
    if not totals:
        return []
    layout["drop"] = totals
    return [Doubt(("files", "layout", "drop"), f"{', '.join(totals)}: totals beside their parts are left out.")]


def _values_of(wide: Wide | None, cells: Mapping[str, Cells]) -> str | None:
    """The column of values: that of an unpivot with one, else the one that is called so, else the only number."""
    if wide is not None:
        return "value" if not wide.measures else wide.measures[0] if len(wide.measures) == 1 else None
    return _value_column(cells)


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
        coded = _parameter(name) or "type" in name.casefold()  # P1 and P2 may be points as well as particles
        known = sum((coded or len(squeezed(text)) > _CODE) and names_figure(vocabulary, text) for text in items)
        share = known / len(items)
        enough = share >= 0.5 if len(items) > 1 else share == 1 and _parameter(name)
        if enough and known + share > most and (known >= 2 or _parameter(name)):
            best, most = name, known + share
    return best


def _parameter(name: str) -> bool:
    """Whether a column is called as columns of items are."""
    return (
        re.search(
            r"(?i)param|observedproperty|item|measure|pollutant|element|항목|測項|项目|項目|indicator|variable|magnitud",
            name,
        )
        is not None
    )


def _value_column(cells: Mapping[str, Cells]) -> str | None:
    """The column of the values of items: the one that is called so, else the only number."""
    numbers = [name for name, column in cells.items() if column.numeric and column.distinct > 1 and not column.coded]
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
        group = wide is not None and name == wide.part  # made by the unpivot
        about = any(
            meaning.column in ("place", "area", "time", "name", "lat", "lon") and meaning.weight >= 0.4
            for meaning in vocabulary.meanings(column.header)
        )
        if group or about or squeezed(name) in parts or re.search(_ABOUT, name):
            found.append(name)
    return found
