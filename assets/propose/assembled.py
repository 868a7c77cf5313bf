"""Tables that belong together -> one look: one layout, one set of names, globs for their files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from assets.failures import FeedFailure
from assets.propose.globs import globs
from assets.propose.reading import read_with
from assets.propose.sampled import content_of, some_rows
from assets.propose.seen import SAMPLE, Doubt, Look
from assets.propose.table_seen import TableSeen, table_seen

Mates = Sequence[tuple[TableSeen, Mapping[str, str]]]


def assembled(
    mates: Mates,
    drop: Path,
    others: Sequence[Path],
    doubts: Sequence[Doubt],
    languages: Sequence[str],
    *,
    beside: Sequence[Path] = (),
    alone: bool = False,
) -> Look:
    """The look of tables that are alike. `others`: files that the globs may not catch; `beside`: those that they may.

    `alone`: one file was given, and of the others beside it nothing is known.
    """
    parts = [part.renamed(names) for part, names in mates]
    keys = _together(parts) | _places(parts)
    spread_over = sorted({0, len(parts) // 2, len(parts) - 1})
    read = {at: _read_again(mates[at][0], parts[at], keys, languages) for at in spread_over}
    chosen = [found for found in read.values() if isinstance(found, TableSeen)]
    refused = [
        Doubt(("files", "layout"), found.what.split(": ")[0])
        for found in read.values()
        if not isinstance(found, TableSeen)
    ]
    if not chosen:
        raise next(found for found in read.values() if not isinstance(found, TableSeen))
    files = tuple(dict.fromkeys([part.file for part in parts] + list(beside)))
    also: dict[str, list[str]] = {}
    for part, names in mates:
        for name, today in names.items():
            made_up = name in part.keys.get("names", ())
            if name != today and not made_up and name not in also.setdefault(today, []):
                also[today].append(name)
    columns = list(dict.fromkeys(name for part in reversed(parts) for name in part.columns))
    missing = {name: [p for p in parts if name not in p.columns] for name in columns}
    some = tuple(
        Doubt(("columns", name), f"{name!r} is not in all files: {without[0].file.name} has no such column")
        for name, without in missing.items()
        if without
    )
    own = dict.fromkeys(doubt for part in parts for doubt in part.doubts)
    said = "names" in keys and any("names" not in part.keys for part in parts)
    own = tuple(doubt for doubt in own if not said or "names" not in doubt.key)
    relative = [file.relative_to(drop).as_posix() for file in sorted(files)]
    unlike = [] if alone else [file.relative_to(drop).as_posix() for file in others if file not in files]
    rows = pl.concat([some_rows(part.rows, SAMPLE // len(chosen)) for part in chosen], how="diagonal")
    rows = rows.select(list(dict.fromkeys(name for part in reversed(chosen) for name in part.columns)))
    units: dict[str, str] = {}
    for part in parts:
        units |= part.units
    return Look(
        tuple(sorted(files)),
        globs(relative, unlike),
        drop,
        keys,
        rows,
        units,
        parts[-1].head,
        _said(parts, files),
        (*doubts, *refused, *own, *some),
        {name: tuple(names) for name, names in also.items() if names},
        frozenset(name for name, without in missing.items() if without),
        _name(parts, relative),
    )


def _read_again(
    before: TableSeen, part: TableSeen, keys: Mapping[str, Any], languages: Sequence[str]
) -> TableSeen | FeedFailure:
    """The table under the layout of all, which is not always the one under which it was seen alone."""
    if _how(keys) == _how(before.keys):
        return part
    content, share = content_of(part.file)
    found = read_with(part.file.name, content, keys, languages)
    if isinstance(found, FeedFailure):
        return found
    again = table_seen(part.file, part.kind, found, share)
    names = dict(zip(before.columns, part.columns, strict=True))
    return again if part.keys.get("names") else again.renamed({k: v for k, v in names.items() if k in again.columns})


def _how(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that say how a table is read, without those that say where it is."""
    return {key: value for key, value in keys.items() if key not in ("member", "sheet")}


def _said(parts: Sequence[TableSeen], files: Sequence[Path]) -> tuple[str, ...]:
    said = [part.said for part in parts[:6]]
    more = [f"and {len(files) - 6} more files like them"] if len(files) > 6 else []
    return (*said, *more)


def _together(parts: Sequence[TableSeen]) -> dict[str, Any]:
    """The keys of all; of values that differ the one that most have, of counts the greatest."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for part in parts for name in part.keys):
        values = [part.keys[name] for part in parts if name in part.keys]
        if name == "encodings":
            found[name] = _encodings(parts)
        elif name == "unnamed_extra_fields":
            found[name] = max(values)
        elif name == "series":
            found[name] = values[0] | {"arrays": {key: label for one in values for key, label in one["arrays"].items()}}
        elif name == "names" and len(values) < len(parts):
            named = next(part.columns for part in parts if "names" not in part.keys)
            found[name] = [text.strip("\"'") or text for text in named]
        else:
            texts = Counter(map(repr, values))
            found[name] = next(value for value in values if repr(value) == texts.most_common(1)[0][0])
    return found


def _encodings(parts: Sequence[TableSeen]) -> list[str]:
    text = [part for part in parts if part.encoding is not None]
    named = [encoding for part in text for encoding in part.keys.get("encodings", ["utf-8"])]
    return sorted(dict.fromkeys(named), key=lambda name: name != "utf-8")


def _places(parts: Sequence[TableSeen]) -> dict[str, Any]:
    """Which members and sheets are meant, where files hold others, too."""
    found: dict[str, Any] = {}
    for key, named, all_of in (
        ("member", [name for part in parts for name in part.like], [name for part in parts for name in part.members]),
        ("sheet", [part.sheet for part in parts], [name for part in parts for name in part.sheets]),
    ):
        names = list(dict.fromkeys(filter(None, named)))
        rest = [name for name in dict.fromkeys(all_of) if name not in names]
        if not names or (not rest and key == "member"):
            continue
        found[key] = "*" if not rest and len(names) > 1 else _one_glob(names, rest)
    return found


def _one_glob(names: Sequence[str], rest: Sequence[str]) -> str:
    bare = [name.replace("/", "_") for name in rest]
    return globs([name.replace("/", "_") if len(names) > 1 else name for name in names], bare)[0]


def _name(parts: Sequence[TableSeen], relative: Sequence[str]) -> str:
    """What the look is called: the place in a file, else the file, without numbers and endings."""
    last = parts[-1]
    text = (
        last.sheet
        or last.member
        or (last.place if len(relative) == 1 and last.place else "")
        or Path(relative[-1]).name
    )
    stem = re.sub(r"\.(?:csv|tsv|txt|xlsx|json|geojson|zip|tar|gz|zst|tgz)\b", "", text, flags=re.IGNORECASE)
    bare = re.sub(r"[\d._~()-]*\d[\d._~()-]*", " ", stem)
    return re.sub(r"^[\W_]+|[\W_]+$", "", bare) or stem
