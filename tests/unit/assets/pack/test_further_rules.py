"""Rules that seven packs write themselves: each bites on a delivery that is wrong in its way, and on no good one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.pack.city import load_city
from assets.trial.trial import trial
from tests.support.paths import CITIES

NODES = "node_id,project_id,vsn,address,lat,lon,description,start_timestamp,end_timestamp"
SENSORS = "ontology,subsystem,sensor,parameter,hrf_unit,hrf_minval,hrf_maxval,datasheet"
NINO = "Date,   NINA34  missing value -99.99 https://psl.noaa.gov/data/timeseries/month/"
ISPU = "tanggal,stasiun,pm10,so2,co,o3,no2,max,critical,categori"
WEATHER = (
    "code,province,date,avg_temp,min_temp,max_temp,precipitation,max_wind_speed,most_wind_direction,"
    "avg_relative_humidity"
)
KEPCO = "연도,시도,시군구,계약종별,1월,2월"
# city, feed, where its file lies, header, a good line, and lines that break the rules named
CASES = [
    (
        ("chicago", "nodes", "array_of_things/nodes.csv", NODES),
        "a1,AoT,001,State St,41.88,-87.63,AoT,2017/10/09 00:00:00,",
        {
            "NODES-ends-after-start": "a2,AoT,002,State St,41.88,-87.63,AoT,2018/10/09 00:00:00,2018/10/01 00:00:00",
            "NODES-in-chicago": "a3,AoT,003,State St,14.88,-87.63,AoT,2017/10/09 00:00:00,",
        },
    ),
    (
        ("chicago", "parameters", "array_of_things/sensors.csv", SENSORS),
        "/gases/co,chemsense,co,concentration,ppm,0,1000,x",
        {"PARAMETERS-least-below-most": "/gases/o3,chemsense,o3,concentration,ppm,20,0,x"},
    ),
    (
        ("brunei", "nino34", "climate/nino34.csv", NINO),
        "2001-01-01,   -0.680\n2025-12-01,-9999.000",
        {"NINO34-anomaly-range": "2001-02-01,  -999.000"},
    ),
    (
        ("jakarta", "ispu_station", "ispu/indeks-bulan-januari.csv", ISPU),
        "01/01/20,DKI1 (Bunderan HI),30,20,10,32,9,32,O3,BAIK",
        {
            "ISPU_STATION-highest-pm10": "01/02/20,DKI1 (Bunderan HI),57,15,3,2,9,4,PM10,SEDANG",
            "ISPU_STATION-highest-o3": "01/03/20,DKI1 (Bunderan HI),3,15,3,57,9,4,O3,SEDANG",
            "ISPU_STATION-highest-co": "01/04/20,DKI1 (Bunderan HI),3,15,104,2,9,4,CO,SEDANG",
            "ISPU_STATION-critical-known": "01/05/20,DKI1 (Bunderan HI),30,20,10,32,9,32,PM1,BAIK",
            "ISPU_STATION-category-known": "01/06/20,DKI1 (Bunderan HI),30,20,10,32,9,32,O3,GOOD",
        },
    ),
    (
        ("busan", "weather_daily", "../korea/weather_daily/Weather.csv", WEATHER),
        "11000,Busan,2016-01-01,5.3,1.1,10.9,0,7.4,340,52.1\n10000,Seoul,2016-01-01,1.2,-3.3,4,,3.5,90,73",
        {"WEATHER_DAILY-precipitation-there": "11000,Busan,2016-01-02,5.3,1.1,10.9,,7.4,340,52.1"},
    ),
    (
        ("incheon", "electricity", "../korea/electricity_kepco/use.csv", KEPCO),
        "2023,인천광역시,중구,주택용,100,200\n2023,인천광역시,중구,합 계,100,200\n2023,서울특별시,중구,주택용,9,9",
        {"ELECTRICITY-customer_group-known": "2023,인천광역시,중구,합산,100,200"},
    ),
]


@pytest.mark.parametrize(("what", "good", "bad"), CASES, ids=[f"{case[0][0]}-{case[0][1]}" for case in CASES])
def test_a_rule_of_the_pack_bites(
    tmp_path: Path, what: tuple[str, str, str, str], good: str, bad: dict[str, str]
) -> None:
    name, feed, path, header = what
    city = load_city(CITIES / name)
    contract = city.contracts[feed]
    file = tmp_path / name / path
    (tmp_path / name).mkdir()
    file.parent.mkdir(parents=True, exist_ok=True)

    def biting(*lines: str) -> set[str]:
        file.write_text("\n".join([header, *lines, ""]), "utf-8")
        tried = trial(contract, [tmp_path / name], city=city, today=date(2026, 11, 1))
        assert tried.readable, tried.deliveries
        assert tried.days
        return {rule.code for rule in tried.rules if rule.unexpected}

    assert biting(good) == set()
    for code, line in bad.items():
        assert code in biting(good, line), code
