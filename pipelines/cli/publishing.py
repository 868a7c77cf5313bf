"""Commands that change what is published without a night: publish, rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import (
    MOST_COUNTED,
    HomeOption,
    JsonOption,
    Stop,
    new_run_id,
    packs_of,
    print_json,
    say_error,
    settings_of,
)
from pipelines.cli.wrapping import say

if TYPE_CHECKING:
    from assets.tiers.outcome_of_tiers import Releases
    from warehouse.published.publications import Publication


def publish(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Publish what the gates have admitted, without fetching or building anything."""
    from assets.pack.sharing import SHARING
    from assets.publication.gate import PublicationRefused
    from assets.publication.kept_packs import cities_to_publish
    from assets.publication.publish import publish_all
    from assets.tiers.recipients import not_in_open
    from pipelines.tier_assets import release_tiers
    from warehouse.ledger import ledger

    settings = settings_of(home)
    packs = packs_of(settings, ledger.cities(settings.home))
    try:
        done = publish_all(settings.home, lambda: cities_to_publish(settings.home, packs), run_id=new_run_id())
    except PublicationRefused as refused:
        raise Stop(f"nothing was published: {refused}", 1) from refused
    releases = release_tiers(settings.home, packs, new_run_id())
    left = not_in_open(cities_to_publish(settings.home, packs))
    if as_json:
        print_json(_facts(done, releases) | {"not_in_open": [city.name for city in left]})
    else:
        news = f"{done.values_changed:,} changed" if done.changed else "nothing new"
        say(f"version {done.version}: {done.values_total:,} values, {news}, {done.path}")
        for line in _lines(releases):
            say(line)
        if left:
            names, path = ", ".join(city.name for city in left), left[0].folder / SHARING
            say(f"not in the open file: {names}; write `open:` into {path}, see docs/sharing.md")
    for sentence in done.damaged:
        say_error(sentence)
    if _troubles_said(releases) or packs.mistakes or done.damaged:
        raise typer.Exit(3)


def rollback(
    version: Annotated[
        int | None, typer.Argument(min=1, max=MOST_COUNTED, help="Version to put back (default: the one before).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore an earlier published file. The lake does not change; the next publication continues from there."""
    from assets.publication.metric_columns import METRIC_VALUE
    from assets.tiers.rollback import rollback_tiers
    from warehouse.published import versions

    settings, run_id = settings_of(home), new_run_id()
    try:
        done = versions.rollback(settings.home, METRIC_VALUE, version, run_id=run_id)
    except versions.VersionError as error:
        raise Stop(str(error), 2 if isinstance(error, versions.UnknownVersionError) else 1) from error
    releases = rollback_tiers(settings.home, run_id=run_id, site=settings.site)
    if as_json:
        print_json(_facts(done, releases))
    else:
        say(f"version {done.version} is live now, with what version {done.restored} had: {done.path}")
        for line in _lines(releases):
            say(line)
    if _troubles_said(releases):
        raise typer.Exit(3)


def _facts(done: Publication, releases: Releases) -> dict[str, Any]:
    return {**asdict(done), "path": str(done.path), "tiers": [asdict(tier) for tier in releases.tiers]} | {
        "sites": [{"tier": site.tier, "version": site.version} for site in releases.sites],
        "troubles": [*releases.troubles, *releases.site_troubles],
    }


def _lines(done: Releases) -> Iterator[str]:
    """What became of the tiers, of which anything is to be said."""
    for tier in done.tiers:
        if tier.changed and tier.version is None:
            yield f"{tier.tier}: its files are removed"
        elif tier.changed:
            yield f"{tier.tier}: release {tier.version}, {tier.hidden:,} cells hidden"
        if tier.withdrawn:
            yield f"{tier.tier}: releases {', '.join(map(str, tier.withdrawn))} are withdrawn"
    for site in done.sites:
        if site.built is not None:
            yield f"{site.tier}: a site of {site.built.files:,} files, {site.built.made:,} of them made"


def _troubles_said(done: Releases) -> bool:
    """Whether anything is wrong with a tier; each such thing is said."""
    for sentence in (*done.troubles, *done.site_troubles):
        say_error(sentence)
    return bool(done.troubles or done.site_troubles)
