"""What pydantic finds in a document that a person wrote, as mistakes: all of them, in words, and what to write."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import closest, what_to_write
from quality.contract.yaml_file import line_of

Loc = tuple[str | int, ...]
T = TypeVar("T", bound=BaseModel)

_VALUE_ERROR = "Value error, "
_BOUNDS = {
    "greater_than_equal": ("ge", "it is at least"),
    "greater_than": ("gt", "it is more than"),
    "less_than_equal": ("le", "it is at most"),
    "less_than": ("lt", "it is less than"),
}


def validated(model: type[T], document: Any, path: Path, at: Loc = ()) -> T:
    """The document, or the part of it at `at`, as this model. Raises ContractError with all mistakes in it."""
    try:
        return model.model_validate(part_of(document, at))
    except ValidationError as error:
        raise ContractError(*mistakes_in(error, path, document, at, model)) from error


def mistakes_in(
    error: ValidationError, path: Path, document: Any, at: Loc = (), model: type[BaseModel] | None = None
) -> list[Mistake]:
    """All that does not fit, in the order of the file.

    `at`: the part of the document that was read. `model`: what it was read as, for the names of keys.
    """
    found: dict[Loc, Mistake] = {}
    for details in error.errors(include_url=False):
        if not details["loc"] and isinstance(cause := details.get("ctx", {}).get("error"), ValueError) and not at:
            found[("", len(found))] = mistake_in(str(cause), path, document)
            continue
        loc = (*at, *_in_document(details, part_of(document, at)))
        what, hint = _in_words(details, model, loc[len(at) :])
        what, loc = _of_key(what, document, loc)
        mistake = Mistake(what, path, line_of(path, loc), ".".join(map(str, loc)), hint)
        if not any(known[: len(loc)] == loc for known in found):  # what one kind of value says is enough
            found[loc] = mistake
    return sorted(found.values(), key=lambda m: m.line or 0)


def mistake_in(said: str, path: Path, document: Any) -> Mistake:
    """What a check of a whole document says, as in `columns.pm25.unit: a number needs its unit; write it`.

    The key that it begins with is looked up; what follows the first `; ` is what to write.
    """
    loc = list[str | int]()
    key, colon, rest = said.partition(": ")
    if colon and " " not in key:
        for part in key.split("."):
            here = part_of(document, loc)
            loc.append(int(part) if isinstance(here, list) and part.isdigit() else part)
        if part_of(document, loc[:1]) is not None:
            said = rest
        else:
            loc = []
    what, _, hint = said.partition("; ")
    return Mistake(what, path, line_of(path, loc), key if loc else "", hint)


def _of_key(said: str, document: Any, loc: Loc) -> tuple[str, Loc]:
    """What a check of a part says, as in `rows.0.at: the numbers do not grow`: without the key, and its place.

    A key that is not there is no key but part of what is said.
    """
    key, colon, rest = said.partition(": ")
    if not colon or not re.fullmatch(r"\w+(\.\w+)*", key):
        return said, loc
    inner = (*loc, *(int(part) if part.isdigit() else part for part in key.split(".")))
    return (said, loc) if part_of(document, inner) is None else (rest, inner)


def part_of(document: Any, at: Sequence[str | int]) -> Any:
    """What stands at this place of a document; None if nothing does."""
    for part in at:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def keys_of(model: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys that a model knows at a place below it; none where any key can stand."""
    kinds = [model]
    for part in loc:
        kinds = [inner for kind in kinds for inner in _below(kind, part)]
    return [key for kind in kinds for one in _alternatives(kind) for key in _fields(one)]


def _fields(kind: Any) -> dict[str, Any]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}


def _below(kind: Any, part: str | int) -> list[Any]:
    found = list[Any]()
    for one in _alternatives(kind):
        origin, arguments = typing.get_origin(one), [a for a in typing.get_args(one) if a is not Ellipsis]
        if part in _fields(one):
            found.append(_fields(one)[str(part)])
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            found.append(arguments[-1])
        elif isinstance(part, int) and arguments:
            found.extend(arguments)
    return found


