"""Which day should be there: that of the night which the city has come to, less the lag of the feeds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.worlds.towns import AIR, DAY, SENSORS, Towns

LATE = AIR + "lag_days: 1\n"
BEFORE = DAY - timedelta(days=1)


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """All have one day: late of a feed with a lag, mixed of that and of one without."""
    towns = Towns(tmp_path_factory.mktemp("due"))
    for name, feeds in (("late", ("air",)), ("mixed", ("air", "sensors"))):
        towns.add(name, feeds, texts={"air": LATE, "sensors": SENSORS}, metrics=["pm25_mean", "noise_leq"])
    towns.night()
    return towns


@pytest.mark.parametrize(
    ("town", "metric", "due", "rows"),
    [
        ("late", "pm25_mean", DAY, [DAY]),  # the night is that of the day after, whose feeds all have the day before
        ("late", "noise_leq", DAY, [DAY]),  # it has no feed
        ("mixed", "pm25_mean", BEFORE, [BEFORE, DAY]),  # sensors say that it is the night of the day itself
    ],
)
def test_what_is_due_is_the_night_less_the_lag(towns: Towns, town: str, metric: str, due: object, rows: list[object]):
    of_town = f"WHERE city = '{town}' AND metric = '{metric}'"
    assert towns.rows(f"SELECT period_start FROM metric.latest {of_town}") == [(due,)]
    assert towns.rows(f"SELECT period_start FROM metric.value {of_town} ORDER BY 1") == [(day,) for day in rows]
