"""JSON text -> what it holds: one document, or one on each line (NDJSON, by its content)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from assets.failures import PermanentFailure
from assets.readers.json_records import AmbiguousJsonError, decoded
from assets.readers.rows import Rejects

_LITERAL_CUT = ("Expecting value", "Invalid \\", "Invalid control")
_MOST_BROKEN = 0.5  # share of the lines from which on it is no text with a record in each line


@dataclass(frozen=True)
class JsonDocument:
    """A decoded document; that of lines is the list of what they hold."""

    value: Any
    lines: tuple[int, ...] = field(default=())  # of each element, from 1; empty where it is one document


def read_document(text: str, where: str, rejects: Rejects) -> JsonDocument:
    """The document of a text. A line between others that is no JSON is added to `rejects`.

    Raises PermanentFailure where the text is no JSON, is cut, or has two meanings.
    """
    try:
        return JsonDocument(decoded(text))
    except (AmbiguousJsonError, RecursionError) as error:
        raise _unclear(error, where) from error
    except json.JSONDecodeError as error:
        found = _by_lines(text, where, rejects) if error.msg == "Extra data" else None
        if found is None:
            raise _broken(error, text, where) from error
        return found


def too_deep(where: str) -> PermanentFailure:
    """What is nested so deep that it was made to do harm, or is damaged."""
    hint = "this is no data feed; ask the partner what it is"
    return PermanentFailure("FILE-JSON", "values are nested too deep", where, hint)


def _unclear(error: Exception, where: str) -> PermanentFailure:
    if isinstance(error, RecursionError):
        return too_deep(where)
    return PermanentFailure("FILE-JSON", str(error), where, "have it written again, checked with a JSON validator")


def _by_lines(text: str, where: str, rejects: Rejects) -> JsonDocument | None:
    """The documents of the lines; None where most of them hold none."""
    values, lines, broken = list[Any](), list[int](), list[tuple[int, str]]()
    last: json.JSONDecodeError | None = None
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip(" \t\r\x1e\ufeff")
        if not bare:
            continue
        try:
            values.append(decoded(bare))
            lines.append(number)
            last = None
        except (AmbiguousJsonError, RecursionError) as error:
            raise _unclear(error, where).at_line(number) from error
        except json.JSONDecodeError as error:
            broken.append((number, bare))
            last = error
    if len(broken) > _MOST_BROKEN * (len(values) + len(broken)) or not any(isinstance(one, dict) for one in values):
        return None
    if last is not None and not text.endswith("\n"):
        what = f"its last line ({broken[-1][0]}) ends in the middle of a record, so it was cut short"
        hint = "have it delivered again and compare the size with the sender's"
        raise PermanentFailure("FILE-TRUNCATED", what, where, hint).at_line(broken[-1][0])
    for number, line in broken:
        rejects.add(number, "ROW-JSON", "this line is not valid JSON", line)
    return JsonDocument(values, tuple(lines))


def _broken(error: json.JSONDecodeError, text: str, where: str) -> PermanentFailure:
    rest = text[error.pos :].strip()
    cut = (
        not rest
        or error.msg.startswith("Unterminated string")
        or re.fullmatch(r"[.eE][+-]?", rest) is not None  # in the middle of a number
        or (len(rest) <= 12 and error.msg.startswith(_LITERAL_CUT) and not rest.endswith(("}", "]")))
    )
    place = f"line {error.lineno}, column {error.colno}"
    if cut:
        what = f"the JSON ends in the middle ({place}), so it was cut short"
        hint = "have it delivered again and compare the size with the sender's"
        return PermanentFailure("FILE-TRUNCATED", what, where, hint).at_line(error.lineno)
    hint = "have it delivered as one JSON document or as one on each line, checked with a JSON validator"
    what = f"it is not valid JSON: {error.msg} at {place}"
    return PermanentFailure("FILE-JSON", what, where, hint).at_line(error.lineno)
