"""The days that can be expected of a delivery; rows of other days have a wrong year, a dead clock, or are not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

import polars as pl

from assets.context import RunContext
from assets.failures import PermanentFailure
from assets.ingest.deliveries import Delivery
from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.connector import Service
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from warehouse import landing

_BESIDE = timedelta(days=1)  # clocks differ, and the hour that ends a day may be written as 00:00 of the next


@dataclass(frozen=True)
class ExpectedDays:
    """From the first to the last day, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def expected_days(run: RunContext, contract: Contract, delivery: Delivery) -> ExpectedDays | None:
    """The days of which a delivery may have rows; None where that cannot be said: a register has no days.

    Of a file, and of a service that cannot be asked for a day, those of the city up to today. Of a service that was
    asked for a day, that day and as many before it as the contract has corrections for. Of one that tells what is
    now, today and yesterday. `ahead_days` more for forecasts and calendars, and always a day beside.
    """
    if contract.reference_since is not None:
        return None
    ahead, since = timedelta(days=contract.ahead_days) + _BESIDE, run.city.config.first_day
    if delivery.asked_at is None:
        return ExpectedDays(since, run.today + ahead)
    day = delivery.asked_day
    if day is None:
        now = _day_of_asking(run, contract, delivery)
        return None if now is None else ExpectedDays(now - _BESIDE, now + ahead)
    connector = contract.connector
    service = None if connector is None else connector.service(day)
    if service is None or not _asks_for_a_day(service):
        return ExpectedDays(since, max(day, run.today) + ahead)
    first, last = _asked_for(contract, service, day)
    return ExpectedDays(first, last + ahead)


def judged(
    run: RunContext, contract: Contract, parsed: ParsedDelivery
) -> tuple[ParsedDelivery, str | None] | PermanentFailure:
    """The delivery with the first and last day of its rows that can be expected, and a sentence about the others;
    a failure where it has no row of such a day, or none of the day that a service was asked for."""
    delivery, expected = parsed.delivery, expected_days(run, contract, parsed.delivery)
    inside = [day for day in parsed.days if expected is None or day in expected]
    if inside:
        parsed = replace(parsed, delivery=replace(delivery, day_min=min(inside), day_max=max(inside)))
    asked = delivery.asked_day
    if (asked is not None and not parsed.delivery.reaches(asked)) or not inside:
        return _of_other_days(contract, delivery, parsed.days if not inside else dict.fromkeys(inside, 1), expected)
    assert expected is not None or not parsed.outside
    return parsed, _sentence(contract, parsed, expected) if parsed.outside and expected is not None else None


def _asks_for_a_day(service: Service) -> bool:
    text = json.dumps(dict(service.ask), default=str)
    return any(name in text for name in ("{day", "{next_day", "{month_end", "{quarter"))


def _asked_for(contract: Contract, service: Service, day: date) -> tuple[date, date]:
    """The first and the last day that an answer may bring: those of a whole month or quarter where that is asked."""
    before = timedelta(days=max(contract.lookback_days, service.again_days)) + _BESIDE
    text = json.dumps(dict(service.ask), default=str)
    if "{month_end" in text or "{quarter" in text:
        months = 3 if "{quarter" in text else 1
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        after = first + timedelta(days=31 * months)
        return min(first, day - before), after.replace(day=1) - _BESIDE
    return day - before, day


def _day_of_asking(run: RunContext, contract: Contract, delivery: Delivery) -> date | None:
    """By our clock; in the simulated city, whose days are others, by the clock of its reply."""
    assert delivery.asked_at is not None
    if run.source != "simulated":
        return delivery.asked_at.astimezone(run.zone).date()
    path = landing.find(run.home, run.city.name, contract.name, delivery.sha256)
    headers = {} if path is None else json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    clocks = [_clock(text) for text in headers.values() if text.startswith("{")]
    return next((clock.astimezone(run.zone).date() for clock in clocks if clock is not None), None)


def _clock(headers: str) -> datetime | None:
    stamp = json.loads(headers).get("date")
    return None if stamp is None else parsedate_to_datetime(stamp)


def _sentence(contract: Contract, parsed: ParsedDelivery, expected: ExpectedDays) -> str:
    """How many rows are outside, which is the first, what their years look like, and where they are."""
    rows = parsed.outside_rows().select("_line", "day")
    line, day = rows.row(0)
    count = f"{rows.height:,} of {parsed.rows_read:,} rows are of days that cannot be expected of it"
    where = "they are kept in quarantine"
    if contract.private:  # a day may be somebody's birthday
        return OwnWords(f"{count}, the first in line {line}; {where}")
    reason = _looks_like(pl.Series(list(parsed.outside)), expected)
    if not reason and day < expected.first and parsed.delivery.asked_at is None:
        reason = ", before `first_day` of city.yaml"
    return f"{count}, {expected.first} to {expected.last}: the first is line {line} of {day}{reason}; {where}"


def _looks_like(days: pl.Series, expected: ExpectedDays) -> str:
    """Other calendars and clocks that give such years, in words; empty where none is known."""
    years = set(days.dt.year().to_list())
    low, high = expected.first.year, expected.last.year
    kinds: Mapping[str, range] = {
        "years of the Buddhist era, 543 too many": range(low + 543, high + 544),
        "years of the Minguo era, 1911 too few": range(low - 1911, high - 1910),
        "years of two digits": range(low % 100, high % 100 + 1),
        "the day 0 of a clock that was not set": range(1970, 1971),
        "the day 0 of a spreadsheet": range(1899, 1901),
    }
    found = [words for words, known in kinds.items() if years & set(known)]
    return f" (these look like {' or '.join(found)})" if found else ""


def _of_other_days(
    contract: Contract, delivery: Delivery, days: Mapping[date, int], expected: ExpectedDays | None
) -> PermanentFailure:
    """A service whose clock is wrong, or whose cache is old, must not have its figures counted for another day a
    night later."""
    first, last = min(days), max(days)
    other = f"{first}" if first == last else f"{first} to {last}"
    hint = "it will be retried in the next nightly run; if it stays, correct `ask` in the contract or ask the provider"
    looks = "" if expected is None else _looks_like(pl.Series(list(days)), expected)
    if delivery.asked_day is not None:
        what = f"it was asked for {delivery.asked_day} and has rows of {other}{looks}"
        return PermanentFailure("SERVICE-OTHER-DAY", what, delivery.label, hint)
    if delivery.asked_at is not None:
        what = f"it was asked for what is now and has rows of {other}{looks}"
        return PermanentFailure("SERVICE-OTHER-DAY", what, delivery.label, hint)
    what = f"all of its rows are of days that cannot be expected, {other}{looks}"
    hint = "ask the sender; where they are right, correct `first_day` of the city or `ahead_days` of the contract"
    return PermanentFailure("FILE-OTHER-DAYS", what, delivery.label, hint)
