"""Metrics that are made of other metrics, with golden values worked out by hand."""

import polars as pl
import pytest

from tests.unit.assets.metrics.observing import DAY, entry, hours, measured, midnight, observed, only

TIME = midnight()
PLACES = {"a": "d1", "b": "d2"}


def derived(**said):
    levels = said.pop("levels", ["city", "district"])
    return entry(derived=said, levels=levels)


def one_each(**columns):
    """A station in each district, with one value of each column."""
    return observed(
        [
            {"place": place, "time": TIME, **{name: values[at] for name, values in columns.items()}}
            for at, place in enumerate(PLACES)
        ],
        "day",
        places=PLACES,
    )


def test_the_level_of_day_evening_and_night():
    # 10 lg((12 * 10^6 + 4 * 10^6.3 + 8 * 10^6.2) / 24) = 61.34
    def part(where):
        return entry(
            observes="noise_level",
            value="laeq",
            where=where,
            over_time=[{"to": "day", "as": "energy_mean"}],
            over_space={"as": "energy_mean", "counts": "sensors"},
        )

    hour = "EXTRACT(hour FROM time)"
    lden = "10*LOG10((12*POWER(10, ld/10) + 4*POWER(10, (le+5)/10) + 8*POWER(10, (ln+10)/10))/24)"
    entries = {
        "ld": part(f"{hour} BETWEEN 7 AND 18"),
        "le": part(f"{hour} BETWEEN 19 AND 22"),
        "ln": part(f"{hour} >= 23 OR {hour} < 7"),
        "m": derived(expression=lden),
    }
    levels = [52] * 7 + [60] * 12 + [58] * 4 + [52]
    found = measured(entries, observed(hours("a", levels, column="laeq"), places={"a": "d1"}), ["m"])
    assert found["metric"].unique().to_list() == ["m"]
    assert only(found)["value"] == pytest.approx(61.34, abs=0.005)
    assert (only(found)["n"], only(found)["expected"], only(found)["counted"]) == (1, 1, "sensors")
    no_evening = [52] * 7 + [60] * 12 + [None] * 4 + [52]
    silent = observed(hours("a", no_evening, column="laeq"), places={"a": "d1"})
    assert only(measured(entries, silent, ["m"]))["why"] == {"code": "other_metric_absent", "gaps": ["le"]}


def test_ratio_and_difference():
    source = one_each(x=[6, 0], y=[4, 0])
    entries = {
        "x": entry(value="x", over_space={"as": "sum"}),
        "y": entry(value="y", over_space={"as": "sum"}),
        "r": derived(ratio=["x", "y"]),
        "d": derived(difference=["x", "y"]),
    }
    found = measured(entries, source, ["r", "d"])
    assert (only(found, "r")["value"], only(found, "d")["value"]) == (1.5, 2.0)
    nothing = only(found, "r", "d2")  # nothing by nothing
    assert (nothing["value"], nothing["why"]) == (None, {"code": "nothing_to_divide", "gaps": ["y"]})


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("100 * x / y", {"code": "nothing_to_divide", "gaps": ["y"]}),  # of night_transport_gap_share
        ("x / (x + y)", {"code": "nothing_to_divide", "gaps": ["x, y"]}),
        ("LN(x)", {"code": "not_defined", "gaps": []}),
        ("SQRT(y - 1) / z", {"code": "not_defined", "gaps": []}),
    ],
)
def test_a_division_by_nothing_says_what_is_nothing(expression: str, why: dict[str, object]):
    sums = {name: entry(value=name, over_space={"as": "sum"}) for name in ("x", "y")}
    entries = {**sums, "z": derived(expression="y + 1"), "m": derived(expression=expression)}
    found = only(measured(entries, one_each(x=[0, 0], y=[0, 0]), ["m"]))
    assert (found["value"], found["why"]) == (None, why)


def test_why_nothing_can_be_there_is_said_of_what_is_made_of_it_too():
    """On a first night the platform said: 0 of 55 feeds are valid (needs 1 %)."""
    entries = {
        "night": entry(value="x", over_space={"as": "sum"}, of_night=True),
        "cost": entry(value="y", over_space={"as": "sum"}, declared=["cost_a", "cost_b"]),
        "of_both": derived(expression="100 * cost / night"),
        "of_night": derived(ratio=["night", "night"]),
    }
    nothing = measured(entries, one_each(x=[None, None], y=[None, None]), list(entries))
    said = {name: only(nothing, name)["why"]["code"] for name in entries}
    assert said == dict.fromkeys(("cost", "of_both"), "not_declared") | dict.fromkeys(
        ("night", "of_night"), "no_night_yet"
    )
    assert only(nothing, "cost")["why"]["gaps"] == ["cost_a, cost_b"]
    there = measured(entries, one_each(x=[0, 0], y=[3, 3]), ["night", "cost"])
    assert [only(there, name)["why"] for name in ("night", "cost")] == [None, None]


