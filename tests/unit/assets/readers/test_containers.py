"""Packed deliveries: every kind by its bytes, and what is refused because it is cut, too large or not safe."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers import containers
from assets.readers.containers import Limits
from assets.readers.read import read_rows
from quality.contract.layout import Layout
from tests.support.readers import GOOD, fails, read, zipped


def _tar(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = (
                (len(content) if kind == tarfile.REGTYPE else 0),
                kind,
                "target",
            )
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


NOISE = "a,b\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(3_000))
PACKED = {
    "zip": zipped({"in.csv": NOISE.encode()}),
    "tar": _tar({"in.csv": NOISE.encode()}),
    "gz": gzip.compress(NOISE.encode()),
    "zst": _zst(NOISE.encode()),
    "bz2": bz2.compress(NOISE.encode()),
    "xz": lzma.compress(NOISE.encode()),
    "tar.xz": lzma.compress(_tar({"in.csv": NOISE.encode()})),
    "tar.bz2": bz2.compress(_tar({"in.csv": NOISE.encode()})),
    "tar.gz": gzip.compress(_tar({"in.csv": NOISE.encode()})),
    "tar.zst": _zst(_tar({"in.csv": NOISE.encode()})),
}


@pytest.mark.parametrize("kind", PACKED)
def test_containers_by_their_bytes_whatever_the_name(kind: str) -> None:
    for name in (f"in.csv.{kind}", "wrong.csv"):
        rows = read(PACKED[kind], name=name)
        assert rows.frame.height == 3_000
    if kind in ("gz", "zst", "bz2", "xz"):
        assert read(PACKED[kind], name=f"in.csv.{kind}").member == "in.csv"
    elif not kind.startswith("tar.") or kind == "tar.zst":
        assert rows.member == "in.csv"


def test_several_frames_in_one_file_are_one_text() -> None:
    assert read(_zst(b"a,b\n") + _zst(b"1,2\n") + _zst(b"3,4\n")).frame.height == 2
    assert read(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")).frame.height == 1


def test_all_members_in_order_without_the_clutter_of_desktops() -> None:
    members = {
        "b.csv": GOOD,
        "sub/a.csv": GOOD,
        "__MACOSX/._b.csv": b"\0",
        ".DS_Store": b"\0",
        "sub/._a.csv": b"\0",
    }
    for content in (zipped(members), _tar(members), _zst(_tar(members)), zipped({"x.zip": zipped(members)})):
        found = read_rows("x.zip", content, Layout())
        assert [rows.member.removeprefix("x.zip/") for rows in found] == ["b.csv", "sub/a.csv"]
    folders = zipped({"empty/": b"", "b.csv": GOOD})
    assert len(read_rows("x.zip", folders, Layout())) == 1


def test_korean_member_names_of_windows() -> None:
    def windows(info: zipfile.ZipInfo) -> None:
        info.filename = info.orig_filename = "대여.csv".encode("cp949").decode("cp437")
        info._encodeFilenameFlags = lambda: (info.filename.encode("cp437"), 0)  # type: ignore[attr-defined]

    class Named(zipfile.ZipInfo):
        __slots__ = ("_encodeFilenameFlags",)

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = Named("x")
        windows(info)
        archive.writestr(info, GOOD)
    assert read(out.getvalue(), name="x.zip").member == "대여.csv"
    assert read(zipped({"대여.csv": GOOD}), name="x.zip").member == "대여.csv"


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_cut_containers_are_refused(kind: str, share: float) -> None:
    packed = PACKED[kind].rstrip(b"\0") if kind == "tar" else PACKED[kind]
    fails("FILE-TRUNCATED", packed[: int(len(packed) * share)], "compare the size", name=f"in.csv.{kind}")


def test_tar_cut_between_two_members_is_not_taken_for_whole() -> None:
    content = _tar({"a.csv": GOOD, "b.csv": GOOD})
    fails("FILE-TRUNCATED", content[:1024], "closing block", name="x.tar")


@given(data=st.data(), kind=st.sampled_from(sorted(PACKED)))
def test_law_a_cut_container_never_gives_rows(data: st.DataObject, kind: str) -> None:
    packed = PACKED[kind]
    # From where the bytes say what it is, to where all that is missing is padding.
    least, most = (512, 512 + (len(NOISE) + 511) // 512 * 512 + 511) if kind == "tar" else (4, len(packed) - 1)
    at = data.draw(st.integers(least, most))
    with pytest.raises(PermanentFailure):
        read_rows("x", packed[:at], Layout())


def test_a_damaged_member_fails_the_whole_delivery() -> None:
    content = bytearray(zipped({"a.csv": GOOD, "b.csv": NOISE.encode()}))
    content[content.rfind(b"b.csv", 0, -100) + 2_000] ^= 0xFF
    fails("FILE-TRUNCATED", bytes(content), "b.csv", name="x.zip")
    broken = bytearray(PACKED["gz"])
    broken[len(broken) // 2] ^= 0xFF
    fails("FILE-TRUNCATED", bytes(broken), name="x.gz")


def test_what_expands_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"0" * 80 * 2**20
    for name, content in {
        "x.gz": gzip.compress(zeros),
        "x.zst": _zst(zeros),
        "x.zip": zipped({"a": zeros}),
    }.items():
        fails("FILE-BOMB", content, "expand more than 200 times", "smaller parts", name=name)
    monkeypatch.setattr(containers.unpack, "__defaults__", (Limits(expanded=1_000, members=3),))
    for name, content in {
        "x.gz": gzip.compress(b"0" * 1_001),
        "x.zip": zipped({"a": b"0" * 600, "b": b"0" * 600}),
    }.items():
        fails("FILE-BOMB", content, "more than 1,000 bytes", name=name)
    for content in (
        zipped({str(number): GOOD for number in range(4)}),
        _tar({str(number): GOOD for number in range(4)}),
    ):
        fails("FILE-BOMB", content, "more than 3 files", name="x")


def test_a_bomb_never_gets_into_memory() -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join([*(packer.compress(bytes(2**20)) for _ in range(1_024)), packer.flush()])
    tracemalloc.start()
    try:
        fails("FILE-BOMB", bomb, name="x.zst")
        assert tracemalloc.get_traced_memory()[1] < 160 * 2**20  # of 1 GiB
    finally:
        tracemalloc.stop()


def test_a_container_in_a_container_is_named_with_its_path() -> None:
    twice = zipped({"b.zip": zipped({"a.csv": GOOD})})
    assert read(twice, name="c.zip").member == "b.zip/a.csv"
    assert read(zipped({"b.tar.gz": gzip.compress(_tar({"a.csv": GOOD}))}), name="c.zip").frame.height == 2
    for content in (zipped({"c.zip": twice}), gzip.compress(_zst(gzip.compress(GOOD))), gzip.compress(twice)):
        fails("FILE-BOMB", content, "nested more than 2 deep", name="x")


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.csv", "a/../../b.csv", "C:\\x.csv", "..\\x.csv"])
def test_members_that_would_leave_their_folder_are_refused(path: str) -> None:
    fails("FILE-MEMBER-PATH", zipped({path: GOOD}), "relative names", name="x.zip")
    fails("FILE-MEMBER-PATH", _tar({path: GOOD}), "relative names", name="x.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_containers_are_refused(kind: bytes) -> None:
    fails("FILE-MEMBER-PATH", _tar({"a.csv": b""}, kind), "link or a device", name="x.tar")

    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    fails("FILE-MEMBER-PATH", zipped({"a.csv": b"/etc/passwd"}, link), "link or a device", name="x.zip")


def test_encrypted_members_are_refused() -> None:
    content = bytearray(zipped({"a.csv": GOOD}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    fails("FILE-ENCRYPTED", bytes(content), "a.csv", "without a password", name="x.zip")
    office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    fails("FILE-ENCRYPTED", office, "without a password", name="x.xlsx")


@pytest.mark.parametrize("content", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0"])
def test_other_packers_are_named(content: bytes) -> None:
    fails("FILE-UNSUPPORTED", content, "pack it again as zip")


def test_containers_without_data() -> None:
    for content in (
        zipped({}),
        zipped({".DS_Store": b"x"}),
        _tar({"._a": b"x"}),
        zipped({"a.csv": b""}),
        gzip.compress(b""),
    ):
        fails("FILE-EMPTY", content, "delivered again", name="x")


def test_failure_in_a_member_names_both_files() -> None:
    text = fails("FILE-DUPLICATE-COLUMN", zipped({"a.csv": GOOD, "sub/b.csv": b"x,x\n"}), name="x.zip")
    assert "x.zip > sub/b.csv" in text
