"""A metric that is of another period than before: values of the old period are none of it."""

from pathlib import Path
from typing import Any

import yaml

from tests.worlds.towns import Towns

DUST: dict[str, Any] = {
    "observes": "air_quality",
    "value": "pm25",
    "over_time": [{"to": "day", "as": "max", "needs": 0.05}],
    "over_space": {"as": "max", "needs": 0.5, "counts": "stations"},
    "unit": "ug/m3",
    "possible": [0, 5000],
    "title": "Dust",
    "formula": "The highest",
}


def entries(pack: Path, **said: Any) -> None:
    """Two entries of one subject, so that its table is there whatever becomes of the first; `said` is of the first."""
    changed = {key: value for key, value in (DUST | said).items() if value is not None}
    (pack / "metrics").mkdir(exist_ok=True)
    (pack / "metrics" / "dust.yaml").write_text(yaml.safe_dump({"worst": changed, "other": DUST}))


def test_values_of_the_period_before_are_not_published(tmp_path: Path):
    towns = Towns(tmp_path)
    pack = towns.add("here")
    entries(pack)
    towns.night()
    query = "SELECT metric, period FROM metric.value WHERE value IS NOT NULL ORDER BY ALL"
    assert towns.rows(query) == [("other", "day"), ("worst", "day")]
    entries(pack, every="month", over_time=None)
    towns.publish()  # before any night makes what is of the month
    assert towns.rows(query) == [("other", "day")]
    entries(pack)
    towns.publish()
    assert towns.rows(query) == [("other", "day"), ("worst", "day")]
