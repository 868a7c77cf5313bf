"""The results page says what was found, and of what was not measured that it was not."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks import comparisons, report, served, targets
from benchmarks.__main__ import SCENARIOS, app
from pipelines.cli import bench
from pipelines.cli.commands import app as madang
from pipelines.cli.options import Stop

BASE = {
    "what": "Something.",
    "asked": "Medians of 1",
    "at": "2026-06-01 00:00 UTC",
    "load": 0.2,
    "agrees": True,
    "wrong": {},
    "rows": [],
}
NIGHT = BASE | {
    "rows": [{"way": "floor (polars)", "wall_s": 20.0, "cpu_s": 30.0, "peak_mib": 400.0, "load": 0.1,
              "wall / floor": 1.0, "CPU / floor": 1.0},
             {"way": "Madang", "wall_s": 30.0, "cpu_s": 50.0, "peak_mib": 2048.0, "load": 0.1, "wall / floor": 1.5,
              "CPU / floor": 1.7}],
    "figures": {"rows": 36_020_000, "files": 240, "bytes": 2**31, "wall_ratio": 1.5, "cpu_ratio": 1.7,
                "peak_mib": 1024.0, "rows_per_s": 1_200_666.0},
    "beside": {"nothing": {"wall_s": 2.5, "cpu_s": 2.25, "peak_mib": 300.0},
               "floor": {"wall_s": 20.0, "cpu_s": 30.0, "peak_mib": 512.0}},
}  # fmt: skip
WALL, PEAK = "36 M rows, wall, against the floor", "peak memory at 36 M rows"


def lines(results: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """By target: found, met, nothing, floor."""
    page = report.page(results, {"date": "today"})
    table = page.split("## Targets")[1].split("##")[0].splitlines()
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in table if line.startswith("|")][2:]
    return {what: tuple(rest) for what, _, *rest in cells}


def test_what_was_not_run_is_shown_as_not_run() -> None:
    assert set(lines({}).values()) == {("not run", "", "", "")}
    page = report.page({"gate": {"skipped": "there is no gate"}}, {})
    assert "Not run: there is no gate." in page
    assert page.count("Not run.") == len(SCENARIOS) - 1


def test_a_target_is_met_or_missed() -> None:
    assert lines({"night": NIGHT})[WALL][:2] == ("1.50×", "yes")
    slow = NIGHT | {"figures": NIGHT["figures"] | {"wall_ratio": 1.81, "peak_mib": 1537.0}}
    found = lines({"night": slow})
    assert found[WALL][:2] == ("1.81×", "**no**")
    assert found[PEAK][:2] == ("1.50 GiB", "**no**")


def test_beside_a_target_stand_the_imports_and_the_floor() -> None:
    found = lines({"night": NIGHT})
    assert found[WALL][2:] == ("CPU 2.25 s, wall 2.50 s", "CPU 30.00 s, wall 20.00 s")
    assert found[PEAK][2:] == ("0.29 GiB", "0.50 GiB")


def test_a_small_run_meets_no_target_of_a_large_one() -> None:
    small = NIGHT | {"figures": NIGHT["figures"] | {"rows": 3_602_000}}
    assert lines({"night": small})[PEAK][:2] == ("not measured at this size", "")


def test_a_result_that_does_not_agree_meets_no_target() -> None:
    wrong = NIGHT | {"agrees": False, "wrong": {"rows_kept": {"found": 1, "true": 2}}}
    assert lines({"night": wrong})[PEAK][:2] == ("failed, see below", "**no**")
    assert "rows_kept" in report.page({"night": wrong}, {})
    assert report.failed(wrong)


def test_a_scenario_that_broke_is_shown_with_its_error() -> None:
    page = report.page({"size": {"error": "Failed: no space left on device"}}, {})
    assert "no space left on device" in page
    assert lines({"size": {"error": "x"}})["10× the rows, wall"][:2] == ("failed, see below", "**no**")


def test_every_scenario_has_a_place_on_the_page_and_every_target_a_scenario() -> None:
    assert set(report.TITLES) == set(SCENARIOS)
    assert {target.scenario for target in targets.TARGETS} <= set(SCENARIOS)


def test_the_page_is_made_from_the_results_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "night.json").write_text(json.dumps(NIGHT), encoding="utf-8")
    done = CliRunner().invoke(app, ["report", "--work", str(tmp_path), "--results", str(tmp_path / "page.md")])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| Madang | 30.00 | 50.00 | 2,048 | 0.10 | 1.50 | 1.70 |" in page
    assert "polars" in page


def test_results_of_several_runs_in_one_folder_make_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"rows": [{"way": "this one"}], "figures": {"cpu_s": 3.0}, "agrees": True, "wrong": {}}
    page = tmp_path / "page.md"
    for name in ("idle", "first"):
        monkeypatch.setitem(SCENARIOS, name, lambda _yard: made)
        words = ["run", name, "--work", str(tmp_path / "work"), "--keep", "--results", str(page)]
        assert CliRunner().invoke(app, words).exit_code == 0
    assert page.read_text(encoding="utf-8").count("| this one |") == 2


# --- the rivals -------------------------------------------------------------------------------------------------------


def of_size(rows: int, **cpu_s: float) -> dict[str, Any]:
    """What rivals/ finds at one size, with these CPU seconds; memory is 1,000 MiB for each of them."""
    names = {"madang": "Madang", "floor": "floor (polars)", "dlt": "dlt + dbt", "pandera": "Polars + pandera"}
    own = cpu_s["madang"]
    imports = {"wall_s": 1.0, "cpu_s": 1.0, "peak_mib": 100.0}
    same = {"peak_mib": 1_000.0, "load": 0.1, "imports": imports, "memory_times": 2.5, "agrees": True}
    ways = [
        {"name": names[way], "wall_s": cpu, "cpu_s": cpu, "cpu_times": cpu / own, "counts": {"rows_read": rows}} | same
        for way, cpu in cpu_s.items()
    ]
    return {"rows": rows, "ways": ways}


def test_where_madang_passes_a_rival_follows_from_two_sizes() -> None:
    sizes = [
        of_size(2_000_000, madang=6, floor=3, dlt=7, pandera=4),
        of_size(10_000_000, madang=22, floor=12, dlt=39, pandera=23.2),
    ]
    result = BASE | comparisons.compared({"sizes": sizes, "errors": {}})
    # Lines: Madang 2 + 2 a million, dlt -1 + 4, pandera -0.8 + 2.4.
    assert result["figures"]["dlt_passes"] == pytest.approx(1_500_000)
    assert result["figures"]["pandera_passes"] == pytest.approx(7_000_000)
    found = lines({"rivals": result})
    assert found["rows at which Madang passes dlt + dbt, CPU"][:2] == ("1.50 M", "**no**")
    assert found["10 M rows, CPU: dlt + dbt ÷ Madang"][:2] == ("1.77", "**no**")
    assert found["memory at 10 M against dlt + dbt"][:2] == ("0.40", "yes")
    assert found["10 M rows, CPU: GX on pandas ÷ Madang"][0] == "not measured at this size"


@pytest.mark.parametrize(
    ("madang", "rival", "found"),
    [((4, 30), (6, 30), ("never", "**no**")), ((2, 10), (6, 30), ("0.00 M", "yes"))],
    ids=["each row costs more", "from the first row on"],
)
def test_madang_may_pass_a_rival_never_or_at_once(
    madang: tuple[float, float], rival: tuple[float, float], found: tuple[str, str]
) -> None:
    sizes = [
        of_size(rows, madang=own, floor=1, dlt=other)
        for rows, own, other in zip((2_000_000, 10_000_000), madang, rival, strict=True)
    ]
    result = BASE | comparisons.compared({"sizes": sizes, "errors": {}})
    assert lines({"rivals": result})["rows at which Madang passes dlt + dbt, CPU"][:2] == found


def test_a_rival_that_failed_is_on_the_page_and_does_not_agree() -> None:
    sizes = [of_size(rows, madang=cpu, floor=1) for rows, cpu in ((2_000_000, 6), (10_000_000, 22))]
    result = BASE | comparisons.compared({"sizes": sizes, "errors": {"dlt + dbt": "no such version"}})
    assert not result["agrees"]
    assert "no such version" in report.page({"rivals": result}, {})


# --- the command ------------------------------------------------------------------------------------------------------


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
    assert re.search(r"30\.0 +50\.0 +2048\.0 +1\.5 +1\.7", done.output)


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
