"""Indices against values that authorities print and values by hand; each raw value by hand stands beside it.

Where a raw value is not whole, the table is read without rounding of the index, so that no half hides a mistake.
"""

from datetime import date

import polars as pl
import pytest

from assets.standards.choice import StandardChoice
from assets.standards.index import Read, index, sub_index
from assets.standards.standards import index_editions, standards
from quality.contract.mistakes import ContractError

OFFICIAL = [
    # Taiwan: a page of Taichung, mean of PM10 -> AQI
    *(("tw.moenv_2025", "pm10_24h", mean, aqi) for mean, aqi in ((26, 43), (28, 47), (29, 48), (32, 52), (36, 57))),
    # US: EPA-454/B-24-002. O3 .078 is (150-101)/(.085-.071) x (.078-.071) + 101 = 125.5: half goes up
    ("us.aqi_2024", "o3_8h", 0.078, 126),
    ("us.aqi_2024", "pm25_24h", 35.9, 102),
    ("us.aqi_2024", "co_8h", 8.4, 90),
    # its O3 of 1 hour, .162, is printed as 148 and is left out: 49 x .037 / .039 + 101 = 147.49 is 147
    # Viet Nam: the examples of decision 1459. PM2.5 55.7: 100 + 50 x 5.7 / 30 = 109.5: half goes up
    ("vn.decision_1459_2019", "pm25_24h", 20.3, 41),
    ("vn.decision_1459_2019", "o3_1h", 136.1, 43),
    ("vn.decision_1459_2019", "o3_8h", 89.3, 45),
    ("vn.decision_1459_2019", "o3_1h", 114.6, 36),
    ("vn.decision_1459_2019", "no2_1h", 130.8, 65),
    ("vn.decision_1459_2019", "pm25_24h", 55.7, 110),
]
# edition, row, concentration, raw, published
BY_HAND = [
    ("kr.cai", "pm25_24h", 12, 40.0, 40),
    ("kr.cai", "pm25_24h", 15, 50.0, 50),
    ("kr.cai", "pm25_24h", 16, 51.0, 51),
    ("kr.cai", "pm25_24h", 25, 74.2105, 74),  # 51 + 49 x 9 / 19
    ("kr.cai", "pm25_24h", 33, 94.8421, 95),  # 51 + 49 x 17 / 19
    ("kr.cai", "pm25_24h", 35, 100.0, 100),
    ("kr.cai", "pm25_24h", 36, 101.0, 101),
    ("kr.cai", "pm25_24h", 50, 154.4872, 154),  # 101 + 149 x 14 / 39
    ("kr.cai", "pm25_24h", 56.77, 181.2308, 181),  # of 57: 101 + 149 x 21 / 39
    ("kr.cai", "pm25_24h", 75, 250.0, 250),
    ("kr.cai", "pm25_24h", 100, 265.0943, 265),  # 251 + 249 x 24 / 424
    ("kr.cai", "pm10_24h", 56, 76.0, 76),
    ("kr.cai", "pm10_24h", 60, 80.0, 80),
    ("kr.cai", "pm10_24h", 80, 100.0, 100),
    ("kr.cai", "pm10_24h", 100, 142.029, 142),  # 101 + 149 x 19 / 69
    ("kr.cai", "pm10_24h", 150, 250.0, 250),
    ("kr.cai", "o3_1h", 0.062, 76.7458, 77),  # 51 + 49 x 31 / 59
    ("kr.cai", "no2_1h", 0.040, 66.2069, 66),  # 51 + 49 x 9 / 29
    ("kr.cai", "pm25_24h", 900, 500.0, 500),
    ("cn.hj_633_2026", "pm25_24h", 36, 52.0, 52),
    ("cn.hj_633_2026", "pm25_24h", 48, 76.0, 76),
    ("cn.hj_633_2012", "pm25_24h", 48, 66.25, 67),  # upward
    ("cn.hj_633_2026", "pm25_24h", 75, 113.6364, 114),
    ("cn.hj_633_2012", "pm25_24h", 75, 100.0, 100),
    ("cn.hj_633_2026", "pm10_24h", 100, 85.7143, 86),
    ("cn.hj_633_2026", "o3_8h", 170, 109.0909, 110),
    ("cn.hj_633_2026", "pm25_24h", 180, 230.0, 230),
    ("cn.hj_633_2026", "so2_24h", 150, 100.0, 100),  # 24 h is 0, 50, 150, 475: not the column of 1 h
    ("cn.hj_633_2026", "so2_1h", 900, 200.0, 200),
    ("cn.hj_633_2026", "o3_8h", 900, 300.0, 300),
    ("cn.hj_633_2012", "so2_1h", 900, None, None),
    ("cn.hj_633_2012", "o3_8h", 900, None, None),
    ("cn.hj_633_2026", "pm25_24h", 36.5, 52.0, 52),  # GB/T 8170: a half to the even one, 36
    ("cn.hj_633_2026", "pm25_24h", 37.5, 56.0, 56),  # 38
    ("cn.hj_633_2026", "pm25_24h", 700, 500.0, 500),
    ("tw.moenv_2025", "pm25_24h", 20.0, 71.5307, 72),  # 51 + 49 x 7.5 / 17.9
    ("tw.moenv_2025", "pm25_24h", 35.4, 113.0653, 113),
    ("tw.moenv_2025", "pm25_24h", 35.333, 112.8191, 113),  # the hours of the real-time example, of 35.3
    ("tw.moenv_2025", "pm25_24h", 60.0, 157.2123, 157),
    ("tw.moenv_2025", "pm10_24h", 120, 119.9123, 120),
    ("tw.moenv_2025", "o3_8h", 0.080, 132.5, 133),
    ("tw.moenv_2025", "so2_1h", 30, 69.375, 69),
    ("tw.moenv_2025", "no2_1h", 40, 62.3077, 62),
    ("us.aqi_2024", "pm25_24h", 9.0, 50.0, 50),
    ("us.aqi_2024", "pm25_24h", 9.1, 51.0, 51),
    ("us.aqi_2024", "pm25_24h", 12.0, 56.4030, 56),  # 51 + 49 x 2.9 / 26.3
    ("us.aqi_2024", "pm25_24h", 20.0, 71.3080, 71),
    ("us.aqi_2024", "pm25_24h", 35.5, 101.0, 101),
    ("us.aqi_2024", "pm25_24h", 51.146, 139.4221, 139),  # the first NowCast, of 51.1: 101 + 49 x 15.6 / 19.9 = 139.41
    ("us.aqi_2024", "pm25_24h", 30.375, 90.4981, 90),  # the second, of 30.3
    ("us.aqi_2024", "pm25_24h", 100.0, 182.1888, 182),
    ("us.aqi_2024", "pm25_24h", 125.4, 200.0, 200),
    ("us.aqi_2024", "pm25_24h", 250.0, 349.8028, 350),
    ("us.aqi_2024", "pm25_24h", 400.0, 648.5956, 649),  # along the last line, above 500
    ("us.aqi_2024", "pm10_24h", 100, 73.2727, 73),
    ("us.aqi_2024", "so2_1h", 400, 200.0, 200),
    ("us.aqi_2024", "so2_24h", 200, None, None),
    ("us.aqi_2024", "o3_1h", 0.124, None, None),
    ("us.aqi_2024", "o3_8h", 0.201, None, None),
    ("vn.decision_1459_2019", "pm25_24h", 60, 116.6667, 117),
    ("vn.decision_1459_2019", "pm25_24h", 50, 100.0, 100),  # the level 100 is there
    ("th.aqi_2566", "pm25_24h", 12.0, 20.0, 20),
    ("th.aqi_2566", "pm25_24h", 20.0, 37.8788, 38),  # 26 + 24 x 4.9 / 9.9
    ("th.aqi_2566", "pm25_24h", 30.0, 70.3629, 70),
    ("th.aqi_2566", "pm25_24h", 37.5, 100.0, 100),
    ("th.aqi_2566", "pm25_24h", 50.0, 133.8209, 134),
    ("th.aqi_2566", "pm25_24h", 90.0, 201.0, 201),
    ("id.p_14_2020", "pm25_24h", 10, 32.2581, 32),
    ("id.p_14_2020", "pm25_24h", 35, 74.4361, 74),
    ("id.p_14_2020", "pm25_24h", 75, 120.6316, 121),
    ("id.p_14_2020", "pm25_24h", 120, 168.0, 168),
    ("id.p_14_2020", "pm10_24h", 100, 75.0, 75),
    ("id.p_14_2020", "no2_24h", 200, 100.0, 100),  # 200 and not 2000
    ("mn.order_387_2018", "pm25_3h", 20, 28.5714, 29),
    ("mn.order_387_2018", "pm25_3h", 45, 83.3333, 83),
    ("mn.order_387_2018", "pm25_3h", 80, 130.0, 130),
    ("mn.order_387_2018", "pm25_3h", 120, 170.0, 170),
    ("mn.order_387_2018", "pm25_3h", 1200, 401.0, 401),
    ("mn.order_387_2018", "co_8h", 10, 100.0, 100),  # mg/m3
    ("ph.dao_2000_81", "pm25_24h", 20, 40.0, 40),
    ("ph.dao_2000_81", "pm25_24h", 30, 75.2525, 75),  # 51 + 49 x 4.9 / 9.9
    ("ph.dao_2000_81", "pm25_24h", 50, 175.2525, 175),
    ("ph.dao_2000_81", "pm25_24h", 70, 243.2665, 243),
    ("ph.dao_2000_81", "pm10_24h", 100, 73.2727, 73),
    ("in.cpcb_2014", "pm25_24h", 45, 75.0, 75),
    ("in.cpcb_2014", "pm25_24h", 150, 323.0769, 323),
    ("in.cpcb_2014", "pm10_24h", 180, 153.3333, 153),
    ("in.cpcb_2014", "pm25_24h", 75, 150.0, 150),  # contiguous; segmented it would be 149
    ("sg.nea_2014", "pm10_24h", 28, 28.0, 28),
    ("sg.nea_2014", "pm25_24h", 35, 76.7442, 77),
    ("sg.nea_2014", "pm25_24h", 100, 147.3684, 147),
    ("sg.nea_2014", "pm10_24h", 200, 125.0, 125),
    ("eu.eaqi_2024", "pm25_1h", 12, 2.0, 2),
    ("eu.eaqi_2024", "pm25_1h", 30, 3.0, 3),
    ("eu.eaqi_2024", "no2_1h", 70, 4.0, 4),
    ("eu.eaqi_2024", "o3_1h", 130, 4.0, 4),
    ("eu.eaqi_2024", "so2_1h", 276, 6.0, 6),
]


