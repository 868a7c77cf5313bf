"""How many values of a column are null, from what a Parquet file says of itself: no value is read."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq


class NullCounts(NamedTuple):
    """Rows of a file, and by column how many of its values are null; a column that it lacks is null in all rows."""

    rows: int
    nulls: dict[str, int]

    def of(self, column: str) -> int:
        """Null values of a column."""
        return self.nulls.get(column, self.rows)


def null_counts(files: Collection[Path]) -> NullCounts:
    """The sum over these files, which together are a day of a table."""
    counts = [_of_file(path, path.stat().st_mtime_ns) for path in files]
    names = {name for one in counts for name in one.nulls}
    return NullCounts(sum(one.rows for one in counts), {name: sum(one.of(name) for one in counts) for name in names})


@lru_cache(maxsize=4096)  # files of the lake never change; 14 nights of a feed are asked for again on the next day
def _of_file(path: Path, _changed: int) -> NullCounts:
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
    # of what cannot be told nothing is said: no null is better than an alarm about all of them
    return NullCounts(metadata.num_rows, nulls | dict.fromkeys(unknown, 0))
