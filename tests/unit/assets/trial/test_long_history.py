"""A rule that every day of a long history breaks costs one evaluation more than one that none breaks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.trial.trial import trial
from quality import audit
from tests.unit.assets.trial.town import HEAD, TODAY, town

FEED = f"""{HEAD}
implements: air_quality
interval: day
files: {{paths: ["air/*.csv"]}}
columns: {{place: site, time: {{from: at, format: "%Y-%m-%d"}}, pm25: fine}}
rules:
  - {{name: places, title: Three places are there, figure: COUNT(DISTINCT place), least: 3, severity: warning}}
"""
DAYS = 230  # Great Expectations lists 200 at most


def test_more_failing_days_than_are_listed_are_not_judged_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, evaluate = list[int](), audit.evaluate
    monkeypatch.setattr(audit, "evaluate", lambda *given, **more: runs.append(1) or evaluate(*given, **more))
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(DAYS)]
    # a value is missing on every day but the last: what row rules say of many days is listed in the same way
    lines = [f"A,{day},{9 if day == days[-1] else 99999}\n" for day in days]
    there = town(tmp_path, FEED, {"air/a.csv": "site,at,fine\n" + "".join(lines)})
    found = trial(there.contract, [there.drop], city=there.city, today=TODAY)
    failed = {rule.code: len(rule.failed_days) for rule in found.rules}
    assert (failed["AIR-places"], failed["AIR-pm25-range"]) == (DAYS, DAYS - 1)
    assert len(runs) == 2  # all rules together, then those that do not hold
