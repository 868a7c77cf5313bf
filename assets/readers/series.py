"""Records that carry arrays of equally spaced values -> one row of text for each value."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_records import cell, column_keys, compact_json, objects_of, text_frame
from assets.readers.rows import LINE, Rejects
from quality.contract.layout import SeriesLayout


def series_rows(
    records: list[Any], series: SeriesLayout, where: str, start: datetime, rejects: Rejects
) -> tuple[pl.DataFrame, int]:
    """One row per (record, array, index); a wrong array is one reject, the others of the record are kept.

    Also gives the number of blank records. Raises PermanentFailure if no record has any of the arrays.
    """
    lines, objects, blanks = objects_of(records, rejects)
    present = [name for name in series.arrays if any(name in record for record in objects)]
    if objects and not present:
        what = f"no record has any of the arrays {sorted(series.arrays)}"
        raise PermanentFailure("FILE-NO-HEADER", what, where, "correct `arrays` in the layout, or ask what changed")
    keys = {key: name for key, name in column_keys(objects, where).items() if key not in series.arrays}
    outputs = [series.label_column, series.time_column, series.value_column]
    if taken := sorted(set(outputs) & set(keys.values())):
        hint = "choose other names for label_column, value_column, time_column in the layout"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", f"the records already have {taken}", where, hint)
    owners: list[int] = []
    labels: list[str] = []
    values: list[str | None] = []
    for owner, record in enumerate(objects):
        for name in present:
            array = record.get(name)
            reason = _wrong(array, series.length)
            if reason:
                rejects.add(lines[owner], "ROW-ARRAY", f"array {name!r} {reason}", compact_json(record))
                continue
            owners.append(owner)
            labels.append(series.arrays[name])
            values.extend(map(cell, array))  # type: ignore[arg-type]
    times = [(start + timedelta(minutes=series.step_minutes * step)).isoformat() for step in range(series.length)]
    rows = np.repeat(np.arange(len(owners)), series.length)
    frame = pl.DataFrame(
        {
            series.label_column: pl.Series(labels, dtype=pl.String)[rows],
            series.time_column: pl.Series(times, dtype=pl.String)[np.tile(np.arange(series.length), len(owners))],
            series.value_column: pl.Series(values, dtype=pl.String),
        }
    )
    scalars = text_frame(lines, objects, keys)[np.repeat(np.array(owners, dtype=np.int64), series.length)]
    return pl.concat([scalars.drop(LINE), frame, scalars.select(LINE)], how="horizontal"), blanks


def series_start(member: str, where: str, series: SeriesLayout) -> datetime:
    """When the series begins. The date is in the name only: the file of living population has no time stamp inside.

    Raises PermanentFailure if neither name gives one.
    """
    for name in (member, where):
        if found := re.search(series.start_pattern, name):
            try:
                return datetime.strptime(found[1], series.start_format)  # noqa: DTZ007 - local time, as delivered
            except (ValueError, TypeError):
                continue
    what = f"its name does not give a start date ({series.start_pattern!r} as {series.start_format!r})"
    raise PermanentFailure("FILE-NAME", what, where, "deliver it under the agreed name, or correct start_pattern")


def _wrong(array: Any, length: int) -> str | None:
    if not isinstance(array, list):
        return "is missing" if array is None else "is not an array"
    if len(array) != length:
        return f"has {len(array)} values instead of {length}"
    return "holds nested values" if any(isinstance(value, (list, dict)) for value in array) else None
