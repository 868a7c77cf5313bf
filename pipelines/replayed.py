"""A pack's sample through a night in a home of its own, and what comes out beside what is expected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from assets.ingest.deliveries import Delivery, attempt, pull_name
from assets.ingest.fetch import Fetched
from assets.ingest.personal import persons_in
from assets.ingest.read import read_new
from assets.moving.expected import EXPECTED, Figure, FigureDifference, differing, figures_of, read_expected
from assets.moving.sample import ABOUT, Sample, read_sample
from assets.pack.city import City
from assets.pack.packs import Packs
from assets.pack.safe_names import clashing_names
from assets.trial.private_folder import private_folder
from pipelines import runner
from pipelines.progress import Progress
from pipelines.resources import Platform
from pipelines.settings import Settings
from quality.contract.mistakes import ContractError, Mistake
from warehouse import landing
from warehouse.format import open_home
from warehouse.ledger import ledger

_AGAIN = "make the sample again with `madang city sample`"
EVENING = time(23, 30)  # when the deliveries of a sample came, in the city's time: the day is nearly over


class NoReplayError(RuntimeError):
    """A sample gives no figures; the text says why."""


@dataclass(frozen=True)
class Replayed:
    """The figures that a sample gives here. `troubles`: gates that closed and deliveries that could not be read."""

    figures: Sequence[Figure]
    troubles: Sequence[str]


@dataclass(frozen=True)
class Judged:
    """A replay beside what is expected."""

    expected: int
    differences: Sequence[FigureDifference]
    troubles: Sequence[str]


def judge_sample(city: City, shown: Progress | None = None) -> Judged:
    """Replay the sample of a city's pack, and compare with its expected figures.

    Raises ContractError where the pack has none or they cannot be read, NoReplayError, OSError, and Interrupted.
    """
    sample = read_sample(city.folder)
    expected = read_expected(sample.folder / EXPECTED)
    if all(figure.value is None for figure in expected):
        what = "no figure that is expected has a value, so that nothing is proved"
        raise ContractError(Mistake(what, sample.folder / EXPECTED, hint="make another sample"))
    got = replay(city, sample, shown)
    return Judged(len(expected), list(differing(expected, got.figures)), got.troubles)


def replay(city: City, sample: Sample, shown: Progress | None = None) -> Replayed:
    """One night of the city that finds the deliveries of the sample: fetch, gate, metrics, publication.

    Nothing is asked of a service: what one answered is landed as it was, and read as it would be. The home is gone
    afterwards. Raises NoReplayError, ContractError, OSError, and Interrupted.
    """
    night = sample.about.night
    _require_days(city, sample)
    with private_folder() as folder:
        drop = folder / "drop"
        (drop / city.name).mkdir(parents=True)
        _deliver(city, sample, drop)
        settings = Settings(home_dir=folder / "home", cities_dir=city.folder.parent, source="files", drop_dir=drop)
        _land_answers(settings, city, sample)
        result = runner.run(settings, city, night, night, backfill=False, shown=shown, packs=Packs((city,), {}))
        if result.version is None:
            raise NoReplayError(f"nothing is published of the sample: {result.error}")
        return Replayed(figures_of(settings.home, city), troubles_of(result))


def troubles_of(result: runner.Result) -> list[str]:
    """What went wrong in a night, a sentence each: it may be why a figure is another one."""
    closed = [
        f"{row['table_name']} {row['day']}: {row['verdict']}: {row['reason']}" for row in result.closed.to_dicts()
    ]
    failed = [f"{row['feed']}: {row['detail']}" for row in result.failed.to_dicts()]
    return [*failed, *closed, *result.crashed]


def evening_of(city: City, night: date) -> datetime:
    """When the deliveries of a night came, in UTC: always the same, whenever it is replayed."""
    return datetime.combine(night, EVENING, city.timezone).astimezone(UTC)


def _deliver(city: City, sample: Sample, drop: Path) -> None:
    """Write the files of the sample where the feeds look for them.

    No feed looks elsewhere: a pack that came from somebody else reads nothing of this machine.
    """
    for contract in city.contracts.values():
        files = None if contract.connector is None else contract.connector.files
        if files is not None and not (drop / city.name / files.root).resolve().is_relative_to(drop.resolve()):
            what = f"the files of {contract.name} are looked for in {files.root}, outside of all drop folders"
            raise ContractError(Mistake(what, city.folder / "feeds", hint="a pack that is moved has them in its own"))
    when = evening_of(city, sample.about.night).timestamp()
    _require_own_places(city, sample)
    for delivery in sample.about.deliveries:
        if delivery.pulled:
            continue
        connector = city.feed(delivery.feed).connector
        if connector is None or connector.files is None:
            raise ContractError(_no_longer(sample, delivery.feed, "is not delivered as files"))
        path = drop / city.name / connector.files.root / delivery.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.content(delivery))
        os.utime(path, (when, when))  # of two files with a row of one key the order is not that of the disk


def _require_days(city: City, sample: Sample) -> None:
    """No night that the city does not have: files come from anywhere, and the last days of a calendar overflow."""
    first, night = city.config.first_day, sample.about.night
    last = city.yesterday()
    if not first <= night <= last:
        what = f"the night {night} is outside {city.name}'s days: from {first} to yesterday"
        hint = "make the sample of another night with `madang city sample --day`"
        raise ContractError(Mistake(what, sample.folder / ABOUT, None, "night", hint))


def _require_own_places(city: City, sample: Sample) -> None:
    """Each file of the sample has a place of its own in the drop folder."""
    files = [one for one in sample.about.deliveries if not one.pulled]
    roots = {name: one.connector and one.connector.files for name, one in city.contracts.items()}
    names = [f"{root.root}/{one.name}" if (root := roots.get(one.feed)) else one.name for one in files]
    for name, wrong in clashing_names(names):
        raise ContractError(Mistake(f"{name!r} {wrong}", sample.folder / ABOUT, None, "deliveries", _AGAIN))


def _land_answers(settings: Settings, city: City, sample: Sample) -> None:
    """Land what services answered, and read it, as the fetch of a night does."""
    open_home(settings.home, create=True)
    run, asked_at = Platform.of(settings).run_context(city, "sample"), evening_of(city, sample.about.night)
    by_feed = dict[str, list[Delivery]]()
    for one in sample.about.deliveries:
        if not one.pulled:
            continue
        contract = city.feed(one.feed)
        if contract.connector is None or not contract.connector.services:
            raise ContractError(_no_longer(sample, one.feed, "has no service"))
        name, content = pull_name(contract.name, one.asked_day, asked_at), sample.content(one)
        delivery = Delivery(contract.name, name, landing.hash_of(content), one.asked_day, asked_at)
        personal = persons_in(run, contract, delivery, content).found
        if personal is not None:
            what = f"the delivery of {one.feed} is about single persons: {personal.place} has {personal.kind}"
            raise ContractError(Mistake(what, sample.folder / one.file, hint=_AGAIN))
        landed = landing.land(settings.home, city.name, contract.name, run.today, content, {})
        row = attempt(run, contract, status="landed", size_bytes=landed.size_bytes, **delivery.columns())
        ledger.append(settings.home, "attempt", [row])
        by_feed.setdefault(contract.name, []).append(delivery)
    for feed, deliveries in by_feed.items():
        read_new(run, city.feed(feed), Fetched(landed={delivery.sha256: delivery for delivery in deliveries}))


def _no_longer(sample: Sample, feed: str, what: str) -> Mistake:
    return Mistake(f"the sample has deliveries of the feed {feed}, which {what}", sample.folder, hint=_AGAIN)
