"""Why values of a metric are absent: each reason with how many values it is of, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from assets.site.measured.pictures import Pictures
from assets.site.measured.rows import CityRows
from assets.site.measured.shown import period_text
from assets.site.tiles.why import why_absent

_REASONS = 40  # rows of the table; the downloads have each absent value with its reason
HIDDEN = ("A", "C", "D", "N")  # of conf_status: why a value is there and not shown


def absences(rows: CityRows, metric: str, pictures: Pictures) -> Mapping[str, Any]:
    """For the page: how many values are absent, and the commonest reasons.

    hidden: how many are there inside and are not shown. left_out: how many reasons stand in the downloads alone.
    """
    found = rows.absent(metric)
    words, extent = pictures.words, rows.extent(metric)
    lines = sorted(found, key=lambda row: (row["area_level"] != "city", -row["n"]))
    return {
        "n": sum(row["n"] for row in found),
        "of": 0 if extent is None else extent["n"],
        "city": sum(row["n"] for row in found if row["area_level"] == "city"),
        "hidden": _hidden(rows, metric, pictures),
        "rows": [
            (
                words(f"metric.level_{row['area_level']}"),
                _said(pictures, row),
                words.count(row["n"]),
                words.count(row["areas"]),
                _from_to(pictures, row),
            )
            for row in lines[:_REASONS]
        ],
        "left_out": max(0, len(lines) - _REASONS),
    }


def _said(pictures: Pictures, row: Mapping[str, Any]) -> Markup:
    why = why_absent(pictures.words, pictures.texts, row["reason_code"], row["reason_gaps"], row["reason"])
    return pictures.words("metric.such_as", why=why) if row["kinds"] > 1 else why


def _hidden(rows: CityRows, metric: str, pictures: Pictures) -> list[Markup]:
    """By what it is hidden for, how many values; in words, as a mark of one letter tells nobody anything."""
    counts = dict[str, int]()
    for row in rows.absent(metric):
        if row["conf_status"] in HIDDEN:
            counts[row["conf_status"]] = counts.get(row["conf_status"], 0) + row["n"]
    return [pictures.words(f"metric.hidden_{status}", n=n) for status, n in sorted(counts.items())]


def _from_to(pictures: Pictures, row: Mapping[str, Any]) -> str:
    first = period_text(pictures.words, row["period"], row["first"])
    if row["first"] == row["last"]:
        return first
    last = period_text(pictures.words, row["period"], row["last"])
    return pictures.words.plain("metric.from_to", first=first, last=last)
