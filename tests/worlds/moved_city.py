"""A city of two feeds, files and a service, with a sample and figures that were worked out by hand: what is moved."""

from __future__ import annotations

import json
from pathlib import Path

from assets.moving.archive import archive_of
from assets.moving.pack_files import moved_files
from assets.pack.city import City, load_city

NIGHT = "2026-03-01"
MEAN = 11.5  # of the hours 0 to 23, each of which reads its own number; of coarse particles twice as many
CITY = """
name: port
title: {en: Port, ko: 항구}
country: KR
timezone: Asia/Seoul
languages: [en]
area: "1"
owner: Port authority
first_day: 2026-01-01
nightly_at: "04:00"
"""
AIR = """
title: Air by hour
purpose: Hourly means at one station.
limitations: None known.
owner: Port authority
licence: CC0
implements: air_quality
network: reference
interval: hour_beginning
files: {paths: ["air/*.csv"]}
columns:
  place: site
  time: {from: at, format: "%Y-%m-%d %H:%M"}
  pm25: {from: fine, unit: ug/m3}
"""
DUST = """
title: Dust by hour
purpose: Hourly means of coarse particles at one station.
limitations: None known.
owner: Port authority
licence: CC BY 4.0
implements: air_quality
network: reference
interval: hour_beginning
services:
  - {protocol: http_file, address: "https://port.example", ask: {path: "/{day:%Y-%m-%d}.csv"}}
columns:
  place: site
  time: {from: at, format: "%Y-%m-%d %H:%M"}
  pm10: {from: coarse, unit: ug/m3}
"""
METRICS = """
metrics:
  pm10_mean: {}
  pm25_mean: {target: 15, target_source: WHO 2021}
  pm25_days_above_who: {}
"""
AREAS = "code,level,parent,name,area_km2,lat,lon,population_2024\n1,city,,Port,100,35.1,129.0,1000\n"
HOURS = "site,at,fine\n" + "".join(f"N,{NIGHT} {hour:02d}:00,{hour}\n" for hour in range(24))
ANSWER = "site,at,coarse\n" + "".join(f"N,{NIGHT} {hour:02d}:00,{2 * hour}\n" for hour in range(24))
EXPECTED = f"""metric,area,period,starts,value,status,reason_code
pm10_mean,1,day,{NIGHT},{2 * MEAN},ok,
pm25_days_above_who,1,month,{NIGHT},,absent,too_few_days
pm25_mean,1,day,{NIGHT},{MEAN},ok,
"""
ABOUT = {
    "format": 1,
    "night": NIGHT,
    "made_of": "delivered",
    "licence": "CC0",
    "madang": "0.1.0",
    "left_out": {},
    "deliveries": [
        {"feed": "air", "name": "air/a.csv", "file": "air/air/a.csv", "pulled": False, "asked_day": None},
        {"feed": "dust", "name": "dust", "file": "dust/day.csv", "pulled": True, "asked_day": NIGHT},
    ],
}


def port(cities: Path, *, sample: bool = True) -> Path:
    """The folder of the pack below `cities`."""
    files = {
        "city.yaml": CITY,
        "feeds/air.yaml": AIR,
        "feeds/dust.yaml": DUST,
        "metrics.yaml": METRICS,
        "areas.csv": AREAS,
        "README.md": "# Port\n\nWhat the files hide: nothing.\n",
    }
    if sample:
        files |= {
            "sample/air/air/a.csv": HOURS,
            "sample/dust/day.csv": ANSWER,
            "sample/sample.json": json.dumps(ABOUT),
            "sample/expected.csv": EXPECTED,
        }
    for name, text in files.items():
        path = cities / "port" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return cities / "port"


def port_city(cities: Path) -> City:
    """The city of that pack."""
    return load_city(port(cities))


def packed(city: City, to: Path) -> Path:
    """The archive of a city, whose sample nobody has replayed."""
    to.write_bytes(archive_of(city, moved_files(city).contents))
    return to
