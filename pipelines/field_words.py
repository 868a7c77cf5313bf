"""What is wrong with a place, in words for the people in the field. No query here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from assets.watch.flags import QcRule
from assets.watch.watched import unit_watched, watch_of

_SAID = {
    QcRule.FLAT_LINE: "repeats itself",
    QcRule.SPIKE: "jumps and returns",
    QcRule.STEP: "has been at another level for days",
    QcRule.RATE_OF_CHANGE: "changes faster than can be",
}
NO_READING = "no reading"


def troubles_in_words(rows: Sequence[Mapping[str, Any]], since: date | None) -> str:
    """What is wrong at one place: quantities of which the same is said stand together, the worst first.

    rows: of mart.place_health with `since` and `silence`, the worst first. since: what is said of the place; what began
    on another day says so.
    """
    said = dict[str, list[str]]()
    for row in rows:
        began = "" if row["since"] in (since, None) else f" since {row['since']}"
        said.setdefault(f"{what_is_wrong(row)}{began}", []).append(row["quantity"])
    return "; ".join(f"{', '.join(sorted(quantities))}: {words}" for words, quantities in said.items())


def what_is_wrong(row: Mapping[str, Any]) -> str:
    """One row of mart.place_health in words, such as "reads 45 % above its neighbours (+12.3 ug/m3)"; `silence` of the
    row says why there is no reading, where that is known."""
    rules = QcRule(row["qc_rules"])
    said = [row.get("silence") or NO_READING] if QcRule.MISSING in rules else []
    said += [words for rule, words in _SAID.items() if rule in rules]
    if QcRule.NEIGHBOURS in rules:
        said.append(_apart(row))
    if QcRule.CORRELATION in rules:
        said.append(f"does not follow its neighbours (correlation {_correlation(row['correlation'])})")
    if QcRule.GAP in rules and QcRule.MISSING not in rules:
        said.append("had hours without a reading")
    return ", ".join(said)


def _correlation(value: float) -> str:
    """Cut, and not rounded: 0.698 is below a limit of 0.7, and "0.70" is not."""
    return f"{math.trunc(value * 100) / 100 + 0.0:.2f}"


def _apart(row: Mapping[str, Any]) -> str:
    unit, difference = unit_watched(row["quantity"]), row["difference"]
    way = "above" if difference > 0 else "below"
    if watch_of(row["quantity"]).scale == "difference":
        return f"reads {abs(difference):.1f} {unit} {way} its neighbours"
    share = abs(math.exp(row["log_ratio"]) - 1)
    return f"reads {share:.0%} {way} its neighbours ({difference:+.1f} {unit})".replace("%", " %")
