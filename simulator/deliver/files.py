"""What a feed delivers as files: their names and bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from quality.contract.connector import Files
from quality.contract.layout import Layout
from simulator.deliver.delivery import MadeDelivery
from simulator.deliver.documents import geojson_document, records_document, saved_reply, series_records
from simulator.deliver.matching import text_matching
from simulator.deliver.names import file_name, filled_pattern
from simulator.deliver.packed import bare, packed
from simulator.deliver.table import as_text, table_of
from simulator.deliver.unshaped import PART
from simulator.deliver.workbook import as_workbook

_ENDINGS = {"json": ".json", "geojson": ".geojson", "ngsi_ld": ".jsonld", "sensorthings": ".json"}


@dataclass(frozen=True)
class MadeFile:
    """A file of the drop folder: its path below the root, and its bytes."""

    path: str
    content: bytes


def files_of(delivery: MadeDelivery, files: Files, label: str, point: tuple[float, float]) -> list[MadeFile]:
    """The files of rows of one label (their day): one for each of what their names and heads say, and of their
    columns. `point`: where features without a place stand, longitude and latitude.

    Raises CannotDeliverError.
    """
    made = list[MadeFile]()
    for number, (groups, frame) in enumerate(_parts(delivery.frame, files.layout)):
        own = label if number == 0 else f"{label}-{number + 1}"
        start = _start(frame, files.layout)
        name = file_name(files, own, groups.of_name, start)
        member = filled_pattern(files.layout.member, own) if files.layout.member else _member(name, files.layout)
        content = file_content(frame, files.layout, name, groups.of_head, delivery.units, point)
        made.append(MadeFile(name, packed(name, member, content, needs_container=files.layout.member is not None)))
    return made


def file_content(
    frame: pl.DataFrame,
    layout: Layout,
    name: str,
    head: Mapping[str, str],
    units: Mapping[str, str],
    point: tuple[float, float],
) -> bytes:
    """The bytes of one file before it is packed. Raises CannotDeliverError."""
    if layout.kind == "geojson":
        return geojson_document(frame, point)
    if layout.kind in ("ngsi_ld", "sensorthings"):
        return saved_reply(frame.to_dicts(), layout.kind)
    if layout.kind == "json":
        start = _start(frame, layout)
        series = layout.series
        records = frame.to_dicts() if series is None or start is None else series_records(frame, series, start)
        return records_document(records, layout.records)
    said = "" if layout.from_head is None else text_matching(layout.from_head, 0, head, whole=False) or ""
    table = table_of(frame, layout, units, said)
    is_book = layout.sheet is not None or bare(name).lower().endswith((".xlsx", ".xlsm"))
    return as_workbook(table, layout) if is_book else as_text(table, layout)


@dataclass(frozen=True)
class _Groups:
    of_name: Mapping[str, str]
    of_head: Mapping[str, str]


def _parts(frame: pl.DataFrame, layout: Layout) -> Iterator[tuple[_Groups, pl.DataFrame]]:
    """The rows of each file: those with the same columns, and the same of what stands beside the rows."""
    names, heads = ([] if p is None else list(re.compile(p).groupindex) for p in (layout.from_name, layout.from_head))
    by = [name for name in (PART, *names, *heads) if name in frame.columns]
    for part in frame.partition_by(by, maintain_order=True):
        said = part.row(0, named=True)
        groups = [{name: said[name] for name in of if said.get(name) is not None} for of in (names, heads)]
        rows = part.drop(by)
        if layout.unpivot is not None:
            empty = [c.name for c in rows if c.null_count() == c.len() and re.fullmatch(layout.unpivot.columns, c.name)]
            rows = rows.drop(empty) if len(empty) < rows.width else rows
        yield _Groups(*groups), rows


def _start(frame: pl.DataFrame, layout: Layout) -> datetime | None:
    """The midnight with which a series begins."""
    if layout.series is None:
        return None
    first = min(datetime.fromisoformat(text) for text in frame[layout.series.time_column])
    return first.replace(hour=0, minute=0, second=0, microsecond=0)


def _member(name: str, layout: Layout) -> str:
    inside = bare(name).rpartition("/")[2]
    return inside if "." in inside else inside + _ENDINGS.get(layout.kind, ".csv")
