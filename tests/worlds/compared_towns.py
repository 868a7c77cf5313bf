"""Towns whose air may be compared and towns whose may not: two months of days, through gates, metrics and publication.

alder and birch deliver days of their reference stations; cedar delivers hours, which is another way to a day; dune has
no year of its own that others share. Figures are arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest.fetch import fetch
from assets.ingest.ingest import ingest
from assets.ingest.read import read_new
from assets.pack.city import City
from tests.worlds.towns import AIR, Towns
from warehouse.published.publications import Publication

FIRST, LAST = date(2025, 3, 1), date(2025, 4, 30)
DAILY = AIR.replace("interval: hour_beginning", "interval: day").replace('"%Y-%m-%d %H:%M"', '"%Y-%m-%d"')
METRICS = "metrics: {pm25_mean: {}, pm25_mean_month: {}, pm25_days_above_who: {}, pm25_days_above_national: {}}\n"
Figure = Callable[[int], float]  # of the number of the day


@dataclass(frozen=True)
class Town:
    """A town: what its air is on each day, how it delivers it, and from when on."""

    figure: Figure
    hourly: bool = False
    first: date = FIRST
    last: date = LAST
    country: str = "KR"
    metrics: str = METRICS
    feed: Mapping[str, str] = field(default_factory=dict)  # texts of the feed's file that are others

    def days(self) -> Sequence[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]

    def file(self) -> str:
        """What it delivers: of one station, each day, or each hour of the day the same."""
        hours = [f" {hour:02d}:00" for hour in range(24)] if self.hourly else [""]
        rows = [f"N,{day}{hour},{self.figure(n)}" for n, day in enumerate(self.days()) for hour in hours]
        return "\n".join(["site,at,fine", *rows]) + "\n"


TOWNS = {
    "alder": Town(lambda n: 10 + n % 7),
    "birch": Town(lambda n: 11 + (n * 3) % 7),
    "cedar": Town(lambda n: 30 + n % 7, hourly=True),
    "dune": Town(lambda n: 12 + n % 5, first=date(2024, 3, 1), last=date(2024, 4, 30)),
}


class ComparedTowns(Towns):
    """A home with such towns."""

    def add_town(self, name: str, town: Town) -> None:
        """Its pack and its file."""
        text = AIR if town.hourly else DAILY
        for old, new in town.feed.items():
            assert old in text
            text = text.replace(old, new)
        pack = self.add(name, texts={"air": text})
        config = (pack / "city.yaml").read_text()
        config = config.replace("2026-01-01", str(town.first)).replace("country: XX", f"country: {town.country}")
        (pack / "city.yaml").write_text(config)
        (pack / "metrics.yaml").write_text(town.metrics)
        (self.root / "drop" / name / "air" / "march.csv").write_text(town.file())

    def measure(self, city: City, town: Town) -> None:
        """All of its days through the gate of the feed and those of its metrics."""
        self.runs += 1
        drop = self.root / "drop" / city.folder.name
        today = town.last + timedelta(1)
        run = RunContext(home=self.home, city=city, source="files", drop=drop, run_id=f"run{self.runs}", today=today)
        for contract in city.contracts.values():
            read_new(run, contract, fetch(run, contract, []))
            ingest(run, contract, town.days())
        for table in derived_tables(city):
            build(run, table, town.days())

    def measured(self, towns: Mapping[str, Town]) -> Publication:
        """Add these towns, measure them, and publish all that there are."""
        for name, town in towns.items():
            self.add_town(name, town)
        packs = self.load()
        assert not packs.broken, packs.broken
        for city in packs.cities:
            if city.name in towns:
                self.measure(city, towns[city.name])
        return self.publish(packs)


def compared_towns(root: Path, towns: Mapping[str, Town] | None = None) -> ComparedTowns:
    """A home below `root` with these towns."""
    made = ComparedTowns(root)
    made.measured(TOWNS if towns is None else towns)
    return made
