"""Values whose network is off its witness: said beside those that stand, the reason of those that do not."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.metrics.entry import PeriodRule
from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.evaluate.trace import trace
from assets.metrics.evaluate.witnessed import VERDICTS
from assets.metrics.measured import MEASURED, OFF_WITNESS, stands
from assets.metrics.reasons import SENTENCES, in_language
from assets.metrics.values import to_values
from tests.unit.assets.metrics.observing import DAY, entry, hours, observed, only, setting
from tests.worlds.packs import seoul

OFF = {"code": "off_witness_below", "gaps": ["27 %", "2020-07-22"]}
AT = {"s1": "d1", "s2": "d2"}
ROWS = observed(hours("s1", [10.0] * 24) + hours("s2", [20.0] * 24), places=AT)


def verdicts(*rows):
    """VERDICTS of areas on DAY: area, whether they block, what is said."""
    return pl.DataFrame([(area, DAY, *of) for area, *of in rows], schema=VERDICTS, orient="row")


def measured(entries, said, rows=ROWS):
    sources = {name: [rows] for name, one in entries.items() if one.observes}
    each = {name: one if isinstance(one, tuple) else (one,) for name, one in said.items()}
    return evaluate_metrics(list(entries), entries, sources, [DAY], setting(), each)


def told(rows, area, metric="m"):
    row = only(rows, metric, area)
    shown = rows.filter(stands(), metric=metric, area=area)
    return (None if shown.is_empty() else shown["value"].item()), row["why"], row["remark"]


def test_a_warning_is_said_of_values_that_stand():
    rows = measured({"m": entry()}, {"m": verdicts(("c", False, OFF))})
    assert told(rows, "c") == (15.0, None, OFF)
    assert told(rows, "d1") == (10.0, None, OFF)  # of a district that could not be judged the city's


def test_a_block_is_the_reason_for_which_there_is_no_value():
    rows = measured({"m": entry()}, {"m": verdicts(("c", True, OFF))})
    assert told(rows, "c") == (None, OFF, None)
    assert told(rows, "d2") == (None, OFF, None)


def test_an_area_that_is_judged_has_its_own_verdict():
    rows = measured({"m": entry()}, {"m": verdicts(("c", True, OFF), ("d1", False, None), ("d2", False, OFF))})
    assert told(rows, "c") == (None, OFF, None)
    assert told(rows, "d1") == (10.0, None, None)
    assert told(rows, "d2") == (20.0, None, OFF)


def test_without_a_verdict_nothing_is_said():
    elsewhere = verdicts(("c", True, OFF)).with_columns(day=pl.col("day") - timedelta(days=1))
    for said in ({}, {"m": verdicts()}, {"m": elsewhere}, {"other": verdicts(("c", True, OFF))}):
        assert told(measured({"m": entry()}, said), "c") == (15.0, None, None)


def test_what_lacks_data_says_so_and_no_verdict():
    few = observed(hours("s1", [10.0] * 3), places=AT)
    why = only(measured({"m": entry()}, {"m": verdicts(("c", True, OFF))}, few), "m", "c")["why"]
    assert why is None or why["code"] != OFF["code"]
    impossible = measured({"m": entry(possible=[0, 5])}, {"m": verdicts(("c", True, OFF))})
    assert only(impossible, "m", "c")["why"]["code"] == "impossible"


def test_what_is_made_of_such_values_says_it_too():
    entries = {
        "m": entry(),
        "twice": entry(derived={"expression": "m * 2"}),
        "people": entry(derived={"weighted_mean": {"of": "m", "by": "residents"}}, levels=["city"]),
    }
    rows = measured(entries, {"m": verdicts(("c", False, OFF))})
    assert told(rows, "c", "twice") == (30.0, None, OFF)
    assert told(rows, "c", "people") == (17.5, None, OFF)
    blocked = measured(entries, {"m": verdicts(("c", True, OFF))})
    assert only(blocked, "twice", "c")["why"] == {"code": "other_metric_absent", "gaps": ["m"]}
    of_one = measured(entries, {"m": verdicts(("d2", False, OFF))})
    assert told(of_one, "c", "twice") == (30.0, None, None)
    assert told(of_one, "c", "people") == (17.5, None, OFF)


def test_that_a_network_is_off_goes_before_that_its_correction_is_another():
    other = {"code": "correction_changed", "gaps": ["pm25", "2020-05-19"]}
    changed = verdicts(("c", False, other))
    both = measured(
        {"m": entry()}, {"m": (changed, verdicts(("c", True, OFF), ("d1", False, None), ("d2", False, OFF)))}
    )
    assert told(both, "c") == (None, OFF, None)
    assert told(both, "d1") == (10.0, None, other)
    assert told(both, "d2") == (20.0, None, OFF)


def test_the_trace_ends_with_the_verdict():
    said = {"m": [verdicts(("c", True, OFF))]}
    last = trace("m", {"m": entry()}, {"m": [ROWS]}, [DAY], setting(), None, said)[-1]
    assert last.title == "held against the witness of its network, or its correction"
    assert only(last.rows, "m", "c")["why"] == OFF


# ---- months


def days(values):
    """Values of June 2020: a number; (number, said); or None: absent for another reason, or said: by the witness."""
    rows = []
    for number, one in enumerate(values):
        value, said = one if isinstance(one, tuple) else (one, None)
        code, gaps = (None, None) if said is None else (said["code"], said["gaps"])
        rows.append(("m", "c", "city", date(2020, 6, 1) + timedelta(days=number), value, code, gaps))
    columns = {"metric": pl.String, "area": pl.String, "area_level": pl.String, "day": pl.Date, "value": pl.Float64}
    return pl.DataFrame(rows, {**columns, "reason_code": pl.String, "reason_gaps": pl.List(pl.String)}, orient="row")


def month(values):
    return evaluate_periods(days(values), [Rollup("p", "m", "month", PeriodRule())], setting()).row(0, named=True)


def since(number):
    return {"code": "off_witness_below", "gaps": [f"{number} %", "2020-06-25"]}


def test_a_month_says_what_was_said_last_of_its_days():
    row = month([10.0] * 25 + [(10.0, since(16)), (10.0, since(17))] + [10.0] * 3)
    assert (row["value"], row["why"], row["remark"]) == (10.0, None, since(17))
    assert month([10.0] * 30)["remark"] is None


def test_a_month_that_lacks_blocked_days_alone_is_absent_for_them():
    row = month([10.0] * 20 + [(None, since(30))] * 10)
    assert (row["n"], row["why"]) == (20, since(30))
    enough = month([10.0] * 25 + [(None, since(30))] * 5)
    assert (enough["why"], enough["remark"]) == (None, since(30))
    # with the blocked days it would lack days, too
    assert month([10.0] * 5 + [None] * 15 + [(None, since(30))] * 10)["why"] is None
    other = {"code": "too_few_places", "gaps": ["1", "9", "sensors", "50"]}
    assert month([10.0] * 20 + [(None, other)] * 10)["why"] is None


# ---- values


def value(**said):
    row = dict.fromkeys(MEASURED) | {"metric": "sensor_pm25_mean", "area": "11", "area_level": "city"}
    row |= {"day": DAY, "value": 8.0, "n": 9, "expected": 10.0, "covered": 9.0, "counted": "sensors", "needs": 0.5}
    return to_values(pl.DataFrame([row | said], schema=MEASURED), seoul()).row(0, named=True)


def test_a_value_with_a_remark_is_a_proxy_with_a_reason():
    row = value(remark=OFF)
    assert (row["status"], row["value"], row["reason_code"]) == ("proxy", 8.0, "off_witness_below")
    assert row["reason"] == "reads 27 % below the reference network since 2020-07-22"
    assert value(metric="pm25_mean", remark=OFF)["status"] == "proxy"  # also where the metric is none
    assert value(metric="pm25_mean")["status"] == "ok"
    absent = value(why=OFF)
    assert (absent["status"], absent["value"], absent["reason"]) == ("absent", None, row["reason"])
    assert value(remark=OFF, covered=2.0)["reason_code"] == "too_few_places"  # what lacks data is absent for that


@pytest.mark.parametrize("code", OFF_WITNESS)
@pytest.mark.parametrize("language", SENTENCES.languages())
def test_each_language_says_how_much_and_since_when(code, language):
    said = in_language(language, code, ["27 %", "2020-07-22"])
    assert "27 %" in said
    assert "2020-07-22" in said
