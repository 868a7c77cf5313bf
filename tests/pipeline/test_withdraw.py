"""What is withdrawn is gone: rows, all that was made of them, and every file below the home that held a number."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.removal.enforce import allow_again, ask_withdrawal
from assets.removal.plan import withdrawal
from tests.support.thirds import in_thirds
from tests.worlds.command import PATIENCE_S, Command
from tests.worlds.files import BIKE, DAYS, LAST, Yard
from tests.worlds.given_town import (
    GIVEN,
    METRIC,
    OPEN,
    copied,
    found_below,
    give,
    given_city,
    night,
    rentals,
    values,
)
from warehouse.failpoint import listening
from warehouse.published import connect, versions

MONTH = f"{METRIC}_month"
WHOLE = (None, None)


class Killed(BaseException):
    """Stands for SIGKILL: nothing in between hears of it."""


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Two nights, so that there are an earlier version and a record of values. Tests copy it."""
    root = tmp_path_factory.mktemp("given")
    yard = Yard(root, given_city(root))
    yard.deliver(OPEN)
    give(yard, DAYS[:1], DAYS[1:3])
    night(yard, DAYS[:3])
    give(yard, DAYS[3:])
    night(yard)
    return yard


@pytest.fixture
def yard(two_nights: Yard, tmp_path: Path) -> Yard:
    return copied(two_nights, tmp_path)


def ask(yard: Yard, first=DAYS[1], last=DAYS[1]) -> None:  # type: ignore[no-untyped-def]
    plan = withdrawal(yard.home, yard.city, yard.city.contracts[GIVEN], first, last)
    ask_withdrawal(yard.home, plan, by="somebody", run_id="asked")


def publish(yard: Yard) -> None:
    night(yard, [])


def numbers(yard: Yard) -> dict[object, float | None]:
    return {day: value for day, (value, _) in values(yard).items()}


def test_a_day_goes_with_all_that_was_made_of_it_and_nothing_else(yard: Yard):
    before = values(yard, "pm25_mean")
    held = found_below(yard.home.root, rentals(DAYS[1]))
    kinds = {path.split("/")[0] + "/" + path.split("/")[1] for path in held}
    assert kinds >= {"lake/ledger", "lake/seoul", "landing/seoul", "published/madang.duckdb", "published/versions"}, (
        held
    )
    ask(yard)
    publish(yard)
    assert found_below(yard.home.root, rentals(DAYS[1])) == []
    assert numbers(yard) == {DAYS[0]: 917_353, DAYS[1]: None, DAYS[2]: 919_371, DAYS[3]: 920_380}
    assert values(yard)[DAYS[1]][1] == f"{GIVEN} was withdrawn by who gives it"
    assert values(yard, "pm25_mean") == before
    assert (values(yard, MONTH)[DAYS[0]][1] or "").startswith("3 of 30 days")
    (row,) = yard.ledger("removal").filter(pl.col("state") == "deleted").to_dicts()
    assert (row["rows_removed"], row["values_removed"], row["versions_removed"], row["asked_by"]) == (
        1,
        3,
        2,
        "somebody",
    )  # the month was published twice
    assert versions.versions(yard.home)["kept"].to_list() == [False, False, True]
    with connect.open_published(yard.home) as con:
        recorded = con.execute(
            f"SELECT status FROM metric.history WHERE metric = '{METRIC}' AND period_start = ?", [DAYS[1]]
        )
        assert recorded.fetchall() == [("absent",)]
        assert con.execute("SELECT count(*) FROM ledger.removal").fetchall() == [(1,)]


def test_no_later_night_takes_it_again_until_it_is_allowed(yard: Yard):
    ask(yard)
    publish(yard)
    give(yard, DAYS[1:2])  # the same day in another file
    night(yard)
    assert values(yard)[DAYS[1]][0] is None
    publish(yard)  # what came again in the night went with its publication
    assert found_below(yard.home.root, rentals(DAYS[1])) == []
    assert "barred" in yard.ledger("attempt")["status"].to_list()
    allow_again(yard.home, "seoul", GIVEN, (DAYS[1], DAYS[1]), by="somebody", run_id="x")
    night(yard)
    assert values(yard)[DAYS[1]] == (918_362, None)
    assert values(yard)[DAYS[2]] == (919_371, None)


def test_a_day_of_the_same_delivery_stays_as_it_is(yard: Yard):
    """It cannot be read again, and what is left of it must not take its place."""
    ask(yard)
    publish(yard)
    night(yard)
    assert yard.core(GIVEN)["rentals"].to_list() == [917_353, 919_371, 920_380]
    assert numbers(yard)[DAYS[2]] == 919_371


def test_a_feed_that_is_withdrawn_as_a_whole_is_not_fetched(yard: Yard):
    ask(yard, *WHOLE)
    publish(yard)
    for day in DAYS:
        assert found_below(yard.home.root, rentals(day)) == []
    assert set(numbers(yard).values()) == {None}
    give(yard, [LAST + timedelta(days=1)])
    night(yard, [*DAYS, LAST + timedelta(days=1)])
    assert found_below(yard.home.root, rentals(LAST + timedelta(days=1))) == []
    stopped = yard.ledger("attempt").filter(pl.col("status") == "stopped")
    assert set(stopped["code"]) == {"FEED-STOPPED"}
    assert set(values(yard, "pm25_mean")) >= set(DAYS)


