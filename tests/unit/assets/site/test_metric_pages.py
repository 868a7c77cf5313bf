"""The page of a metric: every figure has the values of the file, what is absent says why, and nothing is made twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from markupsafe import escape

from assets.publication.benchmark.columns import BENCHMARK_CODE
from assets.publication.metric_columns import METRIC_HOURLY
from assets.publication.reference_columns import MART_FEED
from assets.site.build import MANIFEST, build_site
from assets.site.measured.downloads import files_of_metrics
from assets.site.opened import OpenFile, open_for_pages
from assets.site.page import SiteFile
from assets.site.pages.metric import metric_pages
from benchmarks.site import differences
from tests.support.open_files import CITY, a_value, open_file_of, with_table

FIRST = date(2020, 9, 1)
HOSTILE = '</h1><script>alert("x")</script>\u202e'
ABSENT: dict[str, Any] = {
    "value": None,
    "status": "absent",
    "n": 0,
    "completeness": 0.0,
    "quality": None,
    "met": None,
    "change": None,
}
NOT_DELIVERED = ABSENT | {"reason_code": "not_delivered", "reason_gaps": ["air_daily"], "notation": "NE"}


@pytest.fixture(autouse=True)
def _metrics_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other pages: they take longer, and ask for tables that these files do not have."""
    monkeypatch.setattr("assets.site.build.all_pages", _pages_of_metrics)


def _pages_of_metrics(file: OpenFile) -> Iterator[SiteFile]:
    for city in file.cities:
        yield from metric_pages(file, city)


def days(values: Iterable[float | None], first: date = FIRST, **given: object) -> list[dict[str, Any]]:
    """A value for each day in turn; None is one that was not delivered."""
    rows = list[dict[str, Any]]()
    for number, value in enumerate(values):
        why = NOT_DELIVERED if value is None else {"value": value}
        rows.append(a_value(**{"period_start": first + timedelta(number), **why, **given}))
    return rows


def wave(count: int) -> list[float]:
    """Values from 2.5 to 39.5 that never repeat in a month."""
    return [2.5 + (number * 7 % 37) + number / 1000 for number in range(count)]


def built(
    tmp_path: Path,
    rows: Iterable[Mapping[str, Any]],
    *changes: str,
    hours: Sequence[Mapping[str, Any]] = (),
    feeds: Sequence[Mapping[str, Any]] = (),
    codes: Sequence[Mapping[str, Any]] = (),
    texts: Mapping[str, str] | None = None,
) -> Path:
    """The folder of the site of these rows. changes: SQL that is run on the file before."""
    file, folder = open_file_of(tmp_path / "open.duckdb", rows), tmp_path / "site"
    for spec, more in ((METRIC_HOURLY, hours), (MART_FEED, feeds), (BENCHMARK_CODE, codes)):
        if more:
            with_table(file, spec, more)
    with duckdb.connect(file) as con:
        for row in hours[:1]:
            definition = {name: row[name] for name in ("city", "metric", "title", "subject", "unit", "direction")}
            columns = ", ".join(definition)
            con.execute(f"INSERT INTO metric.definition ({columns}) VALUES (?, ?, ?, ?, ?, ?)", [*definition.values()])
        for key, text in (texts or {}).items():
            columns = "? AS city, ? AS kind, ? AS key, ? AS language, ? AS text, 'en' AS written_in"
            for tag in ("en", "ko"):
                con.execute(f"INSERT INTO mart.text BY NAME SELECT {columns}", [CITY, *key.split("__", 1), tag, text])
        for change in changes:
            con.execute(change)
    folder.mkdir()
    build_site(file, folder)
    return folder


def page_of(folder: Path, metric: str = "pm25_mean", language: str = "en") -> str:
    """The page of a metric as HTML."""
    return (folder / language / CITY / "metric" / f"{metric}.html").read_text("utf-8")


def table_of(html: str) -> list[tuple[str, str, str, str]]:
    """The rows behind the line: period, value as the element keeps it, mean of 7 days as shown, remark as text."""
    part = html.split('<table class="values">')[1].split("</table>", maxsplit=1)[0].split("<tbody>")[1]
    found = list[tuple[str, str, str, str]]()
    for row in re.findall(r"<tr>(.*?)</tr>", part, re.S):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        value = re.search(r'<data value="([^"]+)"', cells[0])
        when = re.search(r'datetime="([^"]+)"', row)
        assert when is not None
        means = cells[1] if len(cells) == 4 else ""
        found.append((when[1], value[1] if value else "", means, re.sub(r"<[^>]+>", "", cells[-1])))
    return found


