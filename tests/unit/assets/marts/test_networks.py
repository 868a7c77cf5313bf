"""What networks read by day, and what their witness says of them: which places count, and in which areas."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.mart import START
from assets.marts.network_agreement import TABLE as AGREEMENT
from assets.marts.network_agreement import network_agreement
from assets.marts.network_day import network_day
from assets.metrics.observed import Observed
from assets.watch.witness import BACK_DAYS
from quality.contract.interval import Interval
from tests.worlds.measuring_town import town

DAY = date(2024, 5, 1)
TOWN = town()


def read(name, rows):
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.lit(DAY).alias(START))
    return {name: (Observed(name, None, Interval.parse("day"), (), frame.lazy()),)}


def places(network, values, area="7012", kind=None, quantity="pm25"):
    said = {"network": network, "quantity": quantity, "area": area, "kind": kind}
    return [said | {"place": f"{network}{area}{kind}{n}", "value": value} for n, value in enumerate(values)]


def made(rows, flags=None):
    """The mart, of places that are good but for those with another flag."""
    said = [{"qc": (flags or {}).get(row["place"], 1), "day": DAY} | row for row in rows]
    return network_day(read("place_day", rows) | read("place_health", said), TOWN)


def days(*rows, flags=None):
    found = made([one for of in rows for one in of], flags)
    assert set(found["day"]) == {DAY}
    return {
        (row["network"], row["quantity"], row["area"]): (row["value"], row["places"])
        for row in found.iter_rows(named=True)
    }


def test_a_place_counts_for_each_area_that_it_lies_in_and_the_city():
    found = days(
        places("low_cost", [1.0, 2.0], "701101"), places("low_cost", [9.0], "7012"), places("low_cost", [5.0], None)
    )
    assert found == {
        ("low_cost", "pm25", "70"): (3.5, 4),  # also one that lies nowhere
        ("low_cost", "pm25", "7011"): (1.5, 2),
        ("low_cost", "pm25", "701101"): (1.5, 2),
        ("low_cost", "pm25", "7012"): (9.0, 1),
    }


def test_of_stations_with_kinds_the_urban_ones_stand_for_the_air():
    urban, road = places("reference", [10.0, 12.0], kind="urban"), places("reference", [30.0, 40.0], kind="roadside")
    assert days(urban, road)["reference", "pm25", "70"] == (11.0, 2)
    assert days(road)["reference", "pm25", "70"] == (35.0, 2)  # where there is no other, all count
    assert days(places("reference", [10.0, 30.0]))["reference", "pm25", "70"] == (20.0, 2)
    sensors = places("low_cost", [10.0], kind="urban") + places("low_cost", [30.0], kind="roadside")
    assert days(sensors)["low_cost", "pm25", "70"] == (20.0, 2)


def test_a_place_that_cannot_be_true_counts_nowhere_and_a_suspect_one_does():
    stations = places("reference", [10.0, 20.0, 90.0])
    assert days(stations)["reference", "pm25", "70"] == (20.0, 3)
    assert days(stations, flags={"reference7012None2": 3})["reference", "pm25", "70"] == (20.0, 3)
    assert days(stations, flags={"reference7012None2": 4})["reference", "pm25", "70"] == (15.0, 2)


def test_a_place_without_a_value_counts_nowhere():
    assert days(places("low_cost", [None, 4.0])) == {
        ("low_cost", "pm25", "70"): (4.0, 1),
        ("low_cost", "pm25", "7012"): (4.0, 1),
    }
    empty = made(places("low_cost", [None]) + places("low_cost", [1.0], None))
    assert empty.select("area", "unit").rows() == [("70", "ug/m3")]


def agreed(own, other, quantity="pm25", unit="ug/m3"):
    """The rows of DAY, of the city: days up to it, the last one on it."""
    said = {"quantity": quantity, "area": "70", "area_level": "city", "unit": unit, "places": 9}
    rows = [
        {**said, "network": network, "day": DAY - timedelta(days=len(values) - 1 - n), "value": value}
        for network, values in (("low_cost", own), ("reference", other))
        for n, value in enumerate(values)
    ]
    return network_agreement(read("network_day", rows), TOWN).row(0, named=True)


def test_the_mart_says_how_far_both_are_apart_and_since_when():
    other = [20.0, 30.0, 40.0] * 10
    row = agreed([21 * 0.6 - 1, 31 * 0.6 - 1, 41 * 0.6 - 1] * 10, other)
    assert (row["day"], row["network"], row["witness"], row["area"]) == (DAY, "low_cost", "reference", "70")
    assert (row["own"], row["other"]) == (pytest.approx(23.6), 40.0)
    assert (row["day_ratio"], row["ratio"]) == (pytest.approx(0.6), pytest.approx(0.6))
    assert row["day_difference"] == pytest.approx(-16.4)
    assert (row["stand"], row["cause"], row["off"]) == ("block", "below", pytest.approx(0.4))
    assert (row["days"], row["usual_ratio"], row["difference"], row["usual_difference"]) == (30, None, None, None)
    # from the 20th day on it could be judged
    assert row["since"] == DAY - timedelta(days=10)


def test_temperatures_are_compared_by_difference():
    row = agreed([21.0, 22.0] * 15, [20.0, 21.0] * 15, "temperature", "degC")
    assert (row["difference"], row["day_difference"], row["unit"], row["stand"]) == (1.0, 1.0, "degC", "good")
    assert (row["ratio"], row["day_ratio"]) == (None, None)


def test_it_looks_back_on_a_window_and_the_year_before():
    assert set(AGREEMENT.reads[0].back) == set(range(BACK_DAYS))
    assert BACK_DAYS == 365 + 30
