"""Cities side by side: figures have the values and ranks of the file; each pair that is not comparable says why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from markupsafe import Markup

from assets.publication.benchmark.columns import (
    BENCHMARK_CLASS,
    BENCHMARK_CODE,
    BENCHMARK_LATEST,
    BENCHMARK_PAIR,
    BENCHMARK_VALUE,
)
from assets.publication.benchmark.differences import DIFFERENCES, SENTENCES, numbered_sentences
from assets.site.language.words import SiteWords
from assets.site.navigation import sections_of
from assets.site.opened import open_for_pages
from assets.site.pages import cities
from assets.site.render import rendered
from assets.site.side_by_side import ComparisonWords
from tests.support.open_files import a_value, open_file_of
from warehouse.published.spec import TableSpec

HOSTILE = "</h1><script>alert(1)</script>"
METRIC = "pm25_annual_mean"
OF_CLASS = {
    "class_id": "c1",
    "metric": METRIC,
    "period": "year",
    "comparability": "X1",
    "unit": "ug/m3",
    "boundary_kind": "administrative",
    "method": "days of the year: mean",
    "network": "reference",
    "source_kind": "measured",
}


def a_year(city: str, value: float, rank: int, low: int, high: int, year: int = 2016) -> dict[str, Any]:
    """A value of a city, ranked with another one."""
    own = {"city": city, "area": "11", "value": value, "period_start": date(year, 1, 1), "status": "ok"}
    return OF_CLASS | own | {"rank": rank, "rank_low": low, "rank_high": high, "ranked": 2, "not_ranked": None}


def a_pair(city: str, other: str, code: str | None = None, *gaps: str, **more: object) -> dict[str, Any]:
    """Whether two cities may be compared."""
    usual = {
        "metric": METRIC,
        "city": city,
        "other": other,
        "period": "year",
        "period_start": date(2016, 1, 1),
        "other_start": date(2016, 1, 1),
        "comparable": code is None,
        "code": code,
        "codes": [] if code is None else [code],
        "gaps": list(gaps),
        "text": code and f"not comparable because of {code}",
    }
    return usual | more


TWO = (a_year("hanoi", 50.6, 1, 1, 1), a_year("beijing", 74.2, 2, 2, 2))
PAIRS = (a_pair("beijing", "hanoi"), a_pair("hanoi", "beijing"))


def a_file(
    path: Path,
    values: Iterable[Mapping[str, Any]] = TWO,
    pairs: Iterable[Mapping[str, Any]] = PAIRS,
    *,
    latest: bool = True,
    names: Mapping[str, str] | None = None,
    codes: Iterable[Mapping[str, Any]] = (),
) -> Path:
    """An open file of cities beside each other. names: what they are called in English."""
    file = open_file_of(path, [a_value()])
    values, called = list(values), {"beijing": "Beijing", "hanoi": "Hanoi"} | dict(names or {})
    classes = [OF_CLASS | {"direction": "lower", "cities": sorted({row["city"] for row in values}), "compared": 1}]
    with duckdb.connect(file) as con:
        con.execute("CREATE SCHEMA benchmark")
        for spec, rows in (
            (BENCHMARK_VALUE, values),
            (BENCHMARK_LATEST, values if latest else []),
            (BENCHMARK_PAIR, list(pairs)),
            (BENCHMARK_CLASS, classes),
            (BENCHMARK_CODE, list(codes)),
        ):
            fill(con, spec, rows)
        for name, title in called.items():
            for tag in ("en", "ko"):
                texts = [("city", name, title), ("metric", METRIC, "PM2.5, annual mean")]
                texts += [("comparison", code, said) for code, said in numbered_sentences(tag).items()]
                for kind, key, text in texts:
                    con.execute(
                        "INSERT INTO mart.text (city, kind, key, language, text, written_in) VALUES (?, ?, ?, ?, ?, ?)",
                        [name, kind, key, tag, text, tag],
                    )
    return file


def pages_of(tmp_path: Path, *given: Any, **more: Any) -> dict[str, str]:
    """The pages of such a file in English, by path below the language; downloads by their own."""
    with open_for_pages(a_file(tmp_path / "open.duckdb", *given, **more)) as file:
        made = {
            page.path.removeprefix("en/"): rendered(page, file, sections_of(page.head))
            for page in cities.comparison_pages(file, "en")
        }
        return made | {one.path: one.content().decode() for one in cities.comparison_downloads(file)}


def fill(con: duckdb.DuckDBPyConnection, spec: TableSpec, rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of the file with these rows."""
    con.execute(f"CREATE TABLE {spec.sql} ({spec.definition.replace(' NOT NULL', '')})")
    for row in rows:
        places = ", ".join("?" * len(spec.names))
        con.execute(f"INSERT INTO {spec.sql} VALUES ({places})", [row.get(name) for name in spec.names])