def text_of(html: str) -> str:
    """What is read, in one line; what is not of a line parts words."""
    inside = html.split("<main")[1].split("<footer", maxsplit=1)[0]
    parted = re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:bdi|span|data|time|a|b|code|abbr)\b[^>]*>", "", inside))
    return re.sub(r"\s+", " ", parted)


GAPPED: list[float | None] = [*wave(20), None, None, None, *wave(40)[20:], None]


def test_the_table_behind_the_line_has_the_values_of_the_file_and_so_have_the_line_and_the_calendar(
    tmp_path: Path,
) -> None:
    html = page_of(built(tmp_path, days(GAPPED)))
    rows = list(reversed(table_of(html)))
    assert [(day, float(value) if value else None) for day, value, _, _ in rows] == [
        ((FIRST + timedelta(number)).isoformat(), value) for number, value in enumerate(GAPPED)
    ]
    drawn = re.search(r'<path class="thin" d="([^"]*)"', html)
    assert drawn is not None
    assert len(re.findall("[ML]", drawn[1])) == sum(value is not None for value in GAPPED)
    assert drawn[1].count("M") == 2
    cells = re.findall(r'<td class="(?:class-\d|nothing)"><i>\d+</i>(?:<abbr[^>]*>)?([\d.–]+)', html)
    assert cells == ["–" if value is None else f"{value:.1f}" for value in GAPPED]


def test_a_mean_of_seven_days_needs_six_of_them(tmp_path: Path) -> None:
    html = page_of(built(tmp_path, days([10.0] * 10 + [None, 24.0, 10.0, None] + [10.0] * 12)))
    means = [mean for _, _, mean, _ in reversed(table_of(html))]
    assert means[4:6] == ["–", "10.0"]
    assert means[11] == "12.3"  # five of 10 and one of 24
    assert means[13:18] == ["–", "–", "–", "–", "12.3"]
    assert means[20] == "10.0"


def test_a_gap_says_why_below_the_line_in_the_table_and_in_the_calendar(tmp_path: Path) -> None:
    html = page_of(built(tmp_path, days(GAPPED), texts={"feed__air_daily": "Air by day"}))
    why = "No delivery of Air by day covers this day"
    assert f"21 Sep 2020 to 23 Sep 2020: {why}" in text_of(html)
    assert [remark for _, value, _, remark in table_of(html) if not value] == [why] * 4
    assert html.count(f'<abbr title="{why}">') == 4
    assert html.count('<rect class="gap"') == 2
    assert f"City {why} 4 1 21 Sep 2020 to 14 Oct 2020" in text_of(html)
    assert "4 of 44 values of all areas and periods are absent." in text_of(html)


def test_days_that_are_not_in_the_file_are_a_gap_too(tmp_path: Path) -> None:
    rows = [row for row in days(wave(30)) if row["period_start"].day not in (10, 11)]
    html = page_of(built(tmp_path, rows))
    assert "10 Sep 2020 to 11 Sep 2020: The file has nothing of this period." in text_of(html)
    assert len(table_of(html)) == 30


def test_days_that_missed_the_target_are_counted_by_month_in_the_figure_and_in_the_table(tmp_path: Path) -> None:
    values = wave(61)
    html = page_of(built(tmp_path, days(values)))
    missed = [sum(value > 15 for value in part) for part in (values[:30], values[30:])]
    assert re.findall(r'class="count[^"]*"[^>]*>(\d+)<', html) == [str(count) for count in missed]
    assert f"October 2020 31 of 31 {missed[1]} September 2020 30 of 30 {missed[0]}" in text_of(html)
    assert f"the target was missed on {sum(missed)} of them" in text_of(html)
    assert [remark for _, value, _, remark in table_of(html) if float(value) > 15] == ["target missed"] * sum(missed)


@pytest.mark.parametrize("direction", ["none", "lower"])
def test_without_a_target_there_is_no_verdict_and_the_colours_are_steps(tmp_path: Path, direction: str) -> None:
    html = page_of(built(tmp_path, days(wave(40), target=None, met=None, direction=direction)))
    assert "missed" not in text_of(html)
    assert 'class="target"' not in html
    assert 'td class="step-' in html
    assert 'td class="class-' not in html
    assert "Since 1 Sep 2020 it has been between 2.5 and 38.5 µg/m³." in text_of(html)


