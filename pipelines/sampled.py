"""Making the sample of a pack: what a night used, of the simulated city or of deliveries that somebody names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import polars as pl

from assets.ingest.deliveries import Deliveries
from assets.ingest.read import landed_bytes
from assets.moving.expected import EXPECTED, write_expected
from assets.moving.sample import MOST_BYTES, SAMPLE, SYNTHETIC, AboutSample, Brought, read_sample, write_sample
from assets.pack.city import City
from assets.pack.packs import Packs
from assets.trial.private_folder import private_folder
from pipelines import runner
from pipelines.progress import Progress
from pipelines.replayed import EVENING, NoReplayError, Replayed, replay, troubles_of
from pipelines.resources import Platform
from pipelines.settings import Settings
from quality.contract.due import newest_night
from quality.contract.mistakes import ContractError
from simulator.process import running
from warehouse.ledger import ledger
from warehouse.put_in_place import put_in_place

USUAL_NIGHT = date(2026, 5, 13)  # a Wednesday; the same for all packs, so that a sample is made the same again
_SENSORS = 2  # street sensors in each district, in place of twelve: a sample is small
_ROOM_FOR_FIGURES = 400_000  # bytes


@dataclass(frozen=True)
class NamedDeliveries:
    """Deliveries that somebody names: a drop folder, and what may be done with its files."""

    drop: Path
    licence: str


@dataclass(frozen=True)
class MadeSample:
    """What was made. `troubles`: sentences about feeds that are not in it, and gates that closed."""

    about: AboutSample
    replayed: Replayed
    size_bytes: int
    troubles: Sequence[str]


def night_of_sample(city: City) -> date:
    """The night of the sample that a pack has; else the usual one, a later one where its days begin later, or that of
    the one day that all of its files are of."""
    try:
        return read_sample(city.folder).about.night
    except ContractError:
        usual = max(USUAL_NIGHT, city.config.first_day + timedelta(days=60))
        return newest_night(city.contracts.values(), usual)


def make_sample(
    city: City, night: date, given: NamedDeliveries | None = None, shown: Progress | None = None
) -> MadeSample:
    """Make the sample of a pack and its expected figures, and put them in the place of those that are there.

    Raises NoReplayError where no figure comes of it, NotStartedError, PermanentFailure, OSError, and Interrupted.
    """
    with private_folder(city.folder) as folder:
        about = AboutSample(
            night=night,
            made_of="simulated" if given is None else "delivered",
            licence=SYNTHETIC if given is None else given.licence,
            madang=version("madang"),
            deliveries=(),
        )
        brought, troubles = _simulated(city, night, shown) if given is None else _given(city, night, given, shown)
        if not brought:
            why = "; ".join(troubles) or "nothing came of the days that were due"
            raise NoReplayError(f"no feed of {city.name} used a delivery in the night of {night}: {why}")
        (folder / SAMPLE).mkdir()
        about = write_sample(folder / SAMPLE, about, brought, MOST_BYTES - _ROOM_FOR_FIGURES)
        replayed = replay(city, read_sample(folder), shown)
        if all(figure.value is None for figure in replayed.figures):
            why = "; ".join(dict.fromkeys([*troubles, *replayed.troubles])) or "no feed has rows of the night"
            raise NoReplayError(f"no metric of {city.name} has a value on {night}: {why}")
        write_expected(folder / SAMPLE / EXPECTED, replayed.figures)
        size = sum(path.stat().st_size for path in (folder / SAMPLE).rglob("*") if path.is_file())
        put_in_place(folder / SAMPLE, city.folder / SAMPLE)
    more = [f"{feed} is not in the sample: {why}" for feed, why in about.left_out.items()]
    return MadeSample(about, replayed, size, list(dict.fromkeys([*troubles, *replayed.troubles, *more])))


def _simulated(city: City, night: date, shown: Progress | None) -> tuple[list[Brought], list[str]]:
    now = datetime.combine(night, EVENING)
    with private_folder() as folder:
        drop = folder / "drop"
        drop.mkdir()
        with running([city.folder], now=now, sensors=_SENSORS, drop=drop, first=night) as server:
            not_made = list(server.not_made)
            settings = Settings(
                home_dir=folder / "home",
                cities_dir=city.folder.parent,
                source="simulated",
                simulator_address=server.address,
                simulator_drop=drop,
            )
            brought, troubles = _night(settings, city, night, shown)
    return brought, [*not_made, *troubles]


def _given(city: City, night: date, given: NamedDeliveries, shown: Progress | None) -> tuple[list[Brought], list[str]]:
    with private_folder() as folder:
        settings = Settings(
            home_dir=folder / "home", cities_dir=city.folder.parent, source="files", drop_dir=given.drop
        )
        brought, troubles = _night(settings, city, night, shown)
    private = sorted({one.feed for one in brought if city.contracts[one.feed].private})
    troubles += [f"{feed} is private: a sample has nothing that was delivered of it" for feed in private]
    return [one for one in brought if one.feed not in private], troubles


def _night(settings: Settings, city: City, night: date, shown: Progress | None) -> tuple[list[Brought], list[str]]:
    """What the night used, and what went wrong in it."""
    packs = Packs((city,), {})
    result = runner.run(settings, city, night, night, backfill=False, shown=shown, packs=packs)
    return list(_used(settings, city)), troubles_of(result)


def _used(settings: Settings, city: City) -> Iterator[Brought]:
    """The deliveries that batches were made from; a file that several feeds read is brought once."""
    run = Platform.of(settings).run_context(city, "sample")
    batches = (
        ledger.read(settings.home, "batch").filter(pl.col("city") == city.name, pl.col("layer") == "core").collect()
    )
    used = set(batches["input_deliveries"].explode().drop_nulls())
    seen = set[tuple[str, str]]()
    private_first = sorted(city.contracts.values(), key=lambda one: (not one.private, one.name))
    for contract in private_first:  # what a private feed reads is private, whoever reads it too
        files = None if contract.connector is None else contract.connector.files
        for sha256, delivery in Deliveries.of(run, contract).readable.items():
            pulled = delivery.asked_at is not None
            place = (contract.name if pulled or files is None else files.root, delivery.name)
            if sha256 not in used or place in seen:
                continue
            seen.add(place)
            # the label of a pull does not say when it was asked: the sample is the same when it is made again
            content = landed_bytes(run, contract, delivery)
            yield Brought(contract.name, delivery.label, content, pulled, delivery.asked_day)
