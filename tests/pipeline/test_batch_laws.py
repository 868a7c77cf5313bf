"""Laws of the way of a batch, on the real functions and a small city: nothing lost, nothing twice, the newest wins."""

import gzip
import io
import os
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.pack.city import load_city
from quality.verdict import Verdict
from tests.worlds.files import (
    AIR_HEADER,
    ALL,
    BIKE,
    DAYS,
    FIRST,
    LAST,
    SDOT_HEADER,
    WEATHER_HEADER,
    Yard,
    air_rows,
    csv_text,
    sdot_rows,
    serial,
    weather_rows,
)
from tests.worlds.packs import seoul, small_seoul
from warehouse import landing
from warehouse.failpoint import listening

GAVE_WAY = ("rows_replaced", "rows_repeated", "rows_contradicted")
BATCH_STABLE = [
    "batch_id",
    "layer",
    "table_name",
    "day",
    "source",
    "state",
    "rows_read",
    "rows_kept",
    "rows_quarantined",
    *GAVE_WAY,
    "input_deliveries",
    "input_batches",
    "contract_hash",
]


def batches(yard: Yard) -> pl.DataFrame:
    return yard.ledger("batch").select(BATCH_STABLE).sort("batch_id")


def assert_balanced(yard: Yard) -> None:
    book = yard.ledger("batch")
    odd = book.filter(pl.col("rows_read") != pl.sum_horizontal("rows_kept", "rows_quarantined", *GAVE_WAY))
    assert odd.is_empty(), odd.to_dicts()
    assert book["batch_id"].is_unique().all()
    counted = yard.ledger("quarantine").filter(pl.col("scope") == "row").group_by("batch_id").len()
    joined = book.join(counted, on="batch_id", how="left").with_columns(pl.col("len").fill_null(0))
    assert joined.filter(pl.col("len") != pl.col("rows_quarantined")).is_empty()


# The same input is the same batch ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["air_daily", "bike_daily"])
def test_second_run_adds_nothing(yard: Yard, name: str):
    yard.deliver(name)
    first = yard.way(name)
    assert [o.verdict.open for o in first.outcomes] == [True] * len(DAYS)
    files, book, rows = yard.live_files(), batches(yard), yard.core(name)
    times = {f: f.stat().st_mtime_ns for f in files}
    second = yard.way(name)
    assert not any(o.new for o in second.outcomes)
    assert [o.batch_id for o in second.outcomes] == [o.batch_id for o in first.outcomes]
    assert {f: f.stat().st_mtime_ns for f in yard.live_files()} == times
    assert batches(yard).equals(book)
    assert yard.core(name).equals(rows)


def test_same_input_is_the_same_batch_in_another_home(tmp_path):
    found = []
    for number in (1, 2):
        yard = Yard(tmp_path / str(number))
        yard.deliver("air_daily")
        yard.way("air_daily")
        found.append((batches(yard), yard.core("air_daily"), {f.name: f.read_bytes() for f in yard.live_files()}))
    assert found[0][0].equals(found[1][0])
    assert found[0][1].equals(found[1][1])
    assert found[0][2] == found[1][2]


def test_days_one_by_one_or_together_give_the_same(tmp_path):
    """A night takes one day, a backfill many: batch ids are the same, so rows and verdicts have to be."""
    found = []
    for number, spans in enumerate(([DAYS], [[day] for day in DAYS])):
        yard = Yard(tmp_path / str(number))
        # the newer delivery has the name that sorts first: real names end in a hash
        yard.put("../korea/weather_daily/Weather_b.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS[:2], temp=1)))
        yard.put("../korea/weather_daily/Weather_a.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS, temp=9)))
        yard.fetch("weather_daily")
        for span in spans:
            ingest.ingest(yard.run(), yard.city.contracts["weather_daily"], span)
        found.append((batches(yard), yard.core("weather_daily")))
    assert found[0][0].equals(found[1][0])
    assert found[0][1].equals(found[1][1])


def test_verdicts_do_not_depend_on_what_else_was_in_the_run(tmp_path):
    """Three thin days are closed. What the days after them are measured by is the same, one by one or together."""
    days = [FIRST + timedelta(days=n) for n in range(7)]
    found = []
    for number, spans in enumerate(([days], [[day] for day in days])):
        yard = Yard(tmp_path / str(number))
        rows = sdot_rows(days[:3]) + sdot_rows(days[3:6], 5) + sdot_rows(days[6:])
        yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, rows))
        yard.fetch("sdot_env")
        for span in spans:
            ingest.ingest(yard.run(), yard.city.contracts["sdot_env"], span)
        verdicts = yard.ledger("verdict").select("day", "verdict", "rules_failed").sort("day")
        found.append(verdicts.to_dicts())
    assert found[0] == found[1]