def test_where_more_is_better_what_is_below_the_target_missed_it(tmp_path: Path) -> None:
    values = [99.0, 94.0, 95.0, 97.5]
    html = page_of(built(tmp_path, days(values, target=95.0, unit="%", direction="higher", met=True)))
    assert "the target was missed on 1 of them" in text_of(html)
    assert re.findall(r'<td class="(class-\d)"><i>', html) == ["class-1", "class-3", "class-2", "class-1"]


def test_one_value_is_no_line_and_none_is_a_sentence(tmp_path: Path) -> None:
    alone = [*days([15.44]), *days([None, None], metric="no2_mean", title="NO2")]
    folder = built(tmp_path, alone)
    one, none = page_of(folder), page_of(folder, "no2_mean")
    assert "There is one value so far" in text_of(one)
    assert [value for _, value, _, _ in table_of(one)] == ["15.44"]
    assert ("<path class" in one, 'class="calendar"' in one) == (False, False)
    assert "There is no value for Seoul. No delivery of air_daily covers this day." in text_of(none)
    assert 'class="values"' not in none


def test_values_that_are_hidden_are_said_in_words_and_never_shown(tmp_path: Path) -> None:
    hidden = ABSENT | {"reason_code": "withheld", "reason_gaps": [], "notation": "C"}
    rows = [
        a_value(**hidden, conf_status="N", metric="sales"),
        *(
            a_value(**hidden, conf_status=status, metric="sales", area=f"1{number}", area_level="district")
            for number, status in enumerate("AACD")
        ),
    ]
    text = text_of(page_of(built(tmp_path, rows), "sales"))
    assert "The values for Seoul are not published. It is confidential." in text
    assert "2 values are hidden, as too few people or companies are behind each." in text
    assert "1 value is hidden, as one of few says most of it." in text
    assert "1 value is hidden, as another hidden one could be computed from it." in text
    assert "1 value is not for this file" in text


def test_months_are_joined_and_named_and_no_day_is_said_of_them(tmp_path: Path) -> None:
    months = [
        a_value(
            period="month", period_start=date(2020, month, 1), value=20.0 + month, metric="m", target=None, met=None
        )
        for month in (3, 4, 6)
    ]
    html = page_of(built(tmp_path, months), "m")
    assert [(when, value) for when, value, _, _ in table_of(html)] == [
        ("2020-06", "26.0"),
        ("2020-05", ""),
        ("2020-04", "24.0"),
        ("2020-03", "23.0"),
    ]
    assert "In June 2020 it was 26.0 µg/m³ in Seoul." in text_of(html)
    assert ('class="calendar"' in html, 'class="thin"' in html) == (False, False)


def test_metrics_made_of_it_stand_in_its_table_of_months_and_lead_to_their_pages(tmp_path: Path) -> None:
    month = {
        "metric": "pm25_mean_month",
        "title": "Mean of the month",
        "period": "month",
        "rolled_up_from": "pm25_mean",
    }
    rows = [*days(wave(30)), a_value(**month, period_start=FIRST, value=17.25, target=None)]
    html = page_of(built(tmp_path, rows))
    table = html.split('<table class="months">')[1].split("</table>")[0]
    assert '<a href="pm25_mean_month.html">' in table
    assert '<data value="17.25">' in table
    near = page_of(tmp_path / "site", "pm25_mean_month")
    assert '<a href="pm25_mean.html">' in near


def a_day_of_hours(day: date, values: Iterable[float | None]) -> list[dict[str, Any]]:
    """A row of metric.hourly for each hour."""
    return [
        a_value(
            metric="pm25_hourly",
            period="hour",
            title="PM2.5, hourly",
            day=day,
            starts_at_utc=datetime.fromisoformat(f"{day}T{hour:02}:00") - timedelta(hours=9),
            starts_at=datetime.fromisoformat(f"{day}T{hour:02}:00"),
            **({"value": value} if value is not None else NOT_DELIVERED),
        )
        for hour, value in enumerate(values)
    ]


