"""The files below a folder, and which of them are looked at where there are very many."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from assets.failures import PermanentFailure

_MOST_FILES = 20_000
_EACH = 8  # of files whose names differ in numbers alone, so many are looked at
_CLUTTER = ("readme", "license", "licence", "provenance", "thumbs.db", "desktop.ini", "sources", "index.html")
_NO_DATA = re.compile(
    r"(?i)\.(?:md|pdf|py|ipynb|html?|png|jpe?g|gif|docx|hwp|pptx|ya?ml|sha256|md5|log|r|sql)"
)  # endings of what stands beside data for people


def files_below(folder: Path) -> list[Path]:
    """All files that may hold data, sorted by their paths. Raises PermanentFailure where there is none."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__MACOSX")))
        found += [Path(place, name) for name in sorted(names) if not name.startswith((".", "~$"))]
        if len(found) > _MOST_FILES:
            what = f"there are more than {_MOST_FILES:,} files below it"
            raise PermanentFailure("FILE-ROOT", what, str(folder), "give the folder of one feed")
    found = [path for path in found if path.is_file()]
    if not found:
        raise PermanentFailure("FILE-ROOT", "the folder holds no file", str(folder), "give a folder with deliveries")
    return sorted(found)


def may_hold_data(path: Path) -> bool:
    """Whether its name speaks against data: what stands beside data for people is not looked at."""
    return _NO_DATA.fullmatch(path.suffix) is None and path.stem.lower() not in _CLUTTER


def looked_at(files: Sequence[Path]) -> list[list[Path]]:
    """The files by names that differ in numbers alone; of each kind some are looked at, spread over all of them."""
    kinds: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    for path in files:
        kinds[path.parent, re.sub(r"\d+", "0", path.name).lower()].append(path)
    return list(kinds.values())


def spread(files: Sequence[Path]) -> list[Path]:
    """Some of many files: the first, the last, and others between them."""
    if len(files) <= _EACH:
        return list(files)
    return [files[round(at * (len(files) - 1) / (_EACH - 1))] for at in range(_EACH)]
