"""Of a cell several figures are told: how many people, how many of them women; sales, and sales at night. Each adds up
over areas: what is hidden of the people has to be enough for the women, too.

The figures are of real publications and releases, and the attacker has the open file, the public register of shops and
what everybody knows of marks: A is of 1 or 2, and no cell with D is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.tiers import deciding
from assets.tiers.judging import DisclosureControl
from assets.tiers.release import release_all
from benchmarks import history_home
from tests.worlds.packs import small_seoul
from warehouse.home import Home
from warehouse.published.place import tier_folder

CITY, DAY, TODAY = "11", date(2026, 1, 1), date(2026, 9, 1)
FEW, BESIDE = "11110", "11140"  # the second one is hidden with the first, as it is the smallest beside it
Own = Mapping[str, float]  # what is told of an area
Shown = Mapping[tuple[str, str], tuple[float | None, str]]  # by metric and area: the value, and conf_status

TOTAL, WOMEN, MEN, SHARE = "living_population", "people_present_women", "people_present_men", "women_present_share"
PEOPLE: Mapping[str, Own] = {
    FEW: {"people": 200, "women": 1},
    BESIDE: {"people": 150, "women": 3},
    "11170": {"people": 400, "women": 210},
    "11200": {"people": 500, "women": 260},
}
SALES, NIGHT = "sales_per_shop", "night_sales_share"
SHOPS: Mapping[str, Own] = {
    FEW: {"amount": 100.0, "night": 50.0, "shops": 2},
    BESIDE: {"amount": 90.0, "night": 0.0, "shops": 4},
    "11170": {"amount": 400.0, "night": 30.0, "shops": 9},
    "11200": {"amount": 500.0, "night": 20.0, "shops": 9},
}


@dataclass(frozen=True)
class Told:
    """A city of some areas, what is told of each, and by which metrics."""

    areas: Mapping[str, Own]
    period: str
    metrics: Mapping[str, Callable[[Own], float]]
    mart: str = ""  # and the mart that says it, too
    columns: Mapping[str, str] = field(default_factory=dict)  # of it, what each has

    @property
    def whole(self) -> dict[str, dict[str, float]]:
        names = next(iter(self.areas.values())).keys()
        return {CITY: {name: sum(own[name] for own in self.areas.values()) for name in names}} | {
            area: dict(own) for area, own in self.areas.items()
        }


OF_PEOPLE = Told(
    PEOPLE,
    "day",
    {
        TOTAL: lambda own: own["people"],
        WOMEN: lambda own: own["women"],
        MEN: lambda own: own["people"] - own["women"],
        SHARE: lambda own: 100 * own["women"] / own["people"],
    },
)
OF_SHOPS = Told(
    SHOPS,
    "quarter",
    {SALES: lambda own: own["amount"] / own["shops"], NIGHT: lambda own: 100 * own["night"] / own["amount"]},
    "trade_sales_quarter",
    {"amount": "amount", "amount_night": "night", "shops": "shops"},
)


def city_of(told: Told, root: Path, feeds: tuple[str, ...], shared: tuple[str, ...]) -> City:
    packs = small_seoul(root, *feeds, name="seoul", first_day="2025-01-01")
    (packs / "seoul" / "sharing.yaml").write_text(f"open: {{metrics: [{', '.join(shared)}]}}\n", "utf-8")
    found = load_city(packs / "seoul")
    own = found.areas.filter(pl.col("code").is_in([CITY, *told.areas]))
    return replace(found, metrics={name: found.metrics[name] for name in told.metrics}, areas=own)


def rows_of(told: Told, city: City, table: Any, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table of the lake; of others nothing."""
    levels = dict(city.areas.select("code", "level").iter_rows())
    areas = [({"area": area, "area_level": levels[area]}, own) for area, own in told.whole.items()]
    rows = list[dict[str, Any]]()
    if table.name == told.mart:
        rows = [where | {name: own[of] for name, of in told.columns.items()} for where, own in areas]
    elif "metric" in frame.columns:
        rows = [
            {"city": city.name, "metric": metric, **where, "value": value(own), "period": told.period}
            | {"unit": city.metrics[metric].unit, "status": "ok", "completeness": 1.0, "n": 1}
            | {"source": "simulated", "batch_ids": [table.name]}
            for metric, value in told.metrics.items()
            if metric in set(frame["metric"])
            for where, own in areas
        ]
    if not rows:
        return frame.clear()
    made = pl.DataFrame(rows, schema={name: frame.schema[name] for name in rows[0]})
    return pl.concat([frame.clear(), made], how="diagonal").select(frame.columns)


