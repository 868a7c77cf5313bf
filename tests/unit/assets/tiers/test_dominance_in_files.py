"""One shop of several says most of a district: what the files show tells the second largest too little of it.

The figures are of real publications and releases: from the mart by cells and masks into the file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from assets.derive import private_cells, rows_for_cells
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.tiers.judging import DisclosureControl
from assets.tiers.release import release_all
from benchmarks import history_home
from tests.worlds.packs import small_seoul
from warehouse.home import Home
from warehouse.published.place import tier_folder

CITY, FIRST, TODAY = "11", date(2026, 1, 1), date(2026, 9, 1)
SALES = "sales_per_shop"  # how many shops there are says the register, so everybody has the sales
SHOPS = {  # by district what each of its shops sells
    "11110": (81.0, 5.0, 2.0, 2.0, 2.0),
    "11140": (60.0, 20.0, 20.0),
    "11170": (30.0, 30.0, 30.0, 30.0),
    "11200": (50.0, 40.0, 40.0, 30.0),
}
DOMINATED, LARGEST, SECOND = "11110", 81.0, 5.0


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dominance")


@pytest.fixture(scope="module")
def city(root: Path) -> City:
    packs = small_seoul(root, "trade_sales", "trade_stores", "trade_areas", name="seoul", first_day="2025-01-01")
    (packs / "seoul" / "sharing.yaml").write_text(f"open: {{metrics: [{SALES}]}}\n", "utf-8")
    whole = load_city(packs / "seoul")
    areas = whole.areas.filter(pl.col("code").is_in([CITY, *SHOPS]))
    return replace(whole, metrics={SALES: whole.metrics[SALES]}, areas=areas)


def told(city: City, table: Any, day: date, frame: pl.DataFrame) -> pl.DataFrame:
    """The mart of sales with its two largest shops, and the metric; nothing in other tables."""
    together = {CITY: tuple(one for shops in SHOPS.values() for one in shops), **SHOPS}
    levels = dict(city.areas.select("code", "level").iter_rows())
    if table.name == "trade_sales_quarter":
        rows = [
            {"area": area, "area_level": levels[area], "shops": len(shops), "amount": sum(shops)}
            | {"amount_largest": max(shops), "amount_second": sorted(shops)[-2]}
            for area, shops in together.items()
        ]
    elif "metric" in frame.columns and SALES in set(frame["metric"]):
        rows = [
            {"city": city.name, "metric": SALES, "area": area, "area_level": levels[area]}
            | {
                "value": sum(shops) / len(shops),
                "period": "quarter",
                "unit": "KRW",
                "status": "ok",
                "completeness": 1.0,
                "n": 1,
            }
            | {"source": "simulated", "batch_ids": [f"{table.name}-{day}"]}
            for area, shops in together.items()
        ]
    else:
        return frame.clear()
    made = pl.DataFrame(rows, schema={name: frame.schema[name] for name in rows[0]})
    return pl.concat([frame.clear(), made], how="diagonal").select(frame.columns)


def released(city: City, folder: Path) -> dict[str, tuple[float | None, str]]:
    """By area the sales that follow from what the open file shows of each shop, and conf_status."""
    home = Home(folder)
    history_home.nights(home, city, [FIRST], dead=0, told=lambda *args: told(city, *args))
    publish_all(home, [city], run_id="run")
    judging = DisclosureControl(home, remembers=True)
    assert release_all(home, [city], judging, run_id="run", today=TODAY, site=False).troubles == []
    with duckdb.connect(str(tier_folder(home, "open").published_file), read_only=True) as con:
        rows = con.execute(
            "SELECT area, value, conf_status FROM metric.value WHERE metric = ? AND period_start = ?", [SALES, FIRST]
        ).fetchall()
    shops = {CITY: sum(map(len, SHOPS.values()))} | {area: len(own) for area, own in SHOPS.items()}
    return {area: (None if value is None else value * shops[area], status) for area, value, status in rows}


def most_of_the_largest(shown: dict[str, tuple[float | None, str]]) -> float:
    """What the second largest shop of the dominated district works out at the most for the largest: the most that the
    district can have by all that is shown, less its own sales."""
    names = sorted(SHOPS)
    known = {area: value for area, (value, _) in shown.items() if value is not None}
    equations = [([float(one == area) for one in names], known[area]) for area in names if area in known]
    if CITY in known:
        equations.append(([1.0] * len(names), known[CITY]))
    wanted = np.array([-float(one == DOMINATED) for one in names])
    matrix, right = np.array([row for row, _ in equations]), np.array([value for _, value in equations])
    found = linprog(wanted, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
    return float("inf") if found.status == 3 else float(-found.fun) - SECOND


def test_the_largest_shop_of_a_district_is_known_to_nobody_within_p_percent(city: City, root: Path):
    shown = released(city, root / "safe")
    assert shown.keys() == {CITY, *SHOPS}
    assert shown[DOMINATED] == (None, "C")
    assert [status for area, (_, status) in shown.items() if area != DOMINATED].count("D") == 1
    assert shown["11140"][1] in ("F", "D"), "(60, 20, 20) is safe by itself"
    assert most_of_the_largest(shown) >= 1.1 * LARGEST


def test_where_no_mart_says_who_is_largest_the_second_one_works_it_out(
    city: City, root: Path, monkeypatch: pytest.MonkeyPatch
):
    """The attacker bites: five shops are enough for the threshold, and nothing else is looked at."""
    for module in (rows_for_cells, private_cells):
        monkeypatch.setattr(module, "largest_added_up", lambda name: pl.lit(None, pl.Float64).alias(name))
    shown = released(city, root / "blind")
    assert shown[DOMINATED] == (pytest.approx(sum(SHOPS[DOMINATED])), "F")
    assert LARGEST <= most_of_the_largest(shown) < 1.1 * LARGEST