def test_a_mean_weighted_by_residents_is_complete_as_far_as_people_live_where_it_is_valid():
    entries = {"pm": entry(), "m": derived(weighted_mean={"of": "pm", "by": "residents"}, levels=["city"])}
    # 100 people at 10 and 300 at 20: 17.5, and not 15
    found = only(measured(entries, one_each(pm25=[10, 20]), ["m"]))
    assert (found["value"], found["n"], found["expected"], found["covered"], found["counted"]) == (
        17.5,
        400,
        400,
        400,
        "people",
    )
    west = only(measured(entries, one_each(pm25=[None, 20]), ["m"]))
    assert (west["value"], west["covered"], west["needs"]) == (20.0, 300, 0.75)


def test_a_mean_weighted_by_a_metric_expects_the_residents_of_areas_that_have_none():
    entries = {
        "pm": entry(),
        "people": entry(observes="people_present", value="people", over_space={"as": "sum"}),
        "m": derived(weighted_mean={"of": "pm", "by": "people"}, levels=["city"]),
    }
    found = only(measured(entries, one_each(pm25=[10, 20], people=[300, None]), ["m"]))
    # d2 does not say how many people are there: its 300 residents are expected, and 300 of 600 are covered
    assert (found["value"], found["n"], found["expected"], found["covered"]) == (10.0, 300, 600, 300)
    nobody = measured(entries, {"pm": [one_each(pm25=[1, 2])]}, ["m"])
    assert nobody.is_empty()  # no feed of people at all: publication says which


def test_an_index_needs_what_its_standard_says_and_carries_the_edition():
    def index(name, rows, day, *, hourly):
        assert not hourly
        assert name == "kr.cai"
        assert {row: unit for row, (_, unit) in rows.items()} == {"pm25_24h": "ug/m3", "so2_1h": "ppm"}
        value = pl.max_horizontal(*(value for value, _ in rows.values()))
        needed = pl.when(rows["pm25_24h"][0].is_not_null()).then(value)
        return pl.struct(value=needed, edition=pl.when(day >= DAY).then(pl.lit("kr.cai_2018")))

    entries = {
        "pm": entry(),
        "so": entry(value="so2", unit="ppm"),
        "m": derived(index={"standard": "kr.cai", "of": {"pm25_24h": "pm", "so2_1h": "so"}}),
    }
    found = measured(entries, one_each(pm25=[10, None], so2=[None, 3]), ["m"], index=index)
    there, absent = only(found, area="d1"), only(found, area="d2")
    assert (there["value"], there["standard"], there["n"], there["expected"]) == (10.0, "kr.cai_2018", 1, 1)
    assert (absent["value"], absent["why"]) == (None, {"code": "other_metric_absent", "gaps": ["pm"]})
    assert (absent["n"], absent["expected"]) == (0, 1)
    none = {"value": pl.lit(None, pl.Float64), "edition": pl.lit(None, pl.String)}
    found = measured(entries, one_each(pm25=[10, 10], so2=[3, 3]), ["m"], index=lambda *_, hourly: pl.struct(**none))
    assert only(found, area="d1")["why"] == {"code": "no_limit", "gaps": ["kr.cai"]}


def test_a_part_that_cannot_be_is_none():
    entries = {
        "pm": entry(possible=[0, 1000]),
        "twice": derived(expression="pm * 2"),
        "m": derived(weighted_mean={"of": "pm", "by": "residents", "needs": 0.2}, levels=["city"]),
        "hot": entry(possible=[0, 1000], in_months=[1]),
    }
    found = measured(entries, one_each(pm25=[10, 2000]))
    impossible = {"code": "impossible", "gaps": ["2000.0", "0.0", "1000.0"]}
    assert (only(found, "pm", "d2")["value"], only(found, "pm", "d2")["why"]) == (2000.0, impossible)
    assert only(found, "pm", "d1")["why"] is None
    assert only(found, "twice", "d2")["why"] == {"code": "other_metric_absent", "gaps": ["pm"]}
    # 100 of 400 residents live where the value can be
    assert (only(found)["value"], only(found)["covered"]) == (10.0, 100)
    assert only(found, "hot", "d2")["why"]["code"] == "out_of_season"  # the first reason stays


def test_derived_metrics_of_derived_ones_and_none_of_itself():
    entries = {
        "x": entry(value="x"),
        "twice": derived(expression="x * 2"),
        "m": derived(difference=["twice", "x"]),
    }
    assert only(measured(entries, one_each(x=[3, 3]), ["m"]))["value"] == 3.0
    with pytest.raises(ValueError, match="made of itself: a > b > a"):
        measured({"a": derived(expression="b + 1"), "b": derived(expression="a + 1")}, {}, ["a"])
