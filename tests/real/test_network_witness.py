"""Networks against their witness on real files: what Seoul's sensors of 2020 say, and that good ones say nothing."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.watch.witness import Stand, against_witness, agreement
from quality.contract.watch import ColumnWatch
from tests.real.conftest import Yard
from tests.worlds.packs import small_seoul

pytestmark = pytest.mark.real
FEEDS = ("sdot_env", "sdot_ref", "boundaries", "air_daily")
RATIOS = {4: 0.94, 5: 0.92, 6: 0.83, 7: 0.76, 8: 0.73}
WATCHED = {"pm25": ColumnWatch(units=5)}


@pytest.fixture(scope="module")
def yard(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Five months of the sensors and the stations of Seoul, by a backfill."""
    root = tmp_path_factory.mktemp("witness")
    for name in FEEDS:
        other_years = shutil.ignore_patterns("201[4-9]*")
        shutil.copytree(data / "seoul" / name, root / "drop" / name, ignore=other_years)
    yard = Yard(root / "home", root / "drop", small_seoul(root, *FEEDS))
    assert yard.backfill("2020-04-01", "2020-08-31").error is None
    return yard


def _sensor_means(yard: Yard) -> dict[date, dict[str, Any]]:
    rows = yard.sql("FROM metric.value WHERE metric = 'sensor_pm25_mean' AND area = '11'")
    return {row["period_start"]: row for row in rows}


def test_the_sensors_fall_from_094_to_073_of_the_stations(yard: Yard) -> None:
    by_month = "SELECT month(day) AS m, exp(median(ln(day_ratio))) AS ratio FROM mart.network_agreement"
    rows = yard.sql(f"{by_month} WHERE quantity = 'pm25' AND area = '11' GROUP BY m")
    assert {row["m"]: row["ratio"] for row in rows} == pytest.approx(RATIOS, abs=0.02)
    months = yard.sql("FROM metric.value WHERE metric = 'network_bias_month' AND area = '11'")
    bias = {row["period_start"].month: 1 + row["value"] / 100 for row in months}
    assert bias == pytest.approx(RATIOS, abs=0.02)


def test_from_june_on_the_mean_of_the_sensors_does_not_stand_without_a_word(yard: Yard) -> None:
    means = _sensor_means(yard)
    said = {day: row for day, row in means.items() if (row["reason_code"] or "").startswith("off_witness")}
    assert date(2020, 6, 1) <= min(said) <= date(2020, 6, 30)
    later = {day: row for day, row in means.items() if day >= min(said)}
    few = {day for day, row in later.items() if row["reason_code"] == "places_flagged"}
    assert few == {date(2020, 6, 30)}  # 405 of 851 are left that agree with their neighbours: absent for this reason
    assert later.keys() - few == said.keys()
    for row in later.values():
        assert row["status"] == ("proxy" if row["value"] is not None else "absent")
    assert means[date(2020, 7, 10)]["reason"] == "reads 29 % below the reference network since 2020-06-25"
    blocked = [day for day, row in said.items() if row["value"] is None]
    assert min(blocked) == date(2020, 7, 23)
    assert means[date(2020, 7, 25)]["reason"] == "reads 26 % below the reference network since 2020-07-23"
    # the dust of May is no drift, and readings are never held back
    assert {means[date(2020, 5, day)]["value"] is not None for day in range(1, 32)} == {True}
    (row,) = yard.sql("SELECT count(*) AS n FROM core.seoul_sdot_env WHERE day = '2020-08-30'")
    assert row["n"] > 700


def test_districts_have_one_station_and_the_verdict_of_the_city(yard: Yard) -> None:
    district = yard.value("sensor_pm25_mean", "2020-07-25", "11110")
    assert (district["value"], district["reason"]) == (None, yard.value("sensor_pm25_mean", "2020-07-25")["reason"])
    stands = yard.sql("SELECT DISTINCT stand FROM mart.network_agreement WHERE area_level = 'district'")
    assert [row["stand"] for row in stands] == ["unknown"]


def test_what_shows_the_disagreement_goes_on(yard: Yard) -> None:
    for metric in ("sensor_pm25_ratio", "sensor_coverage"):
        row = yard.value(metric, "2020-08-30")
        assert (row["value"] is not None, row["reason"]) == (True, None)
    bias = yard.value("network_bias", "2020-08-30")
    assert bias["value"] is not None
    assert bias["reason"] == "reads 28 % below the reference network since 2020-08-24"


