"""JSON text -> rows of text: records, GeoJSON, saved replies of NGSI-LD and SensorThings, and arrays of values."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from assets.readers.entities import rows_of_entities
from assets.readers.geojson import feature_rows
from assets.readers.json_document import JsonDocument, read_document, too_deep
from assets.readers.json_path import records_at
from assets.readers.nested import nested_rows
from assets.readers.observations import rows_of_observations
from assets.readers.rows import LINE, RawRows, Rejects
from assets.readers.saved_entities import saved_entities
from assets.readers.series import series_rows, series_start
from quality.contract.layout import Layout


def read_json(member: str, where: str, text: str, layout: Layout, encoding: str) -> RawRows:
    """The rows of one JSON file as its layout says. Raises PermanentFailure when it cannot be trusted as a whole."""
    rejects = Rejects()
    document = read_document(text, where, rejects)
    try:
        raw = _rows(member, where, document, layout, rejects)
    except RecursionError as error:
        raise too_deep(where) from error
    return replace(raw, member=member, encoding=encoding)


def _rows(member: str, where: str, document: JsonDocument, layout: Layout, rejects: Rejects) -> RawRows:
    if layout.kind == "ngsi_ld":
        raw = rows_of_entities(saved_entities(document.value, where), where)
    elif layout.kind == "sensorthings":
        raw = rows_of_observations(document.value, where)
    elif layout.kind == "geojson":
        raw = _typed(*feature_rows(document.value, where, rejects))
    else:
        records = records_at(document.value, layout.records, where)
        if layout.series:
            start = series_start(member, where, layout.series)
            raw = _typed(*series_rows(records, layout.series, where, start, rejects))
        else:
            raw = _typed(*nested_rows(records, where, rejects))
        if records is document.value:
            raw = _at_lines(raw, document, rejects)
    return replace(raw, rejects=pl.concat([raw.rejects, rejects.frame()]))


def _typed(frame: pl.DataFrame, blanks: int) -> RawRows:
    return RawRows(frame, Rejects().frame(), blanks, "", None, typed=True)


def _at_lines(raw: RawRows, document: JsonDocument, rejects: Rejects) -> RawRows:
    """Rows and rejects at the lines of their text, where each line is a record."""
    if not document.lines:
        return raw
    rejects.rows = [
        (line if code == "ROW-JSON" else document.lines[line - 1], code, reason, text)
        for line, code, reason, text in rejects.rows
    ]
    lines = pl.Series(LINE, document.lines, dtype=pl.Int64)
    return replace(raw, frame=raw.frame.with_columns(lines.gather(raw.frame[LINE] - 1)))
