"""A town to which a company gives its rentals day by day, under terms, beside the public air of the city.

Each number of the company occurs nowhere else, so that it can be looked for below the home, whatever the form.
"""

from __future__ import annotations

import io
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import yaml
import zstandard

from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from tests.worlds.files import BIKE, DAYS, Yard, csv_text
from tests.worlds.packs import small_seoul
from warehouse.published.publications import Publication

GIVEN, OPEN = "bike_daily", "air_daily"
METRIC = "bike_rentals"
LONG = 36_500  # days: longer than any day of the tests is ago


def rentals(day: date) -> int:
    """What the company says of a day."""
    return 917_353 + 1_009 * (day - DAYS[0]).days


def given_city(root: Path, **terms: Any) -> City:
    """Seoul with the two feeds; the company's is private, with these terms."""
    packs = small_seoul(root, GIVEN, OPEN)
    feed = packs / "seoul" / "feeds" / f"{GIVEN}.yaml"
    document = yaml.safe_load(feed.read_text("utf-8")) | {"classification": "private-aggregate"}
    if terms:
        document["terms"] = {"purpose": "Plans of cycle paths."} | terms
    feed.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    chosen = yaml.safe_load((packs / "seoul" / "metrics.yaml").read_text("utf-8"))["metrics"]
    wanted = {
        name: chosen[name] for name in (METRIC, f"{METRIC}_month", "pm25_mean", "pm25_mean_month") if name in chosen
    }
    (packs / "seoul" / "metrics.yaml").write_text(yaml.safe_dump({"metrics": wanted}, allow_unicode=True), "utf-8")
    return load_city(packs / "seoul")


def copied(yard: Yard, root: Path) -> Yard:
    """The same city with its drop folder and its home, below another folder."""
    shutil.copytree(yard.root, root, dirs_exist_ok=True, symlinks=True)
    return Yard(root, load_city(root / yard.city.folder.relative_to(yard.root)), runs=yard.runs)


def give(yard: Yard, *files: Sequence[date]) -> None:
    """A file of the company for each group of days."""
    for days in files:
        rows = [[day, rentals(day)] for day in days]
        yard.put(f"{BIKE}_{days[0]}_{days[-1]}.csv", csv_text(["대여일자", "대여건수"], rows))


def night(yard: Yard, days: Sequence[date] = DAYS) -> Publication:
    """Fetch, admit, derive and publish, in this process."""
    run = replace(yard.run(), today=today())  # terms count days to today
    for contract in yard.city.contracts.values():
        read_new(run, contract, fetch(run, contract, []))
        ingest.ingest(run, contract, days)
    for table in derived_tables(yard.city):
        build(run, table, days)
    return publish_all(yard.home, [yard.city], run_id=run.run_id)


def values(
    yard: Yard, metric: str = METRIC, table: str = "metric.value"
) -> dict[date, tuple[float | None, str | None]]:
    """By first day of the period, value and reason as they are published."""
    area = yard.city.config.area
    with duckdb.connect(str(yard.home.published_file), read_only=True) as con:
        rows = con.execute(
            f"SELECT period_start, value, reason FROM {table} WHERE metric = ? AND area = ?", [metric, area]
        )
        return {day: (value, reason) for day, value, reason in rows.fetchall()}


def found_below(root: Path, number: int) -> list[str]:
    """Where a number stands below a folder: in names, bytes, packed bytes, tables of Parquet, Arrow and DuckDB."""
    wanted = {str(number).encode(), struct.pack("<q", number), struct.pack("<d", float(number))}
    found = list[str]()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if any(one in content for content in _contents(path) for one in wanted):
            found.append(str(path.relative_to(root)))
    return found


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield path.name.encode() + content
    if path.suffix == ".zst":
        yield zstandard.ZstdDecompressor().decompressobj().decompress(content)
    elif path.suffix == ".parquet" or content[:4] == b"PAR1":
        yield _text(pl.read_parquet(io.BytesIO(content), hive_partitioning=False))
    elif content[:6] == b"ARROW1":
        yield _text(pl.read_ipc(io.BytesIO(content)))
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            for schema, table in tables:
                yield repr(con.execute(f'FROM "{schema}"."{table}"').fetchall()).encode()


def _text(frame: pl.DataFrame) -> bytes:
    return repr(frame.to_dicts()).encode()


def today() -> date:
    """Today in the city."""
    return datetime.now(ZoneInfo("Asia/Seoul")).date()


def days_ago(day: date) -> int:
    """How many days ago a day is in the city."""
    return (today() - day).days
