"""The site beside the open file: of the same release, whole, and never in the way of the file."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.publication.metric_columns import METRIC_VALUE
from assets.site import build
from assets.site.opened import OpenFile
from assets.site.page import Download
from assets.tiers import site_beside
from assets.tiers.release import release_all
from assets.tiers.rollback import rollback_tiers
from tests.worlds.shared_city import DAYS, FIRST, OPEN_ALONE, SHARING, TODAY, DecidedCells, SharedCity, shared_city
from warehouse.home import Home
from warehouse.published import versions


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Published and not released: tests copy it."""
    return shared_city(tmp_path_factory.mktemp("site"), OPEN_ALONE, days=2)


@pytest.fixture
def world(published: SharedCity, tmp_path: Path) -> SharedCity:
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    shutil.copytree(published.city.folder, tmp_path / "cities" / "seoul")
    home = Home(tmp_path / "home")
    return SharedCity(home, replace(published.city, folder=tmp_path / "cities" / "seoul"), DecidedCells(home))


def site(world: SharedCity) -> Path:
    return world.tier().published / "site"


def release_of(folder: Path) -> int:
    """The release that a site says it is of, after a look at whether it is whole."""
    manifest = json.loads((folder / build.MANIFEST).read_text("utf-8"))
    sizes = {path: size for path, (_, size) in manifest["files"].items()}
    assert {path: (folder / path).stat().st_size for path in sizes} == sizes
    assert sizes
    for page in folder.rglob("*.html"):
        assert f"Release {manifest['release']} " in page.read_text("utf-8") or page.parts[-3] != "en"
    return manifest["release"]


def next_night(world: SharedCity) -> None:
    world.nights(FIRST + timedelta(days=DAYS))
    world.publish("run-2")


def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on one page cannot be made."""

    def pages(file: OpenFile):
        def fails() -> bytes:
            raise KeyError("what is not there")

        yield Download("data/seoul/broken.csv", f"{file.release.version}", fails)

    monkeypatch.setattr(build, "all_pages", pages)


def test_each_release_has_the_site_of_its_file_and_an_unchanged_one_makes_nothing(world: SharedCity):
    world.sharing(SHARING)
    (first,) = world.release(site=True).sites
    assert (first.tier, first.version, first.trouble) == ("open", 1, None)
    assert release_of(site(world)) == 1
    before = site(world).readlink()
    (again,) = world.release(site=True).sites
    assert (again.version, again.built) == (1, None)
    assert site(world).readlink() == before
    next_night(world)
    (second,) = world.release(site=True).sites
    assert second.version == 2
    assert release_of(site(world)) == 2
    assert [path.name.partition("-")[0] for path in world.tier().versions.glob("*.site")] == ["000002"]
    assert not (world.tier("partner/telecom").published / "site").exists()


def test_files_of_a_site_cannot_be_written(world: SharedCity):
    world.release(site=True)
    files = [path for path in site(world).rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_mode & 0o222] == []


def test_a_site_that_cannot_be_made_stops_no_file_and_the_last_one_stays(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    world.release(site=True)
    next_night(world)
    with monkeypatch.context() as broken:
        failing(broken)
        done = world.release(site=True)
    assert done.troubles == []
    why = "data/seoul/broken.csv could not be made (KeyError: 'what is not there')"
    assert done.site_troubles == [f"the pages of open are not made, the site of release 1 stays: {why}"]
    assert world.rows("SELECT version FROM ledger.release") == [(2,)]
    assert release_of(site(world)) == 1
    assert list(world.tier().published.glob(".next-*")) == []
    assert world.release(site=True).site_troubles == []  # the next one makes it, of a file that is as it was
    assert release_of(site(world)) == 2


def test_a_site_of_a_release_that_shows_what_is_hidden_now_goes_even_if_no_other_can_be_made(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    world.release(site=True)
    world.judging.gone = {("11110", FIRST)}
    world.judging.hide = {("11110", FIRST): "A"}
    failing(monkeypatch)
    (trouble,) = world.release(site=True).site_troubles
    assert "there is no site" in trouble
    assert list(world.tier().published.rglob("*.html")) == []
    assert not site(world).is_symlink()


def test_a_folder_of_somebody_in_its_place_is_said_and_stays(world: SharedCity):
    site(world).mkdir(parents=True)
    (site(world) / "own.html").write_text("own")
    (trouble,) = world.release(site=True).site_troubles
    assert "site" in trouble
    assert world.rows("SELECT version FROM ledger.release") == [(1,)]
    assert (site(world) / "own.html").read_text() == "own"


def test_homes_made_before_and_other_code_get_a_site_with_the_next_release(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    world.release(site=True)
    site(world).unlink()
    for made in world.tier().versions.glob("*.site"):
        shutil.rmtree(made)
    assert world.release(site=True).sites[0].built is not None
    assert release_of(site(world)) == 1
    monkeypatch.setattr(site_beside, "site_code", lambda: "other")
    assert world.release(site=True).sites[0].built is not None
    assert site(world).readlink().name == "000001-other.site"


def test_a_rollback_brings_the_site_of_the_file_that_is_put_back(world: SharedCity):
    world.release(site=True)
    shown = {path.relative_to(site(world)) for path in site(world).rglob("*.html")}
    next_night(world)
    world.release(site=True)
    versions.rollback(world.home, METRIC_VALUE, 1, run_id="back")
    (made,) = rollback_tiers(world.home, run_id="back", today=TODAY).sites
    assert made.version == 3
    assert release_of(site(world)) == 3
    assert {path.relative_to(site(world)) for path in site(world).rglob("*.html")} == shown


def test_a_tier_that_no_pack_names_any_more_has_no_site(world: SharedCity):
    world.release(site=True)
    world.sharing(None)
    world.release(site=True, today=date(2026, 6, 2))
    assert not world.tier().published.exists()


def test_a_home_that_wants_no_pages_has_none_and_loses_those_it_had(world: SharedCity):
    world.release(site=True)
    assert site(world).is_dir()
    next_night(world)
    done = release_all(world.home, [world.city], world.judging, run_id="run-3", today=TODAY, site=False)
    assert (done.sites, done.troubles) == ([], [])
    assert sorted(path.name for path in world.tier().published.iterdir()) == [".lock", "madang.duckdb", "versions"]
    assert sorted(path.suffix for path in world.tier().versions.iterdir()) == [".duckdb", ".duckdb"]
