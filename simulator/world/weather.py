"""Weather by the hour in the city and by the day in the provinces of Korea. Nothing that it acts on belongs here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world.places import city_area
from simulator.world.world import World, bell, hours

KOREA_LATITUDE = 37.5


@dataclass(frozen=True)
class Site:
    """A place with weather. A local site follows the country's fronts and has some weather of its own."""

    name: str
    latitude: float
    warmer_c: float = 0.0
    rain: float = 1.0
    wind: float = 1.0
    local: bool = False


@dataclass(frozen=True)
class Province:
    """A province of Korea and the weather station that stands for it."""

    code: str
    name: str
    station_id: str
    station_name: str
    site: Site


def _province(
    code: str, name: str, station_id: str, station_name: str, warmer: float, rain: float, wind: float
) -> Province:
    site = Site(name, KOREA_LATITUDE, warmer, rain, wind, local=True)
    return Province(code, name, station_id, station_name, site)


# Codes of the national data set, ASOS stations, and climate against Seoul's 12.8 degC, 1,100 mm and 4.5 m/s.
PROVINCES = (
    _province("10000", "Seoul", "108", "서울", 0.0, 1.0, 1.0),
    _province("11000", "Busan", "159", "부산", 2.3, 1.4, 1.4),
    _province("12000", "Daegu", "143", "대구", 1.3, 0.95, 1.1),
    _province("13000", "Gwangju", "156", "광주", 1.5, 1.1, 0.9),
    _province("14000", "Incheon", "112", "인천", -0.4, 0.9, 1.3),
    _province("15000", "Daejeon", "133", "대전", 0.6, 1.05, 0.95),
    _province("16000", "Ulsan", "152", "울산", 1.6, 1.15, 1.05),
    _province("20000", "Gyeonggi-do", "119", "수원", 0.0, 1.05, 0.95),
    _province("30000", "Gangwon-do", "101", "춘천", -1.2, 1.1, 0.9),
    _province("40000", "Chungcheongbuk-do", "131", "청주", 0.3, 1.0, 0.9),
    _province("41000", "Chungcheongnam-do", "177", "홍성", -0.2, 1.0, 1.0),
    _province("50000", "Jeollabuk-do", "146", "전주", 0.8, 1.05, 0.95),
    _province("51000", "Jeollanam-do", "165", "목포", 1.9, 1.2, 1.7),
    _province("60000", "Gyeongsangbuk-do", "136", "안동", 0.5, 1.0, 1.2),
    _province("61000", "Gyeongsangnam-do", "155", "창원", 1.8, 1.35, 1.0),
    _province("70000", "Jeju-do", "184", "제주", 3.6, 1.35, 1.4),
)


@lru_cache(maxsize=64)
def weather_hours(world: World, day: date) -> pl.DataFrame:
    """hour (0..23), temp_c, humidity_pct, wind_ms, wind_deg, rain_mm of the city."""
    return pl.DataFrame({"hour": np.arange(24), **_weather(world, day, city_site(world))})


@lru_cache(maxsize=16)
def weather_provinces(world: World, day: date) -> pl.DataFrame:
    """province_code, province, station_id, station_name, day, avg_temp_c, min_temp_c, max_temp_c, precipitation_mm,
    max_wind_speed_ms, most_wind_direction_deg, avg_humidity_pct: the 16 provinces of Korea.

    The province that a Korean pack names as its own (parameter weather_province) has the city's weather.
    """
    rows = []
    for province in PROVINCES:
        day_hours = province_hours(world, day, province).to_dict(as_series=False)
        temp, wind = np.asarray(day_hours["temp_c"]), np.asarray(day_hours["wind_ms"])
        # The direction most of the air came from, in the 36 steps of a vane; a full circle is north.
        angle = np.radians(day_hours["wind_deg"])
        mean = np.degrees(np.arctan2((wind * np.sin(angle)).sum(), (wind * np.cos(angle)).sum())) % 360
        rows.append(
            {
                "province_code": province.code,
                "province": province.name,
                "station_id": province.station_id,
                "station_name": province.station_name,
                "day": day,
                "avg_temp_c": float(temp.mean()),
                "min_temp_c": float(temp.min()),
                "max_temp_c": float(temp.max()),
                "precipitation_mm": float(np.sum(day_hours["rain_mm"])),
                "max_wind_speed_ms": 1.25 * float(wind.max()),
                "most_wind_direction_deg": float(round(mean / 10) * 10 or 360),
                "avg_humidity_pct": float(np.mean(day_hours["humidity_pct"])),
            }
        )
    return pl.DataFrame(rows)


def province_hours(world: World, day: date, province: Province) -> pl.DataFrame:
    """The hours of the day at the station of a province, in the columns of `weather_hours`."""
    city = world.city
    if city.config.country == "KR" and city.parameters.get("weather_province") == province.code:
        return weather_hours(world, day)
    return pl.DataFrame({"hour": np.arange(24), **_weather(world, day, province.site)})


def city_site(world: World) -> Site:
    """The climate of the city itself."""
    city = city_area(world)
    return Site("city", float(city["lat"]))


