"""Saved replies of SensorThings and of NGSI-LD, and features: which of their columns say the place, the time, the unit.

Their standards say it, whatever the values look like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

import polars as pl

from assets.propose.names import squeezed
from assets.propose.seen import Look
from assets.propose.times import TimesWritten, read_times
from quality.contract.models import PLACE, Model
from quality.contract.ngsi_names import ENTITY_PLACE, ENTITY_TIME, UNIT_CODE

_OBSERVED = "phenomenonTime"
OBSERVED_FROM = f"{_OBSERVED}.start"  # when an observation begins
_THING = ("Datastream.Thing.name", "Datastream.Thing.@iot.id", "FeatureOfInterest.name", "Datastream.@iot.id")
_ISO = TimesWritten(("iso",))


def without_repeats(seen: Look, models: Mapping[str, Model]) -> Look:
    """The same without the columns that say again what one does, and with units that a data model names."""
    rows, kind = seen.rows, seen.layout.get("kind")
    if kind == "sensorthings":
        again = [_OBSERVED, f"{_OBSERVED}.end", "resultTime"] if _filled(rows, OBSERVED_FROM) else []
        again += [name for name in rows.columns if name.endswith("@iot.id") and name not in place_said(seen)]
        stream = rows["Datastream.name"].unique() if "Datastream.name" in rows.columns else pl.Series([None])
        head = f"{seen.head} {stream[0]}" if stream.len() == 1 and stream[0] else seen.head
        return replace(seen, rows=rows.drop(again, strict=False), head=head)
    if kind == "ngsi_ld":
        again = ["id"] if _filled(rows, ENTITY_PLACE) else []
        if _filled(rows, ENTITY_TIME):
            again += [name for name in rows.columns if name.endswith(".observedAt")]
            again += ["dateObserved", "dateObserved.start", "dateObserved.end", "dateObservedFrom", "dateObservedTo"]
        units = _attribute_units(rows, models) | dict(seen.units)
        return replace(seen, rows=rows.drop([*again, "type"], strict=False), units=units)
    return seen


def place_said(seen: Look) -> dict[str, tuple[str, ...]]:
    """The column that says what a row is about -> the word for it."""
    kind, columns = seen.layout.get("kind"), seen.rows.columns
    if kind == "geojson" and {"lon", "lat"} <= set(columns) and _filled(seen.rows, "id"):
        return {"id": (PLACE,)}
    named = [name for name in _THING if kind == "sensorthings" and _filled(seen.rows, name)]
    if named[:2] == list(_THING[:2]) and seen.rows[named[0]].n_unique() < seen.rows[named[1]].n_unique():
        named = named[1:]  # two things are called alike
    return {named[0]: (PLACE,)} if named else {}


def interval_said(seen: Look) -> str | None:
    """The interval of rows that say when they begin and end; None where they do not, or it is not always one."""
    pairs = {"sensorthings": _OBSERVED, "ngsi_ld": "dateObserved"}
    name = pairs.get(str(seen.layout.get("kind")))
    if name is None or not _filled(seen.rows, f"{name}.start") or f"{name}.end" not in seen.rows.columns:
        return None
    start, end = (read_times(seen.rows[f"{name}.{which}"], _ISO) for which in ("start", "end"))
    spans = (end - start).dt.total_seconds().unique()
    minutes = 0 if spans.len() != 1 or spans[0] is None or spans[0] % 60 else int(spans[0]) // 60
    if minutes <= 0 or 24 * 60 % minutes:
        return None
    whole = {60: "hour_beginning", 24 * 60: "day"}
    return whole.get(minutes, f"{minutes}_minutes_beginning")


def zone_said(rows: pl.DataFrame) -> str | None:
    """The time zone that all rows name in a column of that name; None where there is none that is known."""
    name = next((name for name in rows.columns if squeezed(name) in ("timezone", "tz")), None)
    texts = [] if name is None else rows[name].unique().to_list()
    if len(texts) != 1 or not isinstance(texts[0], str):
        return None
    zone = "UTC" if texts[0].upper() in ("GMT", "UTC", "Z") else texts[0]
    return zone if zone in available_timezones() else None


def _filled(rows: pl.DataFrame, name: str) -> bool:
    return name in rows.columns and rows[name].null_count() == 0


def _attribute_units(rows: pl.DataFrame, models: Mapping[str, Model]) -> dict[str, Any]:
    """Units of attributes that have no unit code, as the data model of these entities names them."""
    kinds = set(rows["type"].drop_nulls().unique()) if "type" in rows.columns else set[str]()
    found: dict[str, Any] = {}
    for model in models.values():
        if model.smart_data_model is None or {squeezed(kind) for kind in kinds} != {
            squeezed(model.smart_data_model.entity)
        }:
            continue
        for column in model.columns.values():
            for name in (column.attribute, *column.attribute_also):
                if column.attribute_unit is not None and name in rows.columns and f"{name}{UNIT_CODE}" not in rows:
                    found[str(name)] = column.attribute_unit
    return found
