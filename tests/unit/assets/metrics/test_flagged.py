"""Places that the watch flags: out of the value and its n, still expected. A metric looks at its own quantity."""

from datetime import timedelta

import polars as pl
import pytest
from pydantic import ValidationError

from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.metrics.evaluate.flagged import FLAGGED, PlaceFlags
from assets.metrics.evaluate.trace import trace
from tests.unit.assets.metrics.observing import DAY, entry, hours, midnight, observed, only, setting

AT = {"s1": "d1", "s2": "d1", "s3": "d2"}
ROWS = observed(hours("s1", [10.0] * 24) + hours("s2", [40.0] * 24) + hours("s3", [20.0] * 24), places=AT)


def flags(*places, counts=False, otherwise=True, network="f", day=DAY):
    """Flags of a network whose feed says none: its name."""
    rows = [(network, place, day, counts) for place in places]
    return PlaceFlags(pl.DataFrame(rows, schema=FLAGGED, orient="row"), otherwise)


def measured(said, rows=ROWS, **of_entry):
    return evaluate_metrics(["m"], {"m": entry(**of_entry)}, {"m": [rows]}, [DAY], setting(), {}, said)


def told(rows, area="c"):
    row = only(rows, "m", area)
    return row["value"], row["n"], row["expected"]


def network_of(rows):
    return rows.network or rows.feed


def test_a_flagged_place_is_out_of_the_value_and_n_and_stays_expected():
    name = network_of(ROWS)
    assert told(measured({})) == (pytest.approx(70 / 3), 3, 3.0)
    rows = measured({"m": flags("s2", network=name)})
    assert told(rows) == (15.0, 2, 3.0)
    assert told(rows, "d1") == (10.0, 1, 2.0)
    assert told(rows, "d2") == (20.0, 1, 1.0)


def test_of_another_day_network_or_metric_nothing_is_left_out():
    name = network_of(ROWS)
    for said in (
        {"m": flags("s2", network=name, day=DAY + timedelta(days=1))},
        {"m": flags("s2", network="another")},
        {"other": flags("s2", network=name)},
        {"m": flags("s2", network=name, counts=True)},
        {"m": flags(network=name)},
    ):
        assert told(measured(said)) == (pytest.approx(70 / 3), 3, 3.0)


def test_where_only_what_is_judged_good_counts_the_others_do_not():
    said = flags("s1", "s3", counts=True, otherwise=False, network=network_of(ROWS))
    assert told(measured({"m": said})) == (15.0, 2, 3.0)
    assert told(measured({"m": flags(otherwise=False)}))[1] == 0


def test_metrics_of_one_pass_have_their_own_flags():
    name = network_of(ROWS)
    entries = {"m": entry(), "all": entry(), "other": entry()}
    said = {"m": flags("s2", network=name), "other": flags("s1", network=name)}
    rows = evaluate_metrics(list(entries), entries, {key: [ROWS] for key in entries}, [DAY], setting(), {}, said)
    assert [only(rows, metric, "c")["value"] for metric in entries] == [15.0, pytest.approx(70 / 3), 30.0]


def test_the_way_of_a_value_says_so():
    said = {"m": flags("s2", network=network_of(ROWS))}
    steps = trace("m", {"m": entry()}, {"m": [ROWS]}, [DAY], setting(), None, {}, said)
    at_day = next(step for step in steps if "without places that are flagged" in step.title)
    assert dict(at_day.rows.select("place", "value").unique().rows()) == {"s1": 10.0, "s2": None, "s3": 20.0}


def test_flags_are_those_that_there_are():
    assert entry().flags is None
    assert entry(flags=[1, 2, 3, 4]).flags == (1, 2, 3, 4)
    for wrong in ([], [5], [0]):
        with pytest.raises(ValidationError):
            entry(flags=wrong)


def test_rows_of_days_that_have_no_steps_are_left_out_too():
    rows = [{"place": place, "time": midnight(), "pm25": value} for place, value in (("s1", 1.0), ("s2", 3.0))]
    days = observed(rows, interval="day", places=AT)
    said = {"m": flags("s2", network=network_of(days))}
    assert told(measured(said, days, over_time=[])) == (1.0, 1, 3.0)
    assert told(measured({}, days, over_time=[]))[1] == 2


def why(rows, area="c"):
    said = only(rows, "m", area)
    code, gaps = (said["why"] or {}).get("code"), (said["why"] or {}).get("gaps")
    return code, gaps


@pytest.mark.parametrize(
    "steps", [[{"to": "day", "as": "mean"}], [{"to": "hour", "as": "mean"}, {"to": "day", "as": "max"}]]
)
def test_all_places_flagged_is_said_and_not_that_too_few_reported(steps):
    rows = measured({"m": flags("s1", "s2", "s3", network=network_of(ROWS))}, over_time=steps)
    assert why(rows) == ("places_flagged", ["0", "3", "stations", "75", "3"])
    assert why(rows, "d1") == ("places_flagged", ["0", "2", "stations", "75", "2"])


def test_too_few_places_because_most_of_the_missing_are_flagged():
    some = {f"s{number}": "d1" for number in range(8)}
    rows = observed([one for place in list(some)[:6] for one in hours(place, [10.0] * 24)], places=some)
    name = network_of(rows)
    assert why(measured({}, rows)) == (None, None)  # 6 of 8 are enough
    assert why(measured({"m": flags("s0", network=name)}, rows)) == (
        "places_flagged",
        ["5", "8", "stations", "75", "1"],
    )
    assert why(measured({"m": flags("s6", network=name)}, rows)) == (None, None)  # it has no row


def test_where_others_are_the_cause_the_reason_is_theirs():
    some = {f"s{number}": "d1" for number in range(8)}
    rows = observed([one for place in list(some)[:3] for one in hours(place, [10.0] * 24)], places=some)
    assert why(measured({"m": flags("s0", network=network_of(rows))}, rows)) == (None, None)  # 5 of 8 are silent
    short = observed(
        [one for place in list(some)[:7] for one in hours(place, [10.0] * 24)[: 24 if place > "s2" else 9]], places=some
    )
    code, gaps = why(measured({"m": flags("s3", network=network_of(short))}, short))
    assert (code, gaps[4:6]) == ("too_few_hours_at_places", ["3", "7"])


def test_a_flagged_place_with_too_few_readings_lacks_readings():
    """The flag took no value away: without it there would be none either."""
    rows = observed(hours("s1", [10.0] * 3) + hours("s2", [40.0] * 3), places={"s1": "d1", "s2": "d1"})
    assert why(measured({"m": flags("s1", "s2", network=network_of(rows))}, rows))[0] == "too_few_hours_at_places"
