"""A trial as plain values, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assets.trial.result import Trial


def facts(trial: Trial) -> dict[str, Any]:
    """All of it; of a private feed no row."""
    return {
        "feed": trial.contract.name,
        "city": trial.city,
        "language": trial.language,
        "readable": trial.readable,
        "admitted": trial.admitted,
        "newest_complete": trial.newest_complete,
        "deliveries": [asdict(one) for one in trial.deliveries],
        "no_value": trial.no_value,
        "rows": trial.rows.to_dicts() if trial.shows_values else [],
        "days": [asdict(day) | {"verdict": day.verdict.value} for day in trial.days],
        "days_not_judged": trial.days_not_judged,
        "rules": [asdict(rule) | {"share": rule.share} for rule in trial.rules],
        "held": [asdict(one) for one in trial.held],
        "held_counts": dict(trial.held_counts),
    }