def _alternatives(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        return _alternatives(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (Union, types.UnionType):
        return [inner for one in typing.get_args(kind) for inner in _alternatives(one)]
    return [kind]


def _in_document(details: ErrorDetails, document: Any) -> Loc:
    """The place of a mistake without the names of pydantic's own steps, such as which kind of a union was tried.

    What is read from a part of a document alone keeps the place that it has there.
    """
    loc, missing = list[str | int](), details["type"] == "missing"
    for number, part in enumerate(details["loc"], 1):
        here = part_of(document, loc)
        there = (isinstance(here, Mapping) and part in here) or (isinstance(here, list) and isinstance(part, int))
        if there or (missing and number == len(details["loc"])):
            loc.append(part)
    return tuple(loc) if part_of(document, details["loc"][:1]) is not None else details["loc"]


def _in_words(details: ErrorDetails, model: type[BaseModel] | None, loc: Loc) -> tuple[str, str]:
    """What is wrong, and what to write."""
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    said = details["msg"]
    if kind == "missing" and loc and isinstance(loc[-1], int):  # an entry of a list has no key that could be written
        return "the list ends too early", f"it needs {loc[-1] + 1} entries at least"
    if kind == "missing":
        return "is needed and not there", f"write `{loc[-1] if loc else 'it'}: ...`"
    if kind == "extra_forbidden":
        known = keys_of(model, loc[:-1]) if model is not None else []
        key = str(loc[-1]) if loc else ""
        if given is None and (" " in key or closest(key, known) is None):  # {reason: one, two}: `two` is a key
            return "there is no such key", "within { and } a comma ends a text: put a text that has one in quotes"
        return "there is no such key", what_to_write(key, known) if known else "take it out"
    if kind == "literal_error":
        known = [text.strip().strip("'") for text in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{_shown(given)} is none of {', '.join(known)}", f"write {closest(str(given), known) or 'one of them'}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{_shown(given)} cannot be: {words} {context[name]:g}", ""
    for begins, words in _NEEDED.items():
        if kind.startswith(begins):
            return words(given)
    if said.startswith(_VALUE_ERROR):
        what, _, hint = said.removeprefix(_VALUE_ERROR).partition("; ")
        return what, hint
    return said[:1].lower() + said[1:], ""


def _shown(given: Any) -> str:
    if isinstance(given, Mapping):
        return "keys and values" if given else "{}"
    if isinstance(given, list | tuple):
        return "a list"
    return "nothing" if given is None else repr(given) if isinstance(given, str) else str(given).lower()


def _text(given: Any) -> tuple[str, str]:
    if isinstance(given, bool | int | float | date | datetime):
        text = str(given).lower() if isinstance(given, bool) else str(given)
        return f"a text is needed, and {text} without quotes is none", f'write "{text}" in quotes'
    hint = "put a text that begins with { or [ in quotes" if isinstance(given, Mapping | list) else "write a text"
    return f"a text is needed, not {_shown(given)}", hint


def _number(given: Any) -> tuple[str, str]:
    hint = "write it with a point and without signs between the digits, as in 1234.5"
    return f"a number is needed, not {_shown(given)}", hint


def _whole_number(given: Any) -> tuple[str, str]:
    return f"a whole number is needed, not {_shown(given)}", "write digits alone, as in 12"


def _day(given: Any) -> tuple[str, str]:
    return f"{_shown(given)} is not a day", "write it as 2014-01-31"


def _list(given: Any) -> tuple[str, str]:
    example = given if isinstance(given, str | int | float) else "a"
    return f"a list is needed, not {_shown(given)}", f"write [{example}]"


def _keys(given: Any) -> tuple[str, str]:
    return f"keys and values are needed, not {_shown(given)}", "write `key: value` below it, indented"


def _truth(given: Any) -> tuple[str, str]:
    return f"true or false is needed, not {_shown(given)}", "write true or false"


_NEEDED: dict[str, Callable[[Any], tuple[str, str]]] = {
    "string_type": _text,
    "float_": _number,
    "finite_number": _number,
    "int_": _whole_number,
    "date_": _day,
    "bool_": _truth,
    "too_short": lambda _: ("the list is empty", "write at least one"),
    "tuple_type": _list,
    "list_type": _list,
    "mapping_type": _keys,
    "dict_type": _keys,
    "model_type": _keys,
    "model_attributes_type": _keys,
    "dict_attributes_type": _keys,
}
