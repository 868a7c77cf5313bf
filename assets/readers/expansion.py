"""What is packed becomes what it was, within limits that count each byte before the next one is asked for."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import zstandard
from isal import igzip

from assets.failures import PermanentFailure

_PIECE = 2**20
_MOST_MEMORY = 128 * 2**20  # of a dictionary of xz; its strongest preset takes 65 MiB
_AGAIN = "have it delivered again and compare the size with the sender's"


@dataclass(frozen=True)
class Limits:
    """How far one delivery may expand. The ratio counts only beyond `ratio_from`: texts compress well."""

    expanded: int = 4 * 2**30
    ratio: int = 200
    ratio_from: int = 64 * 2**20
    members: int = 1_000
    depth: int = 2


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class ExpansionBudget:
    """Counts every expanded byte of a delivery, before the next one is asked for."""

    def __init__(self, delivery: str, size: int, limits: Limits, languages: Sequence[str]) -> None:
        self.delivery, self.size, self.limits, self.languages = delivery, size, limits, languages
        self.expanded = self.members = 0

    def take(self, count: int) -> None:
        self.expanded += count
        if self.expanded > self.limits.expanded:
            self.bomb(f"it expands to more than {self.limits.expanded:,} bytes")
        if self.expanded > self.limits.ratio_from and self.expanded > self.limits.ratio * self.size:
            self.bomb(f"{self.size:,} bytes expand more than {self.limits.ratio} times")

    def member(self) -> None:
        self.members += 1
        if self.members > self.limits.members:
            self.bomb(f"it holds more than {self.limits.members:,} files")

    def bomb(self, what: str) -> None:
        raise PermanentFailure(
            "FILE-BOMB", what, self.delivery, "ask the partner what this is, or deliver in smaller parts"
        )

    def broken(self, what: str) -> PermanentFailure:
        return PermanentFailure("FILE-TRUNCATED", f"{what}, so it was cut short or damaged", self.delivery, _AGAIN)


def drained(source: _Readable, budget: ExpansionBudget) -> bytes:
    whole = io.BytesIO()
    while piece := source.read(_PIECE):
        budget.take(len(piece))
        whole.write(piece)
    return whole.getvalue()


def _gunzip(content: bytes, budget: ExpansionBudget) -> bytes:
    """By ISA-L, three times faster than zlib: unpacking was a third of reading a night of 50,000 sensors."""
    try:
        with igzip.GzipFile(fileobj=io.BytesIO(content)) as source:
            return drained(source, budget)
    except (EOFError, OSError, zlib.error) as error:
        raise budget.broken(f"the gzip data end or break off ({error})") from error


def _unzstd(content: bytes, budget: ExpansionBudget) -> bytes:
    """By hand, because zstandard's stream_reader ends a cut file silently, as if it were whole.

    1 KiB goes in at a time: a block of 4 bytes can mean 128 KiB, so that one step stays below 33 MiB.
    """
    whole = io.BytesIO()
    data = memoryview(content)
    at = 0
    try:
        while at < len(data):  # frame by frame; a file may hold several
            frame = zstandard.ZstdDecompressor().decompressobj()
            while not frame.eof:
                if at >= len(data):
                    raise budget.broken("the zstd data end in the middle of a frame")
                piece = frame.decompress(data[at : at + 1024])
                at = min(at + 1024, len(data))
                budget.take(len(piece))
                whole.write(piece)
            at -= len(frame.unused_data)
    except zstandard.ZstdError as error:
        raise budget.broken(f"the zstd data cannot be expanded ({error})") from error
    return whole.getvalue()


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes: ...


def _by_streams(start: Callable[[], _Decompressor], label: str) -> Callable[[bytes, ExpansionBudget], bytes]:
    """All streams of a file one after the other, a piece at a time. Behind a stream of xz zeros may stand."""

    def expand(content: bytes, budget: ExpansionBudget) -> bytes:
        whole, left = io.BytesIO(), content
        try:
            while left := left.lstrip(b"\0"):
                stream = start()
                piece = stream.decompress(left, _PIECE)
                while True:
                    budget.take(len(piece))
                    whole.write(piece)
                    if stream.eof:
                        break
                    if stream.needs_input:
                        raise budget.broken(f"the {label} data end in the middle of a stream")
                    piece = stream.decompress(b"", _PIECE)
                left = stream.unused_data
        except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
            raise budget.broken(f"the {label} data cannot be expanded ({error})") from error
        return whole.getvalue()

    return expand


EXPANSION_OF: dict[str, Callable[[bytes, ExpansionBudget], bytes]] = {
    "gz": _gunzip,
    "zst": _unzstd,
    "bz2": _by_streams(bz2.BZ2Decompressor, "bzip2"),
    "xz": _by_streams(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY), "xz"),
}
