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


def changes(old: Path, new: Path) -> list[tuple[str, str]]:
    """What is different in the newer one, and how bad that is for who reads the table: error, warning or info."""
    return [(level, message) for level, message in _said("breaking", old, new)]


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
