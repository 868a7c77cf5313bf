"""Five months of Seoul's street sensors: when the provider's correction changed, and what ours would have brought.

The figures stand in docs/corrections.md.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assets.derive.tables import derived_tables
from assets.pack.city import load_city
from assets.pack.corrections import Correction
from quality.verdict import Verdict
from tests.worlds.files import Yard
from tests.worlds.packs import small_seoul
from warehouse import lake

pytestmark = pytest.mark.real
DAYS = [date(2020, 4, 1) + timedelta(days=n) for n in range(153)]
HUMIDITY = {"network": "low_cost", "quantity": "pm25", "by": "humidity"}
MARTS = ("correction_day", "correction_change", "correction_basis", "corrected_day")
LINEAR = {"network": "low_cost", "quantity": "pm25", "by": "linear", "witness": "reference", "days": 30}


@dataclass
class Summer(Yard):
    """Seoul with its street sensors and stations alone, and PM2.5 corrected by a line."""

    verdicts: dict[str, dict[date, Verdict]] = field(default_factory=dict)

    def rows(self, name: str) -> pl.DataFrame:
        table = next(one for one in derived_tables(self.city) if one.name == name)
        return lake.scan(self.run().gate(table.contract).table, table.contract.schema).collect()


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Summer:
    root = tmp_path_factory.mktemp("summer")
    pack = small_seoul(root, "sdot_env", "sdot_ref", "air_daily") / "seoul"
    (pack / "metrics.yaml").write_text(yaml.safe_dump({"corrections": [LINEAR]}), "utf-8")
    yard = Summer(root, load_city(pack))
    for name in ("sdot_env", "sdot_ref"):
        shutil.copytree(data / "seoul" / name, yard.drop / name)
    (yard.drop / "air_daily").mkdir()
    shutil.copy(data / "seoul" / "air_daily" / "2020.csv", yard.drop / "air_daily")
    for name in ("sdot_ref", "sdot_env", "air_daily"):
        yard.way(name, DAYS)
    for table in derived_tables(yard.city):
        if table.name in MARTS:
            yard.verdicts[table.name] = {one.day: one.verdict for one in yard.derive(table, DAYS).outcomes}
    return yard


def changed(summer: Summer) -> dict[tuple[str, str], tuple[date, date, date]]:
    """By column and figure: the first and last day on which it is another one, and since when it says so at first."""
    rows = summer.rows("correction_change").filter(pl.col("changed") == 1).sort("day")
    of_each = rows.group_by("quantity", "figure").agg(
        pl.col("day").first(), pl.col("day").last().alias("last"), pl.col("since").first()
    )
    return {(row["quantity"], row["figure"]): (row["day"], row["last"], row["since"]) for row in of_each.to_dicts()}


def test_the_correction_of_may_and_the_readings_below_zero_of_july_are_found_and_nothing_else(summer: Summer):
    assert changed(summer) == {
        ("pm25", "low"): (date(2020, 5, 24), date(2020, 6, 8), date(2020, 5, 19)),
        ("pm10", "low"): (date(2020, 6, 1), date(2020, 6, 4), date(2020, 5, 27)),
        ("pm25", "nulls"): (date(2020, 7, 4), date(2020, 7, 20), date(2020, 6, 27)),
        ("pm10", "nulls"): (date(2020, 7, 14), date(2020, 7, 14), date(2020, 7, 7)),
    }


def test_the_night_warns_on_these_days_and_on_no_other(summer: Summer):
    rows = summer.rows("correction_change").filter(pl.col("changed") == 1)
    warned = {day for day, verdict in summer.verdicts["correction_change"].items() if verdict is Verdict.WARN}
    assert warned == set(rows["day"])
    assert set(summer.verdicts["correction_change"].values()) == {Verdict.PASS, Verdict.WARN}


def by_month(rows: pl.DataFrame, basis: pl.DataFrame, column: str) -> dict[int, tuple[float, float]]:
    """By month: exp of the median of ln((network + 1) / (stations + 1)) over its days, and the mean distance, of the
    medians over the sensors of each day."""
    ours, theirs = pl.col(column), pl.col("witness")
    days = rows.group_by("day").agg(ours.median()).drop_nulls()
    both = days.join(basis, on="day").group_by(pl.col("day").dt.month().alias("month"))
    found = both.agg(
        ratio=((ours + 1) / (theirs + 1)).log().median().exp(), distance=(ours - theirs).abs().mean()
    ).sort("month")
    return {row["month"]: (row["ratio"], row["distance"]) for row in found.to_dicts()}


RAW = [(1.16, 9.2), (0.88, 7.6), (0.75, 6.2), (0.67, 5.6), (0.64, 6.4)]


@pytest.mark.parametrize(
    ("correction", "told"),
    [
        (LINEAR, [(1.19, 8.5), (1.03, 6.4), (0.89, 4.4), (1.18, 3.6), (0.97, 3.5)]),
        (LINEAR | {"days": 60}, [(1.19, 8.5), (1.10, 6.4), (0.87, 5.1), (1.31, 5.1), (1.03, 3.5)]),
        (LINEAR | {"days": 90}, [(1.19, 8.5), (1.10, 6.4), (0.87, 5.0), (1.29, 6.4), (1.06, 4.8)]),
        (HUMIDITY, [(0.88, 6.3), (0.47, 9.7), (0.42, 12.0), (0.36, 9.3), (0.29, 11.5)]),
    ],
    ids=["30 days", "60 days", "90 days", "humidity"],
)
def test_what_a_correction_would_have_brought_by_month(summer: Summer, correction: dict[str, Any], told: list[Any]):
    city = replace(summer.city, corrections=(Correction(**correction),))
    (table,) = [one for one in derived_tables(city) if one.name == "corrected_day"]
    rows, basis = table.rows(replace(summer.run(), city=city), DAYS), summer.rows("correction_basis")
    for column, expected in (("uncorrected", RAW), ("corrected", told)):
        found = by_month(rows, basis, column).values()
        assert [ratio for ratio, _ in found] == pytest.approx([ratio for ratio, _ in expected], abs=0.02)
        assert [distance for _, distance in found] == pytest.approx([distance for _, distance in expected], abs=0.1)


def test_no_line_was_fitted_to_its_own_day(summer: Summer):
    lines = summer.rows("corrected_day").drop_nulls("slope").unique("day")
    assert lines.height == 132  # 153 days but 3 April, on which no gate opened, and the first twenty others
    assert lines.filter(pl.col("fitted_until") >= pl.col("day")).is_empty()
