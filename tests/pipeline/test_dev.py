"""`madang dev` ends all that it started: on Ctrl-C, and on SIGTERM in the background, where SIGINT is ignored.

In place of Dagster runs a small program with a process of its own, which it leaves behind when it ends.
"""

import fcntl
import io
import signal
import socket
from pathlib import Path

import pytest

from pipelines.cli import output
from tests.worlds.command import MADANG, MADANG_IN_BACKGROUND, PATIENCE_S, Command

# The other process says nothing and never ends; both hold the output of `madang dev` open as long as they live.
DAGSTER = """
import signal, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
{hears}
print("up", flush=True)
try:
    signal.pause()
except KeyboardInterrupt:
    print("ended by SIGINT", flush=True)
"""
DEAF = "signal.signal(signal.SIGINT, lambda *_: print('deaf', flush=True)); signal.siginterrupt(signal.SIGINT, False)"
IN_ITS_PLACE = """
import sys, types
store = types.ModuleType("pipelines.dagster_store.instance")
store.open_instance = lambda home: types.SimpleNamespace(dispose=lambda: None)
sys.modules[store.__name__] = store
from pipelines.cli import dev
dev.dagster_command = lambda port: [sys.executable, "-c", {dagster!r}]
dev.PATIENCE_S = {patience}
"""

AT_ONCE = """
import os, signal
dev.Thread = lambda **_: types.SimpleNamespace(start=lambda: os.kill(os.getpid(), signal.SIGTERM))
"""


@pytest.mark.holds(
    "attack 20", "SIGTERM and Ctrl-C to madang dev: none of its processes is left, also where SIGINT is ignored."
)
@pytest.mark.parametrize(
    ("madang", "number"), [(MADANG_IN_BACKGROUND, signal.SIGTERM), (MADANG, signal.SIGTERM), (MADANG, signal.SIGINT)]
)
def test_all_that_it_started_ends(tmp_path: Path, madang: list[str], number: signal.Signals) -> None:
    out, code = ended(tmp_path, madang, number, DAGSTER.format(hears=""), 30)
    assert out == "ended by SIGINT\n"
    assert code == 0


def test_an_interrupt_in_the_first_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    *python, code = MADANG
    before, main = code.rsplit("from pipelines.cli.main", 1)
    placed = IN_ITS_PLACE.format(dagster=DAGSTER.format(hears=""), patience=30) + AT_ONCE
    code = before + "\n" + placed + "from pipelines.cli.main" + main
    with Command(tmp_path / "home").start("dev", madang=[*python, code], MADANG_SOURCE="files") as process:
        process.communicate(timeout=PATIENCE_S)  # the output ends when no process is left that holds it
    assert process.returncode == 0


def test_what_does_not_end_is_killed(tmp_path: Path) -> None:
    dagster = DAGSTER.format(hears=DEAF).replace("signal.pause()\nexcept", "while True: signal.pause()\nexcept")
    out, code = ended(tmp_path, MADANG, signal.SIGTERM, dagster, 1)
    assert "ended by SIGINT" not in out
    assert code == 0


@pytest.mark.holds(
    "attack 20", "A taken port, or a second madang dev on one home: one sentence before anything starts."
)
def test_a_port_that_is_taken_is_one_sentence_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = Command(tmp_path / "home")("dev", "--port", str(port))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"madang: port {port} is taken by another program: give --port another one\n"
    assert not (tmp_path / "home").exists()


def test_a_home_has_one_daemon(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "dagster").mkdir(parents=True)
    with socket.socket() as free, (home / "dagster" / "served").open("w") as held:
        free.bind(("127.0.0.1", 0))
        fcntl.flock(held, fcntl.LOCK_EX)
        said = Command(home)("dev", "--port", str(free.getsockname()[1] + 1), MADANG_SOURCE="files")
    assert (said.code, said.out) == (1, "")
    assert f"another `madang dev` serves {home}" in said.err


def test_what_is_said_of_itself_is_in_the_journal_at_once() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    streams = [output._made(io.TextIOWrapper(file, encoding="utf-8"), number) for number, file in enumerate(files, 1)]
    for stream in streams:
        stream.write("a line\n")
    assert [file.getvalue() for file in files] == [b"", b"a line\n"]  # long answers are written in larger pieces


def ended(
    folder: Path, madang: list[str], number: signal.Signals, dagster: str, patience: float
) -> tuple[str, int | None]:
    """What is said after the signal, and the exit code; the output ends when no process is left that holds it."""
    *python, code = madang
    before, main = code.rsplit("from pipelines.cli.main", 1)
    code = before + "\n" + IN_ITS_PLACE.format(dagster=dagster, patience=patience) + "from pipelines.cli.main" + main
    with Command(folder / "home").start("dev", madang=[*python, code], MADANG_SOURCE="files") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n", process.communicate()
        process.send_signal(number)
        out, _ = process.communicate(timeout=PATIENCE_S)
    return out, process.returncode
