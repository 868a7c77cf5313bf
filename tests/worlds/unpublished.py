"""Backfills of which only the last publishes: a world of many cities that is looked at once is published once.

Days of which only the rows are looked at are admitted without anything being made of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NoReturn

import pytest

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.packs import Packs
from assets.publication.gate import PublicationRefused
from pipelines import published_assets, runner
from pipelines.settings import Settings
from tests.worlds.events import no_events
from warehouse.format import open_home

_LATER = "left for the last one"


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise PublicationRefused(_LATER)


def backfill(settings: Settings, packs: Packs, city: str, first: str, last: str, *, publishes: bool) -> int:
    """The exit code of a backfill, or what it would be if the publication that it is kept from had come about."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    (taken,) = packs.of(city).cities
    with no_events(), pytest.MonkeyPatch.context() as patch:
        if not publishes:
            patch.setattr(published_assets.publish, "publish_all", _refuse)
        result = runner.run(settings, taken, *days, backfill=True, packs=packs)
    assert (result.error or "") == ("" if publishes else _LATER)
    return result.exit_code if publishes else replace(result, version=0).exit_code


def admit_days(settings: Settings, packs: Packs, city: str, feeds: Iterable[str], first: str, last: str) -> None:
    """Admit the rows of these feeds of all days, which takes a tenth of the time of a backfill of the days."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    (taken,) = packs.of(city).cities
    home = open_home(settings.home, create=True)
    run = RunContext(home=home, city=taken, source="files", run_id="admitted", today=end, drop=settings.drop_dir)
    for contract in (taken.contracts[feed] for feed in feeds):
        read_new(run, contract, fetch(run, contract, []))
        ingest.ingest(run, contract, days)