def test_hours_stand_by_day_and_hour_with_the_values_of_the_file(tmp_path: Path) -> None:
    values = [None, *wave(24)[1:]]
    hours = [*a_day_of_hours(date(2020, 11, 29), wave(24)), *a_day_of_hours(date(2020, 11, 30), values)]
    html = page_of(built(tmp_path, [a_value()], hours=hours), "pm25_hourly")
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", html.split('<table class="heat">')[1].split("</table>")[0])
    shown = [re.findall(r'<td class="[^"]+">(?:<abbr[^>]*>)?([\d.–]+)', row) for row in rows]
    assert shown == [["–", *(f"{v:.1f}" for v in wave(24)[1:])], [f"{v:.1f}" for v in wave(24)]]
    assert "On 30 Nov 2020 at 23:00 it was" in text_of(html)
    assert "1 of 48 values of all areas and periods are absent." in text_of(html)


def test_what_it_means_is_said_with_the_standard_and_whether_it_was_read(tmp_path: Path) -> None:
    row = a_value(
        formula="Mean of the stations",
        comparability="X1",
        min_completeness=0.75,
        feeds=["air_daily"],
        code="8.1",
        edition="2014",
        verified=True,
        caveat="Not the same",
    )
    code = {
        "city": CITY,
        "metric": "pm25_mean",
        "standard_name": "U4SSC",
        "edition": "2022",
        "code": "EN:1",
        "verified": False,
    }
    feed = {
        "city": CITY,
        "feed": "air_daily",
        "owner": "The institute",
        "licence": "KOGL 1",
        "limitations": "Days only",
    }
    changes = ("UPDATE metric.definition SET standard = 'ISO 37120', source_url = 'javascript:alert(1)'",)
    html = page_of(
        built(tmp_path, [row], *changes, codes=[code], feeds=[feed], texts={"not__pm25_mean": "Not indoors"})
    )
    text = text_of(html)
    assert "ISO 37120, edition of 2014, indicator 8.1. Its code was read in the standard itself" in text
    assert "U4SSC, edition of 2022, indicator EN:1. Not verified" in text
    assert "Not indoors It is a stand-in: Not the same." in text
    assert "With any city that uses the same method and kind of network." in text
    assert "Given by: The institute. Licence: KOGL 1." in text
    assert "Limits: Days only" in text
    assert 'href="javascript' not in html


