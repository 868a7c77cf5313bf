"""The name of a feed from the name of its delivery, as packs allow names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from assets.pack.city_file import RESERVED
from assets.pack.safe_names import LONGEST_NAME
from quality.contract.base import NAME

_LONGEST = 40


def feed_name(called: str, model: str | None, taken: Collection[str] = ()) -> str:
    """Small letters, digits and underscores; a name in another script is that of the model. None of `taken`."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", called))
    ascii_only = plain.encode("ascii", "ignore").decode()
    letters = sum(map(str.isalpha, ascii_only)) * 2 >= sum(map(str.isalpha, unicodedata.normalize("NFC", called)))
    words = re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_") if letters else ""
    name = re.sub(r"_+[^_]*$", "", words[: _LONGEST + 1]) if len(words) > _LONGEST and "_" in words else words
    name = name[:_LONGEST]
    name = name if name[:1].isalpha() else "_".join(filter(None, [model or "feed", name]))
    name = f"{name}_feed" if name in RESERVED else name
    return next(one for one in (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def wrong_name(name: str) -> str | None:
    """Why a name cannot be that of a feed; None where it can."""
    if re.fullmatch(NAME, name) is None:
        return f"{name!r} cannot be a feed's name: use small letters, digits and single underscores, a letter first"
    if len(name) > LONGEST_NAME:
        return f"{name[:20]!r}... has {len(name):,} signs; a feed's name may have {LONGEST_NAME}"
    return f"{name!r} is used by Madang itself; choose another name" if name in RESERVED else None
