"""Whether two published files hold the same figures, row by row: `python -m tests.compare_published BEFORE AFTER`.

For a change of the code that must not change what is published: run the same nights with both versions, then compare.
Compared are metric.value, metric.latest and every table of mart and core. Left out are the columns that differ from run
to run (UNSTABLE) and columns that only one of the two files has; a table that only one file has is a difference.
Ends with 1 and the first differing rows if the files differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from warehouse.published import connect
from warehouse.published.connect import quoted

UNSTABLE = {"run_id", "published_at", "batch_ids"}  # ids of runs and batches: contracts and code have new hashes
SHOWN = 5


def tables(con: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    """`schema.table` -> columns, of what is compared."""
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
        " WHERE database_name = ? AND NOT internal AND (schema_name IN ('mart', 'core')"
        " OR (schema_name = 'metric' AND table_name IN ('value', 'latest'))) GROUP BY ALL ORDER BY ALL",
        [catalog],
    ).fetchall()
    return dict(rows)


def differences(before: Path, after: Path) -> tuple[dict[str, int], list[str]]:
    """Rows compared by table, and what differs: a sentence for each table, with some rows."""
    counts: dict[str, int] = {}
    texts: list[str] = []
    with connect.connect() as con:
        connect.attach(con, before, "before")
        connect.attach(con, after, "after")
        old, new = tables(con, "before"), tables(con, "after")
        texts += [f"{name} is only in {before}" for name in sorted(old.keys() - new.keys())]
        texts += [f"{name} is only in {after}" for name in sorted(new.keys() - old.keys())]
        for name in sorted(old.keys() & new.keys()):
            columns = [c for c in old[name] if c in new[name] and c not in UNSTABLE]
            chosen = ", ".join(quoted(c) for c in columns)
            sides = [f"SELECT {chosen} FROM {side}.{name}" for side in ("before", "after")]
            counts[name] = con.sql(f"SELECT count(*) FROM ({sides[0]})").fetchall()[0][0]
            for one, other, word in ((*sides, "gone"), (*reversed(sides), "new")):
                rows = con.sql(f"{one} EXCEPT ALL {other}")
                number = len(rows)
                if number:
                    texts.append(f"{name}: {number:,} rows are {word}, such as {rows.limit(SHOWN).fetchall()}")
    return counts, texts


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.compare_published BEFORE.duckdb AFTER.duckdb")
    counts, texts = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    for name, rows in counts.items():
        print(f"{name}: {rows:,} rows compared")
    for text in texts:
        print(text, file=sys.stderr)
    print("equal" if not texts else "the files differ", file=sys.stdout if not texts else sys.stderr)
    sys.exit(1 if texts else 0)


if __name__ == "__main__":
    main()
