"""The release of the tiers: cells are judged, each file is made, looked at and put in place; else the last stays.

What is published inside is not touched. A tier that fails stops no other one.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from assets.crashes import CRASHES
from assets.pack.city import City
from assets.tiers.audit_trail import (
    intend,
    live_version,
    past_releases,
    release_row,
    settle_release,
    write_down,
)
from assets.tiers.build import Builder, Internal
from assets.tiers.drawn_areas import drawn_areas
from assets.tiers.judged import FREE, JudgedCells, Judging, known_cells, rests_on_frame
from assets.tiers.kept_contents import content_of_tier, keep_content, versions_beyond
from assets.tiers.made_of import digest_of_release
from assets.tiers.named_cells import named_cells
from assets.tiers.outcome_of_tiers import ReleasedTier, Releases, TierRefused
from assets.tiers.recipients import Recipient, Recipients, private_metrics, recipients
from assets.tiers.release_note import Mark
from assets.tiers.sealed_rows import drop_kept
from assets.tiers.seen_metrics import fewest_first
from assets.tiers.shown import FOLDER, ShownCells, hashes_of_cells, with_known
from assets.tiers.site_beside import TierSites
from quality.contract.mistakes import ContractError
from warehouse import modes
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import beside, connect, folder
from warehouse.published.place import TierFolder, tier_folder, tier_folders
from warehouse.published.publications import past_publications

KEEP_VERSIONS = 30
Row = Mapping[str, Any]


def release_all(
    home: Home,
    cities: Sequence[City],
    judging: Judging,
    *,
    run_id: str,
    today: date | None = None,
    keep_versions: int = KEEP_VERSIONS,
    site: bool = True,
) -> Releases:
    """Release what is published inside to everybody and to partners, as the packs say.

    A tier is made again when anything that decides about it differs. Versions that show what must not be seen any more
    are removed, whichever tier they are of. One process at a time. Never raises for what is wrong with one tier.

    site: whether the open file is to have its pages beside it.
    """
    found = recipients(cities, today)
    there = {tier.tier for tier in tier_folders(home)}
    if not found.of_tier and not there:
        return Releases([], found.mistakes)
    with folder.releasing(home):
        return _Round(home, cities, judging, run_id, found, keep_versions, TierSites(site)).all()


def tiers_wanted(home: Home, cities: Sequence[City]) -> bool:
    """Whether there is anything to release, or to take back."""
    found = recipients(cities)
    return bool(found.of_tier or found.mistakes or any(True for _ in tier_folders(home)))


class _Round:
    """One release of all tiers."""

    def __init__(
        self,
        home: Home,
        cities: Sequence[City],
        judging: Judging,
        run_id: str,
        found: Recipients,
        keep: int,
        sites: TierSites,
    ) -> None:
        self.home, self.run_id, self.found, self.keep = home, run_id, found, keep
        self.cities = {city.name: city for city in cities}
        self.judging = judging
        self._rests = list[tuple[Any, ...]]()
        self._known, self._drawn, self._cells = pl.DataFrame(), pl.DataFrame(), pl.Series()
        self._private = dict[str, frozenset[str]]()  # by city, its metrics that rest on private feeds
        self.now = ledger.time_to_record(home)
        self.result = Releases([], list(found.mistakes))
        self._said = dict[str, str]()  # by tier, what is wrong with it
        self.sites = sites
        self.judged = dict[str, JudgedCells]()
        self.failed = dict[str, str]()  # by city, why its cells could not be judged

    def all(self) -> Releases:
        for tier in tier_folders(self.home):
            settle_release(self.home, tier)
            self.sites.begin(tier)
            if tier.tier not in self.found.of_tier:
                self._end(tier)
        if not self.found.of_tier or not self.home.published_file.exists():
            return self.result
        wanted = sorted({city for recipient in self.found.of_tier.values() for city in recipient.allowed})
        tables = {name: self.judging.tables(city) for name, city in self.cities.items()}
        rests = rests_on_frame(tables)
        self._rests = rests.rows()
        shown = {name: ShownCells(self.home, tier_folder(self.home, name), rests) for name in self.found.of_tier}
        for city in wanted:
            self._judge(city, pl.concat([one.cells(city) for one in shown.values()]))
        resting = {name: {metric for metric, found in own.items() if found} for name, own in tables.items()}
        self._private = {name: private_metrics(city) | resting[name] for name, city in self.cities.items()}
        shared = {name: self._shared(name) & metrics for name, metrics in self._private.items()}
        own = list(self.cities.values())
        internal = Internal(self.home.published_file, own, self._private, rests, self.judged, shared)
        publication = past_publications(self.home)[-1]
        self._known, self._drawn = known_cells(self.judged), drawn_areas(self.cities[city] for city in self.judged)
        self._cells = hashes_of_cells(self._known)
        scratch = self.home.root / FOLDER
        modes.make_private_folder(scratch, self.home.root)
        with Builder(internal, scratch) as builder:
            done = {
                recipient.tier: self._one(recipient, shown[recipient.tier], builder, publication)
                for recipient in fewest_first(self.found.of_tier.values())
            }
        self.result.tiers += [done[name] for name in self.found.of_tier]
        for name in self.found.of_tier:
            self.sites.end(tier_folder(self.home, name))
        self.result.sites += self.sites.found.values()
        self.result.troubles += [self._said[name] for name in self.found.of_tier if name in self._said]
        return self.result

    def _shared(self, city: str) -> set[str]:
        return {metric for recipient in self.found.of_tier.values() for metric in recipient.allowed.get(city, ())}

    def _judge(self, city: str, seen: pl.DataFrame) -> None:
        if city not in self.cities:
            self.failed[city] = "it is not published"
            return
        try:
            self.judged[city] = self.judging.judge(self.cities[city], seen)
            self.result.troubles += self.judged[city].mistakes
        except ContractError as error:
            self.failed[city] = str(error)
        except CRASHES as error:  # its text may quote a row
            self.failed[city] = f"its cells could not be judged ({type(error).__name__})"

    def _one(self, recipient: Recipient, shown: ShownCells, builder: Builder, publication: Row) -> ReleasedTier:
        tier = shown.tier
        try:
            self._require_judged(recipient)
            changed = self._release(recipient, shown, builder, publication)
        except (TierRefused, *CRASHES) as error:
            # the text of a crash may quote a row
            why = str(error) if isinstance(error, TierRefused) else f"it could not be made ({type(error).__name__})"
            last = live_version(tier)
            judged = not self._not_judged(recipient)
            withdrawn = self._withdraw(shown, self._secret(shown), live_too=True) if judged else ()
            live = live_version(tier)
            kept = "there is no file" if last is None else f"release {last} stays"
            if last in withdrawn:
                kept = f"release {last} is removed, as it shows what must not be seen any more"
            self._said[tier.tier] = f"nothing new is released to {tier.tier}, {kept}: {why}"
            self._row(
                recipient, action="refuse", version=live, detail=why, publication=publication, withdrawn=withdrawn
            )
            return self._become(recipient, live, withdrawn=withdrawn, trouble=why)
        secret = self._secret(shown)
        withdrawn = self._withdraw(shown, secret)
        folder.prune(tier, self.keep)
        if withdrawn:
            detail = f"they show what must not be seen any more{named_cells(secret)}"
            said = {"version": live_version(tier), "detail": detail, "publication": publication}
            self._row(recipient, action="withdraw", withdrawn=withdrawn, **said)
        hidden = sum(self.judged[city].hidden.height for city in recipient.allowed)
        return self._become(recipient, live_version(tier), changed=changed, withdrawn=withdrawn, hidden=hidden)

    def _become(self, recipient: Recipient, version: int | None, **more: Any) -> ReleasedTier:
        own = sum(len(self._private.get(city, frozenset()) & may) for city, may in recipient.allowed.items())
        return ReleasedTier(recipient.tier, version, title=recipient.title, metrics=own, **more)

    def _not_judged(self, recipient: Recipient) -> list[str]:
        return [f"{city}: {self.failed[city]}" for city in sorted(recipient.allowed) if city in self.failed]

    def _require_judged(self, recipient: Recipient) -> None:
        if why := self._not_judged(recipient):
            raise TierRefused("; ".join(why))
        for city in sorted(recipient.allowed):
            if (one := self.judged[city]).exposed:
                raise TierRefused(f"{one.exposed:,} hidden cells of {city} follow from what would be shown{one.found}")

    def _release(self, recipient: Recipient, shown: ShownCells, builder: Builder, publication: Row) -> bool:
        """Make, look at and install the file; False where all that decides about it is as it was."""
        tier = shown.tier
        made_of = self._made_of(recipient, publication, builder)
        past = past_releases(self.home, tier.tier).filter(pl.col("action").is_in(["release", "rollback"]))
        live = live_version(tier)
        if live is not None and past.height and past["made_of"][-1] == made_of and past["version"][-1] == live:
            builder.leave(recipient)
            return False
        _make_folder(self.home, tier)
        version = max([0, *folder.version_files(tier), *past["version"].to_list()]) + 1
        with folder.locked(tier):
            file = folder.unfinished(tier)
            mark = Mark(version, publication["version"], self.now, tier.published_file, past)
            changed = builder.build(file, recipient, mark)
            failpoint("release.built")
            with connect.open_file(file) as con:
                cells, content = with_known(shown.of_open(con), self._known), content_of_tier(con)
            self._refuse_shown(cells)
            cells = cells.join(self._drawn, on=["city", "area"], how="left")
            more = {"version": version, "made_of": made_of, "values_changed": changed}
            row = self._made_row(recipient, action="release", publication=publication, **more)
            shown.add(version, cells)
            keep_content(self.home, tier, version, file, content)
            intend(self.home, row)
            failpoint("release.intended")
            self.sites.install(tier, file, version)
            failpoint("release.installed")
        settle_release(self.home, tier)
        return True

    def _refuse_shown(self, cells: pl.DataFrame) -> None:
        """What the finished file shows is read from the file itself: the last look before it leaves."""
        hidden = cells.filter(pl.col("conf_status").ne_missing(FREE)).sort("city")
        for (city,), own in hidden.group_by("city", maintain_order=True):
            what = f"the file shows {own.height:,} cells of {city} that are hidden, or that nobody knows"
            raise TierRefused(f"{what}{named_cells(own)}")

    def _withdraw(self, shown: ShownCells, secret: pl.DataFrame, *, live_too: bool = False) -> tuple[int, ...]:
        """Remove the kept versions that show what is `secret`, or have what the tier may have no more; `live_too`:
        where no new one takes its place, the file that is read, too."""
        tier = shown.tier
        versions = set(versions_beyond(self.home, tier, self.found, self.cities.values(), self._private))
        versions.update(shown.versions_with(secret))
        live = live_version(tier)
        beside.remove_sites(tier, set(folder.version_files(tier)) - (versions if live_too else versions - {live}))
        if live in versions and live_too:
            tier.published_file.unlink()
            failpoint("release.taken_back")
        gone = sorted(versions if live_too else versions - {live})
        for version in gone:
            folder.version_files(tier)[version].unlink()
            failpoint("release.withdrawn")
        if gone:
            shown.withdraw(gone)
        return tuple(gone)

    def _secret(self, shown: ShownCells) -> pl.DataFrame:
        """What kept versions of a tier show and must not, as rows of its index: what is hidden now, and what is not
        judged any more."""
        own = (one.not_in_kept.with_columns(city=pl.lit(city)) for city, one in self.judged.items())
        return pl.concat([shown.of_no_cell(self._cells, self._drawn), *map(shown.of_cells, own)])

    def _end(self, tier: TierFolder) -> None:
        """A partner whose contract is over, or a tier that no pack names: all of its files go."""
        last = live_version(tier)
        over = self.found.over.get(tier.tier)
        if self.found.unread and over is None:
            return  # who is named in a file that cannot be read is not known; its mistake is said
        why = "no pack names it any more" if over is None else f"its contract ended on {over}"
        gone = [f"{tier.tier}/{version}" for version in folder.version_files(tier)]
        drop_kept(self.home.root / FOLDER)  # first: else one that is killed would leave them
        shutil.rmtree(tier.published)
        failpoint("release.ended")
        ended = Recipient(tier.tier, "", "", "", over, {})
        said = {"action": "end", "version": last, "detail": why, "withdrawn": gone}
        write_down(self.home, [release_row(ended, {}, self.run_id, self.now, **said)])
        self.result.tiers.append(ReleasedTier(tier.tier, None, changed=True))

    def _row(self, recipient: Recipient, *, withdrawn: Sequence[int], **more: Any) -> None:
        names = [f"{recipient.tier}/{version}" for version in withdrawn]
        write_down(self.home, [self._made_row(recipient, withdrawn=names, **more)])

    def _made_row(self, recipient: Recipient, *, publication: Row, **more: Any) -> dict[str, Any]:
        more |= {"published_version": publication["version"]}
        return release_row(recipient, self.judged, self.run_id, self.now, **more)

    def _made_of(self, recipient: Recipient, publication: Row, builder: Builder) -> str:
        shown = builder.judged_so_far(recipient)
        return digest_of_release(recipient, publication["content_hash"], self._rests, shown, self.judged)


def _make_folder(home: Home, tier: TierFolder) -> None:
    """The folder of a partner is the owner's alone: who gives it to the partner is not decided here."""
    if tier.of_partner:
        modes.make_private_folder(tier.published, home.published)
