"""Madang's wheel has all that a night reads, and runs a city's own repository: offline, outside of the checkout.

The wheel is really installed, alone, into an environment of its own; the libraries are those of the environment of the
tests, by their folder. The checkout cannot be imported there. `make weekly` installs the libraries from the lock, too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.wheel import Wheel
from tests.support.paths import REPOSITORY
from tests.worlds.command import PATIENCE_S, Said
from tests.worlds.wheels import built_wheel
from warehouse.own_code import PACKAGES

BUSAN = ("busan", "--example", "--country", "KR", "--language", "ko")
SHIPPED = {
    "pipelines/shipped/dagster.yaml": "deploy/dagster.yaml",
    "pipelines/shipped/requirements.txt": "requirements.txt",
    "pipelines/shipped/runbook.md": "docs/runbook.md",
    "pipelines/shipped/workspace.yaml": "workspace.yaml",
}
# Whoever says where Madang is, and who starts its processes there; nothing else may depend on it.
KNOW_THE_ROOT = {"pipelines/settings.py", *(f"pipelines/cli/{name}.py" for name in ("all_cities", "bench", "dev"))}
ONLY_LOOPBACK = """\
import socket
def _guard(real):
    def connect(self, address, *more):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"left the machine: {address}")
        return real(self, address, *more)
    return connect
socket.socket.connect = _guard(socket.socket.connect)
socket.socket.connect_ex = _guard(socket.socket.connect_ex)
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel."""

    wheel: Wheel
    file: Path
    environment: Path

    def __call__(self, where: Path, *words: str | Path, **more: str) -> Said:
        """Run a command in a folder, with an environment that knows nothing of the tests and the checkout."""
        given = [str(self.environment / "bin" / "madang") if word == "madang" else str(word) for word in words]
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE")}
        own = kept | {"COLUMNS": "200"} | more
        done = subprocess.run(
            given, check=False, cwd=where, env=own, capture_output=True, text=True, timeout=PATIENCE_S
        )
        return Said(done.returncode, done.stdout, done.stderr)

    @property
    def packages(self) -> Path:
        (found,) = self.environment.glob("lib/python3*/site-packages")
        return found


@pytest.fixture(scope="module")
def wheel() -> Wheel:
    return built_wheel()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Wheel) -> Installed:
    root = tmp_path_factory.mktemp("installed")
    file, environment = root / wheel.name, root / "environment"
    file.write_bytes(wheel.content)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    words = [Path(sys.executable).with_name("uv"), "pip", "install", "-q", "--offline", "--no-index", "--no-deps"]
    subprocess.run([*words, "--python", environment / "bin" / "python", file], check=True)
    done = Installed(wheel, file, environment)
    # a folder that is added so has no .pth of its own read: the checkout that is installed there stays away
    (done.packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (done.packages / "only_loopback.py").write_text(ONLY_LOOPBACK)
    (done.packages / "only_loopback.pth").write_text("import only_loopback\n")
    return done


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, installed: Installed) -> Path:
    """A city's repository, made by the installed wheel without any checkout."""
    folder = tmp_path_factory.mktemp("towns") / "busan"
    said = installed(folder.parent, "madang", "city", "new", "--repository", folder, *BUSAN)
    assert (said.code, said.err) == (0, "")
    return folder


# --- what is in it ----------------------------------------------------------------------------------------------------


def tracked() -> set[str]:
    """The files of the packages that Git has, or would have."""
    words = ["git", "-C", str(REPOSITORY), "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES]
    try:
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this checkout is none of Git")
    return {name for name in said.splitlines() if (REPOSITORY / name).is_file()}


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: Wheel) -> None:
    of_packages = {path for path in wheel.files if path.partition("/")[0] in PACKAGES}
    assert of_packages == tracked()
    assert [path for path in sorted(of_packages) if (REPOSITORY / path).read_bytes() != wheel.files[path]] == []
    assert {path.partition("/")[0] for path in wheel.files.keys() - of_packages} == {"madang-0.1.0.dist-info"}


def test_what_a_wheel_needs_from_outside_of_the_packages_is_linked(wheel: Wheel) -> None:
    links = {path for package in PACKAGES for path in (REPOSITORY / package).rglob("*") if path.is_symlink()}
    assert {
        link.relative_to(REPOSITORY).as_posix(): link.resolve().relative_to(REPOSITORY).as_posix() for link in links
    } == SHIPPED
    assert all(wheel.files[path] == (REPOSITORY / source).read_bytes() for path, source in SHIPPED.items())


def test_nothing_else_is_read_from_the_checkout() -> None:
    modules = (path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
    found = {
        path.relative_to(REPOSITORY).as_posix()
        for path in modules
        if re.search(r"\bREPOSITORY\b", path.read_text("utf-8"))
    }
    assert found == KNOW_THE_ROOT


# --- what runs --------------------------------------------------------------------------------------------------------


def test_it_is_the_wheel_that_runs_and_says_which(installed: Installed, tmp_path: Path) -> None:
    said = installed(tmp_path, "madang", "--version")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"madang 0.1.0 (wheel sha256:{installed.wheel.sha256}; {installed.packages}; Python 3.")
    python, code = installed.environment / "bin" / "python", "import pipelines, tests"
    assert "No module named 'tests'" in installed(tmp_path, python, "-c", code).err


