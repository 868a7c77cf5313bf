"""What the site costs: a first build, and one after a day more, of a city with years of values; and its largest page.

    python -m benchmarks.site [--days 1095] [--metrics 90] [--areas 26] [--work FOLDER] [--profile]

The home is that of history_home.py, published and released by the code of a night; of private feeds nothing is in it.
Both builds are compared: the site after a day more is, byte for byte, the one that a first build makes of that file.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from assets.derive.parts import feeds_of, feeds_of_metrics
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from assets.site.build import BuiltSite, build_site
from assets.tiers.judged import WITH_STATUS, JudgedCells, Tables
from assets.tiers.recipients import private_metrics
from assets.tiers.release import release_all
from benchmarks import history_home
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.published.place import OPEN, tier_folder

ASKED = {"first build": 60.0, "a day more": 5.0}  # CPU seconds
LARGEST = 300_000  # bytes of a page


class NothingPrivate:
    """The cells of a city that shares public feeds alone: there are none."""

    def tables(self, city: City) -> Tables:
        return dict.fromkeys(city.metrics, ())

    def judge(self, city: City, seen: pl.DataFrame) -> JudgedCells:
        return JudgedCells(city.name, pl.DataFrame(schema=WITH_STATUS))


@dataclass(frozen=True)
class SiteCosts:
    """What was measured. cpu_s: of the first build and of the one after a day more."""

    first: BuiltSite
    first_cpu_s: float
    more: BuiltSite
    more_cpu_s: float
    largest: str
    largest_bytes: int
    size_bytes: int


def public_city(pack: Path, work: Path, metrics: int, areas: int) -> City:
    """The pack with so many metrics of public feeds and the first of its areas; in English and its own language."""
    shutil.copytree(pack, work / pack.name, dirs_exist_ok=True)
    (work / pack.name / "sharing.yaml").write_text("open: {}\n", encoding="utf-8")
    city = load_city(work / pack.name)
    private = private_metrics(city)
    # first those of days: they have the most values
    own = sorted(set(city.metrics) - private, key=lambda name: (city.metrics[name].period != "day", name))
    chosen = own[:metrics]
    groups = feeds_of_metrics(city)
    needed = {feed for name in chosen for feed in feeds_of(city, name).union(*groups[name])}
    return replace(
        city,
        metrics={name: city.metrics[name] for name in chosen},
        choices={name: city.choices[name] for name in chosen},
        contracts={name: feed for name, feed in city.contracts.items() if name in needed},
        areas=city.areas.head(areas),
    )


def release(home: Home, city: City, run_id: str) -> Path:
    """Publish and release: the open file. Its site is made too, which is not what is measured."""
    publish_all(home, [city], run_id=run_id)
    done = release_all(home, [city], NothingPrivate(), run_id=run_id)
    if done.troubles or done.site_troubles:
        raise RuntimeError("; ".join((*done.troubles, *done.site_troubles)))
    return tier_folder(home, OPEN).published_file


def measured(work: Path, pack: Path, days: int, metrics: int, areas: int, profile: bool = False) -> SiteCosts:
    """Make the home, and measure both builds. Raises RuntimeError where they differ from what a first build makes."""
    city = public_city(pack, work / "packs", metrics, areas)
    home = open_home(Home(work / "home"), create=True)
    history_home.nights(home, city, [history_home.LAST - timedelta(days=n) for n in reversed(range(days))])
    file = release(home, city, "first")
    shutil.copyfile(file, work / "first.duckdb")
    first, first_cpu = _timed(lambda: build_site(work / "first.duckdb", work / "first"), profile)
    history_home.nights(home, city, [history_home.LAST + timedelta(days=1)])
    file = release(home, city, "more")
    more, more_cpu = _timed(lambda: build_site(file, work / "more", work / "first"), profile)
    build_site(file, work / "again")
    differing = differences(work / "more", work / "again")
    if differing:
        raise RuntimeError(f"a day more gives another site than a first build: {', '.join(differing[:5])}")
    pages = {path: path.stat().st_size for path in (work / "more").rglob("*.html")}
    largest = max(pages, key=lambda path: pages[path])
    size = sum(path.stat().st_size for path in (work / "more").rglob("*") if path.is_file())
    name = largest.relative_to(work / "more").as_posix()
    return SiteCosts(first, first_cpu, more, more_cpu, name, pages[largest], size)


def differences(one: Path, other: Path) -> list[str]:
    """The files that two sites have with other bytes, or that only one has."""
    names = {
        path.relative_to(folder).as_posix() for folder in (one, other) for path in folder.rglob("*") if path.is_file()
    }
    return sorted(
        name
        for name in names
        if not ((one / name).is_file() and (other / name).is_file())
        or (one / name).read_bytes() != (other / name).read_bytes()
    )


def _timed(build: Callable[[], BuiltSite], profile: bool) -> tuple[BuiltSite, float]:
    before = _cpu()
    if not profile:
        return build(), _cpu() - before
    profiler = cProfile.Profile()
    built = profiler.runcall(build)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    return built, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and print beside what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1095)
    parser.add_argument("--metrics", type=int, default=90)
    parser.add_argument("--areas", type=int, default=26)
    parser.add_argument("--pack", type=Path, default=Path(__file__).parents[1] / "cities" / "seoul")
    parser.add_argument("--work", type=Path, help="keep everything here (default: a folder that is removed)")
    parser.add_argument("--profile", action="store_true", help="where the time of each build goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="madang-site-") as folder:
        work = given.work or Path(folder)
        found = measured(work, given.pack, given.days, given.metrics, given.areas, given.profile)
    print(
        f"first build: {found.first_cpu_s:.1f} s of CPU, {found.first.files:,} files, {found.size_bytes / 1e6:,.0f} MB"
    )
    print(f"a day more:  {found.more_cpu_s:.1f} s of CPU, {found.more.made:,} files made again")
    print(f"largest page: {found.largest}, {found.largest_bytes:,} bytes")
    print(f"asked for: {ASKED['first build']:.0f} s, {ASKED['a day more']:.0f} s, {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
