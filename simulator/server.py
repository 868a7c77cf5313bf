"""The HTTP server of the simulated city: one address for each feed of each pack, below it the protocol of the feed.

Loopback only; the system chooses the port.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from time import sleep
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assets.pack.city import City
from assets.pack.packs import load_packs
from simulator.catalogue import named
from simulator.messages import Question
from simulator.simulator import Simulator


def application(simulator: Simulator) -> Starlette:
    """The ASGI application: /{city}/{feed}/... for the feeds, / for what there is."""

    async def index(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        feeds = {
            f"{city}.{feed.name}": {
                "address": f"{base}/{city}/{feed.name}",
                "protocol": feed.protocol,
                "title": feed.title,
            }
            for city, served in simulator.feeds.items()
            for feed in served.values()
        }
        note = "simulated data, the same for the same pack, seed and day"
        return JSONResponse({"note": note, "faults": [f.name for f in simulator.injected.faults], "feeds": feeds})

    async def feed(request: Request) -> Response:
        question = _question(simulator, request, await request.body())
        if isinstance(question, Response):
            return question
        answer = await asyncio.to_thread(simulator.answer, question)
        if answer.hangs:
            await _until_gone(request)
        headers = {"date": _date(question), **answer.headers}
        if answer.cut_at is not None:
            cut = {**headers, "content-length": str(len(answer.body))}
            return StreamingResponse(_cut(answer.body[: answer.cut_at]), answer.status, cut)
        if answer.drip_s is not None:
            whole = {**headers, "content-length": str(len(answer.body))}
            return StreamingResponse(_drip(answer.body, answer.drip_s), answer.status, whole)
        return Response(answer.body, answer.status, headers)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/{city}/{feed}", feed, methods=["GET", "POST"]),
            Route("/{city}/{feed}/{rest:path}", feed, methods=["GET", "POST"]),
        ]
    )


def _question(simulator: Simulator, request: Request, body: bytes) -> Question | Response:
    city = request.path_params["city"]
    feed = simulator.feeds.get(city, {}).get(request.path_params["feed"])
    if feed is None:
        return JSONResponse({"error": "there is no such city or feed here; see /"}, 404)
    world = simulator.worlds[city]
    # the raw path: a slash inside an argument arrives as %2F and is not a separator
    raw = request.scope["raw_path"].decode("ascii").split("?")[0].split("/")[3:]
    return Question(
        world=world,
        feed=feed,
        now=simulator.clock(world.city),
        path=tuple(unquote(part) for part in raw if part),
        query=dict(request.query_params),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        address=f"{str(request.base_url).rstrip('/')}/{city}/{feed.name}",
    )


def _date(question: Question) -> str:
    """The Date header tells the simulated clock: whether data are stale is judged by the reply's own time."""
    there = question.now.replace(tzinfo=question.world.city.timezone)
    return format_datetime(there.astimezone(UTC), usegmt=True)


async def _until_gone(request: Request) -> None:
    """Answer nothing until the other side gives up."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.05)


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    yield body
    raise ConnectionResetError  # uvicorn closes the connection short of the promised length


async def _drip(body: bytes, wait_s: float) -> AsyncIterator[bytes]:
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(wait_s)


def serve_forever(simulator: Simulator, port: int, ready: Callable[[str], None]) -> None:
    """Serve on 127.0.0.1 until asked to stop. Raises OSError when the port is taken.

    `ready` is given the address as soon as clients may connect; they are answered when it has returned."""
    config = uvicorn.Config(
        application(simulator),
        log_level="critical",
        access_log=False,
        lifespan="off",
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    with socket.socket() as listener:  # uvicorn itself ends the process silently when the port is taken
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)  # clients may connect as soon as the address is known
        ready(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # raised again after the server has ended
            uvicorn.Server(config).run(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> None:
    """The server as a process of its own: prints its address, and then, when all files are made and it answers, which
    feeds it cannot make, each as a line of JSON. It ends when its standard input is closed.

    So it never outlives the night that started it, however that night ends.
    """
    parser = argparse.ArgumentParser(prog="simulator.server")
    parser.add_argument("packs", nargs="+", type=Path)
    parser.add_argument("--now", type=datetime.fromisoformat)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sensors", type=int, default=12)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--inject", action="append", default=[])
    parser.add_argument("--drop", type=Path)
    parser.add_argument("--first", type=date.fromisoformat)
    given = parser.parse_args(arguments)
    packs = load_packs(given.packs)
    if not packs.cities:
        sys.exit("\n".join(packs.broken.values()))
    simulator = Simulator(
        packs.cities,
        clock_at(given.now),
        [named(name) for name in given.inject],
        given.seed,
        given.sensors,
    )
    threading.Thread(target=_exit_when_input_ends, daemon=True).start()

    def ready(address: str) -> None:
        print(json.dumps({"address": address}), flush=True)
        not_made = [] if given.drop is None else _dropped(simulator, given.drop, given.first)
        print(json.dumps({"not_made": not_made}), flush=True)

    serve_forever(simulator, given.port, ready)


def _dropped(simulator: Simulator, folder: Path, first: date | None) -> list[str]:
    """Write the files of the nights from `first` to the newest, and go on with those of each night to come.

    Returns a sentence for each feed that cannot be made. Ends the process where files cannot be written.
    """
    from simulator.deliver.kept_up import KeptUp  # most cities of a test have services alone

    drop = KeptUp(folder, simulator.clock)

    def go_on() -> None:
        while True:
            sleep(_LOOKED_S)
            simulator.deliver(drop)

    try:
        sentences = simulator.deliver(drop, first)
    except OSError as error:
        sys.exit(f"its files cannot be written to {folder}: {error.strerror}")
    threading.Thread(target=go_on, daemon=True).start()
    return sentences + [sentence for world in simulator.worlds.values() for sentence in simulator.not_made(world)]


_LOOKED_S = 60.0  # how soon after the end of a day its files are there


def clock_at(now: datetime | None) -> Callable[[City], datetime]:
    """A clock that stands still at `now`, or the city's own time of day."""
    if now is not None:
        return lambda _city: now
    return lambda city: datetime.now(city.timezone).replace(tzinfo=None)


def _exit_when_input_ends() -> None:
    while os.read(0, 1024):  # not through `sys.stdin`: its lock would hide the reason when this process fails
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
