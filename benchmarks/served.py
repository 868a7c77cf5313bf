"""What is measured of the published file: queries and publications over three years.

    python -m benchmarks.served query --file madang.duckdb --number 3 --times 20
    python -m benchmarks.served publish --home home

The commands are children of the scenarios below, one process for each query and each publication; they print JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import ROOT
from benchmarks.yard import Yard

GUIDE = ROOT / "docs" / "analyst-guide.md"
YEARS_DAYS, SMALL_DAYS = 1_095, 20
TIMES, SMALL_TIMES = 20, 3
Result = dict[str, Any]


def questions() -> list[tuple[str, str]]:
    """The guide's queries, each with what is said before it."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.findall(r"([^\n]+)\n\n```sql\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [(said.strip().rstrip(":").rpartition("; ")[2], query.strip()) for said, query in found]


# --- scenarios --------------------------------------------------------------------------------------------------------


def queries(given: Yard) -> Result:
    """Every query of the analyst's guide on a published file of three years, each in a process of its own."""
    file = three_years(given) / "published" / "madang.duckdb"
    rows = []
    for number, (said, _) in enumerate(questions()):
        told = yard.module(
            "benchmarks.served",
            "query",
            "--file",
            file,
            "--number",
            number,
            "--times",
            SMALL_TIMES if given.small else TIMES,
        )
        rows.append({"query": said, **json.loads(told)})
    figures = {
        "worst_p95_ms": max(row["p95 ms"] for row in rows),
        "days": _days(given),
        "file_mib": file.stat().st_size / 2**20,
    }
    return {"rows": rows, "figures": figures, "agrees": True, "wrong": {}}


def publish(given: Yard) -> Result:
    """Publish after one changed day in three years of history: the publication itself, and the whole command."""
    home = three_years(given)
    inner, whole = [], []
    for number in range(given.runs):
        again = 1 + number + int(time.time()) % 1_000_000 * 10  # never the same correction twice
        yard.module("benchmarks.served", "correct", "--home", home, "--number", again)
        told = json.loads(yard.module("benchmarks.served", "publish", "--home", home))
        inner.append(told)
        yard.module("benchmarks.served", "correct", "--home", home, "--number", again + 5)
        whole.append(yard.madang("publish", home=home))
    seconds = statistics.median(told["seconds"] for told in inner)
    changed = all(told["changed"] for told in inner)
    rows = [
        {
            "publication": "in a night, where Great Expectations is loaded",
            "wall_s": seconds,
            "cpu_s": statistics.median(told["cpu_s"] for told in inner),
            "values changed": inner[-1]["values_changed"],
        },
        {"publication": "as `madang publish`, with the start of Python", **measure.median(whole).figures()},
    ]
    figures = {"wall_s": seconds, "days": _days(given)}
    wrong = {} if changed else {"publication": "a changed day gave no new version"}
    return {"rows": rows, "figures": figures, "agrees": changed, "wrong": wrong}


def _days(given: Yard) -> int:
    return given.share(YEARS_DAYS, SMALL_DAYS)


def three_years(given: Yard) -> Path:
    """A home with three years of Seoul in lake and ledger, published. Made if it is not there yet."""
    home = given.work / "data" / f"years-{_days(given)}"
    if not (home / "published" / "madang.duckdb").is_file():
        shutil.rmtree(home, ignore_errors=True)
        measure.run([sys.executable, "-m", "benchmarks.history_home", str(home), str(_days(given))])
        yard.madang("publish", home=home)
    return home


# --- what the children do ---------------------------------------------------------------------------------------------


def _query(file: Path, number: int, times: int) -> dict[str, Any]:
    """Milliseconds of one query: the first time with opening the file, then on the open file.

    The guide names days of the real files; here they are the newest day that the file has, so that there is an answer.
    """
    import duckdb

    query = questions()[number][1]
    with duckdb.connect(file, read_only=True) as con:
        newest = con.execute("SELECT max(day) FROM ledger.batch WHERE table_name = 'sdot_env'").fetchone()
    query = re.sub(r"DATE '\d{4}-\d\d-\d\d'", f"DATE '{newest[0] if newest else None}'", query)
    started = time.perf_counter()
    with duckdb.connect(file, read_only=True) as con:
        rows = con.execute(query).fetchall()
        first = time.perf_counter() - started
        taken = []
        for _ in range(times):
            started = time.perf_counter()
            con.execute(query).fetchall()
            taken.append(time.perf_counter() - started)
    taken.sort()
    p95 = taken[max(0, -(-95 * len(taken) // 100) - 1)]
    return {
        "rows": len(rows),
        "opened and asked ms": 1e3 * first,
        "p50 ms": 1e3 * statistics.median(taken),
        "p95 ms": 1e3 * p95,
    }


def _publish(home: Path) -> dict[str, Any]:
    from assets.pack.city import load_city
    from assets.publication.publish import publish_all
    from quality.gx_duckdb.evaluate import import_great_expectations
    from warehouse.home import Home

    import_great_expectations()  # a night has done so, with 3 s of CPU, long before it publishes
    city = load_city(ROOT / "cities" / "seoul")
    started, used = time.perf_counter(), time.process_time()
    done = publish_all(Home(home), [city], run_id=f"benchmark {time.time_ns()}")
    return {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - used,
        "changed": done.changed,
        "values_changed": done.values_changed,
    }


def _correct(home: Path, number: int) -> dict[str, Any]:
    """Every table of the newest but ninth day anew, with other figures."""
    from datetime import timedelta

    from assets.pack.city import load_city
    from benchmarks import history_home
    from warehouse.home import Home

    day = history_home.LAST - timedelta(days=9)
    history_home.nights(Home(home), load_city(ROOT / "cities" / "seoul"), [day], correction=number, dead=0)
    return {"day": str(day)}


def main() -> None:
    given = argparse.ArgumentParser(description="What the scenarios run as children.")
    given.add_argument("what", choices=("query", "publish", "correct"))
    given.add_argument("--file", type=Path)
    given.add_argument("--home", type=Path)
    given.add_argument("--number", type=int, default=0)
    given.add_argument("--times", type=int, default=TIMES)
    wanted = given.parse_args()
    made = {
        "query": lambda: _query(wanted.file, wanted.number, wanted.times),
        "publish": lambda: _publish(wanted.home),
        "correct": lambda: _correct(wanted.home, wanted.number),
    }[wanted.what]()
    print(json.dumps(made))


if __name__ == "__main__":
    main()
