"""What a step tells Dagster of its days, each under its own partition.

Made are the days whose rows became live, with their own figures. A day whose gate is closed has failed checks, its
reason, and is shown as failed when the run ends. Of a day of which nothing came nothing is reported. What Dagster shows
already is not reported again. A period is reported under its first day, where its rows stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import dagster as dg

from assets.crashes import crash_text
from assets.pack.city import City
from pipelines import asset_checks
from pipelines.dagster_store.days import DayEvent, NotMade, report_days
from pipelines.partitions import first_shown
from pipelines.shown_days import ShownDays
from pipelines.visible import visible
from quality.contract.model import Contract
from quality.outcome import Outcome
from warehouse.home import Home

IN_FULL = 31  # days of which each check is reported; of more, those that are broken, and one that holds

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class DayReporter:
    """Of which table a step tells, and where."""

    context: dg.AssetExecutionContext
    home: Home
    city: City
    contract: Contract
    key: dg.AssetKey

    def outcomes(
        self,
        outcomes: Sequence[Outcome],
        of_newest: Figures | None = None,
        more: Callable[[date], Figures] = lambda _: {},
    ) -> None:
        """Tell of the days that were judged now, and of those that Dagster's store does not show as they are.

        `more`: figures of a day beside those of its outcome, None where there is none. `of_newest`: of the newest that
        was made.
        """
        news = self._not_shown(outcomes)
        opened = [outcome for outcome in news if outcome.verdict.open]
        closed = [outcome for outcome in news if not outcome.verdict.open]
        newest = max((outcome.day for outcome in opened), default=None)
        events: list[DayEvent] = []
        for outcome in opened:
            figures = _figures(outcome) | {
                name: value for name, value in more(outcome.day).items() if value is not None
            }
            if outcome.day == newest:
                figures |= of_newest or {}
            events.append(dg.AssetMaterialization(self.key, partition=self.partition(outcome.day), metadata=figures))
        for outcome in closed:
            text = visible(f"gate closed, {outcome.verdict}: {outcome.reason}")
            self.context.log.error(f"{self.contract.name} {outcome.day}: {text}")
            events.append(self._observed(outcome.day, text))
            events.append(NotMade(self.key, self.partition(outcome.day)))
        whole = len(news) <= IN_FULL
        events += asset_checks.results_of_days(self.home, self.contract, self.key, news, self.partition, whole=whole)
        self.report(events)

    def held_back(self, why: Mapping[date, str]) -> None:
        """Tell why days were not made; nothing is shown as failed."""
        self.report([self._observed(day, text) for day, text in why.items()])

    def crashed(self, check: str, days: Sequence[date], error: BaseException) -> None:
        """Show the days of a step that crashed as failed, and why at the check and the last day."""
        why = dg.AssetCheckEvaluation(
            asset_key=self.key,
            check_name=check,
            passed=False,
            description=visible(f"crashed: {crash_text(self.contract, error)}"),
            partition=self.partition(days[-1]),
        )
        self.report([*(NotMade(self.key, self.partition(day)) for day in days), why])

    def report(self, events: Sequence[DayEvent]) -> None:
        """Store events of days."""
        report_days(self.context, events)

    def partition(self, day: date) -> str:
        """The key under which Dagster has a day. A register that counts since before the first day that the pages show
        stands on that, and stays there when older days come: what it was before must not be left standing beside."""
        return str(day) if self.contract.reference_since is None else max(str(day), self._of_register)

    @cached_property
    def _of_register(self) -> str:
        shown = self.shown()
        return max([str(first_shown(self.home, self.city)), *shown.made, *shown.failed])

    def shown(self) -> ShownDays:
        """What Dagster's store shows of the table."""
        return ShownDays.of(self.context.instance, self.key)

    def _not_shown(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        if all(outcome.new for outcome in outcomes):
            return list(outcomes)
        shown = self.shown()
        return [one for one in outcomes if one.new or not shown.has(self.partition(one.day), made=one.verdict.open)]

    def _observed(self, day: date, text: str) -> dg.AssetObservation:
        return dg.AssetObservation(self.key, description=text, partition=self.partition(day), metadata={"why": text})


def _figures(outcome: Outcome) -> dict[str, Any]:
    reason = {} if outcome.verdict == "PASS" else {"reason": visible(outcome.reason)}
    return {
        "dagster/row_count": outcome.rows_kept,
        "rows_read": outcome.rows_read,
        "rows_quarantined": outcome.rows_quarantined,
        **outcome.gave_way.columns(),
        "verdict": str(outcome.verdict),
        **reason,
        "batch": outcome.batch_id,
    }
