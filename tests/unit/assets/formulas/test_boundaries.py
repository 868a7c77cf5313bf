"""Areas that change: what a crosswalk says of a reading, of a series, and of sums of another boundary."""

from datetime import date

import polars as pl
import pytest

from assets.formulas.boundaries import breaks_of, counted_in_part, crosswalks_of, inside_of, on_boundaries_of

# The town T of two districts. X was divided into Y and Z in 2020, P gave a part to Q, and OLD is called NEW.
AREAS = pl.DataFrame(
    [
        ("T", "city", None, None, None),
        ("A", "district", "T", None, None),
        ("B", "district", "T", None, None),
        ("X", "neighbourhood", "A", None, date(2019, 12, 31)),
        ("Y", "neighbourhood", "A", date(2020, 1, 1), None),
        ("Z", "neighbourhood", "B", date(2020, 1, 1), None),
        ("P", "neighbourhood", "A", None, None),
        ("Q", "neighbourhood", "A", date(2021, 7, 1), None),
        ("OLD", "neighbourhood", "B", None, date(2022, 12, 31)),
        ("NEW", "neighbourhood", "B", date(2023, 1, 1), None),
    ],
    schema={"code": pl.String, "level": pl.String, "parent": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
    orient="row",
)
TABLE = pl.DataFrame(
    [
        ("", "X", "Y", "0.6", "2020-01-01", "", "s"),
        ("", "X", "Z", "0.4", "2020-01-01", "", "s"),
        ("", "P", "P", "", "2021-07-01", "", "s"),
        ("", "P", "Q", "", "2021-07-01", "", "s"),
        ("", "OLD", "NEW", "1", "2023-01-01", "", "s"),
        ("phones", "Y", "Y", "0.5", "2020-01-01", "2020-12-31", "s"),
        ("phones", "Y", "P", "0.5", "2020-01-01", "2020-12-31", "s"),
    ],
    schema=["feed", "code", "area", "share", "valid_from", "valid_to", "source"],
    orient="row",
)
WALKS = crosswalks_of(TABLE)


def walk(code, feed=None):
    return next(one for one in WALKS if (one.code, one.feed) == (code, feed))


def counts_for(leaf):
    return {area: share for at, area, _, share in inside_of(AREAS, WALKS).iter_rows() if at == leaf}


def test_rows_of_one_code_feed_and_time_are_one_crosswalk():
    assert [(one.feed, one.code, dict(one.shares)) for one in WALKS] == [
        (None, "X", {"Y": 0.6, "Z": 0.4}),
        (None, "P", {"P": None, "Q": None}),
        (None, "OLD", {"NEW": 1.0}),
        ("phones", "Y", {"Y": 0.5, "P": 0.5}),
    ]
    assert walk("OLD").leaf == "NEW"
    assert [one.known for one in WALKS] == [True, False, True, True]
    assert (walk("Y", "phones").holds(date(2020, 12, 31)), walk("Y", "phones").holds(date(2021, 1, 1))) == (True, False)
    assert crosswalks_of(None) == ()


def test_a_split_reading_counts_by_its_shares_and_whole_for_the_area_around_all_of_them():
    assert counts_for("X") == {"X": 1.0, "A": 1.0}
    assert counts_for(walk("X").leaf) == {"Y": 0.6, "A": 0.6, "Z": 0.4, "B": 0.4}
    assert counts_for(walk("Y", "phones").leaf) == {"Y": 0.5, "P": 0.5, "A": 1.0}


def test_of_open_shares_only_the_area_around_all_targets_is_counted_for():
    assert counts_for(walk("P").leaf) == {"A": 1.0}


def test_an_area_counts_for_those_of_another_classification_in_which_it_lies():
    in_ring = ["P", "Z", "Y"]
    ring = AREAS.head(1).with_columns(code=pl.lit("RING"), level=pl.lit("district"))
    areas = pl.concat([AREAS, ring]).with_columns(
        also_in=pl.when(pl.col("code").is_in(in_ring)).then(pl.lit("RING ")).otherwise(pl.lit(""))
    )
    inside = inside_of(areas, WALKS)
    assert set(inside.filter(_area="P")["area"]) == {"P", "A", "RING"}
    assert set(inside.filter(_area="Q")["area"]) == {"Q", "A"}
    assert set(inside.filter(_area="RING")["area"]) == {"RING"}
    (whole,) = inside.filter(_area=walk("X").leaf, area="RING")["share"]
    assert whole == 1.0, "both targets lie in the ring"
    assert counted_in_part(["P"], date(2024, 1, 1), areas) >= {"RING", "A"}
    assert "RING" not in counted_in_part(in_ring, date(2024, 1, 1), areas)


def test_a_series_breaks_where_an_area_keeps_its_code_and_changes():
    # Y, Z, Q and NEW begin on the day; P gave a part away. What one feed does is no change of an area.
    assert breaks_of(AREAS, WALKS).rows() == [("P", date(2021, 7, 1))]


@pytest.mark.parametrize(
    ("until", "wanted"),
    [
        (date(2019, 6, 1), {"X": (100.0, 1.0), "P": (50.0, 1.0), "OLD": (10.0, 1.0)}),
        (date(2020, 6, 1), {"Y": (60.0, 1.0), "Z": (40.0, 1.0), "P": (50.0, 1.0), "OLD": (10.0, 1.0)}),
        # nobody knows what of P lies in Q: neither can be compared
        (
            date(2021, 8, 1),
            {"Y": (60.0, 1.0), "Z": (40.0, 1.0), "P": (50.0, 0.0), "Q": (50.0, 0.0), "OLD": (10.0, 1.0)},
        ),
        (
            date(2023, 8, 1),
            {"Y": (60.0, 1.0), "Z": (40.0, 1.0), "P": (50.0, 0.0), "Q": (50.0, 0.0), "NEW": (10.0, 1.0)},
        ),
    ],
)
def test_sums_go_to_the_boundaries_of_a_later_day(until, wanted):
    counted = pl.DataFrame({"area": ["X", "P", "OLD"], "value": [100, 50, 10]})
    found = on_boundaries_of(counted, date(2019, 1, 1), until, AREAS, WALKS)
    assert {area: (value, mapped) for area, value, mapped in found.iter_rows()} == {
        area: pytest.approx(numbers) for area, numbers in wanted.items()
    }


def test_nothing_is_moved_backwards_or_twice():
    counted = pl.DataFrame({"area": ["Y"], "value": [60]})
    assert on_boundaries_of(counted, date(2020, 1, 1), date(2020, 6, 1), AREAS, WALKS).rows() == [("Y", 60.0, 1.0)]
