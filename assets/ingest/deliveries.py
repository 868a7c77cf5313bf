"""What the ledger knows of the deliveries of one feed, found once until it knows more."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.failures import FeedFailure, TransientFailure
from assets.ingest.arrivals import LANDED, Arrival, Arrivals
from assets.ingest.readings import readings_of
from assets.private_failures import reported
from assets.terms.standing import Standing, removals
from quality.contract.model import Contract
from quality.inputs import Inputs
from warehouse import landing
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT


@dataclass(frozen=True)
class Delivery:
    """One landed object: a file of the drop folder, or what a service answered when it was asked for a day."""

    feed: str
    name: str  # for people; a file keeps the name under which it was delivered
    sha256: str
    asked_day: date | None = None  # the day that a service was asked for; None for "now", and for a file
    asked_at: datetime | None = None  # UTC; None for a file
    day_min: date | None = None  # first and last day of its rows; None before it was read
    day_max: date | None = None
    arrival: Arrival | None = None  # when it came; None before the ledger says so
    reading: str | None = None  # the version of the code, where it was read again under the same contract

    @property
    def label(self) -> str:
        """The name in messages: that of a pull is the same whenever it was asked, and so is its published reason."""
        return self.name if self.asked_at is None else pull_label(self.feed, self.asked_day)

    def reaches(self, day: date) -> bool:
        """Whether the day lies between the first and the last day of its rows."""
        return self.day_min is not None and self.day_max is not None and self.day_min <= day <= self.day_max

    def spans_more_than(self, days: Collection[date]) -> bool:
        """Whether there are other days from the first to the last day of its rows."""
        if self.day_min is None or self.day_max is None:
            return False
        return (self.day_max - self.day_min).days + 1 > sum(self.reaches(day) for day in days)

    @property
    def readings(self) -> list[str]:
        """What makes a batch of it another one than that of its first reading."""
        return [] if self.reading is None else [f"{self.sha256}@{self.reading}"]

    def columns(self) -> dict[str, Any]:
        """What every row of ledger.attempt says of it."""
        return {
            "delivery": self.name,
            "sha256": self.sha256,
            "asked_day": self.asked_day,
            "asked_at": self.asked_at,
        }


@dataclass(frozen=True)
class UnchangedFiles:
    """The files of a drop folder as they were when they were last read, which need not be read again.

    Same name, same size, same time of last change, and nothing was done to it since it was read: a copy that keeps its
    times (`cp -p`) may have other bytes of the same size. Not trusted is a file that was changed less than two seconds
    before it was read, for on some disks a second change would not show.
    """

    files: dict[str, tuple[int, datetime, str, datetime]]  # name -> size, last change, SHA-256, when it was recorded

    def __call__(self, name: str, size: int, changed: datetime, touched: datetime) -> bool:
        """Whether the file is as it was: size in bytes, times of the last change and of the last change of its entry
        on the disk in UTC."""
        if name not in self.files:
            return False
        size_then, changed_then, _, recorded = self.files[name]
        return (size_then, changed_then) == (size, changed) and touched <= recorded

    def sha256(self, name: str) -> str:
        """SHA-256 of the bytes that the file had then."""
        return self.files[name][2]


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of one feed from one source. `attempts` are their rows of ledger.attempt, in order of time."""

    home: Home
    city: str
    contract: Contract
    attempts: pl.DataFrame
    standing: Standing

    @classmethod
    def of(cls, run: RunContext, contract: Contract) -> Deliveries:
        """As the ledger has them now. The same object until it has more of this feed: all steps of a night share what
        was found of it."""
        home, city, source = run.home, run.city.name, run.source
        told = removals(home, city, contract.name).height, contract.terms and (contract.terms, run.today)

        def made(rows: pl.DataFrame) -> Deliveries:
            of_source = rows.lazy().filter(pl.col("source") == source).sort("recorded_at", maintain_order=True)
            standing = Standing.of(home, city, contract, run.today)
            return cls(home, city, contract, of_source.collect(), standing)

        return ledger.made_of_part(home, "attempt", (city, contract.name), (source, contract.hash, told), made)

    @cached_property
    def landed_before(self) -> set[str]:
        """SHA-256 of all that this feed ever landed from this source."""
        rows = self.attempts.filter(pl.col("status").is_in(["landed", "known"]), pl.col("sha256").is_not_null())
        return set(rows["sha256"])

    def unchanged_files(self) -> UnchangedFiles:
        """The files that were read before and whose landed bytes are still there."""
        rows = self.attempts.filter(pl.col("modified_at").is_not_null()).unique(
            "delivery", keep="last", maintain_order=True
        )
        settled = rows.filter(pl.col("recorded_at") - pl.col("modified_at") > timedelta(seconds=2))
        there = landing.landed(self.home, self.city, self.contract.name) if settled.height else set()
        there |= self.barred
        columns = settled.select("delivery", "size_bytes", "modified_at", "sha256", "recorded_at").iter_rows()
        return UnchangedFiles({name: (size, at, sha, read) for name, size, at, sha, read in columns if sha in there})

    @cached_property
    def gone(self) -> Mapping[str, datetime]:
        """The deliveries that were removed and did not come again since, by SHA-256, and when they were removed."""
        removed = self.standing.gone or {}
        if not removed:
            return {}
        came = self.attempts.filter(pl.col("sha256").is_in(list(removed)), pl.col("status").is_in(LANDED))
        last = dict(came.group_by("sha256").agg(pl.col("recorded_at").max()).iter_rows())
        return {sha256: when for sha256, when in removed.items() if sha256 not in last or last[sha256] <= when}

    @cached_property
    def barred(self) -> frozenset[str]:
        """SHA-256 of the deliveries that were removed and must not land again: something of them may not be there."""
        if not self.gone:
            return frozenset()
        parsed = self.attempts.filter(pl.col("status") == "parsed", pl.col("sha256").is_in(list(self.gone)))
        spans = {sha: days for sha, *days in parsed.select("sha256", "day_min", "day_max").iter_rows()}
        return frozenset(sha for sha in self.gone if self.standing.bars_any(*spans.get(sha, (None, None))))

    def requests_on(self, day: date) -> int:
        """Requests sent to the service on a day in UTC: quotas count calendar days."""
        return int(self.attempts.filter(pl.coalesce("asked_at", "recorded_at").dt.date() == day)["requests"].sum() or 0)

    def last_headers(self) -> dict[str, str]:
        """Headers of the newest delivery that can be read, for a conditional request."""
        if not self.readable:
            return {}
        newest = next(reversed(self.readable))
        path = landing.find(self.home, self.city, self.contract.name, newest)
        return {} if path is None else json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    @cached_property
    def readable(self) -> dict[str, Delivery]:
        """Those that could be read under the present contract, by SHA-256 in the order in which they count: of two
        that have a key in common the last one wins."""
        parsed = self._by_sha256(readings_of(self._parsed.filter(pl.col("contract_hash") == self.contract.hash)))
        arrivals = self._arrivals.by_sha256
        unknown = [sha256 for sha256 in parsed if sha256 not in arrivals]  # counts before all that is known to arrive
        ordered = [*unknown, *(sha256 for sha256 in arrivals if sha256 in parsed)]
        return {sha256: replace(parsed[sha256], arrival=arrivals.get(sha256)) for sha256 in ordered}

    @cached_property
    def read_before(self) -> dict[str, Delivery]:
        """Those that could be read under any contract, by SHA-256."""
        return self._by_sha256(self._parsed.unique("sha256", keep="last", maintain_order=True))

    def unread(self, fetched: Iterable[Delivery]) -> list[Delivery]:
        """Those that have to be read: what was fetched now, and what could only be read under another contract."""
        candidates = self.read_before | {delivery.sha256: delivery for delivery in fetched}
        return [delivery for sha256, delivery in candidates.items() if sha256 not in self.readable]

    def read_otherwise(self, wanted: Collection[str], code: str) -> list[Delivery]:
        """Those of the wanted (SHA-256) that were read under the present contract, and last by another version of the
        code than this one."""
        rows = self._parsed.filter(
            pl.col("contract_hash") == self.contract.hash, pl.col("sha256").is_in(list(wanted))
        ).unique("sha256", keep="last", maintain_order=True)
        other = rows.filter(pl.col("read_by").ne_missing(pl.lit(code)))["sha256"]
        return [replace(self.readable[sha256], reading=code) for sha256 in other]

    def inputs(self, days: Iterable[date]) -> dict[date, Inputs]:
        """What each of these days is made from, in the order in which deliveries count, the last to arrive at the end;
        a day that no delivery reaches is left out.

        A register is replaced whole: its newest delivery alone counts. So is a day that a service was asked for
        again: what is not in the newest answer any more was withdrawn.

        Left out is what may not be there, and what is final: a day of a delivery that was removed for another of its
        days stays as it is, until something of it comes again. Without the delivery it would be made of a part.
        """
        wanted = [day for day in sorted(set(days)) if not self.standing.bars(day)]
        covering: dict[date, list[str]] = {day: [] for day in wanted}
        for delivery in self._counting:
            # a year of hourly files: to ask each of them about each day would take longer than to read them
            for day in _between(wanted, delivery.day_min, delivery.day_max):
                if self._answers.get(day) in (None, delivery.sha256):
                    covering[day].append(delivery.sha256)
        final = self._final_days(covering)
        again = {sha256: delivery.readings for sha256, delivery in self.readable.items() if delivery.reading}
        return {
            day: Inputs(deliveries=hashes, readings=[name for sha in hashes for name in again.get(sha, ())])
            for day, hashes in covering.items()
            if hashes and day not in final
        }

    def _final_days(self, covering: Mapping[date, Sequence[str]]) -> set[date]:
        """Those of the days to which a delivery that is gone reached, and of which nothing came since it went."""
        final = set[date]()
        if not self.gone:
            return final
        reached = self._parsed_of_all.filter(pl.col("sha256").is_in(list(self.gone)))
        spans = [(low, high, self.gone[sha]) for sha, low, high in reached.iter_rows() if low is not None]
        for day, hashes in covering.items():
            went = [when for low, high, when in spans if low <= day <= high]
            came = [a.last_night for sha in hashes if (a := self.readable[sha].arrival) is not None]
            if went and max(came, default=datetime.min.replace(tzinfo=UTC)) <= max(went):
                final.add(day)
        return final

    @property
    def _counting(self) -> list[Delivery]:
        deliveries = list(self.readable.values())
        return deliveries if self.contract.reference_since is None else deliveries[-1:]

    @cached_property
    def _arrivals(self) -> Arrivals:
        return Arrivals.of(self.attempts)

    @cached_property
    def _answers(self) -> dict[date | None, str]:
        """SHA-256 of the newest answer for each day that a service was asked for."""
        return self._arrivals.answers(self.readable)

    @cached_property
    def _parsed(self) -> pl.DataFrame:
        """What was read, but for what is gone."""
        rows = self.attempts.filter(pl.col("status") == "parsed")
        return rows.filter(~pl.col("sha256").is_in(list(self.gone))) if self.gone else rows

    @cached_property
    def _parsed_of_all(self) -> pl.DataFrame:
        return self.attempts.filter(pl.col("status") == "parsed").select("sha256", "day_min", "day_max").unique()

    def _by_sha256(self, rows: pl.DataFrame) -> dict[str, Delivery]:
        names = ["delivery", "sha256", "asked_day", "asked_at", "day_min", "day_max"]
        deliveries = [Delivery(self.contract.name, *values) for values in rows.select(names).iter_rows()]
        readings = rows["reading"] if "reading" in rows.columns else [None] * rows.height
        return {one.sha256: replace(one, reading=name) for one, name in zip(deliveries, readings, strict=True)}


