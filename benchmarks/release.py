"""What a release of three tiers costs after one changed day of three years: cells, the attacker, the files.

    python -m benchmarks.release make --home home --days 1095
    python -m benchmarks.release correct --home home --number 1
    python -m benchmarks.release measure --home home

The city is Seoul with 80 metrics, those of private feeds among them, its 25 districts and the city itself. Figures are
made as rows of the lake: people by hour from a seed, of which two cells of ten thousand hold one or two. Measuring is
done in a child; it prints JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.shared_seoul import people_of, shared_seoul
from benchmarks.yard import Yard

YEARS_DAYS, SMALL_DAYS = 1_095, 40
CHANGED = 9  # days before the last one
PAGES = "the pages beside the open file"
FLOOR = "floor: the same rows written into the same files"
Result = dict[str, Any]

# The steps of a release that are timed: module, name.
STEPS = (
    ("assets.tiers.judging", "cells_with_figures", "cells from the lake"),
    ("assets.tiers.deciding", "block_names", "which blocks are as they were"),
    ("assets.tiers.deciding", "sums_of_cells", "what adds up"),
    ("assets.tiers.deciding", "hidden_cells", "which cells are hidden"),
    ("assets.tiers.deciding", "hidden_for_figures", "what else is published of them"),
    ("assets.tiers.deciding_figures", "leaks", "the attacker"),
    ("assets.tiers.build", "Builder.__init__", "masks"),
    ("assets.tiers.build", "Builder.build", "the three files"),
    ("assets.tiers.shown", "ShownCells.of_open", "what the files show"),
    ("assets.tiers.shown", "ShownCells.add", "what kept versions show"),
    ("assets.tiers.site_beside", "build_site", PAGES),
)


def release(given: Yard) -> Result:
    """Release to everybody and to two partners after one changed day in three years of history: the whole step of a
    night, the attacker included, beside writing the same rows into the same files."""
    home = three_years(given)
    found = []
    for number in range(given.runs):
        again = 1 + number + int(time.time()) % 1_000_000 * 10  # never the same correction twice
        yard.module("benchmarks.release", "correct", "--home", home, "--number", again)
        found.append(json.loads(yard.module("benchmarks.release", "measure", "--home", home)))
    middle = {name: statistics.median(one["steps"][name] for one in found) for name in found[0]["steps"]}
    whole, floor = (statistics.median(one[name] for one in found) for name in ("cpu_s", "floor_cpu_s"))
    rows = [
        {"step": "a release of three tiers after one changed day", "cpu_s": whole, "CPU / floor": whole / floor},
        *({"step": f"of it: {name}", "cpu_s": cost, "CPU / floor": cost / floor} for name, cost in middle.items()),
        {"step": FLOOR, "cpu_s": floor, "CPU / floor": 1.0},
    ]
    wrong = {}
    for one in found:
        if one["troubles"] or one["changed"] != one["tiers"] or one["differs"]:
            wrong["release"] = {name: one[name] for name in ("troubles", "changed", "tiers", "differs")}
    last = found[-1]
    figures = {"cpu_s": whole, "cpu_ratio": whole / floor, "days": _days(given), "cells": last["cells"]}
    notes = [f"{last['cells']:,} cells, {last['hidden']:,} of them hidden; {last['values']:,} values inside"]
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes}


def _days(given: Yard) -> int:
    return given.share(YEARS_DAYS, SMALL_DAYS)


def three_years(given: Yard) -> Path:
    """A home whose first release is made. Made if it is not there yet."""
    home = given.work / "data" / f"released-{_days(given)}"
    if not (home / "published" / "open").is_dir():
        shutil.rmtree(home, ignore_errors=True)
        measure.run([sys.executable, "-m", "benchmarks.release", "make", "--home", home, "--days", str(_days(given))])
    return home


# --- what the children do ---------------------------------------------------------------------------------------------


def _make(home: Path, days: int) -> Result:
    from benchmarks import history_home
    from warehouse.format import open_home
    from warehouse.home import Home

    city = shared_seoul(home)
    wanted = [history_home.LAST - timedelta(days=n) for n in reversed(range(days))]
    opened = open_home(Home(home), create=True)
    history_home.nights(opened, city, wanted, core=False, dead=0, told=people_of(city, 0))
    _publish(home, city)
    return _released(home, city)


def _correct(home: Path, number: int) -> Result:
    """Every table of one day anew, with other figures, and published inside."""
    from benchmarks import history_home
    from warehouse.home import Home

    city = shared_seoul(home)
    day = history_home.LAST - timedelta(days=CHANGED)
    history_home.nights(Home(home), city, [day], correction=number, core=False, dead=0, told=people_of(city, number))
    _publish(home, city)
    return {"day": str(day)}


def _publish(home: Path, city: Any) -> None:
    from assets.publication.publish import publish_all
    from warehouse.home import Home

    publish_all(Home(home), [city], run_id=f"benchmark {time.time_ns()}")


def _measured(home: Path) -> Result:
    city, steps = shared_seoul(home), dict.fromkeys((said for _, _, said in STEPS), 0.0)
    with timed(steps):
        done = _released(home, city)
    return done | _floor(home) | {"steps": steps, "differs": _differs(home, city)}


def _differs(home: Path, city: Any) -> list[str]:
    """Whether cells are hidden that a look at all of them would show, or the other way round. Of years it would take
    minutes, so it is asked at tiny sizes."""
    import polars as pl

    from assets.tiers.judged import CELL_KEY, rests_on_frame
    from assets.tiers.judging import DisclosureControl
    from assets.tiers.shown import ShownCells
    from warehouse.home import Home
    from warehouse.published.place import tier_folders

    opened = Home(home)
    rests = rests_on_frame({city.name: DisclosureControl(opened).tables(city)})
    seen = pl.concat(ShownCells(opened, tier, rests).cells(city.name) for tier in tier_folders(opened))

    def decided() -> pl.DataFrame:
        found = DisclosureControl(opened).judge(city, seen).cells
        return found.select(*CELL_KEY.names(), "conf_status", "withdraw").sort(pl.all())

    remembered = decided()
    if remembered["period_start"].n_unique() > 4 * SMALL_DAYS:
        return []
    for name in ("verdicts", "proved"):
        shutil.rmtree(home / "disclosure" / name, ignore_errors=True)
    same = remembered.equals(decided())
    return [] if same else ["cells that are as they were are decided otherwise by a whole look"]


@contextmanager
def timed(steps: dict[str, float]) -> Iterator[None]:
    """While it lasts, the CPU seconds of each step are added to `steps`."""
    import importlib

    undo = []
    for module, name, said in STEPS:
        *owners, last = name.split(".")
        owner: Any = importlib.import_module(module)
        for one in owners:
            owner = getattr(owner, one)
        made = getattr(owner, last)
        undo.append((owner, last, made))
        setattr(owner, last, _timed(made, steps, said))
    try:
        yield
    finally:
        for owner, last, made in undo:
            setattr(owner, last, made)


def _timed(made: Callable[..., Any], steps: dict[str, float], said: str) -> Callable[..., Any]:
    @wraps(made)
    def measured(*args: Any, **more: Any) -> Any:
        began = time.process_time()
        try:
            return made(*args, **more)
        finally:
            steps[said] += time.process_time() - began

    return measured


def _released(home: Path, city: Any) -> Result:
    from assets.tiers.judging import DisclosureControl
    from assets.tiers.release import release_all
    from warehouse.home import Home
    from warehouse.ledger import ledger

    opened = Home(home)
    began = time.process_time()
    done = release_all(opened, [city], DisclosureControl(opened, remembers=True), run_id=f"r{time.time_ns()}")
    return {
        "cpu_s": time.process_time() - began,
        "tiers": len(done.tiers),
        "changed": sum(one.changed for one in done.tiers),
        "troubles": done.troubles,
        "hidden": max(one.hidden for one in done.tiers),
        "cells": max([0, *ledger.read(opened, "release").select("cells").collect()["cells"].drop_nulls()]),
    }


def _floor(home: Path) -> Result:
    """What is in the files, counted, and the CPU seconds of writing just that into new files."""
    import duckdb

    from warehouse.home import Home
    from warehouse.published.place import tier_folders

    used, values = 0.0, 0
    scratch = home / "floor.duckdb"
    for tier in tier_folders(Home(home)):
        scratch.unlink(missing_ok=True)
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{tier.published_file}' AS made (READ_ONLY); ATTACH '{scratch}' AS floor")
            names = con.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'made'"
            ).fetchall()
            began = time.process_time()
            for schema, name in names:
                con.execute(f'CREATE SCHEMA IF NOT EXISTS floor."{schema}"')
                con.execute(f'CREATE TABLE floor."{schema}"."{name}" AS FROM made."{schema}"."{name}"')
            con.execute("CHECKPOINT floor")
            used += time.process_time() - began
    scratch.unlink(missing_ok=True)
    with duckdb.connect(home / "published" / "madang.duckdb", read_only=True) as con:
        (values,) = con.execute("SELECT count(*) FROM metric.value").fetchall()[0]
    return {"floor_cpu_s": used, "values": values}


def main() -> None:
    given = argparse.ArgumentParser(description="What the scenario `release` runs as children.")
    given.add_argument("what", choices=("make", "correct", "measure"))
    given.add_argument("--home", type=Path, required=True)
    given.add_argument("--days", type=int, default=YEARS_DAYS)
    given.add_argument("--number", type=int, default=0)
    wanted = given.parse_args()
    import pipelines  # noqa: F401  # a release is a step of a night, and has the settings of memory that a night has

    made = {
        "make": lambda: _make(wanted.home, wanted.days),
        "correct": lambda: _correct(wanted.home, wanted.number),
        "measure": lambda: _measured(wanted.home),
    }[wanted.what]()
    print(json.dumps(made))


if __name__ == "__main__":
    main()
