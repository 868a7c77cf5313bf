"""Cities side by side in the published file: towns that may be compared and towns that may not, in one home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from tests.worlds.compared_towns import METRICS, TOWNS, ComparedTowns, Town, compared_towns

MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 1)
RANKS = "SELECT city, period_start, rank, rank_low, rank_high, ranked, not_ranked FROM benchmark.value"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> ComparedTowns:
    return compared_towns(tmp_path_factory.mktemp("compared"))


def test_every_value_is_the_city_s_own(towns: ComparedTowns) -> None:
    """Each month, quarter and year of a whole city is there, as it is in metric.value, and nothing else."""
    key = "city, area, metric, period, period_start, value, unit, n, expected, counted, completeness, status, quality"
    key += ", reason_code, reason, notation, standard, comparability"
    own, same = towns.answers(
        f"SELECT {key}, published_at FROM metric.value WHERE period IN ('month', 'quarter', 'year') AND area = '1'"
        " ORDER BY ALL",
        f"SELECT {key}, published_at FROM benchmark.value ORDER BY ALL",
    )
    assert len(own) == 4 * 3 * 2
    assert same == own


def test_cities_of_one_class_are_ranked_in_each_month(towns: ComparedTowns) -> None:
    """alder is better by one on most days; cedar has another way to a day, and dune another year."""
    found = towns.rows(f"{RANKS} WHERE metric = 'pm25_mean_month' ORDER BY city, period_start")
    alone = [("cedar", MARCH), ("cedar", APRIL), ("dune", date(2024, 3, 1)), ("dune", date(2024, 4, 1))]
    assert found == [
        *[("alder", month, 1, 1, 1, 2, None) for month in (MARCH, APRIL)],
        *[("birch", month, 2, 2, 2, 2, None) for month in (MARCH, APRIL)],
        *[(city, month, None, None, None, None, "alone") for city, month in alone],
    ]


def test_a_class_says_what_its_values_have_in_common(towns: ComparedTowns) -> None:
    found = towns.rows(
        "SELECT cities, method, network, source_kind, boundary_kind, periods, compared, first_start, last_start"
        " FROM benchmark.class WHERE metric = 'pm25_mean_month' ORDER BY cities"
    )
    way = "days of the month: mean; each day: {}; stations: mean, 75 %"
    common = ("reference", "measured", "administrative")
    assert found == [
        (["alder", "birch", "dune"], way.format("day"), *common, 4, 2, date(2024, 3, 1), APRIL),
        (["cedar"], way.format("hour > day: mean, 75 %"), *common, 2, 0, MARCH, APRIL),
    ]


def test_every_two_cities_are_there_and_why_they_are_not_comparable(towns: ComparedTowns) -> None:
    pairs, said = towns.answers(
        "SELECT city, other, comparable, code FROM benchmark.pair WHERE metric = 'pm25_mean_month'"
        " AND city < other ORDER BY ALL",
        "SELECT count(*) FROM benchmark.pair p LEFT JOIN benchmark.reason r USING (metric, city, other)"
        " WHERE p.comparable = (r.text IS NOT NULL) OR p.text IS DISTINCT FROM r.text"
        " OR NOT coalesce(starts_with(p.text, 'not comparable because '), p.comparable)",
    )
    assert pairs == [
        ("alder", "birch", True, None),
        ("alder", "cedar", False, "method"),
        ("alder", "dune", False, "no_common_period"),
        ("birch", "cedar", False, "method"),
        ("birch", "dune", False, "no_common_period"),
        ("cedar", "dune", False, "no_common_period"),
    ]
    assert said == [(0,)]


def test_codes_of_standards_have_the_values_of_their_metrics(towns: ComparedTowns) -> None:
    """Days above a limit have no code: they are another indicator than the concentration."""
    iso, u4ssc, sdg = towns.answers(
        *(
            f"SELECT code, edition, verified, city, value, rank FROM benchmark.{name}"
            f" WHERE period_start = '{MARCH}' AND city = 'birch'"
            for name in ("iso_37120", "u4ssc", "sdg")
        )
    )
    assert iso == [("8.1", "2014", True, "birch", 14.0, 2)]
    assert u4ssc == [("EN:EN:AQ:1C", "2022", True, "birch", 14.0, 2)]
    assert sdg == []


def answers(towns: ComparedTowns, cities: Sequence[str]) -> list[list[tuple]]:
    """The values and ranks of these cities."""
    return towns.answers(
        f"SELECT * FROM benchmark.value WHERE city IN {tuple(cities)} ORDER BY ALL",
        f"SELECT * EXCLUDE (run_id, published_at) FROM metric.value WHERE city IN {tuple(cities)} ORDER BY ALL",
    )


def test_another_city_changes_no_value_and_only_the_ranks_of_its_class(tmp_path: Path) -> None:
    """A city of another class changes no row at all; one of the same class is ranked among the others, and moves none
    of their values. A pack that breaks afterwards keeps its last values, and is ranked as it was."""
    of_march = {name: replace(town, last=date(2025, 3, 31)) for name, town in TOWNS.items()}
    few, elm = (
        {name: of_march[name] for name in ("alder", "birch")},
        replace(of_march["alder"], figure=lambda n: 5 + n % 7),
    )
    towns = compared_towns(tmp_path, few)
    first = answers(towns, list(few))
    towns.measured({"cedar": of_march["cedar"]})
    assert answers(towns, list(few)) == first
    towns.measured({"elm": elm})
    assert answers(towns, list(few))[1] == first[1]
    march = f"{RANKS} WHERE metric = 'pm25_mean_month' AND period_start = '{MARCH}' AND rank IS NOT NULL ORDER BY city"
    ranked = towns.rows(march)
    assert [(row[0], row[2], row[5]) for row in ranked] == [("alder", 2, 3), ("birch", 3, 3), ("elm", 1, 3)]
    version = towns.publish().version
    (towns.packs / "elm" / "city.yaml").write_text("name: [")
    assert towns.publish().version == version
    assert towns.rows(march) == ranked
    again = compared_towns(tmp_path / "again", {"elm": elm, **few})
    assert again.rows(march) == ranked, "whichever came first"


def test_a_city_alone_has_values_and_no_rank(tmp_path: Path) -> None:
    """With its reasons, and without pairs. Its classes wait for another city."""
    towns = compared_towns(tmp_path, {"alder": Town(lambda n: 10 + n % 7, metrics=METRICS)})
    ranked, pairs, classes = towns.answers(
        "SELECT DISTINCT rank, ranked, not_ranked FROM benchmark.value",
        "FROM benchmark.pair",
        "SELECT DISTINCT cities, compared FROM benchmark.class",
    )
    assert ranked == [(None, None, "alone")]
    assert pairs == []
    assert classes == [(["alder"], 0)]


@pytest.mark.parametrize("word", ["benchmark.latest", "benchmark.pair", "benchmark.reason", "benchmark.class", "u4ssc"])
def test_queries_of_the_guide_answer_for_several_cities(word: str, towns: ComparedTowns) -> None:
    """tests/docs asks them of a file of one city."""
    guide = (REPOSITORY / "docs" / "analyst-guide.md").read_text("utf-8")
    (query,) = [one for one in re.findall(r"```sql\n(.*?)```", guide, re.DOTALL) if word in one]
    alder = query.replace("'seoul'", "'alder'").replace("'ko'", "'en'").replace("period = 'year'", "period = 'month'")
    rows = towns.rows(alder)
    assert len(rows) > 1
