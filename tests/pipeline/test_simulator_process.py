"""The simulated city as a process: its address, its end, and the commands that serve it by hand."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pipelines.settings import REPOSITORY
from simulator import server
from simulator.process import NotStartedError, running
from tests.worlds.command import Command

PACKS = REPOSITORY / "tests" / "support" / "packs"
HARBOUR = PACKS / "harbour"
NOW = datetime.fromisoformat("2026-03-10T23:30")
# Starts the simulated city, prints its address and its process id, and waits.
PARENT = f"""
import sys, time
from pathlib import Path
from simulator.process import running
with running([Path({str(HARBOUR)!r})]) as server:
    print(server.address, server._process.pid, flush=True)
    sys.stdin.read()
"""


def _connects(host: str, port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(5)
        return one.connect_ex((host, port)) == 0


def _get(address: str, path: str = "") -> httpx.Response:
    return httpx.get(f"{address}{path}", trust_env=False, timeout=300)


def _gone(pid: int) -> bool:
    """Is a process over? One that nobody has waited for yet is a zombie, and over."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[str, str]]:
    """Two cities at once."""
    with running([HARBOUR], now=NOW) as one, running([HARBOUR], now=NOW, seed=2) as other:
        yield one.address, other.address


def test_two_at_once_have_ports_of_their_own_and_answer_for_their_seed(two: tuple[str, str]) -> None:
    one, other = two
    assert one != other
    feed = "/harbour/air_daily/api/3/action/datastore_search?resource_id=6f3a2c10-52d1-4f7e-9c0a-000000000002"
    mine, theirs = (_get(address, feed).json()["result"]["records"] for address in two)
    assert mine[0]["station_name"] == theirs[0]["station_name"] == "Northquay Pier"
    assert mine[0]["pm25"] != theirs[0]["pm25"]


def test_nobody_else_can_reach_it(two: tuple[str, str]) -> None:
    place = urlsplit(two[0])
    assert place.hostname == "127.0.0.1"
    assert place.port is not None
    assert _connects("127.0.0.1", place.port)
    # bound to all addresses it would answer on any other of the loopback, too
    assert not _connects("127.0.0.2", place.port)


def test_what_there_is_and_what_is_not(two: tuple[str, str]) -> None:
    listing = _get(two[0], "/").json()
    assert "simulated" in listing["note"]
    assert listing["feeds"]["harbour.bikes"]["protocol"] == "gbfs"
    assert listing["feeds"]["harbour.bikes"]["address"] == f"{two[0]}/harbour/bikes"
    assert {_get(two[0], path).status_code for path in ("/nowhere/bikes", "/harbour/nothing")} == {404}


def test_the_date_of_a_reply_is_that_of_the_simulated_clock(two: tuple[str, str]) -> None:
    """GBFS data are judged stale by it, so that one that stands still in the past must not show today's."""
    reply = _get(two[0], "/harbour/bikes/2.3/station_status.json")
    assert reply.headers.get_list("date") == ["Tue, 10 Mar 2026 15:30:00 GMT"]  # 23:30 in Harbour
    assert reply.json()["last_updated"] == int(datetime.fromisoformat("2026-03-10T15:30:00Z").timestamp())


def test_it_ends_with_the_block() -> None:
    with running([HARBOUR], now=NOW) as server:
        port = urlsplit(server.address).port
        assert port is not None
        assert _connects("127.0.0.1", port)
    assert not _connects("127.0.0.1", port)


def test_it_does_not_outlive_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        address, pid = parent.stdout.readline().split()
        port = urlsplit(address).port
        assert port is not None
        assert _connects("127.0.0.1", port)
        assert not _gone(int(pid))
        # readable when the process that it names has ended: nothing has to be asked again and again
        handle = os.pidfd_open(int(pid))
        try:
            parent.send_signal(signal.SIGKILL)
            assert _ends(handle)
        finally:
            os.close(handle)
    assert _gone(int(pid))
    assert not _connects("127.0.0.1", port)


def _ends(handle: int) -> bool:
    import select

    ready, _, _ = select.select([handle], [], [], 300)
    return bool(ready)


def test_a_pack_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with running([tmp_path]) as server, pytest.raises(NotStartedError, match=r"is not a city pack"):
        _ = server.address


def test_the_address_is_said_before_the_files_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "_exit_when_input_ends", lambda: None)
    monkeypatch.setattr(server, "serve_forever", lambda _simulator, _port, ready: ready("http://there"))
    monkeypatch.setattr(server, "_dropped", lambda *_: ["said before: " + capsys.readouterr().out.strip()])
    server.main([str(HARBOUR), "--drop", str(tmp_path)])
    assert json.loads(capsys.readouterr().out) == {"not_made": ['said before: {"address": "http://there"}']}


def test_it_answers_at_the_address_that_it_said_first(tmp_path: Path) -> None:
    with running([HARBOUR], now=NOW, drop=tmp_path) as city:
        first = city.future_address
        assert city.not_made == []
        assert city.address == first
        assert _get(first).status_code == 200


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """`madang simulator serve` on a free port; process, address, and a home."""
    home = tmp_path_factory.mktemp("home")
    process = Command(home, PACKS).start("simulator", "serve", "--port", "0", "--now", "2026-03-10T23:30")
    with process:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            yield process, said, home
        finally:
            process.kill()


def test_serving_by_hand_until_interrupted(served: tuple[subprocess.Popen[str], str, Path]) -> None:
    process, said, home = served
    found = re.match(r"(http://127\.0\.0\.1:([0-9]+))  .*MADANG_SIMULATOR=\1$", said.strip())
    assert found is not None, said
    assert _get(found[1], "/harbour/air_thai/services/getNewAQI_JSON.php").json()["stations"]

    taken = Command(home, PACKS)("simulator", "serve", "--port", found[2])
    assert taken.code == 1
    assert re.fullmatch(rf"madang: port {found[2]} cannot be used: .+; give another one with --port\n", taken.err)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert errors == "madang: all that comes from here is simulated\n"
    assert not _connects("127.0.0.1", int(found[2]))


def test_the_faults_that_can_be_injected(tmp_path: Path) -> None:
    from simulator.catalogue import FAULTS

    done = Command(tmp_path, PACKS)("simulator", "faults", "--json")
    assert (done.code, done.err) == (0, "")
    assert [row["fault"] for row in json.loads(done.out)] == [fault.name for fault in FAULTS]

    wrong = Command(tmp_path, PACKS)("simulator", "serve", "--inject", "no_such_fault")
    assert wrong.code == 2
    assert wrong.err.startswith("madang: --inject: there is no fault 'no_such_fault'")
    assert "Traceback" not in wrong.err
