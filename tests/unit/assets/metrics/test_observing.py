"""What a metric observes in a feed: its rows at their places, and how many places there should be."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.formulas.areas import assign_areas
from assets.metrics.feeds import identity_of
from assets.metrics.observed import AREA, REGISTERED, Usual
from assets.metrics.observing import observe, pack_areas
from assets.models import models
from quality.contract.mistakes import ContractError
from tests.worlds.measuring_town import AREAS, feed, outlines, town
from tests.worlds.observed_rows import rows

DAY, LATER = date(2024, 3, 1), date(2024, 3, 2)
AIR = ["place", "time", "pm25"]
SQUARE = '{{"type": "Polygon", "coordinates": [[[{0}, 0], [{1}, 0], [{1}, 1], [{0}, 1], [{0}, 0]]]}}'
# the districts: Alder from longitude 0 to 1, Birch from 1 to 2
SHAPES = pl.DataFrame({"boundary_code": ["a", "b"], "geometry": [SQUARE.format(0, 1), SQUARE.format(1, 2)]})


def air(columns=AIR, **said):
    return feed("air", "air_quality", columns, network="reference", **said)


def reference(contract, since, **columns):
    return rows(contract, (since,), **columns)


def where(observed):
    """place -> kind, area, registered."""
    found = observed.rows.select("place", "kind", AREA, REGISTERED).collect()
    return {place: tuple(rest) for place, *rest in found.iter_rows()}


def expected(observed):
    assert observed.expected is not None
    return {tuple(rest): places for *rest, places in observed.expected.iter_rows()}


def test_rows_have_the_columns_of_the_model_and_say_of_which_feed_and_network_they_are():
    contract = air(own={"state": {"from": "state", "type": "string", "meaning": "State"}})
    found = observe(contract, town(contract), rows(contract, [DAY], place=["p"], pm25=[1.5]), [DAY], {})
    (row,) = found.rows.collect().to_dicts()
    assert "state" not in row
    assert set(models()["air_quality"].columns) <= row.keys()  # what it lacks is null
    of_feed = {
        "place": "p",
        "day": DAY,
        "time_utc": None,
        "pm25": 1.5,
        "time": pl.select(pl.datetime(2024, 3, 1)).item(),
        "network": "reference",
        "feed": "air",
        "kind": None,
        AREA: None,
        REGISTERED: None,
    }
    assert {name: value for name, value in row.items() if value is not None or name in of_feed} == of_feed
    assert (found.identity, found.interval.name, found.expected, found.usual) == (("place",), "day", None, None)


def test_a_table_of_the_pack_says_kind_and_area_and_how_many_there_should_be():
    register = pl.DataFrame(
        {
            "place": ["p", "q", "r", "s"],
            "kind": ["urban", "urban", "roadside", "urban"],
            "area": ["7011", "Birch", "", "7011"],
            "valid_from": ["", "2024-03-02", "", ""],
            "valid_to": ["", "", "", "2024-02-29"],
        }
    )
    contract = air(register="posts")
    city = town(contract, tables={"posts": register})
    both = rows(contract, (DAY, LATER), place=["p", "q", "r", "x"], pm25=[1.0, 2.0, 3.0, 4.0])
    found = observe(contract, city, both, [DAY, LATER], {})
    assert expected(found) == {
        (DAY, "roadside", None): 1,
        (DAY, "urban", "7011"): 1,  # q is not there yet, s no longer
        (LATER, "roadside", None): 1,
        (LATER, "urban", "7011"): 1,
        (LATER, "urban", "7012"): 1,
    }
    later = rows(contract, (LATER,), place=["p", "q", "r", "x"], pm25=[1.0, 2.0, 3.0, 4.0])
    assert where(observe(contract, city, later, [LATER], {})) == {
        "p": ("urban", "7011", True),
        "q": ("urban", "7012", True),
        "r": ("roadside", None, True),
        "x": ("unknown", None, False),  # and not of the kind that places have where nobody says one
    }
    early = found.rows.filter(pl.col("day") == DAY).collect()
    assert early.filter(pl.col("place") == "q")[REGISTERED].item() is False  # its kind and area are known all the same
    assert early.filter(pl.col("place") == "q")[AREA].item() == "7012"
    joined_later = found.unplaced.place(found.unplaced.rows).collect()  # as when readings have become days
    assert joined_later.select(early.columns).sort("day", "place").equals(found.rows.collect().sort("day", "place"))


def test_a_feed_of_places_and_outlines_place_from_the_day_on_which_both_hold():
    listed, lines = feed("list", "place", ["place", "lat", "lon"]), outlines("lines")
    contract = air(register="list")
    city = town(contract, listed, lines)
    references = {
        "list": reference(listed, DAY, place=["p", "q", "out"], lat=[0.5, 0.5, 9.0], lon=[0.5, 1.5, 9.0]),
        "lines": reference(lines, LATER, **SHAPES.to_dict(as_series=False)),
    }
    both = rows(contract, (DAY, LATER), place=["p", "x"], pm25=[1.0, 2.0])
    found = observe(contract, city, both, [DAY, LATER], references)
    assert expected(found) == {
        (DAY, None, None): 3,
        (LATER, None, None): 1,
        (LATER, None, "7011"): 1,
        (LATER, None, "7012"): 1,
    }
    placed = found.rows.select("place", "day", AREA, REGISTERED).sort("place", "day").collect().rows()
    assert placed == [
        ("p", DAY, None, True),
        ("p", LATER, "7011", True),
        ("x", DAY, None, False),
        ("x", LATER, None, False),
    ]


def test_a_register_that_has_not_come_yet_says_nothing():
    listed = feed("list", "place", ["place", "lat", "lon"])
    contract = air(register="list")
    found = observe(contract, town(contract, listed), rows(contract, [DAY], place=["p"], pm25=[1.0]), [DAY], {})
    assert (found.expected, where(found)) == (None, {"p": (None, None, None)})


def test_what_a_row_says_goes_before_its_register_and_this_before_its_own_position():
    contract = air([*AIR, "area", "lat", "lon"], register="posts")
    register = pl.DataFrame({"place": ["p", "q", "r", "s"], "area": ["7012", "7012", "", ""]})
    lines = SHAPES  # a table of the pack
    city = town(contract, tables={"posts": register, "lines": lines})
    said = rows(
        contract,
        [DAY],
        place=["p", "q", "r", "s", "t"],
        area=["7011", None, None, "70", "elsewhere"],
        lat=[0.5, 0.5, 0.5, None, 0.5],
        lon=[1.5, 0.5, 1.5, None, 0.5],
        pm25=[1.0] * 5,
    )
    found = observe(contract, city, said, [DAY], {})
    assert found.unplaced is None  # rows of one place may lie in several areas
    areas = {place: area for place, (_, area, _) in where(found).items()}
    assert areas == {"p": "7011", "q": "7012", "r": "7012", "s": None, "t": "7011"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7011", "7011"),
        ("701101", "701101"),
        ("70110199", "701101"),  # begins with the ward
        ("70119", "7011"),  # a longer code of another system of wards
        ("Birch", "7012"),
        ("70", None),  # the city itself
        ("Town", None),
        ("7099", None),  # of no area, and as long as the codes of its level
        ("birch", None),
        (None, None),
    ],
)
def test_an_area_is_named_by_its_code_its_name_or_a_longer_code(text, code):
    assert pack_areas(town(), {}).named(pl.Series([text], dtype=pl.String)).item() == code


def test_codes_of_unequal_length_are_not_taken_for_beginnings_and_names_of_two_areas_for_none():
    areas = AREAS.with_columns(code=pl.Series(["0", "1", "10", "2", "3"]), name_en=pl.Series(["T", "A", "A", "C", "D"]))
    areas = areas.with_columns(parent=pl.Series([None, "0", "0", "0", "0"]), name=pl.Series(["T", "A", "A", "C", "D"]))
    names = pl.Series(["101", "1", "12", "A", "C"])
    city = town(areas=areas.with_columns(level=pl.Series(["city", *["district"] * 4])))
    found = pack_areas(city, {}).named(names).to_list()
    # "70" is the area of the city of this town, not "0"
    assert found == [None, "1", None, None, "2"]


def test_the_kind_of_the_rows_stays_where_the_model_has_one():
    contract = feed("w", "water_use", ["place", "kind", "time", "volume"], register="posts")
    city = town(contract, tables={"posts": pl.DataFrame({"place": ["p"], "kind": ["well"], "area": ["7011"]})})
    found = observe(contract, city, rows(contract, [DAY], place=["p"], kind=["supplied"], volume=[1.0]), [DAY], {})
    assert where(found) == {"p": ("supplied", "7011", True)}
    assert identity_of(contract) == ("place", "kind")


def test_rows_of_the_days_before_are_placed_as_those_of_the_day():
    contract = air([*AIR, "area"])
    earlier = rows(contract, (DAY,), place=["p"], area=["Alder"], pm25=[1.0])
    compared = pl.DataFrame({"day": [LATER], "before": [DAY]})
    today = rows(contract, (LATER,), place=["p"], area=["Alder"], pm25=[1.0])
    found = observe(contract, town(contract), today, [LATER], {}, Usual(earlier, compared))
    assert found.usual is not None
    assert found.usual.rows.select(AREA, "day").collect().rows() == [("7011", DAY)]
    assert found.usual.compared.rows() == [(LATER, DAY)]


def test_a_point_lies_in_the_deepest_area_whose_outline_has_it():
    areas = AREAS.with_columns(boundary_code=pl.Series(["c", "a", "b", "w", None]))
    shapes = pl.DataFrame(
        {
            "boundary_code": ["c", "a", "w"],
            "geometry": [SQUARE.format(0, 3), SQUARE.format(0, 1), SQUARE.format(0, 0.4)],
        }
    )
    points = pl.DataFrame({"place": ["ward", "alder", "town"], "lat": [0.5] * 3, "lon": [0.2, 0.7, 2.5]})
    assert dict(assign_areas(points, shapes, areas).iter_rows()) == {"ward": "701101", "alder": "7011", "town": "70"}


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from("pqrstu"),
        st.tuples(st.sampled_from(["urban", "roadside", None]), st.sampled_from(["7011", "7012", "701101", None])),
        min_size=1,
    ),
    st.lists(st.sampled_from("pqrstuxyz"), unique=True),
)
def test_no_row_is_lost_or_doubled_and_the_register_counts_each_place_once(register, reporting):
    contract = air(register="posts")
    kinds, areas = zip(*register.values(), strict=True)
    text = pl.String
    table = pl.DataFrame(
        {"place": list(register), "kind": kinds, "area": areas}, schema={"place": text, "kind": text, "area": text}
    )
    city = town(contract, tables={"posts": table})
    found = observe(
        contract, city, rows(contract, [DAY], place=reporting, pm25=[1.0] * len(reporting)), [DAY, LATER], {}
    )
    assert sorted(found.rows.collect()["place"]) == sorted(reporting)
    assert sum(expected(found).values()) == 2 * len(register)
    for place, seen in where(found).items():
        kind, area = register.get(place, (None, None))
        assert seen == (kind or ("unknown" if any(kinds) else None), area, place in register)


def test_a_table_without_a_column_of_places_is_no_register():
    contract = air(register="posts")
    city = town(contract, tables={"posts": pl.DataFrame({"station": ["p"], "kind": ["urban"]})})
    with pytest.raises(ContractError, match=r"town/posts.csv:1: column place is missing, and air looks"):
        observe(contract, city, rows(contract, [DAY], place=["p"], pm25=[1.0]), [DAY], {})


def test_a_register_says_where_areas_lie_that_a_feed_knows_by_codes_of_its_own():
    columns = ["area", "industry", "time"]
    won = {"amount": {"from": "amount", "unit": "KRW"}}
    contract = feed("cards", "sales", columns, won, interval="quarter", register="markets")
    register = pl.DataFrame({"place": ["m1", "m2", "m3"], "area": ["7012", "Alder", None]})
    city = town(contract, tables={"markets": register})
    sold = rows(contract, [DAY], area=["m1", "m2", "m3", "7011", "m9"], industry=["bread"] * 5, amount=[1.0] * 5)
    found = observe(contract, city, sold, [DAY], {})
    assert dict(found.rows.select("area", AREA).collect().rows()) == {
        "m1": "7012",
        "m2": "7011",
        "m3": None,
        "7011": "7011",
        "m9": None,
    }
    assert found.rows.collect().height == 5
    assert found.expected is None  # it does not say of how many industries a market has rows
