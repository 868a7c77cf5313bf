"""`madang city new --repository`: the whole repository or nothing of it, and one sentence for what cannot be."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.pack.new_pack import NewCity
from pipelines import new_repository
from pipelines.new_repository import create_repository
from pipelines.wheel import Wheel
from tests.worlds.command import Command, Said
from tests.worlds.wheels import METADATA, NAME, SMALL

HUE = NewCity("hue", "Huế", "VN", "", ("vi",))
FILES = [
    *(".ci/run", ".gitattributes", ".gitignore", "Makefile", "README.md"),
    *(f"cities/hue/{name}" for name in ("README.md", "areas.csv", "city.yaml", "metrics.yaml", "sharing.yaml")),
    *("requirements.txt", f"wheels/{NAME}", "workspace.yaml"),
]


def made(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(file for file in files if not file.startswith(".git/"))


@pytest.mark.parametrize("there", [False, True])
def test_it_has_all_files_and_a_lock_of_the_wheel(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "a city's own"
    if there:
        folder.mkdir()
    assert create_repository(folder, HUE, SMALL)
    assert [file for file in made(folder) if not file.startswith("cities/.schemas/")] == FILES
    assert (folder / "cities" / ".schemas" / "feed.json").is_file()
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "wheels" / NAME).read_bytes() == SMALL.content
    lock = (folder / "requirements.txt").read_text()
    digest = hashlib.sha256(SMALL.content).hexdigest()
    assert f"./wheels/{NAME} \\\n    --hash=sha256:{digest}\npolars==1.0 \\\n" in lock
    assert "://" not in lock
    assert os.access(folder / ".ci" / "run", os.X_OK)
    texts = "".join((folder / name).read_text() for name in made(folder) if not name.startswith(("wheels", "cities")))
    assert "new_city" not in texts
    assert "New City" not in texts


def test_git_has_nothing_but_what_is_to_be_committed(tmp_path: Path) -> None:
    create_repository(tmp_path / "hue", HUE, SMALL)
    (tmp_path / "hue" / ".venv").mkdir()
    (tmp_path / "hue" / ".venv" / "x").touch()
    (tmp_path / "hue" / "var").mkdir()
    (tmp_path / "hue" / "var" / "x").touch()
    words = ["git", "-C", str(tmp_path / "hue"), "ls-files", "--others", "--exclude-standard"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert sorted(told.split()) == [name for name in made(tmp_path / "hue") if not name.startswith((".venv", "var"))]


def test_the_repository_of_a_hook_that_runs_it_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    assert create_repository(tmp_path / "hue", HUE, SMALL)
    assert (tmp_path / "hue" / ".git" / "HEAD").is_file()
    assert not (tmp_path / "other").exists()


def test_without_git_it_is_no_git_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not create_repository(tmp_path / "hue", HUE, SMALL)
    assert not (tmp_path / "hue" / ".git").exists()


def test_what_breaks_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new_repository, "_git_init", full)
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        with pytest.raises(OSError, match="No space"):
            create_repository(tmp_path / name, HUE, SMALL)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def asked(tmp_path: Path, *words: str | Path) -> Said:
    """`madang city new` with a small wheel."""
    (tmp_path / NAME).write_bytes(SMALL.content)
    return Command(tmp_path / "home")("city", "new", *words, "--wheel", tmp_path / NAME)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../up", "cannot be a city's name"),
        ("Hue", "cannot be a city's name"),
        ("a;b", "cannot be a city's name"),
        ("a\nb", "cannot be a city's name"),
        ("$(id)", "cannot be a city's name"),
        ("", "cannot be a city's name"),
        ("madang", "is used by Madang itself"),
    ],
)
def test_a_name_that_cannot_be_is_one_sentence_and_no_folder(tmp_path: Path, name: str, said: str) -> None:
    told = asked(tmp_path, "--repository", tmp_path / "own", name)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("sign", ["%", "*", "?", "[", ":", '"', "$", "`", "\\", "\n"])
def test_a_path_that_a_tool_would_misread_is_one_sentence(tmp_path: Path, sign: str) -> None:
    told = asked(tmp_path, "--repository", tmp_path / f"a{sign}b" / "own", "hue")
    assert (told.code, told.out) == (2, "")
    assert "choose a path without " in told.err
    assert told.err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {NAME}


def test_a_folder_that_has_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("mine")
    (tmp_path / "file").touch()
    for place, said in (("own", "is not empty"), ("file", "is no folder")):
        told = asked(tmp_path, "--repository", tmp_path / place, "hue")
        assert (told.code, told.out) == (2, "")
        assert said in told.err
    assert made(tmp_path / "own") == ["thesis.txt"]


def test_a_wheel_that_is_not_there_or_not_needed_is_said(tmp_path: Path) -> None:
    madang = Command(tmp_path / "home")
    told = madang("city", "new", "--repository", tmp_path / "own", "hue", "--wheel", tmp_path / "absent.whl")
    assert (told.code, "there is no such file; give a wheel of Madang" in told.err) == (2, True)
    assert not (tmp_path / "own").exists()
    told = asked(tmp_path, "hue")
    assert told.code == 2
    assert told.err == "madang: --wheel is for --repository: a pack in the folder of packs needs none\n"


def test_what_is_next_can_be_pasted(tmp_path: Path) -> None:
    told = asked(tmp_path, "--repository", tmp_path / "it's new", "hue")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[-1].startswith("next: cd '")
    words = told.out.splitlines()[-1].removeprefix("next: ").replace("&& make setup && make nightly", "&& ls wheels")
    assert subprocess.check_output(words, shell=True, text=True) == f"{NAME}\n"  # noqa: S602 - as a user pastes it


def test_another_wheel_is_taken_with_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "hue"
    create_repository(folder, HUE, SMALL)
    newer = Wheel(NAME.replace("0.1.0", "0.2.0"), {**SMALL.files, f"{METADATA}/METADATA": b"Version: 0.2.0\n"})
    (tmp_path / newer.name).write_bytes(newer.content)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["", str(tmp_path / newer.name)])
    new_repository.main()
    assert [path.name for path in (folder / "wheels").iterdir()] == [newer.name]
    assert newer.sha256 in (folder / "requirements.txt").read_text()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="is no repository of a city"):
        new_repository.main()
