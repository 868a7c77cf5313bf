"""What became of the tiers in one release."""

from __future__ import annotations

from dataclasses import dataclass, field


class TierRefused(Exception):
    """The file of a tier would give something away, or cannot be made. The last one stays."""


@dataclass(frozen=True)
class ReleasedTier:
    """What became of one tier. `version`: the one that is there now; None: there is no file."""

    tier: str
    version: int | None
    changed: bool = False
    withdrawn: tuple[int, ...] = ()
    hidden: int = 0
    trouble: str | None = None


@dataclass
class Releases:
    """What became of all tiers. `troubles`: a sentence for each thing that is wrong; nobody may miss it."""

    tiers: list[ReleasedTier] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
