"""Indices that a provider publishes beside the concentrations, against ours."""

import json
from datetime import date

import polars as pl
import pytest

from assets.standards.index import Read, index
from tests.real.carried import snapshots
from tests.support.paths import REAL_DATA

TAIPEI = REAL_DATA / "taipei/air_hourly_api/tw_aqi_202607.tar.zst"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not TAIPEI.is_file(), reason="no real files here (set MADANG_REAL_DATA)"),
]
GIVEN = {
    "pm25_24h": ("pm2_5_avg", "ug/m3"),
    "pm10_24h": ("pm10_avg", "ug/m3"),
    "o3_8h": ("o3_8hr", "ppb"),
    "o3_1h": ("o3", "ppb"),
    "co_8h": ("co_8hr", "ppm"),
    "so2_1h": ("so2", "ppb"),
    "no2_1h": ("no2", "ppb"),
}


def test_taiwan_publishes_the_index_of_our_table():
    rows = [row for _, data in snapshots(TAIPEI.read_bytes()) for row in json.loads(data)]
    columns = {name: pl.col(given).cast(pl.Float64, strict=False) for name, (given, _) in GIVEN.items()}
    frame = pl.DataFrame(rows, infer_schema_length=None).select(
        **columns, official=pl.col("aqi").cast(pl.Int64, strict=False)
    )
    readings = {name: Read(pl.col(name), unit) for name, (_, unit) in GIVEN.items()}
    ours = index("tw.aqi", readings, pl.lit(date(2026, 7, 10)), hourly=True).struct.field("value")
    found = frame.unique().with_columns(ours=ours).filter(pl.col("official") > 0, pl.col("ours").is_not_null())
    other = found.filter(pl.col("ours") != pl.col("official"))
    assert found.height > 10_000
    # where they differ a half went to the even number there
    assert other.filter((pl.col("ours") - pl.col("official") != 1) | (pl.col("official") % 2 != 0)).is_empty()
    assert other.height < 30
