"""A new city pack: the files of skeleton/ under the city's name, for somebody to fill in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assets.pack.city_file import NAME, RESERVED
from quality.language_tags import language_tag

EXAMPLE, FIRST_NIGHT = "example", "2024-01-07"  # the drop folder in the skeleton, and the newest day in it
SKELETON = Path(__file__).parent / "skeleton"
_NAME, _TITLE = "new_city", "New City"  # as the skeleton's own files call the city
_LANGUAGES = "languages: [en]"  # of its texts
_WRITTEN = "written_in: en # texts without a language; take it out when they are in the first of `languages`"


def create_pack(cities: Path, name: str, languages: Sequence[str] = ()) -> Path:
    """Write the pack `name` below the folder `cities` and return its folder. `languages`: tags of the city's own.

    Raises ValueError for a name or language that cannot be used, FileExistsError if the pack is there already.
    """
    spoken = _languages([language_tag(tag) for tag in languages])
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
        text = text.replace(_LANGUAGES, spoken) if source.name == "city.yaml" else text
        target.write_text(text, encoding="utf-8")
    return folder


def _languages(tags: Sequence[str]) -> str:
    """The lines of city.yaml about languages: the skeleton's texts are English, whatever the city speaks."""
    if not tags:
        return _LANGUAGES
    written = "" if tags[0] == "en" else f"{_WRITTEN}\n"
    return f"{written}languages: [{', '.join(dict.fromkeys(tags))}]"
