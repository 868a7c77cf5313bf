"""Files of a drop folder that no contract reads: a wrong name is otherwise never seen by anybody."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from assets.connectors.files import cut_pattern, matches

# What upload tools and desktop computers leave behind; no partner means it as data.
_LEFT_BEHIND = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")
_CLUTTER = ("thumbs.db", "desktop.ini")


def unclaimed(root: Path, patterns: Sequence[str]) -> list[str]:
    """Paths below `root`, sorted, that match none of the patterns of any feed, those of `exclude` among them.

    Names only: nothing is opened, links to folders are not followed, what cannot be listed is left out.
    """
    cut = [cut_pattern(pattern) for pattern in patterns]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        above = os.path.relpath(folder, root)
        for name in names:
            label = unicodedata.normalize("NFC", name if above == "." else f"{above}/{name}")
            parts = label.replace(os.sep, "/").lower().split("/")
            if not _left_behind(parts[-1]) and not any(matches(parts, pattern) for pattern in cut):
                found.append(os.fsencode(label).decode("utf-8", "backslashreplace"))
    return sorted(found)


def _left_behind(name: str) -> bool:
    return name.startswith((".", "~$")) or name.endswith(_LEFT_BEHIND) or name in _CLUTTER
