"""Reading a YAML file that a person wrote: a pack, a contract, a model, definitions of metrics.

Words stay words. YAML 1.1 makes `no` and `on` booleans, 04:10 a number of minutes and 0110 an octal number; here only
these values without quotes are not texts: true and false, null and ~, whole and decimal numbers that do not begin with
a zero too many, and days as 2014-01-31. Keys are always texts. A key that is there twice is refused, and so is what no
pack needs: tags, several documents.

libyaml makes events of a text, and they are put together here: that takes two thirds of the time of PyYAML's loader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.yaml_words import in_words, not_utf8, odd_key

_MAY_BE_OTHER = frozenset("0123456789+-.tTfFnN~")  # with these begins what is not a text
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_DEEPEST, _LARGEST = 40, 1_000_000  # levels; values, where a part that is repeated (*) counts each time

_Loc = tuple[str | int, ...]


def read_yaml(path: Path, *, may_be_empty: bool = False) -> dict[str, Any]:
    """The keys and values of a file. Texts are in Unicode NFC, as the texts that they are compared with.

    Raises ContractError that names the file, the line, and in words what is wrong.
    """
    found = _read(path)
    if found is None and may_be_empty:
        return {}
    if not isinstance(found, dict):
        what = "is empty" if found is None else f"is a {'list' if isinstance(found, list) else 'text'} as a whole"
        raise ContractError(Mistake(what, path, hint="keys and values are needed, as in `name: value`"))
    return found


def line_of(path: Path, loc: Sequence[str | int]) -> int | None:
    """The line of a key or entry such as ("columns", "pm25", "unit"), or of the last part of it that is there.

    None where the file cannot be read. The file is parsed once more: this is for messages.
    """
    builder = _Builder(path, with_places=True)
    with suppress(ContractError):  # what stands before a mistake has its place
        builder.build(_text(path))
    known = (builder.places.get(tuple(loc[:length])) for length in range(len(loc), -1, -1))
    return next((line for line in known if line is not None), None)


def _read(path: Path) -> Any:
    return _Builder(path).build(_text(path))


def _text(path: Path) -> str:
    try:
        return unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise ContractError(Mistake("there is no such file", path)) from error
    except OSError as error:
        raise ContractError(Mistake(f"cannot be read: {error.strerror}", path)) from error
    except UnicodeDecodeError as error:
        raise ContractError(not_utf8(path, error)) from error


class _Open:
    """A mapping or list whose end has not come yet."""

    __slots__ = ("anchor", "entries", "key", "lines", "size", "values")

    def __init__(self, anchor: str | None, *, is_list: bool) -> None:
        self.anchor = anchor
        self.entries: list[Any] | None = [] if is_list else None
        self.values: dict[str, Any] = {}
        self.lines: dict[str, int] = {}  # of the keys
        self.key: str | None = None  # the key whose value comes next
        self.size = 1


class _Builder:
    """Puts the events of one document together."""

    def __init__(self, path: Path, *, with_places: bool = False) -> None:
        self.path, self.with_places = path, with_places
        self.places: dict[_Loc, int] = {}  # lines of keys and entries, counted from 1
        self.open: list[_Open] = []
        self.anchored: dict[str, tuple[Any, int]] = {}  # value and size
        self.whole: Any = None
        self.documents = 0

    def build(self, text: str) -> Any:
        """The value of the whole document; None if it is empty."""
        does: dict[type, Any] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        try:
            for event in yaml.parse(text, Loader=yaml.CLoader):
                act = does.get(type(event))
                if act is not None:
                    act(event)
        except yaml.YAMLError as error:
            raise ContractError(in_words(self.path, text, error)) from error
        return self.whole

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._at_key():
            self._key(event)
            return
        value = self._value(event)
        if event.anchor is not None:
            self.anchored[event.anchor] = (value, 1)
        self._note(event)
        self._put(event, value, 1)

    def _at_key(self) -> bool:
        top = self.open[-1] if self.open else None
        return top is not None and top.key is None and top.entries is None

    def _key(self, event: yaml.ScalarEvent) -> None:
        top, key, line = self.open[-1], event.value, event.start_mark.line + 1
        wrong = odd_key(key)
        if wrong is not None:
            raise self._refused(event, *wrong)
        if key in top.lines:
            self._note(event)
            what = f"the key {key!r} is there twice, in lines {top.lines[key]} and {line}"
            raise self._refused(event, what, "take one of the two out")
        top.key = key
        top.lines[key] = line
        self._note(event)

    def _value(self, event: yaml.ScalarEvent) -> Any:
        text = event.value
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            raise self._refused(event, f"the tag {event.tag} is not read", "put a text that begins with ! in quotes")
        if not event.implicit[0] or (text and text[0] not in _MAY_BE_OTHER):
            return text
        return plain_value(text)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if self._at_key():
            what = "a key is itself a list or has keys"
            raise self._refused(event, what, "put a text that begins with [ or { in quotes")
        if event.tag is not None:
            raise self._refused(event, f"the tag {event.tag} is not read", "put a text that begins with ! in quotes")
        if len(self.open) >= _DEEPEST:
            raise self._refused(event, f"there are more than {_DEEPEST} levels", "take out the brackets too many")
        self._note(event)
        self.open.append(_Open(event.anchor, is_list=isinstance(event, yaml.SequenceStartEvent)))

    def _end(self, event: yaml.Event) -> None:
        done = self.open.pop()
        value = done.values if done.entries is None else done.entries
        if done.anchor is not None:
            self.anchored[done.anchor] = (value, done.size)
        self._put(event, value, done.size)

    def _alias(self, event: yaml.AliasEvent) -> None:
        known = self.anchored.get(event.anchor)
        if known is None or self._at_key():
            what = f"*{event.anchor} repeats a part that is named &{event.anchor}, and there is none before"
            raise self._refused(event, what, f"put a text that begins with * in quotes: '*{event.anchor}'")
        self._note(event)
        self._put(event, *known)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._refused(event, "a second document begins here", "take the line `---` out")

    def _put(self, event: yaml.Event, value: Any, size: int) -> None:
        """A finished value goes to the mapping or list that it is part of."""
        if not self.open:
            self.whole = value
            return
        top = self.open[-1]
        top.size += size
        if top.size > _LARGEST:
            raise self._refused(event, "parts that are repeated with * make it too large", "write them out")
        if top.entries is not None:
            top.entries.append(value)
        elif top.key is not None:
            top.values[top.key] = value
            top.key = None

    def _note(self, event: yaml.Event) -> None:
        if self.with_places:
            self.places.setdefault(self._loc(), event.start_mark.line + 1)

    def _loc(self) -> _Loc:
        parts = (top.key if top.entries is None else len(top.entries) for top in self.open)
        return tuple(part for part in parts if part is not None)

    def _refused(self, event: yaml.Event, what: str, hint: str) -> ContractError:
        key = ".".join(str(part) for part in self._loc())
        return ContractError(Mistake(what, self.path, event.start_mark.line + 1, key, hint))


def plain_value(text: str) -> Any:
    """The value of a text without quotes."""
    if text in _NULLS:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text) and len(text) < 300:  # a number of more digits is none
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:  # a day that no calendar has: what takes it says so
            return text
    return text
