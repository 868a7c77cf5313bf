"""Observations of SensorThings -> one row each, also where they stand inside of their datastreams or things.

What an observation belongs to is beside it, under the same names whichever of them the reply has inside the other:
`Datastream.name`, `Datastream.unitOfMeasurement.symbol`, `Datastream.Thing.name`. A time or an interval `a/b` is NAME,
NAME.start and NAME.end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from assets.failures import PermanentFailure
from assets.readers.json_path import Repeated
from assets.readers.json_reply import reply_rows
from assets.readers.nested import opened
from assets.readers.rows import RawRows

Record = dict[str, Any]
_INSIDE = (("Datastreams", "Thing"), ("MultiDatastreams", "Thing"), ("Observations", "Datastream"))
_LINKS = ("@iot.navigationLink", "@iot.selfLink")
_OF_REPLY = (*_LINKS, "@iot.nextLink", "@iot.count")


def with_intervals(row: Record) -> Record:
    """An entity without the links, which name the host and so differ between two servers with the same data."""
    record: Record = {}
    for name, value in row.items():
        if name.endswith(_LINKS):
            continue
        record[name] = value
        if name in ("phenomenonTime", "validTime") and isinstance(value, str):
            start, _, end = value.partition("/")
            record |= {f"{name}.start": start, f"{name}.end": end or start}
    return record


def rows_of_observations(document: Any, where: str) -> RawRows:
    """The rows of a saved reply, or of several in a list. What is no object is a reject.

    Raises PermanentFailure where it has no entities.
    """
    entities = list(_entities(document))
    if not entities:
        said = document.get("message", document.get("error")) if isinstance(document, dict) else None
        more = f"; it says {said[:200]!r}" if isinstance(said, str) else ""
        what = f"there is no `value` with entities of SensorThings in it{more}"
        raise PermanentFailure("FILE-JSON", what, where, "have observations delivered as the service answers them")
    repeated, more = Repeated(where), set[str]()
    rows = [row for one in entities for row in _rows(one, {}, repeated, more)]
    raw = reply_rows([opened(row) if isinstance(row, dict) else row for row in rows], where)
    said = tuple(f"the service has more {name} than the file: its reply goes on at a link" for name in sorted(more))
    return replace(raw, guesses=(*raw.guesses, *said))


def looks_like_observations(document: Any) -> bool:
    """Whether a document is a reply of SensorThings."""
    some = list(_entities(document))[:20]
    return bool(some) and all(isinstance(one, dict) and any(_of_service(name) for name in one) for one in some)


def _of_service(name: str) -> bool:
    return name.startswith("@iot.") or name.endswith("@iot.navigationLink") or name == "dataArray"


def _entities(document: Any) -> Iterator[Any]:
    if isinstance(document, list):
        for one in document:
            if isinstance(one, dict) and isinstance(one.get("value"), list) and not _has_result(one):
                yield from one["value"]
            else:
                yield one
    elif isinstance(document, dict) and isinstance(document.get("value"), list):
        yield from document["value"]
    elif isinstance(document, dict) and any(map(_of_service, document)):
        yield document


def _has_result(one: Record) -> bool:
    return "@iot.id" in one or "result" in one


def _rows(entity: Any, around: Record, repeated: Repeated, more: set[str]) -> Iterator[Any]:
    """The observations of an entity; what is around them is beside each. `more`: what goes on at a link."""
    if not isinstance(entity, dict):
        yield entity
        return
    for inner, name in _INSIDE:
        if isinstance(entity.get(inner), list):
            rest = _plain({key: value for key, value in entity.items() if key != inner}) | around
            if isinstance(entity.get(f"{inner}@iot.nextLink"), str):
                more.add(inner)
            repeated.take(rest, len(entity[inner]))
            for one in entity[inner]:
                yield from _rows(one, {name: rest}, repeated, more)
            return
    if isinstance(entity.get("dataArray"), list) and isinstance(entity.get("components"), list):
        yield from _of_array(entity, around)
        return
    record = with_intervals(_plain(entity))
    both = {key: _merged(record.get(key), value) for key, value in around.items()}
    yield {**record, **both}


def _merged(inner: Any, outer: Any) -> Any:
    return {**outer, **inner} if isinstance(inner, dict) and isinstance(outer, dict) else outer


def _of_array(entity: Record, around: Record) -> Iterator[Any]:
    """Rows that are arrays under the names of `components`; only the link says of which datastream they are."""
    link = re.search(r"\(([^()]*)\)$", str(entity.get("Datastream@iot.navigationLink", "")))
    stream = {} if link is None else {"Datastream": {"@iot.id": link[1].strip("'")}}
    names = [str(name) for name in entity["components"]]
    for values in entity["dataArray"]:
        if isinstance(values, list) and len(values) == len(names):
            named = {("@iot.id" if name == "id" else name): v for name, v in zip(names, values, strict=True)}
            yield {**with_intervals(named), **stream, **around}
        else:
            yield values


def _plain(entity: Record) -> Record:
    """An entity without what belongs to the service, at any depth; of several locations of a thing, the first."""
    found: Record = {}
    for name, value in entity.items():
        if name.endswith(_OF_REPLY):
            continue
        one = value[0] if name == "Locations" and isinstance(value, list) and value else value
        found[name] = _plain(one) if isinstance(one, dict) else one
    return found
