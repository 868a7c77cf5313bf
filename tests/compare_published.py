"""Whether two published files hold the same figures, row by row: `python -m tests.compare_published BEFORE AFTER`.

For a change of the code that must not change what is published: run the same nights with both versions, then compare.
Compared are metric.value, metric.latest and every table of mart and core. Left out are the columns that differ from run
to run (UNSTABLE) and columns that only one of the two files has; a table that only one file has is a difference. Files
of before issue 11 named `core.<feed>` what is `core.<city>_<feed>`.
Numbers of marts are compared to 12 significant digits: the last ones of a float sum depend on the order of adding, from
run to run of one version too (decision 012). All else is compared to the last bit.
Ends with 1 and the first differing rows if the files differ.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import duckdb

from warehouse.published import connect
from warehouse.published.connect import quoted

UNSTABLE = {"run_id", "published_at", "batch_ids"}  # ids of runs and batches: contracts and code have new hashes
SHOWN = 5


def tables(con: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, dict[str, str]]:
    """`schema.table` -> type of each column, of what is compared."""
    columns: dict[str, dict[str, str]] = {}
    for table, name, dtype in con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE database_name = ? AND NOT internal AND (schema_name IN ('mart', 'core')"
        " OR (schema_name = 'metric' AND table_name IN ('value', 'latest'))) ORDER BY table_name, column_index",
        [catalog],
    ).fetchall():
        columns.setdefault(table, {})[name] = dtype
    return columns


def comparable(table: str, column: str, dtype: str) -> str:
    """The column as SQL compares it."""
    if table.startswith("mart.") and dtype == "DOUBLE":
        return f"format('{{:.11e}}', {quoted(column)}) AS {quoted(column)}"
    return quoted(column)


def named_now(name: str, tables: Collection[str]) -> str | None:
    """The table of the later file that this one of the earlier file is; None: there is none."""
    schema, _, feed = name.partition(".")
    found = [other for other in sorted(tables) if schema == "core" and other.endswith(f"_{feed}")]
    return name if name in tables else found[0] if found else None


def differences(before: Path, after: Path) -> tuple[dict[str, int], list[str]]:
    """Rows compared by table, and what differs: a sentence for each table, with some rows."""
    counts: dict[str, int] = {}
    texts: list[str] = []
    with connect.connect() as con:
        connect.attach(con, before, "before")
        connect.attach(con, after, "after")
        old, new = tables(con, "before"), tables(con, "after")
        same = {name: found for name in sorted(old) if (found := named_now(name, new)) is not None}
        texts += [f"{name} is only in {before}" for name in sorted(old.keys() - same.keys())]
        texts += [f"{name} is only in {after}" for name in sorted(new.keys() - set(same.values()))]
        for name, now in same.items():
            columns = [column for column in old[name] if column in new[now] and column not in UNSTABLE]
            chosen = ", ".join(comparable(name, column, old[name][column]) for column in columns)
            sides = [f"SELECT {chosen} FROM before.{name}", f"SELECT {chosen} FROM after.{now}"]
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
