"""A folder takes the place of another one: whole, or as if nothing had been."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse import put_in_place as module
from warehouse.put_in_place import put_in_place


@pytest.fixture(params=[True, False], ids=["exchanged", "renamed"])
def folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A new one and the one that is there; also as on a system that cannot exchange two names."""
    if not request.param:
        monkeypatch.setattr(module, "_exchanged", lambda _one, _other: False)
    new, target = tmp_path / "work" / "new", tmp_path / "target"
    for folder, text in ((new, "new"), (target, "old")):
        folder.mkdir(parents=True)
        (folder / "a").write_text(text)
    (target / "old").write_text("old")
    return new, target


def test_it_takes_the_place_of_another_one(folders: tuple[Path, Path]) -> None:
    new, target = folders
    put_in_place(new, target)
    assert [(path.name, path.read_text()) for path in target.iterdir()] == [("a", "new")]
    assert os.listdir(new.parent) == []


def test_where_nothing_is_it_is_renamed(folders: tuple[Path, Path], tmp_path: Path) -> None:
    put_in_place(folders[0], tmp_path / "other")
    assert (tmp_path / "other" / "a").read_text() == "new"


def test_what_was_there_stays_where_it_fails(folders: tuple[Path, Path]) -> None:
    new, target = folders
    (new / "a").unlink()
    new.rmdir()
    with pytest.raises(OSError, match=r"target|new"):
        put_in_place(new, target)
    assert sorted(path.name for path in target.iterdir()) == ["a", "old"]
    assert os.listdir(new.parent) == []
