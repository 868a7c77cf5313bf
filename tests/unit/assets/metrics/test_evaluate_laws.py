"""Laws of the evaluator, whatever the readings are."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.metrics.measured import completeness, stands
from assets.metrics.observed import Unplaced
from tests.unit.assets.metrics.observing import DAY, entry, hours, measured, observed

BEFORE = DAY - timedelta(days=1)
AREA_OF = {"a": "d1", "b": "d1", "x": "d2", "z": "n1"}
ROLLING = [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}]
SUMS = {"as": "sum", "counts": "stations", "expects": "register", "needs": 1.0}
ENTRIES = {
    "mean": entry(),
    "most": entry(over_time=[{"to": "day", "as": "max", "needs": 0.5}]),
    "morning": entry(where="EXTRACT(hour FROM time) < 12", over_space=SUMS, per="resident"),
    "windows": entry(over_time=ROLLING),
    "hourly": entry(hourly=True, over_time=[]),
    "noise": entry(over_time=[{"to": "day", "as": "energy_mean"}], over_space={"as": "energy_mean"}),
    "twice": entry(derived={"expression": "mean + most"}),
    "of_people": entry(derived={"weighted_mean": {"of": "mean", "by": "residents"}}, levels=["city"]),
}
# every way of expecting something, with a place that no register has
EXPECTING = {
    **ENTRIES,
    **{
        f"{kind}_{as_}": entry(over_space={"as": as_, "counts": "stations", "expects": kind, "needs": 0.5})
        for kind in ("register", "usual", 1)
        for as_ in ("mean", "sum")
    },
    "share": entry(over_space={"as": "reporting", "counts": "stations", "expects": "register", "needs": 0.5}),
    "of_others": entry(derived={"ratio": ["of_people", "1_mean"]}),
}
LAW = settings(deadline=None, max_examples=4)
readings = st.lists(st.none() | st.floats(0, 150, width=32), min_size=30, max_size=48)
stations = st.dictionaries(st.sampled_from(sorted(AREA_OF)), readings, min_size=1)


def source(values, order=None):
    rows = [row for place, found in values.items() for row in hours(place, found, BEFORE)]
    rows = rows if order is None else order.sample(rows, len(rows))
    return observed(pl.DataFrame(rows, schema_overrides={"pm25": pl.Float64}), places=AREA_OF)


def figures(values, wanted=None, days=(BEFORE, DAY), order=None):
    rows = source(values, order) if isinstance(values, dict) else values
    every = {name: [rows] for name, one in ENTRIES.items() if one.derived is None}
    return measured(ENTRIES, every, wanted, days)


@LAW
@given(stations, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values, order):
    in_order, shuffled = figures(values), figures(values, order=order)
    about = pl.col("value").round_sig_figs(10)  # the twelfth digit may fall on either side
    assert in_order.with_columns(about).equals(shuffled.with_columns(about))


@LAW
@given(stations)
def test_metrics_made_together_are_those_made_alone_and_so_are_days(values):
    together = figures(values)
    alone = pl.concat([figures(values, [name]) for name in sorted(ENTRIES)])
    by_day = pl.concat([figures(values, days=[day]) for day in (BEFORE, DAY)])
    about, key = pl.col("value").round_sig_figs(10), ["metric", "area", "day", "hour"]
    assert together.with_columns(about).equals(alone.with_columns(about))
    assert together.with_columns(about).sort(key).equals(by_day.with_columns(about).sort(key))


@LAW
@given(stations)
def test_a_place_is_the_same_whether_it_is_joined_with_its_register_before_or_after(values):
    rows = source(values)
    bare = rows.rows.drop("kind", "_area", "_registered")
    places = rows.rows.select("place", "kind", "_area", "_registered").unique()
    later = replace(rows, unplaced=Unplaced(bare, lambda found: found.join(places, on="place", how="left")))
    about = pl.col("value").round_sig_figs(10)
    assert figures(rows).with_columns(about).equals(figures(later).with_columns(about))


@LAW
@given(stations)
def test_a_place_that_has_no_value_makes_figures_less_complete_and_changes_none(values):
    rows, silent = source(values), observed(hours("silent", [None] * 48, BEFORE), places={"silent": "d2"})
    register = pl.concat([rows.expected, silent.expected]).group_by("day", "kind", "_area").agg(pl.col("places").sum())
    with_silent = replace(rows, rows=pl.concat([rows.rows, silent.rows], how="diagonal_relaxed"), expected=register)
    names = ["mean", "most", "windows"]
    key = ["metric", "area", "day"]
    pairs = figures(rows, names).join(figures(with_silent, names), on=key, suffix="_more", how="inner")
    of_people = pairs.filter(pl.col("value").is_not_null())
    assert of_people.filter((pl.col("value") / pl.col("value_more") - 1).abs() > 1e-9).is_empty()
    assert pairs.filter(pl.col("n") != pl.col("n_more")).is_empty()
    grown = pl.when(pl.col("area") == "d1").then(0).when(pl.col("area") == "n1").then(0).otherwise(1)
    assert pairs.filter(pl.col("expected") + grown != pl.col("expected_more")).is_empty()


@LAW
@given(stations)
def test_no_figure_is_shown_below_its_rule_and_every_missing_one_can_be_explained(values):
    found = figures(values)
    shown = found.filter(stands())
    assert shown.filter(completeness() < pl.col("needs")).is_empty()
    assert shown.filter(pl.col("n") == 0).is_empty()
    hidden = found.filter(~stands() & pl.col("why").is_null())
    assert hidden.filter(completeness() >= pl.col("needs")).is_empty()
    at_place = found.filter(metric="mean", area_level="city").with_columns(pl.col("why").struct.field("code"))
    for place, readings_of in values.items():
        enough = sum(v is not None for v in readings_of[:24]) >= 18
        alone = figures({place: readings_of}, ["mean"], [BEFORE]).filter(area="c")
        assert (alone["n"].item() == 1) is enough
    assert at_place["n"].max() <= len(values)


@LAW
@given(stations, st.sets(st.sampled_from(sorted(AREA_OF))))
def test_there_are_never_more_than_are_expected_and_both_are_of_one_thing(values, unlisted):
    """25 (districts) stood beside an expected 9,386,034 (people), 88 stations beside 1, and 1,490 beside a register of
    1,413."""
    rows = source(values)
    listed = pl.col("_registered") & ~pl.col("place").is_in(sorted(unlisted))
    rows = replace(rows, rows=rows.rows.with_columns(_registered=listed))
    every = {name: [rows] for name, one in EXPECTING.items() if one.derived is None}
    found = measured(EXPECTING, every, None, (BEFORE, DAY)).filter(pl.col("expected").is_not_null())
    assert found.height
    assert found.filter(pl.col("n") > pl.col("expected")).is_empty()
    assert found.filter((pl.col("n") - pl.col("covered")).abs() >= 1).is_empty()
