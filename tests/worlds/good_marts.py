"""A good day of marts that metrics observe: the city and its districts, all alike. Those of feeds: good_days.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from quality.contract.model import Contract
from tests.worlds.good_days import DISTRICTS, Day, frame


def _areas(contract: Contract, day: date, **values: Any) -> Day:
    areas = [("11", "city"), *((code, "district") for code in DISTRICTS)]
    return frame(contract, [{"day": day, "area": area, "area_level": level, **values} for area, level in areas])


def stops_within_reach(contract: Contract, day: date) -> Day:
    return _areas(contract, day, land_near=60.0, land_near_at_night=20.0, residents=1e4, residents_near=6e3)


def night_presence(contract: Contract, day: date) -> Day:
    of_people = {"people": 3e5, "residents": 2.8e5, "beyond": 2e4, "unserved": 5e3}
    return _areas(contract, day, **of_people, hours=3, hours_expected=3)


def people_area_month(contract: Contract, day: date) -> Day:
    people = dict.fromkeys(("working_days", "other_days", "by_day", "by_night"), 3e5)
    return _areas(contract, day, **{f"people_{when}": n for when, n in people.items()}, days=30, days_expected=31)


def residents_change_quarter(contract: Contract, day: date) -> Day:
    return _areas(contract, day, residents=4e5, residents_before=5e5, mapped=1.0, change=-20.0)


def sensor_passages_day(contract: Contract, day: date) -> Day:
    passed = {"passages": 900, "base": 1_000.0, "of_base": 90.0}
    return frame(contract, [{"day": day, "place": f"s{i}", "area": DISTRICTS[i], **passed} for i in range(20)])


def correction_day(contract: Contract, day: date) -> Day:
    ends = {"low": 9.0, "raw_low": 5.0, "rounding": 1.0, "same_share": 0.05}
    shares = dict.fromkeys(("zero_share", "raw_zero_share", "null_share", "raw_null_share"), 0.01)
    row = {"day": day, "feed": "sdot_env", "raw": "raw", "rows": 850, **ends, **shares}
    return frame(contract, [row | {"quantity": f"q{i}"} for i in range(20)])


def correction_change(contract: Contract, day: date) -> Day:
    medians = {"recent": 0.5, "before": 0.5, "change": 0.0, "days": 10, "days_before": 30, "changed": 0}
    row = {"day": day, "feed": "sdot_env", "quantity": "pm25", "since": None, **medians}
    return frame(contract, [row | {"figure": f"f{i}"} for i in range(20)])


def correction_basis(contract: Contract, day: date) -> Day:
    medians = {"own": 12.0, "places": 850, "witness": 18.0, "witness_places": 25}
    row = {"day": day, "network": "low_cost", "witness_network": "reference", **medians}
    return frame(contract, [row | {"quantity": f"q{i}"} for i in range(20)])


def corrected_day(contract: Contract, day: date) -> Day:
    line = {"slope": 0.8, "intercept": 4.0, "fitted_days": 30, "fitted_since": day, "fitted_until": day}
    by = {"by": "linear", "correction": "linear 1", "corrected_from": "pm25_raw"}
    values = {"uncorrected": 10.0, "corrected": 12.0, "readings": 24, "readings_expected": 24}
    row = {"day": day, "network": "low_cost", "quantity": "pm25", "feed": "sdot_env", **by, **values, **line}
    return frame(contract, [row | {"place": f"s{i}", "area": DISTRICTS[i]} for i in range(20)])


def place_day(contract: Contract, day: date) -> Day:
    of_place = {"network": "low_cost", "quantity": "pm25", "feed": "sdot_env", "readings": 24, "value": 12.0}
    runs = {"first_run": 1, "last_run": 2, "longest_run": 3, "spikes": 0, "longest_gap_hours": 1.0}
    beside = {"neighbours": 8, "around": 11.0, "log_ratio": 0.08, "difference": 1.0}
    rows = [{"day": day, "place": f"s{i}", "area": DISTRICTS[i], **of_place, **runs, **beside} for i in range(20)]
    return frame(contract, rows)


def network_day(contract: Contract, day: date) -> Day:
    of_area = {"network": "low_cost", "quantity": "pm25", "area_level": "district", "value": 12.0, "unit": "ug/m3"}
    return frame(contract, [{"day": day, "area": area, **of_area, "places": 30} for area in DISTRICTS[:20]])


def network_agreement(contract: Contract, day: date) -> Day:
    networks = {"network": "low_cost", "witness": "reference", "quantity": "pm25", "area_level": "district"}
    on_the_day = {"own": 12.0, "other": 15.0, "unit": "ug/m3", "places": 30, "witness_places": 9, "day_ratio": 0.8125}
    of_window = {"day_difference": -3.0, "ratio": 0.9, "slope": 1.0, "ks": 0.1, "days": 30, "stand": "good"}
    rows = [{"day": day, "area": area, **networks, **on_the_day, **of_window} for area in DISTRICTS[:20]]
    return frame(contract, rows)


MART_DAYS: Mapping[str, Callable[[Contract, date], Day]] = {
    f.__name__: f
    for f in (
        stops_within_reach,
        night_presence,
        people_area_month,
        residents_change_quarter,
        sensor_passages_day,
        correction_day,
        correction_change,
        correction_basis,
        corrected_day,
        place_day,
        network_day,
        network_agreement,
    )
}
