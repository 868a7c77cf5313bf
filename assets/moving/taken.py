"""What a pack takes from Madang: of models, metrics and standards all that decides about its figures, and no texts.

An archive carries it, so that an installation can say in which words its own differ before anything is computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from assets.metrics.definition import period_id
from assets.metrics.entries import platform_entries
from assets.metrics.entry import Entry
from assets.models import models
from assets.moving.compared import DocumentDifference, differences_between
from assets.pack.city import City
from assets.standards.choice import StandardChoice
from assets.standards.standards import index_editions, limit_editions, standards
from quality.contract.models import Model

Taken = Mapping[str, Mapping[str, Any]]  # models, entries, standards: each by name
KINDS = MODELS, ENTRIES, STANDARDS = "models", "entries", "standards"
_TEXTS_OF_COLUMN = {"meaning", "null", "attribute", "attribute_also", "attribute_unit", "synonyms"}
_TEXTS_OF_ENTRY = {"title", "formula", "reads", "not_", "standard", "codes", "comparability"}
_TEXTS_OF_EDITION = {"title", "legal", "evidence", "source", "note", "left_out", "name", "colour"}


def taken_by(city: City) -> Taken:
    """What the pack of a city takes from this Madang."""
    used = {name for contract in city.contracts.values() for name in contract.models}
    return {
        MODELS: {name: _model(models()[name], _columns_of(city, name)) for name in sorted(used)},
        ENTRIES: {
            name: _entry(name, platform_entries()[name].entry, city)
            for name in sorted(city.entries)
            if name in platform_entries()
        },
        STANDARDS: dict(sorted(_editions(city))),
    }


def versions_of(taken: Taken) -> dict[str, dict[str, str]]:
    """Twelve hex digits for each part, which change with what it says."""
    return {kind: {name: _digest(part) for name, part in parts.items()} for kind, parts in taken.items()}


def unknown_here(taken: Taken) -> list[str]:
    """Models, metrics and standards that an archive takes and this Madang does not have, in words."""
    files = {name.partition(".")[0] for name in taken.get(STANDARDS, {})}
    known = (
        ("model", taken.get(MODELS, {}), models()),
        ("metric", taken.get(ENTRIES, {}), platform_entries()),
        ("standard", files, standards()),
    )
    return [f"{kind} {name}: not in this Madang" for kind, names, here in known for name in sorted({*names} - {*here})]


def taken_differences(there: Taken, here: Taken) -> list[DocumentDifference]:
    """In what the parts that an archive was made with differ from those here. An edition of a standard that is only
    here is no difference: days are judged by the one in force, and the replay says whether a figure is another one."""
    return [
        one
        for one in differences_between(there, here)
        if not (one.place[0] == STANDARDS and len(one.place) == 2 and one.one is None)
    ]


def _digest(part: Any) -> str:
    text = json.dumps(part, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _columns_of(city: City, model: str) -> set[str]:
    feeds = [contract for contract in city.contracts.values() if model in contract.models]
    return {name for contract in feeds for name in contract.schema.names()}


def _model(model: Model, used: set[str]) -> dict[str, Any]:
    """The model as far as feeds with these columns go."""
    columns = {
        name: column.model_dump(mode="json", exclude_defaults=True, exclude=_TEXTS_OF_COLUMN)
        for name, column in model.columns.items()
        if name in used
    }
    for column in columns.values():
        column.get("range", {}).pop("reason", None)
    rules = {
        rule.name: rule.model_dump(mode="json", exclude={"name", "title"})
        for rule in model.rules
        if used.issuperset(rule.not_below)
    }
    return {"time": model.time, "columns": columns, "rules": rules}


def _entry(name: str, entry: Entry, city: City) -> dict[str, Any]:
    """The entry with those of its longer periods and thresholds that the city has."""
    document = entry.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude={*_TEXTS_OF_ENTRY, "kinds_of_days"}
    )
    periods = {
        period: _plain(rule) for period, rule in entry.periods.items() if period_id(name, period, rule) in city.metrics
    }
    thresholds = {metric: _plain(one) for metric, one in entry.thresholds.items() if metric in city.metrics}
    kinds = {metric: _plain(one) for metric, one in entry.kinds_of_days.items() if metric in city.metrics}
    return document | {"periods": periods, "thresholds": thresholds} | ({"kinds_of_days": kinds} if kinds else {})


def _plain(rule: Any) -> dict[str, Any]:
    return rule.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_TEXTS_OF_ENTRY)


def _editions(city: City) -> Iterator[tuple[str, Any]]:
    """The editions of limits and indices that its metrics are judged by."""
    choice: StandardChoice = city.standards
    for named in city.entries.values():
        for metric, threshold in named.entry.thresholds.items():
            if metric in city.metrics and isinstance(threshold.limit, str):
                for name, edition in limit_editions(threshold.limit, choice).items():
                    yield name, _without_texts(edition.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        derived = named.entry.derived
        if derived is not None and derived.index is not None:
            for name, index in index_editions(derived.index.standard, choice).items():
                yield name, _without_texts(index.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def _without_texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_texts(inner) for key, inner in value.items() if key not in _TEXTS_OF_EDITION}
    return [_without_texts(inner) for inner in value] if isinstance(value, list) else value
