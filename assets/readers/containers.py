"""Containers: bytes of a zip, tar, gz, zst, bz2 or xz (also nested) become those of the files inside, within limits.

Nothing is written to disk and nothing is parsed.
"""

from __future__ import annotations

import io
import lzma
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.failures import PermanentFailure
from assets.readers.encodings.decide import name_text
from assets.readers.expansion import EXPANSION_OF, ExpansionBudget, Limits, drained

_BLOCKS_OF_BZ2 = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")  # how a file goes on: with a block, or without any
_REPACK = "pack it again as zip, tar, gz, zst, bz2 or xz, or deliver the file as it is"
_AGAIN = "have it delivered again and compare the size with the sender's"
_FOREIGN = {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR"}
# What desktop computers add to archives on their own; no partner means these as data.
_CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


LIMITS = Limits()


@dataclass(frozen=True)
class Member:
    """One file of data; `name` is its path inside the container, or the delivery name if there is none."""

    name: str
    content: bytes
    kind: str  # "xlsx" or "plain"


def unpack(name: str, content: bytes, limits: Limits = LIMITS, *, languages: Sequence[str] = ()) -> Iterator[Member]:
    """The data files in a delivery, in the order of the container; itself if it is no container.

    `languages` of the city: for names of members that are not UTF-8.
    """
    yield from _open(name, content, 0, ExpansionBudget(name, len(content), limits, languages))


def container(content: bytes) -> str | None:
    """Kind of container by its first bytes, never by its name: partners do name XLSX files .csv."""
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if content[:2] == b"\x1f\x8b":
        return "gz"
    if content[:4] == b"\x28\xb5\x2f\xfd" or (content[1:4] == b"\x2a\x4d\x18" and content[0] >> 4 == 5):
        return "zst"
    if content[:3] == b"BZh" and any(begins.startswith(content[4:10]) for begins in _BLOCKS_OF_BZ2):
        return "bz2"
    if content[:6] == b"\xfd7zXZ\0":
        return "xz"
    if content[257:262] == b"ustar":
        return "tar"
    return None


def _open(name: str, content: bytes, depth: int, budget: ExpansionBudget) -> Iterator[Member]:
    for magic, label in _FOREIGN.items():
        if content.startswith(magic):
            raise PermanentFailure("FILE-UNSUPPORTED", f"it is packed with {label}", _where(name, budget), _REPACK)
    kind = container(content)
    if kind is None:
        yield Member(name, content, "plain")
        return
    if kind == "zip":
        yield from _zip(name, content, depth, budget)
        return
    if depth >= budget.limits.depth:
        budget.bomb(f"containers are nested more than {budget.limits.depth} deep")
    if kind == "tar":
        yield from _tar(name, content, depth, budget)
        return
    inner = EXPANSION_OF[kind](content, budget)
    bare = _without_suffix(name)
    if container(inner) == "tar":  # tar.gz is one container of two layers, not two
        yield from _tar(bare, inner, depth, budget)
    else:
        yield from _open(bare, inner, depth + 1, budget)


def _where(name: str, budget: ExpansionBudget) -> str:
    return name if name == budget.delivery else f"{budget.delivery} > {name}"


def _without_suffix(name: str) -> str:
    for suffix, instead in ((".tgz", ".tar"), (".gz", ""), (".zstd", ""), (".zst", ""), (".bz2", ""), (".xz", "")):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] + instead
    return name


def _safe(name: str, budget: ExpansionBudget, *, plain: bool) -> bool:
    """Is this member data? Raises when its path or kind could do harm once somebody extracts it to disk."""
    path = name.replace("\\", "/")
    if not plain or path.startswith("/") or path[1:2] == ":" or ".." in path.split("/") or "\0" in path:
        what = f"the member {name!r} has an absolute path or '..', or is a link or a device"
        hint = "pack plain files under relative names"
        raise PermanentFailure("FILE-MEMBER-PATH", what, budget.delivery, hint)
    parts = path.split("/")
    return not (parts[-1] in _CLUTTER or parts[0] in _CLUTTER or parts[-1].startswith("._"))


