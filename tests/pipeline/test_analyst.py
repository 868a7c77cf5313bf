"""An analyst's program holds and reads the published file while three real publications happen."""

import subprocess
import sys
from pathlib import Path

from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.pack.city import load_city
from assets.publication.publish import publish_all
from tests.worlds.files import AIR_HEADER, DAYS, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul

# A connection that stays, and a new one each time; metric and mart come from one publication or from none.
ANALYST = """
import sys, duckdb
path = sys.argv[1]
QUERY = '''SELECT (SELECT count(DISTINCT day) FROM mart.area_day WHERE pm25_mean IS NOT NULL),
  (SELECT count(*) FROM metric.value WHERE metric = 'pm25_mean' AND area = '11110' AND value IS NOT NULL),
  (SELECT max(pm25_mean) FROM mart.area_day WHERE area = '11110'),
  (SELECT max(value) FROM metric.value WHERE metric = 'pm25_mean' AND area = '11110'),
  (SELECT count(DISTINCT day) FROM core.seoul_air_daily)'''
held = duckdb.connect(path, read_only=True)
first = held.execute(QUERY).fetchone()
print("ready", flush=True)
seen, reads = [], 0
import threading
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
while True:
    last = stop.is_set()
    assert held.execute(QUERY).fetchone() == first
    with duckdb.connect() as fresh:
        fresh.execute(f"ATTACH '{path}' AS published (READ_ONLY)")
        fresh.execute("USE published")
        row = fresh.execute(QUERY).fetchone()
    assert row[0] == row[1] == row[4], row
    assert abs(row[2] - row[3]) < 0.06, row
    reads += 1
    if not seen or seen[-1] != row[0]:
        seen.append(row[0])
    if last:
        break
    stop.wait(0.05)  # or it takes a core from the publisher
print(reads, *seen, flush=True)
"""


def night(yard: Yard, number: int) -> int:
    days = DAYS[:number]
    yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, air_rows(days, pm25=10 + 3 * number)), "cp949")
    yard.fetch("air_daily")
    ingest.ingest(yard.run(), yard.city.contracts["air_daily"], days)
    for table in derived_tables(yard.city):
        yard.derive(table, days)
    return publish_all(yard.home, [yard.city], run_id=f"night{number}").version


def test_reader_never_sees_half_a_publication(tmp_path: Path):
    yard = Yard(tmp_path, load_city(small_seoul(tmp_path, "air_daily") / "seoul"))
    assert night(yard, 1) == 1
    analyst = subprocess.Popen(
        [sys.executable, "-c", ANALYST, str(yard.home.published_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert analyst.stdout is not None
    assert analyst.stdout.readline() == "ready\n"
    assert [night(yard, n) for n in (2, 3, 4)] == [2, 3, 4]
    out, err = analyst.communicate("stop\n", timeout=300)
    assert analyst.returncode == 0, err
    reads, *seen = map(int, out.split())
    assert reads > 0
    assert seen == sorted(seen)
    assert seen[-1] == 4
