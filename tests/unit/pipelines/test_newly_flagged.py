"""Places that are flagged and were not before: counted once, by rule, and not again for a night without readings."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.watch.flags import QcFlag, QcRule
from pipelines.newly_flagged import NewlyFlagged, newly_flagged
from warehouse.home import Home

NEWEST = date(2026, 11, 29)
STUCK, SPIKE, FOLLOWS_NOT = QcRule.FLAT_LINE, QcRule.SPIKE, QcRule.CORRELATION
Row = tuple[str, str, int, QcFlag, QcRule | int]  # place, quantity, days before the newest, flag, rules


def published(root: Path, rows: Sequence[Row], network: str = "low_cost", newest: date = NEWEST) -> Home:
    home = Home(root)
    home.published_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.published_file)) as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS mart")
        keys = "city TEXT, day DATE, network TEXT, quantity TEXT, place TEXT, qc BIGINT, qc_rules BIGINT"
        con.execute(f"CREATE TABLE IF NOT EXISTS mart.place_health ({keys})")
        for place, quantity, back, flag, rules in rows:
            at = newest - timedelta(days=back)
            values = ["seoul", at, network, quantity, place, int(flag), int(rules)]
            con.execute("INSERT INTO mart.place_health VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    return home


def test_those_that_were_fine_before_and_new_ones(tmp_path: Path):
    home = published(
        tmp_path,
        [
            ("a", "pm25", 1, QcFlag.GOOD, 0),
            ("a", "pm25", 0, QcFlag.SUSPECT, SPIKE | QcRule.GAP),
            ("a", "pm10", 0, QcFlag.BAD, STUCK),
            ("b", "pm25", 1, QcFlag.NOT_JUDGED, 0),
            ("b", "pm25", 0, QcFlag.SUSPECT, SPIKE),
            ("known", "pm25", 1, QcFlag.BAD, STUCK),
            ("known", "pm25", 0, QcFlag.SUSPECT, STUCK),
            ("fine", "pm25", 1, QcFlag.BAD, STUCK),
            ("fine", "pm25", 0, QcFlag.GOOD, 0),
            ("silent", "pm25", 0, QcFlag.MISSING, QcRule.MISSING | FOLLOWS_NOT),
        ],
    )
    (found,) = newly_flagged(home, ["seoul", "busan"])
    assert found == NewlyFlagged("seoul", NEWEST, 2, {"flat_line": 1, "spike": 2})
    said = found.sentence("madang", home)
    assert said.startswith(
        "seoul: 2 places are newly flagged on 2026-11-29 (flat_line 1, spike 2): madang sensors --city "
    )


def test_each_network_has_its_own_newest_day(tmp_path: Path):
    published(tmp_path, [("a", "pm25", 0, QcFlag.SUSPECT, STUCK)])
    home = published(tmp_path, [("a", "pm25", 0, QcFlag.SUSPECT, SPIKE)], "reference", NEWEST - timedelta(days=2))
    assert newly_flagged(home, ["seoul"]) == [NewlyFlagged("seoul", NEWEST, 2, {"flat_line": 1, "spike": 1})]


@pytest.mark.parametrize("before", [QcFlag.SUSPECT, QcFlag.BAD])
def test_a_night_without_readings_makes_nothing_new(tmp_path: Path, before: QcFlag):
    days = [("a", "pm25", 2, before, STUCK), ("a", "pm25", 1, QcFlag.MISSING, QcRule.MISSING)]
    assert newly_flagged(published(tmp_path, [*days, ("a", "pm25", 0, QcFlag.BAD, STUCK)]), ["seoul"]) == []


def test_where_nothing_is_watched_or_published_there_are_none(tmp_path: Path):
    assert newly_flagged(Home(tmp_path / "none"), ["seoul"]) == []
    home = Home(tmp_path)
    home.published_file.parent.mkdir(parents=True)
    duckdb.connect(str(home.published_file)).close()
    assert newly_flagged(home, ["seoul"]) == []
