"""Files made of months: those that are as they were are taken from the file before, and only the others are written.

A month is as it was when the digest of its rows is. Where it lies is said by how long each month of the file before is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import polars as pl

from assets.site.page import FilePart, PartedFile


class MonthOfFile(NamedTuple):
    """A month of a file, by its name such as 2020-11. digest: of its rows."""

    name: str
    digest: str
    rows: int


class TextAround(NamedTuple):
    """What stands between two months of a text, and after the last."""

    between: bytes
    tail: bytes


def text_in_parts(
    months: Sequence[MonthOfFile],
    earlier: PartedFile | None,
    around: TextAround,
    make: Callable[[Sequence[str]], tuple[bytes, list[bytes]]],
) -> PartedFile:
    """A text of these months. make: given names of months, what stands before the first of them, and each of them."""
    head, kept = _parts_of_text(earlier, around)
    # what stands before the first month may say of all what its first row says
    same_head = earlier is not None and earlier.parts[0][:2] == months[0][:2]
    found = {one.name: kept[one[:2]] for one in months if one[:2] in kept} if same_head else {}
    missing = [one.name for one in months if one.name not in found]
    if missing:
        made_head, made = make(missing)
        head = head if same_head else made_head
        found |= zip(missing, made, strict=True)
    texts = [found[one.name] for one in months]
    parts = [FilePart(one.name, one.digest, len(text)) for one, text in zip(months, texts, strict=True)]
    return PartedFile(head + around.between.join(texts) + around.tail, parts)


def table_in_parts(
    months: Sequence[MonthOfFile], earlier: PartedFile | None, make: Callable[[Sequence[str]], pl.DataFrame]
) -> PartedFile:
    """A file of Parquet of these months. make: given names of months, their rows in turn."""
    kept = set[tuple[str, str]]() if earlier is None else {part[:2] for part in earlier.parts}
    missing = [one for one in months if one[:2] not in kept]
    if earlier is None or len(missing) == len(months):
        rows = make([one.name for one in months])
    else:
        found = _slices(pl.read_parquet(earlier.content), [(*part[:2], part.length) for part in earlier.parts])
        if missing:
            found |= _slices(make([one.name for one in missing]), missing)
        rows = pl.concat([found[one[:2]] for one in months]).rechunk()
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", compression_level=3)
    return PartedFile(buffer.getvalue(), [FilePart(*one) for one in months])


def csv_lines(rows: pl.DataFrame) -> list[bytes]:
    """The lines of rows without the names of columns: one for each row, or more where a text has lines of its own."""
    return rows.write_csv(include_header=False).encode().splitlines(keepends=True)


def csv_in_parts(rows: pl.DataFrame, counts: Sequence[int]) -> list[bytes]:
    """So many rows in each part, without the names of columns. For texts that have lines of their own."""
    parts = [rows.slice(begin, end - begin) for begin, end in ends_of(counts)]
    return [part.write_csv(include_header=False).encode() for part in parts]


def joined_in_parts(lines: Sequence[bytes], counts: Sequence[int]) -> list[bytes]:
    """So many lines in each part."""
    return [b"".join(lines[begin:end]) for begin, end in ends_of(counts)]


def ends_of(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where each part of so many rows begins and ends."""
    return pairwise(accumulate(counts, initial=0))


def _parts_of_text(file: PartedFile | None, around: TextAround) -> tuple[bytes, Mapping[tuple[str, str], bytes]]:
    """What stands before the first part, and each part by its name and digest."""
    if file is None:
        return b"", {}
    lengths = [part.length + len(around.between) for part in file.parts]
    begin = len(file.content) - sum(lengths) + len(around.between) - len(around.tail)
    places = accumulate(lengths, initial=begin)
    found = {part[:2]: file.content[at : at + part.length] for part, at in zip(file.parts, places, strict=False)}
    return file.content[:begin], found


def _slices(rows: pl.DataFrame, parts: Sequence[tuple[str, str, int]]) -> dict[tuple[str, str], pl.DataFrame]:
    ends = accumulate((length for _, _, length in parts), initial=0)
    return {(name, digest): rows.slice(at, length) for (name, digest, length), at in zip(parts, ends, strict=False)}
