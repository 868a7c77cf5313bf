"""Runs the command of each city as a process of its own, a few of them beside each other. Knows nothing of nights but
their stages: what came out is for the caller to read.

A city must not wait for another one that hangs. So few places are for those that work, and a process that stays in a
stage for longer than such work takes gives up its place, though it goes on. What is not over after the limit is ended.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.cli import stages

PLACES = 2  # a night uses all cores while it builds; beside it another one starts, fetches or publishes
MOST = 16  # processes in all, each of 150 MiB and more
GRACE_S = 30.0  # to end after SIGTERM
_LOOK_S, _SOON_S = 1.0, 0.02


@dataclass(frozen=True)
class Ended:
    """How the command of a city ended."""

    city: str
    code: int  # of the process; the negative number of the signal that killed it
    seconds: float
    out: str
    err: str
    passed: Mapping[str, Any]  # what it passed last besides its stages
    too_long: bool = False  # it was ended, as its time was over


@dataclass
class _Going:
    city: str
    process: subprocess.Popen[bytes]
    pipes: dict[int, str]  # that are open, by descriptor: out, err or passed
    began: float
    stage: str = stages.STARTING
    since: float = 0.0  # when the stage began
    asked_to_end: float | None = None
    texts: dict[str, bytearray] = field(default_factory=lambda: {"out": bytearray(), "err": bytearray()})
    line: bytearray = field(default_factory=bytearray)  # passed, and not yet whole
    passed: dict[str, Any] = field(default_factory=dict)


@dataclass
class Beside:
    """The commands of cities. `patience`: by stage, for how many seconds a process keeps its place in it."""

    command: Callable[[str], Sequence[str]]
    environment: Mapping[str, str]
    folder: Path
    patience: Mapping[str, float]
    limit_s: float
    at_line: Callable[[str, str], None]  # called with the city and each line of its error output
    _going: list[_Going] = field(default_factory=list)

    def run(self, cities: Sequence[str]) -> Iterator[Ended]:
        """Run them, in this order as places become free; yields each as it ends. Leaves no process behind."""
        waiting = deque(cities)
        with selectors.DefaultSelector() as selector:
            try:
                while waiting or self._going:
                    while waiting and self._is_place():
                        self._start(waiting.popleft(), selector)
                    over = any(not one.pipes for one in self._going)
                    for key, _ in selector.select(_SOON_S if over else _LOOK_S):
                        self._read(key.data, key.fd, selector)
                    for one in list(self._going):
                        self._end_if_too_long(one)
                        if one.process.poll() is not None:
                            yield self._ended(one, selector)
            finally:
                self._end_all()

    def _is_place(self) -> bool:
        now = time.monotonic()
        working = [one for one in self._going if now - one.since <= self.patience.get(one.stage, self.limit_s)]
        return len(working) < PLACES and len(self._going) < MOST

    def _start(self, city: str, selector: selectors.BaseSelector) -> None:
        passed, tells = os.pipe()
        try:
            process = subprocess.Popen(
                self.command(city),
                cwd=self.folder,
                env={**self.environment, stages.VARIABLE: str(tells)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[tells],
                start_new_session=True,  # Ctrl-C is for this command; it ends all of them
            )
        except BaseException:
            os.close(passed)
            raise
        finally:
            os.close(tells)
        assert process.stdout is not None
        assert process.stderr is not None
        now = time.monotonic()
        pipes = {process.stdout.fileno(): "out", process.stderr.fileno(): "err", passed: "passed"}
        one = _Going(city, process, pipes, now, since=now)
        self._going.append(one)
        for pipe in pipes:
            os.set_blocking(pipe, False)
            selector.register(pipe, selectors.EVENT_READ, one)

    def _read(self, one: _Going, pipe: int, selector: selectors.BaseSelector) -> None:
        """All that is in a pipe now."""
        kind = one.pipes[pipe]
        while True:
            try:
                data = os.read(pipe, 65_536)
            except BlockingIOError:
                return
            if not data:
                selector.unregister(pipe)
                del one.pipes[pipe]
                if kind == "passed":
                    os.close(pipe)
                return
            if kind == "passed":
                self._hear(one, data)
            else:
                self._say(one, kind, data)

    def _hear(self, one: _Going, data: bytes) -> None:
        *lines, rest = (bytes(one.line) + data).split(b"\n")
        one.line = bytearray(rest)
        for line in lines:
            what = stages.heard(line)
            if "stage" in what:
                one.stage, one.since = str(what["stage"]), time.monotonic()
            else:
                one.passed |= what

    def _say(self, one: _Going, kind: str, data: bytes) -> None:
        before = len(one.texts[kind])
        one.texts[kind] += data
        if kind == "err":
            begin = one.texts[kind].rfind(b"\n", 0, before) + 1
            *lines, _ = bytes(one.texts[kind][begin:]).split(b"\n")
            for line in lines:
                self.at_line(one.city, line.decode("utf-8", "replace"))

    def _end_if_too_long(self, one: _Going) -> None:
        now = time.monotonic()
        if one.asked_to_end is None and now - one.began > self.limit_s:
            one.asked_to_end = now
            _send(one, signal.SIGTERM)
        elif one.asked_to_end is not None and now - one.asked_to_end > GRACE_S:
            _send(one, signal.SIGKILL)

    def _ended(self, one: _Going, selector: selectors.BaseSelector) -> Ended:
        """Reads what is left; a process that it left behind may hold the pipes open, and is not waited for."""
        for pipe in list(one.pipes):
            self._read(one, pipe, selector)
        for pipe, kind in one.pipes.items():
            selector.unregister(pipe)
            if kind == "passed":
                os.close(pipe)
        _closed(one)
        self._going.remove(one)
        out, err = (bytes(one.texts[kind]).decode("utf-8", "replace") for kind in ("out", "err"))
        seconds = round(time.monotonic() - one.began, 1)
        too_long = one.asked_to_end is not None
        return Ended(one.city, one.process.returncode, seconds, out, err, one.passed, too_long)

    def _end_all(self) -> None:
        """Whatever still goes on when this is left ends as it does by Ctrl-C; what does not is killed."""
        for one in self._going:
            for pipe in (pipe for pipe, kind in one.pipes.items() if kind == "passed"):
                os.close(pipe)
            _send(one, signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        for one in self._going:
            try:
                # what it says is thrown away: a full pipe would keep it from its end
                one.process.communicate(timeout=max(0.0, until - time.monotonic()))
            except (subprocess.TimeoutExpired, ValueError, OSError):
                _send(one, signal.SIGKILL)
                one.process.wait()
            _closed(one)
        self._going.clear()


def _send(one: _Going, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        one.process.send_signal(number)


def _closed(one: _Going) -> None:
    for pipe in (one.process.stdout, one.process.stderr):
        if pipe is not None:
            pipe.close()