def test_the_figure_has_the_values_and_ranks_of_the_file_in_their_order(tmp_path: Path) -> None:
    pages = pages_of(tmp_path)
    figure = pages["cities.html"].partition("<figure>")[2].partition("</figure>")[0]
    assert re.findall(r'<td class="number rank">([^<]*)</td>', figure) == ["1", "2"]
    assert re.findall(r'<data value="([^"]+)">([^<]+)</data>', figure) == [("50.6", "50.6"), ("74.2", "74.2")]
    assert re.findall(r"<bdi[^>]*>(Hanoi|Beijing)</bdi>", figure) == ["Hanoi", "Beijing"]
    assert "These days tell all cities apart." in figure


def test_ranks_that_overlap_are_intervals_and_the_page_says_what_they_do_not_tell(tmp_path: Path) -> None:
    values = (a_year("hanoi", 67.4, 1, 1, 2), a_year("beijing", 68.2, 2, 1, 2))
    figure = pages_of(tmp_path, values)["cities.html"].partition("<figure>")[2].partition("</figure>")[0]
    assert re.findall(r'rank">([^<]*)</td>', figure) == ["1–2", "1–2"]
    assert "These days do not tell the cities apart." in figure


def test_without_a_whole_year_the_newest_ranked_period_is_shown(tmp_path: Path) -> None:
    month = {"period": "month"}
    values = [row | month for row in (*TWO, a_year("hanoi", 1.5, 1, 1, 1, 2015), a_year("beijing", 2.5, 2, 2, 2, 2015))]
    figure = pages_of(tmp_path, values, latest=False)["cities.html"].partition("<figure>")[2].partition("</figure>")[0]
    assert re.findall(r'<data value="([^"]+)"', figure) == ["50.6", "74.2"]
    assert "January 2016" in figure


def test_every_period_stands_in_the_table_of_its_class_and_in_the_download(tmp_path: Path) -> None:
    values = [*TWO, *(a_year("hanoi", float(year), 1, 1, 1, year) for year in range(1960, 2016))]
    pages = pages_of(tmp_path, values)
    html = pages[f"cities/{METRIC}.html"]
    table = html.partition('<table class="full periods">')[2].partition("</table>")[0]
    assert len(re.findall(r"<tr><th scope=\"row\">", table)) == 36
    assert "21 older periods are in the CSV." in table
    written = pages[f"data/cities/{METRIC}.csv"].splitlines()
    assert len(written) == 1 + len(values)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_reason_is_said_in_words_with_names_in_its_gaps(tmp_path: Path, language: str) -> None:
    with open_for_pages(a_file(tmp_path / "open.duckdb")) as file:
        words = ComparisonWords(file, SiteWords(language))
        for code, gaps in DIFFERENCES.items():
            given = {
                "metric": METRIC,
                "cities": "hanoi, beijing",
                "one": {"years": "2012-01-01", "source_kind": "measured"}.get(code, "X1"),
                "other": {"years": "2016-01-01", "source_kind": "simulated"}.get(code, "-"),
            }
            said = words.why_not(a_pair("beijing", "hanoi", code, *(given[gap] for gap in gaps))).striptags()
            expected = {
                "metric": "PM2.5, annual mean",
                "cities": "Hanoi, Beijing",
                "one": {"years": words.period("year", date(2012, 1, 1))}.get(code, words.term(code, given["one"])),
                "other": {"years": words.period("year", date(2016, 1, 1))}.get(code, words.term(code, given["other"])),
            }
            shown = {gap: Markup(text).striptags() for gap, text in expected.items()}
            assert said == SENTENCES.part(language, "sentences")[code].format(**shown)