# Nothing is lost ---------------------------------------------------------------------------------------------


def test_every_batch_of_a_night_balances(night: Yard):
    assert_balanced(night)
    assert set(night.ledger("batch")["state"]) == {"committed"}
    read = night.ledger("attempt").filter(pl.col("status") == "parsed")
    assert set(read["feed"]) == set(ALL)
    for row in night.ledger("attempt").filter(pl.col("sha256").is_not_null()).iter_rows(named=True):
        root = night.drop / (night.city.contracts[row["feed"]].connector.files.root or "")
        path = landing.find(night.home, "seoul", row["feed"], row["sha256"])
        assert path is not None
        assert landing.read_bytes(path) == (root / row["delivery"]).read_bytes()


def test_rows_delivered_are_rows_accounted_for(yard: Yard):
    """Good rows, rows out of range, doubled rows, broken serials, rows without a day: all are somewhere."""
    rows = sdot_rows(DAYS, 60)
    rows[5][5] = 99  # temperature: the whole packet is broken
    rows[7][1] = ""  # key missing
    rows += [list(row) for row in rows[20:23]]  # the same three again
    undated = [list(row) for row in rows[30:32]]
    undated[0][-2], undated[1][-2] = "soon", ""
    delivered = len(rows) + len(undated)
    yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, rows + undated))
    yard.way("sdot_env")
    assert_balanced(yard)
    book = yard.ledger("batch")
    assert book["rows_read"].sum() == delivered
    attempt = yard.ledger("attempt").filter(pl.col("status") == "parsed").row(0, named=True)
    assert (attempt["rows_read"], attempt["rows_undated"]) == (delivered, 2)
    (held,) = book.filter(pl.col("layer") == "delivery").to_dicts()
    assert (held["rows_read"], held["rows_quarantined"], held["state"]) == (2, 2, "held")
    assert book.select(pl.sum_horizontal(GAVE_WAY).sum()).item() == 3
    assert book.filter(pl.col("layer") == "core")["rows_quarantined"].sum() == 2
    assert book["rows_kept"].sum() == delivered - 7
    # a missing key is never tolerated: that day is held, and its rows stay in landing
    assert yard.core("sdot_env").height == book.filter(pl.col("state") == "committed")["rows_kept"].sum() == 180


def test_undated_rows_are_kept_under_their_delivery(yard: Yard):
    rows = sdot_rows(DAYS, 60)
    rows[0][-2] = "2020.04.01 (Wed)"
    yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, rows))
    yard.way("sdot_env")
    yard.way("sdot_env")
    held = yard.ledger("quarantine").filter(pl.col("line") == 2)
    assert held.height == 1
    row = held.row(0, named=True)
    assert row["sha256"] is not None
    assert "2020.04.01 (Wed)" in row["row"]
    assert row["rules"]
    assert_balanced(yard)


def test_extra_columns_are_ignored(yard: Yard):
    plain = air_rows(DAYS)
    yard.put("air_daily/2020.csv", csv_text([*AIR_HEADER, "비고"], [[*row, "x"] for row in plain]), "cp949")
    report = yard.way("air_daily")
    assert len(report.open_days) == len(DAYS)
    assert set(yard.core("air_daily").columns) == set(seoul().contracts["air_daily"].schema)


def test_missing_column_fails_the_delivery_and_nothing_else(yard: Yard):
    yard.deliver("air_daily", "bike_daily")
    rows = [row[:-1] for row in air_rows(DAYS)]
    yard.put("air_daily/2021.csv", csv_text(AIR_HEADER[:-1], rows), "cp949")
    assert len(yard.way("air_daily").open_days) == len(DAYS)
    assert len(yard.way("bike_daily").open_days) == len(DAYS)
    (failed,) = yard.ledger("attempt").filter(pl.col("status") == "failed").to_dicts()
    assert failed["delivery"] == "air_daily/2021.csv"
    assert failed["code"] == "FILE-COLUMNS"
    assert "pm25" in failed["detail"]
    assert "초미세먼지농도(㎍/㎥)" in failed["detail"]


