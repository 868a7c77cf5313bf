"""A wheel has one form, whoever wrote it; what is none, or is spoilt, or of another state is refused in a sentence."""

import io
import zipfile
from pathlib import Path

import pytest

from pipelines import wheel as wheels
from pipelines.wheel import LOCK, Wheel, WheelError, own_wheel, version_text, wheel_in
from tests.worlds.wheels import METADATA, NAME, SMALL, written_otherwise
from warehouse.own_code import ROOT


def test_a_wheel_of_any_tool_gets_one_form(tmp_path: Path) -> None:
    other = written_otherwise(SMALL, tmp_path / NAME)
    assert other.read_bytes() != SMALL.content
    assert wheel_in(other).content == SMALL.content


def test_other_files_are_another_wheel() -> None:
    changed = Wheel(NAME, {**SMALL.files, "pipelines/__init__.py": b"\n"})
    assert changed.sha256 != SMALL.sha256


def test_nothing_in_it_is_of_the_machine_that_made_it() -> None:
    with zipfile.ZipFile(io.BytesIO(SMALL.content)) as file:
        entries = file.infolist()
    names = [entry.filename for entry in entries]
    assert (names[-1], names[:-1]) == (f"{METADATA}/RECORD", sorted(names[:-1]))
    assert {(entry.date_time, entry.compress_type, entry.external_attr) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, 0o100644 << 16)
    }


def spoilt(tmp_path: Path, content: bytes, name: str = NAME) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_what_is_no_wheel_of_madang_is_refused(tmp_path: Path) -> None:
    without_lock = Wheel(NAME, {name: content for name, content in SMALL.files.items() if name != LOCK})
    without_metadata = io.BytesIO()
    with zipfile.ZipFile(without_metadata, "w") as file:
        file.writestr("pipelines/__init__.py", b"")
    flipped = SMALL.content.replace(b"polars==1.0", b"polars==6.6")
    for content, name, said in (
        (b"no zip", NAME, "cannot be read as a wheel"),
        (SMALL.content[:-40], NAME, "cannot be read as a wheel"),
        (flipped, NAME, "cannot be read as a wheel: Bad CRC-32"),
        (without_metadata.getvalue(), NAME, "no folder of metadata"),
        (without_lock.content, NAME, "no wheel of Madang with its lock"),
        (SMALL.content, "polars-1.0-py3-none-any.whl", "no wheel of Madang"),
        (SMALL.content, "madang-0.1.0;rm -rf-py3-none-any.whl", "no wheel of Madang"),
    ):
        with pytest.raises(WheelError, match=said):
            wheel_in(spoilt(tmp_path, content, name))
    with pytest.raises(WheelError, match="there is no such file; give a wheel of Madang"):
        wheel_in(tmp_path / "absent.whl")
    with pytest.raises(WheelError, match="cannot be read as a wheel"):
        wheel_in(tmp_path)


def test_a_file_that_its_record_does_not_know_is_named(tmp_path: Path) -> None:
    path = written_otherwise(SMALL, tmp_path / NAME)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("assets/added.py", b"1")
    with pytest.raises(WheelError, match=r"its RECORD does not agree with assets/added\.py"):
        wheel_in(path)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout, in which `make wheel` was run."""
    for name, content in SMALL.files.items():
        if not name.startswith(METADATA):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / NAME).write_bytes(SMALL.content)
    monkeypatch.setattr(wheels, "ROOT", tmp_path)
    monkeypatch.setattr(wheels, "_installation", lambda: None)
    return tmp_path


def test_the_wheel_of_a_checkout_is_the_one_that_was_built_of_it(checkout: Path) -> None:
    assert own_wheel().content == SMALL.content
    (checkout / "dist" / NAME).unlink()
    with pytest.raises(WheelError, match=r"there is no wheel in .*dist: run `make wheel` there"):
        own_wheel()


@pytest.mark.parametrize("change", ["pipelines/__init__.py", LOCK, "assets/new.py"])
def test_a_wheel_of_another_state_of_the_checkout_is_refused(checkout: Path, change: str) -> None:
    (checkout / change).parent.mkdir(exist_ok=True)
    (checkout / change).write_text("other")
    with pytest.raises(WheelError, match=rf"another state of the checkout \({change}\): run `make wheel` again"):
        own_wheel()


def test_the_version_of_a_checkout_says_which() -> None:
    assert version_text().startswith(f"madang 0.1.0 (checkout {ROOT}; Python 3.")
