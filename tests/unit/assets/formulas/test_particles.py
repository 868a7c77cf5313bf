"""Weighted means of hours of particles: golden values of the official texts and by hand, and hours that are missing."""

from typing import get_args

import polars as pl
import pytest
from pydantic import ValidationError

from assets.formulas.particles import PARTICLE_MEANS
from assets.metrics.steps import ParticleMean, TimeStep


def of(name: str, newest_first: list[float | None]) -> float | None:
    """The mean of one window; missing hours are null."""
    frame = pl.DataFrame([newest_first], schema=[(f"h{age}", pl.Float64) for age in range(12)], orient="row")
    return frame.select(PARTICLE_MEANS[name]([pl.col(f"h{age}") for age in range(12)])).item()


def test_entries_can_name_each():
    assert set(get_args(ParticleMean)) == set(PARTICLE_MEANS)
    with pytest.raises(ValidationError, match="write `rolling_hours: 12`"):
        TimeStep.model_validate({"rolling_hours": 8, "as": "nowcast_us"})


FALLING = [50, 60, 55, 40, 30, 28, 26, 25, 24, 22, 21, 20]  # least/greatest = 20/60, so w = 0.5
EVEN = [34, 30, 26, 30, 28, 32, 31, 29, 27, 26, 25, 24]  # w = 24/34 = 0.70588
VIETNAM = [20.6, 19.6, 22.4, 20.3, 16.5, 19.0, 16.5, 19.5, 23.5, 20.5, 24.7, 26.9]  # the example of the decision
TAIWAN = [48, 44, 40, 40, 20, 20, 20, 20, 20, 20, 20, 20]
KOREA = [90, 80, 70, 60, 40, 40, 40, 40, 40, 40, 40, 40]


@pytest.mark.parametrize(
    ("name", "hours", "mean"),
    [
        ("nowcast_us", FALLING, 51.146),
        ("nowcast_us", EVEN, 30.375),
        ("nowcast_vn", VIETNAM, 20.3),
        # 12 h: (8 x 20 + 172) / 12 = 27.667; 4 h: 172 / 4 = 43; half of both 35.333
        ("particle_mean_tw", TAIWAN, 35.333),
        # C12 = 620/12 = 51.667; 60, 70, 80 are above 30 and within 0.9..1.7 of it: x 0.75; 90 is 1.742 times: as it is.
        # C4 = (45 + 52.5 + 60 + 90) / 4 = 61.875; (51.667 + 61.875) / 2 = 56.771
        ("pm25_24h_kr", KOREA, 56.771),
        # below 70 they are as they are, also 60; 70 and 80 x 0.75. C4 = (60 + 52.5 + 60 + 90) / 4 = 65.625; 58.646
        ("pm10_24h_kr", KOREA, 58.646),
        ("nowcast_us", [0] * 12, 0),
        ("nowcast_vn", [0] * 12, 0),
        ("pm25_24h_kr", [0] * 12, 0),
    ],
)
def test_golden(name, hours, mean):
    # the example of Vietnam is printed with one decimal
    assert of(name, hours) == pytest.approx(mean, abs=0.05 if hours is VIETNAM else 1e-3)


def test_vietnam_adds_halves_where_hours_differ_much():
    # w = 0.5: 50/2 + 60/4 + 55/8 + 40/16 + ... = 51.146 x (1 - 0.5^12) = 51.134: the US divides by the weights
    assert of("nowcast_vn", FALLING) == pytest.approx(51.146 * (1 - 0.5**12), abs=1e-3)


def test_missing_hours():
    two_of_three, one_of_three = [None, 10, 10] + [10] * 9, [None, None, 10] + [10] * 9
    for name in ("nowcast_us", "nowcast_vn"):
        assert of(name, two_of_three) == pytest.approx(10)
        assert of(name, one_of_three) is None
    # the newest of two hours is missing: weights 0.5 and 0.25 of 10 and 20: 10; the decision's sum: 10/4 + 20/8 = 5
    halves = [None, 10, 20] + [None] * 9
    assert of("nowcast_us", halves) == pytest.approx((0.5 * 10 + 0.25 * 20) / 0.75)
    assert of("nowcast_vn", halves) == pytest.approx(5)
    assert of("particle_mean_tw", [10, 10, None, None] + [10] * 4 + [None] * 4) == 10
    assert of("particle_mean_tw", [10, 10, None, None] + [10] * 3 + [None] * 5) is None
    assert of("particle_mean_tw", [10, None, None, None] + [10] * 8) is None
    assert of("pm25_24h_kr", [10, 10, 10, None] + [10] * 6 + [None] * 2) == 10
    assert of("pm25_24h_kr", [10, 10, None, None] + [10] * 8) is None
    assert of("pm25_24h_kr", [10] * 8 + [None] * 4) is None
    for name in PARTICLE_MEANS:
        assert of(name, [None] * 12) is None