def read(path: Path) -> pl.DataFrame:
    """A download as a table."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".csv":
        return pl.read_csv(path, infer_schema_length=None, schema_overrides={"area": pl.String})
    found = json.loads(path.read_text("utf-8"))
    rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    same = {name: value for name, value in found.items() if name not in ("columns", "rows")}
    return pl.DataFrame([same | row for row in rows], infer_schema_length=None)


def comparable(rows: pl.DataFrame) -> list[tuple[str, ...]]:
    """Rows as texts: days, and numbers that were read as whole ones, are the same in all kinds."""
    return [
        tuple("" if v is None else str(float(v)) if isinstance(v, int | float) else str(v) for v in r)
        for r in rows.rows()
    ]


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_downloads_read_back_as_the_file_has_them_each_row_once(tmp_path: Path, kind: str) -> None:
    rows = [
        *days(wave(100), date(2019, 11, 20), feeds=["air_daily"]),
        *days(wave(60), date(2019, 12, 1), area="11110", area_level="district", reason='a "b", c', n=1),
        *days([None, 3.5], date(2020, 1, 1), area="11140", area_level="district"),
        a_value(metric="m", period="month", period_start=date(2020, 1, 1), value=1e-7),
    ]
    hours = [*a_day_of_hours(date(2020, 10, 31), wave(24)), *a_day_of_hours(date(2020, 11, 1), wave(24))]
    folder = built(tmp_path, rows, hours=hours)
    with open_for_pages(tmp_path / "open.duckdb") as file:
        found = files_of_metrics(file, file.cities[0])
        assert {metric: sorted({one.part for one in of}) for metric, of in found.items()} == {
            "m": [""],
            "pm25_hourly": ["2020-10", "2020-11"],
            "pm25_mean": ["2019", "2020"],
        }
        for metric, of_metric in found.items():
            files = [one for one in of_metric if one.kind == kind]
            back = pl.concat([read(folder / one.path) for one in reversed(files)], how="vertical_relaxed")
            hourly = files[0].table == "hourly"
            day, order = ("day", "area, starts_at") if hourly else ("period_start", "period_start, area")
            part = f"year({day}), month({day})" if hourly else f"year({day})"
            query = f"SELECT {', '.join(files[0].columns)} FROM metric.{files[0].table} WHERE metric = ?"
            whole = file.rows_once(f"{query} ORDER BY {part}, {order}", metric)
            written = whole.with_columns(pl.col(pl.Datetime).dt.to_string("iso:strict")) if kind != "parquet" else whole
            assert sum(one.rows for one in files) == whole.height
            assert comparable(back.select(files[0].columns)) == comparable(written)


@pytest.mark.parametrize("source", ["simulated", "files"])
def test_made_up_values_say_so_in_each_download_and_name_nobody_as_their_source(tmp_path: Path, source: str) -> None:
    """A CSV file of the simulated city was like one of the real city, and was to be cited as data of a real office."""
    feed = {"city": CITY, "feed": "air_daily", "title": "Air", "owner": "Institute of Health", "is_private": False}
    feeds_of = "UPDATE metric.definition SET feeds = ['air_daily']"
    folder = built(tmp_path, days(wave(3), source=source), feeds_of, feeds=[feed])
    for kind in ("csv", "json", "parquet"):
        assert set(read(folder / "data" / CITY / f"pm25_mean-2020.{kind}")["source"]) == {source}
    said = text_of(page_of(folder))
    assert ("Data: Institute of Health." in said) == (source == "files")
    assert (". [simulated]" in said) == (source == "simulated")


def test_a_changed_day_makes_its_year_and_its_page_and_nothing_else(tmp_path: Path) -> None:
    rows = [*days(wave(400), date(2019, 9, 1)), *days(wave(400), date(2019, 9, 1), metric="no2_mean", title="NO2")]
    file, before = open_file_of(tmp_path / "open.duckdb", rows), tmp_path / "before"
    before.mkdir()
    build_site(file, before)
    with duckdb.connect(file) as con:
        con.execute("UPDATE metric.value SET value = 1 WHERE metric = 'pm25_mean' AND period_start = '2020-05-05'")
    after = tmp_path / "after"
    after.mkdir()
    build_site(file, after, before)
    one, other = (json.loads((folder / MANIFEST).read_text())["files"] for folder in (before, after))
    mine = {path for path in one if "/metric/" in path or path.startswith("data/")}
    assert {path for path in mine if one[path] != other[path]} == {
        *(f"{language}/{CITY}/metric/pm25_mean.html" for language in ("en", "ko")),
        *(f"data/{CITY}/pm25_mean-2020.{kind}" for kind in ("csv", "json", "parquet")),
    }
    build_site(file, tmp_path / "once")
    assert differences(after, tmp_path / "once") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE metric.value SET unit = 'mg/m3' WHERE period_start = '2020-01-01'",  # of the first row, which JSON says
        "DELETE FROM metric.value WHERE month(period_start) = 1",
        "DELETE FROM metric.value WHERE period_start BETWEEN '2020-03-05' AND '2020-05-05'",
        "INSERT INTO metric.value SELECT * REPLACE (period_start + 400 AS period_start) FROM metric.value",
        "INSERT INTO metric.value SELECT * REPLACE (period_start - 300 AS period_start) FROM metric.value",
        "UPDATE metric.value SET reason = 'two' || chr(10) || 'lines', value = NULL WHERE day(period_start) = 7",
        "UPDATE metric.value SET reason = '' WHERE month(period_start) = 6",
    ],
)
def test_a_file_that_is_made_of_months_of_the_one_before_is_as_one_that_is_made_at_once(tmp_path: Path, change: str):
    rows = days([*wave(60), None, *wave(60)], date(2020, 1, 1), reason='a "b", c')
    file, before, after = open_file_of(tmp_path / "open.duckdb", rows), tmp_path / "before", tmp_path / "after"
    build_site(file, before)
    with duckdb.connect(file) as con:
        con.execute(change)
    build_site(file, after, before)
    build_site(file, tmp_path / "once")
    assert differences(after, tmp_path / "once") == []
    build_site(file, tmp_path / "next", after)
    assert differences(after, tmp_path / "next") == []


def test_of_a_file_before_only_the_month_that_differs_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All downloads of a year of 60 metrics were made again for each changed day: 3 s of CPU of a release."""
    file, before = open_file_of(tmp_path / "open.duckdb", days(wave(300), date(2020, 1, 1))), tmp_path / "before"
    build_site(file, before)
    with duckdb.connect(file) as con:
        con.execute("UPDATE metric.value SET value = 1 WHERE period_start = '2020-05-05'")
    read = list[int]()
    asked = OpenFile.rows_once

    def counted(self: OpenFile, query: str, *given: object) -> pl.DataFrame:
        rows = asked(self, query, *given)
        if "comparability, source FROM metric.value WHERE city = ? AND metric IN" in query:
            read.append(rows.height)
        return rows

    monkeypatch.setattr(OpenFile, "rows_once", counted)
    build_site(file, tmp_path / "after", before)
    assert read == [31]


