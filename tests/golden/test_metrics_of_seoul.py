"""What each metric of Seoul has to say of itself: how to read it, what it cannot say, and where it comes from."""

from assets.metrics.entries import platform_entries, platform_metrics
from tests.support.golden import golden_cases
from tests.worlds.packs import seoul

LEAST = 80  # entries chosen, each with a definition of its own
LANGUAGES = ("ko", "en")


def chosen_entries():
    names = dict.fromkeys(metric.entry for metric in seoul().metrics.values())
    return {name: platform_entries()[name] for name in names if name in platform_entries()}


def test_it_has_eighty_and_more():
    assert len(chosen_entries()) >= LEAST


def test_each_says_in_two_languages_how_it_is_read_and_what_it_cannot_say():
    lacking = [
        f"{metric.metric}: {key} in {language}"
        for metric in seoul().metrics.values()
        for key, said in (("reads", metric.reads), ("not", metric.not_), ("title", metric.title))
        for language in LANGUAGES
        if said is None or language not in said.root
    ]
    assert not lacking, f"write them into the entry in assets/metrics/<subject>.yaml: {lacking}"


def test_each_names_its_standard_or_says_that_there_is_none():
    lacking = [
        f"{named.subject}.yaml: {name}"
        for name, named in chosen_entries().items()
        if named.entry.standard is None and not named.entry.codes
    ]
    assert not lacking, f"write `standard: {{name, edition, code}}`, or `standard: none`: {lacking}"


def test_no_code_is_given_of_an_edition_that_nobody_could_read():
    unread = (("ISO 37120", "2018"), ("ISO 37122", "2019"))
    found = [
        f"{metric.metric}: {one.name} {one.edition} {one.code}"
        for named in platform_entries().values()
        for metric in named.metrics
        for one in (metric.standard, *metric.codes)
        if one is not None and one.code is not None and (one.name, one.edition) in unread
    ]
    assert found == []


def test_each_target_says_whose_it_is():
    assert [name for name, one in seoul().choices.items() if one.target is not None and not one.target_source] == []


def test_each_has_a_golden_value():
    wanted = [metric for metric in seoul().metrics if metric in platform_metrics()]
    assert [metric for metric in wanted if metric not in golden_cases()] == []