# The newest wins ---------------------------------------------------------------------------------------------


def test_late_correction_wins_by_key(yard: Yard):
    yard.deliver("sdot_env")
    yard.way("sdot_env")
    corrected = sdot_rows([FIRST], registered=LAST, pm25=20)[:1]
    yard.put("sdot_env/a_correction.csv", csv_text(SDOT_HEADER, corrected))
    report = yard.way("sdot_env")
    assert [o.day for o in report.outcomes if o.new] == [FIRST]
    values = dict(yard.core("sdot_env", [FIRST]).select("place", "pm25").iter_rows())
    assert len(values) == 12
    assert values[serial(1)] == 21
    assert values[serial(2)] == 12
    assert yard.core("sdot_env", DAYS[1:]).height == 36
    newest = yard.ledger("batch").filter(pl.col("day") == FIRST).sort("recorded_at").row(-1, named=True)
    assert (newest["rows_read"], newest["rows_kept"], newest["rows_replaced"]) == (13, 12, 1)
    assert_balanced(yard)


@pytest.mark.parametrize("days", [DAYS, DAYS[:1]], ids=["backfill", "night"])
def test_of_two_of_the_same_time_the_delivery_that_reaches_furthest_wins(yard: Yard, days: Sequence[date]):
    """Also when its name sorts first, and when only an old day of it is asked for."""
    for name, rows in (("f", weather_rows(DAYS[:2], temp=1)), ("0", weather_rows(DAYS, temp=9))):
        path = yard.put(f"../korea/weather_daily/Weather_{name}.csv", csv_text(WEATHER_HEADER, rows))
        os.utime(path, (1_700_000_000, 1_700_000_000))
    yard.way("weather_daily", days)
    assert yard.core("weather_daily", [FIRST])["temperature"].min() == 9


def test_the_later_arrival_wins_for_the_days_it_has(yard: Yard):
    yard.put("../korea/weather_daily/Weather_2.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS, temp=9)))
    yard.way("weather_daily")
    yard.put("../korea/weather_daily/Weather_1.csv", csv_text(WEATHER_HEADER, weather_rows(DAYS[:2], temp=1)))
    yard.way("weather_daily")
    assert [yard.core("weather_daily", [day])["temperature"].min() for day in DAYS] == [1, 1, 9, 9]


def test_closed_day_keeps_what_was_there(yard: Yard):
    yard.deliver("air_daily")
    yard.way("air_daily")
    before, files = yard.core("air_daily"), yard.live_files()
    swapped = [[*row[:6], row[7], row[6]] for row in air_rows([*DAYS[:2], date(2020, 4, 5)])]
    yard.put("air_daily/2020_b.csv", csv_text(AIR_HEADER, swapped), "cp949")
    report = yard.way("air_daily")
    closed = {o.day: o for o in report.closed}
    assert sorted(closed) == DAYS[:2]
    assert "AIR-pm10-not-below-pm25" in closed[FIRST].reason
    assert yard.core("air_daily").equals(before)
    staged = [f for f in yard.live_files() if f not in files]
    assert {f.stem.split("-")[0] for f in staged} >= {o.batch_id for o in report.closed}  # staged, never live
    assert_balanced(yard)
    held = yard.ledger("batch").filter(pl.col("state") == "held")
    assert sorted(held["day"]) == DAYS[:2]


def test_day_of_which_every_row_is_broken_is_blocked(yard: Yard):
    """Not an ERROR for want of rows that the rules on kept rows could be judged on."""
    hot = [[*row[:5], 133, *row[6:]] for row in sdot_rows([FIRST])]
    yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, hot))
    (outcome,) = yard.way("sdot_env", [FIRST]).outcomes
    assert (outcome.verdict, outcome.rows_kept, outcome.rows_quarantined) == (Verdict.BLOCK, 0, 12)
    assert "SDOT-temperature-range" in outcome.reason