def edition_of(name: str):
    """The edition of an index, whatever the index."""
    file, key = name.split(".")
    return next(table.editions[key] for table in standards()[file].indices.values() if key in table.editions)


def read(name: str, row: str, value: float, **changes) -> float | None:
    edition = edition_of(name).model_copy(update=changes)
    found = edition.row(row)
    assert found is not None
    frame = pl.DataFrame({"c": [value]}, schema={"c": pl.Float64})
    return frame.select(sub_index(edition, found, pl.col("c"))).item()


@pytest.mark.parametrize(("edition", "row", "value", "expected"), OFFICIAL)
def test_official(edition, row, value, expected):
    assert read(edition, row, value) == expected


@pytest.mark.parametrize(("edition", "row", "value", "raw", "expected"), BY_HAND)
def test_by_hand(edition, row, value, raw, expected):
    assert read(edition, row, value) == expected
    assert read(edition, row, value, index_rounding="none") == (raw if raw is None else pytest.approx(raw, abs=0.02))


def indexed(name: str, readings: dict, day: date, choice: StandardChoice | None = None, *, hourly=False) -> dict:
    """value, pollutant, band, edition of one row: {row of the table: (value, unit)}."""
    frame = pl.DataFrame({row: [value] for row, (value, _) in readings.items()})
    columns = {row: Read(pl.col(row), unit) for row, (_, unit) in readings.items()}
    found = frame.select(index(name, columns, pl.lit(day), choice or StandardChoice(), hourly=hourly).alias("index"))
    return found.unnest("index").to_dicts()[0]


