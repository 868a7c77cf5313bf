"""What docs/drift.md says of planted drift: its tables have all plantings, its words are those of its tables, and a
drift in days that are quiet is seen by whoever can see it, and by nobody else."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from assets.watch.nearest import nearest_of
from benchmarks.drift.__main__ import PAGE, table_of
from benchmarks.drift.networks import WHOLE, Network, medians
from benchmarks.drift.page import NEAR, NEIGHBOURS, NOBODY, WITNESS, Table, written
from benchmarks.drift.seen import ALL, FIXED, NOW, ONE, PAST, TENTH

FIRST, DAYS, ONSET = date(2026, 1, 1), 160, date(2026, 3, 10)
TITLES = [
    "S-DoT, PM2.5",
    "S-DoT, temperature",
    "S-DoT, noise",
    "Seven stations of Beijing, PM2.5",
    "The UCI sensors",
    "The simulated city, PM2.5",
]


@pytest.fixture(scope="module")
def quiet() -> Network:
    """Thirty places on a grid of 1 km and ten stations, which spread by 2 % a day around what the air is."""
    chance = np.random.default_rng(1)
    air = 25 * np.exp(chance.normal(0, 0.4, DAYS))
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]

    def rows(names: list[str]) -> pl.DataFrame:
        read = air * np.exp(chance.normal(0, 0.02, (len(names), DAYS)))
        every = [
            pl.DataFrame({"day": days, "value": one}).with_columns(place=pl.lit(name))
            for name, one in zip(names, read, strict=True)
        ]
        return pl.concat(every).select("place", pl.lit(WHOLE).alias("area"), "day", "value")

    names = [f"s{n:02d}" for n in range(30)]
    where = pl.DataFrame(
        {
            "place": names,
            "lat": [37.5 + 0.009 * (n // 6) for n in range(30)],
            "lon": [127 + 0.011 * (n % 6) for n in range(30)],
        }
    )
    witness = medians(rows([f"w{n}" for n in range(10)]))
    return Network("quiet", "Made.", "pm25", rows(names), (ONSET,), nearest_of(where), witness, sizes=(0.05, 0.4))


@pytest.fixture(scope="module")
def table(quiet: Network) -> Table:
    """6 s of CPU."""
    return table_of(quiet)


def test_a_drift_is_seen_by_whoever_can_see_it(table: Table) -> None:
    nobody = table.rows[NOBODY, 0.0]
    assert {nobody[by, FIXED].share for by in (NEIGHBOURS, WITNESS)} == {0.0}
    alone, tenth, together = (table.rows[who, 0.4] for who in (ONE, TENTH, ALL))
    assert (alone[NEIGHBOURS, FIXED].share, alone[NEIGHBOURS, PAST].share) == (1.0, 1.0)
    assert alone[WITNESS, FIXED].share == 0.0  # one of thirty moves no median
    assert (tenth[NEIGHBOURS, FIXED].runs, tenth[NEIGHBOURS, FIXED].share) == (3, 1.0)
    assert together[NEIGHBOURS, FIXED].share == 0.0  # those around a place drift as it does
    assert together[NEIGHBOURS, NOW].share - nobody[NEIGHBOURS, NOW].share < NEAR
    assert together[WITNESS, FIXED].share == 1.0
    assert 10 < (together[WITNESS, FIXED].days or 0) < 30  # half of 30 days have to be off by 5 % or more
    assert "**Not seen** (less than 10% of the runs more than without a drift): nothing." in written([table])


def test_the_same_days_say_the_same(quiet: Network, table: Table) -> None:
    assert table_of(quiet).rows == table.rows


def test_the_page_has_every_network_with_every_planting() -> None:
    """Made of the real files by `python -m benchmarks.drift`, which takes minutes: here it is read."""
    parts = dict(zip(*[iter(re.split(r"^## (.*)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert list(parts) == TITLES
    for title, text in parts.items():
        head, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
        ]
        who = [row[0] for row in rows]
        groups = 3 if title.startswith(("S-DoT", "The simulated")) else 2 if "Beijing" in title else 1
        assert who[0] == "nobody"
        assert len(who) == 1 + 4 * groups, title
        assert len(set(map(tuple, (row[:2] for row in rows)))) == len(rows)
        at_five = [n for n, name in enumerate(head) if name.endswith("at 5%")]
        assert all(_share(rows[0][n]) <= 0.05 for n in at_five), "more false alarms than it says"
        missed = [f"{row[0]} by {row[1]}" for row in rows[1:] if _gain(row, rows[0]) < NEAR]
        said = re.search(r"\*\*Not seen\*\* .*?: (.*)\.$", text, re.MULTILINE)
        assert said is not None
        rounded = 0.01  # cells are rounded
        named = [] if said[1] == "nothing" else said[1].split("; ")
        doubtful = [f"{row[0]} by {row[1]}" for row in rows[1:] if abs(_gain(row, rows[0]) - NEAR) <= rounded]
        assert {*named} ^ {*missed} <= {*doubtful}, title


def _share(cell: str) -> float:
    return int(cell.partition("%")[0]) / 100 if cell != "-" else 0.0


def _gain(row: list[str], nobody: list[str]) -> float:
    return max(_share(one) - _share(other) for one, other in zip(row[2:], nobody[2:], strict=True))
