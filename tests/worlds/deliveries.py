"""Feeds written down in a few lines, and the law of what is made for them: read again, it is what was delivered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import unquote

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Reply, Request
from assets.connectors.secrets import simulated
from assets.ingest.cast import numbers
from assets.ingest.parse import ParsedFrames, parse
from assets.models import models
from assets.pack.city import City
from assets.readers.read import read_rows
from quality.contract.connector import Files, Service
from quality.contract.due import due
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from simulator.deliver.delivery import MadeDelivery, delivered
from simulator.deliver.files import MadeFile, files_of
from simulator.deliver.services import ServedByContract
from simulator.feed import ServedFeed
from simulator.messages import Question
from simulator.world.world import World

DAY, ZONE = date(2026, 11, 27), "Asia/Ho_Chi_Minh"
POINT = (105.85, 21.02)


def contract_of(columns: dict[str, Any], layout: dict[str, Any] | None = None, **more: Any) -> Contract:
    """A feed of air by hour in files, unless `more` says otherwise."""
    files = {"paths": more.pop("paths", ["air/*.csv"]), "layout": layout or {}}
    said = {"title": "Air", "purpose": "Air", "owner": "A", "licence": "free", "columns": columns, "files": files}
    said |= {"implements": "air_quality", "network": "reference", "interval": "hour_beginning"} | more
    return from_feed(said, "air", models(), said.pop("zone", ZONE)).delivered_in(["en"])


def air_rows(places: Sequence[str] = ("Hàng Đậu", "Tây Hồ"), hours: int = 24, day: date = DAY) -> pl.DataFrame:
    """Some air of a day: every value is another one, and some are missing."""
    midnight = datetime.combine(day, datetime.min.time())
    grid = [(number, place, hour) for number, place in enumerate(places) for hour in range(hours)]
    rows = {
        "place": [place for _, place, _ in grid],
        "name": [f"Station {place}" for _, place, _ in grid],
        "area": [str(number) for number, *_ in grid],
        "time": [midnight + timedelta(hours=hour) for *_, hour in grid],
        "pm25": [8.123456789 + 3 * hour + number for number, _, hour in grid],
        "no2": [None if hour == 3 else 0.01 + hour / 1000 for *_, hour in grid],
        "temperature": [-3.25 + hour for *_, hour in grid],
        "wind_direction": [15.0 * hour for *_, hour in grid],
    }
    return pl.DataFrame(rows)


def chance(column: str) -> np.random.Generator:
    """The same chance in every test."""
    return np.random.default_rng(sum(map(ord, column)))


def made_of(
    contract: Contract, rows: pl.DataFrame, label: str = f"{DAY}", zone: str = ZONE
) -> tuple[MadeDelivery, list[MadeFile]]:
    """What is delivered of these rows, and its files."""
    files = files_in(contract)
    delivery = delivered(contract, rows, files.layout, zone, chance)
    return delivery, files_of(delivery, files, label, POINT)


def files_in(contract: Contract) -> Files:
    """The files of its connector."""
    assert contract.connector is not None
    assert contract.connector.files is not None
    return contract.connector.files


def parsed(contract: Contract, made: MadeFile) -> ParsedFrames:
    """A file as a night reads it."""
    layout = files_in(contract).layout
    raw = read_rows(made.path, made.content, layout, numbers(contract))
    return parse(contract, made.path, "0" * 64, raw, lambda: read_rows(made.path, made.content, layout))


def assert_read_again(contract: Contract, delivery: MadeDelivery, files: Sequence[MadeFile]) -> None:
    """All rows come back as they were delivered, none without a day, no value unreadable."""
    frames = [parsed(contract, made) for made in files]
    assert sum(frame.undated.height + frame.cells.height for frame in frames) == 0
    names = [name for name in delivery.rows.columns if name in contract.schema.names()]
    names = [name for name in names if not name.endswith("_utc")]
    key = [name for name in contract.key if name in names]
    read = pl.concat([frame.rows for frame in frames]).select(names).sort(key)
    assert_frame_equal(read, delivery.rows.select(names).sort(key), check_dtypes=False, rel_tol=1e-9)


@dataclass(frozen=True)
class Pulled:
    """What a service answered, and what a night reads from it."""

    result: pull.PullResult
    read: ParsedFrames


def pulled_by_contract(city: City, contract: Contract, now: datetime, most: int = 99) -> Pulled:
    """The newest day of a feed, pulled from services that are made from its contract, in this process. `most`: so many
    of its `each` values are asked for.

    Raises the failure of the pull, or AssertionError for a status that is no 200.
    """
    assert contract.connector is not None
    service = contract.connector.services[-1]
    service = service.model_copy(update={"each": service.each[:most], "hours": service.hours[:most]})
    connector = contract.connector.model_copy(update={"services": (service,)})
    contract = contract.model_copy(update={"connector": connector})
    city = replace(city, contracts={contract.name: contract})
    client = _Client(World(city), contract, service, now)
    day = None if service.snapshot else due(contract, now.date())
    result = pull.pull(cast(Client, client), service, day, zone=city.timezone)
    if result.failure is not None:
        raise result.failure
    content, _ = archive.pack(result.pages, city.timezone)
    members = archive.read_pages(contract.name, content, service)
    return Pulled(result, parse(contract, contract.name, "0" * 64, members, lambda: members))


class _Client:
    """Asks the simulated city without a network."""

    def __init__(self, world: World, contract: Contract, service: Service, now: datetime) -> None:
        self.world, self.now, self.served = world, now, ServedByContract()
        self.feed = ServedFeed(contract.name, contract.name, service.protocol, contract.lag_days, service.max_mib)
        self.secrets, self.base, self.sent = simulated(service.secrets), "http://127.0.0.1:1/city/feed", 0

    def ask(self, request: Request, label: str, check: Callable[[Reply], Any]) -> tuple[Reply, Any]:
        """As assets/connectors/http.py does it."""
        self.sent += 1
        key = re.compile(r"\{[a-z_]+\}")
        question = Question(
            world=self.world,
            feed=self.feed,
            now=self.now,
            path=tuple(unquote(part) for part in key.sub("k", request.path).split("/") if part),
            query={name: key.sub("k", text) for name, text in request.query.items()},
            headers={},
            body=b"" if request.body is None else json.dumps(request.body).encode(),
        )
        answer = self.served.answer(question)
        assert answer is not None, request
        assert answer.status == 200, answer.body
        stamp = self.now.replace(tzinfo=self.world.city.timezone).astimezone(UTC)
        headers = {"date": format_datetime(stamp, usegmt=True)}
        headers |= {name.lower(): text for name, text in answer.headers.items()}
        reply = Reply(answer.status, headers, answer.body, label)
        return reply, check(reply)
