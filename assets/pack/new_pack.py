"""A new city pack: the files of skeleton/ under the city's name, for somebody to fill in."""

from __future__ import annotations

import re
from pathlib import Path

from assets.pack.city import NAME, RESERVED

SKELETON = Path(__file__).parent / "skeleton"
_NAME, _TITLE = "new_city", "New City"  # as the skeleton's own files call the city


def create_pack(cities: Path, name: str) -> Path:
    """Write the pack `name` below the folder `cities` and return its folder.

    Raises ValueError for a name that cannot be used, FileExistsError if the pack is there already.
    """
    if not re.fullmatch(NAME, name):
        what = "use small letters, digits and single underscores, beginning with a letter"
        raise ValueError(f"{name!r} cannot be a city's name: {what}")
    if name in RESERVED:
        raise ValueError(f"{name!r} is used by Madang itself; choose another name")
    folder = cities / name
    if folder.exists():
        raise FileExistsError(f"{folder} exists already")
    title = name.replace("_", " ").title()
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        target = folder / source.relative_to(SKELETON)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8").replace(_NAME, name).replace(_TITLE, title)
        target.write_text(text, encoding="utf-8")
    return folder