def test_verdict_of_a_crashed_run_is_not_contradicted(yard: Yard):
    """Judged, then killed; before the next run a day before it changes, and with it what is usual.

    The batch is the same, so there must be one verdict, and what is live must be what it says.
    """
    days = [FIRST + timedelta(days=n) for n in range(4)]
    yard.put("sdot_env/1.csv", csv_text(SDOT_HEADER, sdot_rows(days[:3], 6)))
    yard.way("sdot_env", days[:3])
    yard.put("sdot_env/2.csv", csv_text(SDOT_HEADER, sdot_rows(days[3:], 12)))
    yard.fetch("sdot_env")

    class Killed(BaseException):
        pass

    def die(step: str) -> None:
        if step == "gate.judged":
            raise Killed

    with pytest.raises(Killed), listening(die):
        ingest.ingest(yard.run(), yard.city.contracts["sdot_env"], days[3:])
    more = [row for row in sdot_rows(days[:3], 12) if int(row[1][-3:]) > 6]
    yard.put("sdot_env/3.csv", csv_text(SDOT_HEADER, more))
    yard.way("sdot_env", days[:3])  # usual is now six a day no more, but twelve
    report = ingest.ingest(yard.run(), yard.city.contracts["sdot_env"], days[3:])
    (outcome,) = report.outcomes
    (written,) = yard.ledger("verdict").filter(pl.col("batch_id") == outcome.batch_id).to_dicts()
    assert written["verdict"] == outcome.verdict
    assert (yard.core("sdot_env", days[3:]).height > 0) == outcome.verdict.open == (written["verdict"] != "BLOCK")


# Bad files, through a whole night ----------------------------------------------------------------------------


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


HTML = b"<!DOCTYPE html>\n<html><head><title>Login</title></head><body>Session expired</body></html>"
GOOD = csv_text(AIR_HEADER, air_rows(DAYS)).encode("cp949")
BAD = {  # delivery of air_daily -> its bytes and the code it fails with
    "air_daily/empty.csv": (b"", "FILE-EMPTY"),
    "air_daily/page.csv": (HTML, "FILE-HTML"),
    "air_daily/cut_zip.csv": (zipped("2020.csv", GOOD * 5)[:-200], "FILE-TRUNCATED"),
    "air_daily/cut_gz.csv": (gzip.compress(GOOD, mtime=0)[:-50], "FILE-TRUNCATED"),
    "air_daily/utf16.csv": (GOOD.decode("cp949").encode("utf-16"), "FILE-ENCODING"),
    "air_daily/no_pm25.csv": (csv_text(AIR_HEADER[:-1], [r[:-1] for r in air_rows(DAYS)]).encode(), "FILE-COLUMNS"),
    "air_daily/bomb.csv": (zipped("zeros.csv", bytes(70 * 2**20)), "FILE-BOMB"),
    "air_daily/header.csv": (csv_text(AIR_HEADER, []).encode(), "FILE-NO-ROWS"),
}


@pytest.fixture(scope="module")
def bad_night(tmp_path_factory: pytest.TempPathFactory):
    """One night over everything that is wrong with files."""
    from pipelines import runner
    from tests.worlds.events import no_events

    root = tmp_path_factory.mktemp("bad")
    good, bad = ("air_daily", "bike_daily", "boundaries", "sdot_ref"), ("sdot_env", "weather_daily", "search_trend")
    yard = Yard(root, load_city(small_seoul(root, *good, *bad) / "seoul"))
    yard.deliver(*good)
    for name, (content, _) in BAD.items():
        yard.put(name, content)
    outside = yard.root / "secret.csv"
    outside.write_text("not for you")
    (yard.drop / "air_daily" / "link.csv").symlink_to(outside)
    # another format of date in the newer half; the other feed: another number of fields in the newer half
    rows = sdot_rows([LAST], 40)
    for row in rows[20:]:
        row[-2] = f"{LAST:%d/%m/%Y}"
    yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, rows))
    weather = weather_rows([LAST])
    text = csv_text(WEATHER_HEADER, weather[:8]) + "".join(",".join(map(str, [*r, 1, 2])) + "\n" for r in weather[8:])
    yard.put("../korea/weather_daily/Weather.csv", text)
    yard.put("naver_search_trend/SearchTrend.csv", HTML)
    with no_events():
        result = runner.run(yard.settings, yard.city, LAST, LAST, backfill=False)
    return yard, result


