"""A document of the standard that somebody wrote for another tool is the contract of a feed, and judges its rows."""

from __future__ import annotations

from pathlib import Path

from assets.check.foreign_documents import unjudged_warnings
from assets.pack.city import read_pack
from assets.trial.trial import trial
from tests.unit.assets.trial.town import TODAY, Town, town

DOCUMENT = """\
apiVersion: v3.2.0
kind: DataContract
id: masts
version: 1.0.0
description: {purpose: Wind at the masts}
team: {name: The port}
customProperties: [{property: license, value: open}]
servers: [{server: drop, type: local, path: "wind/*.csv", format: csv, delimiter: ";"}]
schema:
  - name: wind
    properties:
      - {name: mast, logicalType: string, primaryKey: true, logicalTypeOptions: {pattern: '^M[0-9]+$'}}
      - {name: at, logicalType: timestamp, primaryKey: true, synonyms: [{synonym: Zeit}]}
      - name: speed
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 60}
        customProperties: [{property: unit, value: m/s}]
      - name: state
        logicalType: string
        required: true
        enum: [{value: "on"}, {value: "off"}]
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 2}
      - {type: sql, name: calm, query: SELECT 1, mustBe: 1}
"""
GOOD = "mast;Zeit;speed;state\nM1;2026-03-01T00:00:00;60;on\nM2;2026-03-01T00:00:00;;off\n"


def of(root: Path, text: str) -> Town:
    return town(root, DOCUMENT, {"wind/a.csv": text}, name="wind.odcs")


def rules_broken(root: Path, text: str) -> set[str]:
    there = of(root, text)
    found = trial(there.contract, [there.drop], city=there.city, today=TODAY)
    return {rule.code for rule in found.rules if rule.unexpected or rule.status == "fail"}


def test_rows_are_judged_by_it(tmp_path: Path) -> None:
    assert rules_broken(tmp_path / "good", GOOD) == set()
    bad = GOOD.replace(";60;", ";60.1;").replace(";off", ";broken") + "X3;2026-03-01T00:00:00;-1;\n"
    of_rows = {"WIND-speed-range", "WIND-state-known", "WIND-mast-form", "WIND-required-state"}
    assert rules_broken(tmp_path / "bad", bad) == {*of_rows, "WIND-table-rowCount", "WIND-000"}, "no row is left"
    few = "".join(GOOD.splitlines(keepends=True)[:2])
    assert "WIND-table-rowCount" in rules_broken(tmp_path / "few", few)


def test_what_is_not_judged_is_a_warning_with_its_line(tmp_path: Path) -> None:
    pack = read_pack(of(tmp_path, GOOD).folder)
    assert [one for one in pack.mistakes if one.file and one.file.name == "wind.odcs.yaml"] == []
    found = {one.line: one for one in unjudged_warnings(pack)}
    lines = DOCUMENT.splitlines()
    of_rows, of_sql = (next(n for n, line in enumerate(lines, 1) if text in line) for text in ("rowCount", "calm"))
    assert set(found) == {of_rows, of_sql}
    assert all(one.warning for one in found.values())
    assert "'calm' is not judged: it is SQL of another database" in found[of_sql].what
