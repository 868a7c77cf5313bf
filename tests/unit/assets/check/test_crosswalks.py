"""What `city check` says of crosswalks.csv."""

import re
import shutil
from pathlib import Path

import pytest

from assets.check.check import check_pack
from tests.support.paths import SEOUL

GOOD = """\
feed,code,area,share,valid_from,valid_to,source
,1111051,11110530,0.25,2020-01-01,,a page
,1111051,11110540,0.75,2020-01-01,,a page
,9,11110530,,1990-01-01,2019-12-31,a page
,9,11110540,,1990-01-01,2019-12-31,a page
"""


def said(tmp_path: Path, text: str, lasting: str = ",1988-04-23,,") -> list[str]:
    """What it says where Sajik-dong is there on these days."""
    folder = tmp_path / "seoul"
    (folder / "feeds").mkdir(parents=True)
    for name in ("city.yaml", "areas.csv", "air_stations.csv", "feeds/air_daily.yaml"):
        shutil.copy(SEOUL / name, folder / name)
    areas = (folder / "areas.csv").read_text("utf-8")
    changed = re.sub("(?m)^(11110530.*),1988-04-23,,", rf"\1{lasting}", areas)
    (folder / "areas.csv").write_text(changed, "utf-8")
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
        (
            ",9,11110530,,1990-01-01,2019",
            ",1111051,11110530,,1990-01-01,2020",
            "two crosswalks of '1111051' hold on one day",
        ),
        ("share", "part", "crosswalks.csv:1: column share is missing; add it; there are: feed, code, area, part"),
        ("valid_from", "shares", "crosswalks.csv:1: shares: is not read; the columns are"),
        ("code", "kode", "crosswalks.csv:1: column code is missing; give the column kode this name"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    found = said(tmp_path, GOOD.replace(old, new, 1))
    assert any(what in one for one in found), found


@pytest.mark.parametrize(
    ("lasting", "what"),
    [
        (",2022-01-01,,", [("2", "valid_from", "from 2022-01-01"), ("4", "valid_from", "from 2022-01-01")]),
        (",,2019-12-31,", [("2", "valid_to", "until 2019-12-31")]),
        (",,1980-12-31,", [("2", "valid_to", "until 1980-12-31"), ("4", "valid_to", "until 1980-12-31")]),
        (",1990-01-01,2030-12-31,", [("2", "valid_to", "until 2030-12-31")]),
        (",1990-01-01,,", []),
    ],
)
def test_the_area_holds_on_all_days_of_the_crosswalk(
    tmp_path: Path, lasting: str, what: list[tuple[str, str, str]]
) -> None:
    found = said(tmp_path, GOOD, lasting)
    assert len(found) == len(what), found
    for (line, key, words), one in zip(what, found, strict=True):
        assert f"crosswalks.csv:{line}: {key}: area '11110530' is there {words}" in one


def test_an_open_beginning_is_suspicious_where_days_are_in_common(tmp_path: Path) -> None:
    open_ = GOOD.replace("1990-01-01,2019", ",2019")
    said(tmp_path, open_, ",2015-01-01,,")
    found = [one for one in check_pack(tmp_path / "seoul") if "11110530" in one.what]
    assert [(one.line, one.warning) for one in found] == [(4, True)]
    assert said(tmp_path / "none", open_, ",2021-01-01,,")
    found = [one for one in check_pack(tmp_path / "none" / "seoul") if "11110530" in one.what]
    assert [(one.line, one.warning) for one in found] == [(2, False), (4, False)]


def test_the_whole_city_is_no_hint_for_an_unknown_area(tmp_path: Path) -> None:
    (one,) = said(tmp_path, GOOD.replace("1111051,11110530,", "1111051,1,", 1))
    hint = one.partition("there is no area '1' in areas.csv; ")[2]
    assert hint
    assert hint != "write 11"
    assert "there are: 11," not in hint
