"""The files that leave the home as a Dagster asset, with the attacker's result as its check."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from assets.pack.packs import Packs
from assets.publication.kept_packs import cities_to_publish
from assets.tiers.judging import DisclosureControl
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.release import release_all
from pipelines.asset_checks import table_metadata
from pipelines.freshness import EVERY_DAY
from pipelines.keys import PUBLICATION_POOL, PUBLISHED, TIERS
from pipelines.resources import Platform
from pipelines.settings import Settings
from warehouse.home import Home

_CHECK = "gives_nothing_away"
_SITE_CHECK = "site_is_of_the_file"


class TiersRefused(dg.Failure):
    """A tier keeps its last file. What is published inside is not concerned."""

    def __init__(self, troubles: list[str]) -> None:
        super().__init__("; ".join(troubles), allow_retries=False)


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
                description="The files for everybody and for each partner: what the packs share, without what would "
                "give anybody away.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                _CHECK,
                asset=TIERS,
                description="All kept versions of all tiers together, and whoever can compute, find no hidden cell",
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
        rows = [
            {
                "tier": one.tier,
                "release": one.version,
                "changed": one.changed,
                "cells_hidden": one.hidden,
                "withdrawn": ", ".join(map(str, one.withdrawn)),
                "trouble": one.trouble or "",
            }
            for one in done.tiers
        ]
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
