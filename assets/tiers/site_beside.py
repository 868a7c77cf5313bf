"""The site of the open file as part of its release: made before the file is in place, and shown in the moment after.

A site that cannot be made stops no release: the one that is there stays, and that is said. But no site is kept of a
release that is kept no more, as nobody looks whether it shows what is hidden since.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from assets.crashes import CRASHES
from assets.site.build import PageError, build_site, crash_in_words, site_code
from assets.tiers.audit_trail import installed, live_version
from assets.tiers.outcome_of_tiers import SiteMade
from warehouse import modes
from warehouse.failpoint import failpoint
from warehouse.published import beside, folder
from warehouse.published.connect import UnreadableError
from warehouse.published.place import TierFolder


@dataclass
class TierSites:
    """The sites of one round of releases. Partners get none: their files are for programs.

    wanted: whether there are to be any; where not, those that are there go with the next round.
    """

    wanted: bool = True
    found: dict[str, SiteMade] = field(default_factory=dict)

    def begin(self, tier: TierFolder) -> None:
        """Show what a killed process had made of the file that is in place, and remove what no kept file is under."""
        if tier.of_partner or not tier.published.is_dir():
            return
        with folder.locked(tier):
            live = live_version(tier)
            beside.remove_sites(tier, folder.version_files(tier) if live is not None else ())
            if live is not None and (own := beside.site_folder(tier, live, site_code())).is_dir():
                self._show(tier, own)

    def install(self, tier: TierFolder, file: Path, version: int) -> None:
        """Put a finished file in place, and its site beside it. The folder's lock is held."""
        made = self._make(tier, file, version) if self.wanted and not tier.of_partner else None
        folder.install(tier, file, version)
        if tier.of_partner:
            modes.close(tier.published)  # for its owner alone, whoever made it
        installed(tier, version)  # last, as closing changes what is said of the file
        if made is not None:
            self._show(tier, made)

    def end(self, tier: TierFolder) -> None:
        """The site of the file that is in place, where it is not there yet. Nothing is made twice in a round."""
        if tier.of_partner or not tier.published.is_dir():
            return
        if not self.wanted:
            with folder.locked(tier):
                beside.remove_sites(tier, ())
            return
        self.begin(tier)
        live = live_version(tier)
        own = None if live is None else beside.site_folder(tier, live, site_code())
        if live is not None and own != beside.shown_site(tier) and tier.tier not in self.found:
            with folder.locked(tier):
                made = self._make(tier, tier.published_file, live)
                if made is not None:
                    self._show(tier, made)
        shown = beside.shown_site(tier)
        version = None if shown is None else beside.site_folders(tier)[shown]
        last = self.found.get(tier.tier, SiteMade(tier.tier, version))
        if last.trouble is not None:
            stays = "there is no site" if version is None else f"the site of release {version} stays"
            last = replace(last, trouble=f"the pages of {tier.tier} are not made, {stays}: {last.trouble}")
        self.found[tier.tier] = replace(last, version=version)

    def _show(self, tier: TierFolder, made: Path) -> None:
        try:
            beside.show_site(tier, made)
        except OSError as error:  # a folder in the place of the link, or a file system without links
            self.found[tier.tier] = SiteMade(tier.tier, None, trouble=str(error))

    def _make(self, tier: TierFolder, file: Path, version: int) -> Path | None:
        made, own = beside.unfinished_site(tier), beside.site_folder(tier, version, site_code())
        try:
            built = build_site(file, made, beside.shown_site(tier))
            failpoint("site.made")
            beside.keep_site(made, own, built.linked)
        except (PageError, UnreadableError, OSError) as error:
            self.found[tier.tier] = SiteMade(tier.tier, None, trouble=str(error))
            return None
        except CRASHES as error:
            self.found[tier.tier] = SiteMade(tier.tier, None, trouble=crash_in_words(error))
            return None
        self.found[tier.tier] = SiteMade(tier.tier, version, built)
        return own
