"""Whose drop folder it is: never another city's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.drop import NoDropFolderError, drop_of
from pipelines.resources import Platform
from pipelines.settings import Settings
from tests.worlds.packs import seoul

PACKS = ["busan", "seoul", "ulsan"]


def test_the_folder_of_its_name_goes_first(tmp_path: Path) -> None:
    for name in ("busan", "seoul"):
        (tmp_path / name).mkdir()
    for is_given in (True, False):
        assert drop_of(tmp_path, "busan", PACKS, given=is_given) == tmp_path / "busan"


def test_a_flat_folder_is_that_of_the_only_city_of_its_name_or_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "seoul").mkdir()
    (tmp_path / "files").mkdir()
    assert drop_of(tmp_path / "files", "busan", ["busan"], given=False) == tmp_path / "files"
    assert drop_of(tmp_path / "seoul", "seoul", PACKS, given=False) == tmp_path / "seoul"
    assert drop_of(tmp_path / "files", "busan", PACKS, given=True) == tmp_path / "files"


@pytest.mark.parametrize(
    ("folder", "is_given", "said"),
    [
        ("seoul", False, "is the drop folder of seoul, and busan needs one of its own"),
        ("seoul", True, "is the drop folder of seoul"),
        (".", True, "has a folder for seoul and none for busan"),
        ("files", False, r"has no folder for busan, and there is more than one city \(busan, seoul, ulsan\)"),
    ],
)
def test_a_city_without_a_folder_gets_nothing_and_a_sentence(
    tmp_path: Path, folder: str, is_given: bool, said: str
) -> None:
    for name in ("seoul", "files"):
        (tmp_path / name).mkdir()
    with pytest.raises(NoDropFolderError, match=said + r".*: make .*/busan, or give --from-dir with --city busan"):
        drop_of(tmp_path / folder, "busan", PACKS, given=is_given)


def test_a_link_to_another_citys_folder_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "seoul").mkdir()
    (tmp_path / "current").symlink_to("seoul")
    (tmp_path / "busan").symlink_to("seoul")
    for folder in (tmp_path / "current", tmp_path):
        with pytest.raises(NoDropFolderError, match="is the drop folder of seoul"):
            drop_of(folder, "busan", PACKS, given=True)


@given(
    there=st.sets(st.sampled_from([*PACKS, "air"])),
    inside=st.sampled_from(["", *PACKS, "air"]),
    packs=st.sets(st.sampled_from(PACKS), min_size=1),
    is_given=st.booleans(),
)
def test_no_folder_is_that_of_two_cities(
    tmp_path_factory: pytest.TempPathFactory, there: set[str], inside: str, packs: set[str], is_given: bool
) -> None:
    root = tmp_path_factory.mktemp("drop")
    for name in there | {inside}:
        (root / name).mkdir(exist_ok=True)
    found: dict[str, Path] = {}
    for city in packs:
        try:
            found[city] = drop_of(root / inside, city, packs, given=is_given)
        except NoDropFolderError:
            continue
    assert all(folder.name not in packs - {city} for city, folder in found.items())
    if not is_given:
        assert len(set(found.values())) == len(found)


def test_a_step_of_another_city_is_told_why_it_has_none(tmp_path: Path) -> None:
    for name in ("drop/busan", "cities/busan", "cities/seoul"):
        (tmp_path / name).mkdir(parents=True)
    common = {"home_dir": tmp_path / "home", "cities_dir": tmp_path / "cities"}
    platform = Platform.of(Settings(**common, drop_dir=tmp_path / "drop" / "busan"))
    run = platform.run_context(seoul(), "run")
    assert run.drop is None
    assert "is the drop folder of busan" in (run.no_drop or "")


def test_the_environment_gives_for_all_cities_and_the_command_for_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_DROP", str(tmp_path))
    assert not Settings().drop_is_given
    assert Settings(drop_dir=tmp_path).model_copy(update={"source": "files"}).drop_is_given
