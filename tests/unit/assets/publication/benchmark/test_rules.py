"""Beside what a value may stand: a golden case of each rule, and the laws that hold whatever the cities are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.publication.benchmark.classes import KEY
from assets.publication.benchmark.differences import DIFFERENCES, SENTENCES, numbered_sentences
from assets.publication.benchmark.values import in_windows
from tests.worlds.compared_rows import METRIC, START, Compared

LOW, HIGH = [10.0, 12.0], [30.0, 31.0]
YEAR = {"period": "year", "method": "days of the year: mean, 75 %"}


def both(**other: Any) -> Compared:
    """Two cities, of which the second is other in this."""
    return Compared().city("one", LOW).city("two", HIGH, **other)


def ranks(compared: Compared) -> dict[str, Any]:
    """By city its rank and interval, or why it has none."""
    return {
        city: (row["rank"], row["rank_low"], row["rank_high"]) if row["rank"] is not None else row["not_ranked"]
        for city, row in compared.ranked.items()
    }


# --- what may be compared ---------------------------------------------------------------------------------------------


def test_two_cities_that_measure_alike_are_ranked_and_comparable() -> None:
    compared = both()
    assert ranks(compared) == {"one": (1, 1, 1), "two": (2, 2, 2)}
    pair = compared.pairs["two", "one"]
    assert (pair["comparable"], pair["code"], pair["text"], pair["period_start"]) == (True, None, None, START)
    assert pair["class_id"] == compared.ranked["one"]["class_id"]
    assert compared.ranked["one"]["ranked_with"] == ["one", "two"]


def test_where_more_is_better_the_highest_is_first() -> None:
    compared = Compared().city("one", LOW, direction="higher").city("two", HIGH, direction="higher")
    assert ranks(compared) == {"one": (2, 2, 2), "two": (1, 1, 1)}


def test_how_much_of_the_days_is_needed_is_no_part_of_the_method() -> None:
    """A pack that wants more of its own days has the same method."""
    assert ranks(both(method="days of the month: mean, 90 %"))["two"] == (2, 2, 2)


def test_two_cities_of_one_provider_or_one_standard_are_compared_in_X2() -> None:
    of_class = {"comparability": "X2"}
    assert ranks(Compared().city("one", LOW, **of_class).city("two", HIGH, **of_class))["one"] == (1, 1, 1)
    judged = of_class | {"standard": "kr.cai_2018"}
    compared = Compared().city("one", LOW, **judged).city("two", HIGH, **judged | {"provider": "other"})
    assert ranks(compared)["one"] == (1, 1, 1)


# --- what may not -----------------------------------------------------------------------------------------------------

OTHER: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "border": ({"boundary_kind": "functional"}, "boundary_kind"),
    "network": ({"network": "low_cost"}, "network"),
    "no network": ({"network": None, "kind": "reported"}, "network"),
    "way to the day": ({"ways": ["day; stations: mean, 75 %"]}, "method"),
    "way in a part of the month": ({"ways": ["a", "hour > day: mean, 75 %; stations: mean, 75 %"]}, "method"),
    "way to the month": ({"method": "days of the month: median, 75 %"}, "method"),
    "own readings": ({"own": "pm25_mean where hour > 6"}, "method"),
    "proxy": ({"status": "proxy"}, "method"),
    "standard": ({"standard": "vn.qcvn_05_2023"}, "standard"),
    "unit": ({"unit": "ppb"}, "unit"),
    "simulated": ({"source": "simulated"}, "source_kind"),
    "class": ({"comparability": "X2"}, "comparability"),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_is_other_keeps_two_cities_apart_and_is_said(name: str) -> None:
    more, code = OTHER[name]
    compared = both(**more)
    assert ranks(compared) == {"one": "alone", "two": "alone"}
    pair = compared.pairs["one", "two"]
    assert (pair["comparable"], pair["code"], pair["class_id"]) == (False, code, None)
    assert pair["text"].startswith("not comparable because ")


def test_other_providers_of_X2_are_not_compared() -> None:
    of_class = {"comparability": "X2"}
    compared = Compared().city("one", LOW, **of_class).city("two", HIGH, **of_class, provider="other")
    assert ranks(compared) == {"one": "alone", "two": "alone"}
    assert compared.pairs["one", "two"]["text"] == (
        "not comparable because the data come from different providers: town | other"
    )


@pytest.mark.parametrize(("comparability", "code"), [("X3", "within_city"), ("X0", "relative")])
def test_what_is_of_one_city_is_never_ranked(comparability: str, code: str) -> None:
    of_class = {"comparability": comparability}
    compared = Compared().city("one", LOW, **of_class).city("two", HIGH, **of_class)
    assert ranks(compared) == {"one": code, "two": code}
    assert compared.pairs["one", "two"]["codes"] == [code]
    ids = {row["class_id"] for row in compared.ranked.values()}
    assert len(ids) == 2
    assert all(one.startswith(f"{METRIC}-{comparability}-") for one in ids)


def test_a_value_that_is_less_complete_than_the_metric_asks_for_is_in_no_class() -> None:
    """Its pack finds less enough."""
    compared = both(completeness=0.5)
    assert ranks(compared) == {"one": "alone", "two": "incomplete"}
    assert compared.ranked["two"]["class_id"] is None
    assert compared.pairs["one", "two"]["codes"] == ["incomplete"]


def test_a_value_of_which_nobody_knows_how_complete_it_is_says_that() -> None:
    """It was said to be less complete than the metric asks for, which nobody knew."""
    compared = both(completeness=None)
    pair = compared.pairs["one", "two"]
    assert (pair["comparable"], pair["codes"]) == (False, ["completeness_unknown"])
    assert pair["text"] == "not comparable because it is not known how complete the value of two is"


def test_an_absent_value_is_in_no_class_and_the_pair_says_whose() -> None:
    compared = Compared().city("one", LOW).city("two", None)
    assert ranks(compared) == {"one": "alone", "two": "absent"}
    assert compared.pairs["one", "two"]["text"] == "not comparable because there is no value of two"


def test_where_no_way_is_better_nothing_is_ranked_and_all_is_comparable() -> None:
    compared = Compared().city("one", LOW, direction="none").city("two", HIGH, direction="none")
    assert ranks(compared) == {"one": "no_way_better", "two": "no_way_better"}
    assert compared.pairs["one", "two"]["comparable"]


def test_a_value_that_its_days_do_not_give_has_no_interval_and_so_no_rank() -> None:
    compared = both().city("three", HIGH, value=7.0)
    assert ranks(compared) == {"one": (1, 1, 1), "two": (2, 2, 2), "three": "no_interval"}
    assert compared.ranked["one"]["ranked"] == 2


# --- years ------------------------------------------------------------------------------------------------------------


def of_year(compared: Compared, city: str, *years: int) -> Compared:
    for year in years:
        compared.city(city, LOW, **YEAR, period_start=date(year, 1, 1))
    return compared


@pytest.mark.parametrize(("year", "code"), [(2023, None), (2022, "years")])
def test_years_are_compared_that_are_at_most_two_apart(year: int, code: str | None) -> None:
    pair = of_year(of_year(Compared(), "one", 2025), "two", year).pairs["one", "two"]
    assert (pair["comparable"], pair["code"]) == (code is None, code)
    assert (pair["period_start"], pair["other_start"]) == (date(2025, 1, 1), date(year, 1, 1))


def test_the_same_year_comes_before_a_newer_one() -> None:
    pair = of_year(of_year(Compared(), "one", 2024, 2025), "two", 2023, 2024).pairs["one", "two"]
    assert (pair["period_start"], pair["other_start"]) == (date(2024, 1, 1), date(2024, 1, 1))


def test_the_newest_years_are_grouped_from_the_newest_on() -> None:
    years = {"a": 2025, "b": 2023, "c": 2022, "d": 2020, "e": 2019}
    compared = Compared()
    for city, year in years.items():
        of_year(compared, city, year)
    found = dict(in_windows(compared.classed).select("city", "group").iter_rows())
    assert found == {"a": "latest 2025", "b": "latest 2025", "c": "latest 2022", "d": "latest 2022", "e": "latest 2019"}


def test_months_are_compared_with_the_same_month_alone() -> None:
    compared = Compared().city("one", LOW).city("two", LOW, period_start=date(2025, 4, 1))
    pair = compared.pairs["one", "two"]
    assert (pair["code"], pair["gaps"]) == ("no_common_period", ["2025-03-01", "2025-04-01"])


# --- laws -------------------------------------------------------------------------------------------------------------

DAYS = st.lists(st.integers(0, 60).map(float), min_size=5, max_size=12)
SAME_AS = st.sampled_from([{}, *(dict(more) for more, _ in OTHER.values()), {"comparability": "X3"}])
SOME_CITIES = st.lists(st.tuples(DAYS, SAME_AS), min_size=1, max_size=5)


def of(cities: list[tuple[list[float], dict[str, Any]]]) -> Compared:
    compared = Compared()
    for number, (days, more) in enumerate(cities):
        compared.city(f"city{number}", days, **more)
    return compared


@given(SOME_CITIES)
def test_only_what_is_the_same_in_every_part_of_a_class_is_compared(cities: list[Any]) -> None:
    compared = of(cities)
    rows, classes = compared.ranked, {}
    for city, row in rows.items():
        same = tuple(row[name] for name in KEY)
        assert classes.setdefault(row["class_id"], same) == same
        if row["rank"] is None:
            assert row["not_ranked"] is not None
            continue
        assert row["ranked"] > 1
        assert row["comparability"] in ("X1", "X2")
        assert {rows[other]["class_id"] for other in row["ranked_with"]} == {row["class_id"]}
        assert row["rank_low"] <= row["rank"] <= row["rank_high"] <= row["ranked"]
        assert city in row["ranked_with"]
    assert set(compared.pairs) == {(one, other) for one in rows for other in rows if one != other}
    for (one, other), pair in compared.pairs.items():
        same = rows[one]["class_id"] == rows[other]["class_id"] and rows[one]["comparability"] in ("X1", "X2")
        assert pair["comparable"] == same
        assert bool(pair["codes"]) != same
        back = compared.pairs[other, one]
        assert (back["comparable"], back["codes"]) == (pair["comparable"], pair["codes"])


@given(DAYS)
def test_a_city_alone_is_never_ranked(days: list[float]) -> None:
    assert ranks(of([(days, {})])) == {"city0": "alone"}
    assert of([(days, {})]).pairs == {}


@given(SOME_CITIES, st.randoms())
def test_the_order_of_the_cities_changes_no_rank(cities: list[Any], chance: Any) -> None:
    compared = of(cities)
    found = ranks(compared)
    chance.shuffle(compared.rows)
    assert ranks(compared) == found


@given(SOME_CITIES, DAYS)
def test_a_city_of_another_class_changes_no_rank(cities: list[Any], days: list[float]) -> None:
    compared = of(cities)
    found = ranks(compared)
    compared.city("apart", days, network="crowd")
    assert ranks(compared) == found | {"apart": "alone"}


# --- sentences --------------------------------------------------------------------------------------------------------


def test_every_reason_is_said_in_every_language_with_the_same_gaps() -> None:
    gaps = {code: {f"{{{n}}}" for n in range(len(names))} for code, names in DIFFERENCES.items()}
    assert len(SENTENCES.languages()) == 12
    for language in SENTENCES.languages():
        assert SENTENCES.part(language, "sentences").keys() == DIFFERENCES.keys(), language
        for code, sentence in numbered_sentences(language).items():
            assert {gap for gap in ("{0}", "{1}") if gap in sentence} == gaps[code], (language, code)


def test_every_part_of_a_class_has_a_reason() -> None:
    assert set(KEY) < set(DIFFERENCES)
    assert pl.Series(KEY).is_unique().all()
