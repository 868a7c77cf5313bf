"""While `madang dev` runs: the pages load their days again when the data of a city begin on another one.

On a new home nobody knows where they begin; the first night tells. Later a command may put in older days.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from assets.crashes import CRASHES
from assets.pack.city import City
from assets.pack.packs import load_packs
from pipelines.keys import LOCATION
from pipelines.partitions import first_shown
from pipelines.settings import Settings
from warehouse.home import Home

EVERY_S = 30
PATIENCE_S = 300  # for one answer: to load the definitions of many cities takes some seconds
_UNFINISHED = "[QUEUED, NOT_STARTED, STARTING, STARTED, CANCELING]"
BUSY = (
    f"{{runsOrError(filter: {{statuses: {_UNFINISHED}}}, limit: 1) {{... on Runs {{results {{id}}}}}} "
    "partitionBackfillsOrError(status: REQUESTED, limit: 1) {... on PartitionBackfills {results {id}}}}"
)
_HERE = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the environment names
RELOAD = (
    f'mutation {{reloadRepositoryLocation(repositoryLocationName: "{LOCATION}") '
    "{... on WorkspaceLocationEntry {locationOrLoadError {__typename}}}}"
)


def keep_days_shown(settings: Settings, address: str) -> None:
    """Looks into the ledger now and then, until the process ends. `address`: of Dagster's pages."""
    cities = load_packs(settings.packs()).cities
    shown = first_days(settings.home, cities)
    while True:
        time.sleep(EVERY_S)
        shown = look_again(settings.home, cities, address, shown)


def look_again(home: Home, cities: Sequence[City], address: str, shown: Mapping[str, date]) -> Mapping[str, date]:
    """The first day of each city that the pages show after this look; `shown`: those that they showed before.

    Nothing is loaded while something runs: a backfill would lose days that it is for.
    """
    try:
        begins = first_days(home, cities)
        if begins == shown or _busy(_asked(address, BUSY)):
            return shown
        _asked(address, RELOAD)
    except CRASHES:  # the pages are not up, or the ledger cannot be read just now: next time
        return shown
    return begins


def first_days(home: Home, cities: Sequence[City]) -> dict[str, date]:
    """The first day of each city, as the ledger has it now."""
    return {city.name: first_shown(home, city) for city in cities}


def _busy(answer: Mapping[str, Any]) -> bool:
    return any(found["results"] for found in answer.values())


def _asked(address: str, query: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
    with _HERE.open(request, timeout=PATIENCE_S) as reply:
        return json.load(reply)["data"]
