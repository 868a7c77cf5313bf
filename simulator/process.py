"""Starts and stops the simulated city as a process of its own, so that it works beside the night, not in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class NotStartedError(RuntimeError):
    """The simulated city did not start; the message has the last line of its errors."""


class SimulatorProcess:
    """The simulated city while it starts beside us. `address` and `not_made` wait until it answers.

    It says first where it will answer, and then makes its files, three times as long: who has other things to begin
    takes `future_address` and does them.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def address(self) -> str:
        """The base address of its feeds. Raises NotStartedError when the process ends before it answers."""
        _ = self.not_made  # is said when it answers
        return self.future_address

    @cached_property
    def future_address(self) -> str:
        """The base address of its feeds, as soon as it is known: what is asked there waits until all files are
        made. Raises NotStartedError when the process ends before."""
        return str(self._said()["address"])

    @cached_property
    def not_made(self) -> list[str]:
        """A sentence for each feed whose files it cannot make. Raises NotStartedError, as `address` does."""
        _ = self.future_address  # is said before
        return [str(sentence) for sentence in self._said()["not_made"]]

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            _, errors = self._process.communicate(timeout=10)
            last = errors.strip().splitlines()[-1:] or [f"it ended with {self._process.returncode} and gave no reason"]
            raise NotStartedError(f"the simulated city did not start: {last[0]}")
        return json.loads(line)


@contextmanager
def running(
    packs: Sequence[Path],
    *,
    now: datetime | None = None,
    inject: Sequence[str] = (),
    seed: int = 1,
    sensors: int = 12,
    drop: Path | None = None,
    first: date | None = None,
) -> Iterator[SimulatorProcess]:
    """A simulated city for these packs; it is gone when the block is left, and also when we are killed.

    now: the moment at which it stands still (None: it goes with the clock of each city). inject: names of faults.
    sensors: street sensors in each district. drop: an empty folder for the files of feeds that no service has, of the
    nights from `first` (None: the newest alone) to the newest at `now`, and of those to come where the clock goes on.
    """
    command = [sys.executable, "-m", "simulator.server", *(str(pack.resolve()) for pack in packs), "--seed", str(seed)]
    command += ["--sensors", str(sensors)]
    command += ["--now", now.isoformat()] if now is not None else []
    command += ["--drop", str(drop.resolve())] if drop is not None else []
    command += ["--first", first.isoformat()] if first is not None else []
    for name in inject:
        command += ["--inject", name]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the night; it ends this one by closing its input
    )
    with process:  # closes the pipes and waits
        try:
            yield SimulatorProcess(process)
        finally:
            process.kill()
