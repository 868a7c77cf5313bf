"""The way back of a tier: a kept release of the publication that was put back, as a new release.

It was made and looked at when it was released, and it is still kept, so it shows nothing that has become secret since.
It is not made again from the file that was put back: its values are of then, and what is judged is what is there now.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from assets.tiers.audit_trail import intend, live_version, past_releases, settle_release, who
from assets.tiers.changes import LATEST_BEFORE, RELEASE_HISTORY, write_history
from assets.tiers.outcome_of_tiers import ReleasedTier, Releases
from assets.tiers.site_beside import TierSites
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, folder
from warehouse.published.connect import literal
from warehouse.published.place import OPEN, TierFolder, tier_folders
from warehouse.published.publications import past_publications


def rollback_tiers(home: Home, *, run_id: str, today: date | None = None, site: bool = True) -> Releases:
    """After a rollback of what is published inside: each tier goes back to a release of the same publication.

    A tier that keeps none of it stays as it is, and so does one whose contract has ended since; that is said. `today`:
    for tests. `site`: as in `release_all`.
    """
    today = today or datetime.now(UTC).date()
    publications = {row["version"]: row for row in past_publications(home)}
    last = publications[max(publications)]
    wanted = {version for version, row in publications.items() if row["content_hash"] == last["content_hash"]}
    found, sites = Releases(), TierSites(site)
    with folder.releasing(home):
        for tier in tier_folders(home):
            settle_release(home, tier)
            sites.begin(tier)
            found.tiers.append(_one(home, tier, wanted, last["version"], run_id, found.troubles, today, sites))
            sites.end(tier)
    found.sites += sites.found.values()
    return found


def _one(
    home: Home,
    tier: TierFolder,
    wanted: set[int],
    publication: int,
    run_id: str,
    troubles: list[str],
    today: date,
    sites: TierSites,
) -> ReleasedTier:
    past = past_releases(home, tier.tier).filter(pl.col("action").is_in(["release", "rollback"]))
    live, kept = live_version(tier), folder.version_files(tier)
    fitting = past.filter(pl.col("published_version").is_in(list(wanted)), pl.col("version").is_in(list(kept)))
    if fitting.is_empty():
        stays = "there is no file" if live is None else f"release {live} stays"
        why = f"no release of publication {min(wanted)} is kept"
        troubles.append(f"{tier.tier} is not put back, {stays}: {why}")
        return ReleasedTier(tier.tier, live, trouble=why)
    row = fitting.row(-1, named=True)
    if row["until"] is not None and row["until"] < today:
        why = f"its contract ended on {row['until']}"
        troubles.append(f"{tier.tier} is not put back: {why}")
        return ReleasedTier(tier.tier, live, trouble=why)
    if row["version"] == live:
        return ReleasedTier(tier.tier, live)
    version, now = max([*kept, *past["version"].to_list()]) + 1, ledger.time_to_record(home)
    row |= {"action": "rollback", "restored": row["version"], "version": version, "published_version": publication}
    row |= {"withdrawn": [], "values_changed": None, "detail": None, "who": who(), "run_id": run_id, "recorded_at": now}
    with folder.locked(tier):
        file = folder.unfinished(tier)
        shutil.copyfile(kept[row["restored"]], file)
        _mark(file, version, publication, now)
        if tier.tier == OPEN:
            _note(file, past, row)
        intend(home, row)
        failpoint("release.intended")
        sites.install(tier, file, version)
        failpoint("release.installed")
    settle_release(home, tier)
    return ReleasedTier(tier.tier, version, changed=True)


def _note(file: Path, past: pl.DataFrame, row: dict[str, Any]) -> None:
    """The rollback as the newest release. What was before the release that is put back is of then: it goes."""
    with connect.connect(file) as con:
        there = con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [RELEASE_HISTORY.name]
        ).fetchall()
        if there != [(1,)]:  # a file of an earlier version of Madang has none
            return
        now = {name: row[name] for name in ("version", "action", "restored", "published_version")}
        write_history(con, past, now | {"values_changed": None, "released_at": row["recorded_at"]})
        con.execute(f"DELETE FROM {LATEST_BEFORE.sql}")
        con.execute("CHECKPOINT")


def _mark(file: Path, version: int, publication: int, now: datetime) -> None:
    """The release that the file says it is; the comments keep the one that they were written for."""
    with connect.connect(file) as con:
        con.execute(
            "UPDATE ledger.release SET version = ?, published_version = ?, released_at = ?",
            [version, publication, now.replace(tzinfo=None)],
        )
        again = f". Put back on {now:%Y-%m-%d %H:%M} UTC as release {version}"
        tables = con.execute(
            "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = current_database()"
        ).fetchall()
        for schema, name, comment in tables:
            before, key, names = str(comment or "").partition(". Key: ")
            text = f"{before}{again}{key}{names}"
            con.execute(f'COMMENT ON TABLE "{schema}"."{name}" IS {literal(text)}')
        con.execute("CHECKPOINT")
