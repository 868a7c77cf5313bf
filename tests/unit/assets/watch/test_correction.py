"""The correction watch: what of a provider's correction is compared, and when it is another one."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.correction import BACK_DAYS, RECENT_DAYS, CorrectionFigure, changes, correction_figures

DAY = date(2020, 6, 30)
USUAL = {"low": 10.0, "raw_low": 5.0, "zero_share": 0.01, "null_share": 0.02, "same_share": 0.03}


def judged(recent=None, days=RECENT_DAYS, before=BACK_DAYS - RECENT_DAYS, rounding=1.0, usual=None):
    """By figure what DAY says, where the last `days` days have `recent` and the `before` days before them `usual`."""
    rest = {"raw_zero_share": 0.01, "raw_null_share": 0.0, "rounding": rounding}
    ages = [*range(days), *range(RECENT_DAYS, RECENT_DAYS + before)]
    rows = [
        {"feed": "f", "start": DAY, "day": DAY - timedelta(days=age)}
        | USUAL
        | rest
        | (usual or {})
        | ((recent or {}) if age < RECENT_DAYS else {})
        for age in ages
    ]
    found = changes(pl.DataFrame(rows, infer_schema_length=None), ("feed",), "start")
    return {row["figure"]: row for row in found.to_dicts()}


def changed(**more):
    return {figure: row["changed"] for figure, row in judged(**more).items()}


def of_one_day(rows: pl.DataFrame):
    found = correction_figures(rows.lazy().with_columns(day=pl.lit(DAY)), "pm25", "raw").row(0, named=True)
    assert found.pop("day") == DAY
    return found


def test_a_day_is_added_up_to_the_ends_of_both_columns():
    rows = pl.DataFrame({"pm25": [0.0, None, 4.0, 8.0], "raw": [2.0, 2.0, 4.0, 0.0]})
    found = of_one_day(rows)
    assert found == {
        "rows": 4,
        "low": pytest.approx(0.4),
        "raw_low": pytest.approx(0.3),
        "zero_share": pytest.approx(1 / 3),
        "raw_zero_share": 0.25,
        "null_share": 0.25,
        "raw_null_share": 0.0,
        "same_share": pytest.approx(1 / 3),
        "rounding": 2.0,
    }


def test_a_day_without_readings_says_how_many_are_missing():
    rows = pl.DataFrame({"pm25": [None, None], "raw": [None, 3.0]}, schema={"pm25": pl.Float64, "raw": pl.Float64})
    found = of_one_day(rows)
    assert (found["null_share"], found["zero_share"], found["same_share"], found["low"]) == (1.0, None, None, None)


SOME = st.none() | st.integers(-2, 40).map(lambda tenths: tenths / 10)


@given(st.lists(st.tuples(st.booleans(), SOME, SOME), max_size=60))
def test_the_low_quantile_is_that_of_all_readings_of_a_day(readings):
    schema = {"later": pl.Boolean, "pm25": pl.Float64, "raw": pl.Float64}
    rows = pl.DataFrame(readings, schema=schema, orient="row").with_columns(
        day=pl.lit(DAY) + pl.duration(days=pl.col("later").cast(pl.Int64))
    )
    found = correction_figures(rows.lazy(), "pm25", "raw")
    assert set(found["day"]) == set(rows["day"])
    for (day,), of_day in rows.group_by("day"):
        one = found.row(by_predicate=pl.col("day") == day, named=True)
        for name, column in (("low", "pm25"), ("raw_low", "raw")):
            wanted = of_day[column].quantile(0.05, "linear")
            assert one[name] == (None if wanted is None else pytest.approx(wanted, rel=1e-12))


@given(st.floats(0, 500), st.floats(0, 500), st.floats(0, 1), st.integers(3, 10), st.integers(20, 30))
def test_a_correction_that_goes_on_never_changed(low: float, raw: float, share: float, days: int, before: int):
    same = {"low": low, "raw_low": raw, "zero_share": share, "null_share": share, "same_share": share}
    assert set(changed(usual=same, days=days, before=before).values()) == {0}


@pytest.mark.parametrize(
    ("recent", "figure"),
    [
        ({"low": 5.0}, CorrectionFigure.LOW),
        ({"low": 15.0}, CorrectionFigure.LOW),
        ({"zero_share": 0.05}, CorrectionFigure.ZEROS),
        ({"null_share": 0.06}, CorrectionFigure.NULLS),
        ({"same_share": 1.0}, CorrectionFigure.SAME),
    ],
)
def test_each_figure_sees_its_change_and_no_other_one(recent, figure):
    assert {name for name, said in changed(recent=recent).items() if said} == {figure}


def test_both_columns_fall_together_in_clean_air():
    assert set(changed(recent={"low": 3.0, "raw_low": 1.0}).values()) == {0}


def test_a_quantile_that_moves_by_its_rounding_is_no_change():
    clean = {"low": 1.0, "raw_low": 1.0}
    assert changed(usual=clean, recent={"low": 3.0})[CorrectionFigure.LOW] == 0
    assert changed(usual=clean, recent={"low": 3.0}, rounding=0.1)[CorrectionFigure.LOW] == 1
    assert changed(usual=clean, recent={"low": 4.0})[CorrectionFigure.LOW] == 1


def test_a_week_of_dust_is_no_new_correction_and_six_days_of_ten_are():
    def days_of(many):
        rows = [{"feed": "f", "start": DAY, "day": DAY - timedelta(days=age)} | USUAL for age in range(BACK_DAYS)]
        for row in rows[:many]:
            row["low"] = 4.0
        frame = pl.DataFrame(rows).with_columns(raw_zero_share=0.01, raw_null_share=0.0, rounding=1.0)
        found = changes(frame, ("feed",), "start").filter(figure=CorrectionFigure.LOW)
        return found["changed"].item(), found["since"].item()

    assert days_of(4) == (0, None)
    assert days_of(6) == (1, DAY - timedelta(days=5))


def test_the_day_since_which_it_is_another_one_stays_the_same_from_night_to_night():
    began = DAY - timedelta(days=60)
    gone = {began + timedelta(days=n) for n in range(30)} | {began - timedelta(days=20)}  # and a day long before
    told = dict[int, date]()
    for n in range(30):
        at = began + timedelta(days=n)
        seen = [
            {"feed": "f", "start": at, "day": day} | USUAL | {"null_share": 0.2 if day in gone else 0.02}
            for day in (at - timedelta(days=age) for age in range(BACK_DAYS))
        ]
        frame = pl.DataFrame(seen).with_columns(raw_zero_share=0.01, raw_null_share=0.0, rounding=1.0)
        row = changes(frame, ("feed",), "start").filter(figure=CorrectionFigure.NULLS).row(0, named=True)
        if row["changed"]:
            told[n] = row["since"]
    assert set(told.values()) == {began}
    assert list(told) == list(range(4, 25))


@pytest.mark.parametrize(
    ("recent", "usual"),
    [
        ({"raw_null_share": 1.0, "raw_low": None, "raw_zero_share": None, "same_share": None}, {}),
        ({"raw_null_share": 0.0}, {"raw_null_share": 0.5}),  # it is there again
        ({"raw_null_share": 0.1}, {}),
        ({"raw_null_share": 0.6, "raw_low": 1.0, "same_share": 0.9}, {}),  # what is left of it is of few sensors
        ({"raw_zero_share": 1.0, "raw_low": 0.0}, {}),  # missing is written as 0
        ({"raw_zero_share": 0.2}, {}),
        ({"raw_zero_share": 0.01, "raw_low": 5.0}, {"raw_zero_share": 1.0, "raw_low": 0.0}),
    ],
)
@pytest.mark.parametrize("days", [1, 2, 10])
def test_a_raw_column_that_is_not_delivered_is_no_other_correction(recent, usual, days):
    assert 1 not in changed(recent=recent, usual=usual, days=days).values()


def test_a_correction_that_gives_nothing_is_seen_while_the_raw_column_loses_readings_too():
    assert changed(recent={"null_share": 0.5, "raw_null_share": 0.1})[CorrectionFigure.NULLS] == 1
    assert changed(recent={"null_share": 0.99, "raw_null_share": 0.3}, days=1)[CorrectionFigure.NULLS] == 1


def test_both_columns_miss_the_same_readings():
    assert set(changed(recent={"null_share": 0.6, "raw_null_share": 0.58}).values()) == {0}


@pytest.mark.parametrize("recent", [{"null_share": 0.99}, {"same_share": 1.0}, {"zero_share": 0.5}])
def test_a_correction_that_is_gone_is_seen_on_its_first_day(recent):
    (figure,) = (name.removesuffix("_share") for name in recent)
    found = judged(recent=recent, days=1)
    row = found[next(one for one in CorrectionFigure if one.startswith(figure))]
    assert (row["changed"], row["since"]) == (1, DAY)


def test_with_fewer_than_twenty_days_before_nothing_is_said():
    assert set(changed(recent={"null_share": 0.99}, before=19).values()) == {None}


def test_what_goes_below_zero_is_not_judged_by_its_low_quantile():
    assert CorrectionFigure.LOW not in judged(usual={"low": -5.0})
