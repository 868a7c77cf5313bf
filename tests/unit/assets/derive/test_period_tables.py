"""Tables of longer periods: of which days, and of which batches, each is made."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.context import RunContext
from assets.derive import periods as of_derive
from assets.derive import sources
from assets.derive.build import build, days_to_build
from assets.derive.tables import derived_tables
from tests.worlds.derived_town import admitted, measuring, opened, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town

AIR = feed("air", "air_quality", ["place", "time", "pm25"], network="reference")
APRIL = date(2024, 4, 1)


def the_air(tmp_path: Path, **said: Any) -> RunContext:
    # all places count: else what 30 days say of a place is an input, and a day goes into later months, too
    fine = entry(over_space={"as": "mean", "expects": 1}, flags=[1, 2, 3, 4], **said)
    return run_of(measuring(town(AIR), {"fine": ("air", fine)}), tmp_path)


def filled(run: RunContext, days: list[date]) -> dict[date, str]:
    """A value on each of these days: the day of its month. The batches of the daily table."""
    for day in days:
        admitted(run, AIR, day, [{"place": "p", "pm25": float(day.day)}], f"{day}")
    build(run, table_of(run, "air"), days)
    return sources.live(run, table_of(run, "air").contract)


def values(run: RunContext) -> list[tuple[str, date, float | None, list[str]]]:
    rows = sources.rows(run, table_of(run, "air_period").contract).sort("metric", "day").collect()
    return list(rows.select("metric", "day", "value", "batch_ids").iter_rows())


def test_a_day_makes_its_month_and_its_quarter_of_the_days_there_are(tmp_path: Path):
    run = the_air(tmp_path, periods={"month": {"needs": 0.05}, "quarter": {"needs": 0.02}})
    days = [APRIL, APRIL + timedelta(days=2), date(2024, 5, 8)]
    batches = filled(run, days)
    table = table_of(run, "air_period")
    assert table.starts(days[1]) == [APRIL]
    assert opened(build(run, table, [days[1]]).outcomes) == [(APRIL, "PASS")]
    assert values(run) == [
        ("fine_month", APRIL, 2.0, sorted(batches[day] for day in days[:2])),  # of the 1st and the 3rd
        ("fine_quarter", APRIL, 4.0, sorted(batches.values())),  # and the 8th of May
    ]


def test_a_trailing_year_is_made_once_its_last_month_has_a_day(tmp_path: Path):
    run = the_air(tmp_path, periods={"trailing_year": {"needs": 0.001}})
    table = table_of(run, "air_period")
    batches = filled(run, [APRIL])
    starts = table.starts(APRIL)
    assert (len(starts), starts[0], starts[-1]) == (12, date(2023, 5, 1), APRIL)
    assert opened(build(run, table, [APRIL]).outcomes) == [(date(2023, 5, 1), "PASS")]
    june = date(2024, 6, 3)
    batches |= filled(run, [june])
    assert opened(build(run, table, [june]).outcomes) == [(date(2023, 7, 1), "PASS")]
    assert values(run)[-1] == ("fine_trailing_year", date(2023, 7, 1), 2.0, sorted(batches.values()))
    # a correction of April makes the two years anew that end with it and with June, and none that ends with May
    assert list(table.inputs(run, starts)) == [date(2023, 5, 1), date(2023, 7, 1)]


def test_a_week_may_begin_in_another_month_and_year(tmp_path: Path):
    run = the_air(tmp_path, periods={"week": {"needs": 0.2}, "month": {"needs": 0.05}})
    new_year = date(2025, 1, 1)
    filled(run, [new_year - timedelta(days=1), new_year])
    build(run, table_of(run, "air_period"), [new_year])
    assert [row[:3] for row in values(run)] == [
        ("fine_month", new_year, None),  # 1 of 31 days
        ("fine_week", date(2024, 12, 30), 16.0),  # of the 31st and the 1st
    ]


def test_where_days_without_a_value_count_the_first_day_after_the_period_shows_that_it_is_over(tmp_path: Path):
    rule = {"as": "mean_of_all", "needs": 0.05}
    run = the_air(tmp_path, periods={"month": {**rule, "metric": "uptime"}, "quarter": {"needs": 0.01}})
    days = [APRIL + timedelta(days=n) for n in range(2)]
    batches = filled(run, days)
    table = table_of(run, "air_period")
    build(run, table, [APRIL])
    assert values(run)[1][:3] == ("uptime", APRIL, 1.5)  # (1 + 2) / 2: the month is not over
    batches |= filled(run, [date(2024, 7, 1)])
    build(run, table, [APRIL])
    assert values(run)[1] == ("uptime", APRIL, 0.1, sorted(batches.values()))  # (1 + 2) / 30
    assert values(run)[0][3] == sorted(batches[day] for day in days)  # July is no part of the quarter


def test_a_longer_period_that_cannot_be_computed_is_absent_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = the_air(tmp_path, periods={"month": {"needs": 0.02}, "quarter": {"needs": 0.01}})
    evaluate = of_derive.evaluate_periods

    def broken(values, rollups, setting):
        if any(rollup.period == "month" for rollup in rollups):
            raise ValueError("no such limit")
        return evaluate(values, rollups, setting)

    monkeypatch.setattr(of_derive, "evaluate_periods", broken)
    filled(run, [APRIL])
    (outcome,) = build(run, table_of(run, "air_period"), [APRIL]).outcomes
    assert (str(outcome.verdict), "MET-107" in outcome.reason) == ("WARN", True)
    assert [row[:3] for row in values(run)] == [("fine_month", APRIL, None), ("fine_quarter", APRIL, 1.0)]


def test_a_period_of_which_only_another_metric_has_days_is_not_made_and_closes_no_gate(tmp_path: Path):
    gas = feed("gas", "air_quality", ["place", "time", "no2"], network="reference")
    fine, other = (
        entry(value=value, over_space={"as": "mean", "expects": 1}, periods=periods)
        for value, periods in (("pm25", {"month": {"needs": 0.01}, "quarter": {"needs": 0.01}}), ("no2", {}))
    )
    run = run_of(measuring(town(AIR, gas), {"fine": ("air", fine), "other": ("air", other)}), tmp_path)
    table, may = table_of(run, "air_period"), date(2024, 5, 1)
    admitted(run, gas, APRIL, [{"place": "p", "no2": 20.0}], "april")
    build(run, table_of(run, "air"), [APRIL])
    report = build(run, table, [APRIL])
    assert (report.outcomes, report.missing) == ([], [APRIL])
    assert days_to_build(run, table, [APRIL]) == [], "a night would try it again"
    # a day of its own feed makes it, of whatever is there; the quarter has the days of both
    admitted(run, AIR, may, [{"place": "p", "pm25": 7.0}], "may")
    admitted(run, gas, may + timedelta(days=1), [{"place": "p", "no2": 20.0}], "later")
    build(run, table_of(run, "air"), [may, may + timedelta(days=1)])
    assert opened(build(run, table, [APRIL, may]).outcomes) == [(APRIL, "PASS"), (may, "PASS")]
    assert [row[:3] for row in values(run)] == [("fine_month", may, 7.0), ("fine_quarter", APRIL, 7.0)]


def test_a_city_has_periods_of_the_metrics_that_its_feeds_give(tmp_path: Path):
    run = the_air(tmp_path, periods={"month": {}})
    assert [one.name for one in derived_tables(run.city) if one.layer == "metric"] == ["air", "air_period"]
    other = run_of(measuring(town(), {"fine": ("air", entry(periods={"month": {}}))}), tmp_path)
    assert derived_tables(other.city) == ()
