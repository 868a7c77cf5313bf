"""Real files of other cities: read with the csv module, and carried into a drop folder as far as a test needs them."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Collection, Iterator

import zstandard

from tests.support.paths import REAL_DATA

Row = dict[str, str]


def csv_rows(pattern: str, encoding: str = "utf-8-sig") -> Iterator[Row]:
    """The rows of the real files of a pattern, in the order of their names."""
    for path in sorted(REAL_DATA.glob(pattern)):
        with path.open(encoding=encoding, newline="") as file:
            yield from csv.DictReader(file)


def snapshots(packed: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The members of an archive."""
    unpacked = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read()
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                yield member, file.read()


def members_of(packed: bytes, days: Collection[str]) -> bytes:
    """The archive with those members alone whose names begin with one of `days`, such as 20260710."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for member, data in snapshots(packed):
            if member.name.rsplit("/", maxsplit=1)[-1][:8] in days:
                archive.addfile(member, io.BytesIO(data))
    return zstandard.ZstdCompressor().compress(out.getvalue())
