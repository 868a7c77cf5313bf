"""People of Seoul from the real files: each figure is worked out again in plain Python, without code of Madang."""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from datetime import datetime
from statistics import mean
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.support.paths import REAL_DATA
from tests.worlds.command import Command
from tests.worlds.packs import small_seoul

FILES = REAL_DATA / "seoul"
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not FILES.is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
FEEDS = ("living_population", "residents", "street_people", "realtime_population", "hotspots", "boundaries")
TUESDAY = 1  # 2020-03-03, of the week that begins on Monday 2020-03-02


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("people")
    drop = root / "drop"
    for name in (
        "living_population_kt/20200302_total.json",
        "district_stats/01. population_in_Seoul.xls",
        "commercial_area/서울시 상권분석서비스(길단위인구-자치구).csv",
        "realtime_population/20260613T202534Z_d7320530.csv",
    ):
        (drop / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FILES / name, drop / name)
    # the feeds of these files alone: all others would only be looked for, each night again
    command = Command(root / "home", small_seoul(root, *FEEDS))
    for day in ("2020-03-03", "2017-01-01", "2019-04-01", "2026-06-10"):
        said = command("backfill", "--city", "seoul", "--from", day, "--to", day, "--from-dir", drop)
        assert said.code in (0, 3), said.err
    with duckdb.connect(str(root / "home" / "published" / "madang.duckdb"), read_only=True) as connection:
        yield connection


def values(published: Any, metric: str, day: str) -> dict[str, float]:
    query = "SELECT area, value FROM metric.value WHERE metric = ? AND period_start = ? AND value IS NOT NULL"
    return dict(published.execute(query, [metric, day]).fetchall())


def present() -> dict[str, list[float]]:
    """Code of a neighbourhood in the file -> the 24 hours of Tuesday."""
    rows = json.loads((FILES / "living_population_kt" / "20200302_total.json").read_text("utf-8"))
    return {str(row["code_8"]): row["t"][24 * TUESDAY : 24 * TUESDAY + 24] for row in rows}


def test_all_424_neighbourhoods_of_the_files_are_placed_and_two_share_one(published: Any) -> None:
    found = values(published, "living_population", "2020-03-03")
    of_file = {code: mean(hours) for code, hours in present().items()}
    neighbourhoods = {area: value for area, value in found.items() if len(area) == 8}
    assert len(of_file) == 424
    assert len(neighbourhoods) == 425  # those of 2020: with Hang-dong, of which the file knows nothing
    renamed = {"11305590": "11305595", "11305600": "11305603", "11305606": "11305608"}
    renamed |= {"11305610": "11305615", "11305620": "11305625", "11305630": "11305635"}
    wanted = {renamed.get(code, code): value for code, value in of_file.items()}
    both = wanted.pop("11530780")
    wanted |= {"11530780": 0.77 * both, "11530800": 0.23 * both}
    assert neighbourhoods == pytest.approx(wanted)
    assert found["11"] == pytest.approx(sum(of_file.values()))
    guro = sum(value for code, value in of_file.items() if code.startswith("11530"))
    assert found["11530"] == pytest.approx(guro)


def test_day_over_night_of_each_neighbourhood(published: Any) -> None:
    found = values(published, "day_night_population_ratio", "2020-03-03")
    ratio = {code: mean(hours[9:18]) / mean(hours[:6]) for code, hours in present().items()}
    for code in ("11110530", "11140550", "11680640", "11350560"):
        assert found[code] == pytest.approx(ratio[code]), code
    assert found["11530800"] == found["11530780"] == pytest.approx(ratio["11530780"])  # shares change no ratio


def test_residents_their_age_and_who_is_a_foreigner(published: Any) -> None:
    sheet = pl.read_excel(
        FILES / "district_stats" / "01. population_in_Seoul.xls", has_header=False, infer_schema_length=0
    )
    rows = {row[1]: row for row in sheet.iter_rows() if row[0] == "2017.1/4"}
    whole = rows["합계"]  # left out by the contract: the sum of the districts has to be it
    assert values(published, "registered_residents", "2017-01-01")["11"] == float(whole[3]) == 10_197_604
    assert values(published, "foreign_residents", "2017-01-01")["11"] == float(whole[9]) == 270_636
    jongno = rows["종로구"]
    shares = values(published, "elderly_share", "2017-01-01")
    assert shares["11"] == pytest.approx(100 * 1_321_458 / 10_197_604)
    assert shares["11110"] == pytest.approx(100 * float(jongno[13]) / float(jongno[3]))
    foreign = values(published, "foreign_share", "2017-01-01")
    assert foreign["11110"] == pytest.approx(100 * float(jongno[9]) / float(jongno[3]))
    assert values(published, "men_per_100_women", "2017-01-01")["11"] == pytest.approx(100 * 5_000_005 / 5_197_599)
    assert len(shares) == 26


def test_person_visits_and_the_share_of_the_old(published: Any) -> None:
    text = (FILES / "commercial_area" / "서울시 상권분석서비스(길단위인구-자치구).csv").read_text("cp949")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["기준_년분기_코드"] == "20192"]
    of_sexes = {row["자치구_코드"]: float(row["남성_유동인구_수"]) + float(row["여성_유동인구_수"]) for row in rows}
    old = {row["자치구_코드"]: float(row["연령대_60_이상_유동인구_수"]) for row in rows}
    visits = values(published, "person_visits", "2019-04-01")
    assert visits == pytest.approx(of_sexes | {"11": sum(of_sexes.values())})
    shares = values(published, "person_visits_60_up_share", "2019-04-01")
    assert shares["11140"] == pytest.approx(100 * old["11140"] / of_sexes["11140"])
    assert shares["11"] == pytest.approx(100 * sum(old.values()) / sum(of_sexes.values()))


def test_busy_places_have_two_bounds_and_the_words_of_the_operator(published: Any) -> None:
    text = (FILES / "realtime_population" / "20260613T202534Z_d7320530.csv").read_text("utf-8-sig")
    seen: dict[tuple[str, str], tuple[float, float, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        if not row["최소인구"] or not row["최대인구"]:
            continue  # an estimate without its ends is held back
        bounds = float(row["최소인구"]), float(row["최대인구"]), row["혼잡도"]
        seen[row["API지역명"], row["업데이트시간"]] = bounds
    by_place: dict[str, dict[int, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for (place, at), (low, high, _) in seen.items():
        moment = datetime.strptime(at, "%Y-%m-%d %H:%M")  # noqa: DTZ007 (local, as it is written)
        if f"{moment:%Y-%m-%d}" == "2026-06-10":
            by_place[place][moment.hour].append((low, high))
    for metric, end in (("hotspot_people_min", 0), ("hotspot_people_max", 1)):
        query = "SELECT hour(starts_at), value FROM metric.hourly WHERE metric = ? AND value IS NOT NULL"
        found = dict(published.execute(query, [metric]).fetchall())
        wanted = {
            hour: mean(mean(b[end] for b in hours[hour]) for hours in by_place.values() if hour in hours)
            for hour in {hour for hours in by_place.values() for hour in hours}
        }
        assert len(by_place) == 121
        assert set(found) <= set(wanted)
        assert len(found) >= 5
        assert found == pytest.approx({hour: wanted[hour] for hour in found})
    # whoever kept the log looked seven times a day: that is no share of hours
    assert values(published, "crowded_hours_share", "2026-06-10") == {}
    why = "SELECT reason_code FROM metric.value WHERE metric = 'crowded_hours_share' AND period_start = '2026-06-10'"
    assert published.execute(why).fetchall() == [("too_few_hours_at_places",)]
