"""`madang explain`: what is shown of one value."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console

from pipelines.cli import explained
from pipelines.explain import Lineage

VALUE = {
    "value": 20.0,
    "unit": "ug/m3",
    "n": 25,
    "completeness": 1.0,
    "status": "ok",
    "reason": None,
    "source": "files",
    "period": "day",
    "period_start": date(2020, 4, 1),
    "published_at": datetime(2020, 4, 2, tzinfo=UTC),
}
DEFINITION = dict.fromkeys(("standard", "edition", "code", "caveat")) | {"title": "PM2.5", "formula": "a mean"}


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ({"target": 15.0, "target_source": "WHO 2021, 24 hours"}, "Target: 15 ug/m3, from WHO 2021, 24 hours"),
        ({"target": 15.0, "target_source": None}, "Target: 15 ug/m3"),
        ({"target": None, "target_source": None}, None),
    ],
)
def test_a_target_is_shown_with_its_source(target: dict[str, Any], line: str | None):
    lineage = Lineage("Seoul", DEFINITION, VALUE | target, history=[], batches=[], deliveries=[], rules_failed=[])
    console = Console(width=200)
    with console.capture() as capture:
        console.print(explained.shown(lineage))
    shown = [text.strip() for text in capture.get().splitlines() if text.startswith("Target")]
    assert shown == ([line] if line else [])
