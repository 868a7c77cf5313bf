"""Tables in the shapes in which portals of many countries give them: each gets a proposal that runs."""

from __future__ import annotations

import pytest

from tests.support.proposals.shapes import (
    ALMATY,
    BANGKOK,
    CHICAGO,
    HANOI,
    JAKARTA,
    LONDON,
    MADRID,
    SEOUL,
    TAIPEI,
    one,
)


def test_air_of_taiwan() -> None:
    found = one(
        "sitename,county,aqi,pollutant,status,so2,co,o3,pm10,pm2.5,no2,nox,publishtime,longitude,latitude,siteid\n"
        "基隆,基隆市,49,,良好,2.3,0.26,33.1,25,12,8.1,9.4,2024/05/03 14:00,121.76,25.1291,1\n"
        "汐止,新北市,52,細懸浮微粒,普通,1.9,0.31,31,28,16,9.2,11,2024/05/03 14:00,121.64,25.0655,2\n"
        "萬里,新北市,38,,良好,0.8,0.19,40.2,19,11,3.3,4.1,2024/05/03 14:00,121.69,25.1797,3\n",
        TAIPEI,
    )
    assert found.models == {"air_quality"}
    assert found.first("place", "time", "pm25", "aqi", "lat") in [
        ("1", "2024-05-03 14:00:00", 12, 49, 25.1291),
        ("1", "2024-05-03 13:00:00", 12, 49, 25.1291),
        ("基隆", "2024-05-03 14:00:00", 12, 49, 25.1291),
        ("基隆", "2024-05-03 13:00:00", 12, 49, 25.1291),
    ]


def test_air_of_korea_by_hours_from_01_to_24() -> None:
    rows = [
        f"서울 중구,도시대기,{station},{name},20230101{hour:02d},0.003,0.5,0.02,0.025,{40 + hour},{20 + hour},서울 중구"
        for station, name in ((111121, "중구"), (111123, "종로구"))
        for hour in range(1, 25)
    ]
    header = "지역,망,측정소코드,측정소명,측정일시,SO2,CO,O3,NO2,PM10,PM25,주소"
    found = one("\n".join([header, *rows]).encode("cp949"), SEOUL)
    assert found.models == {"air_quality"}
    assert found.proposal.document["interval"] == "hour_ending"
    assert found.first("place", "time", "pm25", "no2") == ("111121", "2023-01-01 00:00:00", 21, 0.025)


def test_air_of_vietnam_with_decimal_commas() -> None:
    found = one(
        "Trạm quan trắc;Thời gian;PM2.5 (µg/m³);PM10 (µg/m³);NO2 (µg/m³);CO (µg/m³);VN_AQI\n"
        "556 Nguyễn Văn Cừ;25/12/2023 00:00;45,3;80,1;31,0;1200,5;112\n"
        "556 Nguyễn Văn Cừ;25/12/2023 01:00;47,9;83,4;30,2;1180,0;115\n"
        "Minh Khai;25/12/2023 00:00;38,2;71,6;25,7;990,4;98\n"
        "Minh Khai;25/12/2023 01:00;39,0;70,9;24,1;985,8;99\n",
        HANOI,
    )
    assert found.models == {"air_quality"}
    assert found.first("place", "pm25", "pm10") == ("556 Nguyễn Văn Cừ", 45.3, 80.1)


def test_weather_of_kazakhstan_in_a_code_page() -> None:
    found = one(
        (
            "Станция;Дата;Температура воздуха, °C;Влажность, %;Скорость ветра, м/с;Осадки, мм\n"
            "Алматы;01.03.2024;2,5;71;1,2;0,0\n"
            "Алматы;13.03.2024;6,1;65;0,9;3,4\n"
            "Астана;01.03.2024;-11,3;80;4,8;0,0\n"
            "Астана;13.03.2024;-5,9;77;5,5;1,2\n"
        ).encode("cp1251"),
        ALMATY,
    )
    assert found.models == {"weather"}
    assert found.first("place", "time", "temperature", "humidity", "precipitation") == (
        "Алматы",
        "2024-03-01 00:00:00",
        2.5,
        71,
        0,
    )


def test_two_rows_of_header_of_which_the_upper_one_has_merged_cells() -> None:
    found = one(
        "Tanggal,Stasiun,Partikulat,,Gas,\n"
        ",,PM10 (µg/m3),PM2.5 (µg/m3),SO2 (ppm),O3 (ppm)\n"
        "2024-01-01,DKI1,55,38,0.012,0.020\n"
        "2024-01-01,DKI2,61,41,0.011,0.022\n"
        "2024-01-02,DKI1,48,30,0.010,0.019\n"
        "2024-01-02,DKI2,57,36,0.013,0.024\n",
        JAKARTA,
    )
    assert found.models == {"air_quality"}
    assert found.first("place", "time", "pm25", "so2") == ("DKI1", "2024-01-01 00:00:00", 38, 0.012)


def test_measurements_of_the_us_with_their_units_in_a_column() -> None:
    rows = [
        f"17,031,0001,44201,1,41.67,-87.73,WGS84,Ozone,2024-07-01,{hour:02d}:00,0.0{20 + hour},Parts per million"
        for hour in range(24)
    ]
    header = (
        "State Code,County Code,Site Num,Parameter Code,POC,Latitude,Longitude,Datum,Parameter Name,Date Local,"
        "Time Local,Sample Measurement,Units of Measure"
    )
    found = one("\n".join([header, *rows]), CHICAGO)
    assert found.models == {"air_quality"}
    assert found.first("time", "o3") == ("2024-07-01 00:00:00", 0.02)


