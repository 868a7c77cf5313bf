"""What a tile of a metric holds, and which kinds there are: words and marks only, made by tiles.py for tile.html."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

Row = Mapping[str, Any]
CURRENT, STALE, ABSENT, WITHHELD = "current", "stale", "absent", "withheld"


@dataclass(frozen=True)
class Said:
    """What is said with a sign beside it: a word that counts, and what follows it. sign: a symbol of marks.html."""

    sign: str
    word: Markup | str
    rest: Markup | str = ""
    before: Markup | str = ""


@dataclass(frozen=True)
class Tile:
    """One metric of an area, in the words of one language. What it does not have is empty.

    kind: current, stale, absent (there was never a value) or withheld. beside: what has to be known of the value, such
    as that it is a stand-in. second: its title in the city's own language, on pages in another one. met: None without
    a verdict; was_met: of the period before. moved: the size of the change, as a share of how far the
    line goes. path: of its page; "" for no link. row: of metric.latest.
    """

    metric: str
    field: str
    subject: str
    kind: str
    period: str
    start: date
    path: str
    title: Markup
    second: Markup | str
    value: Markup
    when: Markup | str
    beside: tuple[Markup, ...]
    simulated: bool
    met: bool | None
    was_met: bool | None
    moved: float
    verdict: Said | None
    change: Said | None
    line: Markup
    range: Markup | str
    share: float | None
    rests_on: Markup | str
    age: str
    why: Markup | str
    made_of: str
    row: Row


def kind_of(row: Row) -> str:
    """Whether a row of metric.latest has a value, and a current one."""
    if row["value"] is not None:
        return STALE if row["status"] == "stale" else CURRENT
    return WITHHELD if row["notation"] == "C" else ABSENT
