"""The second judge: another tool, in an environment of its own, that tests the published file by the contracts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.paths import REPOSITORY

JUDGE = Path(sys.prefix) / "second-judge" / "bin"
SCRIPT = REPOSITORY / "tests" / "second_judge" / "judge.py"


class Finding(NamedTuple):
    """One check of the second judge. `result`: passed, warning, failed or error."""

    name: str
    result: str | None
    reason: str | None


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as people type it."""
    return _run(JUDGE / "datacontract", *arguments)


def judged(what: str, files: Sequence[Path]) -> dict[str, list[Finding]]:
    """What it finds in each file, by the file's name: `lint` or `test`."""
    said = _said(what, *files)
    return {Path(file).name: [Finding(*one) for one in found] for file, found in said.items()}


class Changes(NamedTuple):
    """What is different in the newer of two contracts and how bad that is (error, warning or info), for who reads the
    table and for who delivers it."""

    consumer: list[tuple[str, str]]
    producer: list[tuple[str, str]]


def changes(pairs: Sequence[tuple[Path, Path]]) -> list[Changes]:
    """For each older and newer contract what `datacontract breaking` says."""
    said = _said("breaking", *(path for pair in pairs for path in pair))
    return [Changes(*([(level, message) for level, message in one[side]] for side in Changes._fields)) for one in said]


def _said(*arguments: str | Path) -> Any:
    done = _run(JUDGE / "python", SCRIPT, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _run(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert program.exists(), (
        f"{program} is not there: `make test` installs what tests/second_judge/requirements.txt has"
    )
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [str(program), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, env=clean | {"COLUMNS": "200"}, check=False)
