"""JSON that nobody has described: where its records are, and whether their values come in arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.json_lists import lists_in
from assets.propose.reading import RowsRead, read_with
from assets.propose.seen import Doubt
from assets.readers.json_document import read_document
from assets.readers.json_path import by_columns
from assets.readers.observations import looks_like_observations
from assets.readers.rows import Rejects
from assets.readers.saved_entities import looks_like_entities

_STEPS = {24: 60, 168: 60, 48: 30, 96: 15, 144: 10, 288: 5, 1440: 1}  # values of a day or week -> minutes of each
_IN_NAME = (("(\\d{4}-\\d{2}-\\d{2})", "%Y-%m-%d"), ("(\\d{8})", "%Y%m%d"))


def read_documents(
    name: str, content: bytes, text: str, keys: dict[str, Any], languages: Sequence[str]
) -> list[tuple[RowsRead, str, tuple[Doubt, ...]]]:
    """Each list of records that is long enough to be a table: its rows, its path, what is in doubt.

    Raises PermanentFailure where there is none.
    """
    try:
        document = read_document(text, name, Rejects()).value
    except FeedFailure:
        found = read_with(name, content, {**keys, "kind": "json"}, languages)
        raise found if isinstance(found, FeedFailure) else _none(name) from None
    results, failure = [], None
    for more, doubts in _layouts(name, document):
        found = read_with(name, content, {**keys, **more}, languages)
        if isinstance(found, FeedFailure):
            failure = failure or found
        elif found.fits:
            results.append((found, str(more.get("records", "")), doubts))
    if not results:
        raise failure or _none(name)
    return results


def _none(name: str) -> PermanentFailure:
    what = "this JSON has no list of records: objects that each have named values"
    return PermanentFailure("FILE-JSON", what, name, "deliver a list of objects, one for each row")


def _layouts(name: str, document: Any) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        yield {"kind": "geojson"}, ()
    elif looks_like_entities(document):
        yield {"kind": "ngsi_ld"}, ()
    elif looks_like_observations(document):
        yield {"kind": "sensorthings"}, ()
    else:
        found = [*_of_lists(name, document), *_of_columns(document)]
        yield from found or [({"kind": "json"}, ())]  # one object is one record


def _of_columns(document: Any) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    """Tables by columns, at the top or one level below it, also in a list of such documents."""
    top = document[0] if isinstance(document, list) and document else document
    if by_columns(top):
        yield {"kind": "json"}, ()
    for key, value in top.items() if isinstance(top, dict) else ():
        if key and "." not in key and by_columns(value):
            yield {"kind": "json", "records": key}, ()


def _of_lists(name: str, document: Any) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    lists = sorted(lists_in(document), key=lambda found: -len(found[1]))
    longest = len(lists[0][1]) if lists else 0
    for path, records in lists:
        if len(records) * 10 < longest or any(map(by_columns, records[0].values())):
            continue
        keys: dict[str, Any] = {"kind": "json"} | ({"records": path} if path else {})
        series = _series(name, records)
        if series is None:
            yield keys, ()
        else:
            minutes = series["step_minutes"]
            what = f"each array is taken for {series['length']} values, one for every {minutes} minutes; is that so?"
            yield {**keys, "series": series}, (Doubt(("files", "layout", "series"), what),)


def _series(name: str, records: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The keys of a series, where records have arrays of one known length and the name of the file has a date."""
    lengths = {
        key: {len(record[key]) for record in records[:200] if isinstance(record.get(key), list)}
        for key in records[0]
        if isinstance(records[0][key], list) and not any(isinstance(one, list | dict) for one in records[0][key])
    }
    arrays = {key: next(iter(of)) for key, of in lengths.items() if len(of) == 1 and next(iter(of)) in _STEPS}
    where = next(((form, text) for form, text in _IN_NAME if re.search(form, name)), None)
    if not arrays or where is None or len(set(arrays.values())) != 1:
        return None
    length = next(iter(arrays.values()))
    return {
        "arrays": {key: key for key in arrays},
        "length": length,
        "start_pattern": where[0],
        "start_format": where[1],
        "step_minutes": _STEPS[length],
    }
