"""Golden values of metrics: small rows typed into tests/golden/<subject>.yaml, put through the real evaluator.

How a case is written stands at the head of tests/golden/air_quality.yaml. What it means is worked out here: a
tiny city (tests/support/golden_rows.py has its rows), and what must come.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from assets.derive.setting import city_setting
from assets.metrics.definition import MetricDefinition
from assets.metrics.entries import platform_entries, platform_metrics
from assets.metrics.entry import Entry
from assets.metrics.evaluate.evaluate import evaluate_metrics, rounded, with_derived
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.evaluate.planner import metrics_needed
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED, lack, reason, stands
from assets.metrics.over_days import with_parts_over_days
from quality.contract.interval import first_of_period
from tests.support.golden_rows import NOTHING, Case, areas_of, observed_rows, series_of
from tests.support.paths import REPOSITORY
from tests.worlds.packs import seoul

GOLDEN = REPOSITORY / "tests" / "golden"


def golden_files() -> list[Path]:
    """One for each subject."""
    return sorted(GOLDEN.glob("*.yaml"))


@cache
def golden_cases() -> Mapping[str, tuple[Case, ...]]:
    """All cases by metric, of all subjects."""
    found = dict[str, tuple[Case, ...]]()
    for path in golden_files():
        for metric, said in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
            if metric not in platform_metrics():
                raise ValueError(f"{path.name}: {metric} is no metric of assets/metrics/*.yaml")
            if metric in found:
                raise ValueError(f"{path.name}: {metric} has golden values in another file, too")
            try:
                found[metric] = tuple(Case.model_validate(one) for one in (said if isinstance(said, list) else [said]))
            except ValueError as error:
                raise ValueError(f"{path.name}: {metric}: {error}") from error
    return found


def what_comes(metric: str, case: Case) -> dict[str, float | str]:
    """What the evaluator makes of a case: of each area that it names a value, a reason, or that there is nothing."""
    definition = platform_metrics()[metric]
    rows = _longer(definition, case) if definition.rule is not None else _own(metric, case)
    why = pl.when(~stands()).then(
        pl.coalesce("why", pl.when(_complete()).then(reason("not_defined")).otherwise(lack()))
    )
    shown = rows.with_columns(_why=why.struct["code"])
    found = {}
    for area in case.gives:
        [row] = shown.filter(area=area).rows(named=True) or [None]
        found[area] = NOTHING if row is None else row["_why"] or row["value"]
    return found


def _complete() -> pl.Expr:
    whole = pl.coalesce("expected", "at_least", "covered")
    return (whole > 0) & (pl.col("covered") / whole >= pl.col("needs"))


def _longer(definition: MetricDefinition, case: Case) -> pl.DataFrame:
    """A metric of a longer period, of daily values: one series for the city, or one for each area."""
    by_area = case.days if isinstance(case.days, dict) else {"city": case.days}
    daily = [
        {"metric": definition.of, "area": area, "area_level": "", "day": case.day + timedelta(days=at), "value": value}
        for area, series in by_area.items()
        for at, value in enumerate(series_of(series))
    ]
    values = pl.DataFrame(daily, schema_overrides={"day": pl.Date, "value": pl.Float64})
    rule, period = definition.rule, definition.period
    if rule is None or period in ("hour", "day") or definition.of is None or case.days is None:
        raise ValueError(f"{definition.metric} is made of days: write `days`")
    rollup = Rollup(definition.metric, definition.of, period, rule, platform_metrics()[definition.of].unit)
    made = evaluate_periods(values, [rollup], _setting(case))
    return made.filter(day=first_of_period(case.day, period) if period != "trailing_year" else made["day"].min())


@cache
def _entries() -> Mapping[str, Entry]:
    return {name: one.entry for name, one in with_parts_over_days(platform_entries()).items()}


def _own(metric: str, case: Case) -> pl.DataFrame:
    entries, setting = _entries(), _setting(case)
    entry = entries[metric]
    day = first_of_period(case.day, entry.every)
    if case.parts is not None:
        made = {part: _of_part(part, said, case, day) for part, said in case.parts.items()}
        plain = {
            part: entries[part].model_copy(update={"derived": None, "per": None, "in_months": None}) for part in made
        }
        known = {**entries, **plain}
        rows = rounded(with_derived(metrics_needed([metric], known, setting), known, made, setting)[metric])
    else:
        needed = [name for name in metrics_needed([metric], entries, setting) if entries[name].observes]
        sources = {name: [observed_rows(name, entries[name], case)] for name in needed}
        rows = evaluate_metrics([metric], entries, sources, [day], setting)
    hour = datetime.combine(day, time(23 if case.hour is None else case.hour))
    return rows.filter(day=day).filter(pl.col("hour") == hour) if entry.hourly else rows.filter(day=day)


def _of_part(part: str, said: Any, case: Case, day: date) -> pl.DataFrame:
    """A part of a derived metric as if it had been measured: complete, of one value or one for each area."""
    by_area = said if isinstance(said, dict) else dict.fromkeys(case.gives, said)
    levels = dict(areas_of(case).select("code", "level").rows())
    hour = None if case.hour is None else datetime.combine(day, time(case.hour))
    rows = [
        {
            "metric": part,
            "area": area,
            "area_level": levels[area],
            "day": day,
            "hour": hour,
            "hour_utc": hour,
            "value": value,
            "n": int(value is not None),
            "expected": 1.0,
            "covered": float(value is not None),
            "at_least": None,
            "counted": "places",
            "needs": 1.0,
            "why": None,
            "method": "",
            "standard": None,
        }
        for area, value in by_area.items()
    ]
    return pl.DataFrame(rows, schema=MEASURED)


@cache
def _korea() -> CitySetting:
    return city_setting(seoul())


def _setting(case: Case) -> CitySetting:
    """The tiny city, judged by the standards and holidays of Korea."""
    areas, korea = areas_of(case), _korea()
    people = areas.select(area="code", residents="residents").drop_nulls()
    return CitySetting(
        areas=areas.drop("residents"),
        timezone="Asia/Seoul",
        residents=lambda days: (
            days.unique().to_frame("day").join(people, how="cross").select("area", "day", "residents")
        ),
        parameters={**korea.parameters, **case.parameters},
        limit=korea.limit,
        index=korea.index,
        calendar=korea.calendar,
    )
