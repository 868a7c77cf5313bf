"""The files that leave the home as a Dagster asset, with the attacker's result as its check."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from assets.pack.packs import Packs
from assets.publication.kept_packs import cities_to_publish
from assets.tiers.judging import DisclosureControl
from assets.tiers.outcome_of_tiers import ReleasedTier, Releases
from assets.tiers.release import release_all
from pipelines.asset_checks import table_metadata
from pipelines.freshness import EVERY_DAY
from pipelines.keys import PUBLICATION_POOL, PUBLISHED, TIERS
from pipelines.resources import Platform
from pipelines.settings import Settings
from warehouse.home import Home

_CHECK = "gives_nothing_away"
_SITE_CHECK = "site_is_of_the_file"


_WHAT = """The files that leave the home, each made new from the published one by a list of what it may hold.

- `open`: for everybody. It has what public feeds give; of private feeds the metrics that the packs name.
- `partner/<name>`: for one partner alone, for its purpose and until its contract ends.

A figure of a private feed is hidden in all of them if it says something of one person, shop or company, or if one could
be worked out from it. Nothing of the internal file changes. What a city shares stands in its `sharing.yaml`; `madang
share check` shows what each file would have, and `docs/sharing.md` says the rest."""


class TiersRefused(dg.Failure):
    """A tier keeps its last file. What is published inside is not concerned."""

    def __init__(self, troubles: list[str]) -> None:
        super().__init__("; ".join(troubles), allow_retries=False)


def tier_in_words(one: ReleasedTier) -> dict[str, str | int]:
    """A tier as a row on Dagster's page: counts and our own words, no figure and nothing of a row."""
    now = "a new file" if one.changed else "as it was"
    return {
        "file": one.tier,
        "for whom": one.title,
        "release": "there is no file" if one.version is None else one.version,
        "this time": "refused" if one.trouble else "removed" if one.version is None else now,
        "metrics of private feeds": one.metrics,
        "hidden figures of private feeds": one.hidden,
        "older releases removed": ", ".join(map(str, one.withdrawn)) or "none",
        "what is wrong": one.trouble or "nothing",
    }


def release_tiers(home: Home, packs: Packs, run_id: str) -> Releases:
    """Release what is published to the open tier and to partners, as the packs say."""
    cities = cities_to_publish(home, packs)
    judging = DisclosureControl(home, remembers=True)
    return release_all(home, cities, judging, run_id=run_id, site=Settings().site)


def tiers_asset(packs: Callable[[], Packs]) -> dg.AssetsDefinition:
    """The tiers as an asset. It is there where a pack shares something, or something was shared before."""

    @dg.multi_asset(
        name="madang__tiers",
        specs=[
            dg.AssetSpec(
                TIERS,
                deps=[PUBLISHED],
                group_name="published",
                kinds={"duckdb"},
                owners=["team:madang"],
                freshness_policy=EVERY_DAY,
                description=_WHAT,
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                _CHECK,
                asset=TIERS,
                description="From all files that are kept, all together, nobody can work out a figure that is hidden",
            ),
            dg.AssetCheckSpec(
                _SITE_CHECK,
                asset=TIERS,
                description="The pages beside the open file are of this release of it",
            ),
        ],
        pool=PUBLICATION_POOL,
    )
    def tiers(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        done = release_tiers(platform.home, packs(), context.run.run_id)
        rows = [tier_in_words(one) for one in done.tiers]
        yield dg.MaterializeResult(
            asset_key=TIERS,
            metadata={"tiers": table_metadata(rows)},
            check_results=[
                dg.AssetCheckResult(
                    asset_key=TIERS,
                    check_name=_CHECK,
                    passed=not done.troubles,
                    severity=dg.AssetCheckSeverity.ERROR,
                    description="; ".join(done.troubles) or "nothing is given away",
                ),
                dg.AssetCheckResult(
                    asset_key=TIERS,
                    check_name=_SITE_CHECK,
                    passed=not done.site_troubles,
                    severity=dg.AssetCheckSeverity.ERROR,
                    description="; ".join(done.site_troubles) or "it is, or there is no open file",
                ),
            ],
        )
        if done.troubles:
            raise TiersRefused(done.troubles)

    return tiers