def test_bad_night_is_published_and_says_so(bad_night):
    yard, result = bad_night
    assert result.crashed == []
    assert result.error is None
    assert result.exit_code == 3
    assert set(result.closed["table_name"]) == {"sdot_env", "weather_daily"}
    assert len(yard.core("bike_daily")) == 1
    assert yard.core("air_daily", [LAST]).height == 39
    from warehouse.published import connect

    with connect.open_published(yard.home) as con:
        found = dict(
            con.execute(
                "SELECT metric, coalesce(reason, 'there') FROM metric.value WHERE area = '11' AND period_start = ?"
                " AND period = 'day'",
                [LAST],
            ).fetchall()
        )
    assert found["pm25_mean"] == "there"
    assert found["bike_rentals_per_100k"] == "there"
    assert "gate of weather_daily closed" in found["air_temperature_mean"]
    assert "gate of sdot_env closed" in found["noise_leq"]
    assert "search_trend" in found["search_interest_flu"]
    assert_balanced(yard)


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_file_is_named_explained_and_kept(bad_night, name: str):
    yard, result = bad_night
    content, code = BAD[name]
    own = yard.ledger("attempt").filter(pl.col("delivery") == name)
    (failed,) = own.filter(pl.col("status") == "failed").to_dicts()
    assert failed["code"] == code
    assert name in failed["detail"]
    assert failed["detail"].count(";") >= 1  # what is wrong, and what to do
    assert name in result.failed["delivery"].to_list()
    path = landing.find(yard.home, "seoul", "air_daily", failed["sha256"])
    assert path is not None
    assert landing.read_bytes(path) == content


def test_link_that_leaves_the_folder_is_refused(bad_night):
    yard, _ = bad_night
    (failed,) = yard.ledger("attempt").filter(pl.col("delivery") == "air_daily/link.csv").to_dicts()
    assert (failed["status"], failed["code"], failed["sha256"]) == ("failed", "FILE-OUTSIDE", None)
    assert not any(b"not for you" in landing.read_bytes(p) for p in yard.home.landing.rglob("*.zst"))


def test_two_formats_in_one_file_are_held_back_with_reasons(bad_night):
    yard, _ = bad_night
    quarantine = yard.ledger("quarantine")
    undated = quarantine.filter((pl.col("table_name") == "sdot_env") & (pl.col("line") > 21))
    assert undated.height == 20
    assert undated["rules"].list.len().min() == 1
    assert quarantine.filter(pl.col("table_name") == "weather_daily").height == 8
    assert yard.core("sdot_env").is_empty()
    raw = landing.find(yard.home, "seoul", "weather_daily", quarantine.filter(table_name="weather_daily")["sha256"][0])
    assert raw is not None
    assert landing.read_bytes(raw) == (yard.drop.parent / "korea/weather_daily/Weather.csv").read_bytes()


def test_marts_and_metrics_balance_and_repeat(yard: Yard):
    yard.deliver("air_daily", "subway_daily")
    yard.way("air_daily")
    yard.way("subway_daily")
    names = ("transit_line_day", "air_quality", "air_quality_period")
    wanted = [t for t in derived_tables(yard.city) if t.name in names]
    assert len(wanted) == len(names)
    first = [yard.derive(t) for t in wanted]
    assert all(r.outcomes and not r.closed for r in first)
    book = batches(yard)
    again = [yard.derive(t) for t in wanted]
    assert not any(o.new for r in again for o in r.outcomes)
    assert batches(yard).equals(book)
    assert_balanced(yard)


def test_file_names_in_either_spelling(yard: Yard):
    """A Mac writes Korean names decomposed: the pattern of the contract finds them all the same."""
    import unicodedata

    name = unicodedata.normalize("NFD", f"{BIKE}_mac.csv")
    yard.put(name, csv_text(["대여일자", "대여건수"], [[d, 5] for d in DAYS]), "cp949")
    assert len(yard.way("bike_daily").open_days) == len(DAYS)
    assert os.listdir(yard.drop / "bike_daily") == [name.split("/", 1)[1]]
