"""The pieces of a file that say in which encoding it is: its different words beyond ASCII, at most a few hundred."""

from __future__ import annotations

import re

import numpy as np

_BLOCK = 16 * 2**20
_MOST = 200
_VISITED = 4_000
# No byte of these is ever part of a letter in any encoding that is known here; letters, digits and @[\]^_`{|}~ are.
_BETWEEN = bytes(range(0x30)) + b":;<=>?"
_CUT = np.isin(np.arange(256), np.frombuffer(_BETWEEN, np.uint8))
_EDGE = re.compile(b"[" + re.escape(_BETWEEN) + b"]")
_LONGEST = 120  # bytes of a word that are looked at; its last letter may be cut
_NEAR, _FAR = 128, 2**16


def pieces(content: bytes) -> list[bytes]:
    """Words of the text with a byte beyond ASCII in them, each once, from all parts of the file."""
    found: dict[bytes, None] = {}
    blocks = range(0, len(content), _BLOCK)
    for at in blocks:
        block = np.frombuffer(content, np.uint8, min(_BLOCK, len(content) - at), at)
        marks = np.flatnonzero(block & 0x80)
        if marks.size > _VISITED // len(blocks) + 100:
            marks = marks[np.linspace(0, marks.size - 1, _VISITED // len(blocks) + 100).astype(np.int64)]
        end = -1
        most = len(found) + max(_MOST // len(blocks), 1)
        for mark in marks.tolist():
            if mark < end or len(found) >= most:
                continue
            start, end = _word(content, at + mark)
            if start is not None:
                found[content[start : min(end, start + _LONGEST)]] = None
            end -= at
    return list(found)


def _word(content: bytes, at: int) -> tuple[int | None, int]:
    """Where the word around this byte begins and ends; None where its begin is too far away to be looked for."""
    after = _EDGE.search(content, at)
    end = len(content) if after is None else after.start()
    for far in (_NEAR, _FAR):
        first = max(0, at - far)
        before = np.flatnonzero(_CUT[np.frombuffer(content, np.uint8, at - first, first)])
        if before.size or first == 0:
            return (first + int(before[-1]) + 1 if before.size else 0), end
    return None, end
