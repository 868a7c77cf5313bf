"""The evaluator on the metrics of a table of days or hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from assets.derive.failing import absent_rows, or_error, together_or_alone
from assets.metrics.entry import Entry
from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.metrics.evaluate.flagged import PlaceFlags
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.observed import Observed
from quality.contract.model import Contract


@dataclass(frozen=True)
class Measuring:
    """What the metrics of one table are evaluated from."""

    contract: Contract  # of the table
    entries: Mapping[str, Entry]
    observed: Mapping[str, Sequence[Observed]]  # by entry
    setting: CitySetting
    verdicts: Mapping[str, Sequence[pl.DataFrame]] = field(default_factory=dict)  # by entry, what is said of its values
    flags: Mapping[str, PlaceFlags] = field(default_factory=dict)  # by entry, which places count where not all do

    def of(self, metrics: Sequence[str], days: Sequence[date]) -> pl.DataFrame:
        """The metrics on these days, in MEASURED.

        Where one raises, the others are there, and it has a row with `could_not_compute` for each area and day on which
        it does. Raises what all of them raise: that is not about one metric.
        """
        return together_or_alone(
            metrics, lambda some: self._evaluated(some, days), lambda metric, _: self._by_day(metric, days)
        )

    def _evaluated(self, metrics: Sequence[str], days: Sequence[date]) -> pl.DataFrame:
        return evaluate_metrics(metrics, self.entries, self.observed, days, self.setting, self.verdicts, self.flags)

    def _by_day(self, metric: str, days: Sequence[date]) -> pl.DataFrame:
        """A metric that raises on one of these days at least: that day must not cost the others."""
        alone = {day: or_error(lambda one=day: self._evaluated([metric], [one])) for day in days}
        return pl.concat(
            found if isinstance(found, pl.DataFrame) else self._absent(metric, day, found)
            for day, found in alone.items()
        )

    def _absent(self, metric: str, day: date, error: BaseException) -> pl.DataFrame:
        entry = self.entries[metric]
        areas = self.setting.areas.filter(pl.col("level").is_in(entry.levels))
        hours = hours_of_day(day, ZoneInfo(self.setting.timezone)) if entry.hourly else None
        return absent_rows(self.contract, metric, error, areas, [day], hours)


def hours_of_day(day: date, zone: ZoneInfo) -> pl.DataFrame:
    """The hours of a local day: hour (its local beginning), hour_utc."""
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    instants = pl.datetime_range(begin, end, "1h", closed="left", time_zone="UTC", eager=True)
    return pl.DataFrame(
        {
            "hour": instants.dt.convert_time_zone(str(zone)).dt.replace_time_zone(None),
            "hour_utc": instants.dt.replace_time_zone(None),
        }
    )