def _zip_name(info: zipfile.ZipInfo, languages: Sequence[str]) -> str:
    """zipfile reads names without the UTF-8 flag as cp437; Windows writes the encoding of its country there.

    Where that is in doubt the bytes are shown as they are: a name in other letters would be another name.
    """
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        name = _name(name.encode("cp437"), languages)
    return unicodedata.normalize("NFC", name)


def _name(raw: bytes, languages: Sequence[str]) -> str:
    try:
        return name_text(raw, languages, "a name")
    except PermanentFailure:
        return "".join(chr(byte) if byte < 128 else f"<{byte:02x}>" for byte in raw)


def _zip(name: str, content: bytes, depth: int, budget: ExpansionBudget) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise budget.broken("the table of contents at the end of the zip is missing or wrong") from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = {info.filename for info in infos}
    sheets = "xl/workbook.xml" in names
    if not sheets and ("mimetype" in names or "[Content_Types].xml" in names):
        what = "it is an office document (not XLSX)"
        raise PermanentFailure("FILE-BINARY", what, _where(name, budget), "save it as XLSX or CSV")
    if not sheets and depth >= budget.limits.depth:
        budget.bomb(f"containers are nested more than {budget.limits.depth} deep")
    wanted: list[tuple[str, zipfile.ZipInfo]] = []
    for info in infos:
        budget.member()
        label = _zip_name(info, budget.languages)
        mode = info.external_attr >> 16
        if not _safe(label, budget, plain=stat.S_IFMT(mode) in (0, stat.S_IFREG)):
            continue
        if info.flag_bits & 0x1:
            hint = "deliver it without a password"
            raise PermanentFailure("FILE-ENCRYPTED", f"the member {label!r} has a password", budget.delivery, hint)
        wanted.append((label, info))
    if budget.expanded + sum(info.file_size for _, info in wanted) > budget.limits.expanded:
        budget.bomb(f"it announces more than {budget.limits.expanded:,} bytes")
    if not wanted:
        raise PermanentFailure("FILE-EMPTY", "the zip holds no file", _where(name, budget), _AGAIN)
    for label, info in wanted:
        data = _zip_member(archive, label, info, budget)
        if not sheets:
            yield from _open(label if depth == 0 else f"{name}/{label}", data, depth + 1, budget)
    if sheets:  # expanded above only to hold it to the limits before the reader of spreadsheets opens it
        yield Member(name, content, "xlsx")


def _zip_member(archive: zipfile.ZipFile, label: str, info: zipfile.ZipInfo, budget: ExpansionBudget) -> bytes:
    try:
        with archive.open(info) as source:
            return drained(source, budget)
    except NotImplementedError as error:
        what = f"the member {label!r} is packed in a way that cannot be read ({error})"
        raise PermanentFailure("FILE-UNSUPPORTED", what, budget.delivery, _REPACK) from error
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, zlib.error, lzma.LZMAError) as error:
        raise budget.broken(f"the member {label!r} cannot be expanded ({error})") from error


def _tar(name: str, content: bytes, depth: int, budget: ExpansionBudget) -> Iterator[Member]:
    wanted: list[tuple[str, bytes]] = []
    end = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:", encoding="utf-8") as archive:
            for info in archive:
                budget.member()
                end = info.offset_data + (info.size + 511) // 512 * 512 if info.isreg() else info.offset_data
                label = unicodedata.normalize(
                    "NFC", _name(info.name.encode("utf-8", "surrogateescape"), budget.languages)
                )
                plain = (info.isreg() or info.isdir()) and not info.issparse()
                if not _safe(label, budget, plain=plain) or info.isdir():
                    continue
                if info.offset_data + info.size > len(content):
                    raise budget.broken(f"the member {label!r} is not there to its end")
                wanted.append((label, content[info.offset_data : info.offset_data + info.size]))
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise budget.broken(f"the tar cannot be read ({error})") from error
    # tarfile takes an archive that was cut between two members for a whole one; only the closing block tells.
    if content[end : end + 512] != bytes(512):
        raise budget.broken("the closing block of the tar is missing")
    if not wanted:
        raise PermanentFailure("FILE-EMPTY", "the tar holds no file", _where(name, budget), _AGAIN)
    for label, data in wanted:
        yield from _open(label if depth == 0 else f"{name}/{label}", data, depth + 1, budget)
