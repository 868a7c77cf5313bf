"""Backfills of which only the last publishes: a world of many cities that is looked at once is published once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NoReturn

import pytest

from assets.pack.packs import Packs
from assets.publication.gate import PublicationRefused
from pipelines import published_assets, runner
from pipelines.settings import Settings
from tests.worlds.events import no_events

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
