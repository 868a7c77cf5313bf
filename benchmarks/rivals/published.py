"""What Madang counted of a day, from the published file, in the form in which the rivals print theirs."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.rivals import rules

FEED = "sdot_env"


def counts(home: Path, day: date) -> dict[str, object]:
    with duckdb.connect(home / "published" / "madang.duckdb", read_only=True) as con:
        of_day = f"table_name = '{FEED}' AND day = DATE '{day}'"
        unreadable, read, kept, held, replaced = (
            con.execute(
                "SELECT coalesce(sum(rows_read) FILTER (layer = 'delivery'), 0)::BIGINT, "
                "coalesce(sum(rows_read) FILTER (layer = 'core'), 0)::BIGINT, "
                "coalesce(sum(rows_kept) FILTER (layer = 'core'), 0)::BIGINT, "
                "coalesce(sum(rows_quarantined) FILTER (layer = 'core'), 0)::BIGINT, "
                f"coalesce(sum(rows_replaced) FILTER (layer = 'core'), 0)::BIGINT FROM ledger.batch WHERE {of_day}"
            ).fetchone()
            or (0,) * 5
        )
        found = dict(
            con.execute(
                f"SELECT rule, sum(unexpected)::BIGINT FROM ledger.rule_result WHERE {of_day} GROUP BY rule"
            ).fetchall()
        )
        # Cells that are no numbers are not counted by their rule (it judges their share): they lie in quarantine.
        found[rules.TYPES_RULE] = con.execute(
            f"SELECT count(*) FROM ledger.quarantine WHERE {of_day} AND scope = 'cell' "
            f"AND list_contains(rules, '{rules.TYPES_RULE}')"
        ).fetchone()[0]  # type: ignore[index]
    return {
        "rows_read": read + unreadable,
        "rows_unreadable": unreadable,
        "rows_replaced": replaced,
        "rows_held": held,
        "rows_kept": kept,
        "rules": {code: found[code] or 0 for code in rules.CODES},
    }


def main() -> None:
    given = argparse.ArgumentParser(description="What Madang counted of a day.")
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--day", type=date.fromisoformat, required=True)
    wanted = given.parse_args()
    print(json.dumps(counts(wanted.home, wanted.day)))


if __name__ == "__main__":
    main()
