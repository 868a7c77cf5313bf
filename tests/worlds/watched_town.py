"""A town whose air and sound are measured by a network of cheap instruments beside a calibrated one, one of them of a
company: weeks of days in a home, published and released with its pages.

The places of the company have PLANT in their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.tiers.judging import DisclosureControl
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.release import release_all
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.staging import Block, IncomingRows
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.published.place import tier_folder

FIRST, DAYS = date(2026, 3, 2), 21
LAST = FIRST + timedelta(days=DAYS - 1)
PLANT = "Zx9qW7"
QUANTITY = {"air": "pm25", "sound": "laeq"}
METRICS = ("sensor_pm25_mean", "network_bias", "sensor_trusted_share", "noise_leq")
_MODELS = {"air": "air_quality", "sound": "noise_level"}
_UNITS = {"air": "ug/m3", "sound": "dB"}
_STEPS = {"air": 0.1234567, "sound": 0.2718281}  # from place to place: no number of one is one of the other
_NETWORKS = {"stations": ("reference", 4), "sensors": ("low_cost", 7)}


@dataclass
class WatchedTown:
    """The town, of which the cheap network of one subject (air, sound) is private."""

    root: Path
    private: str

    @property
    def home(self) -> Home:
        return Home(self.root / "home")

    @property
    def open_file(self) -> Path:
        return tier_folder(self.home, "open").published_file

    def city(self) -> City:
        """As its pack says now."""
        return load_city(self.root / "town")

    def write_pack(self) -> None:
        """The pack, with the private feed of now."""
        pack = self.root / "town"
        (pack / "feeds").mkdir(parents=True, exist_ok=True)
        config = {"name": "town", "title": "Town", "country": "XX", "timezone": "Asia/Tokyo", "languages": ["en"]}
        config |= {"area": "1", "owner": "town", "first_day": FIRST, "nightly_at": "04:00"}
        (pack / "city.yaml").write_text(yaml.safe_dump(config))
        (pack / "areas.csv").write_text(
            "code,level,parent,name,area_km2,lat,lon,population_2025\n"
            "1,city,,Town,5.0,35.0,135.0,1000\n11,district,1,Ward,5.0,35.0,135.0,1000\n"
        )
        (pack / "metrics.yaml").write_text(yaml.safe_dump({"metrics": {metric: {} for metric in METRICS}}))
        (pack / "sharing.yaml").write_text(yaml.safe_dump({"open": {"licence": "CC0-1.0"}}))
        for subject, model in _MODELS.items():
            for kind, (network, _) in _NETWORKS.items():
                hidden = kind == "sensors" and subject == self.private
                document = {
                    "title": f"{kind} of {subject}",
                    "purpose": "readings",
                    "owner": "town",
                    "licence": "CC0-1.0",
                    "implements": [model],
                    "network": network,
                    "interval": "day",
                    "files": {"paths": [f"{subject}_{kind}/*.csv"]},
                    "classification": "private-aggregate" if hidden else "public",
                    "columns": {
                        "place": "site",
                        "time": {"from": "at", "format": "%Y-%m-%d"},
                        "area": "ward",
                        "lat": "lat",
                        "lon": "lon",
                        QUANTITY[subject]: {"from": "value", "unit": _UNITS[subject]},
                    },
                }
                (pack / "feeds" / f"{subject}_{kind}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))

    def nights(self, days: Sequence[date]) -> None:
        """Readings of these days through the gates, and all that is made of them."""
        city = self.city()
        run = RunContext(open_home(self.home, create=True), city, "files", "run", LAST + timedelta(days=1))
        for contract in city.contracts.values():
            admit(run, contract, {day: self._readings(contract, day) for day in days})
        for table in derived_tables(city):
            for outcome in build(run, table, days).outcomes:
                assert outcome.verdict.open, (table.name, outcome.day, outcome.reason)

    def publish(self) -> None:
        publish_all(self.home, [self.city()], run_id="run")

    def release(self, *, site: bool) -> Releases:
        judging = DisclosureControl(self.home, remembers=True)
        return release_all(
            self.home, [self.city()], judging, run_id="run", today=LAST + timedelta(days=1), keep_versions=9, site=site
        )

    def rows(self, query: str, file: Path | None = None) -> list[tuple[Any, ...]]:
        """Of the open file, or another one."""
        with duckdb.connect(str(file or self.open_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def inside(self, query: str) -> list[tuple[Any, ...]]:
        return self.rows(query, self.home.published_file)

    def _readings(self, contract: Contract, day: date) -> list[dict[str, Any]]:
        """Cheap instruments read a fifth less than calibrated ones."""
        subject, kind = contract.name.split("_")
        level = (20.0 if subject == "air" else 50.0) + 10 * ((day - FIRST).days % 3)
        name = f"{PLANT}-{subject}" if contract.private else contract.name
        count, share = _NETWORKS[kind][1], 1.0 if kind == "stations" else 0.8
        return [
            {
                "place": f"{name}-{n}",
                "area": "11",
                "lat": 35.0 + n / 1000,
                "lon": 135.0,
                QUANTITY[subject]: level * share + n * _STEPS[subject],
            }
            for n in range(count)
        ]


def admit(run: RunContext, contract: Contract, days: Mapping[date, Sequence[Mapping[str, Any]]]) -> None:
    """The rows of these days of a feed through its gate at once."""
    rows = [{"day": day, "time": datetime.combine(day, time()), **row} for day, of in days.items() for row in of]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    filled = frame.with_columns(pl.lit(None).alias(name) for name in contract.schema if name not in frame.columns)
    typed = filled.select(pl.col(name).cast(dtype) for name, dtype in contract.schema.items())
    block = Block(typed.with_columns(_sha256=pl.lit(contract.name), _line=pl.int_range(pl.len())))
    inputs = {day: Inputs((f"{contract.name} {day}",)) for day in days}
    for outcome in run.gate(contract).admit(IncomingRows([block]), inputs):
        assert outcome.verdict.open, (contract.name, outcome.day, outcome.reason)
