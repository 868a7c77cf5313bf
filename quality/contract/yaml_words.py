"""Why a text is not YAML, in words: what libyaml says is written for those who know how YAML is parsed."""

from __future__ import annotations

from pathlib import Path

import yaml
from yaml.reader import ReaderError

from quality.contract.mistakes import Mistake

_QUOTE = "put the text in quotes"
# what libyaml says -> what is wrong, and what to write; {begun} is the line in which the part began
_SAID: dict[str, tuple[str, str]] = {
    "mapping values are not allowed in this context": (
        "there is a `: ` where no key can stand",
        "let keys of one level begin in the same column, and put a text that has `: ` in it in quotes",
    ),
    "did not find expected key": (
        "the indentation, or what follows a text in quotes, does not fit the part that begins in line {begun}",
        "let keys of one level begin in the same column; a quote within '...' is written twice",
    ),
    "did not find expected '-' indicator": (
        "the list that begins in line {begun} goes on with something else than `- `",
        "let its entries begin with `- ` in the same column",
    ),
    "did not find expected ',' or ']'": (
        "the list in brackets that begins in line {begun} is not closed, or a comma is missing",
        "write ] at its end",
    ),
    "did not find expected ',' or '}'": (
        "the part in braces that begins in line {begun} is not closed, or a comma is missing",
        "write } at its end, and put a text that has { or } in it in quotes",
    ),
    "could not find expected ':'": ("a line has no `: ` after its key", "write `key: value`"),
    "found unexpected end of stream": ("the quote that begins in line {begun} is not closed", "close it"),
    "found unexpected document indicator": ("the quote that begins in line {begun} is not closed", "close it"),
    "found unknown escape character": (
        '\\ within "..." begins a special sign',
        "put the text, such as a regular expression, in '...'",
    ),
    "did not find expected alphabetic or numeric character": ("a text begins with * or &", _QUOTE + ": '*.csv'"),
    "block sequence entries are not allowed in this context": (
        "`- ` begins an entry where none can stand",
        "begin the list in a line of its own, below its key",
    ),
    "did not find expected comment or line break": (
        "after | or > follows something in the same line",
        "begin the text in the next line, or put it in quotes",
    ),
    "did not find expected node content": (
        "a value is missing, or begins with one of , ] }",
        "write it; " + _QUOTE + " that begins so",
    ),
    "did not find expected <document start>": (
        "after the end of what was begun something follows",
        "is a bracket too many?",
    ),
}
_TAB = ("the indentation has a tab", "indent with spaces alone")
_WIDE = "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"  # white space that is no space


def in_words(path: Path, text: str, error: yaml.YAMLError) -> Mistake:
    """What is wrong in a text that libyaml does not take."""
    if isinstance(error, ReaderError):
        before = text.encode()[: error.position]  # libyaml counts bytes
        what = f"there is a sign that no text has (U+{int(error.character):04X})"
        return Mistake(what, path, before.count(b"\n") + 1, hint="take it out, or save the file again")
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Mistake(f"is not YAML: {error}", path)
    line, column = error.problem_mark.line, error.problem_mark.column
    begun = line if error.context_mark is None else error.context_mark.line
    lines = text.splitlines()
    for number in range(begun, min(line + 1, len(lines))):
        indentation = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        if "\t" in indentation:
            return Mistake(_TAB[0], path, number + 1, hint=_TAB[1])
        if any(sign in indentation for sign in _WIDE):
            return _wide(path, number + 1)
    problem = error.problem or error.context or "it ends in the middle"
    what, hint = _SAID.get(problem, (problem, ""))
    if problem == "found character that cannot start any token":
        sign = lines[line][column] if line < len(lines) and column < len(lines[line]) else "?"
        what, hint = f"a text begins with {sign}", _QUOTE
    if problem in ("could not find expected ':'", "found unexpected end of stream"):
        line = begun  # it is seen too late
    what = what.replace("{begun}", str(begun + 1))
    return Mistake(f"is not YAML: {what}", path, line + 1, hint=hint)


def _wide(path: Path, line: int) -> Mistake:
    what = "the indentation has white space that is no space, as web pages have it"
    return Mistake(what, path, line, hint=_TAB[1])


def not_utf8(path: Path, error: UnicodeDecodeError) -> Mistake:
    """Why bytes are not a text in UTF-8."""
    data: bytes = error.object
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        return Mistake("is in UTF-16, not in UTF-8", path, 1, hint="save the file in UTF-8")
    what = f"is not in UTF-8 (byte 0x{data[error.start]:02X})"
    return Mistake(what, path, data.count(b"\n", 0, error.start) + 1, hint="save the file in UTF-8")


def odd_key(key: str) -> tuple[str, str] | None:
    """What is wrong with a key, and what to write; None where nothing is."""
    if key and key[0] in _WIDE:
        return "the indentation has white space that is no space, as web pages have it", _TAB[1]
    if key == "<<":
        return "merged keys (<<) are not read", "write the keys out"
    if "\n" in key:
        return "a key has several lines", "write `key: value` in one line, with a space after the colon"
    return None
