"""Costs of commands. Measured in a small process of their own: this one is too heavy to measure from."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.measure import Cost, in_turn, median, ratio, together
from pipelines.settings import REPOSITORY

BUSY = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def asked(code: str) -> Any:
    """What a small process finds out."""
    head = "import json, sys; from benchmarks import measure\n"
    done = subprocess.run(
        [sys.executable, "-c", head + code], cwd=REPOSITORY, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_cpu_seconds_of_grandchildren_count() -> None:
    code = (
        f"busy = {BUSY!r}\n"
        "nested = f'import subprocess, sys; subprocess.run([sys.executable, \"-c\", {busy!r}])'\n"
        "print(json.dumps(measure.run([sys.executable, '-c', nested]).cpu_s))"
    )
    assert asked(code) >= 0.3


def test_peak_is_that_of_the_largest_process() -> None:
    code = (
        "big = 'x = bytearray(b\"x\") * 300_000_000'\n"
        "nested = f'import subprocess, sys; subprocess.run([sys.executable, \"-c\", {big!r}])'\n"
        "print(json.dumps([measure.run([sys.executable, '-c', c]).peak_mib for c in (nested, 'pass')]))"
    )
    large, small = asked(code)
    assert 286 <= large < 400
    assert small < 60


def test_measuring_from_a_heavy_process_is_refused() -> None:
    code = (
        "ballast = bytearray(b'x') * 300_000_000; del ballast\n"
        "try: measure.run([sys.executable, '-c', 'pass'])\n"
        "except RuntimeError as error: print(json.dumps(str(error)))"
    )
    assert "measure from a small one" in asked(code)


def test_an_exit_code_that_is_not_expected_raises_with_what_was_said() -> None:
    code = (
        "command = [sys.executable, '-c', 'import sys; print(\"half a table\"); sys.exit(\"disk full\")']\n"
        "code = measure.run(command, expected=(1,)).code\n"
        "try: measure.run(command)\n"
        "except measure.Failed as failed: print(json.dumps([code, str(failed)]))"
    )
    code_found, text = asked(code)
    assert code_found == 1
    assert "ended with 1" in text
    assert "half a table" in text
    assert "disk full" in text


def test_settings_of_the_shell_do_not_reach_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_DROP", "/somewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    seen = asked(
        'code = \'import os; print(sorted(n for n in os.environ if n.startswith(("MADANG", "PYTHONDONT"))))\'\n'
        "print(json.dumps(measure.run([sys.executable, '-c', code], env=measure.environment(MADANG_X='1')).out))"
    )
    assert seen.strip() == "['MADANG_X']"


def test_ways_are_taken_in_turn() -> None:
    order: list[str] = []

    def way(name: str) -> Cost:
        order.append(name)
        return Cost(len(order), 1, 1)

    costs = in_turn({"a": lambda: way("a"), "b": lambda: way("b")}, 2)
    assert order == ["a", "b", "a", "b"]
    assert [cost.wall_s for cost in costs["b"]] == [2, 4]


def test_each_figure_has_its_own_median() -> None:
    found = median([Cost(1, 30, 200, load=0.5), Cost(9, 10, 300, load=4), Cost(2, 20, 100, load=1)])
    assert (found.wall_s, found.cpu_s, found.peak_mib, found.load) == (2, 20, 200, 4)


def test_a_ratio_is_the_median_of_those_of_the_turns() -> None:
    own, other = [Cost(2, 1, 1), Cost(30, 1, 1), Cost(6, 1, 1)], [Cost(1, 1, 1), Cost(10, 1, 1), Cost(1, 1, 1)]
    assert ratio(own, other, "wall_s") == 3


def test_two_commands_after_each_other_take_the_time_of_both_and_the_memory_of_the_larger() -> None:
    found = together(Cost(1, 2, 300, load=0.5), Cost(4, 5, 200, load=2))
    assert (found.wall_s, found.cpu_s, found.peak_mib, found.load) == (5, 7, 300, 0.5)
