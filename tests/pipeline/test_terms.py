"""A contract that ends stops its feed, and one that keeps rows for some days has them deleted; figures stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from assets.pack.city import load_city
from pipelines.status import statuses
from quality.contract.mistakes import ContractError
from quality.odcs.read import from_odcs
from quality.odcs.write import to_odcs
from tests.worlds.files import DAYS, FIRST, LAST, Yard, csv_text
from tests.worlds.given_town import (
    GIVEN,
    LONG,
    OPEN,
    days_ago,
    found_below,
    give,
    given_city,
    night,
    rentals,
    values,
)

OVER = "2026-01-31"


def given(root: Path, **terms: object) -> Yard:
    yard = Yard(root, given_city(root, keep_days=LONG))
    yard.deliver(OPEN)
    give(yard, DAYS[:1], DAYS[1:3], DAYS[3:])
    night(yard)
    later(yard, **terms)
    return yard


def later(yard: Yard, **terms: object) -> None:
    """The contract has other terms from now on."""
    contracts = dict(yard.city.contracts)
    own = contracts[GIVEN]
    assert own.terms is not None
    contracts[GIVEN] = own.model_copy(update={"terms": own.terms.model_copy(update=terms)})
    yard.city = replace(yard.city, contracts=contracts)


def numbers(yard: Yard) -> dict[date, float | None]:
    return {day: value for day, (value, _) in values(yard).items()}


ALL = {day: rentals(day) for day in DAYS}


def keep_from(day: date) -> int:
    """keep_days with which this day is the first that is kept."""
    return days_ago(day)


def test_rows_that_are_too_old_go_and_figures_stay(tmp_path: Path):
    yard = given(tmp_path, keep_days=keep_from(DAYS[2]))
    assert numbers(yard) == ALL
    night(yard, [])
    assert numbers(yard) == ALL
    assert yard.core(GIVEN)["day"].to_list() == DAYS[2:]
    left = {path for day in DAYS[:2] for path in found_below(yard.home.root, rentals(day))}
    assert {path.split("/")[0] for path in left} == {"lake", "published"}  # the figures of the city, as published
    assert not any(GIVEN in path for path in left)
    (row,) = yard.ledger("removal").filter(pl.col("state") == "deleted").to_dicts()
    assert (row["action"], row["rows_removed"], len(row["deliveries"])) == ("retention", 2, 2)
    assert row["asked_by"] is None


def test_no_backfill_brings_them_back_or_makes_figures_absent(tmp_path: Path):
    yard = given(tmp_path, keep_days=keep_from(DAYS[2]))
    night(yard, [])
    for _ in range(2):
        night(yard)  # all days: the files lie in the drop folder still, and the air of these days is there
        assert yard.core(GIVEN)["day"].to_list() == DAYS[2:]
        assert numbers(yard) == ALL
    assert not any(GIVEN in path for path in found_below(yard.home.root, rentals(DAYS[0])))
    assert yard.ledger("removal").height == 2


def test_a_later_day_is_deleted_in_its_turn(tmp_path: Path):
    yard = given(tmp_path, keep_days=keep_from(DAYS[2]))
    night(yard, [])
    later(yard, keep_days=keep_from(LAST))
    night(yard)
    assert yard.core(GIVEN)["day"].to_list() == [LAST]
    assert numbers(yard) == ALL


def test_what_is_kept_longer_again_may_come_again(tmp_path: Path):
    yard = given(tmp_path, keep_days=keep_from(DAYS[2]))
    night(yard, [])
    later(yard, keep_days=LONG)
    night(yard)
    assert yard.core(GIVEN)["day"].to_list() == DAYS
    assert numbers(yard) == ALL


def test_a_contract_that_has_ended_stops_the_feed_and_says_so(tmp_path: Path):
    yard = given(tmp_path, until=date.fromisoformat(OVER))
    new = LAST + timedelta(days=1)
    give(yard, [new])
    yard.deliver(OPEN, days=[*DAYS, new])
    night(yard, [*DAYS, new])
    (row,) = yard.ledger("attempt").filter(pl.col("status") == "stopped").to_dicts()
    assert (row["code"], row["detail"]) == (
        "FEED-STOPPED",
        f"the contract of {GIVEN} ended on {OVER}: it is not fetched any more",
    )
    assert found_below(yard.home.root, rentals(new)) == []
    assert yard.core(GIVEN)["day"].to_list() == DAYS  # keep_days is what was agreed on
    (status,) = [one for one in statuses(yard.home, yard.city) if one.table_name == GIVEN]
    assert status.stopped == row["detail"]
    assert status.is_trouble
    assert not status.is_broken


def test_without_keep_days_all_rows_go_when_the_contract_ends(tmp_path: Path):
    yard = given(tmp_path, until=date.fromisoformat(OVER), keep_days=None)
    night(yard, [])
    assert yard.core(GIVEN).is_empty()
    assert numbers(yard) == ALL
    assert yard.ledger("removal")["action"].unique().to_list() == ["contract_over"]


def test_absent_days_say_that_the_contract_is_over(tmp_path: Path):
    """The day after the last one was looked for and is not there."""
    yard = given(tmp_path, until=LAST)
    new = LAST + timedelta(days=1)
    yard.deliver(OPEN, days=[*DAYS, new])
    night(yard, [*DAYS, new])
    assert values(yard)[new] == (None, f"the contract of {GIVEN} ended on {LAST}")


@pytest.mark.parametrize(
    ("classification", "terms", "says"),
    [
        ("public", {"keep_days": 90}, "rows of a public feed"),
        ("private-aggregate", {"keep_days": 3}, "keep_days: 3 is too short"),
        ("private-aggregate", {"keep_days": 0}, "it is at least 1"),
        ("private-aggregate", {"until": "31.12.2026"}, "is not a day"),
        ("private-aggregate", {"untill": "2026-12-31"}, "untill"),
    ],
)
def test_terms_that_cannot_be(tmp_path: Path, classification: str, terms: dict, says: str):
    city = given_city(tmp_path)
    path = city.folder / "feeds" / f"{GIVEN}.yaml"
    document = yaml.safe_load(path.read_text("utf-8")) | {"classification": classification}
    path.write_text(yaml.safe_dump(document | {"terms": {"purpose": "x"} | terms}, allow_unicode=True), "utf-8")
    with pytest.raises(ContractError, match="terms") as refused:
        load_city(city.folder)
    assert says in str(refused.value)


def test_the_first_day_of_the_tests_is_long_ago():
    assert days_ago(FIRST) > 2_000


def test_the_document_of_the_contract_has_its_terms(tmp_path: Path):
    own = given_city(tmp_path, until="2030-12-31", keep_days=400).contracts[GIVEN]
    document = to_odcs(own)
    levels = {one.property: one.value for one in document.slaProperties or ()}
    assert (levels["endOfSupport"], levels["retention"]) == ("2030-12-31", 400)
    read = from_odcs(document, "Asia/Seoul")
    assert (read.terms, read.hash) == (own.terms, own.hash)


def test_a_contract_that_is_prolonged_has_no_day_judged_again(tmp_path: Path):
    yard = given(tmp_path, until=date(2030, 12, 31))
    before = yard.ledger("batch").height
    later(yard, until=date(2031, 12, 31), keep_days=LONG + 1)
    night(yard)
    assert yard.ledger("batch").height == before


def test_a_day_that_rests_on_deleted_rows_is_final(tmp_path: Path):
    """Another feed of the same table has the day still: made again, the figure would be of that feed alone."""
    city = given_city(tmp_path, keep_days=LONG)
    own = city.folder / "feeds" / f"{GIVEN}.yaml"
    document = yaml.safe_load(own.read_text("utf-8"))
    del document["terms"], document["services"]
    document |= {"classification": "public", "files": {"paths": ["others/*.csv"]}, "prefix": "OTHERS"}
    (own.parent / "others.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    yard = Yard(tmp_path, load_city(city.folder))
    give(yard, DAYS)
    yard.put("others/1.csv", csv_text(["대여일자", "대여건수"], [[day, 4_242] for day in DAYS]))
    night(yard)
    before = numbers(yard)
    assert set(before) >= set(DAYS)
    later(yard, keep_days=keep_from(DAYS[2]))
    night(yard)
    assert yard.core(GIVEN)["day"].to_list() == DAYS[2:]
    for _ in range(2):
        yard.restart()
        night(yard)
        assert numbers(yard) == before
