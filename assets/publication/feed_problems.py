"""What keeps the rows of a feed, register or table away from a day, as the ledger says it: reasons of absent values.

Which of them is that of a value says assets/publication/absence.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from assets.derive.parts import feeds_of_metrics, marts_of_metrics
from assets.metrics.definition import MetricDefinition
from assets.metrics.fed_marts import FedMart
from assets.metrics.feeds import computes_supply
from assets.publication.ledger_view import PERIODS, LedgerView
from quality.contract.due import first_due
from quality.contract.interval import first_of_period, last_of_period

_LOUD = ("gate_closed", "could_not_compute", "gave_nothing")  # reasons of a feed that say that something went wrong


class Why(NamedTuple):
    """A reason: its code, and what stands in its gaps (assets/metrics/reasons.py)."""

    code: str
    gaps: list[str]


def feeds_said_of(view: LedgerView, definition: MetricDefinition) -> list[str]:
    """The feeds that a metric is made of, each once."""
    return list(dict.fromkeys(feed for group in feeds_of_metrics(view.city)[definition.metric] for feed in group))


def table_problem(view: LedgerView, definition: MetricDefinition, table: str, day: date) -> Why | None:
    """Why a derived table has no rows on a day; None where its gate did not close."""
    verdict, details = view.verdict(table, day)
    if verdict == "ERROR":
        return Why("could_not_compute", [definition.metric, table, details])
    return Why("gate_closed", [table, verdict, details]) if verdict == "BLOCK" else None


def no_value_computed(view: LedgerView, definition: MetricDefinition, table: str, start: date) -> Why | None:
    """Its feeds have the day, and no run has made its table of it, or with the pack as it was before; None: one has.

    The metric may be new in the pack. A mart that needs all periods it looks back on is made of no first ones: nobody
    can compute what is made of it there.
    """
    marts = marts_of_metrics(view.city)[definition.metric]
    begins = any(read.whole for mart in _with_read(marts) for read in mart.mart.reads)
    unseen = view.verdict(table, start)[0] is None and not begins
    return (
        Why("not_computed_yet", [definition.metric]) if unseen or table in view.snapshot.of_older_packs(start) else None
    )


def _with_read(marts: Iterable[FedMart]) -> Iterator[FedMart]:
    """These marts, and those that they read."""
    for mart in marts:
        yield mart
        yield from _with_read(mart.marts.values())


def any_feed_problem(view: LedgerView, definition: MetricDefinition, start: date) -> Why | None:
    """What keeps one of its feeds away, where others are there: a gate, a service; of a metric that holds networks
    against each other whatever it is. Another feed of those that give the same may just not have begun."""
    compares = any(mart.mart.by_quantity for mart in marts_of_metrics(view.city)[definition.metric])
    for feed in feeds_said_of(view, definition):
        why = feed_problem_in(view, definition, feed, start)
        if why is not None and (compares or why.code in _LOUD):
            return why
    return None


def feed_problem_in(view: LedgerView, definition: MetricDefinition, feed: str, start: date) -> Why | None:
    """Why a feed has no rows in the period of a metric that begins on `start`; None if it has."""
    contract = view.city.contracts[feed]
    if definition.period not in PERIODS:
        return _feed_problem(view, feed, first_of_period(start, contract.every))
    first, last = first_of_period(start, contract.every), last_of_period(start, definition.period)
    days = view.days_of(feed, first, last)
    problems = [_feed_problem(view, feed, day) for day in days]
    if None in problems:
        return None
    return problems[-1] if problems else _feed_problem(view, feed, first)


def _feed_problem(view: LedgerView, feed: str, day: date) -> Why | None:
    """Why a feed has no rows on a day; None if it has."""
    if (said := view.not_there(feed, day)) is not None:
        return Why(*said)
    verdict, details = view.verdict(feed, day)
    if verdict in ("BLOCK", "ERROR"):
        return Why("gate_closed", [feed, verdict, details])
    if verdict is not None:
        return None
    if (error := view.pull_error(feed, day)) is not None:
        return Why("gave_nothing", [feed, error])
    if view.covered(feed, day):
        return Why("not_worked_on", [feed])
    if (ended := _timetable_over(view, feed, day)) is not None:
        return ended
    begins = first_due(view.city.contracts[feed]) if feed in view.city.contracts else None
    if begins is not None and day < begins:
        return Why("before_first_day", [feed, str(begins)])
    lag = view.city.contracts[feed].lag_days if feed in view.city.contracts else 0
    return Why("not_delivered_yet", [feed, str(lag)]) if lag else Why("not_delivered", [feed])


def _timetable_over(view: LedgerView, feed: str, day: date) -> Why | None:
    """The days of a timetable's services have run out; None of other feeds."""
    contract, spans = view.city.contracts.get(feed), view.spans.get(feed)
    if contract is None or not spans or not computes_supply(contract, view.city):
        return None
    last = max(until for _, until in spans)
    return Why("timetable_over", [feed, str(last)]) if day > last else None


def timetable_missing(view: LedgerView, definition: MetricDefinition, day: date) -> Why | None:
    """Services run on the day, and no timetable that holds on it says where they stop."""
    for feed in feeds_said_of(view, definition):
        contract = view.city.contracts[feed]
        if computes_supply(contract, view.city):
            timetable = contract.register_ or ""
            since = view.city.contracts[timetable].reference_since
            if timetable not in view.references or (since is not None and day < since):
                return Why("timetable_missing", [timetable, feed])
    return None


def register_problem(view: LedgerView, name: str, feeds: str, day: date) -> Why | None:
    """Why a register or outlines, by which `feeds` are put into areas, cannot be used on a day; None if they can."""
    since = view.city.contracts[name].reference_since
    verdict, details = view.verdict(name, since)
    if name not in view.references:
        closed = Why("register_closed", [name, verdict or "", details, feeds])
        return Why("register_missing", [name, feeds]) if verdict is None else closed
    return Why("register_later", [name, str(since), feeds]) if since is not None and day < since else None