def released(told: Told, city: City, folder: Path) -> Shown:
    """What the open file shows of the metrics of private feeds."""
    home = Home(folder)
    history_home.nights(home, city, [DAY], dead=0, told=lambda table, _, frame: rows_of(told, city, table, frame))
    publish_all(home, [city], run_id="run")
    judging = DisclosureControl(home, remembers=True)
    assert release_all(home, [city], judging, run_id="run", today=TODAY, site=False).troubles == []
    with duckdb.connect(str(tier_folder(home, "open").published_file), read_only=True) as con:
        rows = con.execute(
            "SELECT metric, area, value, conf_status FROM metric.value WHERE conf_status IS NOT NULL"
            " AND period_start = ?",
            [DAY],
        ).fetchall()
    return {(metric, area): (value, status) for metric, area, value, status in rows}


def told_of(shown: Shown, whole: str, share: str, times: Own | None = None) -> tuple[float, list[str]]:
    """What all hidden areas have together of a share in per cent of something, and which these are. times: by what the
    whole is to be multiplied, as shops."""

    def of(area: str) -> float | None:
        value, percent = shown[whole, area][0], shown[share, area][0]
        return (
            None if value is None or percent is None else value * (1 if times is None else times[area]) * percent / 100
        )

    areas = [area for name, area in shown if name == share and area != CITY]
    known = {area: found for area in (CITY, *areas) if (found := of(area)) is not None}
    left = known[CITY] - sum(found for area, found in known.items() if area != CITY)
    return left, [area for area in areas if area not in known]


def women_there_may_be(shown: Shown) -> set[int]:
    """All numbers of women in the district with few that everything shown allows."""
    left, hidden = told_of(shown, TOTAL, SHARE)
    possible = {area: range(1, 3) if shown[TOTAL, area][1] == "A" else range(3, 400) for area in hidden}
    possible |= {area: range(400) for area in hidden if shown[TOTAL, area][1] == "N"}
    others = [area for area in hidden if area != FEW]
    *first, last = others
    found = set[int]()
    for own, *numbers in product(possible[FEW], *(possible[area] for area in first)):
        if round(left) - own - sum(numbers) in possible[last]:
            found.add(own)
    return found


def most_at_night(shown: Shown) -> float:
    """What the district of two shops has sold at night at the most, by all that is shown."""
    shops = {CITY: sum(own["shops"] for own in SHOPS.values())} | {area: own["shops"] for area, own in SHOPS.items()}
    left, _ = told_of(shown, SALES, NIGHT, shops)
    return left


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def people(root: Path) -> City:
    return city_of(OF_PEOPLE, root / "people", ("living_population",), (TOTAL, SHARE))


@pytest.fixture(scope="module")
def shops(root: Path) -> City:
    return city_of(OF_SHOPS, root / "shops", ("trade_sales", "trade_stores", "trade_areas"), (SALES, NIGHT))


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the people and the sales alone were looked at."""
    monkeypatch.setattr(deciding, "hidden_for_figures", lambda asked, *_, **more: asked)


@pytest.mark.holds(
    "attack 29",
    "One woman in a district, three in the one hidden beside it: the city less all others gave one. A third is hidden.",
)
def test_one_woman_among_many_people_is_not_found_by_subtraction(people: City, root: Path):
    shown = released(OF_PEOPLE, people, root / "safe people")
    assert shown[TOTAL, FEW] == (None, "A")
    assert shown[TOTAL, BESIDE] == (None, "D")
    assert shown[TOTAL, CITY][1] == "F"
    assert women_there_may_be(shown) == {1, 2}
    assert [shown[TOTAL, area][1] for area in PEOPLE].count("F") == 1, "no more than it takes is hidden"


@pytest.mark.usefixtures("blind")
def test_where_people_alone_are_looked_at_she_is_found(people: City, root: Path):
    shown = released(OF_PEOPLE, people, root / "blind people")
    assert [shown[TOTAL, area][1] for area in PEOPLE] == ["A", "D", "F", "F"]
    assert women_there_may_be(shown) == {1}


@pytest.mark.holds(
    "attack 24",
    "Shares of 12 digits times public numbers of shops are sales at night: of two shops nobody comes within p %.",
)
def test_sales_at_night_of_two_shops_are_known_to_nobody_within_p_percent(shops: City, root: Path):
    shown = released(OF_SHOPS, shops, root / "safe shops")
    assert shown[NIGHT, FEW] == (None, "A")
    assert shown[NIGHT, CITY][1] == "F"
    assert most_at_night(shown) >= 1.1 * SHOPS[FEW]["night"]


@pytest.mark.usefixtures("blind")
def test_where_sales_alone_are_looked_at_they_are_found(shops: City, root: Path):
    shown = released(OF_SHOPS, shops, root / "blind shops")
    assert most_at_night(shown) == pytest.approx(SHOPS[FEW]["night"])
