"""The `madang` command as tests call it: in this process where a process is not the point, or as one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import REPOSITORY

_MAIN = "from pipelines.cli.main import main; main()"
# A script that starts the tests in the background ignores SIGINT for all that they start, and then Dagster's own runs
# in this process ignore SIGTERM, too; a terminal does neither.
_AT_A_TERMINAL = (
    "import signal as s; s.signal(s.SIGINT, s.default_int_handler); s.signal(s.SIGTERM, s.SIG_DFL); "
    "s.pthread_sigmask(s.SIG_SETMASK, ()); "
)
_IN_THE_BACKGROUND = "import signal as s; s.signal(s.SIGINT, s.SIG_IGN); "
MADANG = [sys.executable, "-W", "ignore", "-c", _AT_A_TERMINAL + _MAIN]
MADANG_IN_BACKGROUND = [sys.executable, "-W", "ignore", "-c", _IN_THE_BACKGROUND + _MAIN]
PATIENCE_S = 900  # for a process on a machine that has other work


@dataclass(frozen=True)
class Said:
    """Exit code and both outputs of a command."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What was printed, without the line breaks of the terminal."""
        return " ".join(self.out.split())


@dataclass
class Command:
    """`madang` for one home, and for packs other than those of the repository."""

    home: Path
    packs: Path | None = None

    @property
    def own(self) -> dict[str, str]:
        """The variables that the command is given."""
        packs = {} if self.packs is None else {"MADANG_CITIES": str(self.packs)}
        return {"MADANG_HOME": str(self.home), "COLUMNS": "200", "DAGSTER_DISABLE_TELEMETRY": "1", **packs}

    def __call__(self, *arguments: str | Path, **more: str) -> Said:
        """Run in this process; `more` are further variables of the environment."""
        from pipelines.cli.commands import run

        out, err = io.StringIO(), io.StringIO()
        with _environment(self.own | more), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["madang", *map(str, arguments)])
            with redirect_stdout(out), redirect_stderr(err):
                code = run(sys.argv[1:])
        return Said(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str | Path, **more: str) -> Said:
        """Run in a process of its own, to its end."""
        with self.start(*arguments, **more) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return Said(process.returncode, out, err)

    def start(self, *arguments: str | Path, madang: Sequence[str] = MADANG, **more: str) -> subprocess.Popen[str]:
        """A process of its own, with pipes for both outputs; `madang`: as at a terminal, or MADANG_IN_BACKGROUND."""
        return subprocess.Popen(
            [*madang, *map(str, arguments)],
            env=_without_madang() | self.own | more,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _without_madang() -> dict[str, str]:
    """All but Madang's settings; whether nights make pages is the tests' own (conftest): 95 s of a world of cities."""
    return {
        name: value for name, value in os.environ.items() if name == "MADANG_SITE" or not name.startswith("MADANG_")
    }


@contextmanager
def _environment(own: dict[str, str]) -> Iterator[None]:
    """This process's environment without settings of Madang but these; afterwards as it was."""
    before: dict[str, Any] = dict(os.environ)
    kept = _without_madang() | own
    try:
        os.environ.clear()
        os.environ.update(kept)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