def test_one_row_for_each_pollutant() -> None:
    rows = [
        f'{place},{sensor},{name},2024-01-0{day}T{hour:02d}:00:00+07:00,{lat},{lon},{item},"{unit}",{value}'
        for place, name, lat, lon in ((7440, "Bangkok", 13.7563, 100.5018), (7441, "Thonburi", 13.72, 100.48))
        for day in (1, 2)
        for hour in (0, 1, 2)
        for sensor, item, unit, value in ((1, "pm25", "µg/m³", 31.5), (2, "no2", "ppm", 0.021))
    ]
    found = one("\n".join(["location_id,sensors_id,location,datetime,lat,lon,parameter,units,value", *rows]), BANGKOK)
    assert found.models == {"air_quality"}
    assert found.first("place", "pm25", "no2") in [("7440", 31.5, 0.021), ("Bangkok", 31.5, 0.021)]
    assert found.rows == 12


def test_years_of_the_buddhist_calendar() -> None:
    rows = [f"{day:02d}/02/2567,{place},{20 + day}.5" for place in ("02t", "05t") for day in range(1, 20)]
    found = one("\n".join(["วันที่,สถานี,PM2.5 (µg/m³)", *rows]), BANGKOK)
    assert found.models == {"air_quality"}
    assert found.first("place", "time", "pm25") == ("02t", "2024-02-01 00:00:00", 21.5)


def test_months_as_columns_and_a_total_beside_them() -> None:
    months = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
    found = one(
        f"District,Year,Tariff,{months},Total\n"
        f"North,2023,Domestic,{','.join(['120000'] * 12)},1440000\n"
        f"North,2023,Commercial,{','.join(['340000'] * 12)},4080000\n"
        f"South,2023,Domestic,{','.join(['98000'] * 12)},1176000\n"
        f"South,2023,Commercial,{','.join(['410000'] * 12)},4920000\n",
        LONDON,
        "electricity consumption kWh 2023.csv",
    )
    assert found.rows == 48
    assert found.proposal.document["interval"] == "month"
    assert found.first("time") == ("2023-01-01 00:00:00",)


def test_hours_as_columns() -> None:
    header = "ESTACION;FECHA;" + ";".join(f"H{hour:02d}" for hour in range(1, 25))
    rows = [
        f"{station};{day:02d}/03/2024;" + ";".join(str(100 + hour) for hour in range(24))
        for station in ("PM10001", "PM10002")
        for day in (1, 14, 15)
    ]
    found = one("\n".join([header, *rows]), MADRID, "aforos bicicletas vehicles.csv")
    assert found.rows == 2 * 3 * 24
    assert found.proposal.document["interval"].startswith("hour_")


def test_columns_of_fixed_width() -> None:
    found = one(
        "STATION  DATE      TEMP  PRCP\n"
        "471080   20240301   3.4   0.0\n"
        "471080   20240302   5.1  12.5\n"
        "471120   20240301   2.8   0.0\n"
        "471120   20240302   4.6   9.8\n",
        SEOUL,
        "weather.txt",
    )
    assert found.models == {"weather"}
    assert found.first("place", "time") == ("471080", "2024-03-01 00:00:00")


def test_notes_before_the_header_and_a_source_below_the_rows() -> None:
    found = one(
        "Counts of pedestrians\n"
        "Source: City of London\n"
        "\n"
        "sensor_id,datetime,pedestrians\n"
        "A1,2024-01-01 00:00,12\n"
        "A1,2024-01-01 01:00,9\n"
        "B7,2024-01-01 00:00,31\n"
        "B7,2024-01-01 01:00,24\n"
        "Total,,76\n",
        LONDON,
    )
    assert found.models == {"people_present"}
    assert found.first("place", "time", "passages")[0] == "A1"
    assert found.rows == 4


def test_a_row_of_units_below_the_header() -> None:
    found = one(
        "station,datetime,temperature,humidity,pm25\n"
        ",,degC,%,ug/m3\n"
        "S1,2024-01-01 00:00,3.1,80,22\n"
        "S1,2024-01-01 01:00,2.9,82,25\n"
        "S2,2024-01-01 00:00,3.4,78,19\n"
        "S2,2024-01-01 01:00,3.3,79,20\n",
        LONDON,
    )
    assert found.models == {"air_quality", "weather"}
    assert found.first("place", "temperature", "pm25") == ("S1", 3.1, 22)
    assert found.rows == 4


def test_counts_of_traffic_with_tabs_and_a_clock_of_twelve_hours() -> None:
    found = one(
        "Detector\tTimestamp\tVolume\tSpeed (mph)\n"
        "I90-1\t7/13/2024 1:00:00 AM\t120\t55\n"
        "I90-1\t7/13/2024 2:00:00 AM\t98\t58\n"
        "I90-2\t7/13/2024 1:00:00 AM\t210\t49\n"
        "I90-2\t7/13/2024 2:00:00 PM\t188\t51\n",
        CHICAGO,
        "traffic.tsv",
    )
    assert found.models == {"road_traffic"}
    assert found.first("place", "speed") == ("I90-1", pytest.approx(55 * 1.609344))
