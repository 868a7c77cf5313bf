"""What became of the tiers in one release."""

from __future__ import annotations

from dataclasses import dataclass, field

from assets.site.build import BuiltSite


class TierRefused(Exception):
    """The file of a tier would give something away, or cannot be made. The last one stays."""


@dataclass(frozen=True)
class ReleasedTier:
    """What became of one tier. `version`: the one that is there now; None: there is no file. `hidden`: cells that it
    may not show. `title`: whom it is for. `metrics`: how many of private feeds it may show."""

    tier: str
    version: int | None
    changed: bool = False
    withdrawn: tuple[int, ...] = ()
    hidden: int = 0
    trouble: str | None = None
    title: str = ""
    metrics: int = 0


@dataclass(frozen=True)
class SiteMade:
    """What became of the site of a tier. `version`: the release that the pages are of; None: there are none.

    built: what was made, None where nothing had to be. trouble: why nothing could be made.
    """

    tier: str
    version: int | None
    built: BuiltSite | None = None
    trouble: str | None = None


@dataclass
class Releases:
    """What became of all tiers. `troubles`: a sentence for each thing that is wrong; nobody may miss it. What is wrong
    with a site stands there: the file beside it is not concerned."""

    tiers: list[ReleasedTier] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    sites: list[SiteMade] = field(default_factory=list)

    @property
    def site_troubles(self) -> list[str]:
        """A sentence for each site that could not be made."""
        return [site.trouble for site in self.sites if site.trouble is not None]
