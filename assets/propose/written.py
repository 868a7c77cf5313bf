"""A proposal as the text of a feed's file, in the order and style of the packs, with its doubts as comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assets.propose.proposal import Proposal
from assets.propose.seen import Doubt
from assets.propose.yaml_text import NotYamlError, broken, flow, key_text
from quality.contract.feed_file import FeedFile

WIDTH = 120
# Keys whose own keys or entries each have a line, by the path to them.
_BLOCKS = (("files",), ("columns",), ("services",), ("rules",))
_FIRST = ["title", "purpose", "usage", "limitations", "owner", "licence", "implements", "network", "interval", "row"]
_FIRST += ["gases_at", "prefix", "every", "first_day", "lag_days", "lookback_days", "ahead_days", "reference_since"]
_Path = tuple[str | int, ...]


def written(proposal: Proposal, schema: str | None) -> str:
    """The YAML text of a feed's file, which loads to the same document.

    `schema`: where the schema for editors lies from there. What no YAML text stands for is left out, and a comment says
    so.
    """
    document, lost = _writable(proposal.document, ())
    doubts = [*proposal.doubts, *lost]
    lines = [] if schema is None else [f"# yaml-language-server: $schema={schema}"]
    lines += _comment([doubt.text for doubt in doubts if not _place(doubt.key, document)], "")
    for key in _ordered(document):
        lines += _entry(key, document[key], document, doubts)
    return "\n".join(lines) + "\n"


def _ordered(document: Mapping[str, Any]) -> list[str]:
    """The keys as packs order them: what people read first, then how it comes, then columns and rules."""
    known = [*_FIRST, *(name for name in FeedFile.model_fields if name not in _FIRST)]
    last = ["files", "services", "missing", "columns", "rules"]
    order = [*(name for name in known if name not in last), *last]
    return [*(name for name in order if name in document), *(name for name in document if name not in order)]


def _entry(key: str, value: Any, document: Mapping[str, Any], doubts: Sequence[Doubt]) -> Iterator[str]:
    if (key,) not in _BLOCKS or not value or not isinstance(value, Mapping | list | tuple):
        yield from _line(f"{key_text(key)}: ", value, "", _about((key,), document, doubts))
        return
    yield from _comment(_about((key,), document, doubts), "")
    yield f"{key_text(key)}:"
    named = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, inner in named:
        begin = f"  {key_text(name)}: " if isinstance(name, str) else "  - "
        yield from _line(begin, inner, "  ", _about((key, name), document, doubts, deeper=True))


def _line(begin: str, value: Any, indent: str, doubts: Sequence[str]) -> Iterator[str]:
    """A key with its value, and what is in doubt about it: behind it if there is room, else above it."""
    text = begin + flow(value)
    behind = f"{text} # ? {_shown(doubts[0])}" if len(doubts) == 1 else ""
    if behind and len(behind) <= WIDTH:
        yield behind
        return
    yield from _comment(doubts, indent)
    yield from broken(text, WIDTH, f"{indent}  ")


def _comment(doubts: Sequence[str], indent: str) -> Iterator[str]:
    for text in dict.fromkeys(doubts):
        yield from textwrap.wrap(
            _shown(text),
            WIDTH,
            initial_indent=f"{indent}# ? ",
            subsequent_indent=f"{indent}#   ",
            break_on_hyphens=False,
        )


def _shown(text: str) -> str:
    """A sentence in one line, without any sign that a terminal or YAML would take for more than that."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


def _place(key: _Path, document: Mapping[str, Any]) -> _Path:
    """The part of a key that has a line of its own in the file; () for the top."""
    if not key or not isinstance(key[0], str) or key[0] not in document:
        return ()
    inner = document[key[0]]
    if len(key) == 1 or (key[0],) not in _BLOCKS or not inner:
        return key[:1]
    there = key[1] in inner if isinstance(inner, Mapping) else isinstance(key[1], int) and key[1] < len(inner)
    return key[:2] if there else key[:1]


def _about(key: _Path, document: Mapping[str, Any], doubts: Sequence[Doubt], *, deeper: bool = False) -> list[str]:
    """The doubts whose line is that of this key."""
    return [doubt.text for doubt in doubts if _place(doubt.key, document) == key or (deeper and doubt.key == key)]


def _writable(value: Any, path: _Path) -> tuple[Any, list[Doubt]]:
    """A value without the parts that no YAML text stands for, and a doubt for each of them."""
    lost: list[Doubt] = []
    if isinstance(value, Mapping):
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            try:
                key_text(name)
                kept[name], more = _writable(inner, (*path, name))
                lost += more
            except NotYamlError as error:
                lost.append(_left_out(path, error))
        return kept, lost
    if isinstance(value, list | tuple):
        entries = []
        for at, inner in enumerate(value):
            try:
                entry, more = _writable(inner, (*path, at))
                entries.append(entry)
                lost += more
            except NotYamlError as error:
                lost.append(_left_out(path, error))
        return entries, lost
    flow(value)
    return value, lost


def _left_out(path: _Path, error: NotYamlError) -> Doubt:
    return Doubt(path, f"something is left out here that cannot be written: {error}")
