"""A year that its feed does not have to deliver yet is no stale one, although another feed of years has it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.derive.build import build
from assets.derive.tables import derived_tables
from tests.worlds import towns as worlds
from tests.worlds.towns import AIR, DAY, Towns

FIRST, SECOND = date(2024, 1, 1), date(2025, 1, 1)


def feed(title: str, prefix: str, implements: str, count: str, lag_days: int) -> str:
    return f"""
title: {title}
purpose: t
owner: t
licence: public
interval: year
prefix: {prefix}
implements: {implements}
lag_days: {lag_days}
files: {{paths: ["{implements}/*.csv"]}}
columns: {{area: code, kind: kind, time: {{from: year, format: "%Y"}}, {count}: {{from: n, required: true}}}}
"""


@pytest.mark.parametrize(("lag_days", "status"), [(62, "ok"), (61, "stale")])
def test_a_feed_with_a_lag_is_due_by_it(tmp_path: Path, lag_days: int, status: str) -> None:
    """The night is that of 2 March 2026, 61 days after the end of the year."""
    towns = Towns(tmp_path)
    texts = {
        "air": AIR,
        "facilities": feed("Cameras", "CAM", "facilities", "facilities", lag_days),
        "incidents": feed("Crimes", "CRI", "incidents", "incidents", 0),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worlds.FILES, "facilities", "code,kind,year,n\n1,camera,2024,20\n")
        patch.setitem(worlds.FILES, "incidents", "code,kind,year,n\n1,homicide,2024,5\n1,homicide,2025,4\n")
        pack = towns.add("town", texts, texts=texts, metrics=["pm25_mean", "cctv_per_1000", "crime_rate_homicide"])
    said = (pack / "city.yaml").read_text("utf-8")
    (pack / "city.yaml").write_text(said.replace("2026-01-01", "2010-01-01"), "utf-8")
    packs = towns.load()
    (city,) = packs.cities
    for day in (FIRST, SECOND, DAY):
        for contract in city.contracts.values():
            towns.build_feed(city, contract, day)
        for table in derived_tables(city):
            build(towns.run(city), table, [day])
    towns.publish(packs)
    found = towns.rows("SELECT period_start, status FROM metric.latest WHERE metric = 'cctv_per_1000'")
    assert found == [(FIRST, status)]
