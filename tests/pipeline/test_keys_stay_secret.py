"""A key goes into requests and nowhere else: not into logs, ledger, landing, lake, published file or Dagster's store.

Four feeds with keys in the path, the query and a header are pulled as live services: the addresses of a copy of the
pack lead to a simulated city, which is what the real services are to this test.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl
import pytest
import stamina
import zstandard

from assets.pack.city import City, load_city
from pipelines import runner
from pipelines.settings import REPOSITORY, Settings
from pipelines.status import statuses
from simulator.process import running
from tests.worlds import truth
from tests.worlds.packs import small_seoul

DAY = date(2026, 6, 9)
FEEDS = ("air_daily", "water_supply", "weather_daily", "search_trend")
KEYS = {
    "MADANG_KEY_SEOUL": "path-4d6b/+=71 %{x}é",
    "MADANG_KEY_DATA_GO_KR": "query-9f3c/+=27&%{y}ü",
    "MADANG_KEY_NAVER_ID": "header-id-55aa/+=",
    "MADANG_KEY_NAVER_SECRET": "header-secret-66bb/+={z}",
}


@pytest.fixture(autouse=True)
def _nobody_waits() -> Iterator[None]:
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of Seoul's pack with four feeds."""
    return small_seoul(tmp_path, *FEEDS)


def led_to(packs: Path, address: str) -> City:
    for name in FEEDS:
        path = packs / "seoul" / "feeds" / f"{name}.yaml"
        text = re.sub(r"address: \S+", f"address: {address}/seoul/{name}", path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")
    return load_city(packs / "seoul")


def night(home: Path, packs: Path, address: str, day: date) -> runner.Result:
    settings = Settings(home_dir=home, cities_dir=packs, source="live")
    return runner.run(settings, led_to(packs, address), day, day, backfill=False)


def everything(home: Path) -> Iterator[tuple[str, bytes]]:
    """All that is kept below a home, unpacked as far as anybody could."""
    for path in sorted(p for p in home.rglob("*") if p.is_file()):
        name = str(path.relative_to(home))
        yield name, name.encode()
        yield name, path.read_bytes()
        if path.suffix == ".zst":
            yield name, zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
        elif path.suffix == ".parquet":
            yield name, pl.read_parquet(path, hive_partitioning=False).write_ndjson().encode()
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as con:
                for schema, table in con.sql(
                    "SELECT table_schema, table_name FROM information_schema.tables"
                ).fetchall():
                    yield f"{name} {schema}.{table}", str(con.sql(f'FROM "{schema}"."{table}"').fetchall()).encode()


def test_no_key_is_found_anywhere(
    tmp_path: Path,
    packs: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    home = tmp_path / "var"
    last = DAY + timedelta(days=2)
    with running([REPOSITORY / "cities" / "seoul"], now=truth.night_at(last)) as server:
        good = night(home, packs, server.address, DAY)
        assert good.failed.height == 0, good.failed["detail"].to_list()
        assert good.closed.height == 0
    refusing = ["wrong-key", "kma-xml-error", "rate-limited-always"]
    with running([REPOSITORY / "cities" / "seoul"], now=truth.night_at(last), inject=refusing) as server:
        refused = night(home, packs, server.address, DAY + timedelta(days=1))
        gone = server.address
    assert set(refused.failed["feed"]) == {"water_supply", "weather_daily", "search_trend"}
    dead = night(home, packs, gone, last)
    assert set(dead.failed["feed"]) == set(FEEDS)
    told = [str(r) for r in (good, refused, dead)]
    told += [str(row) for row in statuses(Settings(home_dir=home).home, led_to(packs, gone))]
    told += [caplog.text, *capfd.readouterr()]
    kept = [*everything(home), *(("what was said", text.encode()) for text in told)]
    assert any(name.startswith("landing") for name, _ in kept)
    assert any("history" in name for name, _ in kept)  # Dagster's event log
    for variable, value in KEYS.items():
        for spelling in {value, quote(value), quote(value, safe=""), quote(quote(value, safe=""), safe="")}:
            where = [name for name, content in kept if spelling.encode() in content]
            assert where == [], variable


def test_the_test_would_find_a_key(tmp_path: Path):
    """What is looked through is really looked into: compressed landing, Parquet and DuckDB's own format."""
    key = KEYS["MADANG_KEY_SEOUL"]
    (tmp_path / "a.zst").write_bytes(zstandard.compress(key.encode() * 3))
    pl.DataFrame({"x": [key] * 100}).write_parquet(tmp_path / "b.parquet", compression="zstd")
    with duckdb.connect(str(tmp_path / "c.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT ? AS x", [key])
    found = {name.split(" ")[0] for name, content in everything(tmp_path) if key.encode() in content}
    assert found == {"a.zst", "b.parquet", "c.duckdb"}
