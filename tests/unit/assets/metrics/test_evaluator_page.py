"""The example of docs/metrics-evaluator.md gives the numbers that stand there."""

import io
import re
from datetime import date, timedelta

import polars as pl

from assets.metrics.entry import Entry, PeriodRule
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.evaluate.trace import trace
from assets.metrics.measured import lack, stands
from assets.metrics.reasons import in_english
from quality.contract.yaml_file import read_yaml
from tests.support.paths import REPOSITORY
from tests.unit.assets.metrics.observing import entry, midnight, observed

PAGE = (REPOSITORY / "docs/metrics-evaluator.md").read_text(encoding="utf-8")
DAY = date(2026, 1, 1)
AREAS = pl.DataFrame(
    {"code": ["city", "west", "east"], "level": ["city", "district", "district"], "parent": ["", "city", "city"]}
)


def block(kind, number=0):
    return re.findall(f"```{kind}\n(.*?)```", PAGE, re.DOTALL)[number]


def table(number):
    return pl.read_csv(io.StringIO(block("csv", number)))


def residents(days):
    people = pl.DataFrame({"area": ["city", "west", "east"], "residents": [400_000, 100_000, 300_000]})
    return days.unique().to_frame("day").join(people, how="cross")


def test_the_example_gives_its_numbers(tmp_path):
    (tmp_path / "air.yaml").write_text(block("yaml"), encoding="utf-8")
    entries = {name: Entry.model_validate(said) for name, said in read_yaml(tmp_path / "air.yaml").items()}
    entries["weighted"] = entry(derived={"weighted_mean": {"of": "pm25_mean", "by": "residents"}}, levels=["city"])
    readings = [
        {"place": row["place"], "time": midnight(DAY) + timedelta(hours=hour), "pm25": row["pm25"]}
        for row in table(0).iter_rows(named=True)
        for hour in range(row["first"], row["last"] + 1)
    ]
    places = dict(table(0).select("place", "district").iter_rows())
    setting = CitySetting(areas=AREAS, timezone="Asia/Seoul", residents=residents)
    steps = trace("weighted", entries, {"pm25_mean": [observed(readings, places=places)]}, [DAY], setting)
    _, days, areas, weighted = (step.rows for step in steps)
    assert days.select("place", "value", "there", "expected").equals(table(1))
    why = in_english(pl.col("why").struct.field("code"), pl.col("why").struct.field("gaps"))
    shown = areas.select(
        "area", "value", "n", pl.col("expected").cast(pl.Int64), stands().alias("shown"), why.alias("reason")
    )
    assert shown.sort("area").rows() == table(2).rows()
    [absent] = weighted.with_columns(lack().struct.field("gaps").alias("gaps"), stands().alias("shown")).rows(
        named=True
    )
    assert (absent["shown"], absent["gaps"]) == (False, ["100000", "400000", "people", "75"])
    values = areas.filter(stands()).select("metric", "area", "area_level", "day", "value")
    month = evaluate_periods(values, [Rollup("m", "pm25_mean", "month", PeriodRule.model_validate({}))], setting)
    assert month.select("n", "expected").row(0) == (1, 31)
    assert not month.select(stands()).to_series().any()
