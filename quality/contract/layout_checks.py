"""What can be wrong in a layout as it is written, each mistake as a sentence that says what to write."""

from __future__ import annotations

import codecs
import re
import string
from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from typing import Any

_RESERVED = "_line"


def text(given: Any) -> Any:
    """A value that stands in a text column. A number may have lost its zeros on the way through YAML."""
    if isinstance(given, bool | int | float):
        raise ValueError(f"{given!r} is no text; write it in quotes, as '{given}'")
    return given


def condition(given: Any) -> Any:
    """A text, several, or what a regular expression matches."""
    if isinstance(given, list | tuple) and given and all(isinstance(text(one), str) for one in given):
        return tuple(given)
    if isinstance(given, Mapping) and set(given) == {"matches"} and isinstance(given["matches"], str):
        regular_expression(given["matches"])
        return given
    if isinstance(text(given), str):
        return given
    raise ValueError(f"{given!r}: write a text, a list of texts, or {{matches: a regular expression}}")


def units_row(given: Any) -> Any:
    """Whether there is one, or what it has to say of some columns."""
    if isinstance(given, Mapping) and given:
        return {str(name): text(unit) for name, unit in given.items()}
    if isinstance(given, bool):
        return given
    raise ValueError(f"{given!r}: write true, or the units that it has to name, as {{PM2.5: ug/m3}}")


def footer(given: Any) -> Any:
    """A number of rows, or how the first of them begins."""
    if isinstance(given, str) and given:
        return regular_expression(given)
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise ValueError(f"{given!r}: write how many rows, or a regular expression for how the first of them begins")


def sheet(given: Any) -> Any:
    """The number of a sheet, from 1, or its name."""
    if given is None or (isinstance(given, str) and given) or (type(given) is int and given >= 1):
        return given
    raise ValueError(f"{given!r}: write the name of the sheet, a pattern such as '2026*', or its number, from 1")


def regular_expression(written: str) -> str:
    """A regular expression that compiles."""
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"{written!r} is no regular expression: {error}") from None
    return written


def groups(written: str) -> str:
    """A regular expression with a named group: each becomes a column."""
    if not re.compile(regular_expression(written)).groupindex:
        raise ValueError(f"{written!r} needs a group with a name, such as (?P<station>\\w+): it becomes a column")
    return written


def group_names(written: str | None) -> list[str]:
    """The names of the groups of an expression."""
    return [] if written is None else list(re.compile(written).groupindex)


def sign(written: str) -> str:
    """One ASCII character that is no line end."""
    if len(written) != 1 or not written.isascii() or written in "\r\n\0":
        raise ValueError(f"{written!r} must be one ASCII character and no line end")
    return written


def delimiter(written: str) -> str:
    """A sign, or `whitespace`."""
    if written == "whitespace":
        return written
    try:
        return sign(written)
    except ValueError:
        raise ValueError(f"{written!r}: write one ASCII character, or whitespace for any number of spaces") from None


def quote(written: str) -> str:
    """A sign, or `none`."""
    return written if written == "none" else sign(written)


def encoding(name: str) -> str:
    """An encoding that Python knows."""
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"there is no encoding {name!r}; write it as utf-8, cp949, big5 or cp1252") from None
    return name


def template(written: str) -> str:
    """A text with names of columns in braces."""
    try:
        fields = [name for _, name, *_ in string.Formatter().parse(written) if name is not None]
    except ValueError as error:
        raise ValueError(f"{written!r}: {error}; braces that are meant are written twice") from None
    if "" in fields:
        raise ValueError(f"{written!r}: write the name of a column between the braces, as {{year}}")
    return written


def names(written: Iterable[str]) -> tuple[str, ...]:
    """Names of columns, with `{00..23}` and `{in,out}` written out, the first braces changing slowest."""
    found = tuple(name for text in written for name in _written_out(text))
    if twice := sorted({name for name in found if found.count(name) > 1 or name in ("", _RESERVED)}):
        raise ValueError(f"{twice} are there twice, empty or reserved; give every column its own name")
    return found


def _written_out(text: str) -> list[str]:
    parts = re.split(r"\{([^{}]*)\}", text)
    choices = [
        [one for choice in part.split(",") for one in _range(choice)] if position % 2 else [part]
        for position, part in enumerate(parts)
    ]
    return ["".join(chosen) for chosen in product(*choices)]


def _range(choice: str) -> list[str]:
    found = re.fullmatch(r"(\d+)\.\.(\d+)", choice)
    if found is None:
        return [choice]
    first, last = found[1], found[2]
    if int(last) < int(first) or int(last) - int(first) > 1_000:
        raise ValueError(f"{choice!r} must go up, and to at most 1,000 columns")
    digits = len(first) if first.startswith("0") else 0
    return [str(number).zfill(digits) for number in range(int(first), int(last) + 1)]


def width(given: Any) -> Any:
    """A number of characters, or the first and last of them, counted from 1."""
    pair = [1, given] if isinstance(given, int) else given
    two = isinstance(pair, list | tuple) and len(pair) == 2 and all(type(number) is int for number in pair)
    if not two or not 1 <= pair[0] <= pair[1]:
        raise ValueError(f"{given!r}: write the number of characters, or [first, last], counted from 1")
    return given


def no_overlap(positions: Mapping[str, tuple[int, int]]) -> None:
    """Columns of fixed width, each with a place of its own."""
    placed = sorted(positions.items(), key=lambda item: item[1])
    for (before, (_, end)), (name, (start, _)) in pairwise(placed):
        if start < end:
            raise ValueError(f"widths: {before!r} and {name!r} share the characters {start + 1} to {end}")


def named_once(given: Mapping[str, Iterable[str]]) -> None:
    """Columns that a layout makes, each by one key."""
    made: dict[str, str] = {}
    for key, columns in given.items():
        for column in columns:
            if column in made or column == _RESERVED:
                raise ValueError(f"{key}: the column {column!r} is made by `{made.get(column, key)}` or reserved")
            made[column] = key