def test_an_installation_gives_the_wheel_that_it_came_from(installed: Installed, repository: Path) -> None:
    (given,) = (repository / "wheels").iterdir()
    assert (given.name, given.read_bytes()) == (installed.file.name, installed.file.read_bytes())
    assert f"--hash=sha256:{installed.wheel.sha256}\n" in (repository / "requirements.txt").read_text()
    assert (repository / "requirements.txt").read_text().endswith((REPOSITORY / "requirements.txt").read_text())


def test_the_two_commands_of_the_repository_work_offline(
    installed: Installed, repository: Path, tmp_path: Path
) -> None:
    make = environment_of(installed, repository)
    (tmp_path / "pipelines").mkdir()  # another Madang that this shell knows of
    (tmp_path / "pipelines" / "__init__.py").write_text("raise SystemExit('the wrong Madang')")
    checked = installed(repository, *make, "check", PYTHONPATH=str(tmp_path), MADANG_CITIES="/nowhere")
    assert checked.code == 0, checked.err
    assert "busan: no mistakes, 1 warning; 1 feed" in checked.out  # its area stands at 0, 0 until somebody says where
    night = installed(repository, *make, "nightly", PYTHONPATH=str(tmp_path), MADANG_CITIES="/nowhere")
    assert night.code == 0, night.err
    assert "Busan: 최신 값 모의 자료, 실제 도시가 아님" in night.words  # the scoreboard, in the city's language
    assert re.search(r"  [0-9.]+  회/10만명  +500\.0  ", night.out)
    with duckdb.connect(str(repository / "var" / "published" / "madang.duckdb"), read_only=True) as con:
        assert con.execute("SELECT DISTINCT city FROM metric.latest").fetchall() == [("busan",)]
    git = installed(repository, "git", "status", "--porcelain", "--untracked-files=all")
    assert "var/" not in git.out


def environment_of(installed: Installed, repository: Path) -> Sequence[str]:
    """`make` of the repository with this environment, as if its own `make setup` had made it."""
    assert repository.is_dir()
    stamp = installed.environment / ".installed"
    stamp.touch()
    return ("make", "--no-print-directory", "-s", f"VENV={installed.environment}", f"PYTHON={sys.executable}")


def test_what_was_changed_after_its_installation_is_passed_on_to_nobody(installed: Installed, tmp_path: Path) -> None:
    changed = installed.packages / "assets" / "models" / "rentals.yaml"
    before = changed.read_bytes()
    try:
        changed.write_bytes(before + b"\n")
        said = installed(tmp_path, "madang", "city", "new", "--repository", "own", "hue")
        version = installed(tmp_path, "madang", "--version")
    finally:
        changed.write_bytes(before)
    assert (said.code, said.out) == (2, "")
    assert f"{installed.packages} is not as it was installed (assets/models/rentals.yaml)" in said.err
    assert "madang 0.1.0 (files changed since they were installed; " in version.out
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_pack_the_folder_that_was_looked_in_is_named(installed: Installed, tmp_path: Path) -> None:
    said = installed(tmp_path, "madang", "city", "list")
    assert (said.code, said.err) == (
        2,
        "madang: there is no city pack in cities: set MADANG_CITIES to the folder of packs\n",
    )


# --- all of it, into an environment that is empty ---------------------------------------------------------------------


@pytest.mark.weekly
def test_it_installs_into_an_empty_environment_by_the_lock_alone(installed: Installed, tmp_path: Path) -> None:
    """`make setup` of a new repository, with the libraries from the registry that pip of this machine is set up for."""
    folder = tmp_path / "a city's own"
    made = installed(tmp_path, "madang", "city", "new", "--repository", folder, *BUSAN)
    assert made.code == 0, made.err
    # how this machine reaches its registry: settings of pip, of proxies and certificates, wherever they are
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MADANG_", "PYTHON", "GIT_"))}
    done = installed(folder, ".ci/run", PYTHON=sys.executable, **own)
    assert done.code == 0, done.err[-2000:]
    assert f"wheel sha256:{installed.wheel.sha256}" in done.out
    assert "busan: no mistakes" in done.out
    assert "Busan: 최신 값 모의 자료, 실제 도시가 아님" in done.words
    assert not (folder / "var").exists(), "the home of a check is gone afterwards"
    python = folder / ".venv" / "bin" / "python"
    assert installed(folder, python, "-m", "pip", "check").out == "No broken requirements found.\n"
    locked = re.findall(r"^([\w.-]+)\S*==", (folder / "requirements.txt").read_text(), flags=re.MULTILINE)
    there = installed(folder, python, "-m", "pip", "list", "--format=json").out
    assert {_plain(entry["name"]) for entry in json.loads(there)} - {"pip", "madang"} <= {*map(_plain, locked)}
    words = ("-W", "ignore", "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml")
    assert "All code locations passed validation" in installed(folder, python, *words).out
    spoilt = folder / "wheels" / installed.wheel.name
    spoilt.write_bytes(spoilt.read_bytes().replace(b"Version: 0.1.0", b"Version: 0.1.1"))
    (folder / "requirements.txt").touch()
    refused = installed(folder, "make", "setup", f"PYTHON={sys.executable}", **own)
    assert refused.code == 2
    assert "DO NOT MATCH THE HASHES" in refused.err


def _plain(name: str) -> str:
    """The one form of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()