CLEAN = {"so2_24h": (5.0, "ug/m3"), "no2_24h": (20.0, "ug/m3"), "co_24h": (0.5, "mg/m3"), "o3_8h": (40.0, "ug/m3")}


def test_the_edition_in_force_on_the_day():
    readings = CLEAN | {"pm25_24h": (75.0, "ug/m3"), "pm10_24h": (30.0, "ug/m3")}
    before, after = (indexed("cn.aqi", readings, day) for day in (date(2026, 2, 28), date(2026, 3, 1)))
    assert before == {"value": 100, "pollutant": "pm25", "band": "good", "edition": "cn.hj_633_2012"}
    assert after == {"value": 114, "pollutant": "pm25", "band": "light pollution", "edition": "cn.hj_633_2026"}
    pinned = StandardChoice(editions=("cn.hj_633_2026",))
    assert indexed("cn.aqi", readings, date(2015, 1, 1), pinned) == after
    assert indexed("vn.aqi", {"pm25_24h": (60.0, "ug/m3")}, date(2016, 12, 30))["value"] is None
    chosen = StandardChoice(national="vn", editions=("vn.decision_1459_2019",))
    assert indexed("national.aqi", {"pm25_24h": (60.0, "ug/m3")}, date(2016, 12, 30), chosen)["value"] == 117


