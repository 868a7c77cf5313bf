"""A metric of which no area has a row says what is behind it: it was never computed, or one of its feeds is lacking."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.worlds import towns as worlds
from tests.worlds.towns import AIR, DAY, SENSORS, Towns

NETWORK = SENSORS.replace("pm10: {from: coarse, unit: mg/m3}", "pm25: {from: fine, unit: ug/m3}")
READINGS = "site,at,fine,warm,volt\n" + "".join(
    f"{site},{DAY} {hour:02}:00,{{n}}.{hour},8.5,3.3\n" for site in ("L1", "L2", "L3") for hour in range(1, 24)
)
STATIONS = "site,at,fine\n" + "".join(
    f"{site},{DAY} {hour:02}:00,{{n}}.{hour}\n" for site in ("N", "S", "W") for hour in range(24)
)
COMPARED = ["network_bias", "sensor_pm25_mean"]


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """grown: two metrics are new in the pack since the night. closed, alone: the sensors' gate is closed, the stations
    did not come."""
    made = Towns(tmp_path_factory.mktemp("towns"))
    texts = {"air": AIR, "sensors": NETWORK}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worlds.FILES, "sensors", READINGS)
        patch.setitem(worlds.FILES, "air", STATIONS)
        made.add("grown", ("air", "sensors"), texts=texts, metrics=["sensor_pm25_mean"])
        for name in ("closed", "alone", "both"):
            made.add(name, ("air", "sensors"), texts=texts, metrics=COMPARED)
    sensors = made.root / "drop" / "closed" / "sensors" / "march.csv"
    sensors.write_text(re.sub(r"L\d", "", sensors.read_text()))
    (made.root / "drop" / "alone" / "air" / "march.csv").unlink()
    made.night()
    choose(made, "sensor_pm25_mean", "stations_reporting", "pm25_mean", "transit_recovery")
    made.publish()
    return made


def choose(towns: Towns, *metrics: str) -> None:
    path = towns.packs / "grown" / "metrics.yaml"
    path.write_text(yaml.safe_dump({"metrics": {metric: {} for metric in metrics}}))


def why(towns: Towns, city: str, metric: str) -> list[tuple]:
    query = "SELECT value IS NOT NULL, reason FROM metric.value WHERE city = '{}' AND metric = '{}' AND period = 'day'"
    return towns.rows(query.format(city, metric))


@pytest.mark.parametrize("metric", ["stations_reporting", "pm25_mean"])
def test_a_metric_that_is_new_in_the_pack_was_not_computed_for_days_before(towns: Towns, metric: str) -> None:
    """In a table that there was, and in one of its own."""
    said = f"{metric} has not been computed for this day with the pack as it is now: `madang backfill`"
    assert why(towns, "grown", metric) == [(False, said)]


def test_what_was_computed_and_what_has_no_feed_say_what_they_said(towns: Towns) -> None:
    assert [value for value, _ in why(towns, "grown", "sensor_pm25_mean")] == [True]
    assert why(towns, "grown", "transit_recovery")[0][1].startswith("this city cannot have it")


def test_a_comparison_says_which_of_its_networks_is_lacking(towns: Towns) -> None:
    ((there, said),) = why(towns, "closed", "network_bias")
    assert (there, said.partition(",")[0]) == (False, "gate of sensors closed")
    assert why(towns, "alone", "network_bias") == [(False, "no delivery of air covers this day")]
    assert [value for value, _ in why(towns, "both", "network_bias")] == [True]