def test_a_reason_that_the_file_has_no_words_for_is_in_english(tmp_path: Path) -> None:
    with open_for_pages(a_file(tmp_path / "open.duckdb")) as file:
        said = ComparisonWords(file, SiteWords("ko")).why_not(a_pair("beijing", "hanoi", "a_new_one", "x"))
        assert said == '<bdi lang="en">not comparable because of a_new_one</bdi>'


def test_further_reasons_are_counted(tmp_path: Path) -> None:
    pair = a_pair("beijing", "hanoi", "network", "reference", "low_cost", codes=["network", "provider", "method"])
    html = pages_of(tmp_path, pairs=[pair])[f"cities/{METRIC}.html"]
    assert "reference stations and low-cost sensors" in re.sub(r"<[^>]+>", "", html)
    assert "And 2 further reasons." in html


def test_each_pair_is_there_once_and_counted(tmp_path: Path) -> None:
    pairs = [*PAIRS, a_pair("hanoi", "taipei", "absent", "taipei"), a_pair("taipei", "hanoi", "absent", "taipei")]
    pages = pages_of(tmp_path, pairs=pairs, names={"taipei": "Taipei"})
    assert "1 of 2 pairs of cities may be compared." in pages[f"cities/{METRIC}.html"]
    row = pages["cities.html"].partition('<table class="full pairs">')[2].partition("<tbody>")[2].partition("</tr>")[0]
    assert re.findall(r'<td class="number">([^<]+)</td>', row) == ["3", "1 of 2"]
    assert "no value of" in row


def test_codes_stand_with_the_newest_year_of_each_city(tmp_path: Path) -> None:
    code = {"metric": METRIC, "code": "8.1", "standard_name": "ISO 37120", "edition": "2014", "verified": True}
    other = code | {"standard_name": "A code of its own", "verified": False}
    goal = code | {"standard_name": "SDG 11.6.2", "edition": "2015", "city": "hanoi"}
    html = pages_of(
        tmp_path, codes=[code | {"city": "hanoi"}, code | {"city": "beijing"}, other | {"city": "hanoi"}, goal]
    )
    rows = html["cities.html"].partition('<table class="full codes">')[2].split("<tr>")[2:]
    assert "ISO 37120 2014" in rows[0]
    assert re.findall(r'<data value="([^"]+)"', rows[0]) == ["74.2", "50.6"]
    assert "read in the standard" in rows[0]
    assert "SDG 11.6.2" in rows[1]
    assert "not read in the standard" in rows[2]


def test_a_file_of_one_city_says_so(tmp_path: Path) -> None:
    with open_for_pages(open_file_of(tmp_path / "open.duckdb", [a_value()])) as file:
        (page,) = cities.comparison_pages(file, "en")
        assert "Nothing stands beside it." in rendered(page, file, sections_of(page.head))
        assert list(cities.comparison_downloads(file)) == []


def test_cities_that_share_no_whole_period_yet_are_not_called_alone(tmp_path: Path) -> None:
    """After a first night both had the same metric of days, and the page said that none was there for several."""
    path = open_file_of(tmp_path / "open.duckdb", [a_value()])
    with duckdb.connect(path) as con:
        con.execute(
            "INSERT INTO mart.text BY NAME SELECT * REPLACE ('hanoi' AS city) FROM mart.text WHERE kind = 'city'"
        )
    with open_for_pages(path) as file:
        (page,) = cities.comparison_pages(file, "en")
        html = rendered(page, file, sections_of(page.head))
    assert "No metric has a value of a whole month, quarter or year in two of these cities yet." in html
    assert "Nothing stands beside it." not in html


def test_hostile_names_are_text(tmp_path: Path) -> None:
    pairs = [a_pair("beijing", "hanoi", "absent", "hanoi"), a_pair("hanoi", "beijing", "absent", "hanoi")]
    for path, html in pages_of(tmp_path, pairs=pairs, names={"hanoi": HOSTILE, "beijing": HOSTILE}).items():
        assert path.endswith(".csv") or "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
