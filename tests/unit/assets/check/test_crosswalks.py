"""What `city check` says of crosswalks.csv."""

import shutil
from pathlib import Path

import pytest

from assets.check.check import check_pack
from tests.support.paths import SEOUL

GOOD = """\
feed,code,area,share,valid_from,valid_to,source
,1111051,11110530,0.25,2020-01-01,,a page
,1111051,11110540,0.75,2020-01-01,,a page
,9,11110530,,,2019-12-31,a page
,9,11110540,,,2019-12-31,a page
"""


def said(tmp_path: Path, text: str) -> list[str]:
    folder = tmp_path / "seoul"
    (folder / "feeds").mkdir(parents=True)
    for name in ("city.yaml", "areas.csv", "air_stations.csv", "feeds/air_daily.yaml"):
        shutil.copy(SEOUL / name, folder / name)
    (folder / "metrics.yaml").write_text("metrics:\n  pm25_mean: {}\n", encoding="utf-8")
    (folder / "crosswalks.csv").write_text(text, encoding="utf-8")
    return [str(mistake) for mistake in check_pack(folder) if "crosswalks.csv" in str(mistake)]


def test_good_ones_have_no_mistake(tmp_path: Path) -> None:
    assert said(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("0.25", "0.2", "crosswalks.csv:2: share: the shares of '1111051' add up to 0.95"),
        ("0.25", "", "crosswalks.csv:2: share: of '1111051' one share is known and another is not"),
        ("0.25", "1.5", "crosswalks.csv:2: share: '1.5' is no share"),
        ("0.25", "a quarter", "crosswalks.csv:2: share: 'a quarter' is no share"),
        ("11110530,0.25", "11110531,0.25", "crosswalks.csv:2: area: there is no area '11110531' in areas.csv"),
        ("11110530,0.25", "11110540,0.25", "crosswalks.csv:2: area: '1111051' goes to one area twice"),
        (",9,11110530", ",,11110530", "crosswalks.csv:4: code: the row has no code"),
        (",9,11110530", "phones,9,11110530", "crosswalks.csv:4: feed: there is no feed 'phones'"),
        ("0.75,2020-01-01", "0.75,2020-13-01", "crosswalks.csv:3: valid_from: '2020-13-01' is no day"),
        ("0.25,2020-01-01,", "0.25,2020-01-01,2019-01-01", "crosswalks.csv:2: valid_to: it ends before it begins"),
        ("0.25,2020-01-01,,a page", "0.25,2020-01-01,,", "crosswalks.csv:2: source: nothing says who has the share"),
        (",9,11110530,,,2019", ",1111051,11110530,,,2020", "two crosswalks of '1111051' hold on one day"),
        ("share", "part", "crosswalks.csv:1: column share is missing; add it; there are: feed, code, area, part"),
        ("code", "kode", "crosswalks.csv:1: column code is missing; give the column kode this name"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    found = said(tmp_path, GOOD.replace(old, new, 1))
    assert any(what in one for one in found), found
