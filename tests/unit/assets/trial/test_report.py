"""What is sent back to a partner: whole, harmless, and without a value of a private feed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from assets.trial.report import is_report, report_bytes
from assets.trial.result import Trial
from assets.trial.trial import Extent, trial
from tests.unit.assets.trial.town import AIR, TODAY, town

HOSTILE = (
    "site,at,fine,coarse\n"
    'N,2026-03-02 00:00,"=HYPERLINK(""http://evil"")",40\n'
    "N,2026-03-02 01:00,<script>alert(1)</script>,40\n"
    "N,2026-03-02 02:00,-5,40\n"
    "N,2026-03-02 03:00,\u202eabc\u0007,40\n"
    'N,@SUM(1),1,"a\nb"\n'
)


def _tried(root: Path, feed: str = AIR, text: str = HOSTILE, **more: object) -> Trial:
    here = town(root, feed, {"air/=a.csv": text}, languages=("ko",))
    return trial(here.contract, [here.drop], city=here.city, today=TODAY, extent=Extent(**more))  # type: ignore[arg-type]


def test_no_cell_of_a_report_is_computed_by_a_spreadsheet(tmp_path: Path) -> None:
    content = report_bytes(_tried(tmp_path), ".csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["파일", "줄", "열", "값", "규칙", "할 일"]
    assert {len(row) for row in rows} == {6}
    assert not [cell for row in rows for cell in row if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert ["4", "fine", "'-5"] in [row[1:4] for row in rows]
    assert not [cell for row in rows for cell in row if not cell.isprintable()]


def test_a_page_runs_nothing_and_asks_nobody(tmp_path: Path) -> None:
    page = report_bytes(_tried(tmp_path), ".html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("default-src", "")
    assert "href" not in page
    assert "\u202e" not in page
    assert '<html lang="ko" dir="ltr">' in page


@pytest.mark.parametrize("kind", [".csv", ".html"])
def test_of_a_private_feed_lines_columns_and_rules(tmp_path: Path, kind: str) -> None:
    feed = f"classification: restricted\n{AIR}"
    text = report_bytes(_tried(tmp_path, feed), kind).decode()
    for value in ("HYPERLINK", "alert", "abc", "SUM", "2026-03-02"):
        assert value not in text
    for there in ("AIR-pm25-range", "AIR-002", "fine"):
        assert there in text
    assert "alert" in report_bytes(_tried(tmp_path / "asked", feed, values=True), kind).decode()


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    text = "site,at,fine,coarse\n" + "".join(f"N,2026-03-02 {hour:02d}:00,wet,40\n" for hour in range(9))
    content = report_bytes(_tried(tmp_path, text=text, held=3), ".csv").decode("utf-8-sig")
    assert content.count("AIR-002") == 4
    assert "전체 9건 가운데 3건" in content


def test_a_report_is_known_as_one(tmp_path: Path) -> None:
    found = _tried(tmp_path)
    for kind, other in ((".csv", ".html"), (".html", ".csv")):
        assert is_report(report_bytes(found, kind), kind)
        assert not is_report(report_bytes(found, kind), other)
    assert not is_report(HOSTILE.encode(), ".csv")
