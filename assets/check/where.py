"""Where in the file of a feed a rule or column stands that its contract has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.yaml_file import line_of, read_yaml

Loc = tuple[str | int, ...]


def mistake_at(path: Path, loc: Loc, what: str, hint: str = "", *, warning: bool = False) -> Mistake:
    """A mistake at a place of a file."""
    return Mistake(what, path, line_of(path, loc), ".".join(map(str, loc)), hint, warning)


def rule_loc(path: Path, contract: Contract, code: str) -> Loc:
    """Where a rule stands; that of its column if it comes with it."""
    names = (code, code.removeprefix(f"{contract.prefix}-"))
    for loc, value in _mappings(read_yaml(path), ()):
        if value.get("name") in names and "columns" not in loc and (not loc or "properties" not in loc[-2:]):
            return loc
    rule = next((rule for rule in contract.rules if rule.code == code), None)
    return column_loc(path, rule.column) if rule is not None and rule.column else ()


def column_loc(path: Path, name: str) -> Loc:
    """Where a column stands."""
    document = read_yaml(path)
    if name in (document.get("columns") or {}):
        return ("columns", name)
    for loc, value in _mappings(document, ()):
        if value.get("name") == name and "properties" in loc:
            return loc
    return ()


def key_loc(path: Path, *keys: str) -> Loc:
    """Where the last of keys stands that are below each other, with anything between them."""
    for loc, value in _mappings(read_yaml(path), ()):
        rest = iter((*loc, *value))
        if all(key in rest for key in keys) and keys[-1] in value:
            return (*loc, keys[-1])
    return ()


def below(path: Path, loc: Loc, *keys: str) -> Loc:
    """The place of the first of these keys below a place, at any depth; the place itself if there is none."""
    value: Any = read_yaml(path)
    for part in loc:
        value = value[part]
    for deeper, inner in _mappings(value, loc):
        for key in keys:
            if key in inner:
                return (*deeper, key)
    return loc


def _mappings(value: Any, loc: Loc) -> Iterator[tuple[Loc, dict[str, Any]]]:
    if isinstance(value, dict):
        yield loc, value
        for key, inner in value.items():
            yield from _mappings(inner, (*loc, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _mappings(inner, (*loc, number))
