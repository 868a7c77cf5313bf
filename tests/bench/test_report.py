"""The results page says what was found, and of what was not measured that it was not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks import report, served
from benchmarks.__main__ import SCENARIOS, app
from pipelines.cli import bench
from pipelines.cli.commands import app as madang
from pipelines.cli.options import Stop

BASE = {"what": "Something.", "asked": "Medians of 1", "load": 0.2, "agrees": True, "wrong": {}, "rows": []}
NIGHT = BASE | {
    "rows": [{"way": "floor (polars)", "wall_s": 20.0, "cpu_s": 30.0, "peak_mib": 400.0, "load": 0.1,
              "wall / floor": 1.0, "CPU / floor": 1.0},
             {"way": "Madang", "wall_s": 30.0, "cpu_s": 50.0, "peak_mib": 2048.0, "load": 0.1, "wall / floor": 1.5,
              "CPU / floor": 1.7}],
    "figures": {"rows": 36_020_000, "files": 240, "bytes": 2**31, "wall_ratio": 1.5, "peak_mib": 2048.0,
                "rows_per_s": 1_200_666.0},
}  # fmt: skip


def targets(results: dict[str, Any]) -> dict[str, tuple[str, str]]:
    page = report.page(results, {"date": "today"})
    lines = page.split("## Targets")[1].split("##")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    return {what: (found, met) for what, _, found, met in cells}


def test_what_was_not_run_is_shown_as_not_run() -> None:
    assert set(targets({}).values()) == {("not run", "")}
    page = report.page({"gate": {"skipped": "there is no gate"}}, {})
    assert "Not run: there is no gate." in page
    assert page.count("Not run.") == len(SCENARIOS) - 1


def test_a_target_is_met_or_missed() -> None:
    assert targets({"night": NIGHT})["Madang against floor, 36 M rows, wall"] == ("1.50×", "yes")
    slow = NIGHT | {"figures": NIGHT["figures"] | {"wall_ratio": 1.81, "peak_mib": 4097.0}}
    found = targets({"night": slow})
    assert found["Madang against floor, 36 M rows, wall"] == ("1.81×", "**no**")
    assert found["peak memory at 36 M rows"] == ("4.00 GiB", "**no**")


def test_a_small_run_meets_no_target_of_a_large_one() -> None:
    small = NIGHT | {"figures": NIGHT["figures"] | {"rows": 3_602_000}}
    assert targets({"night": small})["peak memory at 36 M rows"] == ("not measured at this size", "")


def test_a_result_that_does_not_agree_meets_no_target() -> None:
    wrong = NIGHT | {"agrees": False, "wrong": {"rows_kept": {"found": 1, "true": 2}}}
    assert targets({"night": wrong})["peak memory at 36 M rows"] == ("failed, see below", "**no**")
    assert "rows_kept" in report.page({"night": wrong}, {})
    assert report.failed(wrong)


def test_a_scenario_that_broke_is_shown_with_its_error() -> None:
    page = report.page({"size": {"error": "Failed: no space left on device"}}, {})
    assert "no space left on device" in page
    assert targets({"size": {"error": "x"}})["10× the rows, wall"] == ("failed, see below", "**no**")


def test_every_scenario_has_a_place_on_the_page_and_every_target_a_scenario() -> None:
    assert set(report.TITLES) == set(SCENARIOS)
    assert {scenario for _, _, scenario, _ in report.TARGETS} <= set(SCENARIOS)


def test_the_page_is_made_from_the_results_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "night.json").write_text(json.dumps(NIGHT), encoding="utf-8")
    done = CliRunner().invoke(app, ["report", "--work", str(tmp_path), "--results", str(tmp_path / "page.md")])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| Madang | 30.00 | 50.00 | 2,048 | 0.10 | 1.50 | 1.70 |" in page
    assert "polars" in page


def test_a_scenario_that_does_not_exist_is_refused() -> None:
    assert CliRunner().invoke(app, ["run", "nigth"]).exit_code == 2


def test_a_scenario_that_breaks_does_not_end_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCENARIOS, "night", lambda _yard: 1 / 0)
    monkeypatch.setitem(SCENARIOS, "idle", lambda _yard: {"rows": [], "figures": {}, "agrees": True, "wrong": {}})
    done = CliRunner().invoke(app, ["run", "night", "idle", "--small", "--work", str(tmp_path)])
    assert done.exit_code == 1
    found = report.read(tmp_path / "results")
    assert "ZeroDivisionError" in found["night"]["error"]
    assert found["idle"]["agrees"]


def test_all_queries_of_the_guide_are_asked() -> None:
    text = served.GUIDE.read_text(encoding="utf-8")
    assert len(served.questions()) == text.count("```sql") > 5
    assert all(said and "```" not in query for said, query in served.questions())


# --- madang bench -----------------------------------------------------------------------------------------------------


def answered(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], code: int) -> list[list[str]]:
    asked: list[list[str]] = []

    def run(words: list[str], **_: Any) -> SimpleNamespace:
        asked.append(words)
        return SimpleNamespace(stdout=json.dumps({"night": result}), returncode=code)

    monkeypatch.setattr(bench, "subprocess", SimpleNamespace(run=run, PIPE=subprocess.PIPE))
    return asked


def test_madang_bench_shows_the_night_beside_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answered(monkeypatch, NIGHT, 0)
    done = CliRunner().invoke(madang, ["bench", "--sensors", "70", "--days", "2"])
    assert done.exit_code == 0, done.output
    assert asked[0][1:] == [
        "-m",
        "benchmarks",
        "run",
        "night",
        "--sensors",
        "70",
        "--days",
        "2",
        "--runs",
        "1",
        "--json",
    ]
    assert "36,020,000 rows in 240 files" in done.output
    assert "1.50" in done.output


def test_madang_bench_fails_where_the_results_do_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, NIGHT | {"agrees": False, "wrong": {"Madang": "rows_kept"}}, 1)
    done = CliRunner().invoke(madang, ["bench"])
    assert isinstance(done.exception, Stop)
    assert done.exception.code == 1
    assert "rows_kept" in str(done.exception)


def test_without_a_checkout_madang_bench_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "REPOSITORY", tmp_path)
    done = CliRunner().invoke(madang, ["bench"])
    assert isinstance(done.exception, Stop)
    assert done.exception.code == 2
    assert "checkout" in str(done.exception)
