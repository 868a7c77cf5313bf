"""Entities of NGSI-LD as rows of text: normalized, concise and simplified, also side by side in one reply or entity.

NAME is the value of an attribute, NAME.unitCode and NAME.observedAt what is said of it, NAME.ID the value of another
instance with the datasetId ID. Points are NAME.lon and NAME.lat, other geometries JSON text; a text in several
languages is NAME.LANGUAGE. dateObserved is also .start and .end. An entity with instances over time (temporal
representation) is a row for each moment at which one of its attributes was observed, with what does not change beside.

`_place` is what an entity is about: the station, device or road that it refers to, or its id without a time at the end.
`_time` is when it was observed, or the beginning of the interval.

An object of another form keeps its members as NAME.MEMBER.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.readers import json_reply
from assets.readers.json_records import compact_json
from assets.readers.points import is_geometry, lon_lat
from assets.readers.rows import LINE, RawRows
from quality.contract.ngsi_names import ENTITY_PLACE, ENTITY_TIME, PLACES, TIMES

Record = dict[str, Any]
HOLDERS = {  # kind of attribute -> the member that holds its value
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "VocabularyProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
    "JsonProperty": "json",
}
SERIES = ("values", "objects", "languageMaps", "vocabs", "valueLists", "objectLists", "jsons")  # simplified temporal
AGGREGATED = frozenset(
    {"totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"}
)  # a mean of hours must not stand for a value
_OF_ENTITY = ("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt")
_STAMP = r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}T[0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:[.][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_AT_END = re.compile(f"[-:_/]{_STAMP}(?:[-_/]{_STAMP})?$")  # some brokers have an entity for each observation


def rows_of_entities(found: Any, where: str) -> RawRows:
    """Decoded entities as rows; what is no object is a reject. A row's line is the number of its entity.

    Raises PermanentFailure where instances over time do not say when, or are aggregates.
    """
    entities = found if isinstance(found, list) else [found]
    records: list[Any] = []
    lines: list[int] = []
    for line, entity in enumerate(entities, 1):
        rows = _records(entity, where) if isinstance(entity, dict) else [entity]
        records += rows
        lines += [line] * len(rows)
    raw = json_reply.reply_rows(records, where)
    if len(records) == len(entities):
        return raw
    by_row = pl.Series(LINE, lines, dtype=pl.Int64)
    return replace(
        raw,
        frame=raw.frame.with_columns(by_row.gather(raw.frame[LINE] - 1)),
        rejects=raw.rejects.with_columns(by_row.gather(raw.rejects["line"] - 1).alias("line")),
    )


def _records(entity: Record, where: str) -> list[Record]:
    record: Record = {}
    moments: dict[str, Record] = {}
    for name, item in entity.items():
        if name == "@context":
            continue
        instances = _over_time(name, item, where)
        if name in _OF_ENTITY:
            record[name] = item
        elif instances is None:
            record |= _attribute(name, item)
        for instance in instances or ():
            at = instance.get("observedAt")
            if not isinstance(at, str) or not at:
                what = f"{name!r} has several instances, and one does not say when it was observed"
                hint = "ask for entities as they are now, or ask the provider for `observedAt`"
                raise PermanentFailure("SERVICE-SHAPE", what, where, hint)
            moments.setdefault(at, {}).update(_attribute(name, instance))
    record |= _place(record)
    if moments:
        return [record | moments[at] | {ENTITY_TIME: at} for at in sorted(moments)]
    return [record | _time(record)]


def _place(record: Record) -> Record:
    """What the entity is about. One of several lanes is itself: they all refer to one road."""
    lane = any(name.startswith("laneId") for name in record)
    named = [record.get(name) for name in (*(() if lane else PLACES), "id")]
    single = [one[0] if isinstance(one, list) and len(one) == 1 else one for one in named]
    place = next((one for one in single if isinstance(one, str) and one), None)
    return {} if place is None else {ENTITY_PLACE: _AT_END.sub("", place)}


def _time(record: Record) -> Record:
    """When it was observed; where only its attributes say it, and they do not agree, that is not known."""
    said = [record.get(name) for name in TIMES]
    if not any(said):
        observed = {value for name, value in record.items() if name.endswith(".observedAt") and name.count(".") == 1}
        said = list(observed) if len(observed) == 1 else []
    time = next((one for one in said if isinstance(one, str) and one), None)
    return {} if time is None else {ENTITY_TIME: time}


def _over_time(name: str, item: Any, where: str) -> Sequence[Record] | None:
    """The instances of an attribute of the temporal representation; None for an attribute that is as it is now."""
    if isinstance(item, dict) and _kind(item) in HOLDERS:
        for series in SERIES:
            if isinstance(item.get(series), list):
                pairs = [pair for pair in item[series] if isinstance(pair, list) and len(pair) == 2]
                if len(pairs) < len(item[series]):
                    break
                holder = HOLDERS[_kind(item)]
                return [{"type": item["type"], holder: value, "observedAt": at} for value, at in pairs]
        if holder_of(item) is None and AGGREGATED & item.keys():
            hint = "ask for the values themselves: without aggrMethods and aggregatedValues"
            raise PermanentFailure("SERVICE-SHAPE", f"{name!r} is an aggregate over time", where, hint)
    if isinstance(item, list) and len(item) > 1 and all(isinstance(one, dict) and holder_of(one) for one in item):
        plain = [one for one in item if "datasetId" not in one]
        return plain if len(plain) > 1 else None
    return None


def _attribute(name: str, item: Any) -> Record:
    """One attribute of any form. Of several instances, the one without a datasetId is the attribute itself."""
    if isinstance(item, list) and item and all(isinstance(one, dict) and holder_of(one) for one in item):
        return _instances(name, item)
    if isinstance(item, dict) and list(item) == ["dataset"] and isinstance(item["dataset"], dict):
        return {_instance_name(name, key): value for key, value in item["dataset"].items()}
    holder = holder_of(item) if isinstance(item, dict) else None
    if holder is None or not isinstance(item, dict):
        return _value(name, item)
    found = _value(name, item[holder])
    typed = _kind(item) in HOLDERS
    for own, value in item.items():  # unitCode, observedAt, and properties of properties
        if own != holder and not (typed and own == "type"):
            found |= _attribute(f"{name}.{own}", value)
    return found


def _instances(name: str, items: Sequence[Record]) -> Record:
    found: Record = {}
    for one in items:
        own = _instance_name(name, one.get("datasetId"))
        found |= {key: value for key, value in _attribute(own, one).items() if key != f"{own}.datasetId"}
    if not any(key == name or key.startswith(f"{name}.lon") for key in found) and len(items) > 1:
        found[name] = compact_json(items)  # none of them is the attribute itself
    return found


def _instance_name(name: str, dataset: Any) -> str:
    return name if dataset in (None, "@none", "") else f"{name}.{dataset}"


def holder_of(item: Record) -> str | None:
    """Under which name an attribute has its value; None where it is a value itself, as in the simplified form.

    The concise form leaves the type out: then it is the member that only attributes have.
    """
    kind = _kind(item)
    if kind in HOLDERS:
        return HOLDERS[kind] if HOLDERS[kind] in item else None
    if "coordinates" in item or "@value" in item:
        return None
    held = [holder for holder in dict.fromkeys(HOLDERS.values()) if holder in item]
    return held[0] if len(held) == 1 else None


def _kind(item: Record) -> str:
    return str(item.get("type"))


def _value(name: str, value: Any) -> Record:
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if is_geometry(value):
        place = lon_lat(value)
        return {name: compact_json(value)} if place is None else {f"{name}.lon": place[0], f"{name}.lat": place[1]}
    if name == "dateObserved" and isinstance(value, str):
        start, _, end = value.partition("/")
        return {name: value, f"{name}.start": start, f"{name}.end": end or start}
    if isinstance(value, dict) and _kind(value) in HOLDERS:
        return {name: compact_json(value)}  # an attribute without the value that its type promises
    return {name: value}
