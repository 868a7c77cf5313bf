"""In which order deliveries count, whatever nights, names, bytes and times: held against a plain account of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.arrivals import Arrivals
from warehouse.ledger.schema import ATTEMPT

START = datetime(2026, 1, 1, 4, tzinfo=UTC)
NAMES, OBJECTS = "abcd", "ABCD"
LAST_DAYS = {sha: date(2026, 1, 1) + timedelta(days=n // 2) for n, sha in enumerate(OBJECTS)}  # two and two alike
Night = dict[str, tuple[str, int]]  # name -> bytes, and when they were changed


def attempt(night: int, place: int, **values: Any) -> dict[str, Any]:
    at = START + timedelta(days=night, seconds=place)
    return ATTEMPT.row(status="landed", run_id=f"r{night}", recorded_at=at, **values)


def changed(hour: int) -> datetime:
    return START - timedelta(days=9) + timedelta(hours=hour)


def parsed(contract: str, days: dict[str, date]) -> list[dict[str, Any]]:
    return [
        attempt(-1, 0, sha256=sha, day_max=day, contract_hash=contract) | {"status": "parsed"}
        for sha, day in days.items()
    ]


def book(nights: list[Night], reread: set[int]) -> pl.DataFrame:
    """Attempts as a fetch writes them: a row for each file that changed; in some nights for all that are there."""
    rows, folder = parsed("c", LAST_DAYS), Night()
    for number, night in enumerate(nights):
        for place, name in enumerate(sorted(folder | night)):
            now = (folder | night)[name]
            if now != folder.get(name) or number in reread:
                rows.append(attempt(number, place, delivery=name, sha256=now[0], modified_at=changed(now[1])))
        folder |= night
    return ATTEMPT.frame(rows)


def plainly(nights: list[Night]) -> list[str]:
    """The order as the law says it, with lists."""
    order: list[str] = []
    folder = Night()
    for night in nights:
        came = {name: now for name, now in night.items() if folder.get(name) != now}
        by_time = sorted((hour, LAST_DAYS[sha], name, sha) for name, (sha, hour) in came.items())
        came_last = {sha: name for *_, name, sha in by_time}
        touched = {sha for sha, name in came_last.items() if name in folder and folder[name][0] == sha}
        folder |= night
        shas = [sha for *_, sha in by_time]
        shas = [sha for place, sha in enumerate(shas) if sha not in shas[place + 1 :]]
        again = iter([sha for sha in order if sha in touched])
        shas = [next(again) if sha in touched else sha for sha in shas]
        order = [sha for sha in order if sha not in shas] + shas
    return order


nights_of_files = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(OBJECTS), st.integers(0, 3)), max_size=4),
    min_size=1,
    max_size=6,
)


@given(nights=nights_of_files, reread=st.sets(st.integers(0, 5)))
def test_order_is_that_of_nights_then_times_then_last_days_then_names(nights: list[Night], reread: set[int]):
    assert list(Arrivals.of(book(nights, reread)).by_sha256) == plainly(nights)


@given(nights=nights_of_files, days=st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_reading_again_under_another_contract_does_not_change_the_order(nights: list[Night], days: list[int]):
    other = {sha: date(2030, 1, 1) + timedelta(days=n) for sha, n in zip(OBJECTS, days, strict=True)}
    attempts = book(nights, set())
    again = pl.concat([attempts, ATTEMPT.frame(parsed("d", other))])
    assert list(Arrivals.of(again).by_sha256) == plainly(nights)


@given(nights=nights_of_files, hours=st.permutations(range(10, 14)))
def test_a_folder_that_is_copied_without_its_times_keeps_its_order(nights: list[Night], hours: list[int]):
    """Every file is as it was, and has a new time; what was overwritten before is not there any more."""
    there = Night()
    for night in nights:
        there |= night
    copied: Night = {name: (sha, hours[n]) for n, (name, (sha, _)) in enumerate(sorted(there.items()))}
    before = [sha for sha in plainly(nights) if sha in {sha for sha, _ in there.values()}]
    after = [sha for sha in Arrivals.of(book([*nights, copied], set())).by_sha256 if sha in set(before)]
    assert after == before


@given(asked=st.lists(st.tuples(st.sampled_from([None, *LAST_DAYS.values()]), st.sampled_from(OBJECTS)), max_size=8))
def test_the_newest_answer_counts_whether_or_not_it_came_before(asked: list[tuple[date | None, str]]):
    rows = [
        attempt(n, 0, delivery=f"asked {n}", sha256=sha, asked_day=day, asked_at=START + timedelta(days=n))
        for n, (day, sha) in enumerate(asked)
    ]
    arrivals = Arrivals.of(ATTEMPT.frame(rows))
    assert arrivals.answers(dict.fromkeys(OBJECTS)) == dict(asked)
    assert arrivals.answers({"A": 1}) == {day: sha for day, sha in asked if sha == "A"}
    order = [sha for _, sha in asked]
    assert list(arrivals.by_sha256) == [sha for n, sha in enumerate(order) if sha not in order[n + 1 :]]


def test_what_never_came_has_no_order():
    assert Arrivals.of(ATTEMPT.frame([])).by_sha256 == {}
    only_tried = [attempt(0, 0, delivery="a", sha256="A") | {"status": "failed"}]
    assert Arrivals.of(ATTEMPT.frame(only_tried)).by_sha256 == {}
