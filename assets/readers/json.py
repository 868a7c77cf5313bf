"""JSON and GeoJSON text -> rows of text, also for records that carry whole series of values."""

from __future__ import annotations

import json
import re
from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.geojson import feature_rows
from assets.readers.json_records import AmbiguousJsonError, column_keys, compact_json, decoded, objects_of, text_frame
from assets.readers.rows import RawRows, Rejects, drop_unnamed, without_addresses
from assets.readers.series import series_rows, series_start
from quality.contract.layout import Layout

_LITERAL_CUT = ("Expecting value", "Invalid \\", "Invalid control")


def read_json(member: str, where: str, text: str, layout: Layout, encoding: str) -> RawRows:
    """The rows of one JSON file as its layout says. Raises PermanentFailure when it cannot be trusted as a whole."""
    document = _parse(text, where)
    rejects = Rejects()
    if layout.kind == "geojson":
        frame, blanks = feature_rows(document, where, rejects)
    else:
        records = _find(document, layout.records, where)
        if layout.series:
            frame, blanks = series_rows(
                records, layout.series, where, series_start(member, where, layout.series), rejects
            )
        else:
            frame, blanks = _flat(records, where, rejects)
    return RawRows(frame, rejects.frame(), blanks, member, encoding, typed=True)


def _parse(text: str, where: str) -> Any:
    try:
        return decoded(text)
    except AmbiguousJsonError as error:
        raise PermanentFailure(
            "FILE-JSON", str(error), where, "have it written again, checked with a JSON validator"
        ) from error
    except RecursionError as error:
        hint = "this is no data feed; ask the partner what it is"
        raise PermanentFailure("FILE-JSON", "values are nested too deep", where, hint) from error
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        cut = (
            not rest
            or error.msg.startswith("Unterminated string")
            or re.fullmatch(r"[.eE][+-]?", rest) is not None  # in the middle of a number
            or (len(rest) <= 12 and error.msg.startswith(_LITERAL_CUT) and not rest.endswith(("}", "]")))
        )
        place = f"line {error.lineno}, column {error.colno}"
        if cut:
            what = f"the JSON ends in the middle ({place}), so it was cut short"
            hint = "have it delivered again and compare the size with the sender's"
            raise PermanentFailure("FILE-TRUNCATED", what, where, hint).at_line(error.lineno) from error
        hint = "have it delivered as one JSON document (not one per line), checked with a JSON validator"
        what = f"it is not valid JSON: {error.msg} at {place}"
        raise PermanentFailure("FILE-JSON", what, where, hint).at_line(error.lineno) from error


def _find(document: Any, path: str | None, where: str) -> list[Any]:
    found = document
    for key in path.split(".") if path else ():
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    top = f"the keys {sorted(document)[:10]}" if isinstance(document, dict) else f"a {type(document).__name__}"
    message = re.search(r'"(?:MESSAGE|message|errMsg|error)":"([^"]{1,200})"', compact_json(document)[:10_000])
    said = f"; it says {without_addresses(message[1])!r}" if message else ""
    what = f"there is no array of records at {path or 'the top level'!r}, the document has {top}{said}"
    raise PermanentFailure("FILE-JSON", what, where, "correct `records` in the layout, or ask the partner what changed")


def _flat(records: list[Any], where: str, rejects: Rejects) -> tuple[pl.DataFrame, int]:
    lines, objects, blanks = objects_of(records, rejects)
    return drop_unnamed(text_frame(lines, objects, column_keys(objects, where))), blanks