def test_needed_pollutants():
    day = date(2026, 5, 1)
    # China: without CO there is an index above 100 only. Up to 50 no pollutant leads
    assert indexed("cn.aqi", {"pm25_24h": (20.0, "ug/m3")}, day)["value"] is None
    assert indexed("cn.aqi", {"pm25_24h": (75.0, "ug/m3")}, day)["value"] == 114
    all_clean = CLEAN | {"pm25_24h": (20.0, "ug/m3"), "pm10_24h": (30.0, "ug/m3")}
    assert indexed("cn.aqi", all_clean, day)["pollutant"] is None
    # Viet Nam: particles of either kind. Mongolia: three pollutants
    assert indexed("vn.aqi", {"o3_1h": (136.1, "ug/m3")}, day)["value"] is None
    assert indexed("vn.aqi", {"o3_1h": (136.1, "ug/m3"), "pm10_24h": (10.0, "ug/m3")}, day)["pollutant"] == "o3"
    two = {"pm25_24h": (80.0, "ug/m3"), "pm10_24h": (100.0, "ug/m3")}
    assert indexed("mn.aqi", two, day)["value"] is None
    assert indexed("mn.aqi", two | {"co_8h": (5.0, "mg/m3")}, day)["value"] == 130


def test_rows_for_days_and_rows_for_hours():
    day = date(2026, 5, 1)
    # China: 1 hour of a gas is for hours alone, SO2 of 24 hours for days alone
    readings = CLEAN | {"pm25_24h": (75.0, "ug/m3"), "no2_1h": (700.0, "ug/m3")}
    assert indexed("cn.aqi", readings, day)["value"] == 114
    assert indexed("cn.aqi", readings, day, hourly=True)["value"] == 150
    # Mongolia: 3 hours, and for a day 24 in their place. Europe's index has no day
    particles = {"pm25_24h": (80.0, "ug/m3"), "pm10_24h": (100.0, "ug/m3"), "co_8h": (5.0, "mg/m3")}
    assert indexed("mn.aqi", particles, day)["value"] == 130
    assert indexed("mn.aqi", particles, day, hourly=True)["value"] is None
    assert indexed("eu.eaqi", {"pm25_1h": (12.0, "ug/m3")}, day)["value"] is None
    assert indexed("eu.eaqi", {"pm25_1h": (12.0, "ug/m3")}, day, hourly=True)["band"] == "Fair"
    # what a table does not read it leaves aside; what none reads is a mistake
    assert indexed("us.aqi", {"pm25_24h": (75.0, "ug/m3"), "hc_24h": (600.0, "ug/m3")}, day)["pollutant"] == "pm25"
    with pytest.raises(ContractError, match="no index reads 'pm25_24'; write pm25_24h"):
        indexed("us.aqi", {"pm25_24": (1.0, "ug/m3")}, day)


