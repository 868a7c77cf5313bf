"""What the ledger says of a night that is over, as the delivery of the feed `platform`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.context import RunContext
from assets.ingest.own_work import night_delivered
from tests.worlds.packs import seoul
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

NIGHT = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    home = open_home(Home(tmp_path / "home"), create=True)
    return RunContext(home=home, city=seoul(), source="files", run_id="next", today=date(2026, 7, 2))


def _told(run: RunContext, *days: date) -> dict[date, dict[str, dict[str, Any]]]:
    return {day: {row["source"]: row for row in json.loads(content)} for day, content in night_delivered(run, days)}


def _runs(run: RunContext, night: date, **cpu: float) -> None:
    kinds = {"fetch": "seoul", "build": "seoul", "publish": None}
    rows = [
        {"run_id": f"{night} {kind}", "city": city, "kind": kind, "night": night, "began_at": NOW, "seconds": 10.0}
        | {"cpu_seconds": cpu.get(kind, 1.0), "recorded_at": NOW}
        for kind, city in kinds.items()
    ]
    ledger.append(run.home, "run", rows)


def _judged(run: RunContext, feed: str, day: date, night: date, verdict: str, read: int = 10, held: int = 0) -> None:
    one = {"batch_id": f"{feed} {day} {night}", "city": "seoul", "layer": "core", "table_name": feed, "day": day}
    one |= {"run_id": f"{night} build", "recorded_at": NOW + (night - NIGHT)}
    ledger.append(run.home, "batch", [one | {"rows_read": read, "rows_quarantined": held, "rows_kept": read - held}])
    ledger.append(run.home, "verdict", [one | {"verdict": verdict, "rules_failed": []}])


def _published(run: RunContext, night: date, version: int, **values: float | None) -> None:
    one = {"version": version, "run_id": f"{night} publish", "recorded_at": NOW, "values_total": 1, "values_changed": 1}
    ledger.append(run.home, "publication", [one | {"action": "publish", "content_hash": "x"}])
    rows = [
        {"version": version, "city": "seoul", "area": "11", "metric": metric, "period": "day", "period_start": NIGHT}
        | {"value": value, "status": "absent" if value is None else "ok", "batch_ids": [], "published_at": NOW}
        for metric, value in values.items()
    ]
    ledger.append(run.home, "value_history", rows)


def test_before_the_first_night_the_contracts_alone_are_told(run: RunContext) -> None:
    told = _told(run, NIGHT - timedelta(days=1), NIGHT)
    assert list(told) == [NIGHT]
    feed = told[NIGHT]["bike_daily"]
    assert (feed["open"], feed["rules"]) == (1, len(run.city.contracts["bike_daily"].rules))
    assert "rows_received" not in feed
    assert "cpu_seconds" not in told[NIGHT]["all"]
    assert set(told[NIGHT]) == {*run.city.contracts, "all"} - {"platform"}


def test_a_night_tells_what_its_own_runs_did_and_nothing_of_others(run: RunContext) -> None:
    before, after = NIGHT - timedelta(days=1), NIGHT + timedelta(days=1)
    for night in (before, NIGHT, after):
        _runs(run, night, fetch=2.5, build=4.0, publish=90.0)
        _judged(run, "bike_daily", night, night, "PASS", read=100 + night.day, held=night.day)
    _judged(run, "subway_daily", NIGHT - timedelta(days=3), NIGHT, "BLOCK", read=7)
    told = _told(run, NIGHT)[NIGHT]
    assert (told["bike_daily"]["rows_received"], told["bike_daily"]["rows_quarantined"]) == (130, 30)
    assert (told["bike_daily"]["days_received"], told["bike_daily"]["days_held_back"]) == (1, 0)
    assert (told["subway_daily"]["days_received"], told["subway_daily"]["days_held_back"]) == (1, 1)
    assert told["air_daily"]["rows_received"] == 0
    assert told["all"]["cpu_seconds"] == 6.5  # the publication is of all cities


def test_on_time_is_what_was_due_and_is_live_at_the_end_of_the_night(run: RunContext) -> None:
    _runs(run, NIGHT)
    _judged(run, "bike_daily", NIGHT, NIGHT, "PASS")
    _judged(run, "subway_daily", NIGHT - timedelta(days=5), NIGHT, "PASS")  # due are those of three days before
    told = _told(run, NIGHT)[NIGHT]
    known = {name: [told[name].get(key) for key in ("days_due", "days_on_time", "lag_days")] for name in told}
    assert known["bike_daily"] == [1, 1, 0]
    assert known["subway_daily"] == [1, 0, 5]
    assert known["boundaries"] == [None, None, None]  # a register is due once


def test_a_night_says_the_same_after_later_ones(run: RunContext) -> None:
    _runs(run, NIGHT)
    _judged(run, "bike_daily", NIGHT - timedelta(days=1), NIGHT, "PASS")
    before = _told(run, NIGHT)
    _judged(run, "bike_daily", NIGHT, NIGHT + timedelta(days=1), "PASS")  # it came a night late
    assert _told(run, NIGHT) == before
    assert before[NIGHT]["bike_daily"]["days_on_time"] == 0


def test_a_value_that_gets_another_number_is_restated_and_one_that_is_late_is_new(run: RunContext) -> None:
    first = NIGHT - timedelta(days=1)
    for night in (first, NIGHT):
        _runs(run, night)
    _published(run, first, 1, a=1.0, b=2.0, c=None)
    _published(run, NIGHT, 2, a=1.5, c=3.0, d=None)
    told = _told(run, NIGHT)[NIGHT]["all"]
    assert (told["values_restated"], told["values_first"]) == (1, 1)
    assert (told["values_available"], told["values_expected"]) == (3, 4)


def test_a_night_that_never_was_is_not_told(run: RunContext) -> None:
    _runs(run, NIGHT)
    assert _told(run, NIGHT - timedelta(days=1)) == {}
