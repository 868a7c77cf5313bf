"""What a trial says is what a night says: days, verdicts, rows that are kept, and what is held back by which rule."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.context import RunContext
from assets.ingest.deliveries import Deliveries
from assets.ingest.fetch import fetch
from assets.ingest.ingest import ingest
from assets.ingest.read import read_new
from assets.trial.trial import Extent, trial
from quality.judge import COMPARED
from quality.verdict import decide
from tests.unit.assets.trial.town import AIR, HEAD, TODAY, Town, town, zipped
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

GOOD = "".join(f"N,2026-03-01 {hour:02d}:00,0.01{hour % 10},40\n" for hour in range(24))
BAD = """site,at,fine,coarse
N,2026-03-02 00:00,0.012,40
N,2026-03-02 00:00,0.012,40
N,2026-03-02 01:00,9999,40
,2026-03-02 02:00,0.013,40
N,2026-03-02 03:00,wet,40
N,2026-03-02 04:00,0.014,10
N,2026-03-02 05:00,0.014,40
N,2026-03-02 05:00,0.015,41
N,not a time,0.014,40
N,1926-03-02 05:00,0.014,40
N,2026-03-02 06:00,0.014
"""
LATER = "site,at,fine,coarse\nN,2026-03-01 03:00,0.5,600\nN,2026-03-03 00:00,0.01,20\n"
MONTHS = f"""{HEAD}
implements: energy_use
interval: month
files:
  paths: ["energy/*.csv"]
  layout:
    unpivot: {{columns: "(?P<month>JAN|FEB|MAR)"}}
    join: {{time: "{{year}} {{month}}"}}
columns:
  area: district
  time: {{from: time, format: "%Y %b"}}
  energy: {{from: value, unit: MWh}}
rules:
  - {{name: known-area, title: The district is one of ours, column: area, known: [A, B]}}
"""
CLOCKS = AIR.replace('format: "%Y-%m-%d %H:%M"', 'format: "%Y-%m-%d %H:%M", zone: Europe/Berlin')
PLACES = f"""{HEAD}
implements: place
reference_since: 2026-01-01
files: {{paths: ["places/*.csv"]}}
columns: {{place: id, lat: lat, lon: lon}}
"""
CASES = {
    "air": (AIR, {"air/a.csv": BAD, "air/b.csv": LATER, "air/c.csv": f"site,at,fine,coarse\n{GOOD}"}),
    "private": (f"classification: restricted\n{AIR}", {"air/a.csv": BAD, "air/again.csv": BAD}),
    "months": (MONTHS, {"energy/e.csv": "district,year,JAN,FEB,MAR\nA,2026,1,2,x\nC,2026,1,-5,3\n"}),
    "members": (
        AIR.replace("*.csv", "*.zip"),
        {"air/a.zip": zipped(one=BAD, two="site,at,fine,coarse\nS,2026-03-02 00:00,5,40\n,2026-03-02 01:00,0.1,40\n")},
    ),
    "clocks": (
        CLOCKS,
        {"air/a.csv": "site,at,fine,coarse\nN,2025-10-26 02:30,0.01,20\nN,2026-03-29 02:30,0.1,200\n"
                      "N,2026-03-29 12:00,0.1,200\nN,2025-10-26 12:00,0.1,200\n"},
    ),
    "places": (PLACES, {"places/p.csv": "id,lat,lon\n1,35,135\n2,95,135\n,35,136\n"}),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_trial_says_what_a_night_says(tmp_path: Path, case: str) -> None:
    here = town(tmp_path, CASES[case][0], CASES[case][1])
    found = trial(here.contract, [here.drop], city=here.city, today=TODAY)
    verdicts, rows, held = _night(tmp_path, here)
    assert {day.day: (day.verdict, day.reason) for day in found.days} == verdicts
    assert {day.day: (day.rows_read, day.rows_kept, day.rows_held, day.gave_way) for day in found.days} == rows
    quarantined = {one.rule for one in found.held if one.what in ("row", "value")}
    assert {rule: count for rule, count in found.held_counts.items() if rule in quarantined} == held
    assert not here.contract.private or all(one.value is None for one in found.held)


def test_a_limited_trial_counts_all(tmp_path: Path) -> None:
    here = town(tmp_path, AIR, {"air/a.csv": "site,at,fine,coarse\n" + "N,2026-03-02 00:00,9999,40\nM,x,1,1\n" * 9})
    all_of_it = trial(here.contract, [here.drop], city=here.city, today=TODAY)
    some = trial(here.contract, [here.drop], city=here.city, today=TODAY, extent=Extent(held=2))
    assert some.held_counts == all_of_it.held_counts
    assert set(Counter(one.rule for one in some.held).values()) <= {1, 2}


def _night(root: Path, here: Town) -> tuple[dict, dict, dict]:
    """Verdicts and rows by day, and how many rows and values each rule holds back, from a home of its own."""
    contract, home = here.contract, open_home(Home(root / "home"), create=True)
    run = RunContext(home, here.city, "files", "run", TODAY, drop=here.drop)
    read_new(run, contract, fetch(run, contract, []))
    known = Deliveries.of(run, contract).readable.values()
    spans = [range(one.day_min.toordinal(), one.day_max.toordinal() + 1) for one in known]
    days = sorted({date.fromordinal(day) for span in spans for day in span})
    compared = {rule.code for rule in contract.rules if rule.column in COMPARED}
    codes = [rule.code for rule in contract.rules if rule.code not in compared]
    outcomes = ingest(run, contract, days).outcomes
    verdicts = {o.day: decide([r for r in o.results if r.code not in compared], codes) for o in outcomes}
    rows = {o.day: (o.rows_read, o.rows_kept, o.rows_quarantined, o.gave_way) for o in outcomes}
    quarantine = ledger.read(home, "quarantine").explode("rules").collect()
    # of a change of clocks the ledger has the row, and its time as a value
    quarantine = quarantine.remove(pl.col("rules").str.ends_with("-hour") & (pl.col("scope") == "row"))
    return verdicts, rows, dict(Counter(quarantine["rules"].to_list()))
