"""Columns that a provider has corrected: which column has the readings that they were corrected from.

Only what two columns of one contract say of each other belongs here. Whether a correction changed is found in its days
(assets/corrections).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quality.contract.columns import Column
from quality.contract.nearest import what_to_write


def correction_mistakes(columns: Sequence[Column]) -> Iterator[str]:
    """What is wrong with `corrects` of these columns, each in a sentence that begins with the key."""
    numbers = {column.name: column for column in columns if column.type in ("number", "integer")}
    there = {column.name for column in columns}
    first = dict[str, str]()  # by raw column, the first that is corrected from it
    for column in columns:
        raw = column.spec.corrects
        if raw is None:
            continue
        key, others = f"columns.{column.name}.corrects", [name for name in numbers if name != column.name]
        if raw not in there:
            yield f"{key}: there is no column {raw!r} in this feed; {what_to_write(raw, others)}"
        elif raw == column.name:
            yield f"{key}: a column is not corrected from itself; {what_to_write(f'{raw}_raw', others)}"
        elif raw not in numbers or column.name not in numbers:
            other = raw if raw not in numbers else column.name
            yield f"{key}: {other} is no number, and only numbers are corrected; {what_to_write(raw, others)}"
        elif numbers[raw].spec.unit != column.spec.unit:
            units = f"{column.spec.unit or 'none'} and {numbers[raw].spec.unit or 'none'}"
            yield f"{key}: {column.name} and {raw} have two units, {units}; give both the same `unit`"
        elif numbers[raw].spec.corrects is not None:
            yield f"{key}: {raw} is corrected itself; write the column of the instrument, {numbers[raw].spec.corrects}"
        elif first.setdefault(raw, column.name) != column.name:
            what = f"{first[raw]} is corrected from {raw}, too, and an instrument's readings are of one quantity"
            yield f"{key}: {what}; write the column that {column.name} was corrected from"
