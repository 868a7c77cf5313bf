"""Which places a mart of health has: each network, quantity and day by itself, with its age by the register."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from assets.mart import START, mart_contract
from assets.marts import place_health as module
from assets.marts.place_health import TABLE, place_health
from assets.watch.health import READ, WINDOW_DAYS

CITY: Any = SimpleNamespace()
NEWEST = date(2026, 3, 31)
COUNTS = ("readings", "first_run", "last_run", "longest_run", "spikes", "neighbours")
TEXTS = ("network", "quantity", "place", "area")
TYPES: dict[str, Any] = {**dict.fromkeys(TEXTS, pl.String), **dict.fromkeys(COUNTS, pl.Int64)}
TYPES |= dict.fromkeys(("day", START), pl.Date)
SCHEMA = {name: TYPES.get(name, pl.Float64) for name in (START, "network", "quantity", *READ)}


def feed(frame: pl.DataFrame, network: str | None = None) -> Any:
    return SimpleNamespace(network=network, rows=frame.lazy())


def days(
    value: float, last: date = NEWEST, network: str = "low_cost", quantity: str = "pm25", place: str = "a"
) -> list[dict[str, Any]]:
    """30 days of one place, beside neighbours that read 20."""
    own = {START: last, "network": network, "quantity": quantity, "place": place, "area": "11010", "readings": 1}
    own |= {"neighbours": 8, "around": 20.0, "log_ratio": 0.0, "difference": value - 20, "spikes": 0}
    own |= {"first_run": 1, "last_run": 1, "longest_run": 1}
    return [
        own
        | {"day": last - timedelta(days=back), "value": value + back, "first_value": value + back, "last_value": 0.0}
        for back in range(WINDOW_DAYS)
    ]


def made(*places: Sequence[Mapping[str, Any]], registers: Sequence[Any] = ()) -> pl.DataFrame:
    frame = pl.DataFrame([row for rows in places for row in rows], schema=SCHEMA)
    return place_health({"place_day": (feed(frame),), "place": tuple(registers)}, CITY)


def register(network: str | None, *rows: tuple[str, date | None, date], start: date = NEWEST) -> Any:
    """place, valid_from, and the day from which the register holds."""
    listed = [{START: start, "place": place, "valid_from": since, "day": day} for place, since, day in rows]
    schema = {START: pl.Date, "place": pl.String, "valid_from": pl.Date, "day": pl.Date}
    return feed(pl.DataFrame(listed, schema=schema), network)


def test_each_network_quantity_and_day_is_by_itself():
    before = NEWEST - timedelta(days=1)
    found = made(
        days(20), days(20, before), days(20, network="reference"), days(20, quantity="pm10"), days(20, place="b")
    )
    keys = found.select("day", "network", "quantity", "place").sort(pl.all()).rows()
    low, high = (NEWEST, "low_cost"), (NEWEST, "reference")
    assert keys == [
        (before, "low_cost", "pm25", "a"),
        (*low, "pm10", "a"),
        (*low, "pm25", "a"),
        (*low, "pm25", "b"),
        (*high, "pm25", "a"),
    ]
    assert found["days"].to_list() == [30] * 5


def test_the_limits_are_those_of_the_quantity():
    off = [row | {"log_ratio": 1.0} for row in days(27)]  # 7 beside 20
    ten = [row | {"quantity": "pm10"} for row in off]
    assert dict(made(off, ten).select("quantity", "agrees").iter_rows()) == {"pm25": False, "pm10": True}
    nothing = [row | {"quantity": "of no model"} for row in off]
    assert made(nothing).is_empty()


def test_days_need_not_come_in_order():
    rows = days(20)
    assert made(rows).equals(made(rows[::-1]))


def test_age_is_by_the_newest_register_of_the_network():
    newest = register("low_cost", ("a", date(2026, 3, 1), date(2026, 1, 1)), ("a", date(2020, 1, 1), date(2020, 1, 1)))
    other = register("reference", ("a", date(2019, 1, 1), date(2026, 1, 1)))
    assert made(days(20), registers=[newest, other])["age_days"].to_list() == [30]
    assert made(days(20), registers=[other])["age_days"].to_list() == [None]
    assert made(days(20), registers=[register(None, ("a", date(2026, 3, 30), NEWEST))])["age_days"].to_list() == [1]
    later = register("low_cost", ("a", NEWEST + timedelta(days=1), NEWEST))
    assert made(days(20), registers=[later])["age_days"].to_list() == [None]
    assert made(days(20))["age_days"].to_list() == [None]


def test_nothing_comes_of_nothing():
    assert made().is_empty()
    assert place_health({"place_day": (), "place": ()}, CITY).is_empty()


def test_it_looks_back_on_as_many_days_as_the_window_has():
    (back,) = (read.back for read in TABLE.reads if read.model == "place_day")
    assert list(back) == list(range(WINDOW_DAYS))


def test_it_is_the_same_however_many_quantities_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    of_all = [days(20, quantity=quantity) for quantity in ("pm25", "pm10", "temperature", "laeq")]
    read = counted_reads(monkeypatch)
    together = made(*of_all)
    assert read() == 1
    monkeypatch.setattr(module, "DAYS_AT_ONCE", 2 * WINDOW_DAYS)
    assert made(*of_all).equals(together)
    assert read() == 2
    monkeypatch.setattr(module, "DAYS_AT_ONCE", 1)
    assert made(*of_all).equals(together)
    assert read() == 4


def counted_reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the days were read since it was last asked."""
    groups, whole = list[Sequence[str]](), module._of_quantities

    def counting(rows: pl.LazyFrame, quantities: Sequence[str]) -> Iterator[pl.DataFrame]:
        groups.append(quantities)
        return whole(rows, quantities)

    def counted() -> int:
        found = len(groups)
        groups.clear()
        return found

    monkeypatch.setattr(module, "_of_quantities", counting)
    return counted


def test_a_difference_has_the_unit_of_its_quantity():
    """It said 1, as a share does, and was read as one."""
    columns = {column.name: column.spec.unit for column in mart_contract("place_health").columns}
    assert columns["difference"] is None
    assert columns["log_ratio"] == "1"
