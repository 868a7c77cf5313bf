"""The drop folder: what is delivered, what is refused and why."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.connectors import files
from assets.connectors.files import DeliveredFile, RefusedFile, collect
from assets.failures import FeedFailure, PermanentFailure, TransientFailure


def _names(root: Path, *patterns: str, **more: object) -> list[str]:
    return [item.name for item in collect(root, patterns, **more) if isinstance(item, DeliveredFile)]  # type: ignore[arg-type]


def _refused(root: Path, *patterns: str, **more: object) -> list[RefusedFile]:
    return [item for item in collect(root, patterns, **more) if isinstance(item, RefusedFile)]  # type: ignore[arg-type]


def _one(refused: list[RefusedFile], code: str, kind: type[FeedFailure], *words: str) -> None:
    (only,) = refused
    assert only.failure.code == code
    assert type(only.failure) is kind
    text = str(only.failure)
    assert only.name in text
    assert only.failure.hint in text
    assert "\n" not in text
    for word in words:
        assert word in text


def test_gives_exact_bytes_time_and_size_sorted_by_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name, content in {
        "b.csv": b"\xef\xbb\xbfx\r\n",
        "a.csv": b"",
        "sub/c.csv": b"\0\xff",
        "d.txt": b"no",
    }.items():
        (tmp_path / name).write_bytes(content)
    os.utime(tmp_path / "b.csv", (1_600_000_000, 1_600_000_000))
    found = list(collect(tmp_path, ["**/*.csv", "b.*"]))
    assert [(item.name, item.content) for item in found if isinstance(item, DeliveredFile)] == [
        ("a.csv", b""),
        ("b.csv", b"\xef\xbb\xbfx\r\n"),
        ("sub/c.csv", b"\0\xff"),
    ]
    second = found[1]
    assert isinstance(second, DeliveredFile)
    assert second.received_at == datetime.fromtimestamp(1_600_000_000, tz=UTC)
    assert second.headers["content-length"] == "6"
    assert str(tmp_path) not in repr(second)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["a.csv"]),
        ("**/*.csv", ["2020/01/c.csv", "2020/b.csv", "a.csv"]),
        ("2020/*.csv", ["2020/b.csv"]),
        ("*/*/*.csv", ["2020/01/c.csv"]),
        ("20[12]0/**", ["2020/01/c.csv", "2020/b.csv"]),
        ("./a.*", ["a.csv"]),
        (".hidden/*.csv", [".hidden/e.csv"]),
        (".*.csv", [".part.csv"]),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    for name in ("a.csv", "2020/b.csv", "2020/01/c.csv", ".part.csv", ".hidden/e.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert _names(tmp_path, pattern) == expected


def test_excluded_files_are_neither_delivered_nor_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "a_copy.csv", "big_copy.csv"):
        (tmp_path / name).write_bytes(b"xx")
    assert [item.name for item in collect(tmp_path, ["*.csv"], exclude=["*_copy.csv"], max_bytes=2)] == ["a.csv"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_korean_names_match_in_both_unicode_forms(tmp_path: Path, form: str, asked: str) -> None:
    name = "서울특별시 공공자전거 일별 대여건수(2019.4~5).csv"
    (tmp_path / unicodedata.normalize(form, name)).write_bytes(b"x")
    assert _names(tmp_path, unicodedata.normalize(asked, "서울*대여건수*.csv")) == [name]


def test_name_in_cp949_bytes_is_read_and_other_bytes_are_refused(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode("대여.csv".encode("cp949"))).write_bytes(b"x")
        (tmp_path / os.fsdecode(b"z\xff.csv")).write_bytes(b"x")
    except OSError:
        pytest.skip("this disk only takes names in UTF-8")
    assert _names(tmp_path, "*.csv", languages=["ko"]) == ["대여.csv"]
    _one(_refused(tmp_path, "*.csv", languages=["ko"]), "FILE-NAME", PermanentFailure, "rename")
    assert len(_refused(tmp_path, "*.csv", languages=["sv"])) == 2


def test_capital_and_small_letters_match_each_other(tmp_path: Path) -> None:
    for name in ("PM10_20260721.CSV", "pm10_20260721.csv", "Air/A.Csv", "air/old_x.CSV"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert _names(tmp_path, "*.csv") == ["PM10_20260721.CSV", "pm10_20260721.csv"]
    assert _names(tmp_path, "AIR/*.csv", exclude=["**/OLD_*"]) == ["Air/A.Csv"]


def test_two_spellings_of_one_name_do_not_claim_one_identity(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "강남.csv")).write_bytes(form.encode())
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this disk holds only one of the two")
    assert len(_names(tmp_path, "*.csv")) == 1
    _one(_refused(tmp_path, "*.csv"), "FILE-NAME-TWICE", PermanentFailure, "rename")


def test_missing_root_raises_at_once(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match=r"FILE-ROOT: .*gone.*does not exist; create it"):
        collect(tmp_path / "gone", ["*.csv"])
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PermanentFailure, match="is not a folder"):
        collect(tmp_path / "file", ["*.csv"])


@pytest.mark.parametrize("pattern", ["/etc/*", "../*.csv", "a/../../b", "C:\\data\\*.csv", "", " "])
def test_patterns_that_leave_the_folder_raise_at_once(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(PermanentFailure, match=r"FILE-PATTERN: .*relative to the drop folder"):
        collect(tmp_path, [pattern])
    with pytest.raises(PermanentFailure, match="FILE-PATTERN"):
        collect(tmp_path, [])


def test_links_out_of_the_folder_are_refused_and_links_inside_are_read(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (root / "in").mkdir(parents=True)
    (outside / "secret.csv").write_bytes(b"secret")
    (root / "in" / "a.csv").write_bytes(b"a")
    (root / "latest").symlink_to(root / "in")
    (root / "in" / "loop").symlink_to(root)
    assert _names(root, "**/*.csv") == ["in/a.csv", "latest/a.csv"]
    (root / "link.csv").symlink_to(outside / "secret.csv")
    _one(_refused(root, "*.csv"), "FILE-OUTSIDE", PermanentFailure, "outside the drop folder")
    (root / "link.csv").unlink()
    (root / "folder").symlink_to(outside)
    _one(_refused(root, "folder/*.csv"), "FILE-OUTSIDE", PermanentFailure)
    assert _refused(root, "in/*.csv") == []


def test_a_folder_whose_name_begins_like_the_root_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root2").mkdir()
    (tmp_path / "root2" / "x.csv").write_bytes(b"x")
    (tmp_path / "root" / "x.csv").symlink_to(tmp_path / "root2" / "x.csv")
    _one(_refused(tmp_path / "root", "*.csv"), "FILE-OUTSIDE", PermanentFailure)


@pytest.mark.parametrize("target", ["nothing.csv", "self.csv"])
def test_links_to_nothing_are_refused_for_good(tmp_path: Path, target: str) -> None:
    (tmp_path / "self.csv").symlink_to(tmp_path / target)
    _one(_refused(tmp_path, "*.csv"), "FILE-UNREADABLE", PermanentFailure, "could not be read")


def test_folders_pipes_and_sockets_do_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.csv").mkdir()
    _one(_refused(tmp_path, "*.csv"), "FILE-NOT-A-FILE", PermanentFailure, "it is a folder", "pattern")
    (tmp_path / "folder.csv").rmdir()
    os.mkfifo(tmp_path / "pipe.csv")
    _one(_refused(tmp_path, "*.csv"), "FILE-NOT-A-FILE", PermanentFailure, "not a plain file")
    (tmp_path / "pipe.csv").unlink()
    monkeypatch.chdir(tmp_path)  # the address of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.csv")
        _one(_refused(tmp_path, "*.csv"), "FILE-NOT-A-FILE", PermanentFailure)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EACCES, PermanentFailure), (errno.EIO, TransientFailure), (errno.ESTALE, TransientFailure)],
)
def test_unreadable_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[FeedFailure]
) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")

    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "open", refuse)  # by mode bits would not do: root may read everything
    _one(_refused(tmp_path, "*.csv"), "FILE-UNREADABLE", kind, os.strerror(number))


def test_unreadable_folder_is_told_and_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.csv").write_bytes(b"x")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(files.os, "scandir", scandir)
    assert _names(tmp_path, "**/*.csv") == ["open.csv"]
    _one(_refused(tmp_path, "**/*.csv"), "FILE-UNREADABLE", PermanentFailure, "closed", "the folder")


def test_too_large_files_are_refused_without_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_bytes(b"123")
    assert _names(tmp_path, "*.csv", max_bytes=3) == ["a.csv"]
    monkeypatch.setattr(files, "_content", lambda *_: pytest.fail("it was read"))
    _one(_refused(tmp_path, "*.csv", max_bytes=2), "FILE-TOO-LARGE", PermanentFailure, "3 bytes", "max_bytes")


def test_files_that_change_while_read_may_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    real = files._content

    def grows(file: object, size: int) -> bytes:
        with path.open("ab") as more:
            more.write(b"more")
        return real(file, size)  # type: ignore[arg-type]

    def shrinks(file: object, size: int) -> bytes:
        path.write_bytes(b"")
        return real(file, size)  # type: ignore[arg-type]

    def same_size(file: object, size: int) -> bytes:
        content = real(file, size)  # type: ignore[arg-type]
        path.write_bytes(b"y" * size)
        os.utime(path, (1, 1))
        return content

    def vanishes(file: object, size: int) -> bytes:
        path.unlink()
        return real(file, size)  # type: ignore[arg-type]

    for change in (grows, shrinks, same_size, vanishes):
        path.write_bytes(b"x" * 100)
        monkeypatch.setattr(files, "_content", change)
        _one(_refused(tmp_path, "*.csv"), "FILE-CHANGING", TransientFailure, "try again")


def test_a_file_that_vanishes_after_listing_may_be_tried_again(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"x")
    stream = collect(tmp_path, ["*.csv"])
    assert next(stream).name == "a.csv"
    (tmp_path / "b.csv").unlink()
    _one([item for item in stream if isinstance(item, RefusedFile)], "FILE-CHANGING", TransientFailure, "vanished")


def test_failures_survive_pickling() -> None:
    failure = TransientFailure("FILE-CHANGING", "what", "where", "hint")
    again = pickle.loads(pickle.dumps(failure))  # noqa: S301 - our own bytes
    assert (type(again), str(again)) == (TransientFailure, "FILE-CHANGING: where: what; hint.")
