"""Text of feeds, packs and services as people see it: never markup, never a control of the terminal.

The terminal, Dagster's pages and error messages all take it from here. JSON and CSV keep the text as it is.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2_000  # characters of one text on a screen
_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
# controls, formats (direction of writing, zero width), surrogates, separators of lines
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_MARKDOWN = re.compile(r"[\\`*{}\[\]<>|~#!$]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])")
_LINK = re.compile(r"(?i)(?<=https)://|(?<=http)://|(?<=ftp)://|(?<=\bwww)\.")


def visible(text: object, limit: int = LONGEST) -> str:
    """The text in one line: each control, escape, zero-width or direction sign as a symbol; cut after `limit` signs."""
    whole = str(text)
    shown = whole if len(whole) <= limit else f"{whole[:limit]}… ({len(whole):,} characters)"
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() else _symbol(char) for char in shown)


def _symbol(char: str) -> str:
    if ord(char) in _CONTROLS:
        return _CONTROLS[ord(char)]
    return f"<U+{ord(char):04X}>" if unicodedata.category(char) in _HIDDEN else char


def one_line(text: object) -> str:
    """A message of several lines as one, for an error that is one sentence."""
    return visible(" ".join(str(text).split("\n")), limit=LONGEST).strip()


def markdown_text(text: object) -> str:
    """The text as Markdown shows it letter by letter: no emphasis, link, picture, table cell or HTML comes of it."""
    escaped = _MARKDOWN.sub(lambda sign: f"\\{sign.group()}", visible(text))
    return _LINK.sub(lambda sign: f"&#{ord(sign.group()[0])};{sign.group()[1:]}", escaped)
