"""Small towns that measure their air: packs of a few lines in the short form, their files, and a night of all of them.

Figures are arithmetic. What a town has in the end can be worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import yaml

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City
from assets.pack.packs import Packs, load_packs
from assets.publication.kept_packs import cities_to_publish
from assets.publication.publish import publish_all
from quality.contract.model import Contract
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.published.publications import Publication

DAY = date(2026, 3, 2)
TODAY = date(2026, 3, 3)
AIR = """
title: Air by hour
purpose: Hourly means of the stations
owner: Department of Air
licence: public
implements: [air_quality]
network: reference
interval: hour_beginning
files: {paths: ["air/*.csv"]}
columns:
  place: site
  time: {from: at, format: "%Y-%m-%d %H:%M"}
  pm25: {from: fine, unit: ug/m3}
"""
SENSORS = """
title: Street sensors
purpose: Readings of sensors on lamp posts
owner: Department of Lamps
licence: public
implements: [air_quality, weather]
network: low_cost
interval: hour_ending
files: {paths: ["sensors/*.csv"]}
columns:
  place: site
  time: {from: at, format: "%Y-%m-%d %H:%M"}
  pm10: {from: coarse, unit: mg/m3}
  temperature: {from: warm, unit: degC}
  battery: {from: volt, type: number, meaning: Voltage of the battery, unit: V}
"""
FILES = {
    "air": "site,at,fine\nN,2026-03-02 00:00,{n}\nN,2026-03-02 23:00,{n}.5\n",
    "sensors": "site,at,coarse,warm,volt\nL1,2026-03-02 01:00,0.0{n},8.5,3.3\nL1,2026-03-03 00:00,0.0{n},9.5,3.2\n",
}
FEEDS = {"air": AIR, "sensors": SENSORS}


@dataclass
class Towns:
    """Packs below a folder, a drop folder for each town, and one home."""

    root: Path
    runs: int = field(default=0)

    @property
    def packs(self) -> Path:
        return self.root / "cities"

    @property
    def home(self) -> Home:
        """As a new process sees it."""
        return open_home(Home(self.root / "home"), create=True)

    def add(
        self,
        name: str,
        feeds: Iterable[str] = ("air",),
        *,
        texts: Mapping[str, str] = FEEDS,
        number: int = 1,
        metrics: Iterable[str] = (),
    ) -> Path:
        """A pack with these feeds, and files that are good. `number` tells the towns' figures from each other."""
        pack = self.packs / name
        (pack / "feeds").mkdir(parents=True)
        config = {"name": name, "title": name.title(), "country": "XX", "timezone": "Asia/Tokyo", "languages": ["en"]}
        config |= {"area": "1", "owner": "town", "first_day": date(2026, 1, 1), "nightly_at": "04:00"}
        (pack / "city.yaml").write_text(yaml.safe_dump(config))
        (pack / "areas.csv").write_text(
            f"code,level,parent,name,area_km2,lat,lon,population_2025\n1,city,,{name.title()},5.0,35.0,135.0,1000\n"
        )
        if metrics:
            (pack / "metrics.yaml").write_text(yaml.safe_dump({"metrics": {metric: {} for metric in metrics}}))
        for feed in feeds:
            (pack / "feeds" / f"{feed}.yaml").write_text(texts[feed])
            path = self.root / "drop" / name / feed / "march.csv"
            path.parent.mkdir(parents=True)
            path.write_text(FILES[feed].format(n=number))
        return pack

    @property
    def folders(self) -> list[Path]:
        return sorted(path for path in self.packs.iterdir() if path.is_dir())

    def load(self) -> Packs:
        return load_packs(self.folders)

    def build(self, city: City) -> None:
        """Fetch, read and admit all feeds of a town."""
        for contract in city.contracts.values():
            self.build_feed(city, contract, DAY)
        for table in derived_tables(city):
            build(self.run(city), table, [DAY])

    def run(self, city: City) -> RunContext:
        """A new run on this town."""
        self.runs += 1
        drop = self.root / "drop" / city.folder.name
        return RunContext(home=self.home, city=city, source="files", drop=drop, run_id=f"run{self.runs}", today=TODAY)

    def build_feed(self, city: City, contract: Contract, day: date) -> None:
        """Fetch, read and admit a day of one feed."""
        run = self.run(city)
        read_new(run, contract, fetch(run, contract, []))
        ingest.ingest(run, contract, [day])

    def publish(self, packs: Packs | None = None) -> Publication:
        packs = self.load() if packs is None else packs
        self.runs += 1
        return publish_all(self.home, lambda: cities_to_publish(self.home, packs), run_id=f"run{self.runs}")

    def night(self) -> Packs:
        """All towns that can be read are built, and everything is published."""
        packs = self.load()
        for city in packs.cities:
            self.build(city)
        self.publish(packs)
        return packs

    def rows(self, query: str) -> list[tuple]:
        """The answer of the published file, attached under another name than its own."""
        return self.answers(query)[0]

    def answers(self, *queries: str) -> list[list[tuple]]:
        """The answer to each of these: opening the file takes longer than asking."""
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{self.home.published_file}' AS elsewhere (READ_ONLY)")
            con.execute("USE elsewhere")
            return [con.execute(query).fetchall() for query in queries]

    def relations(self, *schemas: str) -> list[str]:
        """Tables and views of the published file, as `schema.name`."""
        wanted = ", ".join(f"'{schema}'" for schema in schemas)
        return [
            name
            for (name,) in self.rows(
                "SELECT DISTINCT schema_name || '.' || table_name AS name FROM duckdb_columns()"
                f" WHERE database_name = 'elsewhere' AND schema_name IN ({wanted}) ORDER BY name"
            )
        ]

    def content(self, city: str) -> dict[str, list[tuple]]:
        """All that is published of one town, but ids and times of runs."""
        queries: dict[str, str] = {}
        names = self.relations("core", "mart", "metric", "model")
        for name, described in zip(names, self.answers(*[f"DESCRIBE {name}" for name in names]), strict=True):
            columns = [row[0] for row in described]
            where = f"WHERE city = '{city}'" if "city" in columns else ""
            if where or name.startswith(f"core.{city}_"):
                kept = [f'"{c}"' for c in columns if c not in ("run_id", "published_at", "batch_ids")]
                queries[name] = f"SELECT {', '.join(kept)} FROM {name} {where} ORDER BY ALL"
        answers = zip(queries, self.answers(*queries.values()), strict=True)
        return {name: rows for name, rows in answers if rows}
