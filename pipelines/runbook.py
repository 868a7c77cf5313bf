"""The runbook on Dagster's pages: a page for each kind of trouble, so that a deployment needs no other place for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

import dagster as dg

from pipelines.settings import SHIPPED

FILE = SHIPPED / "runbook.md"
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


class Section(StrEnum):
    """A section of docs/runbook.md that is about one kind of trouble: its heading."""

    GATE_CLOSED = "A gate closed: BLOCK"
    GATE_COULD_NOT_JUDGE = "A gate could not judge: ERROR"
    DELIVERY_FAILED = "A delivery failed"
    SERVICE = "A service does not answer, or lies"
    MISSING = "A feed is missing or late"
    OTHER_DAYS = "Rows of other days"
    STOPPED = "A feed is stopped, or withdrawn"
    UNFINISHED = "After a crash, a kill or a power loss"
    NOT_READ = "A pack or a feed cannot be read"
    NIGHT_FAILED = "A night failed, or none came"

    @property
    def key(self) -> dg.AssetKey:
        """Its page among Dagster's assets."""
        return dg.AssetKey(["madang", "runbook", self.name.lower()])

    @property
    def address(self) -> str:
        """Its page, from any other of Dagster's pages."""
        return f"/assets/{'/'.join(self.key.path)}"

    @property
    def link(self) -> str:
        """A link to its page in Markdown."""
        return f"[Runbook: {self.value}]({self.address})"


def pages() -> list[dg.AssetSpec]:
    """Each section as an asset that nothing makes; its text is the description."""
    return [
        dg.AssetSpec(
            section.key,
            group_name="runbook",
            kinds={"markdown"},
            owners=["team:madang"],
            description=f"{section.value}: what to do.\n\n{_texts().get(section.value, 'See docs/runbook.md.')}",
        )
        for section in Section
    ]


@cache
def _texts() -> Mapping[str, str]:
    """The sections of the runbook by heading. Links keep their words alone: what they lead to is not on these pages."""
    whole = FILE.read_text("utf-8") if FILE.is_file() else ""
    parts = (part.partition("\n") for part in re.split(r"^## ", whole, flags=re.MULTILINE)[1:])
    return {heading.strip(): _LINK.sub(r"\1", text).strip() for heading, _, text in parts}
