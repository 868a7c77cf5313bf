"""How many values of a column are null, from what a Parquet file says of itself: no value is read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple


class NullCounts(NamedTuple):
    """Rows of a file, and by column how many of its values are null; a column that it lacks is null in all rows."""

    rows: int
    nulls: dict[str, int]

    def of(self, column: str) -> int:
        """Null values of a column."""
        return self.nulls.get(column, self.rows)


def null_counts(files: Collection[Path]) -> NullCounts:
    """The sum over these files, which together are a day of a table."""
    counts = [_of_file(path) for path in files]
    names = {name for one in counts for name in one.nulls}
    return NullCounts(sum(one.rows for one in counts), {name: sum(one.of(name) for one in counts) for name in names})


def _of_file(path: Path) -> NullCounts:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    nulls: dict[str, int] = {}
    unknown: set[str] = set()
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            column = row_group.column(number)
            name = column.path_in_schema
            if column.statistics is None or not column.statistics.has_null_count:
                unknown.add(name)
            else:
                nulls[name] = nulls.get(name, 0) + column.statistics.null_count
    # a file that does not say it of a column: no null is better than an alarm about all of its values
    return NullCounts(metadata.num_rows, nulls | dict.fromkeys(unknown, 0))
