"""Files in the drop folder that nobody has touched since they landed are not read again."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.connectors import files
from assets.ingest import ingest, parse_cache
from assets.ingest.fetch import Fetched, fetch
from assets.ingest.read import read_new
from tests.worlds.files import DAYS, Yard, bike_rows, csv_text
from warehouse import landing

HEADER = ["대여일자", "대여건수"]
FEED = "bike_daily"


def put(yard: Yard, *days, aged: int = 60, bikes: int = 0) -> list[Path]:
    """One file for each day, changed an hour and `aged` seconds ago."""
    paths = []
    for day in days:
        rows = [[d, n + bikes] for d, n in bike_rows([day])]
        path = yard.put(f"bike_daily/서울특별시 공공자전거 일별 대여건수_{day}.csv", csv_text(HEADER, rows), "cp949")
        age(path, aged)
        paths.append(path)
    return paths


def age(path: Path, seconds: float) -> None:
    at = path.stat().st_ctime - 3600 - seconds
    os.utime(path, (at, at))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files of which bytes were read."""
    seen: list[str] = []
    real = files._read

    def noted(found: files._Found, max_bytes: int):
        seen.append(found.name[-14:-4])
        return real(found, max_bytes)

    monkeypatch.setattr(files, "_read", noted)
    return seen


def night(yard: Yard) -> Fetched:
    run, contract = yard.run(), yard.city.contracts[FEED]
    fetched = fetch(run, contract, [])
    read_new(run, contract, fetched)
    assert not fetched.failures
    return fetched


def rows_of(yard: Yard, run: int) -> list[tuple]:
    rows = yard.ledger("attempt").filter(run_id=f"run{run}").sort("recorded_at")
    return rows.select("status", pl.col("delivery").str.slice(-14, 10), "detail").rows()


def test_untouched_files_are_not_read_and_make_one_row(yard: Yard, read: list[str]):
    put(yard, *DAYS[:3])
    first = night(yard)
    assert len(read) == 3
    put(yard, DAYS[3])
    again = night(yard)
    assert read[3:] == [str(DAYS[3])]
    assert again.landed == first.landed | again.landed
    assert (len(again.landed), again.new) == (4, 1)
    told = rows_of(yard, 2)
    assert sorted((status, name) for status, name, _ in told if name) == [
        ("landed", str(DAYS[3])),
        ("parsed", str(DAYS[3])),
    ]
    assert [detail for status, name, detail in told if name is None] == ["3 files are unchanged since landing"]
    report = ingest.ingest(yard.run(), yard.city.contracts[FEED], DAYS)
    assert [o.day for o in report.outcomes] == DAYS


def test_what_lands_is_read_from_the_bytes_at_hand(yard: Yard, monkeypatch: pytest.MonkeyPatch):
    """Twice the same bytes are read once, and a file that cannot be read is left to the step that says so."""
    one, *_ = put(yard, *DAYS[:2])
    one.with_name("서울특별시 공공자전거 일별 대여건수_copy.csv").write_bytes(one.read_bytes())
    bad = yard.put("bike_daily/서울특별시 공공자전거 일별 대여건수_x.csv", "<html><body>sorry</body></html>")
    from_landing, parsed, real = list[Path](), list[str](), parse_cache.store
    back = landing.read_bytes
    monkeypatch.setattr(landing, "read_bytes", lambda path: from_landing.append(path) or back(path))
    monkeypatch.setattr(parse_cache, "store", lambda *given: parsed.append(given[3].sha256) or real(*given))
    run, contract = yard.run(), yard.city.contracts[FEED]
    fetched = fetch(run, contract, [])
    assert not fetched.failures
    assert sorted(parsed) == sorted(fetched.landed.keys() - {hashlib.sha256(bad.read_bytes()).hexdigest()})
    assert len(read_new(run, contract, fetched)) == 2
    assert [failure.code for failure in fetched.failures] == ["FILE-HTML"]
    assert len(parsed) == 2
    assert [path.stem for path in from_landing] == [hashlib.sha256(bad.read_bytes()).hexdigest()]


def test_new_time_of_the_same_bytes_is_known(yard: Yard, read: list[str]):
    (path,) = put(yard, DAYS[0])
    night(yard)
    age(path, 90)
    night(yard)
    night(yard)
    assert len(read) == 2
    assert [row[:2] for row in rows_of(yard, 2)] == [("known", str(DAYS[0]))]
    assert rows_of(yard, 3) == [("known", None, "a file is unchanged since landing")]


@pytest.mark.parametrize("what", ["size", "time", "name"])
def test_what_was_touched_is_read(yard: Yard, read: list[str], what: str):
    (path,) = put(yard, DAYS[0])
    night(yard)
    before = path.stat()
    if what == "name":
        path.rename(path.with_name(path.name.replace("_", "_neu_")))
    else:
        content = path.read_bytes()
        path.write_bytes(content + b"\n" if what == "size" else content.replace(b"37001", b"37002"))
        ns = before.st_mtime_ns + (1000 if what == "time" else 0)
        os.utime(path, ns=(ns, ns))
    night(yard)
    assert len(read) == 2


def test_file_changed_while_it_was_young_is_read_again(yard: Yard, read: list[str]):
    """Within one tick of the disk's clock a second change of the same size would not show."""
    (path,) = put(yard, DAYS[0])
    now = path.stat().st_ctime
    os.utime(path, (now, now))
    night(yard)
    night(yard)
    assert len(read) == 2


def test_landed_bytes_that_are_gone_are_landed_again(yard: Yard, read: list[str]):
    put(yard, DAYS[0])
    (sha256,) = night(yard).landed
    path = landing.find(yard.home, "seoul", FEED, sha256)
    assert path is not None
    path.unlink()
    night(yard)
    assert len(read) == 2
    assert landing.find(yard.home, "seoul", FEED, sha256) is not None


def test_file_that_could_not_be_read_is_tried_every_night(yard: Yard, read: list[str]):
    path = yard.put("bike_daily/서울특별시 공공자전거 일별 대여건수_x.csv", "<html><body>sorry</body></html>")
    age(path, 60)
    for _ in range(2):
        run, contract = yard.run(), yard.city.contracts[FEED]
        fetched = fetch(run, contract, [])
        read_new(run, contract, fetched)
        assert [failure.code for failure in fetched.failures] == ["FILE-HTML"]
    assert len(read) == 1  # from the landing area


def test_link_is_always_read(yard: Yard, read: list[str]):
    (path,) = put(yard, DAYS[0])
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)
    night(yard)
    night(yard)
    assert len(read) == 2


def test_landing_is_found_whatever_day_it_came(yard: Yard):
    home, days = yard.home, [DAYS[0] + timedelta(days=n) for n in range(30)]
    made = {landing.land(home, "c", "f", day, str(day).encode(), {}).sha256: day for day in days}
    assert landing.landed(home, "c", "f") == set(made)
    for sha256, day in made.items():
        path = landing.find(home, "c", "f", sha256)
        assert path is not None
        assert path.parent.name == str(day)
    assert landing.find(home, "c", "f", "0" * 64) is None
    assert landing.landed(home, "c", "g") == set()
