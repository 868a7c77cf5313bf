"""What is wrong in sharing.yaml is said with its line, and what to write."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from assets.check.sharing import sharing_mistakes
from assets.pack.city import PackFiles, read_pack
from assets.pack.sharing import SHARING, read_sharing
from assets.tiers.recipients import recipients
from quality.contract.mistakes import ContractError
from tests.worlds.packs import seoul, small_seoul

PARTNER = """  telecom:
    title: A telecom
    purpose: planning
    licence: contract 7
    until: 2031-12-31
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> PackFiles:
    root = tmp_path_factory.mktemp("sharing")
    return read_pack(small_seoul(root, "air_daily", "living_population") / "seoul")


def said(pack: PackFiles, text: str) -> list[str]:
    path = pack.folder / SHARING
    path.write_text(text, "utf-8")
    return [str(mistake).removeprefix(str(path)) for mistake in sharing_mistakes(pack)]


def test_a_pack_without_the_file_has_no_mistake_and_shares_nothing(pack: PackFiles):
    (pack.folder / SHARING).unlink(missing_ok=True)
    assert list(sharing_mistakes(pack)) == []
    assert read_sharing(pack.folder).open is None


METRIC = "open.metrics"
MISTAKES = {
    "open: {metrics: [living_populatoin]}": (
        f":1: {METRIC}.0: the city has no metric 'living_populatoin'; write living_population"
    ),
    "open:\n  metrics:\n    - living_population\n    - living_population\n": (
        f":4: {METRIC}.1: living_population is there twice; take one of the two out"
    ),
    f"partners:\n{PARTNER}    gives: [air_dayli]\n": (
        ":7: partners.telecom.gives.0: the city has no feed 'air_dayli'; write air_daily"
    ),
    f"partners:\n{PARTNER}    gives: [air_daily]\n": (
        ":7: partners.telecom.gives.0: the feed air_daily is public; if not everybody may see its rows, write "
        "`classification: private-aggregate` in its file"
    ),
    f"partners:\n{PARTNER.replace('2031', '2019')}": (
        ":6: partners.telecom.until: the contract ended on 2019-12-31; the partner gets nothing any more: write the "
        "end of the new contract, or take it out"
    ),
    f"partners:\n{PARTNER.replace('    purpose: planning', '')}": ":2: partners.telecom.purpose: ",
    f"partners:\n{PARTNER.replace('2031-12-31', 'soon')}": ":6: partners.telecom.until: ",
    f"partners:\n{PARTNER.replace('telecom', 'Tele com')}": ":2: partners.Tele com",
    "opne: {}": ":1: opne: ",
    "open: {despite_licence: {air_dayli: asked}}": (
        ":1: open.despite_licence.air_dayli: the city has no feed 'air_dayli'; write air_daily"
    ),
    "open:\n  despite_licence:\n    air_daily: asked\n": (
        ":3: open.despite_licence.air_daily: the licence of air_daily is open; take it out"
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_said_with_their_line(pack: PackFiles, text: str):
    (found,) = said(pack, text)
    assert found.startswith(MISTAKES[text])


def test_a_feed_whose_licence_keeps_it_in_is_named_until_the_pack_says_why_it_leaves(pack: PackFiles, tmp_path: Path):
    shutil.copytree(pack.folder, tmp_path / "seoul")
    feed = tmp_path / "seoul" / "feeds" / "air_daily.yaml"
    feed.write_text(feed.read_text("utf-8").replace("KOGL type 1 (Seoul Open Data Plaza)", "KOGL type 2"), "utf-8")
    other = read_pack(tmp_path / "seoul")
    (found,) = said(other, "open:\n")
    assert found.startswith(
        ":1: open: what is made of these feeds stays out of the open file for their licences: air_daily"
    )
    assert "(non-commercial)" in found
    assert said(other, "open:\n  despite_licence:\n    air_daily: the city hall has asked and may\n") == []


def test_parts_with_nothing_below_them_are_no_mistakes(pack: PackFiles):
    assert said(pack, "open:\npartners:\n") == []
    sharing = read_sharing(pack.folder)
    assert sharing.open is not None
    assert sharing.open.metrics == ()
    assert sharing.partners == {}


def test_what_the_pack_of_seoul_shares_has_no_mistake():
    pack = read_pack(seoul().folder)
    assert [str(mistake) for mistake in sharing_mistakes(pack) if not mistake.warning] == []
    found = recipients([seoul()], date(2026, 11, 29))
    assert found.mistakes == []
    assert {"open", "partner/telecom", "partner/card_company"} <= found.of_tier.keys()


def test_a_file_that_cannot_be_read_shares_nothing(pack: PackFiles, tmp_path: Path):
    shutil.copytree(pack.folder, tmp_path / "seoul")
    (tmp_path / "seoul" / SHARING).write_text("open: [", "utf-8")
    with pytest.raises(ContractError):
        read_sharing(tmp_path / "seoul")