def test_an_edition_by_its_name_is_taken_on_every_day():
    assert indexed("us.aqi", {"pm25_24h": (9.0, "ug/m3")}, date(2016, 12, 30))["value"] is None
    assert indexed("us.aqi_2024", {"pm25_24h": (9.0, "ug/m3")}, date(2016, 12, 30))["value"] == 50
    with pytest.raises(ContractError, match="us has no index 'aqi_2025'; write aqi_2024"):
        indexed("us.aqi_2025", {}, date(2016, 12, 30))
    with pytest.raises(ContractError, match="kz has no index"):
        indexed("national", {}, date(2016, 12, 30), StandardChoice(national="kz"))


def test_korea_adds_points():
    # PM2.5 50 -> 154, PM10 100 -> 142: two above 100 add 50
    readings = {"pm25_24h": (50.0, "ug/m3"), "pm10_24h": (100.0, "ug/m3"), "no2_1h": (0.04, "ppm")}
    day = date(2026, 5, 1)
    assert indexed("kr.cai", readings | {"o3_1h": (0.062, "ppm")}, day)["value"] == 204
    assert indexed("kr.cai", readings | {"o3_1h": (0.1, "ppm")}, day)["value"] == 229
    assert indexed("kr.cai", readings, day)["value"] is None


def test_other_averaging_times_of_one_pollutant():
    day = date(2026, 5, 1)
    # .162 in 1 h is 147, .06 in 8 h is 51 + 49 x .005 / .015 = 67
    both = {"o3_1h": (0.162, "ppm"), "o3_8h": (0.060, "ppm")}
    assert indexed("us.aqi", both, day) == {
        "value": 147,
        "pollutant": "o3",
        "band": "Unhealthy for Sensitive Groups",
        "edition": "us.aqi_2024",
    }
    # 1 hour decides above .200 of 8 hours; without it the index is not known, whatever the others say
    assert indexed("us.aqi", {"o3_1h": (0.405, "ppm"), "o3_8h": (0.3, "ppm")}, day)["value"] == 301
    assert indexed("us.aqi", {"pm25_24h": (5.0, "ug/m3"), "o3_8h": (0.3, "ppm")}, day)["value"] is None


def test_units_become_those_of_the_table():
    day = date(2026, 5, 1)
    assert indexed("us.aqi", {"no2_1h": (0.054, "ppm")}, day)["value"] == 51
    assert indexed("us.aqi", {"pm25_24h": (0.0355, "mg/m3")}, day)["value"] == 101
    # 40.5 ppb of NO2 at 25 degC are 76.2 ug/m3, rounded 76: 50 + 50 x 36 / 40 = 95; at 20 degC they would be 77.5
    assert indexed("cn.aqi", CLEAN | {"no2_24h": (40.5, "ppb"), "pm25_24h": (100.0, "ug/m3")}, day)["value"] == 137


def test_editions_of_one_index_do_not_hold_on_one_day():
    for file in standards():
        for own, table in standards()[file].indices.items():
            editions = list(index_editions(f"{file}.{own}").values())
            days = [
                day for edition in table.editions.values() for day in (edition.from_, edition.to) if day is not None
            ]
            assert all(sum(edition.in_force(day) for edition in editions) <= 1 for day in days)
