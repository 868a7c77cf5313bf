"""The secret parameters: read from a closed file, never said, known outside by a hash under a key."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from assets.disclosure.rules import DisclosureRules, digest, read_key, read_rules, rules_file, rules_of, strictest
from quality.contract.mistakes import ContractError


def _write(home: Path, text: str, mode: int = 0o600) -> Path:
    path = rules_file(home, "seoul")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_rules_of_a_feed_are_those_of_all_with_its_own(tmp_path: Path) -> None:
    _write(tmp_path, "all:\n  threshold: 4\n  p_percent: 12.5\nfeeds:\n  trade_sales:\n    threshold: 7\n")
    found = read_rules(tmp_path, "seoul").of_feeds
    assert found == {
        "all": DisclosureRules(threshold=4, p_percent=12.5),
        "trade_sales": DisclosureRules(threshold=7, p_percent=12.5),
    }


def test_without_a_file_the_rules_are_the_common_ones(tmp_path: Path) -> None:
    assert read_rules(tmp_path, "seoul").of_feeds == {"all": DisclosureRules()}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = _write(tmp_path, "all: {threshold: 4}\n", mode)
    with pytest.raises(ContractError, match=f"chmod 600 {path}"):
        read_rules(tmp_path, "seoul")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("all:\n  threshold: 8765\n", 2, "all.threshold: threshold is not between 3 and 1000"),
        ("all:\n  threshold: word8765\n", 2, "all.threshold: threshold is no number"),
        ("all:\n  threshold: 3.8765\n", 2, "all.threshold: threshold is no whole number"),
        ("all:\n  thresold: 8765\n", 2, "all.thresold: is no key of the rules"),
        ("all:\n  p_percent: true\n", 2, "all.p_percent: p_percent is no number"),
        ("all: 8765\n", 1, "all: has no keys"),
        ("feeds: 8765\n", 1, "feeds: has no keys"),
        ("feeds:\n  shops:\n    p_percent: -8765\n", 3, "feeds.shops.p_percent: p_percent is not between 0 and 100"),
        ("all:\n  threshold: [8765\n", None, "is no YAML of keys and values"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_without_its_value(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    _write(tmp_path, text)
    with pytest.raises(ContractError) as caught:
        read_rules(tmp_path, "seoul")
    assert said in str(caught.value)
    assert line is None or caught.value.mistakes[0].line == line
    assert "8765" not in str(caught.value)
    assert caught.value.__cause__ is None


FEEDS = ["trade_sales", "energy", "living_population"]


def test_rules_of_a_feed_that_is_written_wrong_count_for_the_one_that_is_most_like_it(tmp_path: Path) -> None:
    text = "all: {p_percent: 15}\nfeeds:\n  trade_salse:\n    threshold: 876\n  energy: {threshold: 9}\n"
    _write(tmp_path, text)
    found = read_rules(tmp_path, "seoul", FEEDS)
    assert found.of_feeds == {
        "all": DisclosureRules(p_percent=15),  # no other feed hides more for it
        "energy": DisclosureRules(9, 15),
        "trade_sales": DisclosureRules(876, 15),
    }
    (said,) = found.mistakes
    assert ":3: feeds.trade_salse: is no feed of seoul, so its rules count for trade_sales" in said
    assert "write trade_sales" in said
    assert "876" not in said
    assert read_rules(tmp_path, "seoul", ["trade_salse", "energy"]).mistakes == ()


def test_a_feed_has_the_strictest_of_its_rules_and_of_those_written_for_it_by_mistake(tmp_path: Path) -> None:
    text = "feeds:\n  trade_sale: {threshold: 9}\n  trade_sales: {p_percent: 30}\n  Trade_Sales: {threshold: 7}\n"
    _write(tmp_path, text)
    found = read_rules(tmp_path, "seoul", FEEDS)
    assert found.of_feeds == {"all": DisclosureRules(), "trade_sales": DisclosureRules(9, 30)}
    assert len(found.mistakes) == 2


def test_of_two_feeds_that_may_be_meant_both_have_the_rules(tmp_path: Path) -> None:
    _write(tmp_path, "feeds:\n  sales_x: {threshold: 9}\n")
    found = read_rules(tmp_path, "seoul", ["sales_a", "sales_b", "energy"])
    assert found.of_feeds["sales_a"] == found.of_feeds["sales_b"] == DisclosureRules(9)
    assert found.of_feeds["all"] == DisclosureRules()
    assert "count for sales_a and sales_b; write sales_a or sales_b" in found.mistakes[0]


def test_rules_of_a_feed_like_which_there_is_none_count_for_each_without_its_own(tmp_path: Path) -> None:
    _write(tmp_path, "all: {p_percent: 15}\nfeeds:\n  cards_2019: {threshold: 876}\n  energy: {threshold: 9}\n")
    found = read_rules(tmp_path, "seoul", FEEDS)
    assert found.of_feeds == {"all": DisclosureRules(876, 15), "energy": DisclosureRules(9, 15)}
    (said,) = found.mistakes
    assert (
        ":3: feeds.cards_2019: is no feed of seoul, so its rules count for each feed that has none of its own" in said
    )
    assert "876" not in said


def test_a_link_that_leads_nowhere_is_not_read_as_common_rules(tmp_path: Path) -> None:
    path = _write(tmp_path, "all: {threshold: 40}\n")
    path.rename(tmp_path / "moved.yaml")
    path.symlink_to(tmp_path / "not there.yaml")
    with pytest.raises(ContractError):
        read_rules(tmp_path, "seoul")


def test_rules_are_not_said(caplog: pytest.LogCaptureFixture) -> None:
    rules = DisclosureRules(threshold=987, p_percent=76.5)
    logging.getLogger("test").warning("%s %r", rules, {"all": rules})
    assert "987" not in caplog.text
    assert "76.5" not in caplog.text


def test_the_key_is_made_once_and_closed(tmp_path: Path) -> None:
    key = read_key(tmp_path)
    assert len(key) == 32
    assert read_key(tmp_path) == key
    path = tmp_path / "disclosure" / "key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(path.parent) == ["key"]
    path.chmod(0o644)
    with pytest.raises(ContractError, match="chmod 600"):
        read_key(tmp_path)


def test_the_hash_tells_rules_apart_and_needs_the_key() -> None:
    some, others = {"all": DisclosureRules()}, {"all": DisclosureRules(p_percent=11)}
    assert digest(some, b"key") == digest({"all": DisclosureRules(p_percent=10)}, b"key")
    assert digest(some, b"key") == digest(DisclosureRules(), b"key")
    assert len({digest(some, b"key"), digest(others, b"key"), digest(some, b"other")}) == 3


def test_a_table_that_nobody_named_has_the_strictest_rules() -> None:
    rules = {
        "a": DisclosureRules(threshold=7, largest_share_percent=60),
        "b": DisclosureRules(p_percent=15, largest_share_percent=40),
    }
    assert rules_of(rules, "a") is rules["a"]
    both = DisclosureRules(threshold=7, p_percent=15, largest_share_percent=40)
    assert rules_of(rules, "mart") == both == strictest(*rules.values())
