"""The embedded city's server: one address per feed of each pack, below it the protocol of the feed's service.

Wiring only: what is true is in the world's modules, what it looks like in shapes/ and replies/, what goes wrong in
faults.py. Loopback only; the port is chosen by the system.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assets.pack.city import City, load_city
from simulator.catalogue import Fault, Planted, named
from simulator.messages import Answer, Question, Rows, What
from simulator.replies import REPLIES
from simulator.shapes import SHAPES
from simulator.world.world import World

KEPT_TABLES = 64  # rendered tables in memory: the pages of one day follow each other


class Embedded:
    """The answers of all packs at one moment. `clock` gives the city's local time for each of them."""

    def __init__(
        self,
        cities: Sequence[City],
        clock: Callable[[City], datetime],
        faults: Sequence[Fault] = (),
        seed: int = 1,
        sensors: int = 12,
    ) -> None:
        self.worlds = {city.name: World(city, seed, sensors) for city in cities}
        self.clock = clock
        self._lock = threading.Lock()
        self.plant(faults)

    def plant(self, faults: Sequence[Fault]) -> None:
        """From now on these faults alone. What was rendered under others is forgotten."""
        with self._lock:
            self.planted = Planted(faults)
            self._tables: OrderedDict[tuple[str, ...], Rows | None] = OrderedDict()

    def answer(self, question: Question) -> Answer:
        reply = REPLIES.get(question.service.protocol)
        if reply is None:
            return Answer(
                f"no such protocol here: {question.service.protocol}".encode(), 501, {"content-type": "text/plain"}
            )
        try:
            with self._lock:  # the world is computed by one thread at a time; a night asks for little at once
                return self.planted.reply(question, lambda q: reply(q, self._find))
        except Exception as error:  # a fault of ours: said in the reply, which lands, and where `serve` runs
            traceback.print_exc()
            text = f"the embedded city broke: {type(error).__name__}: {error}"
            return Answer(text.encode(), 500, {"content-type": "text/plain; charset=UTF-8"})

    def _find(self, question: Question, what: What) -> Rows | None:
        """The rows behind a question, with the faults planted in them; kept, because pages follow each other."""
        # by the minute: a clock that runs would make every page a table of its own
        key = (question.world.city.name, question.feed, f"{question.now:%Y-%m-%d %H:%M}", *what)
        if key not in self._tables:
            frame = SHAPES[question.service.protocol](question, what)
            self._tables[key] = None if frame is None else Rows(self.planted.rows(question, frame))
            if len(self._tables) > KEPT_TABLES:
                self._tables.popitem(last=False)
        return self._tables[key]


def application(embedded: Embedded) -> Starlette:
    """The ASGI application: /{city}/{feed}/... for the feeds, / for what there is."""

    async def index(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        feeds = {
            f"{name}.{contract.name}": {
                "address": f"{base}/{name}/{contract.name}",
                "protocol": contract.connector.services[-1].protocol,
                "title": contract.title,
            }
            for name, world in embedded.worlds.items()
            for contract in world.city.contracts.values()
            if contract.connector is not None and contract.connector.services
        }
        note = "simulated data of the embedded city; deterministic from pack, seed and day"
        return JSONResponse({"note": note, "faults": [f.name for f in embedded.planted.faults], "feeds": feeds})

    async def feed(request: Request) -> Response:
        question = _question(embedded, request, await request.body())
        if isinstance(question, Response):
            return question
        answer = await asyncio.to_thread(embedded.answer, question)
        if answer.never:
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


def _question(embedded: Embedded, request: Request, body: bytes) -> Question | Response:
    world = embedded.worlds.get(request.path_params["city"])
    contract = world.city.contracts.get(request.path_params["feed"]) if world is not None else None
    if world is None or contract is None or contract.connector is None or not contract.connector.services:
        return JSONResponse({"error": "there is no such city or feed here; see /"}, 404)
    # the raw path: a slash inside an argument arrives as %2F and is not a separator
    raw = request.scope["raw_path"].decode("ascii").split("?")[0].split("/")[3:]
    return Question(
        world=world,
        contract=contract,
        service=contract.connector.services[-1],
        now=embedded.clock(world.city),
        path=tuple(unquote(part) for part in raw if part),
        query=dict(request.query_params),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        address=f"{str(request.base_url).rstrip('/')}/{world.city.name}/{contract.name}",
    )


def _date(question: Question) -> str:
    """The Date header tells the embedded clock: whether data are stale is judged by the reply's own time."""
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


def serve(embedded: Embedded, port: int, ready: Callable[[str], None]) -> None:
    """Serve on 127.0.0.1 until told to stop; `ready` is given the address once it answers. Raises OSError when the
    port is taken."""
    config = uvicorn.Config(
        application(embedded),
        log_level="critical",
        access_log=False,
        lifespan="off",
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    with socket.socket() as listener:  # uvicorn itself ends the process without a word when the port is taken
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)  # who hears of the address may connect at once
        ready(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # raised once more after the server has ended in peace
            uvicorn.Server(config).run(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> None:
    """The server as a process of its own: prints its address, ends when its standard input is closed.

    So it never outlives the night that started it, however that night ends.
    """
    parser = argparse.ArgumentParser(prog="simulator.server")
    parser.add_argument("packs", nargs="+", type=Path)
    parser.add_argument("--now", type=datetime.fromisoformat)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sensors", type=int, default=12)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plant", action="append", default=[])
    given = parser.parse_args(arguments)
    embedded = Embedded(
        [load_city(pack) for pack in given.packs],
        clock_at(given.now),
        [named(name) for name in given.plant],
        given.seed,
        given.sensors,
    )
    threading.Thread(target=_until_left, daemon=True).start()
    serve(embedded, given.port, lambda address: print(address, flush=True))


def clock_at(now: datetime | None) -> Callable[[City], datetime]:
    """A clock that stands still at `now`, or the city's own time of day."""
    if now is not None:
        return lambda _city: now
    return lambda city: datetime.now(city.timezone).replace(tzinfo=None)


def _until_left() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
