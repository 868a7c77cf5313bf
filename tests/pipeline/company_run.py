"""Nights, publications and maintenance on one home, as many at once as are asked for. A program, as killed_run.py is.

Each line of JSON on its input names a home and the kinds of processes; they are forked, begin together, and the answer
is a line of JSON with what went wrong in them.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.pipeline.killed_run import prepare, small_city, walk
from warehouse.importing import importing

with importing():
    from assets.pack.city import City
    from assets.publication.gate import PublicationRefused
    from assets.publication.publish import publish_all
    from warehouse import maintenance
    from warehouse.home import Home


def night(city: City, home: Home, order: dict[str, Any], run_id: str) -> None:
    walk(city, home, Path(order["drop"]), days_of(order), run_id, lambda _phase: None)


def backfill(city: City, home: Home, order: dict[str, Any], run_id: str) -> None:
    """Day by day, oldest first: a day is judged by those before it that are there, so that another order says more or
    fewer of them."""
    for day in days_of(order):
        walk(city, home, Path(order["drop"]), [day], run_id, lambda _phase: None)


def publication(city: City, home: Home, _order: dict[str, Any], run_id: str) -> None:
    """Over and over, while others bring what is new; before anything was admitted there is nothing to publish."""
    for _ in range(3):
        try:
            publish_all(home, [city], run_id=run_id)
        except PublicationRefused as refused:
            if "nothing was ever admitted" not in str(refused):
                raise


def maintain(_city: City, home: Home, _order: dict[str, Any], _run_id: str) -> None:
    for _ in range(3):
        for part in (maintenance.compact, maintenance.checkpoint, maintenance.vacuum, maintenance.parse_cache):
            part(home)


KINDS = {"night": night, "backfill": backfill, "publication": publication, "maintain": maintain}


def days_of(order: dict[str, Any]) -> list[date]:
    return [date.fromisoformat(day) for day in order["days"]]


def together(order: dict[str, Any]) -> list[str]:
    """What went wrong in the processes of an order, each in words."""
    wrong, begin = Path(order["wrong"]), os.pipe()
    children = list[int]()
    for number, kind in enumerate(order["kinds"]):
        if (pid := os.fork()) == 0:
            os.dup2(2, 1)  # what is logged is no answer
            os.close(begin[1])
            os.read(begin[0], 1)  # ends when the parent closes its side: all begin at once
            try:
                city = small_city(Path(order["packs"]))  # a query before the fork would leave its threads behind
                KINDS[kind](city, Home(Path(order["home"])), order, f"{kind}{number}")
            except BaseException:
                with wrong.open("a") as told:
                    told.write(json.dumps(f"{kind} {number}: {traceback.format_exc()}") + "\n")
            os._exit(0)
        children.append(pid)
    os.close(begin[0])
    os.close(begin[1])
    ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    told = [json.loads(line) for line in wrong.read_text().splitlines()] if wrong.exists() else []
    return [*told, *(f"process {number} ended with {code}" for number, code in enumerate(ended) if code)]


def main() -> None:
    prepare()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(together(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
