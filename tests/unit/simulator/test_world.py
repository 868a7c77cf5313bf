"""The made-up city: the same for everybody, believable, within the rules of the feeds, and for any pack."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from assets.formulas.areas import assign_areas
from assets.pack.city import load_city
from quality.contract.generated_rules import BETWEEN
from simulator.world import (
    air,
    hotspots,
    movement,
    network,
    people,
    places,
    registers,
    sensors,
    trade,
    utilities,
    weather,
)
from simulator.world.world import World
from tests.support.paths import REPOSITORY
from tests.worlds.packs import seoul
from tests.worlds.small_cities import SOMEWHERE, observed_digest, small_city

DAY = date(2020, 4, 8)  # a Wednesday
TOMORROW = DAY + timedelta(days=1)
AT = datetime.combine(DAY, time(8, 30))
YEAR = [date(2019, 1, 1) + timedelta(days=n) for n in range(365)]


@cache
def world() -> World:
    return World(seoul())


def facts(of: World) -> dict[str, pl.DataFrame]:
    return {
        "districts": places.districts(of),
        "dongs": places.dongs(of),
        "outlines": places.outlines(of),
        "sensor_register": registers.sensor_register(of),
        "air_stations": registers.air_stations(of),
        "gauges": registers.gauges(of),
        "links": network.links(of),
        "bike_stations": network.docking_stations(of),
        "lots": network.lots(of),
        "subway_stations": network.subway_stations(of),
        "places": hotspots.places(of),
        "trade_areas": trade.trade_areas(of),
        "industries": trade.industries(of),
    }


def daily(of: World, day: date) -> dict[str, pl.DataFrame]:
    at = datetime.combine(day, AT.time())
    year, quarter = day.year, (day.month + 2) // 3
    return {
        "weather_hours": weather.weather_hours(of, day),
        "weather_provinces": weather.weather_provinces(of, day),
        "air_hours": air.air_hours(of, day),
        "air_days": air.air_days(of, day),
        "sensor_hours": sensors.sensor_hours(of, day),
        "visitors": sensors.visitors(of, day),
        "people_totals": people.people_totals(of, day),
        "search": people.search(of, day),
        "bike_rentals": movement.bike_rentals(of, day),
        "bike_now": movement.bike_now(of, at),
        "subway": movement.subway(of, day),
        "traffic": movement.traffic(of, at),
        "parking": movement.parking(of, at),
        "hotspot": hotspots.hotspot(of, at),
        "drains": utilities.drains(of, day),
        "water": utilities.waterworks(of, day),
        "sales": trade.sales(of, year, quarter),
        "stores": trade.stores(of, year, quarter),
        "closures": trade.closures(of, year, quarter),
    }


@cache
def of_seoul(day: date) -> dict[str, pl.DataFrame]:
    return {**facts(world()), **daily(world(), day)}


def digests(frames: dict[str, pl.DataFrame]) -> dict[str, str]:
    """JSON writes floats so that they are read back as they were: equal text, equal frame."""
    return {name: hashlib.sha256(frame.write_json().encode()).hexdigest() for name, frame in frames.items()}


def everything(of: World) -> str:
    parts = digests({**facts(of), **daily(of, DAY)})
    bands = hashlib.sha256(people.people_hours(of, DAY)["people"].to_numpy().tobytes()).hexdigest()
    observed = observed_digest(World(small_city(SOMEWHERE[0])))
    return " ".join([*(f"{name}={value}" for name, value in parts.items()), f"people_hours={bands}", observed])


@cache
def year() -> pl.DataFrame:
    """day, temp_c, wind_ms, rain_mm, pm25_ugm3 (urban), rentals, boardings, supplied_m3, level_m of a year."""
    rows = []
    for day in YEAR:
        hours, urban = weather.weather_hours(world(), day), air.air_days(world(), day).filter(kind="urban")
        rows.append(
            {
                "day": day,
                "temp_c": hours["temp_c"].mean(),
                "wind_ms": hours["wind_ms"].mean(),
                "rain_mm": hours["rain_mm"].sum(),
                "pm25_ugm3": urban["pm25_ugm3"].mean(),
                "pm10_ugm3": urban["pm10_ugm3"].mean(),
                "o3_ppm": urban["o3_ppm"].mean(),
                "rentals": movement.bike_rentals(world(), day)["rentals"].sum(),
                "boardings": movement.subway(world(), day)["boardings"].sum(),
                "supplied_m3": utilities.waterworks(world(), day).filter(kind="supplied")["m3"].sum(),
                "level_m": utilities.drains(world(), day)["level_m"].mean(),
            }
        )
    return pl.DataFrame(rows)


def mean(frame: pl.DataFrame, column: str) -> float:
    return float(frame[column].to_numpy().mean())


# The same for everybody ---------------------------------------------------------------------------------------


def test_other_processes_make_the_same_world():
    env = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(REPOSITORY)}
    other = subprocess.run([sys.executable, __file__], env=env, capture_output=True, text=True, check=True, timeout=300)
    assert other.stdout.strip() == everything(World(seoul()))


def test_order_of_calls_does_not_matter():
    days = [DAY, TOMORROW, DAY + timedelta(days=400)]
    forwards, backwards = World(seoul()), World(seoul())
    first = [digests(daily(forwards, day)) for day in days]
    second = [digests(dict(reversed(daily(backwards, day).items()))) for day in reversed(days)]
    for one, other in zip(first, reversed(second), strict=True):
        assert one == other


def test_another_seed_is_another_world_of_the_same_shape():
    one, other = daily(world(), DAY), daily(World(seoul(), seed=2), DAY)
    assert {name: frame.schema for name, frame in one.items()} == {name: frame.schema for name, frame in other.items()}
    assert [name for name in one if one[name].equals(other[name])] == []


def test_another_day_is_another_day():
    one, other = daily(world(), DAY), daily(world(), TOMORROW)
    quarterly = {"sales", "stores", "closures"}
    assert {name for name in one if one[name].equals(other[name])} == quarterly


# The map ------------------------------------------------------------------------------------------------------


def test_outlines_share_edges_and_do_not_overlap():
    cells = np.array(places.cells(world()))
    whole = shapely.union_all(cells)
    assert shapely.is_valid(cells).all()
    assert whole.geom_type == "Polygon"
    assert shapely.area(cells).sum() == pytest.approx(whole.area, abs=1e-12)
    west, south, east, north = whole.bounds
    assert (west > 126.76, south > 37.41, east < 127.19, north < 37.72) == (True,) * 4


def test_every_sensor_is_inside_its_district():
    register, outlines = registers.sensor_register(world()), places.outlines(world())
    cells = dict(zip(places.districts(world())["area"], places.cells(world()), strict=True))
    points = shapely.points(register["lon"].round(6).to_numpy(), register["lat"].round(6).to_numpy())
    assert all(cells[area].contains_properly(point) for area, point in zip(register["area"], points, strict=True))
    assigned = assign_areas(register.rename({"sensor_id": "place"}), outlines, seoul().areas)
    assert assigned.sort("place").equals(register.select(place="sensor_id", area="area").sort("place"))


def test_registers_of_seoul():
    frames = facts(world())
    per_district = frames["dongs"].group_by("area").len()["len"].to_list()
    assert (sum(per_district), len(per_district), min(per_district) >= 10) == (426, 25, True)
    assert frames["dongs"]["dong_code"].str.len_chars().unique().to_list() == [8]
    assert frames["dongs"].select(pl.col("^share_.*$").sum()).row(0) == pytest.approx((1, 1, 1))
    assert frames["sensor_register"]["sensor_id"].is_unique().all()
    assert frames["sensor_register"].height == 25 * 12
    assert set(frames["sensor_register"]["dong_code"]) <= set(frames["dongs"]["dong_code"])
    assert set(frames["air_stations"]["station"]) == set(seoul().tables["air_stations"]["place"])
    subway = frames["subway_stations"]
    assert (subway.height >= 420, subway["line"].n_unique() >= 9) == (True, True)
    assert subway.unique(["line", "station"]).height == subway.height
    assert not subway["station"].str.contains(r"[()]").any()
    heights = {name: frames[name].height for name in ("links", "bike_stations", "lots", "gauges", "places")}
    assert heights == {"links": 60, "bike_stations": 120, "lots": 30, "gauges": 50, "places": 12}
    for name, key in (("links", "link_id"), ("bike_stations", "name"), ("lots", "code"), ("gauges", "gauge_id")):
        assert frames[name][key].is_unique().all(), name


def test_regions_of_the_air_stations():
    region = dict(registers.air_stations(world()).select("station", "region").iter_rows())
    wanted = {
        "도심권": "종로구 중구 용산구",
        "동북권": "성동구 광진구 동대문구 중랑구 성북구 강북구 도봉구 노원구",
        "서북권": "은평구 서대문구 마포구",
        "서남권": "양천구 강서구 구로구 금천구 영등포구 동작구 관악구",
        "동남권": "서초구 강남구 송파구 강동구",
    }
    assert all(region[station] == name for name, stations in wanted.items() for station in stations.split())


# The rules of the feeds ---------------------------------------------------------------------------------------


# column of a model -> column of the world, whose names say the unit
WORLD = {
    "pm25": "pm25_ugm3",
    "pm10": "pm10_ugm3",
    "no2": "no2_ppm",
    "o3": "o3_ppm",
    "co": "co_ppm",
    "so2": "so2_ppm",
    "laeq": "noise_db",
    "humidity": "humidity_pct",
    "precipitation": "precipitation_mm",
    "temperature_min": "min_temp_c",
    "temperature_max": "max_temp_c",
}
TEMPERATURE = {"sdot_env": "temp_c", "weather_daily": "avg_temp_c"}
TOPICS = ("cold_index", "flu_index", "pneumonia_index", "coronavirus_index")


def ranges(feed: str) -> Iterator[tuple[str, float, float]]:
    names = WORLD | {"temperature": TEMPERATURE.get(feed, "")}
    for rule in seoul().contracts[feed].rules:
        if rule.scope == "row" and rule.expectation == BETWEEN:
            limits = rule.kwargs["min_value"], rule.kwargs.get("max_value", float("inf"))
            for name in TOPICS if rule.column == "interest" else (names.get(rule.column or "", rule.column),):
                yield str(name), *limits


@pytest.mark.parametrize(
    ("feed", "frame"),
    [
        ("sdot_env", "sensor_hours"),
        ("sdot_ref", "sensor_register"),
        ("air_daily", "air_days"),
        ("air_daily", "air_hours"),
        ("weather_daily", "weather_provinces"),
        ("search_trend", "search"),
        ("subway_daily", "subway"),
    ],
)
@pytest.mark.parametrize("day", [date(2019, 1, 12), date(2019, 4, 6), date(2019, 7, 25), date(2020, 12, 30)])
def test_values_keep_the_ranges_of_the_contract(feed: str, frame: str, day: date):
    rows = of_seoul(day)[frame]
    checked = [(name, low, high) for name, low, high in ranges(feed) if name in rows.columns]
    assert checked
    for name, low, high in checked:
        assert rows[name].is_between(low, high).all(), (name, rows[name].min(), rows[name].max())


def test_rules_that_are_not_ranges():
    for day in (date(2019, 2, 3), date(2019, 4, 20), date(2019, 8, 1)):
        for rows in (air.air_hours(world(), day), air.air_days(world(), day), sensors.sensor_hours(world(), day)):
            assert (rows["pm10_ugm3"] > rows["pm25_ugm3"]).all()
        noise = sensors.sensor_hours(world(), day)["noise_db"]
        assert noise.is_between(36, 84).all()
        province = weather.weather_provinces(world(), day)
        assert (province.height, province["province_code"].n_unique()) == (16, 16)
        assert (province["max_temp_c"] >= province["avg_temp_c"]).all()
        assert (province["avg_temp_c"] >= province["min_temp_c"]).all()
        assert (utilities.drains(world(), day)["level_m"] >= 0).all()
        assert (people.people_totals(world(), day)["total"] < 300_000).all()


def test_rentals_of_the_city_keep_the_range_of_the_contract():
    ((_, least, most),) = ranges("bike_daily")  # it is about the whole city; a station may have a day without any
    assert year()["rentals"].is_between(least, most).all()


def test_air_hours_end_with_the_day():
    times = air.air_hours(world(), DAY)["measured_at"].unique().sort()
    assert (times[0], times[-1], len(times)) == (
        datetime.combine(DAY, time(1)),
        datetime.combine(TOMORROW, time(0)),
        24,
    )
    hourly = air.air_hours(world(), DAY).group_by("station", maintain_order=True).agg(pl.col(*air.POLLUTANTS).mean())
    means = air.air_days(world(), DAY).select("station", *air.POLLUTANTS)
    for name in air.POLLUTANTS:
        assert hourly[name].to_list() == pytest.approx(means[name].to_list())


def test_seouls_row_is_the_citys_weather():
    row = weather.weather_provinces(world(), DAY).row(0, named=True)
    hours = weather.weather_hours(world(), DAY)
    assert (row["province"], row["station_id"]) == ("Seoul", "108")
    assert row["avg_temp_c"] == pytest.approx(hours["temp_c"].mean())
    assert row["precipitation_mm"] == pytest.approx(hours["rain_mm"].sum())


# Believable ---------------------------------------------------------------------------------------------------


def test_seasons():
    month = pl.col("day").dt.month()
    summer, winter = year().filter(month.is_in([7, 8])), year().filter(month.is_in([1, 2]))
    assert mean(summer, "temp_c") > 23
    assert mean(winter, "temp_c") < 3
    assert mean(summer, "rain_mm") > 3 * mean(winter, "rain_mm")
    assert mean(summer, "o3_ppm") > mean(winter, "o3_ppm")
    assert mean(summer, "pm25_ugm3") < mean(winter, "pm25_ugm3")
    spring = year().filter(month.is_in([3, 4]))
    coarse = (spring["pm10_ugm3"] / spring["pm25_ugm3"]).max()
    assert coarse > 1.5 * (winter["pm10_ugm3"] / winter["pm25_ugm3"]).mean()


def test_episodes_last_for_days():
    levels = year()["pm25_ugm3"].to_numpy()
    assert np.corrcoef(levels[1:], levels[:-1])[0, 1] > 0.4
    assert abs(np.corrcoef(levels[20:], levels[:-20])[0, 1]) < 0.4


def test_wind_and_rain_clean_the_air():
    by_wind = year().sort("wind_ms")
    assert mean(by_wind.tail(60), "pm25_ugm3") < 0.8 * mean(by_wind.head(60), "pm25_ugm3")
    wet = pl.col("rain_mm") > 10
    assert mean(year().filter(wet), "pm25_ugm3") < mean(year().filter(~wet), "pm25_ugm3")


def test_nitrogen_dioxide_peaks_at_rush_hours_and_ozone_in_the_afternoon():
    workdays = [day for day in YEAR[60:180] if day.weekday() < 5]
    urban = pl.concat([air.air_hours(world(), day).filter(kind="urban") for day in workdays])
    hours = urban.group_by(pl.col("measured_at").dt.hour()).agg(pl.col("no2_ppm", "o3_ppm").mean())
    no2 = dict(hours.select("measured_at", "no2_ppm").iter_rows())
    assert min(no2[9], no2[20]) > max(no2[4], no2[14])
    assert hours.sort("o3_ppm")["measured_at"][-1] in range(13, 18)


def test_roads_have_more_nitrogen_dioxide_and_less_ozone():
    kinds = air.air_days(world(), DAY).group_by("kind").agg(pl.col(*air.POLLUTANTS).mean())
    roads, parks = (kinds.row(by_predicate=pl.col("kind") == k, named=True) for k in ("roadside", "background"))
    assert roads["no2_ppm"] > 1.5 * parks["no2_ppm"]
    assert roads["pm25_ugm3"] > parks["pm25_ugm3"]
    assert roads["o3_ppm"] < parks["o3_ppm"]


def test_rain_and_cold_keep_bicycles_in():
    mild = year().filter(pl.col("temp_c").is_between(14, 26))
    wet, dry = mild.filter(pl.col("rain_mm") > 8), mild.filter(pl.col("rain_mm") == 0)
    assert mean(wet, "rentals") < 0.7 * mean(dry, "rentals")
    assert mean(year().filter(pl.col("temp_c") < 0), "rentals") < 0.4 * mean(dry, "rentals")


def test_weekends_are_quieter():
    weekday = pl.col("day").dt.weekday()
    working, free = mean(year().filter(weekday < 6), "boardings"), mean(year().filter(weekday >= 6), "boardings")
    assert 6.3e6 < working < 7.7e6
    assert free < 0.8 * working


def test_heat_drinks_and_rain_fills_the_drains():
    by_heat, by_rain = year().sort("temp_c"), year().sort("rain_mm")
    assert mean(by_heat.tail(40), "supplied_m3") > 1.05 * mean(by_heat.head(40), "supplied_m3")
    assert mean(by_rain.tail(20), "level_m") > 1.2 * mean(by_rain.head(100), "level_m")
    water = utilities.waterworks(world(), DAY).pivot("kind", index="plant", values="m3")
    assert (water.height, (water["sent"] <= water["intake"]).all(), (water["supplied"] <= water["sent"]).all()) == (
        6,
        True,
        True,
    )


def test_the_centre_fills_by_day_and_less_at_weekends():
    def ratio(day: date) -> dict[str, float]:
        hours = people.people_totals(world(), day).with_columns(area=pl.col("dong_code").str.slice(0, 5))
        by_day = pl.col("total").filter(pl.col("hour").is_between(9, 17)).mean()
        by_night = pl.col("total").filter(pl.col("hour") < 6).mean()
        return dict(hours.group_by("area").agg(by_day / by_night).iter_rows())

    working, free = ratio(DAY), ratio(DAY + timedelta(days=3))
    centre, suburb = "11140", "11350"
    assert 2 < working[centre] < 4.2
    assert working["11680"] > 1.5
    assert 1 < free[centre] < working[centre]
    assert working[suburb] < 1
    present = people.people_totals(world(), DAY).group_by("hour").agg(pl.col("total").sum())["total"].mean()
    assert present == pytest.approx(1.03 * places.residents(world()), rel=0.05)


def test_people_by_band_add_up_exactly():
    bands, totals = people.people_hours(world(), DAY), people.people_totals(world(), DAY)
    assert (bands.height, bands["age_band"].n_unique()) == (426 * 24 * 28, 14)
    sums = bands.group_by("dong_code", "hour", maintain_order=True).agg(
        male=pl.col("people").filter(sex="male").sum(),
        female=pl.col("people").filter(sex="female").sum(),
        total=pl.col("people").sum(),
    )
    assert sums.equals(totals)


def test_rush_hours_are_slow():
    speed = {
        hour: mean(movement.traffic(world(), datetime.combine(DAY, time(hour))), "speed_kmh") for hour in (3, 8, 13, 18)
    }
    assert max(speed[8], speed[18]) < 0.85 * speed[13] < 0.85 * speed[3]
    sunday = mean(movement.traffic(world(), datetime.combine(DAY + timedelta(days=4), time(8))), "speed_kmh")
    assert sunday > 1.2 * speed[8]


def test_bicycles_sometimes_stand_beside_full_racks():
    racks = network.docking_stations(world())["racks"]
    over = [(movement.bike_now(world(), AT + timedelta(hours=n))["bikes"] > racks).sum() for n in range(48)]
    assert 0 < sum(over) < 0.1 * 48 * len(racks)


def test_hotspots():
    rows = hotspots.hotspot(world(), AT)
    step = pl.when(pl.col("people_min") < 20_000).then(500).otherwise(2_000)
    assert rows.select((pl.col("people_max") - pl.col("people_min") == step).all()).item()
    assert set(rows["congestion"]) <= {"여유", "보통", "약간 붐빔", "붐빔"}
    assert rows["forecast"].list.len().unique().to_list() == [12]
    first, last = (rows["forecast"][0].struct.field("at")[n] for n in (0, -1))
    assert (first, last) == (datetime.combine(DAY, time(9)), datetime.combine(DAY, time(20)))
    assert rows.select((pl.col("male_rate") + pl.col("female_rate")).alias("sum"))["sum"].to_list() == [100] * 12


@pytest.mark.parametrize(("year_", "quarter"), [(2019, 4), (2021, 1), (2026, 2)])
def test_parts_of_sales_add_up(year_: int, quarter: int):
    sales, stores = trade.sales(world(), year_, quarter), trade.stores(world(), year_, quarter)
    amount = pl.col("amount_krw")
    assert (
        sales.select(
            (pl.col("weekday_krw") + pl.col("weekend_krw") == amount).all(),
            slots=(pl.sum_horizontal("^slot_.*$") == amount).all(),
            sexes=(pl.col("male_krw") + pl.col("female_krw") < amount).all(),
            least=(pl.min_horizontal(pl.col(pl.Int64)) >= 0).all(),
        ).row(0)
        == (True,) * 4
    )
    assert (stores["closures"] <= stores["stores"]).all()
    assert (stores["franchise_stores"] <= stores["stores"]).all()
    assert sales.select("trade_area", "industry").equals(stores.select("trade_area", "industry"))
    closures = trade.closures(world(), year_, quarter)
    letter = pl.when(pl.col("open_months") >= pl.col("city_open_months")).then(pl.lit("H")).otherwise(pl.lit("L"))
    assert closures.select((pl.col("change_index").str.slice(0, 1) == letter).all()).item()
    assert set(closures["change_index"]) == {"HH", "HL", "LH", "LL"}


# Sensors ------------------------------------------------------------------------------------------------------


def test_sensors_die_and_come_back():
    days = [DAY + timedelta(days=n) for n in range(500)]
    works = np.array([sensors.alive(world(), day) for day in days])
    share = works.mean(axis=1)
    assert (share.min() > 0.925, 0.945 < share.mean() < 0.965, share.max() < 0.985) == (True,) * 3
    lost = (works[:-1] & ~works[1:]).sum(axis=0)
    back = (~works[:-1] & works[1:]).sum(axis=0)
    assert (lost > 0).mean() > 0.5
    assert abs(lost.sum() - back.sum()) < 0.06 * works.shape[1]
    register = registers.sensor_register(world())["sensor_id"]
    reporting = set(sensors.sensor_hours(world(), DAY)["sensor_id"])
    assert reporting == set(register.filter(pl.Series(works[0])))


def test_before_the_installation_nothing_is_reported():
    assert sensors.sensor_hours(world(), date(2018, 5, 1)).height == 0
    assert sensors.visitors(world(), date(2018, 5, 1)).height == 0


def test_readings_of_sensors():
    rows = sensors.sensor_hours(world(), DAY)
    reporting = rows["sensor_id"].n_unique()
    assert 0.98 < rows.height / (24 * reporting) < 1
    assert 0.9 < rows["wind_speed_ms"].null_count() / rows.height < 0.99
    assert (rows["registered_at"] > rows["measured_at"]).all()
    assert (rows["measured_at"].dt.minute() < 10).all()
    assert (rows["measured_at"].dt.date() == DAY).all()
    assert (rows["pm25_raw_ugm3"] > rows["pm25_ugm3"]).all()
    district = air.air_days(world(), DAY).filter(kind="urban")
    assert mean(rows, "pm25_ugm3") == pytest.approx(mean(district, "pm25_ugm3"), rel=0.1)
    counted = sensors.visitors(world(), DAY)
    assert 90 <= counted["sensor_id"].n_unique() <= 100


# Any pack -----------------------------------------------------------------------------------------------------

CITY_ONLY = """code,level,parent,name_ko,name_en,boundary_code,area_km2,lat,lon
PH13,city,,마닐라,Manila,,42.9,14.599,120.984
"""
WITH_DISTRICTS = f"""{CITY_ONLY.strip()}
PH131,district,PH13,톤도,Tondo,,9.1,14.617,120.967
PH132,district,PH13,말라테,Malate,,2.6,14.571,120.990
"""


@pytest.mark.parametrize("areas", [CITY_ONLY, WITH_DISTRICTS], ids=["no districts", "two districts"])
def test_any_pack_has_a_world(tmp_path: Path, areas: str):
    folder = tmp_path / "manila"
    folder.mkdir()
    (folder / "city.yaml").write_text(
        "{name: manila, title: {en: Manila, ko: 마닐라}, country: PH, timezone: Asia/Manila, languages: [en], "
        'area: PH13, owner: City of Manila, first_day: 2020-01-01, nightly_at: "04:10"}',
        encoding="utf-8",
    )
    (folder / "areas.csv").write_text(areas, encoding="utf-8")
    (folder / "metrics.yaml").write_text("{parameters: {}, metrics: {}}", encoding="utf-8")
    of = World(load_city(folder))
    frames = {**facts(of), **daily(of, date(2021, 8, 14))}
    count = max(areas.count("district"), 1)
    assert [frames[name].height for name in ("districts", "outlines", "sensor_register")] == [count, count, 12 * count]
    assert all(frame.height for frame in frames.values())
    cells = dict(zip(places.districts(of)["area"], places.cells(of), strict=True))
    register = registers.sensor_register(of)
    assert all(
        cells[area].contains_properly(shapely.Point(lon, lat))
        for area, lat, lon in register.select("area", "lat", "lon").iter_rows()
    )
    assert registers.air_stations(of)["kind"].unique().to_list() == ["urban"]
    assert frames["weather_hours"]["temp_c"].is_between(18, 40).all()
    subway = frames["subway_stations"]
    assert subway.unique(["line", "station"]).height == subway.height
    assert network.docking_stations(of)["name"].is_unique().all()


if __name__ == "__main__":  # the other process
    print(everything(World(seoul())))