def steps_of_a_withdrawal(yard: Yard) -> list[str]:
    seen = list[str]()
    with listening(seen.append):
        ask(yard)
        publish(yard)
    return seen


@pytest.fixture(scope="module")
def steps(two_nights: Yard, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return steps_of_a_withdrawal(copied(two_nights, tmp_path_factory.mktemp("steps")))


def withdraw_killed_at(yard: Yard, day: date, place: str) -> None:
    def dies(at: str) -> None:
        if at == place:
            raise Killed

    with listening(dies):
        ask(yard, day, day)
        publish(yard)


@in_thirds
def test_whatever_kills_it_the_next_publication_finishes_it(tmp_path: Path, steps: list[str], third: int):
    """One home for all: a withdrawal of another day is killed at each of its places in turn, once."""
    own = list(dict.fromkeys(s for s in steps if s.split(".")[0] in ("removal", "lake", "ledger", "publish")))
    assert {"removal.begun", "removal.core", "removal.made_again", "removal.forgotten", "publish.swapped"} <= set(own)
    own = own[third::3]
    days = [DAYS[0] + timedelta(days=n) for n in range(len(own))]
    yard = Yard(tmp_path, given_city(tmp_path))
    give(yard, *([day] for day in days))
    yard.deliver(OPEN)
    night(yard, days)
    for day, place in zip(days, own, strict=True):
        with pytest.raises(Killed):
            withdraw_killed_at(yard, day, place)
        yard.restart()
        publish(yard)
        assert found_below(yard.home.root, rentals(day)) == [], place
        assert values(yard)[day][0] is None, place
    assert yard.ledger("removal").filter(pl.col("state") == "deleted")["removal_id"].n_unique() == len(own)


def test_the_command_asks_says_and_does(yard: Yard):
    madang = Command(yard.home.root, yard.city.folder.parent)
    own = ("withdraw", GIVEN, "--city", "seoul", "--from", str(DAYS[1]), "--to", str(DAYS[1]))
    said = madang(*own, "--dry-run")
    assert said.code == 0, said.err
    assert "1 row of 1 day from 1 delivery" in said.out
    assert found_below(yard.home.root, rentals(DAYS[1]))
    refused = madang(*own)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert yard.ledger("removal").is_empty()
    done = madang(*own, "--yes")
    assert done.code == 0, done.err
    yard.restart()
    assert yard.ledger("removal").sort("recorded_at")["state"].to_list() == ["begun", "deleted", "done"]
    assert found_below(yard.home.root, rentals(DAYS[1])) == []
    assert str(rentals(DAYS[1])) not in said.out + done.out
    undone = madang(*own, "--undo")
    assert undone.code == 0, undone.err
    assert (yard.drop / f"{BIKE}_{DAYS[1]}_{DAYS[2]}.csv").exists()


def test_two_that_are_asked_at_once_count_each_row_once(yard: Yard):
    ask(yard)
    ask(yard)
    publish(yard)
    done = yard.ledger("removal").filter(pl.col("state") == "deleted").sort("recorded_at")
    assert done["rows_removed"].to_list() == [1, 0]
    assert done["values_removed"][1] == 0


def test_a_killed_command_is_finished_by_whoever_publishes_next(yard: Yard):
    """A process of its own and SIGKILL, and two commands at once for what is left."""
    madang = Command(yard.home.root, yard.city.folder.parent)

    def own(day: date) -> tuple[str, ...]:
        return ("withdraw", GIVEN, "--city", "seoul", "--from", str(day), "--to", str(day), "--yes")

    killed = madang.process(*own(DAYS[1]), MADANG_FAILPOINT="removal.landed")
    assert killed.code == -9, killed
    both = [madang.start(*own(DAYS[1])), madang.start(*own(DAYS[3]))]
    for process in both:
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, (out, err)
    yard.restart()
    for day in (DAYS[1], DAYS[3]):
        assert found_below(yard.home.root, rentals(day)) == []
    assert numbers(yard) == {DAYS[0]: 917_353, DAYS[1]: None, DAYS[2]: 919_371, DAYS[3]: None}
    told = yard.ledger("removal").group_by("removal_id").agg(pl.col("state").unique())
    assert [set(states) for states in told["state"]] == [{"begun", "deleted", "done"}] * 3


def test_the_pages_of_dagster_forget_it_too(tmp_path: Path):
    """A metric's page has the figures of its series; what SQLite deletes stays in its files."""
    yard = Yard(tmp_path, given_city(tmp_path))
    give(yard, DAYS[:3], DAYS[3:])
    yard.deliver(OPEN)
    madang = Command(yard.home.root, yard.city.folder.parent)
    assert madang("nightly", "--city", "seoul", "--day", str(LAST), "--from-dir", yard.drop).code == 0
    spelled = {str(rentals(LAST)).encode(), f"{rentals(LAST):,}".encode()}

    def told() -> set[str]:
        files = [path for path in yard.home.dagster.rglob("*") if path.is_file()]
        return {path.name for path in files if any(one in path.read_bytes() for one in spelled)}

    assert "index.db" in told()
    assert madang("withdraw", GIVEN, "--city", "seoul", "--from", str(LAST), "--to", str(LAST), "--yes").code == 0
    assert told() == set()
