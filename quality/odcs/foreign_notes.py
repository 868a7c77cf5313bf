"""What is found while a document that others wrote is read: what is lacking, and what Madang does not judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ForeignNotes:
    """`lacking` and `unjudged` begin with the key that they are about, as in `schema.0.quality.1: ...; what to do`."""

    prefix: str  # of the codes of rules
    lacking: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    def code(self, name: str) -> str:
        """A code for a rule of this name, another one each time."""
        wanted = f"{self.prefix}-{re.sub(r'[^0-9A-Za-z_]+', '-', name).strip('-') or 'rule'}"
        found = next(c for n in range(1, 10**6) if (c := wanted if n == 1 else f"{wanted}-{n}") not in self.codes)
        self.codes.add(found)
        return found


def madang_value(item: Mapping[str, Any]) -> dict[str, Any]:
    """Madang's own settings of a document, column or rule: its custom property `madang`."""
    return dict(custom_value(item, "madang") or {})


def custom_value(item: Mapping[str, Any], *names: str) -> Any:
    """What a custom property of one of these names says; None where there is none."""
    said = {one.get("property"): one.get("value") for one in item.get("customProperties") or () if _is_keys(one)}
    return next((said[name] for name in names if said.get(name) is not None), None)


def with_madang(item: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The document, column or rule with these settings of Madang's in place of those that it had."""
    others = [one for one in item.get("customProperties") or () if not _is_keys(one) or one.get("property") != "madang"]
    return {**item, "customProperties": [*others, {"property": "madang", "value": dict(own)}]}


def _is_keys(one: Any) -> bool:
    return isinstance(one, Mapping)
