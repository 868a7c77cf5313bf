"""The secret parameters of disclosure control: read from the home, and known outside by a keyed hash alone.

Who knows the threshold and p can compute bounds from which cells are hidden: they are never printed, logged, or hashed
without a key. So nothing here quotes what stands in the file, and the rules do not say themselves in a traceback.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import may_be_meant
from quality.contract.yaml_file import line_of, read_yaml
from warehouse.files import sync
from warehouse.modes import is_closed, make_private_folder

ALL = "all"  # the key of the rules of every feed that has none of its own
FOLDER, KEY = "disclosure", "key"
_LIMITS: dict[str, tuple[float, float]] = {
    "threshold": (3, 1000),  # with 2, the mark of a hidden cell would say that it is of one
    "p_percent": (0, 100),
    "largest_share_percent": (1, 100),
    "least_difference": (1, 1000),
    "masked_most": (1, 1000),
}


@dataclass(frozen=True, repr=False)
class DisclosureRules:
    """What makes a cell of a feed sensitive, and how far an attacker must stay from it."""

    threshold: int = 3  # fewer contributors are too few
    p_percent: float = 10.0  # the second largest must not come nearer to the largest than this
    largest_share_percent: float = 50.0  # where the largest contributor alone is known: at most this part of the sum
    least_difference: int = 3  # two sums may be shown beside each other if they differ by so many contributors
    masked_most: int = 3  # what `*` of the provider stands for: 1 to this

    def __repr__(self) -> str:
        return "DisclosureRules(secret)"

    def __post_init__(self) -> None:
        for name, (least, most) in _LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ValueError(f"{name} is no number")
            if not least <= value <= most:
                raise ValueError(f"{name} is not between {least:g} and {most:g}")
            if not name.endswith("percent") and value != int(value):
                raise ValueError(f"{name} is no whole number")


RulesOfTables = DisclosureRules | Mapping[str, DisclosureRules]  # of every table, or by the name of each


def strictest(*rules: DisclosureRules) -> DisclosureRules:
    """Rules that hide whatever one of these hides: for a table made of several feeds."""
    if not rules:
        return DisclosureRules()
    lenient_when_more = {"largest_share_percent"}
    return DisclosureRules(
        **{
            field.name: (min if field.name in lenient_when_more else max)(getattr(one, field.name) for one in rules)
            for field in fields(DisclosureRules)
        }
    )


def rules_of(rules: RulesOfTables, table: str) -> DisclosureRules:
    """The rules of a table. One that nobody named has the strictest of all: it is not known what it is made of."""
    if isinstance(rules, DisclosureRules):
        return rules
    return rules[table] if table in rules else strictest(*rules.values())


def rules_file(home: Path, city: str) -> Path:
    """Where the rules of a city stand."""
    return home / FOLDER / f"{city}.yaml"


@dataclass(frozen=True)
class WrittenRules:
    """The rules of a city's feeds by the name of the feed; under `all` those of every other feed. mistakes: sentences
    about names of no feed."""

    of_feeds: Mapping[str, DisclosureRules]
    mistakes: tuple[str, ...] = ()


def read_rules(home: Path, city: str, known: Collection[str] | None = None) -> WrittenRules:
    """What the file of a city says. known: its feeds.

    Rules of a name that is none of them count for the feeds that are most like it, beside what is said of these. Where
    none is like it (a feed that was dropped, or has another name now) they count for each that has no rules of its own:
    whichever was meant is hidden as much as was asked for.

    Without a file the rules are those of `DisclosureRules()`. Raises ContractError, which names the file, the line and
    the key, and never what stands there.
    """
    path = rules_file(home, city)
    if not path.exists() and not path.is_symlink():  # a link that leads nowhere would make strict rules common ones
        return WrittenRules({ALL: DisclosureRules()})
    if not is_closed(path):
        raise ContractError(Mistake("others may read the secret rules", path, hint=f"run `chmod 600 {path}`"))
    try:
        found = read_yaml(path, may_be_empty=True)
    except ContractError as error:
        line = error.mistakes[0].line
        raise ContractError(
            Mistake("is no YAML of keys and values", path, line, hint="see docs/disclosure.md")
        ) from None
    shared = found.pop(ALL, {})
    feeds = found.pop("feeds", {})
    if found:
        known = f"`{ALL}` and `feeds` are the keys"
        raise ContractError(*(_wrong(path, (name,), "is no key of the rules", known) for name in sorted(found)))
    default = _rules(path, (ALL,), shared, {})
    if not isinstance(feeds, dict):
        raise ContractError(_wrong(path, ("feeds",), "has no keys", "name feeds, each with its rules"))
    own = {name: _rules(path, ("feeds", name), values, asdict(default)) for name, values in feeds.items()}
    strange = {name: may_be_meant(str(name), known) for name in own if known is not None and name not in known}
    lost = [own[name] for name, meant in strange.items() if not meant]
    of_feeds = {ALL: strictest(default, *lost)} | {name: one for name, one in own.items() if name not in strange}
    for name, meant in strange.items():
        for feed in meant:
            of_feeds[feed] = strictest(of_feeds.get(feed, of_feeds[ALL]), own[name])
    return WrittenRules(of_feeds, tuple(_no_feed(path, city, name, meant) for name, meant in strange.items()))


def _no_feed(path: Path, city: str, name: str, meant: Sequence[str]) -> str:
    count_for = " and ".join(meant) or "each feed that has none of its own"
    hint = f"write {' or '.join(meant)}" if meant else "write the name that it has now, or take it out"
    return str(_wrong(path, ("feeds", name), f"is no feed of {city}, so its rules count for {count_for}", hint))


def _rules(path: Path, where: tuple[str, ...], values: Any, default: Mapping[str, Any]) -> DisclosureRules:
    if not isinstance(values, dict):
        raise ContractError(_wrong(path, where, "has no keys", f"the keys are {', '.join(_LIMITS)}"))
    unknown = sorted(set(values) - set(_LIMITS))
    if unknown:
        hint = f"the keys are {', '.join(_LIMITS)}"
        raise ContractError(*(_wrong(path, (*where, name), "is no key of the rules", hint) for name in unknown))
    mistakes = []
    for name, value in values.items():
        try:
            DisclosureRules(**{name: value})
        except ValueError as error:
            mistakes.append(_wrong(path, (*where, name), str(error), "see docs/disclosure.md"))
    if mistakes:
        raise ContractError(*mistakes)
    return DisclosureRules(**{**default, **values})


def _wrong(path: Path, where: tuple[str, ...], what: str, hint: str) -> Mistake:
    return Mistake(what, path, line_of(path, where), ".".join(where), hint)


def read_key(home: Path) -> bytes:
    """The key of this home for `digest`; the first time it is made, by whichever process comes first."""
    path = home / FOLDER / KEY
    make_private_folder(path.parent, home)
    unfinished = path.with_name(f"{KEY}.{secrets.token_hex(8)}.part")
    if not path.exists():
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(unfinished, path)  # unlike a rename it fails where another process was first
                sync(path.parent)
            except FileExistsError:
                pass
        finally:
            unfinished.unlink(missing_ok=True)
    if not is_closed(path):
        raise ContractError(Mistake("others may read the key of the audit trail", path, hint=f"run `chmod 600 {path}`"))
    return path.read_bytes()


def digest(rules: RulesOfTables, key: bytes) -> str:
    """A hash of the rules that says whether two publications had the same, and nothing of what they are.

    HMAC-SHA256: without the key the few thresholds that anybody uses could be tried one by one.
    """
    by_table = {ALL: rules} if isinstance(rules, DisclosureRules) else rules
    said = {table: {name: float(value) for name, value in asdict(one).items()} for table, one in by_table.items()}
    return hmac.new(key, json.dumps(said, sort_keys=True).encode(), hashlib.sha256).hexdigest()