def test_explain_computes_a_blocked_value_once_more(yard: Yard) -> None:
    shown = yard.madang("explain", "seoul", "sensor_pm25_mean", "11", "2020-07-25")
    assert "reads 26 % below the reference network since 2020-07-23" in shown.words
    assert "as published" in shown.words


# ---- networks that are good


def _network(places: pl.DataFrame, name: str) -> pl.DataFrame:
    medians = places.group_by("day").agg(pl.col("value").median(), places=pl.len().cast(pl.Int64))
    said = {"network": name, "quantity": "pm25", "area": "c", "area_level": "city", "unit": "ug/m3"}
    return medians.with_columns(pl.lit(text).alias(column) for column, text in said.items())


def _stands(stations: pl.DataFrame, size: int, seeds: Sequence[int]) -> pl.DataFrame:
    """Stands of groups of stations, each as a network of which the others are the witness, on every third day."""
    found = list[pl.DataFrame]()
    for seed in seeds:
        names = sorted(stations["place"].unique())
        random.Random(seed).shuffle(names)
        for start in range(0, len(names) - size + 1, size):
            of_group = pl.col("place").is_in(names[start : start + size])
            both = pl.concat(
                [_network(stations.filter(of_group), "low_cost"), _network(stations.filter(~of_group), "reference")]
            )
            compared = against_witness(both, WATCHED)
            days = compared["day"].unique().sort().gather_every(3).to_list()
            found.append(
                agreement(compared, WATCHED, "c", days)
                .filter(pl.col("stand") != Stand.UNKNOWN)
                .with_columns(area=pl.lit(f"{seed} {start}"))
            )
    return pl.concat(found)


def _share_of_months_that_warn(stands: pl.DataFrame) -> float:
    months = (
        stands.sort("area", "day")
        .group_by("area", pl.col("day").dt.month_start(), maintain_order=True)
        .agg(pl.col("stand").last())
    )
    return float((months["stand"] != Stand.GOOD).mean() or 0)  # type: ignore[arg-type]


def _stations_of_seoul(data: Path) -> Iterator[pl.DataFrame]:
    for path in sorted((data / "seoul/air_daily").iterdir()):
        if path.suffix == ".xlsx":
            rows = pl.read_excel(path, infer_schema_length=0)
        else:
            rows = pl.read_csv(path, infer_schema_length=0, encoding="cp949")
        named = {
            name: next(column for column in rows.columns if sign in column)
            for name, sign in {"place": "측정소", "day": "측정일", "value": "초미세먼지"}.items()
        }
        yield rows.select(
            place=pl.col(named["place"]),
            day=pl.col(named["day"]).str.slice(0, 8).str.to_date("%Y%m%d", strict=False),
            value=pl.col(named["value"]).cast(pl.Float64, strict=False),
        ).drop_nulls()


def test_halves_of_the_reference_network_of_2014_to_2020_are_not_blocked(data: Path) -> None:
    stations = pl.concat(_stations_of_seoul(data))
    districts = stations.filter(pl.col("place").str.ends_with("구"))
    assert districts["place"].n_unique() == 25
    stands = _stands(districts, 12, range(3))
    assert stands.height > 2_500
    assert Stand.BLOCK not in set(stands["stand"])
    assert _share_of_months_that_warn(stands) < 0.02
    alone = _stands(districts.filter(pl.col("day") < date(2016, 1, 1)), 1, [0])
    assert alone.is_empty()  # one station says where it stands: nothing is judged by it


def test_beijings_seven_stations_are_not_blocked(data: Path) -> None:
    rows = list[tuple[str, date, float]]()
    for path in sorted((data / "beijing/prsa").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["PM2.5"] not in ("", "NA"):
                    at = datetime(int(row["year"]), int(row["month"]), int(row["day"]))  # noqa: DTZ001 - a day
                    rows.append((row["station"], at.date(), float(row["PM2.5"])))
    hours = pl.DataFrame(rows, schema=["place", "day", "value"], orient="row")
    stands = _stands(hours.group_by("place", "day").agg(pl.col("value").mean()), 3, range(3))
    assert stands.height > 2_000
    assert Stand.BLOCK not in set(stands["stand"])
    assert _share_of_months_that_warn(stands) < 0.02
