"""Which feeds of Seoul the mart of regeneration reads: years and whole histories, and nothing of quarters."""

from assets.metrics.fed_marts import fed_marts
from tests.worlds.packs import seoul


def test_histories_are_taken_whole_and_quarters_are_no_ends_of_years():
    read = fed_marts(seoul())["regeneration_area_year"]
    assert {model: [feed.name for feed in feeds] for model, feeds in read.feeds.items()} == {
        "residents": ["residents_history", "residents_year"],
        "businesses": ["businesses_history"],
        "buildings": ["building_register"],
    }
    assert [feed.name for feed in read.of_time] == ["residents_year"]


def test_a_register_of_years_is_for_marts_that_ask_for_it():
    others = [fed for name, fed in fed_marts(seoul()).items() if name != "regeneration_area_year"]
    names = {feed.name for fed in others for feed in (*fed.of_time, *fed.whole)}
    assert not {"residents_history", "businesses_history"} & names
