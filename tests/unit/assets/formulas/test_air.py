"""Air indices against the golden values, every class boundary, and the order they must keep."""

import math
from itertools import pairwise
from typing import get_args

import polars as pl
import pytest
from hypothesis import given, settings
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
US = {
    "pm25": (air.us_aqi_pm25, 0.1, (9.0, 35.4, 55.4, 125.4, 225.4, 325.4)),
    "pm10": (air.us_aqi_pm10, 1, (54, 154, 254, 354, 424, 604)),
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


def us_of(pollutant: str, *values: float | None) -> list[int | None]:
    return column(list(values)).select(US[pollutant][0](pl.col("c"))).to_series().to_list()


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
    c, d = pl.col("c"), pl.col("d")
    exprs = [air.cai_subindex("co", c), air.us_aqi_pm25(c), air.us_aqi_pm10(c), air.exceeds(c, 15.0)]
    exprs += [air.cai_pm_hour(c, d, "pm10"), air.cai_pm_concentration(c, [d] * 4, "pm10")]
    frame = column([1.0]).with_columns(d=2.0)
    assert [frame.select(expr).columns for expr in exprs] == [["c"]] * len(exprs)


def test_unknown_pollutant_is_refused():
    with pytest.raises(KeyError):
        air.cai_subindex("pm1", pl.col("c"))


def test_pollutant_names_agree():
    assert tuple(air.CAI_BREAKPOINTS) == tuple(air.CAI_COLUMNS) == get_args(air.Pollutant) == tuple(TOPS)
    assert tuple(air.CAI_COLUMNS.values()) == COLUMNS


@settings(deadline=None)
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


@pytest.mark.parametrize(
    ("pollutant", "hour", "c12", "expected"),
    [
        ("pm10", 80, 60, 60.0),  # ratio 1.33: damped
        ("pm10", 70, 70, 52.5),  # M itself is damped
        ("pm10", 69, 69, 69.0),
        ("pm10", 90, 100, 67.5),  # ratio .9 and 1.7 are inside
        ("pm10", 89, 100, 89.0),
        ("pm10", 170, 100, 127.5),
        ("pm10", 171, 100, 171.0),
        ("pm25", 30, 30, 22.5),
        ("pm25", 29, 29, 29.0),
        ("pm25", 40, 0, 40.0),
        ("pm25", 0, 0, 0.0),
        ("pm25", None, 30, None),
        ("pm25", 10, None, None),
        ("pm25", -1, 30, None),
    ],
)
def test_an_hour_of_the_24_h_estimate(pollutant, hour, c12, expected):
    row = pl.select(air.cai_pm_hour(pl.lit(hour), pl.lit(c12), pollutant)).item()
    assert row == expected


@pytest.mark.parametrize(
    ("pollutant", "c12", "hours", "expected"),
    [
        ("pm25", 20, (10, 20, 10, 20), 17.5),  # (12*20 + 12*15)/24
        ("pm10", 60, (80, 60, 60, 60), 60.0),  # 80 enters as 60; undamped it would be 62.5
        ("pm10", 60, (60, 60, 60, 80), 60.0),  # each of the four hours is damped, not only the latest
        ("pm10", 100, (200, 100, 80, 100), 103.75),  # C4 = (200 + 75 + 80 + 75)/4 = 107.5
        ("pm25", 20, (10, None, 10, 20), None),
        ("pm25", None, (10, 10, 10, 20), None),
    ],
)
def test_24_h_estimate(pollutant, c12, hours, expected):
    expr = air.cai_pm_concentration(pl.lit(c12), [pl.lit(hour) for hour in hours], pollutant)
    assert pl.select(expr).item() == expected


def test_24_h_estimate_wants_four_hours():
    with pytest.raises(ValueError, match="four hours, got 3"):
        air.cai_pm_concentration(pl.lit(20), [pl.lit(20)] * 3, "pm25")
    with pytest.raises(KeyError):
        air.cai_pm_concentration(pl.lit(0.02), [pl.lit(0.02)] * 4, "no2")


@pytest.mark.parametrize(
    ("pollutant", "concentration", "expected"),
    [
        ("pm25", 9.0, 50),
        ("pm25", 9.1, 51),
        ("pm25", 12.0, 56),
        ("pm25", 35.5, 101),
        ("pm25", 125.4, 200),
        ("pm25", 40.0, 112),  # 49/19.9*4.5 + 101 = 112.08
        ("pm10", 100, 73),  # 49/99*45 + 51 = 73.27
        ("pm25", 300.0, 449),  # 199/99.9*74.5 + 301 = 449.40
        ("pm10", 500, 384),  # 199/179*75 + 301 = 384.38
        ("pm25", 9.09, 50),  # truncated to 9.0; rounded it would be 9.1 and 51
        ("pm10", 54.99, 50),
        ("pm25", 0.9, 5),
    ],
)
def test_us_aqi_golden(pollutant, concentration, expected):
    assert us_of(pollutant, concentration) == [expected]


@pytest.mark.parametrize("pollutant", US)
def test_us_aqi_class_boundaries(pollutant):
    _, step, tops = US[pollutant]
    assert us_of(pollutant, 0, *tops) == [0, 50, 100, 150, 200, 300, 500]
    assert us_of(pollutant, *(top + step for top in tops[:5])) == [51, 101, 151, 201, 301]
    assert us_of(pollutant, *(top + 0.99 * step for top in tops[:5])) == [50, 100, 150, 200, 300]
    assert us_of(pollutant, *(math.nextafter(top, 0) for top in tops)) == [50, 100, 150, 200, 300, 500]
    assert us_of(pollutant, tops[-1] + step, 1e300) == [500, 500]
    assert us_of(pollutant, -step, None, math.nan, math.inf) == [None] * 4


@settings(deadline=None)
@given(values=concentrations, pollutant=st.sampled_from(list(US)))
def test_us_aqi_never_falls_and_stays_in_range(values, pollutant):
    index = us_of(pollutant, *sorted(values))
    assert index == sorted(index)
    assert all(0 <= points <= 500 for points in index)


def test_exceeds_is_strict_and_keeps_the_unknown():
    values = [14.9, 15.0, math.nextafter(15.0, 16.0), 15.1, None, -1.0, math.nan]
    result = column(values).select(air.exceeds(pl.col("c"), 15.0)).to_series().to_list()
    assert result == [False, False, False, True, None, None, None]


def test_limits():
    assert dict(air.WHO_2021) == {
        ("pm25", "24h"): 15,
        ("pm25", "annual"): 5,
        ("pm10", "24h"): 45,
        ("pm10", "annual"): 15,
    }
    assert dict(air.KOREA) == {
        ("pm25", "24h"): 35,
        ("pm25", "annual"): 15,
        ("pm10", "24h"): 100,
        ("pm10", "annual"): 50,
    }
    with pytest.raises(TypeError):
        air.KOREA["pm25", "24h"] = 50.0  # a limit is law, not a setting
