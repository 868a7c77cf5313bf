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


MART_DAYS: Mapping[str, Callable[[Contract, date], Day]] = {
    f.__name__: f
    for f in (stops_within_reach, night_presence, people_area_month, residents_change_quarter, sensor_passages_day)
}
