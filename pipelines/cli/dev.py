"""`madang dev`: Dagster's pages, daemon and schedules on this machine."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.options import DropOption, HomeOption, SourceOption, Stop, packs_of, say_error, settings_of
from pipelines.drop import NoDropFolderError, drop_of
from pipelines.settings import REPOSITORY, SHIPPED, Settings
from warehouse.home import Home
from warehouse.modes import make_private_folder

HOST = "127.0.0.1"
PATIENCE_S = 20  # for Dagster to end its own processes


def dev(
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's pages, daemon and schedules on this machine. Ctrl-C ends them."""
    settings = settings_of(home, source, from_dir)
    _require_free(port)
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.home.dagster),
        "MADANG_HOME": str(settings.home.root),
        "MADANG_CITIES": str(settings.cities_dir.resolve()),  # Dagster works elsewhere
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "MADANG_SOURCE": settings.source,
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"),  # Dagster's, of its own commands
    }
    if settings.drop_dir is not None:
        environment["MADANG_DROP"] = str(settings.drop_dir.resolve())
        _say_who_gets_nothing(settings.drop_dir, [folder.name for folder in settings.packs()])
    elif settings.source == "files":
        say_error("no drop folder is set: fetches fail until MADANG_DROP or --from-dir names one")
    with ExitStack() as stack:
        held = stack.enter_context(_one_for(settings.home))
        from pipelines.dagster_store.instance import open_instance

        open_instance(settings.home).dispose()
        if settings.source == "simulated" and settings.simulator_address is None:
            from simulator import process

            drop = stack.enter_context(TemporaryDirectory(prefix="madang-"))
            cities = [city.folder for city in packs_of(settings).cities]
            server = stack.enter_context(process.running(cities, drop=Path(drop)))
            try:
                environment |= {"MADANG_SIMULATOR": server.address, "MADANG_SIMULATOR_DROP": drop}
            except process.NotStartedError as error:
                raise Stop(str(error), 1) from error
            say_error(f"feeds come from the simulated city at {server.address}: all of it is simulated")
            for sentence in server.not_made:
                say_error(sentence)
        say_error(f"Dagster's pages, in half a minute: http://{HOST}:{port} (Ctrl-C ends them)")
        # in a session of its own: Dagster hears of a Ctrl-C or SIGTERM from here, once, and all its processes end
        with subprocess.Popen(
            dagster_command(port),
            env=environment,
            cwd=REPOSITORY,
            start_new_session=True,
            pass_fds=[held],
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 - no other thread runs here that could hold a lock
        ) as process:
            try:  # nothing between this and the start: who interrupts there would leave Dagster behind
                Thread(target=_keep_days_shown, args=(settings, f"http://{HOST}:{port}"), daemon=True).start()
                code = process.wait()
            except KeyboardInterrupt:
                code = 0
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE_S)
            finally:
                _kill_what_is_left(process)
    stopping.forget()
    sys.exit(code)


def _keep_days_shown(settings: Settings, address: str) -> None:
    from pipelines.cli.dev_days import keep_days_shown

    keep_days_shown(settings, address)


def dagster_command(port: int) -> list[str]:
    """What serves Dagster's pages and runs its daemon. Both tell of nothing but troubles; runs say what they did."""
    workspace, level = str(SHIPPED / "workspace.yaml"), "warning"
    return [
        *(sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", HOST, "-p", str(port)),
        *("--log-level", level, "--code-server-log-level", level),
    ]


def _require_free(port: int) -> None:
    """Raises Stop when another program listens there: Dagster would see it when its daemon runs already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: what has just ended is free
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Stop(f"port {port} is taken by another program: give --port another one", 1) from error
            raise Stop(f"port {port} cannot be used: {error.strerror}", 1) from error


@contextmanager
def _one_for(home: Home) -> Iterator[int]:
    """The descriptor of a lock that ends with the processes that have it. Raises Stop when others have it: two daemons
    of one home would start each night twice."""
    make_private_folder(home.dagster, home.root)
    lock = os.open(home.dagster / "served", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    except BlockingIOError as error:
        raise Stop(f"another `madang dev` serves {home.root}: end it, or give this one another --home", 1) from error
    finally:
        os.close(lock)


def _say_who_gets_nothing(drop: Path, packs: Sequence[str]) -> None:
    """One sentence for each city that has no drop folder."""
    for city in packs:
        try:
            drop_of(drop, city, packs, given=False)  # Dagster runs all cities
        except NoDropFolderError as error:
            say_error(f"{city} gets no files: {error}")


def _hear_interrupts() -> None:
    """Dagster ends by SIGINT alone, which a program in the background inherits as ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _kill_what_is_left(process: subprocess.Popen[bytes]) -> None:
    """Dagster ends its own processes; what is left when it has ended, or after a while, goes on no longer."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
