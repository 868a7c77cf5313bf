"""Texts that match a regular expression: the patterns of contracts, walked along their parts.

A small generator for what occurs in contracts; what it does not know (look-arounds, which it passes over) is found by
trying whether the result matches.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from re import _constants as parts  # type: ignore[attr-defined] - the tree of a pattern is in no public module
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SIGNS = string.digits + string.ascii_lowercase + string.ascii_uppercase + "-_. /"
_MOST = 400  # texts that are written out, and numbers that are tried
_OF_RANGE = 12  # signs of a range beyond ASCII


def text_matching(
    pattern: str, number: int = 0, groups: Mapping[str, str] | None = None, *, whole: bool = True
) -> str | None:
    """The text of this number that matches, with these texts where groups have these names (or numbers, as "1"); None
    where none is found.

    Other numbers give other texts, as far as the pattern has them.
    """
    found = _parsed(pattern)
    if found is None:
        return None
    tree, names, compiled = found
    given = {
        int(name) if name.isdigit() else names[name]: text
        for name, text in (groups or {}).items()
        if name.isdigit() or name in names
    }
    for tried in range(number, number + _MOST):
        text = _Walk(tried, given).text(tree)
        match = compiled.fullmatch(text) if whole else compiled.search(text)
        if match is not None and all(match[group] == wanted for group, wanted in given.items()):
            return text
    return None


def group_texts(pattern: str, group: str) -> list[str] | None:
    """All texts that a group can have, in the order of the pattern; None where they are too many."""
    found = _parsed(pattern)
    if found is None or group not in found[1]:
        return None
    inner = _inner(found[0], found[1][group])
    try:
        return list(dict.fromkeys(itertools.islice(_all(inner), _MOST + 1))) if inner is not None else None
    except _TooManyError:
        return None


@cache
def _parsed(pattern: str) -> tuple[Any, Mapping[str, int], re.Pattern[str]] | None:
    try:
        tree, compiled = parser.parse(pattern), re.compile(pattern)
    except re.error:
        return None
    return tree, dict(compiled.groupindex), compiled


class _Walk:
    """One way through a pattern: `number` decides, part by part, which of the possibilities is taken."""

    def __init__(self, number: int, given: Mapping[int, str]) -> None:
        self.number, self.groups = number, dict(given)

    def one_of(self, options: Sequence[Any]) -> Any:
        self.number, at = divmod(self.number, len(options))
        return options[at]

    def text(self, tree: Any) -> str:
        return "".join(self.part(kind, value) for kind, value in tree)

    def part(self, kind: Any, value: Any) -> str:
        if kind is parts.LITERAL:
            return chr(value)
        if kind is parts.IN:
            return self.one_of(_signs(value))
        if kind in (parts.ANY, parts.NOT_LITERAL):
            return self.one_of([sign for sign in _SIGNS[:62] if kind is parts.ANY or ord(sign) != value])
        if kind in (parts.MAX_REPEAT, parts.MIN_REPEAT, parts.POSSESSIVE_REPEAT):
            least, most, inner = value
            return "".join(self.text(inner) for _ in range(max(least, min(1, int(most)))))
        if kind is parts.SUBPATTERN:
            group, _, _, inner = value
            if group is None:
                return self.text(inner)
            if group not in self.groups:
                self.groups[group] = self.text(inner)
            return self.groups[group]
        if kind is parts.BRANCH:
            return self.text(self.one_of(value[1]))
        if kind is parts.GROUPREF:
            return self.groups.get(value, "")
        return ""  # places and look-arounds: whether the text fits is tried


@cache
def _category(kind: Any) -> str:
    known: dict[Any, Callable[[str], bool]] = {
        parts.CATEGORY_DIGIT: str.isdigit,
        parts.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdigit(),
        parts.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
        parts.CATEGORY_NOT_WORD: lambda sign: not (sign.isalnum() or sign == "_"),
        parts.CATEGORY_SPACE: str.isspace,
        parts.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    }
    return "".join(sign for sign in _SIGNS if known[kind](sign))


def _signs(items: Sequence[tuple[Any, Any]]) -> list[str]:
    """Some of the signs of a set, usual ones first."""
    negated = items[0][0] is parts.NEGATE
    inside = dict[str, None]()
    for kind, value in items:
        if kind is parts.LITERAL:
            inside[chr(value)] = None
        elif kind is parts.RANGE:
            low, high = value
            inside |= dict.fromkeys(map(chr, range(low, min(high, max(low + _OF_RANGE, 127)) + 1)))
        elif kind is parts.CATEGORY:
            inside |= dict.fromkeys(_category(value))
    if negated:
        return [sign for sign in _SIGNS if sign not in inside]
    return [*(sign for sign in _SIGNS if sign in inside), *(sign for sign in inside if sign not in _SIGNS)]


class _TooManyError(Exception):
    pass


def _inner(tree: Any, wanted: int) -> Any:
    """The part of a pattern that is the group of this number."""
    for kind, value in tree:
        if kind is parts.SUBPATTERN and value[0] == wanted:
            return value[3]
        below = {
            parts.SUBPATTERN: lambda value=value: [value[3]],
            parts.BRANCH: lambda value=value: value[1],
            parts.MAX_REPEAT: lambda value=value: [value[2]],
            parts.MIN_REPEAT: lambda value=value: [value[2]],
        }.get(kind, list)()
        for one in below:
            found = _inner(one, wanted)
            if found is not None:
                return found
    return None


def _all(tree: Any) -> Iterator[str]:
    """All texts of a pattern without open ends."""
    choices = [_choices(kind, value) for kind, value in tree]
    total = 1
    for one in choices:
        total *= max(1, len(one))
        if total > _MOST:
            raise _TooManyError
    return ("".join(texts) for texts in itertools.product(*choices))


def _choices(kind: Any, value: Any) -> list[str]:
    if kind is parts.LITERAL:
        return [chr(value)]
    if kind is parts.IN and all(one is parts.LITERAL or one is parts.RANGE for one, _ in value):
        return _signs(value)
    if kind in (parts.MAX_REPEAT, parts.MIN_REPEAT) and int(value[1]) <= 3:
        once = list(_all(value[2]))
        times = range(value[0], int(value[1]) + 1)
        return ["".join(texts) for count in times for texts in itertools.product(once, repeat=count)]
    if kind is parts.SUBPATTERN:
        return list(_all(value[3]))
    if kind is parts.BRANCH:
        return [text for one in value[1] for text in _all(one)]
    if kind is parts.AT:
        return [""]
    raise _TooManyError
