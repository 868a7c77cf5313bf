"""Values as YAML that the project's own loader reads back as they are: the fewest quotes that are safe, on one line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from quality.contract.yaml_file import plain_value

LONGEST_KEY = 1_000  # signs; libyaml takes no longer ones on one line
_PLAIN = re.compile(r"[^\W\d_][\w /().%°+*=<>~^·$;!?@-]*")
_KEY = re.compile(r"[^\W_][\w /().%°+-]*")


class NotYamlError(ValueError):
    """A value that no YAML text stands for."""


def scalar(value: Any) -> str:
    """A value that has no parts. Raises NotYamlError for what no text stands for."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return _text(value, _PLAIN)
    raise NotYamlError(f"{type(value).__name__} is no value of a feed's file")


def _number(value: float) -> str:
    text = repr(value)
    if isinstance(value, float) and "." not in text:
        text = re.sub("(?=e|$)", ".0", text, count=1)
    if plain_value(text) != value:
        raise NotYamlError(f"{text[:40]} is no number of a feed's file")
    return text


def key_text(key: str) -> str:
    """A key. Raises NotYamlError for one that the loader does not take."""
    if len(key) > LONGEST_KEY or "\n" in key or key == "<<" or key[:1] in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000":
        raise NotYamlError(f"{key[:40]!r} cannot be a key")
    return _text(key, _KEY) if key else '""'


def _text(text: str, plain: re.Pattern[str]) -> str:
    composed = unicodedata.is_normalized("NFC", text)
    safe = composed and plain.fullmatch(text) is not None and text == text.strip() and text.isprintable()
    if safe and (plain is _KEY or isinstance(plain_value(text), str)) and " #" not in text and "  " not in text:
        return text
    if "\\" in text and composed and text.isprintable() and "'" not in text:
        return f"'{text}'"  # regular expressions, as people write them
    return f'"{"".join(_signs(text, composed=composed))}"'


def _signs(text: str, *, composed: bool) -> Iterator[str]:
    for sign in text:
        code = ord(sign)
        if 0xD800 <= code <= 0xDFFF:
            raise NotYamlError("a text holds half of a sign")
        if sign in '"\\':
            yield f"\\{sign}"
        elif sign in "\n\t\r":
            yield {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[sign]
        elif (sign.isprintable() and (composed or sign.isascii())) or sign == " ":
            yield sign
        elif code < 0x100:
            yield f"\\x{code:02X}"
        else:
            yield f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def flow(value: Any) -> str:
    """A value with all its parts on one line. Raises NotYamlError."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def broken(text: str, width: int, indent: str) -> Iterator[str]:
    """The lines of one long line of YAML, cut where white space means nothing: after a comma between values, and at a
    single space within a text in double quotes. What has no such place stays long."""
    cuts = list(_cuts(text))
    start, first = 0, True
    while True:
        room = width - (0 if first else len(indent))
        last = next((cut for cut in reversed(cuts) if start < cut <= start + room), None)
        later = last if last is not None else next((cut for cut in cuts if cut > start + room), None)
        if len(text) - start <= room or later is None:
            yield ("" if first else indent) + text[start:]
            return
        yield ("" if first else indent) + text[start:later].rstrip(" ")
        start, first = later, False


def _cuts(text: str) -> Iterator[int]:
    """Where a line may be cut: the next begins there."""
    quote, depth, escaped, inner = "", 0, False, list[int]()
    for at, sign in enumerate(text):
        if quote:
            before, after = text[at - 1], text[at + 1 : at + 2]
            if quote == '"' and sign == " " and before not in ' "\\' and after not in (" ", '"', "\\", ""):
                inner.append(at + 1)
            if quote == '"' and sign == "\\":
                escaped = not escaped
                continue
            if sign == quote and not escaped:
                if text[at + 1 : at + 2] != ":":  # a key has one line
                    yield from inner
                quote, inner = "", []
            escaped = False
        elif sign in "\"'" and (at == 0 or text[at - 1] in " [{"):
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "," and depth > 0:
            yield at + 2
