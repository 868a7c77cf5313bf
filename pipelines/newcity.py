"""The skeleton of a city pack, for `madang city new`. What belongs into a pack is in docs/contracts.md."""

import re
from pathlib import Path

FILES = {
    "city.yaml": """name: {name}
title_en: {title}
title_ko: {title}
country: XX
timezone: UTC
languages: [en]
area: "1" # the city's own row in areas.csv
owner: who answers for this pack
first_day: 2024-01-01 # partitions begin here
nightly_at: "04:00" # local time
""",
    "areas.csv": "code,level,parent,name_ko,name_en,kostat_code,area_km2,lat,lon,population_2023\n"
    "1,city,,{title},{title},,1.00,0.0,0.0,1000000\n",
    "metrics.yaml": """# What {title} measures itself by: metrics of assets/metrics/definitions.yaml with targets.
parameters:
  heat_season_months: [5, 6, 7, 8, 9]
  day_hours: [9, 10, 11, 12, 13, 14, 15, 16, 17]
  night_hours: [0, 1, 2, 3, 4, 5]
metrics:
  bike_rentals_per_100k: {{}}
""",
    "feeds/bike_daily.odcs.yaml": """apiVersion: v3.1.0
kind: DataContract
id: {name}.bike_daily
name: bike_daily
version: 0.1.0
status: draft
domain: mobility
tenant: {name}
description:
  purpose: Rentals of public bicycles by day, the whole city.
team: {{name: who delivers it, members: []}}
customProperties:
  - property: madang
    value:
      prefix: BIKE
      licence: as the provider states it
      connector:
        files:
          paths: ["bike_daily/*.csv"]
schema:
  - name: bike_daily
    businessName: Public bicycle rentals by day
    logicalType: object
    physicalType: table
    dataGranularityDescription: one day
    properties:
      - name: day
        logicalType: date
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        description: Day of the rentals
        customProperties: [{{property: madang, value: {{sources: [date], formats: ["%Y-%m-%d"]}}}}]
      - name: rentals
        logicalType: integer
        required: true
        description: Rentals in the whole city
        customProperties: [{{property: madang, value: {{sources: [rentals], unit: rentals}}}}]
""",
    "README.md": "# {title}\n\nWhere the feeds come from, who to ask, and what to know about them.\n",
}


def create(cities: Path, name: str) -> Path:
    """Write the skeleton. Raises ValueError for a bad name, FileExistsError if the pack is there."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} can not be a city's name: small letters, digits and underscores, a letter first")
    if name in ("ledger", "madang"):
        raise ValueError(f"{name!r} is taken by Madang itself; choose another name")
    folder = cities / name
    if folder.exists():
        raise FileExistsError(f"{folder} is there already")
    for path, text in FILES.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(name=name, title=name.replace("_", " ").title()), encoding="utf-8")
    return folder
