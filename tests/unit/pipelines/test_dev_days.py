"""`madang dev` loads its pages again when the data of a city begin on another day, and never while something runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pipelines.cli.dev_days import first_days, look_again
from tests.unit.pipelines.test_partitions import DAY, air, delivered
from tests.worlds.derived_town import run_of
from tests.worlds.measuring_town import town

IDLE, BUSY = {"runsOrError": {"results": []}}, {"runsOrError": {"results": [{"id": "1"}]}}


@contextmanager
def pages(running: Any) -> Iterator[tuple[str, list[str]]]:
    """An address that answers as Dagster's pages do, and what was asked there."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["query"]
            asked.append("reload" if "reloadRepositoryLocation" in query else "busy?")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"data": running}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_the_pages_are_loaded_again_once_the_first_day_is_known(tmp_path: Path):
    city = town(air())
    run = run_of(city, tmp_path)
    shown = first_days(run.home, [city])
    assert shown == {"town": date(2020, 1, 1)}
    with pages(IDLE) as (address, asked):
        assert look_again(run.home, [city], address, shown) == shown
        assert asked == []
        delivered(run, city.contracts["air"], DAY)
        shown = look_again(run.home, [city], address, shown)
        assert shown == {"town": DAY}
        assert look_again(run.home, [city], address, shown) == shown
        assert asked == ["busy?", "reload"]


def test_while_something_runs_or_no_page_answers_nothing_is_loaded(tmp_path: Path):
    city = town(air())
    run = run_of(city, tmp_path)
    shown = first_days(run.home, [city])
    delivered(run, city.contracts["air"], DAY)
    with pages(BUSY) as (address, asked):
        assert look_again(run.home, [city], address, shown) == shown
        assert asked == ["busy?"]
    assert look_again(run.home, [city], address, shown) == shown
