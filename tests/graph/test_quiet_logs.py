"""A night says in the terminal what somebody should read: a line for what was published, one or two for a trouble."""

from __future__ import annotations

import logging
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines import terminal_log
from pipelines.settings import REPOSITORY
from tests.graph.conftest import Graph
from tests.worlds.files import AIR_HEADER, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul

UNFIT = [[*row[:6], row[7], row[6]] for row in air_rows([LAST])]  # PM10 and PM2.5 swapped
MOST_LINES = 60


def test_a_night_with_a_closed_gate_is_told_in_few_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shipped = yaml.safe_load((REPOSITORY / "deploy" / "dagster.yaml").read_text("utf-8"))
    made = logging.getLogRecordFactory()
    try:
        terminal_log.shorten()
        terminal_log.shorten()
        with dg.DagsterInstance.ephemeral(settings={"python_logs": shipped["python_logs"]}) as instance:
            graph = Graph(Yard(tmp_path), instance, small_seoul(tmp_path, "air_daily", "weather_daily"))
            graph.yard.deliver("weather_daily")
            graph.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, UNFIT), "cp949")
            capfd.readouterr()
            for job, day in (("seoul_fetch", str(LAST)), ("seoul_build", str(LAST)), ("publish", None)):
                graph.job(job).execute_in_process(instance=instance, raise_on_error=False, partition_key=day)
    finally:
        logging.setLogRecordFactory(made)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) < MOST_LINES / 3, lines  # two feeds; a city has more
    assert not any("STEP_START" in line or "Stack Trace" in line or line.startswith("  File") for line in lines), lines
    (failed,) = [line for line in lines if "STEP_FAILURE" in line]
    assert "AIR-pm10-not-below-pm25" in failed
    assert any("is published" in line for line in lines)
    assert any("1 gate is closed" in line for line in lines)


def test_only_lines_of_runs_are_shortened() -> None:
    text = "it broke\n\nStack Trace:\n  File x"
    made = terminal_log._Shortening(logging.LogRecord)
    for name, wanted in (("dagster", "it broke"), ("uvicorn", text)):
        assert made(name, logging.ERROR, "/x.py", 1, text, (), None).getMessage() == wanted
    of_step = "/lib/dagster/_core/execution/plan/compute.py"
    assert made("dagster", logging.INFO, of_step, 1, "no output", (), None).levelno == logging.DEBUG
    assert made("dagster", logging.WARNING, of_step, 1, "a warning", (), None).levelno == logging.WARNING
    assert made("dagster", logging.INFO, "/pipelines/x.py", 1, "read", (), None).levelno == logging.INFO
