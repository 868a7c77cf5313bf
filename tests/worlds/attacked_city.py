"""A city in whose figures few people hide: in a neighbourhood, in no district, and where a ring cuts a district.

Three neighbourhoods in each of two districts; a ring lies across both. The figures are those of real nights: from the
lake by publication and release into files, and no gate or mask is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.tiers.judging import DisclosureControl
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.release import release_all
from benchmarks import history_home
from tests.support.reader_attack import Atom, Group, Knowledge
from tests.worlds.packs import small_seoul
from warehouse.home import Home
from warehouse.published.place import TierFolder, tier_folder

CITY, RING, NOWHERE = "11", "ring", "nowhere"
DISTRICTS = {"11110": ("11110515", "11110530", "11110540"), "11140": ("11140520", "11140540", "11140550")}
IN_RING = ("11110515", "11110530", "11140520", "11140540")
DAYS = tuple(date(2026, 3, 2) + timedelta(days=n) for n in range(4))
TODAY = date(2026, 6, 1)
PEOPLE, MONTH, DENSITY = "living_population", "living_population_month", "people_present_density"
PUBLIC, WEIGHTED = "pm25_mean", "pm25_living_population_weighted"
AIR: Mapping[str, float] = {"11110": 12.0, "11140": 30.0}  # of each day
CONTRACT = {"purpose": "plans", "until": "2026-12-31", "licence": "contract 7"}
SHARING: Mapping[str, Any] = {
    "open": {"metrics": [PEOPLE, MONTH]},
    "partners": {
        "telecom": {"title": "A telecom", "gets": [PEOPLE, DENSITY], **CONTRACT},
        "card": {"title": "A card company", "gets": [MONTH, DENSITY], **CONTRACT},
    },
}
TIERS = ("open", "partner/telecom", "partner/card")
LEAVES = tuple(leaf for own in DISTRICTS.values() for leaf in own)
FEW: Mapping[Atom, float] = {  # of few, each on a day of its own
    ("11110530", DAYS[0]): 2.0,
    ("11140550", DAYS[1]): 1.0,  # the only neighbourhood of its district that is not in the ring
    (NOWHERE, DAYS[2]): 1.0,
}


@dataclass
class AttackedCity:
    """A home with its nights, and who was where."""

    home: Home
    city: City
    few: dict[Atom, float] = field(default_factory=lambda: dict(FEW))
    rings: dict[str, tuple[str, ...]] = field(default_factory=lambda: {RING: IN_RING})  # areas across districts

    def people(self, leaf: str, day: date) -> float:
        """How many are in a smallest area on a day."""
        if (leaf, day) in self.few:
            return self.few[leaf, day]
        return 0.0 if leaf == NOWHERE else 100.0 + int(leaf) % 89 + 7 * day.day

    def figure(self, metric: str, area: str, start: date) -> float:
        """What the metric is by the people who were there."""
        if metric == PUBLIC:
            return AIR.get(area, 20.0)
        if metric == WEIGHTED:
            people = {code: sum(self.people(leaf, start) for leaf in own) for code, own in DISTRICTS.items()}
            return sum(people[code] * AIR[code] for code in people) / sum(people.values())
        days = [day for day in DAYS if day.replace(day=1) == start] if metric == MONTH else [start]
        mean = sum(self.people(leaf, day) for leaf in self.known.leaves[area] for day in days) / len(days)
        return mean / self.known.km2[area] if metric == DENSITY else mean

    @property
    def known(self) -> Knowledge:
        leaves = {leaf: frozenset({leaf}) for leaf in LEAVES}
        leaves |= {code: frozenset(own) for code, own in DISTRICTS.items()}
        leaves |= {code: frozenset(own) for code, own in self.rings.items()}
        leaves[CITY] = frozenset({*LEAVES, NOWHERE})
        own = {area: leaves[area] for area in (*self.city.areas["code"],)}
        return Knowledge(own, dict(self.city.areas.select("code", "area_km2").iter_rows()), DAYS, frozenset(AIR))

    def groups(self) -> list[Group]:
        """All of whom there are one or two: in an area, or in none."""
        places = {**self.known.leaves, NOWHERE: frozenset({NOWHERE})}
        found = list[Group]()
        for area, leaves in places.items():
            for day in DAYS:
                people = sum(self.people(leaf, day) for leaf in leaves)
                if 0 < people < 3:
                    found.append(Group(area, day, frozenset((leaf, day) for leaf in leaves), people))
        return found

    def nights(self, *days: date, correction: int = 0) -> None:
        history_home.nights(self.home, self.city, days, correction, dead=0, told=self._told)

    def draw(self, rings: Mapping[str, tuple[str, ...]]) -> None:
        """From now on the pack has these rings in place of the one that it has."""
        old = self.city.areas
        one = old.filter(pl.col("code") == RING)
        added = [one.with_columns(code=pl.lit(code)) for code in rings]
        lies = {leaf: " ".join(code for code, own in rings.items() if leaf in own) for leaf in LEAVES}
        also_in = pl.col("code").replace_strict(lies, default=None, return_dtype=pl.String)
        districts = old.filter(pl.col("code").is_in([CITY, *DISTRICTS, *LEAVES])).with_columns(also_in=also_in)
        self.city = replace(self.city, areas=pl.concat([districts, *added]))
        self.rings = dict(rings)

    def publish(self) -> int:
        return publish_all(self.home, [self.city], run_id="run").version

    def release(self, *, site: bool = False, today: date = TODAY) -> Releases:
        judging = DisclosureControl(self.home, remembers=True)
        return release_all(self.home, [self.city], judging, run_id="run", today=today, site=site)

    def tier(self, name: str = "open") -> TierFolder:
        return tier_folder(self.home, name)

    def sharing(self, sharing: Mapping[str, Any]) -> None:
        (self.city.folder / "sharing.yaml").write_text(yaml.safe_dump(dict(sharing), allow_unicode=True), "utf-8")

    def _told(self, table: Any, day: date, frame: pl.DataFrame) -> pl.DataFrame:
        """Figures of people as they were; of the mart of hours, that rests on the same, nothing."""
        if "metric" not in frame.columns:
            return frame.clear()
        own = [metric for metric in (PUBLIC, PEOPLE, MONTH, DENSITY, WEIGHTED) if metric in set(frame["metric"])]
        rows = [
            {"city": self.city.name, "metric": metric, "area": area, "area_level": level, "value": value}
            | {"period": "month" if metric == MONTH else "day", "unit": self.city.metrics[metric].unit, "status": "ok"}
            | {"completeness": 1.0, "n": 1, "source": "simulated", "batch_ids": [f"{table.name}-{day}"]}
            for metric in own
            for area, level in self.city.areas.select("code", "level").iter_rows()
            if level in self.city.metrics[metric].levels
            for value in (self.figure(metric, area, day),)
        ]
        made = pl.DataFrame(rows, schema={name: frame.schema[name] for name in rows[0]} if rows else {})
        return pl.concat([frame.filter(~pl.col("metric").is_in(own)), made], how="diagonal").select(frame.columns)


def attacked_city(root: Path) -> AttackedCity:
    """Four days, published and not yet released."""
    packs = small_seoul(root, "air_daily", "living_population", name="seoul", first_day="2026-01-01")
    with_ring(packs / "seoul")
    chosen_more = packs / "seoul" / "metrics.yaml"
    text = chosen_more.read_text("utf-8").replace("\nmetrics:\n", f"\nmetrics:\n  {MONTH}: {{}}\n")
    chosen_more.write_text(text, "utf-8")
    city = chosen(load_city(packs / "seoul"))
    world = AttackedCity(Home(root / "home"), city)
    world.sharing(SHARING)
    world.nights(*DAYS)
    world.publish()
    return world


def chosen(city: City) -> City:
    """The pack with these areas and metrics alone."""
    areas = [CITY, *DISTRICTS, *LEAVES, RING]
    names = (PUBLIC, PEOPLE, MONTH, DENSITY, WEIGHTED)
    return replace(
        city,
        metrics={name: city.metrics[name] for name in names},
        choices={name: city.choices[name] for name in names if name in city.choices},
        areas=city.areas.filter(pl.col("code").is_in(areas)),
    )


def with_ring(pack: Path) -> None:
    """A second classification beside districts: a ring of neighbourhoods of both."""
    path = pack / "areas.csv"
    head, *lines = path.read_text("utf-8").splitlines()
    made = [f"{head},also_in"]
    made += [f"{line},{RING if line.split(',')[0] in IN_RING else ''}" for line in lines]
    cells = {"code": RING, "level": "district", "name_en": "Inner ring", "area_km2": "6", "lat": "37.5", "lon": "127"}
    made.append(",".join(cells.get(name, "") for name in made[0].split(",")))
    path.write_text("\n".join(made) + "\n", "utf-8")


def few_of(groups: Iterable[Group]) -> set[tuple[str, date]]:
    """Their areas and days."""
    return {(one.area, one.day) for one in groups}
