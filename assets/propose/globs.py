"""Globs that match names of files that belong together, and none of the others."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from assets.connectors.files import cut_pattern, matches

_LETTERS = 3  # a beginning that is shorter says nothing


def globs(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Patterns for these paths (with /), the widest that match none of the others; at last the names as they are."""
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        path = PurePosixPath(name)
        by_place["" if str(path.parent) == "." else f"{path.parent}/", path.suffix].append(path.name)
    found = [_of_place(folder, suffix, files, others) for (folder, suffix), files in by_place.items()]
    return tuple(dict.fromkeys(pattern for patterns in _any_folder(found, others) for pattern in patterns))


def _of_place(folder: str, suffix: str, files: Sequence[str], others: Sequence[str]) -> list[str]:
    for pattern in _wider(suffix, files):
        if not _catches(_escaped(folder) + pattern, others):
            return [_escaped(folder) + pattern]
    single = [
        next(
            (p for p in (_without_digits(name), _escaped(name)) if not _catches(_escaped(folder) + p, others)),
            _escaped(name),
        )
        for name in files
    ]
    return [_escaped(folder) + pattern for pattern in dict.fromkeys(single)]


def _wider(suffix: str, files: Sequence[str]) -> Iterator[str]:
    """Patterns that match all these names, the most telling first."""
    if len(files) == 1:
        return
    stems = [name.removesuffix(suffix) for name in files]
    first = _shared(stems)
    last = _shared([stem.removeprefix(first)[::-1] for stem in stems])[::-1]
    begin = re.sub(r"[\d\s(._-]*$", "", first)
    begin = first if len(begin) == len(first) or first[len(begin) :].strip("0123456789") else begin
    begin = re.sub(r"\d+$", "", begin)
    if sum(map(str.isalpha, begin)) >= _LETTERS:
        yield f"{_escaped(begin)}*{_escaped(suffix)}"
    yield f"*{_escaped(suffix)}"
    if sum(map(str.isalpha, last)) >= _LETTERS:
        yield f"{_escaped(begin)}*{_escaped(last)}{_escaped(suffix)}"
    if first:  # numbers that all of them have, as 20 of 2024 and 2025
        yield f"{_escaped(first)}*{_escaped(suffix)}"


def _shared(texts: Sequence[str]) -> str:
    """The beginning that all of them have."""
    low, high = min(texts), max(texts)
    return low[: next((at for at, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))]


def _without_digits(name: str) -> str:
    """The name with * for its numbers: the next file has others. Numbers beside letters, as in pm10, stay."""
    stem, dot, suffix = name.rpartition(".")
    stem, ending = (stem, f"{dot}{suffix}") if dot else (name, "")
    pattern = re.sub(r"(?:(?<![^\W_])\d+|(?<!\d)\d{4,})(?:[-_.T~]*\d+)*Z?", "\0", _escaped(stem))
    pattern = re.sub("\0+", "*", pattern) + _escaped(ending)
    letters = sum(map(str.isalpha, pattern.removesuffix(ending)))
    return pattern if letters >= _LETTERS or "*" not in pattern else f"*{_escaped(ending)}"


def _any_folder(found: Sequence[list[str]], others: Sequence[str]) -> Sequence[list[str]]:
    """One pattern for folders beside each other whose files are called alike, as a folder for each month."""
    inner = [pattern.rpartition("/") for patterns in found for pattern in patterns]
    if len(inner) > 2 and len({last for _, _, last in inner}) == 1 and len({f.count("/") for f, _, _ in inner}) == 1:
        folder = "/".join("*" * (inner[0][0].count("/") + 1)) if inner[0][0] else ""
        pattern = f"{folder}/{inner[0][2]}"
        if folder and not _catches(pattern, others):
            return [[pattern]]
    return found


def _catches(pattern: str, others: Sequence[str]) -> bool:
    wanted = cut_pattern(pattern)
    return any(matches(unicodedata.normalize("NFC", name).lower().split("/"), wanted) for name in others)


def _escaped(name: str) -> str:
    """A name as a pattern that matches it alone; `?` stands for a sign that no pattern may have."""
    plain = re.sub(r"([*?\[])", r"[\1]", unicodedata.normalize("NFC", name))
    return re.sub(r"\\|[\x00-\x1f\x7f-\x9f\ud800-\udfff]|^~|(?<=^[A-Za-z]):", "?", plain)