def sunshine(world: World, day: date) -> np.ndarray:
    """Strength of the sun by hour, 0 (night) .. 1 (clear sky, sun overhead)."""
    city = city_area(world)
    offset = world.city.timezone.utcoffset(datetime.combine(day, time(12)))
    zone_hours = offset.total_seconds() / 3600 if offset else 0.0
    solar = np.arange(24) + 0.5 + float(city["lon"]) / 15 - zone_hours
    site = city_site(world)
    latitude = np.radians(site.latitude)
    tilt = np.radians(23.44) * np.sin(2 * np.pi * (day.timetuple().tm_yday - 81) / 365.25)
    height = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(np.pi * (solar - 12) / 12)
    return np.clip(height, 0, 1) * (1 - 0.78 * _cloud(_wetness(world, day, site)))


def cloudiness(world: World, day: date) -> np.ndarray:
    """Share of the sky that clouds cover by hour, 0..1."""
    return _cloud(_wetness(world, day, city_site(world)))


def recent_rain(world: World, day: date, decay: float) -> np.ndarray:
    """Rain of the hours up to each hour in mm, each hour before counting `decay` of the next; a day back at most."""
    before = weather_hours(world, date.fromordinal(day.toordinal() - 1))["rain_mm"].to_numpy()
    rain = np.concatenate([before, weather_hours(world, day)["rain_mm"].to_numpy()])
    weights = decay ** np.arange(24)
    return np.array([rain[24 + hour - np.arange(24)] @ weights for hour in range(24)])


def monsoon(latitude: float, day: date) -> float:
    """How much of a rainy season it is, 0..1: July and August around Korea, the sun's season in the tropics."""
    year_day = day.timetuple().tm_yday
    if abs(latitude) < 23.5:
        return bell(year_day, 220 if latitude >= 0 else 37, 80)
    return bell(year_day, 207, 32) if 25 < latitude < 45 else 0.25


def normal_temperature(latitude: float, day: date) -> float:
    """Long-year mean temperature of the day in degC: 27.5 at the equator, 12.9 with a swing of 14.6 at 37.5 deg.

    On the southern half the sea halves the swing, and the summer is in January.
    """
    peak, per_degree = (208, 0.39) if latitude >= 0 else (26, 0.2)
    swing = np.cos(2 * np.pi * (day.timetuple().tm_yday - peak) / 365.25)
    return float(27.5 - 0.0104 * latitude**2 + per_degree * abs(latitude) * swing)


def _weather(world: World, day: date, site: Site) -> dict[str, np.ndarray]:
    at, hour = hours(day), np.arange(24)
    wet, season = _wetness(world, day, site), monsoon(site.latitude, day)
    cloud = _cloud(wet)
    # Fronts pass in 4 days, air masses stay for 11. In winter they differ more (4.5 against 2.5 degC).
    restless = (1 + 0.35 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365.25)) * min(
        abs(site.latitude) / 37, 1
    )
    fronts = restless * (2.5 * _wave(world, "front", at, 4, site) + 1.8 * _wave(world, "air mass", at, 11, site))
    rhythm = np.cos(2 * np.pi * (hour - 15) / 24) + 0.18 * np.cos(4 * np.pi * (hour - 14) / 24)
    daily = (6.4 - 2.2 * season) * (1 - 0.6 * cloud) * rhythm
    mean = normal_temperature(site.latitude, day) + site.warmer_c
    temp = np.clip(mean + fronts + daily + 0.9 - 1.8 * cloud, -38, 43)
    over = np.maximum(wet - (1.38 - 0.62 * season), 0)
    rain = np.where(over > 0, site.rain * (2.1 + 5.0 * season) * over**1.4 + 0.1, 0.0)
    gusty = 0.34 * _wave(world, "wind", at, 1.6, site) + 0.15 * _wave(world, "gust", at, 0.15, site)
    spring = 0.12 * bell(day.timetuple().tm_yday, 95, 50)
    wind = site.wind * 2.2 * np.exp(gusty + spring) * (1 + 0.38 * np.cos(2 * np.pi * (hour - 15) / 24)) + 0.3 * over
    veer = 65 * _wave(world, "direction", at, 1.3, site) + 12 * _wave(world, "veer", at, 0.2, site)
    humidity = 50 + 13 * season + 26 * (cloud - 0.35) - 2.3 * daily + 14 * (over > 0)
    humidity = humidity + 6 * _wave(world, "humidity", at, 3, site)
    return {
        "temp_c": temp,
        "humidity_pct": np.clip(humidity, 14, 99),
        "wind_ms": np.clip(wind, 0.1, 35),
        # From the north-west, in the rainy season from the south-west.
        "wind_deg": (300 - 75 * season + veer) % 360,
        "rain_mm": rain,
    }


def _wetness(world: World, day: date, site: Site) -> np.ndarray:
    """What makes clouds and rain, mean 0 and deviation 1: spells of days and showers of hours in them."""
    at = hours(day)
    return 0.82 * _wave(world, "spell", at, 2.6, site) + 0.57 * _wave(world, "shower", at, 0.25, site)


def _cloud(wet: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-2.2 * (wet - 0.3)))


def _wave(world: World, stream: str, at: np.ndarray, scale: float, site: Site) -> np.ndarray:
    shared = world.wave(f"weather/{stream}", at, scale)[0]
    if not site.local:
        return shared
    return 0.9 * shared + 0.436 * world.wave(f"weather/{stream}/{site.name}", at, scale)[0]
