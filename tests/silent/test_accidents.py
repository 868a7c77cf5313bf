"""What the machine refuses (room, files, memory, rights, paths) ends in one sentence, and the next night is as ever."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.cli.accidents import accident_of
from tests.support.paths import REPOSITORY
from tests.worlds.command import MADANG, PATIENCE_S, Command
from tests.worlds.events import no_events
from tests.worlds.files import LAST, Yard
from tests.worlds.packs import small_seoul

NIGHT = ("nightly", "--city", "seoul", "--day", str(LAST), "--from-dir")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """A drop folder and a pack; homes are each test's own."""
    yard = Yard(tmp_path_factory.mktemp("accidents"))
    yard.deliver("bike_daily")
    small_seoul(yard.root, "bike_daily")
    return yard


def command_of(town: Yard, home: Path) -> Command:
    return Command(home, town.root / "cities")


@pytest.mark.holds(
    "attack 18", "A limit on sizes of files or on open files: one sentence, and the next night is as ever."
)
@pytest.mark.parametrize(("limit", "most"), [(resource.RLIMIT_FSIZE, 8 * 1024), (resource.RLIMIT_NOFILE, 16)])
def test_a_limit_of_the_machine_is_one_sentence_and_the_home_goes_on(town: Yard, tmp_path: Path, limit: int, most: int):
    command = command_of(town, tmp_path / "home")
    said = subprocess.run(
        [*MADANG, *NIGHT, str(town.drop)],
        env=os.environ | command.own,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(limit, (most, most)),
        timeout=PATIENCE_S,
        check=False,
    )
    assert said.returncode == 1, said.stderr
    assert said.stdout == ""
    *_, last = said.stderr.splitlines()
    assert last.startswith("madang: the machine refused it"), said.stderr
    assert "Traceback" not in said.stderr
    with no_events():
        after = command(*NIGHT, town.drop)
    assert after.code == 0, after.err
    assert "published as version 1" in after.words


def _raise(error: BaseException, cause: BaseException | None = None) -> Callable[[], None]:
    def fail() -> None:
        raise error from cause

    return fail


@pytest.mark.holds("attack 18", "A full disk, too little memory or files, in errors of any library: one sentence.")
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        RuntimeError("can't start new thread"),
        RuntimeError("Symlink loop from 'x'"),
        ImportError("x.so: failed to map segment from shared object"),
        ValueError(f"IO Error: Could not write file: {os.strerror(errno.ENOSPC)}"),
        ExceptionGroup("both", [ValueError("x"), OSError(errno.EMFILE, os.strerror(errno.EMFILE))]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_accident_is_known_however_deep_it_lies(error: BaseException):
    once = _caught(_raise(KeyError("step"), error))
    for wrapped in (error, once, _caught(_raise(ValueError("x"), once))):
        said = accident_of(wrapped)
        assert said is not None
        assert "\n" not in said


def _caught(fail: Callable[[], None]) -> BaseException:
    try:
        fail()
    except BaseException as error:
        return error
    raise AssertionError


def test_a_fault_of_madang_is_no_accident():
    assert accident_of(KeyError("day")) is None
    assert accident_of(_caught(_raise(TypeError("x"), ValueError("no such column")))) is None


REFUSED = ("a[b", "a%b", "a?b", "a*b", "a\\b", "day=1", "a\nb", "a\x1bb", "file", "file/x", "loop", "x" * 300)
READS = [
    *("status", "ledger", "versions", "sql SELECT", "maintain --dry-run", "rollback", "publish", "site", "export x"),
    *("scoreboard --city seoul", "quarantine list", "quarantine replay --city seoul", "refused list"),
]


@pytest.mark.holds(
    "attack 18", "A home under a file, a loop, a name too long or with [ % ? *: refused in one sentence."
)
@pytest.mark.parametrize("name", REFUSED)
def test_a_home_that_cannot_be_is_refused_by_every_command(town: Yard, tmp_path: Path, name: str):
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for words in (*map(str.split, READS), [*NIGHT, str(town.drop)]):
        said = command_of(town, tmp_path / name)(*words)
        assert said.code in (1, 2), (words, said)
        assert said.out == ""
        assert said.err.startswith("madang: "), (words, said)
        assert len(said.err.splitlines()) == 1, (words, said.err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


@pytest.mark.holds("attack 18", "Spaces, quotes, #, ; and letters of any script in the path of a home work.")
def test_a_home_of_odd_signs_works(town: Yard, tmp_path: Path):
    command = command_of(town, tmp_path / "a b'c\"d#e;f é서울 g&h")
    with no_events():
        said = command(*NIGHT, town.drop)
        assert said.code == 0, said.err
        for words in (("status",), ("sql", "SELECT count(*) FROM metric.value"), ("maintain",), ("publish",)):
            assert command(*words).code == 0, words
    assert command("export", tmp_path / "out 'x'#\n", "--format", "csv").code == 0
