"""Days by hours of a metric of hours: the newest days, and their key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from assets.site.figures.cells import ValueCell
from assets.site.figures.heat import heat_table
from assets.site.figures.scales import classes_of
from assets.site.measured.pictures import Pictures
from assets.site.measured.rows import Row
from assets.site.measured.shown import period_text

_HOURS = [f"{hour:02}" for hour in range(24)]


def hours_of_days(rows: Sequence[Row], pictures: Pictures) -> Mapping[str, Any]:
    """The table, its key, and a sentence. An hour that a clock shows twice is shown by its later value."""
    values = [row["value"] for row in rows if row["value"] is not None]
    targets = [row["target"] for row in rows if row["target"] is not None]
    classes = classes_of(values, targets[-1] if targets else None, pictures.direction)
    days = dict[date, dict[int, Row]]()
    for row in rows:
        days.setdefault(row["day"], {})[row["starts_at"].hour] = row
    words = pictures.words
    lines = [
        (_named_day(pictures, day), [_cell(pictures, classes, hours.get(hour)) for hour in range(24)])
        for day, hours in sorted(days.items(), reverse=True)
    ]
    newest = next(row for row in reversed(rows) if row["value"] is not None)
    return {
        "table": heat_table(lines, _HOURS, words.plain("metric.period_day"), words.plain("metric.hours_label")),
        "key": pictures.key(classes),
        "newest": words(
            "metric.lead_hour",
            when=period_text(words, "day", newest["day"]),
            hour=f"{newest['starts_at']:%H:%M}",
            value=pictures.shown.value(newest["value"]),
        ),
        "low": pictures.shown.figure(min(values)),
        "high": pictures.shown.value(max(values)),
    }


def _named_day(pictures: Pictures, day: date) -> Markup:
    said = period_text(pictures.words, "day", day)
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), said)


def _cell(pictures: Pictures, classes: Any, row: Row | None) -> ValueCell | None:
    if row is None:
        return None
    return pictures.shown.cell(row["value"], classes, "" if row["value"] is not None else pictures.why_text(row))
