"""What leaves the home: by allow-list, without what is hidden, in files of their own that keep nothing of before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.pack.city import City
from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers import audit_trail, masked_tables, release, sealed_rows
from assets.tiers.build import Builder
from assets.tiers.rollback import rollback_tiers
from tests.worlds.shared_city import (
    DAYS,
    FIRST,
    OPEN_ALONE,
    PRIVATE,
    PUBLIC,
    SHARING,
    TODAY,
    DecidedCells,
    SharedCity,
    contract_error,
    shared_city,
)
from warehouse import modes
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import folder, versions
from warehouse.published.dictionary import undocumented

SECOND = FIRST + timedelta(days=1)
VALUES = f"SELECT area, period_start, value FROM metric.value WHERE metric = '{PRIVATE}' AND value IS NOT NULL"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Published and not released: tests copy it."""
    return shared_city(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def world(published: SharedCity, tmp_path: Path) -> SharedCity:
    return copied(published, tmp_path)


@pytest.fixture
def open_alone(world: SharedCity) -> None:
    """No partner gets a file."""
    world.sharing(OPEN_ALONE)


def copied(published: SharedCity, root: Path) -> SharedCity:
    shutil.copytree(published.home.root, root / "home")
    shutil.copytree(published.city.folder, root / "cities" / "seoul")
    home = Home(root / "home")
    return SharedCity(home, replace(published.city, folder=root / "cities" / "seoul"), DecidedCells(home))


def private_values(world: SharedCity) -> dict[tuple[str, date], float]:
    return {(area, day): value for area, day, value in world.inside(VALUES)}


def ledger_rows(world: SharedCity, tier: str = "open") -> list[dict[str, object]]:
    rows = ledger.read(world.home, "release").filter(pl.col("tier") == tier).sort("recorded_at").collect()
    return rows.to_dicts()


def test_a_city_that_shares_nothing_has_no_tier(world: SharedCity):
    world.sharing(None)
    assert world.release().tiers == []
    assert sorted(path.name for path in world.home.published.iterdir() if path.is_dir()) == ["versions"]


@pytest.mark.usefixtures("open_alone")
def test_free_values_leave_and_hidden_ones_do_not(world: SharedCity):
    known = private_values(world)
    hidden = {("11110", FIRST): "A", ("11140", FIRST): "D", ("11170", SECOND): "C"}
    world.judging.hide = dict(hidden)
    assert world.release().troubles == []
    assert {(area, day): value for area, day, value in world.rows(VALUES)} == {
        cell: value for cell, value in known.items() if cell not in hidden
    }
    masked = world.rows(
        f"SELECT area, period_start, conf_status, status, reason, reason_code, reason_gaps, notation, n, expected,"
        f" completeness, quality FROM metric.value WHERE metric = '{PRIVATE}' AND conf_status <> 'F'"
        " AND period_start <= DATE '2026-03-03' ORDER BY ALL"
    )
    assert [row for row in masked if (row[0], row[1]) in hidden] == [
        (area, day, status, "absent", "it is confidential", "withheld", [], "C", None, None, None, None)
        for (area, day), status in sorted(hidden.items())
    ]
    public = f"SELECT area, period_start, value FROM metric.value WHERE metric = '{PUBLIC}' ORDER BY ALL"
    assert world.rows(public) == world.inside(public)
    (reason,) = world.rows(
        f"SELECT text FROM metric.reason WHERE metric = '{PRIVATE}' AND area = '11110' AND language = 'ko'"
        f" AND period_start = DATE '{FIRST}'"
    )
    assert reason == ("비공개입니다",)


@pytest.mark.usefixtures("open_alone")
def test_what_no_cell_is_known_of_is_hidden(world: SharedCity):
    world.judging.unknown = {("11110", FIRST)}
    world.release()
    found = world.rows(
        f"SELECT value, conf_status FROM metric.value WHERE metric = '{PRIVATE}' AND area = '11110'"
        f" AND period_start = DATE '{FIRST}'"
    )
    assert found == [(None, "N")]


def test_a_partner_sees_what_it_gets_and_nobody_else_does(world: SharedCity):
    world.release()
    assert len(world.rows(VALUES, "partner/telecom")) == len(private_values(world))
    assert world.rows(VALUES, "partner/card") == []
    statuses = "SELECT DISTINCT conf_status FROM metric.{} WHERE metric = '" + PRIVATE + "'"
    assert world.rows(statuses.format("value"), "partner/card") == []
    assert world.rows(statuses.format("latest"), "partner/card") == [("N",)]
    columns = f"SELECT count(*), count({PRIVATE}), count({PUBLIC}) FROM mart.area_day"
    rows, private, public = world.rows(columns, "partner/card")[0]
    assert (private, public > 0, rows > 0) == (0, True, True)
    assert world.rows(columns, "partner/telecom")[0][1] == len(private_values(world))


@pytest.mark.usefixtures("open_alone")
def test_latest_values_and_their_change_are_masked(world: SharedCity):
    (area, *_), *_ = world.inside(
        f"SELECT area FROM metric.latest WHERE metric = '{PRIVATE}' AND previous IS NOT NULL ORDER BY area"
    )
    of_area = f"FROM metric.latest WHERE metric = '{PRIVATE}' AND area = '{area}'"
    latest = f"SELECT value, previous, change, change_percent {of_area}"
    (start,) = world.inside(f"SELECT period_start {of_area}")[0]
    value, previous, *_ = world.inside(latest)[0]
    world.judging.hide = {(area, start - timedelta(days=1)): "A"}
    world.release()
    assert world.rows(latest) == [(value, None, None, None)]
    world.judging.hide = {(area, start): "A"}
    world.release()
    assert world.rows(latest) == [(None, None, None, None)]
    assert previous is not None


def test_only_allowed_tables_and_columns_are_there(world: SharedCity):
    world.release()
    for tier in ("open", "partner/telecom"):
        tables = {name for (name,) in world.rows("SELECT schema_name || '.' || table_name FROM duckdb_tables()", tier)}
        inside = {name for (name,) in world.inside("SELECT schema_name || '.' || table_name FROM duckdb_tables()")}
        assert {"metric.value", "metric.latest", "mart.feed", "ledger.release"} <= tables
        assert not {name for name in tables if name.split(".")[0] in ("core", "model")}
        own = {"ledger.release", "ledger.dictionary"} | ({"ledger.release_history"} if tier == "open" else set())
        assert {name for name in tables if name.startswith("ledger.")} == own
        assert {"mart.population_area_hour", "metric.history", "ledger.batch", "ledger.quarantine"} <= inside - tables
        columns = {name for (name,) in world.rows("SELECT column_name FROM duckdb_columns()", tier)}
        assert not columns & {"batch_ids", "run_id"}
        feeds = dict(world.rows("SELECT feed, limitations FROM mart.feed", tier))
        assert feeds["living_population"] is None
        assert feeds["air_daily"] is not None
        views = {name for (name,) in world.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal", tier)}
        assert {"reason", "people_present", "air_quality", "class", "area_day"} <= views


def test_all_is_described_and_says_whom_it_is_for(world: SharedCity):
    world.release()
    file = world.tier("partner/telecom").published_file
    assert undocumented(file) == []
    comments = [
        text
        for (text,) in world.rows(
            "SELECT comment FROM duckdb_tables() WHERE table_name <> 'dictionary'", "partner/telecom"
        )
    ]
    said = "For A telecom, until 2026-12-31. Purpose: planning of cells. Licence: contract 7. Release 1, "
    assert [text for text in comments if said not in text] == []
    note = world.rows(
        "SELECT tier, version, title, purpose, licence, until, cities FROM ledger.release", "partner/telecom"
    )
    assert note == [
        ("partner/telecom", 1, "A telecom", "planning of cells", "contract 7", date(2026, 12, 31), ["seoul"])
    ]
    described = world.rows(
        "SELECT count(*) FROM ledger.dictionary WHERE column_name = 'conf_status'", "partner/telecom"
    )
    assert described == [(2,)]


@pytest.mark.usefixtures("open_alone")
def test_a_released_file_stands_alone(world: SharedCity, tmp_path: Path):
    world.release()
    alone = tmp_path / "elsewhere.duckdb"
    shutil.copy(world.tier().published_file, alone)
    shutil.rmtree(world.home.root)
    with duckdb.connect(str(alone), read_only=True) as con:
        names = con.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        for schema, name in names:
            con.execute(f'FROM "{schema}"."{name}"').fetchall()
    assert len(names) > 20


def test_nothing_new_makes_no_release(world: SharedCity):
    world.release()
    before = world.tier().published_file.stat()
    again = world.release()
    assert [(tier.version, tier.changed) for tier in again.tiers] == [(1, False)] * 3
    assert world.tier().published_file.stat().st_mtime_ns == before.st_mtime_ns
    assert [row["action"] for row in ledger_rows(world)] == ["release"]


def test_another_night_makes_another_release(world: SharedCity):
    world.release()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    assert [(tier.version, tier.changed) for tier in world.release().tiers] == [(2, True)] * 3
    assert sorted(path.name for path in world.tier().versions.glob("*.duckdb")) == ["000001.duckdb", "000002.duckdb"]
    assert [row["published_version"] for row in ledger_rows(world)] == [1, 2]


def test_a_cell_that_becomes_secret_is_in_no_file_and_versions_with_it_are_gone(world: SharedCity):
    world.release()
    area, day = "11110", SECOND
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    world.judging.hide = {(area, day): "A"}
    found = world.release()
    assert {tier.tier: tier.withdrawn for tier in found.tiers} == {
        "open": (1,),
        "partner/card": (),
        "partner/telecom": (1,),
    }
    for tier in ("open", "partner/telecom"):
        assert sorted(path.name for path in world.tier(tier).versions.glob("*.duckdb")) == ["000002.duckdb"]
        shown = [row for row in world.rows(VALUES, tier) if row[:2] == (area, day)]
        assert shown == []
    last = ledger_rows(world)[-1]
    assert (last["action"], last["version"], last["withdrawn"], last["few"]) == ("withdraw", 2, ["open/1"], 1)


def test_versions_with_a_metric_that_was_taken_out_are_gone_and_no_rollback_brings_it_back(world: SharedCity):
    world.release()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    partners = {**SHARING["partners"], "telecom": {**SHARING["partners"]["telecom"], "gets": []}}
    world.sharing({"open": {"metrics": [PRIVATE]}, "partners": partners})
    withdrawn = {tier.tier: tier.withdrawn for tier in world.release().tiers}
    assert withdrawn == {"open": (), "partner/card": (), "partner/telecom": (1,)}
    assert sorted(folder.version_files(world.tier("partner/telecom"))) == [2]
    assert sorted(folder.version_files(world.tier("open"))) == [1, 2]
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    rollback_tiers(world.home, run_id="back", today=TODAY)
    assert world.rows(VALUES, "partner/telecom") == []
    assert world.rows(VALUES) != []


def test_a_name_that_there_is_no_more_costs_its_entry_alone_and_is_said_once(world: SharedCity):
    telecom = {**SHARING["partners"]["telecom"], "gets": ["sales_of_old", PRIVATE]}
    despite = {"feed_of_old": "they agreed"}
    sharing = {"open": {"metrics": [PRIVATE, "sales_of_old"], "despite_licence": despite}}
    world.sharing({**sharing, "partners": {"telecom": telecom}})
    found = world.release()
    assert [tier.version for tier in found.tiers] == [1, 1]
    for tier in ("open", "partner/telecom"):
        assert world.rows(VALUES, tier) == world.inside(VALUES)
    heads = [said.split(": ", 1)[1].split(", so this")[0] for said in found.troubles]
    assert heads == [
        "open.metrics: there is no metric 'sales_of_old'",
        "partners.telecom.gets: there is no metric 'sales_of_old'",
        "open.despite_licence: there is no feed 'feed_of_old'",
    ]
    del telecom["gets"][0]
    world.sharing({"open": sharing["open"]})
    world.release()
    assert not world.tier("partner/telecom").published.exists(), "a partner that is named no more has nothing"


@pytest.mark.usefixtures("open_alone")
def test_a_metric_that_is_written_wrong_is_not_released_takes_nothing_back_and_is_said(world: SharedCity):
    world.release()
    world.sharing({"open": {"metrics": ["living_populatio"]}})
    (said,) = world.release().troubles
    assert "open.metrics: there is no metric 'living_populatio'" in said
    assert "write living_population" in said
    assert sorted(folder.version_files(world.tier())) == [1, 2]
    assert world.rows(VALUES) == []
    world.sharing({"open": {"metrics": [PRIVATE]}})
    assert world.release().troubles == []
    assert world.rows(VALUES) != []


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.usefixtures("open_alone")
def test_versions_with_a_metric_of_private_feeds_that_was_dropped_are_gone(world: SharedCity, listed: bool):
    """Nobody judges the cells that it rests on any more; a public metric that was dropped takes no version along."""
    world.release()
    world.city = replace(world.city, metrics={name: one for name, one in world.city.metrics.items() if name != PRIVATE})
    world.sharing({"open": {"metrics": [PRIVATE] if listed else []}})
    world.publish()
    assert bool(world.release().troubles) == listed
    assert sorted(folder.version_files(world.tier())) == [2]
    world.city = replace(world.city, metrics={})
    world.publish()
    world.release()
    assert 2 in folder.version_files(world.tier())


def test_versions_of_when_a_feed_was_public_are_gone_once_it_is_private(world: SharedCity):
    world.sharing({"open": {}})
    world.city = _with_feed(world.city, "living_population", "public")
    with pytest.MonkeyPatch.context() as public:
        public.setattr(world.judging, "tables", lambda city: dict.fromkeys(city.metrics, ()))
        assert world.release().troubles == []
    assert world.rows(VALUES) != []
    world.city = _with_feed(world.city, "living_population", "private-aggregate")
    assert world.release().tiers[0].withdrawn == (1,)
    assert world.rows(VALUES) == []
    assert sorted(folder.version_files(world.tier())) == [2]


def _with_feed(city: City, feed: str, classification: str) -> City:
    contract = city.contracts[feed].model_copy(update={"classification": classification})
    return replace(city, contracts={**city.contracts, feed: contract})


@pytest.mark.usefixtures("open_alone")
def test_what_kept_versions_show_is_told_to_the_judge(world: SharedCity):
    world.judging.hide = {("11110", FIRST): "A"}
    world.release()
    world.release()
    assert world.judging.seen[0].is_empty()
    shown = set(world.judging.seen[1].select("area", "period_start").rows())
    assert shown == set(private_values(world)) - {("11110", FIRST)}


def test_versions_go_that_show_what_gives_something_away_beside_what_is_shown_now(world: SharedCity):
    world.release()
    world.nights(FIRST, correction=5)
    world.publish()
    world.judging.gone = {("11110", FIRST)}
    found = world.release()
    assert (found.tiers[0].version, found.tiers[0].withdrawn) == (2, (1,))
    assert [row for row in world.rows(VALUES) if row[:2] == ("11110", FIRST)] != []


@pytest.mark.usefixtures("open_alone")
def test_the_judge_learns_what_a_cell_was_in_each_kept_version(world: SharedCity):
    first = private_values(world)
    world.release()
    world.nights(FIRST, correction=5)
    world.publish()
    second = private_values(world)
    world.release()
    world.release()
    own = pl.col("version").str.starts_with("open/") & (pl.col("area") == "11110") & (pl.col("period_start") == FIRST)
    seen = world.judging.seen[-1].filter(own).sort("version").select("version", "value").rows()
    assert seen == [("open/1-1", first["11110", FIRST]), ("open/2-2", second["11110", FIRST])]
    unchanged = world.judging.seen[-1].filter(
        pl.col("version").str.starts_with("open/"), area="11110", period_start=SECOND
    )
    assert unchanged["version"].to_list() == ["open/1-2"]


def test_what_files_show_is_read_from_them_where_the_index_is_gone(world: SharedCity):
    world.release()
    shutil.rmtree(world.home.root / "disclosure" / "shown")
    world.judging.hide = {("11110", FIRST): "A"}
    found = world.release()
    assert found.tiers[0].withdrawn == (1,)


@pytest.mark.parametrize("fails", [contract_error(), RuntimeError("a row 4711"), None])
def test_a_tier_that_fails_keeps_its_last_file_and_says_so(world: SharedCity, fails: Exception | None):
    world.release()
    before = world.tier().published_file.read_bytes()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    world.judging.fails, world.judging.exposed = fails, 0 if fails else 2
    found = world.release()
    assert world.tier().published_file.read_bytes() == before
    assert len(found.troubles) == 3
    assert found.troubles[0].startswith("nothing new is released to open, release 1 stays: ")
    assert "4711" not in repr(found)
    last = ledger_rows(world)[-1]
    assert (last["action"], last["version"]) == ("refuse", 1)
    assert last["exposed"] == (0 if fails else 2)
    world.judging.fails, world.judging.exposed = None, 0
    assert [tier.version for tier in world.release().tiers] == [2, 2, 2]


def test_a_tier_that_fails_loses_its_last_file_if_that_shows_what_is_secret_now(world: SharedCity):
    world.release()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    world.judging.hide, world.judging.exposed = {("11110", FIRST): "A"}, 2
    found = world.release()
    assert [(tier.tier, tier.version, tier.withdrawn) for tier in found.tiers] == [
        ("open", None, (1,)),
        ("partner/card", 1, ()),  # it never showed any
        ("partner/telecom", None, (1,)),
    ]
    assert found.troubles[0].startswith(
        "nothing new is released to open, release 1 is removed, as it shows what must not be seen any more: "
    )
    assert found.troubles[1].startswith("nothing new is released to partner/card, release 1 stays: ")
    assert list(world.tier().published.rglob("*.duckdb")) == []
    assert (ledger_rows(world)[-1]["action"], ledger_rows(world)[-1]["withdrawn"]) == ("refuse", ["open/1"])
    world.judging.exposed = 0
    assert [tier.version for tier in world.release().tiers] == [2, 2, 2]
    assert ("11110", FIRST) not in {row[:2] for row in world.rows(VALUES)}


def test_what_tiers_share_is_written_once_and_is_gone_afterwards(world: SharedCity, monkeypatch: pytest.MonkeyPatch):
    """A tier that sees less is no copy of one that sees more; of the two that see the same one is a copy."""
    left = world.home.root / "disclosure" / "base-dead.duckdb"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"what a killed process left")
    made = list[frozenset[tuple[str, str]]]()
    base = Builder._base

    def listed(builder: Builder, wanted: Any, *of: Any) -> Path:
        file = base(builder, wanted, *of)
        made.append(frozenset(world.rows("SELECT DISTINCT metric FROM metric.value", file=file)))
        return file

    monkeypatch.setattr(Builder, "_base", listed)
    monkeypatch.setattr(sealed_rows, "OPEN_DAYS", -31)  # all days are sealed
    world.release()
    assert made == [{(PUBLIC,)}, {(PUBLIC,), (PRIVATE,)}, {(PUBLIC,), (PRIVATE,)}]
    assert list(world.home.root.glob("disclosure/base-*")) == []


@pytest.mark.usefixtures("open_alone")
def test_a_file_that_shows_a_hidden_cell_is_refused_by_the_last_look(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(masked_tables, "hidden", lambda: "false")
    world.judging.hide = {("11110", FIRST): "A"}
    found = world.release()
    assert not world.tier().published_file.exists()
    assert "the file shows 1 cells of seoul that are hidden" in found.troubles[0]


def test_a_contract_that_is_over_leaves_no_file(world: SharedCity):
    world.release()
    found = world.release(today=date(2027, 1, 1))
    assert [tier.tier for tier in found.tiers if tier.version is None] == ["partner/card", "partner/telecom"]
    assert not world.tier("partner/telecom").published.exists()
    last = ledger_rows(world, "partner/telecom")[-1]
    assert (last["action"], last["detail"]) == ("end", "its contract ended on 2026-12-31")
    assert last["withdrawn"] == ["partner/telecom/1"]
    assert world.tier().published_file.exists()


def test_the_last_day_of_a_contract_is_a_day_of_it(world: SharedCity):
    assert len(world.release(today=date(2026, 12, 31)).tiers) == 3


def test_who_is_taken_out_of_the_pack_loses_the_file(world: SharedCity):
    world.release()
    world.sharing({"open": {"metrics": []}})
    world.release()
    assert not world.tier("partner/telecom").published.exists()
    assert world.rows(VALUES) == []


def test_a_sharing_file_with_a_mistake_shares_nothing_and_takes_nothing_away(world: SharedCity):
    world.release()
    (world.city.folder / "sharing.yaml").write_text("open: {metrics: 7}\n", "utf-8")
    found = world.release()
    assert found.troubles[0].startswith("seoul shares nothing: ")
    assert world.tier("partner/telecom").published_file.exists()


def test_a_partners_folder_is_its_owners_alone_and_the_open_one_is_not(world: SharedCity):
    world.release()
    partner = world.tier("partner/telecom")
    for path in (partner.published.parent, partner.published, *partner.published.rglob("*")):
        assert modes.is_closed(path), path
    assert not modes.is_closed(world.tier().published_file)
    assert modes.is_closed(world.home.root / "disclosure")


@pytest.mark.usefixtures("open_alone")
def test_older_versions_than_are_kept_go(world: SharedCity):
    for number in range(3):
        world.nights(FIRST + timedelta(days=DAYS + number))
        world.publish()
        world.release(keep=2)
    assert sorted(path.name for path in world.tier().versions.glob("*.duckdb")) == ["000002.duckdb", "000003.duckdb"]


def test_a_rollback_brings_back_the_release_of_that_publication(world: SharedCity):
    world.release()
    first = sorted(world.rows(VALUES))
    world.nights(FIRST, SECOND, correction=5)
    world.publish()
    world.release()
    assert sorted(world.rows(VALUES)) != first
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    found = rollback_tiers(world.home, run_id="back", today=TODAY)
    assert [(tier.version, tier.trouble) for tier in found.tiers] == [(3, None)] * 3
    assert sorted(world.rows(VALUES)) == first
    assert world.rows("SELECT version, published_version FROM ledger.release") == [(3, 3)]
    last = ledger_rows(world)[-1]
    assert (last["action"], last["restored"], last["version"]) == ("rollback", 1, 3)


def test_a_rollback_gives_nothing_to_a_partner_whose_contract_has_ended(world: SharedCity):
    world.release()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    world.release()
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    found = rollback_tiers(world.home, run_id="back", today=date(2027, 1, 1))
    why = "its contract ended on 2026-12-31"
    assert {tier.tier: tier.trouble for tier in found.tiers} == {
        "open": None,
        "partner/card": why,
        "partner/telecom": why,
    }
    assert f"partner/telecom is not put back: {why}" in found.troubles


def test_a_rollback_does_not_bring_back_what_was_withdrawn(world: SharedCity):
    world.release()
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish()
    world.judging.hide = {("11110", FIRST): "A"}
    world.release()
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    found = rollback_tiers(world.home, run_id="back", today=TODAY)
    assert found.troubles[0] == "open is not put back, release 2 stays: no release of publication 1 is kept"
    assert [row for row in world.rows(VALUES) if row[:2] == ("11110", FIRST)] == []


@pytest.mark.parametrize("at", ["release.built", "release.intended", "publish.swapped", "release.installed"])
@pytest.mark.usefixtures("open_alone")
def test_a_killed_release_is_finished_by_the_next_one(world: SharedCity, monkeypatch: pytest.MonkeyPatch, at: str):
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == at:
            raise Killed

    for module in (release, folder):
        monkeypatch.setattr(module, "failpoint", die)
    with pytest.raises(Killed):
        world.release()
    monkeypatch.undo()
    world.release()
    rows = [(row["action"], row["version"]) for row in ledger_rows(world)]
    assert rows == [("release", 1)]
    assert world.rows("SELECT version FROM ledger.release") == [(1,)]
    assert len(private_values(world)) == len(world.rows(VALUES))
    assert list(world.tier().published.glob(".next-*")) == []


@pytest.mark.usefixtures("open_alone")
def test_an_internal_file_and_its_versions_are_not_touched(world: SharedCity):
    before = {path: path.read_bytes() for path in world.home.published.rglob("*.duckdb")}
    world.release()
    assert {path: path.read_bytes() for path in before} == before


def test_a_file_that_was_just_put_in_place_is_not_opened_to_learn_its_release(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    opened = list[Path]()
    read = audit_trail.connect.open_file
    monkeypatch.setattr(audit_trail.connect, "open_file", lambda file: (opened.append(file), read(file))[1])
    found = world.release()
    live = {tier.tier: world.tier(tier.tier).published_file for tier in found.tiers}
    assert not set(opened) & set(live.values())
    assert {name: audit_trail.live_version(world.tier(name)) for name in live} == dict.fromkeys(live, 1)
