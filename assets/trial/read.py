"""Files -> parsed deliveries, as a night reads them, and what was seen on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from assets.connectors import files as drop_folder
from assets.connectors.files import DeliveredFile, RefusedFile
from assets.connectors.folders import deliveries_in
from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.deliveries import Deliveries, Delivery, attempt
from assets.ingest.expected_days import judged
from assets.ingest.parse_cache import ParsedDelivery
from assets.ingest.personal import persons_in
from assets.ingest.read import parsed_attempt, parsed_from
from assets.private_failures import reported
from assets.readers.rows import RawRows
from assets.terms.standing import Standing
from assets.trial.result import TriedDelivery
from quality.contract.layout import Layout
from quality.contract.model import Contract
from quality.inputs import Inputs
from warehouse import landing
from warehouse.ledger.schema import ATTEMPT


@dataclass(frozen=True)
class ReadFiles:
    """The files as deliveries. `parsed`: those that could be read, by SHA-256 in the order in which they count;
    `inputs`: which of them each day is made from."""

    deliveries: tuple[TriedDelivery, ...]
    parsed: dict[str, ParsedDelivery]
    inputs: dict[date, Inputs]


def found_files(contract: Contract, path: Path, languages: Sequence[str]) -> Iterable[DeliveredFile | RefusedFile]:
    """A file, whatever its name; of a drop folder the files that the contract takes from it.

    Raises PermanentFailure where the folder has none.
    """
    if not path.is_dir():
        yield drop_folder.one_file(path, delivered_name(contract, path))
        return
    source = None if contract.connector is None else contract.connector.files
    if source is None:
        hint = "name a file: a reply of the service that was saved"
        raise PermanentFailure("FEED-NO-SOURCE", "it comes from a service only", contract.name, hint)
    none = True
    for item in deliveries_in(path / source.root, source, languages=languages):
        none = False
        assert not isinstance(item, drop_folder.UnchangedFile)
        yield item
    if none:
        hint = "name the file itself, or correct `files.paths` of the feed; paths are below the drop folder"
        raise PermanentFailure("FEED-NO-SOURCE", f"no file matches {list(source.paths)}", str(path), hint)


def delivered_name(contract: Contract, path: Path) -> str:
    """The name that a file would have in a drop folder, as far as its own path shows one; else its own name."""
    below = below_drop(contract, path)
    return path.name if below is None else below.as_posix()


def below_drop(contract: Contract, path: Path) -> Path | None:
    """The path of a file below its drop folder: the shortest end of it that `files.paths` takes; None if none does."""
    source = None if contract.connector is None else contract.connector.files
    parts = path.resolve().parts
    patterns = [] if source is None else [drop_folder.cut_pattern(pattern) for pattern in source.paths]
    for length in range(1, len(parts)):
        below = Path(*parts[-length:])
        small = [part.lower() for part in below.parts]
        if any(drop_folder.matches(small, segments) for segments in patterns):
            return below
    return None


def read_files(run: RunContext, contract: Contract, files: Iterable[DeliveredFile | RefusedFile]) -> ReadFiles:
    """Read them one by one into the run's home. What cannot be read is said of the file, and the others go on."""
    seen, parsed, attempts = list[TriedDelivery](), dict[str, ParsedDelivery](), list[dict[str, Any]]()
    names = dict[str, str]()
    for item in files:
        if isinstance(item, RefusedFile):
            seen.append(_failed(contract, item.name, item.failure))
            continue
        delivery = Delivery(contract.name, item.name, landing.hash_of(item.content))
        looked = persons_in(run, contract, delivery, item.content)
        if looked.found is not None:
            seen.append(_failed(contract, item.name, looked.found.failure(item.name, "nothing of it is shown")))
            continue
        landed = landing.land(run.home, run.city.name, contract.name, run.today, item.content, item.headers)
        status = "landed" if landed.new else "duplicate"
        more = {"size_bytes": landed.size_bytes, "modified_at": item.received_at} | delivery.columns()
        attempts.append(attempt(run, contract, status=status, **more))
        if landed.sha256 in names:
            seen.append(TriedDelivery(item.name, size_bytes=landed.size_bytes, same_as=names[landed.sha256]))
            continue
        names[landed.sha256] = item.name
        found = _read(run, contract, delivery, item.content, looked.members)
        if isinstance(found, FeedFailure):
            seen.append(_failed(contract, item.name, found))
            continue
        one, told = found
        parsed[landed.sha256] = one
        seen.append(replace(told, size_bytes=landed.size_bytes))
        attempts.append(parsed_attempt(run, contract, one))
    free = Standing(contract.model_copy(update={"terms": None}), run.today)  # a trial is of whatever somebody has
    known = Deliveries(run.home, run.city.name, contract, ATTEMPT.frame(attempts).sort("recorded_at"), free)
    ordered = {sha256: replace(parsed[sha256], delivery=delivery) for sha256, delivery in known.readable.items()}
    days = {day for one in ordered.values() for day in one.days if one.delivery.reaches(day)}
    return ReadFiles(tuple(seen), ordered, known.inputs(days))


def _read(
    run: RunContext, contract: Contract, delivery: Delivery, content: bytes, members: list[RawRows] | None
) -> tuple[ParsedDelivery, TriedDelivery] | FeedFailure:
    try:
        one, members = parsed_from(run, contract, delivery, content, members)
    except FeedFailure as failure:
        return failure
    expected = judged(run, contract, one)
    if isinstance(expected, FeedFailure):
        return expected
    one, sentence = expected
    told = TriedDelivery(
        name=delivery.name,
        rows_read=one.rows_read,
        rows_undated=one.undated_rows,
        rows_outside=one.rows_outside,
        rows_blank=one.blank_rows,
        cells_normalised=one.cells_normalised,
        first_day=one.delivery.day_min,
        last_day=one.delivery.day_max,
        encodings=tuple(dict.fromkeys(raw.encoding for raw in members if raw.encoding)),
        guesses=(*one.guesses, *([sentence] if sentence else [])),
        units=one.units,
        not_read=_not_read(contract, members),
    )
    return one, told


def _failed(contract: Contract, name: str, failure: FeedFailure) -> TriedDelivery:
    return TriedDelivery(name, failure=str(reported(contract, failure, name)))


def _not_read(contract: Contract, members: Sequence[RawRows]) -> tuple[str, ...]:
    """Delivered columns that nobody reads; those of a private feed may be values, if its file has no header."""
    read = {name for c in contract.columns for name in (*c.spec.sources, *c.spec.unit_names)}
    connector = contract.connector
    if connector is not None:
        layouts = [*([connector.files.layout] if connector.files else []), *(s.layout for s in connector.services)]
        read |= {name for layout in layouts for name in _of_layout(layout)}
    delivered = dict.fromkeys(name for raw in members for name in raw.frame.columns)
    return tuple(name for name in delivered if name not in read and not name.startswith("_"))


def _of_layout(layout: Layout) -> set[str]:
    """Columns that the layout itself reads."""
    names = {*layout.fill, *layout.drop, *layout.where, *layout.where_not}
    names |= {name for template in layout.join.values() for name in re.findall(r"{([^{}:!]+)", template)}
    return names
