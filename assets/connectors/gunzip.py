"""Unpacking a gzip stream as it comes: all of its members, and nothing that is none."""

from __future__ import annotations

import zlib


class Gunzip:
    """A gzip body may be several members one after the other, as servers write that join packed files."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._begun = False  # has the member that is being read a byte?
        self._ended = False  # has a member ended before it?
        self._padded = False  # zeros after the last member, as block devices leave them

    def feed(self, packed: bytes, most: int) -> bytes:
        """What these bytes unpack to, no more than `most` bytes of it. Raises zlib.error on what is no gzip."""
        pieces, left = [], most
        while packed and left > 0:
            if self._ended and not self._begun and (self._padded or packed[:1] == b"\0"):
                if packed.strip(b"\0"):
                    raise zlib.error("there is something else after the last member")
                self._padded = True
                break
            self._begun = True
            piece = self._member.decompress(packed, left)
            pieces.append(piece)
            left -= len(piece)
            if not self._member.eof:
                break
            packed = self._member.unused_data
            self._ended = True
            self._member, self._begun = zlib.decompressobj(zlib.MAX_WBITS | 16), False
        return b"".join(pieces)

    @property
    def whole(self) -> bool:
        """Whether the last member that began has ended."""
        return not self._begun
