"""What the licence of a feed, as its contract words it, lets everybody do, found in a catalogue (licences.yaml).

In doubt it lets nobody do anything: what no entry names, what is "not stated" or "not checked", and what is under
several licences of which one says no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from quality.contract.base import FrozenModel
from quality.contract.yaml_file import read_yaml

LicenceClass = Literal["open", "non_commercial", "no_derivatives", "closed", "unclear"]
RELEASED: LicenceClass = "open"  # of all other classes nothing leaves for everybody unless the pack says so
CATALOGUE = Path(__file__).parent / "licences.yaml"
IN_WORDS: dict[LicenceClass, str] = {
    "open": "anybody may use it and pass it on",
    "non_commercial": "it may not be used commercially",
    "no_derivatives": "nothing may be made of it",
    "closed": "it may not be passed on",
    "unclear": "its licence is not clear",
}
# A word of doubt outside of the name of a licence: "not stated", "no licence in the repository", "(not checked)".
_DOUBT = re.compile(r"\b(not|no|unclear|unknown|unchecked)\b|\?", re.IGNORECASE)


class Licence(FrozenModel):
    """An entry of the catalogue."""

    id: str
    title: str
    named: tuple[str, ...]
    url: str | None = None
    attribution: bool = False
    commercial: bool = True
    derivatives: bool = True
    redistribution: bool = True
    share_alike: bool = False

    @property
    def kind(self) -> LicenceClass:
        """What it lets everybody do; of several restrictions the gravest."""
        if not self.redistribution:
            return "closed"
        if not self.derivatives:
            return "no_derivatives"
        return "open" if self.commercial else "non_commercial"


@dataclass(frozen=True)
class LicenceTerms:
    """What is known of the licence of a feed."""

    kind: LicenceClass
    licences: tuple[Licence, ...]  # those that its text names

    @property
    def url(self) -> str | None:
        """The text of the first licence that has one."""
        return next((one.url for one in self.licences if one.url is not None), None)


@cache
def catalogue() -> tuple[Licence, ...]:
    """All entries, in the order in which they are looked for."""
    return tuple(Licence.model_validate({"id": name, **entry}) for name, entry in read_yaml(CATALOGUE).items())


@cache
def licence_terms(text: str) -> LicenceTerms:
    """What a licence lets everybody do, as a contract words it."""
    found, left = dict[int, Licence](), text
    for licence, pattern in _patterns():
        for match in pattern.finditer(left):
            found[match.start()] = licence
            left = left[: match.start()] + " " * len(match.group()) + left[match.end() :]
    licences = tuple(dict.fromkeys(found[place] for place in sorted(found)))
    kinds = {licence.kind for licence in licences}
    for kind in ("closed", "no_derivatives", "non_commercial"):
        if kind in kinds:
            return LicenceTerms(kind, licences)
    # of "MIT, that of the repository; terms of the agency" the second part is a licence that nobody knows
    unknown = any(not _names(part, text, left) for part in _parts(left))
    return LicenceTerms("unclear" if unknown or not licences or _DOUBT.search(left) else "open", licences)


def attribution(title: str, owner: str, text: str) -> str:
    """Whom to name for a feed, and its licence."""
    named = ", ".join(licence.title for licence in licence_terms(text).licences if licence.url is not None)
    return f"{title}: {owner}{f' ({named})' if named else ''}"


@cache
def _patterns() -> list[tuple[Licence, re.Pattern[str]]]:
    return [(one, re.compile(rf"(?<!\w){name}(?![\w-])", re.IGNORECASE)) for one in catalogue() for name in one.named]


def _parts(text: str) -> Iterable[tuple[int, int]]:
    """Where the parts between semicolons begin and end."""
    begin = 0
    for part in text.split(";"):
        yield begin, begin + len(part)
        begin += len(part) + 1


def _names(part: tuple[int, int], text: str, left: str) -> bool:
    """Whether something was found in a part: it is blank now."""
    return text[slice(*part)] != left[slice(*part)]
