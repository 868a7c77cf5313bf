"""What a signal leaves, by what the command does: only one that publishes is said to go on."""

import functools
import importlib
from collections.abc import Callable

import pytest

from pipelines.cli import commands, stopping


@pytest.fixture(autouse=True)
def _as_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_state", stopping._State())


@pytest.mark.parametrize(
    ("words", "place", "left"),
    [
        (["sensors", "--city", "zzz"], "sensors.sensors", stopping.NOTHING_WRITTEN),
        (["metric", "show", "zzz"], "metric.metric_show", stopping.NOTHING_WRITTEN),
        (["quarantine", "show", "--city", "zzz"], "quarantine.quarantine_show", stopping.NOTHING_WRITTEN),
        (["quarantine", "export", "zzz"], "quarantine.quarantine_export", stopping.AS_IT_WAS),
        (["metric", "try", "zzz", "--city", "zzz"], "metric_try.metric_try", stopping.AS_IT_WAS),
        (["quarantine", "replay", "--city", "zzz"], "quarantine.quarantine_replay", stopping.SENTENCE),
        (["nightly"], "run.nightly", stopping.SENTENCE),
        (["rollback", "99"], "publishing.rollback", stopping.SENTENCE),
    ],
)
def test_only_what_publishes_goes_on(words: list[str], place: str, left: str, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C in `madang sensors` said that what is published is whole, where nothing was published."""
    module, function = place.split(".")
    said = list[str]()
    monkeypatch.setattr(f"pipelines.cli.{module}.{function}", says(f"pipelines.cli.{module}", function, said))
    assert commands.run(words) == 0
    assert said == [left]


def says(module: str, function: str, said: list[str]) -> Callable[..., None]:
    """The command, which says what a signal would leave in place of its work."""
    own = getattr(importlib.import_module(module), function)

    @functools.wraps(own)
    def stands_in(*_: object, **__: object) -> None:
        said.append(stopping.sentence())

    return stands_in
