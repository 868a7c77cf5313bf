"""Mistakes in a YAML file that a person wrote, as one sentence: the place, and what is wrong there."""

from __future__ import annotations

from pydantic import ValidationError
from yaml import MarkedYAMLError, YAMLError

_WORDS = {"missing": "is needed and not there", "extra_forbidden": "there is no such key"}


def first_mistake(error: ValidationError, whole: str) -> str:
    """The first thing that does not fit, e.g. `metrics.pm25_mean.target: Input should be a valid number`.

    `whole` names the document, for what is wrong with no key in particular.
    """
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    found = _WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return f"{place}: {found}"


def yaml_mistake(error: YAMLError | UnicodeDecodeError) -> str:
    """Why a text is not YAML in UTF-8, with line and column where they are known."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    if mark is None or not isinstance(error, MarkedYAMLError):
        return f"is not YAML in UTF-8: {error}"
    found = error.problem or error.context or "it ends in the middle"
    return f"is not YAML in UTF-8: line {mark.line + 1}, column {mark.column + 1}: {found}"
