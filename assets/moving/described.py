"""All that a pack says, as one document by which two packs are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.metrics.entries import platform_entries
from assets.moving.compared import DocumentDifference
from assets.moving.expected import EXPECTED, read_expected
from assets.moving.sample import SAMPLE, read_sample
from assets.moving.taken import KINDS, taken_by
from assets.pack.city import City
from quality.contract.model import Contract


def pack_described(city: City) -> dict[str, Any]:
    """What the pack says and what it takes from Madang: by kind, name and key."""
    own = {name: one for name, one in city.entries.items() if name not in platform_entries()}
    return {
        "city": city.config.model_dump(mode="json", exclude_defaults=True),
        "feeds": {name: _feed(contract) for name, contract in city.contracts.items()},
        "metrics": {name: city.choices[name].model_dump(mode="json", exclude_defaults=True) for name in city.metrics},
        "own_metrics": {name: _of_own(one.entry) for name, one in own.items()},
        "areas": {row["code"]: _filled(row) for row in city.areas.iter_rows(named=True)},
        "parameters": dict(city.parameters),
        "tables": {
            name: {"rows": {_first(row): _filled(row) for row in table.iter_rows(named=True)}}
            for name, table in city.tables.items()
        },
        "by_standards": city.standards.model_dump(mode="json", exclude_defaults=True),
        **taken_by(city),
        **_sample(city),
    }


def is_of_a_choice(difference: DocumentDifference) -> bool:
    """Whether one pack has a model, an entry or an edition and the other has not: its feeds and metrics say so too."""
    return difference.place[0] in KINDS and len(difference.place) == 2


def _feed(contract: Contract) -> dict[str, Any]:
    document = contract.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    columns = {one["name"]: _flat(one) for one in document.pop("columns")}
    rules = {one["code"]: one for one in document.pop("rules", ())}
    return document | {"columns": columns, "rules": rules}


def _flat(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column with what is said in `spec` beside its type: that is how people write it."""
    return {**{key: value for key, value in column.items() if key not in ("spec", "name")}, **column.get("spec", {})}


def _of_own(entry: Any) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None and key != "code"}


def _first(row: Mapping[str, Any]) -> str:
    return str(row.get("place") or next(iter(row.values()), ""))


def _sample(city: City) -> dict[str, Any]:
    """Its sample: the night, what may be done with it, and the figures; nothing without one."""
    if not (city.folder / SAMPLE).is_dir():
        return {}
    sample = read_sample(city.folder)
    figures = {f"{', '.join(one.place)}": str(one) for one in read_expected(sample.folder / EXPECTED)}
    about = sample.about.model_dump(mode="json", include={"night", "made_of", "licence"})
    return {"sample": {**about, "figures": figures}}
