"""The numbers behind the legal test, by hand: which years count, which feed, which buildings, and what is not known."""

from datetime import date

import pytest

from assets.formulas.boundaries import breaks_of
from assets.marts.regeneration_area_year import regeneration_area_year
from tests.unit.assets.marts.observations import observed
from tests.worlds.packs import seoul

PACK = seoul()
YEAR = date(2026, 1, 1)
JONGNO, JUNG = "11110", "11140"
DISTRICTS = tuple(PACK.areas.filter(level="district")["code"])


def history(what: str, numbers, area: str = JONGNO, **more):
    """Rows of the years that end with 2026."""
    first = 2026 - len(numbers) + 1
    return [
        {"area": area, "time": date(first + at, 1, 1), what: number, **more}
        for at, number in enumerate(numbers)
        if number is not None
    ]


def of_year(residents=(), businesses=(), buildings=(), area: str = JONGNO):
    """The row of an area; each argument is rows, or feeds of rows."""

    def feeds(model, rows):
        several = rows if rows and isinstance(rows[0], list) else [rows]
        return tuple(
            observed(model, of_feed, starts=[YEAR], feed=f"feed_{at}") for at, of_feed in enumerate(several) if of_feed
        )

    said = {"residents": residents, "businesses": businesses, "buildings": buildings}
    read = {model: feeds(model, rows) for model, rows in said.items()}
    rows = regeneration_area_year(read, PACK).filter(area=area).rows(named=True)
    return rows[0] if rows else None


RESIDENTS = history("residents", [10_000, *[9_000] * 29, 7_900])
BUSINESSES = history("businesses", [1_000, *[950] * 9, 951])


def built(*days, area: str = JONGNO, m2: float = 100):
    return [{"place": f"b{at}", "area": area, "built_on": day, "floor_area": m2} for at, day in enumerate(days)]


def test_the_example_of_the_law_by_hand():
    """Residents 21 % below 1996 (met), establishments 4.9 % below 2016 (not), 55 of 100 buildings are old (met)."""
    buildings = built(*[date(2006, 12, 31)] * 55, *[date(2007, 1, 1)] * 45)
    row = of_year(RESIDENTS, BUSINESSES, buildings)
    assert [row[f"{what}_criterion"] for what in ("residents", "businesses", "buildings")] == [True, False, True]
    assert (row["residents"], row["residents_highest"], row["residents_highest_year"]) == (7_900, 10_000, 1996)
    assert (row["residents_years_known"], row["businesses_years_known"]) == (31, 11)
    assert (row["criteria_met"], row["criteria_known"], row["result"]) == (2, 3, "met")


@pytest.mark.parametrize(
    ("residents", "buildings", "result", "met", "known"),
    [
        (RESIDENTS, [date(2000, 1, 1)] * 5, "met", 2, 2),  # whatever the establishments were
        (RESIDENTS, [date(2020, 1, 1)] * 5, "indeterminate", 1, 2),
        (history("residents", [9_000] * 31), [date(2020, 1, 1)] * 5, "not met", 0, 2),
        (history("residents", [9_000] * 6), [date(2020, 1, 1)] * 5, "indeterminate", 0, 1),
    ],
)
def test_a_criterion_that_is_not_known_decides_nothing_that_the_others_do(residents, buildings, result, met, known):
    row = of_year(residents, (), built(*buildings))
    assert (row["result"], row["criteria_met"], row["criteria_known"]) == (result, met, known)
    assert row["two_of_three"] is {"met": True, "not met": False}.get(result)


def test_years_of_two_feeds_are_never_put_together():
    """The other counts foreigners: from 9,000 to 8,500 would be a fall that never was."""
    of_all, of_citizens = history("residents", [9_000] * 3), history("residents", [8_600, 8_550, 8_520, 8_500])[:-1]
    row = of_year([of_citizens, history("residents", [8_500] * 7), of_all])
    assert (row["residents"], row["residents_years_known"], row["residents_falls_running"]) == (8_500, 7, 0)


def test_a_total_counts_beside_its_parts_and_parts_are_added_up_without_one():
    parts = [history("residents", [number] * 6, sex=sex) for sex, number in (("female", 40), ("male", 60))]
    totals = history("residents", [100] * 6, sex="total")
    for rows in ([*parts[0], *parts[1]], [*parts[0], *parts[1], *totals]):
        assert of_year(rows)["residents"] == 100


def test_a_city_without_one_of_its_districts_has_no_number():
    every = [row for code in DISTRICTS for row in history("residents", [100] * 6, area=code)]
    assert of_year(every, area="11")["residents"] == 2_500
    lacking = [row for row in every if row["area"] != JUNG or row["time"] != YEAR]
    assert of_year(lacking, area="11") is None
    assert of_year([row for row in every if row["area"] != JUNG], area="11") is None


def test_years_before_another_outline_are_never_spliced_on():
    """A part went to another neighbourhood in 2010: the higher number of before was of a larger area."""
    area, since = next(pair for pair in breaks_of(PACK.areas, PACK.crosswalks).iter_rows() if pair[1].year > 1996)
    numbers = {year: 10_000 if date(year, 12, 31) < since else 7_000 for year in range(1996, 2027)}
    row = of_year(history("residents", list(numbers.values()), area=area), area=area)
    assert (row["residents_highest"], row["residents_years_known"]) == (7_000, 2027 - since.year)
    assert row["residents_criterion"] is None


def test_20_years_are_over_on_the_day_itself():
    row = of_year(RESIDENTS, (), built(*[date(2006, 12, 31)] * 3, *[date(2007, 1, 1)] * 3, date(1996, 12, 31)))
    assert (row["buildings_over_20y"], row["buildings_over_30y"], row["buildings"]) == (4, 1, 7)


def test_buildings_that_are_not_there_yet_are_none():
    assert of_year(RESIDENTS, (), built(*[date(2000, 1, 1)] * 5, date(2027, 1, 1)))["buildings"] == 5


def test_ages_by_number_and_by_floor_area():
    """Ages 5, 20 and 31, the oldest two times: the middle is 20. 900 of 1,300 m2 are 5 years old."""
    buildings = built(*(date(2026 - age, 6, 1) for age in (5, 20, 31, 31, 6)))
    for row, m2 in zip(buildings, (900, 100, 100, 100, 100), strict=True):
        row["floor_area"] = m2
    row = of_year(RESIDENTS, (), buildings)
    assert (row["building_age_median"], row["building_age_median_by_area"]) == (20, 5)


@pytest.mark.parametrize(
    ("old", "new", "unknown", "criterion", "tells"),
    [
        (50, 50, 0, True, True),
        (49, 51, 0, False, True),
        (55, 35, 10, True, True),  # 55 of 100, whatever the ten are
        (45, 45, 10, None, True),  # 45 or 55 of 100
        (39, 51, 10, False, True),  # 49 of 100 at the most
        (55, 34, 11, True, False),
        (4, 0, 0, True, False),  # ages of four would be those of single buildings
    ],
)
def test_buildings_of_unknown_age_may_decide(old, new, unknown, criterion, tells):
    row = of_year(RESIDENTS, (), built(*[date(2000, 1, 1)] * old, *[date(2020, 1, 1)] * new, *[None] * unknown))
    assert (row["buildings_criterion"], row["ages_tell"]) == (criterion, tells)
    assert (row["building_age_median"] is not None) is tells
    assert row["buildings_known"] == old + new


def test_where_nothing_is_known_there_is_no_row():
    assert of_year(RESIDENTS, area=JUNG) is None
