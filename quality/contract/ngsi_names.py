"""Where the columns of a model stand in what the protocol ngsi_ld delivers: a broker of Smart Data Models maps itself.

The protocol delivers an attribute as NAME, its unit code as NAME.unitCode, a point as location.lon and location.lat;
`_place` and `_time` are what an entity is about and when, whichever attributes say it: assets/readers/entities.py.
"""

from __future__ import annotations

from typing import Any

from quality.contract.columns import TIME
from quality.contract.models import PLACE, Model, ModelColumn

ENTITY_PLACE, ENTITY_TIME = "_place", "_time"
# Attributes that say what an entity is about, and when: the first that is there.
PLACES = (
    "refPointOfInterest",
    "refDevice",
    "refRoadSegment",
    "stationCode",
    "stationID",
    "parkingSiteId",
)
TIMES = ("dateObservedFrom", "dateObserved.start", "dateObserved", "observationDateTime", "observationDate")
UNIT_CODE = ".unitCode"
POINT = {"lon": "location.lon", "lat": "location.lat"}
# Units of what is counted: an attribute of theirs has no unit code.
COUNTED = ("1", "count", "index", "people", "vehicles", "places")
# Instants of NGSI-LD are in UTC and say so (Z); seconds and their fraction may be left out.
INSTANTS = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")


def ngsi_columns(model: Model) -> dict[str, dict[str, Any]]:
    """Columns of the model -> where they stand, as an entry of `columns` in a feed's file.

    `from` are alternatives, of which a reply has one or none. `unit_from: .unitCode` stands beside the one that is
    there: with `from: [no2, NO2]` it is no2.unitCode or NO2.unitCode. `unit` holds where the reply has no unit code; it
    is there only if the data model itself names the unit. Everything but the key is optional: brokers deliver what
    their devices measure. No columns where the model has no entity.
    """
    if model.smart_data_model is None:
        return {}
    found = {name: _where(name, column) for name, column in model.columns.items()}
    return {name: entry for name, entry in found.items() if entry is not None}


def _where(name: str, column: ModelColumn) -> dict[str, Any] | None:
    if column.attribute is None:
        return None
    if name in POINT:
        return {"from": [POINT[name]], "optional": True}
    names = _spellings(column)
    if name == PLACE and column.attribute in PLACES:
        names = [ENTITY_PLACE]
    if name == TIME and column.attribute in TIMES:
        names = [ENTITY_TIME]
    entry: dict[str, Any] = {"from": names}
    if column.type == "timestamp":
        entry["format"] = list(INSTANTS)
    if column.unit is not None and column.unit not in COUNTED:
        entry["unit_from"] = UNIT_CODE
    if column.attribute_unit is not None:
        entry["unit"] = column.attribute_unit
    if not column.key:
        entry["optional"] = True
    return entry


def _spellings(column: ModelColumn) -> list[str]:
    """The attribute as it is written now and was before: NO2 and PM10 stand in feeds of the old data models."""
    assert column.attribute is not None
    return list(dict.fromkeys((column.attribute, column.attribute.upper(), *column.attribute_also)))
