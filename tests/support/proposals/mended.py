"""A proposal with what is wrong in it put right, and how many lines of its file that changes."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.proposals.pieces import Pieces, compared
from tests.support.proposals.reading import Read
from tests.support.proposals.truth import TrueFeed

Document = dict[str, Any]
_SHARED = ("missing", "gases_at")  # keys that hold for several columns


def mended(truth: TrueFeed, true: Read, proposed: Read, again: Callable[[Mapping[str, Any]], Read]) -> Document:
    """The proposed document, changed as little as makes it right. `again` reads the files under a document."""
    layout = copy.deepcopy(dict(true.document["files"].get("layout", {})))
    for way in (_columns_only, _with_layout):
        document = way(truth, true, proposed, compared(truth, true, proposed), layout)
        read = again(document)
        if read.failure is None and compared(truth, true, read).right:
            return document
    return _all_of_it(true, proposed)


def _columns_only(truth: TrueFeed, true: Read, proposed: Read, pieces: Pieces, layout: Document) -> Document:
    """Rows are as they have to be; what `join` and `constants` make may be missing."""
    document = _frame(truth, true, proposed, pieces)
    there = document["files"].setdefault("layout", {})
    for key in ("join", "constants"):
        made = {name: text for name, text in layout.get(key, {}).items() if name not in proposed.names}
        if made:
            there[key] = {**there.get(key, {}), **made}
    return _without_nothing(document)


def _with_layout(truth: TrueFeed, true: Read, proposed: Read, pieces: Pieces, layout: Document) -> Document:
    """Another layout; columns that stand nowhere under it go."""
    document = _frame(truth, true, proposed, pieces)
    document["files"]["layout"] = layout
    names = set(true.names)
    for name in list(document["columns"]):
        if not set(_sources(document["columns"][name])) & names:
            del document["columns"][name]
    for name in true.document["columns"]:
        if name not in document["columns"] or not pieces.typed[name]:
            document["columns"][name] = copy.deepcopy(true.document["columns"][name])
    return _without_nothing(document)


def _frame(truth: TrueFeed, true: Read, proposed: Read, pieces: Pieces) -> Document:
    """What is not layout: models, interval, columns, and keys that hold for several of them."""
    document = copy.deepcopy(dict(proposed.document))
    document["files"] = copy.deepcopy(dict(document["files"]))
    document["columns"] = columns = copy.deepcopy(dict(document.get("columns", {})))
    if not pieces.models:
        document["implements"] = list(truth.models)
    if not pieces.interval:
        for key in ("interval", "reference_since"):
            document.pop(key, None)
            if key in true.document:
                document[key] = true.document[key]
    for name in pieces.extra:
        columns.pop(name, None)
    for name, right in pieces.typed.items():
        if not right:
            columns[name] = copy.deepcopy(true.document["columns"][name])
    if not all(pieces.typed.values()):
        for key in _SHARED:
            if key in true.document and document.get(key) != true.document[key]:
                document[key] = true.document[key]
    return document


def _all_of_it(true: Read, proposed: Read) -> Document:
    texts = {
        key: proposed.document[key] for key in ("title", "purpose", "owner", "licence") if key in proposed.document
    }
    document = {**true.document, **texts}
    document["files"] = {**true.document["files"], "paths": proposed.document["files"]["paths"]}
    return document


def _without_nothing(document: Document) -> Document:
    if not document["files"].get("layout", True):
        del document["files"]["layout"]
    return document


def _sources(entry: Any) -> Sequence[str]:
    said = entry.get("from", ()) if isinstance(entry, Mapping) else entry
    return [said] if isinstance(said, str) else list(said)


def lines_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """Lines of the file that are taken out, put in or written otherwise: one for each key, column and part of the
    layout."""
    old, new = _lines(before), _lines(after)
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for what, a, b, c, d in changes if what != "equal")


def _lines(document: Mapping[str, Any]) -> list[str]:
    """A document as a file has it, but for the order of keys and how long a line may be."""
    found = []
    for key in sorted(document):
        said = document[key]
        if key == "files":
            found += [f"{key}: {part} {said[part]}" for part in sorted(said) if part != "layout"]
            found += [f"layout: {part} {value}" for part, value in sorted(said.get("layout", {}).items())]
        elif key == "columns":
            found += [f"{key}: {name} {entry}" for name, entry in said.items()]
        else:
            found.append(f"{key}: {said}")
    return found
