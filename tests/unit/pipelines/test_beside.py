"""Processes of cities beside each other: one that hangs, fails or is ended delays none of the others."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipelines.cli import stages
from pipelines.cli.beside import PLACES, Beside, Ended

WELL = "print('scoreboard')"
FAILS = "import sys; print('madang: no such day', file=sys.stderr); sys.exit(2)"
STAGE = f"import os; os.write(int(os.environ['{stages.VARIABLE}']), b'{{\"stage\": \"fetching\"}}\\n')\n"
TELLS = f"import os; os.write(int(os.environ['{stages.VARIABLE}']), b'{{\"night\": {{\"version\": 7}}}}\\nhalf a li')\n"
HANGS = "import signal, sys; print('hangs', file=sys.stderr, flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n" + HANGS


def beside(
    programs: dict[str, str],
    *,
    patience: dict[str, float] | None = None,
    limit_s: float = 60.0,
    at_line: Callable[[str, str], None] = lambda *_: None,
) -> Beside:
    def command(city: str) -> Sequence[str]:
        return [sys.executable, "-S", "-c", programs[city]]

    return Beside(command, os.environ, Path.cwd(), patience or {}, limit_s, at_line)


def ended(programs: dict[str, str], **more: object) -> dict[str, Ended]:
    return {one.city: one for one in beside(programs, **more).run(list(programs))}  # type: ignore[arg-type]


def test_each_ends_with_its_own_code_and_words():
    lines: list[tuple[str, str]] = []
    found = ended({"a": WELL, "b": FAILS, "c": TELLS}, at_line=lambda *said: lines.append(said))
    assert {city: one.code for city, one in found.items()} == {"a": 0, "b": 2, "c": 0}
    assert (found["a"].out, found["b"].err) == ("scoreboard\n", "madang: no such day\n")
    assert lines == [("b", "madang: no such day")]
    assert found["c"].passed == {"night": {"version": 7}}  # a line that is not whole tells nothing


def test_those_that_hang_leave_their_places_to_others(tmp_path: Path):
    """More hang than there are places, until the last city runs: it must not wait for them."""
    pipes = [tmp_path / f"pipe{n}" for n in range(PLACES + 1)]
    for pipe in pipes:
        os.mkfifo(pipe)
    programs = {f"hangs{n}": f"{STAGE}open({str(pipe)!r}).read()" for n, pipe in enumerate(pipes)}
    programs |= {"last": ";".join(f"open({str(pipe)!r}, 'w').close()" for pipe in pipes)}
    found = ended(programs, patience={stages.FETCHING: 0.0})
    assert {city: (one.code, one.too_long) for city, one in found.items()} == dict.fromkeys(programs, (0, False))


def test_those_that_work_keep_their_places():
    """A night takes the memory of a machine: the third one begins when one of two has ended."""
    begun: list[str] = []
    running = beside(dict.fromkeys("abc", "print('begun')\n" + STAGE))
    command = running.command
    running.command = lambda city: begun.append(city) or command(city)
    runs = running.run(["a", "b", "c"])
    next(runs)
    assert sorted(begun) == ["a", "b"]
    assert len(list(runs)) == 2


def test_what_takes_too_long_is_ended_whether_it_hears_or_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipelines.cli.beside.GRACE_S", 0.0)
    found = ended({"hangs": HANGS, "deaf": DEAF}, limit_s=0.3)
    assert {one.too_long for one in found.values()} == {True}
    assert {one.code for one in found.values()} <= {-signal.SIGTERM, -signal.SIGKILL}


@pytest.mark.parametrize("program", [HANGS, DEAF])
def test_nothing_goes_on_when_it_is_left(monkeypatch: pytest.MonkeyPatch, program: str):
    """As by Ctrl-C while it waits."""
    monkeypatch.setattr("pipelines.cli.beside.GRACE_S", 0.2)

    def stop(_city: str, _line: str) -> None:
        raise KeyboardInterrupt

    running = beside({"a": program}, at_line=stop)
    processes = []
    start = running._start  # pyright: ignore[reportPrivateUsage]

    def noted(*given: object) -> None:
        start(*given)  # type: ignore[arg-type]
        processes.extend(one.process for one in running._going)  # pyright: ignore[reportPrivateUsage]

    monkeypatch.setattr(running, "_start", noted)
    with pytest.raises(KeyboardInterrupt):
        list(running.run(["a"]))
    (process,) = processes
    assert process.returncode in (-signal.SIGTERM, -signal.SIGKILL)
