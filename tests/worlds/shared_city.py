"""A city of one public and one private feed that is shared, and a judge of cells whose decisions a test writes down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.tiers.judged import WITH_STATUS, JudgedCells, Tables
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.release import release_all
from benchmarks import history_home
from quality.contract.mistakes import ContractError
from tests.worlds.packs import small_seoul
from warehouse.home import Home
from warehouse.published.place import TierFolder, tier_folder

FIRST, DAYS = date(2026, 3, 2), 8  # of the private feed the newest value is five days old
PUBLIC, PRIVATE = "pm25_mean", "living_population"
TODAY = date(2026, 6, 1)
SHARING = {
    "open": {"metrics": [PRIVATE]},
    "partners": {
        "telecom": {
            "title": "A telecom",
            "gives": ["living_population"],
            "gets": [PRIVATE],
            "purpose": "planning of cells",
            "until": "2026-12-31",
            "licence": "contract 7",
        },
        "card": {
            "title": "A card company",
            "gets": [],
            "purpose": "planning of shops",
            "until": "2026-12-31",
            "licence": "contract 8",
        },
    },
}

# The file of each partner takes a second of each release: most tests look at the open one alone.
OPEN_ALONE = {"open": SHARING["open"], "partners": {}}


@dataclass
class DecidedCells:
    """Hides the cells that it is told to (area, day -> conf_status), of those that the city has; others are free."""

    home: Home
    hide: dict[tuple[str, date], str] = field(default_factory=dict)
    unknown: set[tuple[str, date]] = field(default_factory=set)  # cells that it does not know at all
    gone: set[tuple[str, date]] = field(default_factory=set)  # those that kept files must not show
    exposed: int = 0
    fails: Exception | None = None
    seen: list[pl.DataFrame] = field(default_factory=list)

    def tables(self, city: City) -> Tables:
        return {metric: ((PRIVATE, ""),) if metric == PRIVATE else () for metric in city.metrics}

    def judge(self, city: City, seen: pl.DataFrame) -> JudgedCells:
        self.seen.append(seen)
        if self.fails is not None:
            raise self.fails
        with duckdb.connect(str(self.home.published_file), read_only=True) as con:
            keys = con.execute(
                "SELECT area, period, period_start, value FROM metric.value WHERE metric = ? AND value IS NOT NULL",
                [PRIVATE],
            ).fetchall()
        rows = [
            (PRIVATE, "", area, period, start, value, value, self.hide.get((area, start), "F"), (area, start) in gone)
            for gone in [self.gone]
            for area, period, start, value in keys
            if (area, start) not in self.unknown
        ]
        cells = pl.DataFrame(rows, schema=WITH_STATUS, orient="row")
        return JudgedCells(city.name, cells, self.exposed, "digest of the rules")


@dataclass
class SharedCity:
    """A home in which nights of a city were published, and its tiers."""

    home: Home
    city: City
    judging: DecidedCells

    @property
    def areas(self) -> list[str]:
        return self.city.areas["code"].to_list()

    def sharing(self, sharing: Mapping[str, Any] | None) -> None:
        """Write sharing.yaml; None: there is none."""
        path = self.city.folder / "sharing.yaml"
        path.unlink(missing_ok=True)
        if sharing is not None:
            path.write_text(yaml.safe_dump(sharing, allow_unicode=True), "utf-8")

    def nights(self, *days: date, correction: int = 0) -> None:
        history_home.nights(self.home, self.city, days, correction, dead=0)

    def publish(self, run_id: str = "run-1") -> int:
        return publish_all(self.home, [self.city], run_id=run_id).version

    def release(self, today: date = TODAY, run_id: str = "run-1", keep: int = 30, *, site: bool = False) -> Releases:
        """Without pages, which take longer than all else, where a test is not about them."""
        return release_all(
            self.home, [self.city], self.judging, run_id=run_id, today=today, keep_versions=keep, site=site
        )

    def tier(self, name: str = "open") -> TierFolder:
        return tier_folder(self.home, name)

    def rows(self, query: str, tier: str = "open", file: Path | None = None) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(file or self.tier(tier).published_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def inside(self, query: str) -> list[tuple[Any, ...]]:
        return self.rows(query, file=self.home.published_file)


def shared_city(
    root: Path,
    sharing: Mapping[str, Any] | None = SHARING,
    days: int = DAYS,
    chosen: Sequence[str] = (PUBLIC, PRIVATE),
) -> SharedCity:
    """A small city with these metrics after so many nights, published once and not yet released."""
    packs = small_seoul(root, "air_daily", "living_population", name="seoul", first_day="2026-01-01")
    city = chosen_city(packs / "seoul", chosen)
    home = Home(root / "home")
    world = SharedCity(home, city, DecidedCells(home))
    world.sharing(sharing)
    world.nights(*(FIRST + timedelta(days=n) for n in range(days)))
    world.publish()
    return world


def chosen_city(pack: Path, chosen: Sequence[str] = (PUBLIC, PRIVATE)) -> City:
    """The pack with a few areas and these metrics."""
    city = load_city(pack)
    return replace(
        city,
        metrics={name: city.metrics[name] for name in chosen},
        choices={name: city.choices[name] for name in chosen},
        areas=city.areas.head(6),
    )


def contract_error() -> ContractError:
    """What stands wrong in a file of rules."""
    return ContractError("the rules cannot be read")


def days_of(world: SharedCity) -> Iterable[date]:
    """The days that are published."""
    return [day for (day,) in world.inside("SELECT DISTINCT period_start FROM metric.value ORDER BY 1")]