def test_what_was_said_of_a_value_long_ago_is_said_while_all_later_ones_are_absent(tmp_path: Path) -> None:
    rows = days([7.25, *[None] * 500], date(2019, 1, 1), target=15.0, target_source="WHO", method="mean of the hours")
    rows[0]["target_source"] = "of the year 2019"
    html = page_of(built(tmp_path, rows))
    assert "of the year 2019" in text_of(html)


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    folder, again = built(tmp_path, [*days(GAPPED), a_value(metric="m")]), tmp_path / "again"
    again.mkdir()
    build_site(tmp_path / "open.duckdb", again)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert len(files) > 9
    assert all((folder / path).read_bytes() == (again / path).read_bytes() for path in files)


def test_hostile_names_are_text_and_no_label_has_marks_in_it(tmp_path: Path) -> None:
    rows = days(GAPPED, title=HOSTILE, target_source=HOSTILE, unit="<b>/shop", feeds=["f"])
    feeds = [{"city": CITY, "feed": "f", "title": HOSTILE, "owner": HOSTILE, "licence": HOSTILE}]
    html = page_of(built(tmp_path, rows, feeds=feeds, texts={"metric__pm25_mean": HOSTILE, "feed__air_daily": HOSTILE}))
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert str(escape("<script>alert")) in html
    assert "style=" not in html
    assert re.findall(r'aria-label="[^"]*[<>][^"]*"', html) == []
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', html)) <= set(ids)


def test_five_years_of_days_are_a_page_below_300_kb_that_says_what_it_leaves_out(tmp_path: Path) -> None:
    folder = built(
        tmp_path, days([*wave(1700), None] * 1, date(2016, 3, 1)), texts={"feed__air_daily": "Air by day " * 5}
    )
    html = page_of(folder)
    assert len(html.encode()) < 200_000
    shown = len(table_of(html))
    assert 334 < shown <= 366
    assert f"{1701 - shown:,} earlier periods are in the downloads alone." in text_of(html)
    rows = [pl.read_csv(path).height for path in sorted((folder / "data" / CITY).glob("pm25_mean-*.csv"))]
    assert sum(rows) == 1701


def test_a_page_says_everything_in_the_language_of_its_reader(tmp_path: Path) -> None:
    html = page_of(built(tmp_path, days(GAPPED)), language="ko")
    assert html.count('<span lang="en">') == 0
    assert "목표에 미달한 날" in html


def test_reasons_that_differ_in_counts_alone_are_one_with_an_example(tmp_path: Path) -> None:
    few = NOT_DELIVERED | {"reason_code": "too_few_places", "metric": "noise"}
    rows = [
        a_value(
            **few | {"area": f"1{there}", "area_level": "district", "reason_gaps": [str(there), "9", "sensors", "75"]}
        )
        for there in (3, 1, 2)
    ]
    text = text_of(page_of(built(tmp_path, [*rows, a_value(metric="noise")]), "noise"))
    assert "Districts For example: 1 of 9 sensors are valid (needs 75 %) 3 3 30 Nov 2020" in text
    assert text.count("are valid (needs") == 1


def test_reasons_without_a_code_have_one_order_whatever_that_of_the_file(tmp_path: Path) -> None:
    """DuckDB gives groups that are alike in what they are ordered by in any order: two builds had other bytes."""
    rows = [
        a_value(
            **ABSENT | {"metric": "noise", "reason": f"{part} of 40 parts", "period_start": FIRST + timedelta(part)}
        )
        for part in range(30)
    ]
    pages = list[str]()
    for name, given in (("one", rows), ("other", rows[::-1])):
        (tmp_path / name).mkdir()
        pages.append(page_of(built(tmp_path / name, [*given, a_value(metric="noise")]), "noise"))
    assert pages[0].count(" of 40 parts") >= len(rows)
    assert pages[0] == pages[1]
