"""Air indices against the golden values, every class boundary, and the order they must keep."""

import math
from itertools import pairwise
from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas import air

# Resolution and upper class bounds as printed in the AirKorea table, apart from the module's own integers.
STEP = {"pm25": 1, "pm10": 1, "no2": 0.001, "o3": 0.001, "so2": 0.001, "co": 0.01}
TOPS = {
    "pm25": (15, 35, 75, 500),
    "pm10": (30, 80, 150, 600),
    "no2": (0.030, 0.060, 0.200, 2),
    "o3": (0.030, 0.090, 0.150, 0.6),
    "so2": (0.020, 0.050, 0.150, 1),
    "co": (2, 9, 15, 50),
}
COLUMNS = ("pm25_ugm3", "pm10_ugm3", "no2_ppm", "o3_ppm", "so2_ppm", "co_ppm")
# Sub-indices by hand: 50, 33, 17, 25, 5, 10 - one clear leader and nothing near "unhealthy".
CLEAN = dict(zip(COLUMNS, (15.0, 20.0, 0.010, 0.015, 0.002, 0.40), strict=True))

concentrations = st.lists(
    st.one_of(st.floats(0, 700), st.floats(0, 3), st.integers(0, 7000).map(lambda k: k / 1000)),
    min_size=2,
    max_size=60,
)


def column(values: list, dtype: type[pl.DataType] = pl.Float64) -> pl.DataFrame:
    return pl.DataFrame({"c": pl.Series(values, dtype=dtype)})


def cai_of(pollutant: str, *values: float | None) -> list[int | None]:
    return column(list(values)).select(air.cai_subindex(pollutant, pl.col("c"))).to_series().to_list()


def cai_row(**changes: float | None) -> tuple:
    schema = dict.fromkeys(COLUMNS, pl.Float64)
    return air.cai(pl.DataFrame([CLEAN | changes], schema=schema)).select(pl.col("^cai.*$")).row(0)


@pytest.mark.parametrize(
    ("pollutant", "concentration", "expected"),
    [
        ("pm25", 15, 50),
        ("pm25", 16, 51),
        ("pm25", 33, 95),
        ("pm25", 35, 100),
        ("pm25", 36, 101),
        ("pm25", 75, 250),
        ("pm10", 56, 76),
        ("pm10", 80, 100),
        ("pm10", 150, 250),
    ],
)
def test_cai_golden(pollutant, concentration, expected):
    assert cai_of(pollutant, concentration) == [expected]


@pytest.mark.parametrize(
    ("pollutant", "concentration", "expected"),
    [
        ("pm25", 25, 74),  # 49/19*9 + 51 = 74.21
        ("pm10", 375, 375),  # 249/449*224 + 251 = 375.22
        ("no2", 0.045, 75),  # 49/29*14 + 51 = 74.66
        ("o3", 0.120, 174),  # 149/59*29 + 101 = 174.24
        ("so2", 0.100, 175),  # 149/99*49 + 101 = 174.75
        ("co", 5.00, 72),  # 49/699*299 + 51 = 71.96
        # The top class, whose bound a capped value cannot show.
        ("pm25", 300, 383),  # 249/424*224 + 251 = 382.55
        ("no2", 1.000, 362),  # 249/1799*799 + 251 = 361.59
        ("o3", 0.400, 389),  # 249/449*249 + 251 = 389.09
        ("so2", 0.500, 353),  # 249/849*349 + 251 = 353.36
        ("co", 30.00, 358),  # 249/3499*1499 + 251 = 357.67
        ("so2", 0.001, 3),  # 50/20 = 2.5: half up, where half-to-even would say 2
        ("co", 0.50, 13),  # 50*50/200 = 12.5
    ],
)
def test_cai_inside_a_class(pollutant, concentration, expected):
    assert cai_of(pollutant, concentration) == [expected]


@pytest.mark.parametrize("pollutant", TOPS)
def test_cai_class_boundaries(pollutant):
    tops, step = TOPS[pollutant], STEP[pollutant]
    assert cai_of(pollutant, 0, *tops) == [0, 50, 100, 250, 500]
    assert cai_of(pollutant, *(top + step for top in tops[:3])) == [51, 101, 251]
    # No gap and no overlap: the value between two classes belongs to the nearer one.
    assert cai_of(pollutant, *(top + 0.4 * step for top in tops[:3])) == [50, 100, 250]
    assert cai_of(pollutant, *(top + 0.5 * step for top in tops[:3])) == [51, 101, 251]


@pytest.mark.parametrize("pollutant", TOPS)
def test_cai_ignores_binary_noise_at_a_boundary(pollutant):
    tops = TOPS[pollutant][:3]
    assert cai_of(pollutant, *(math.nextafter(top, math.inf) for top in tops)) == [50, 100, 250]
    assert cai_of(pollutant, *(math.nextafter(top, 0) for top in tops)) == [50, 100, 250]


@pytest.mark.parametrize("pollutant", TOPS)
def test_cai_outside_the_table(pollutant):
    top, step = TOPS[pollutant][-1], STEP[pollutant]
    assert cai_of(pollutant, top + step, 10 * top, 1e300) == [500, 500, 500]
    assert cai_of(pollutant, -step, -1e-9, None, math.nan, math.inf) == [None] * 5


