"""What is read of large files: whole lines of their beginning, middle and end; and of tables: rows of the same."""

from __future__ import annotations

import codecs
from pathlib import Path

import polars as pl

from assets.failures import PermanentFailure
from assets.propose.seen import SAMPLE
from assets.readers.containers import container

WHOLE = 24 * 2**20  # bytes up to which a file is read as it is
_PIECE = 2 * 2**20
_PACKED = 256 * 2**20  # bytes of an archive, spreadsheet or JSON document, of which no piece can be read


def content_of(file: Path) -> tuple[bytes, float]:
    """The bytes that stand for a file, and the share of it that they are. Raises PermanentFailure, OSError."""
    size = file.stat().st_size
    with file.open("rb") as source:
        if size <= WHOLE:
            return source.read(WHOLE), 1.0
        first = source.read(4 * _PIECE)
        cut = _lines(first)
        if container(first) or cut is None or first.lstrip()[:1] in (b"{", b"[", b"<"):
            if size > _PACKED:
                what = f"it has {size:,} bytes, and an archive, spreadsheet or JSON document has to be read whole"
                hint = f"give a smaller delivery of the same kind, of up to {_PACKED:,} bytes"
                raise PermanentFailure("FILE-TOO-LARGE", what, str(file), hint)
            return first + source.read(_PACKED), 1.0
        pieces = [cut]
        for start in (size // 2, size - _PIECE):
            source.seek(start)
            piece = source.read(_PIECE)
            pieces.append(
                piece[piece.find(b"\n") + 1 :] if start == size - _PIECE else _lines(piece, inner=True) or b""
            )
    content = b"".join(pieces)
    return content, len(content) / size


def piece_of(content: bytes) -> tuple[bytes, float]:
    """The same of bytes that are there already, as a member of an archive is."""
    cut = _lines(content[: 4 * _PIECE]) if len(content) > WHOLE else None
    if cut is None or content.lstrip()[:1] in (b"{", b"[", b"<") or container(content):
        return content, 1.0
    tail = content[-_PIECE:]
    piece = cut + tail[tail.find(b"\n") + 1 :]
    return piece, len(piece) / len(content)


def _lines(piece: bytes, *, inner: bool = False) -> bytes | None:
    """Whole lines; None of what has no lines of single bytes."""
    first = piece.find(b"\n") + 1 if inner else 0
    last = piece.rfind(b"\n") + 1
    if last <= first or piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    return piece[first:last]


def some_rows(rows: pl.DataFrame, most: int = SAMPLE) -> pl.DataFrame:
    """At most so many rows: half of them the first, then some together from the middle, then the last."""
    if rows.height <= most:
        return rows
    part = most // 4
    first = most - 2 * part
    # In the middle of what the first and the last rows leave: a row that is taken twice looks like a repeated key.
    middle = rows.slice(first + (rows.height - most) // 2, part)
    return pl.concat([rows.head(first), middle, rows.tail(part)])
