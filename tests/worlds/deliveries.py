"""Feeds written down in a few lines, and the law of what is made for them: read again, it is what was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from assets.ingest.cast import numbers
from assets.ingest.parse import ParsedFrames, parse
from assets.models import models
from assets.readers.read import read_rows
from quality.contract.connector import Files
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from simulator.deliver.delivery import MadeDelivery, delivered
from simulator.deliver.files import MadeFile, files_of

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
