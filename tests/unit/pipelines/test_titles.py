"""Every metric that a city shows has a title in each of its languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.pack.city import load_city
from quality.language_tags import nearest
from tests.support.paths import REPOSITORY


@pytest.mark.parametrize("pack", sorted(path.parent.name for path in (REPOSITORY / "cities").glob("*/city.yaml")))
def test_the_metrics_of_a_city_have_titles_in_its_languages(pack: str) -> None:
    assert untitled(REPOSITORY / "cities" / pack) == []


def untitled(folder: Path) -> list[str]:
    """The metrics of a pack, with the language that their title is missing in."""
    city = load_city(folder)
    return [
        f"{metric}: {tag}"
        for metric in city.metrics
        for tag in city.config.languages
        if nearest(tag, list(city.metric_title(metric).root)) is None
    ]
