"""For every test: nothing leaves this machine, and the files that take long begin first."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from pipelines.process import configure
from tests.support.migrations import read_migrations_once

if TYPE_CHECKING:
    from tests.worlds.files import Yard

# As a night does it: Python looks through all of Dagster and Great Expectations for garbage again and again.
gc.set_threshold(50_000, 20, 20)

# A script may ignore SIGTERM for what it starts in the background: a server that a test ends by it would never end.
if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # and Ctrl-C, for what a shell runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadlines: the machine may have other work. The same examples for the same code, or a commit that is green here is
# red elsewhere. `make weekly` looks for counterexamples ten times as long; `--hypothesis-profile=chance` takes others.
settings.register_profile(
    "madang", max_examples=30, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("weekly", settings.get_profile("madang"), max_examples=300)
settings.register_profile("chance", settings.get_profile("weekly"), derandomize=False)
settings.load_profile("madang")

# Files are dealt out whole, in this order: the longest at the end would leave all workers but one without work.
LONGEST_FIRST = (
    "tests/unit/assets/tiers/test_release.py",  # 140 s of CPU; the next ones 130 to 40
    "tests/pipeline/test_faults.py",
    "tests/silent/test_what_the_operator",
    "tests/real/test_whole_cities",
    "tests/real/test_night",  # the documents are tested on what it leaves
    "tests/pipeline/test_simulator_truth",  # and other files on its night
    "tests/pipeline/test_kill",
    "tests/pipeline/test_withdraw",
    "tests/real/test_transit_cities",
    "tests/real/test_further_cities",
    "tests/real/test_backfill",
    "tests/pipeline/test_faults_night",
    "tests/browser",  # half of it is waiting: never the last
    "tests/bite",
    "tests/pipeline",
    "tests/real",
    "tests/graph",
    "tests/docs",
    "tests/bench",
    "tests/silent",
    "tests/unit/assets/tiers",
)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes by their length: archives hold the time at which they are made, and both workers must find the same ids."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=place)


class LeftTheMachineError(OSError):
    """A test tried to reach something else than loopback."""


def _checked(address: Any) -> None:
    if isinstance(address, tuple) and not _loopback(str(address[0])):
        raise LeftTheMachineError(f"a connection to {address[0]} was refused: tests talk to loopback only")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(autouse=True, scope="session")
def configured() -> None:
    """This process is set up as Madang's own are. Nights make no pages: those of a real pack take 3 to 20 s of CPU, and
    hundreds of tests publish. Tests of the site say `MADANG_SITE=yes`, or call what makes it."""
    configure()
    os.environ["MADANG_SITE"] = "no"
    os.environ.pop("COLUMNS", None)  # xdist sets it in its workers: lines would wrap in them alone


@pytest.fixture(autouse=True, scope="session")
def migrations() -> None:
    """A store of Dagster is made for each of hundreds of homes: what is the same for all is read once."""
    read_migrations_once()


@pytest.fixture(autouse=True, scope="session")
def nobody_waits_for_the_disk() -> Iterator[None]:
    """`os.fsync` returns at once in this process: 117 times in the smallest night, 7 % of its time. What a process has
    written before it is killed is in the files; only a machine without power loses it, and no test takes that away.
    What is synced in which order is tested on the calls (tests/unit/warehouse/test_durable.py)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # an odd handle is still an error
        yield


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Refuses connections and look-ups of names, in this process; the processes that tests start are Madang's own."""
    patch = pytest.MonkeyPatch()
    real_connect, real_connect_ex, real_look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> Any:
        _checked(address)
        return real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> Any:
        _checked(address)
        return real_connect_ex(self, address)

    def look_up(host: Any, *more: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _loopback(str(name)):
            raise LeftTheMachineError(f"a look-up of {name} was refused: tests talk to loopback only")
        return real_look_up(host, *more, **named)

    patch.setattr(socket.socket, "connect", connect)
    patch.setattr(socket.socket, "connect_ex", connect_ex)
    patch.setattr(socket, "getaddrinfo", look_up)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="module")
def environment() -> Iterator[None]:
    """A night sets variables for Dagster: no test file leaves any behind."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


# Worlds are imported where they are asked for: a test of one function does not wait for Dagster.


@pytest.fixture(scope="session")
def great_expectations() -> None:
    """Great Expectations is imported: four seconds, once in a worker, that no single test is charged with."""
    from quality.gx_duckdb.evaluate import import_great_expectations

    import_great_expectations()


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """An empty home and an empty drop folder."""
    from tests.worlds.files import Yard

    return Yard(tmp_path)


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """A whole good night, run once. For tests that only read."""
    from tests.worlds.files import good_night

    return good_night(tmp_path_factory.mktemp("night"))
