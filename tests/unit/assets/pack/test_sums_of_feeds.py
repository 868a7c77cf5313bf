"""What a pack adds up is of one feed, of one network, or of rows that are asked for by a condition."""

from collections.abc import Iterator

import pytest

from assets.metrics.sources import sources_of
from assets.models import models
from assets.pack.city import City, load_city
from tests.support.paths import CITIES


def added_up_blindly(city: City) -> Iterator[tuple[str, list[str]]]:
    """Metrics that sum whatever several feeds have. The shares of household spending were by shops' sales, too: food
    was 12 % of all in a district where it was 17."""
    for metric in city.computed_metrics.values():
        entry = city.entries[metric.entry].entry
        if entry.observes not in models() or entry.over_space is None or entry.over_space.as_ != "sum":
            continue
        feeds = sources_of(entry, city)
        one_network = len({feed.network for feed in feeds}) == 1 and feeds and feeds[0].network is not None
        if len(feeds) > 1 and entry.where is None and not one_network:
            yield metric.metric, [feed.name for feed in feeds]


@pytest.mark.parametrize("pack", sorted(path.parent.name for path in CITIES.glob("*/city.yaml")))
def test_no_sum_is_of_feeds_that_count_different_things(pack: str) -> None:
    assert dict(added_up_blindly(load_city(CITIES / pack))) == {}