def test_results_keep_the_name_of_the_concentration():
    assert column([1.0]).select(air.cai_subindex("co", pl.col("c"))).columns == ["c"]


def test_unknown_pollutant_is_refused():
    with pytest.raises(KeyError):
        air.cai_subindex("pm1", pl.col("c"))


def test_pollutant_names_agree():
    assert tuple(air.CAI_BREAKPOINTS) == tuple(air.CAI_COLUMNS) == get_args(air.Pollutant) == tuple(TOPS)
    assert tuple(air.CAI_COLUMNS.values()) == COLUMNS


@given(values=concentrations, pollutant=st.sampled_from(list(TOPS)))
def test_cai_never_falls_and_stays_in_range(values, pollutant):
    index = cai_of(pollutant, *sorted(values))
    assert index == sorted(index)
    assert all(0 <= points <= 500 for points in index)


@pytest.mark.parametrize("pollutant", TOPS)
def test_cai_grows_with_every_step_evenly(pollutant):
    """Over every step of the table: no jump above the steepest class slope, so neighbouring classes join."""
    step, tops = STEP[pollutant], [round(top / STEP[pollutant]) for top in TOPS[pollutant]]
    index = cai_of(pollutant, *(k * step for k in range(tops[-1] + 1)))
    slopes = [
        50 / tops[0],
        *(points / (high - low - 1) for points, low, high in zip((49, 149, 249), tops, tops[1:], strict=False)),
    ]
    assert index[0] == 0
    assert index[-1] == 500
    assert all(0 <= after - before <= max(slopes) + 1 for before, after in pairwise(index))


def test_cai_accepts_integers_and_an_all_null_column():
    frame = column([15, 36, None], pl.Int32)
    assert frame.select(air.cai_subindex("pm25", pl.col("c"))).to_series().to_list() == [50, 101, None]
    nothing = column([None], pl.Null).select(air.cai_subindex("pm25", pl.col("c"))).to_series()
    assert nothing.to_list() == [None]
    assert nothing.dtype == pl.Int64


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (50, "pm25", "good")),
        ({"pm25_ugm3": 16.0}, (51, "pm25", "moderate")),
        ({"pm10_ugm3": 80.0}, (100, "pm10", "moderate")),
        ({"o3_ppm": 0.150}, (250, "o3", "unhealthy")),  # one unhealthy pollutant: no addition
        ({"no2_ppm": 0.201}, (251, "no2", "very unhealthy")),
        ({"pm25_ugm3": 36.0, "pm10_ugm3": 80.0}, (101, "pm25", "unhealthy")),  # 100 is still moderate
        ({"pm25_ugm3": 36.0, "pm10_ugm3": 81.0}, (151, "pm25", "unhealthy")),  # 101 + 50, tie: first named
        ({"pm25_ugm3": 75.0, "pm10_ugm3": 81.0}, (300, "pm25", "very unhealthy")),  # 250 + 50
        ({"pm25_ugm3": 36.0, "pm10_ugm3": 150.0, "no2_ppm": 0.061}, (325, "pm10", "very unhealthy")),  # + 75
        ({"pm25_ugm3": 36.0, "pm10_ugm3": 81.0, "so2_ppm": 0.051}, (176, "pm25", "unhealthy")),  # 101 + 75
        ({"pm25_ugm3": 36.0, "co_ppm": 15.0}, (300, "co", "very unhealthy")),  # the optional ones count too
        (
            {"pm25_ugm3": 36.0, "pm10_ugm3": 81.0, "no2_ppm": 0.061, "o3_ppm": 0.091, "co_ppm": 9.01},
            (176, "pm25", "unhealthy"),  # five: still + 75
        ),
        ({"pm25_ugm3": 500.0, "pm10_ugm3": 600.0, "o3_ppm": 0.6}, (500, "pm25", "very unhealthy")),
        ({"so2_ppm": None, "co_ppm": None}, (50, "pm25", "good")),
        ({"so2_ppm": None, "pm25_ugm3": 36.0, "o3_ppm": 0.091}, (151, "pm25", "unhealthy")),
    ],
)
def test_cai_of_a_station(changes, expected):
    assert cai_row(**changes) == expected


@pytest.mark.parametrize("missing", ["pm25_ugm3", "pm10_ugm3", "no2_ppm", "o3_ppm"])
@pytest.mark.parametrize("value", [None, -1.0, math.nan])
def test_cai_needs_four_pollutants(missing, value):
    assert cai_row(**{missing: value}) == (None, None, None)


def test_cai_keeps_the_frame_and_its_laziness():
    frame = pl.DataFrame([CLEAN]).with_columns(station=pl.lit("111123"))
    eager, lazy = air.cai(frame), air.cai(frame.lazy())
    assert isinstance(lazy, pl.LazyFrame)
    assert eager.equals(lazy.collect())
    assert eager.columns == [*frame.columns, "cai", "cai_pollutant", "cai_grade"]
    assert eager.schema["cai"] == pl.Int64
