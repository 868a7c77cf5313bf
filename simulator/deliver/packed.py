"""Bytes into the container that a file's name promises. The same bytes make the same container on every day."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

import zstandard

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
        content = _tar(member, content)
    if small.endswith((".gz", ".tgz")):
        return gzip.compress(content, mtime=0)
    if small.endswith((".zst", ".zstd")):
        return zstandard.ZstdCompressor().compress(content)
    if small.endswith(".zip") or (needs_container and not small.endswith(".tar")):
        return zipped({member: content})
    return content


def bare(name: str) -> str:
    """A file's name without the endings of containers."""
    for ending in (".zip", ".tgz", ".gz", ".zstd", ".zst", ".tar"):
        if name.lower().endswith(ending):
            return bare(name[: -len(ending)])
    return name


def _tar(member: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return written.getvalue()
