"""How each city of a home stands, a line each: from the lines of its tables, its last fetch, and what is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from assets.pack.city import City
from pipelines.cities_in_words import NOT_ALL_WELL, WELL, cities_in_words
from pipelines.status import NO_BATCH, TableStatus
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

FORMAT = 1  # of `madang status --cities --json`
NEVER_RUN, NOT_READ = "never run", "not read"


@dataclass(frozen=True)
class CityStatus:
    """One city. `madang status --cities --json` prints these fields."""

    city: str
    title: str
    state: str  # well, not all well, never run; not read: its pack cannot be read, or a feed of it
    fetched_at: datetime | None = None  # UTC: the last night or backfill that asked for something
    passed: int = 0  # tables by the verdict on their newest day
    warned: int = 0
    held: int = 0  # BLOCK and ERROR, or not finished
    failed: int = 0  # feeds with deliveries that failed in the last fetch
    not_come: int = 0  # feeds of which the day that was due did not come, or of which nothing ever came
    oldest_day: date | None = None  # of the newest days of the feeds that come every day: how far behind it is
    newest_day: date | None = None
    published_at: datetime | None = None  # UTC: when a value of it changed last
    source: str | None = None


def city_statuses(
    home: Home, cities: Sequence[City], rows: Sequence[TableStatus], broken: Iterable[str] = ()
) -> list[CityStatus]:
    """A line for each city, by name. `rows`: of all of their tables; `broken`: packs that cannot be read."""
    fetched, published = _fetched(home), _published(home)
    found = [
        _of_city(city, [row for row in rows if row.city == city.name], fetched.get(city.name), published.get(city.name))
        for city in cities
    ]
    found += [CityStatus(name, name, NOT_READ, fetched.get(name), published_at=published.get(name)) for name in broken]
    return sorted(found, key=lambda one: one.city)


def over_all(lines: Sequence[CityStatus]) -> str:
    """All of them in a sentence."""
    return cities_in_words(((one.city, one.state) for one in lines), NEVER_RUN)


def _of_city(
    city: City, rows: Sequence[TableStatus], fetched_at: datetime | None, published_at: datetime | None
) -> CityStatus:
    counts = {name: sum(row.verdict == name for row in rows) for name in ("PASS", "WARN", NO_BATCH)}
    held = sum(row.is_broken and not row.deliveries_failed for row in rows)
    held += sum(row.deliveries_failed > 0 and row.verdict not in counts for row in rows)
    broken = any(row.is_broken for row in rows) or bool(city.left_out)
    daily = {name for name, feed in city.contracts.items() if feed.every == "day" and feed.reference_since is None}
    days = [row.newest_day for row in rows if row.layer == "core" and row.table_name in daily and row.newest_day]
    return CityStatus(
        city=city.name,
        title=city.config.shown,
        state=NEVER_RUN if not rows and fetched_at is None else NOT_ALL_WELL if broken else WELL,
        fetched_at=fetched_at,
        passed=counts["PASS"],
        warned=counts["WARN"],
        held=held,
        failed=sum(row.deliveries_failed > 0 for row in rows),
        not_come=sum(row.not_come is not None or (row.verdict == NO_BATCH and not row.never_made) for row in rows),
        oldest_day=min(days, default=None),
        newest_day=max(days, default=None),
        published_at=published_at,
        source=next((row.source for row in rows), None),
    )


def _fetched(home: Home) -> Mapping[str, datetime]:
    """By city, when something was last asked for."""
    attempts = ledger.read(home, "attempt").group_by("city").agg(pl.col("recorded_at").max()).drop_nulls().collect()
    return dict(attempts.iter_rows())


def _published(home: Home) -> Mapping[str, datetime]:
    """By city, when a value of the published file is from; nothing where no file is, or none that can be read."""
    try:
        with connect.open_published(home) as con:
            found = con.execute("SELECT city, max(published_at) FROM metric.value GROUP BY city").fetchall()
    except connect.UnreadableError:
        return {}
    return {city: at.replace(tzinfo=UTC) for city, at in found if at is not None}
