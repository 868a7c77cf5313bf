"""Bytes into the container that a file's name promises. The same bytes make the same container on every day."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

import zstandard

from simulator.deliver.cannot import CannotDeliverError

_SAVED = (2020, 1, 1, 0, 0, 0)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _SAVED), content)
    return written.getvalue()


def packed(name: str, member: str, content: bytes, *, needs_container: bool = False) -> bytes:
    """The content as a file of this name has it; a file that is no container is the content itself."""
    small = name.lower()
    if small.endswith((".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.zstd")):
        content = _tar({member: content})
    if small.endswith((".gz", ".tgz", ".zst", ".zstd")):
        return _compressed(small, content)
    if small.endswith(".zip") or (needs_container and not small.endswith(".tar")):
        return zipped({member: content})
    return content


def with_members_of(name: str, there: bytes, content: bytes) -> bytes:
    """An archive with the members of two of this name; one whose name is in both is that of the second."""
    if zipfile.is_zipfile(io.BytesIO(there)) and zipfile.is_zipfile(io.BytesIO(content)):
        return zipped(_unzipped(there) | _unzipped(content))
    if not name.lower().endswith((".tar", ".tgz", ".tar.gz")):
        raise CannotDeliverError(f"several tables of one archive are made in zip and tar, not in {name}")
    return _compressed(name.lower(), _tar(_untarred(there) | _untarred(content)))


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _untarred(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in found.items() if file is not None}


def bare(name: str) -> str:
    """A file's name without the endings of containers."""
    for ending in (".zip", ".tgz", ".gz", ".zstd", ".zst", ".tar"):
        if name.lower().endswith(ending):
            return bare(name[: -len(ending)])
    return name


def _compressed(name: str, content: bytes) -> bytes:
    if name.endswith((".gz", ".tgz")):
        return gzip.compress(content, mtime=0)
    if name.endswith((".zst", ".zstd")):
        return zstandard.ZstdCompressor().compress(content)
    return content


def _tar(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return written.getvalue()