def _between(days: Sequence[date], first: date | None, last: date | None) -> Sequence[date]:
    """Of days in their order, those from the first to the last of a delivery; none before it was read."""
    return () if first is None or last is None else days[bisect_left(days, first) : bisect_right(days, last)]


def pull_label(feed: str, day: date | None) -> str:
    """What a service is asked for, in words."""
    return f"{feed} {day or 'now'}"


def pull_name(feed: str, day: date | None, asked_at: datetime) -> str:
    """The name of a delivery of a service: for people, nothing is read from it."""
    return f"{pull_label(feed, day)} asked {asked_at:%Y-%m-%dT%H:%M:%S.%fZ}"


def attempt(
    run: RunContext, contract: Contract, *, status: str, failure: FeedFailure | None = None, **more: Any
) -> dict[str, Any]:
    """A row of ledger.attempt."""
    row = ATTEMPT.row() | {
        "city": run.city.name,
        "feed": contract.name,
        "source": run.source,
        "status": status,
        "contract_hash": contract.hash,
        "run_id": run.run_id,
        "recorded_at": ledger.time_to_record(run.home),
    }
    if failure is not None:
        transient = isinstance(failure, TransientFailure)
        told = reported(contract, failure, str(more.get("delivery", contract.name)))
        row |= {"code": failure.code, "detail": str(told), "transient": transient}
    return row | more
