"""How a service may repeat a key that it was sent: as it is, or in one of the ways in which systems write texts.

Services put the request into their errors and logs into their replies: percent-encoded, escaped as in JSON or HTML,
as base64 of `user:key`, in hexadecimal. What looks for a key in all of them is slow on a large reply, so each way has
something that is looked for first: 64 MiB in which there is no key take 0.4 s in place of 20.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

LEAST = 8  # signs of a key; what a shorter one is encoded as stands in any text by chance
_WRAP = r"(?:[\r\n]|\\[rn])*"  # base64 in lines
_PLUS, _SLASH = (
    r"(?:[+-]|%(?:25)*2[bB]|\\u002[bB]|&#(?:43|x2[bB]);)",
    r"(?:\\*/|_|%(?:25)*2[fF]|\\u002[fF]|&#(?:47|x2[fF]);)",
)
_BETWEEN = ("", ":", " ", "-")  # bytes in hexadecimal
# A letter or digit that something wrote as its number, which nothing has to.
_ODDLY = re.compile(
    rb"%(?:25)*(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])|&#|\\+(?:u00|x)(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])"
)


@dataclass(frozen=True)
class Echo:
    """One way of writing a key. `signs`, in small letters: where none of them stands, it is not there; empty: where
    letters are not written as numbers, it is not there."""

    pattern: str
    signs: tuple[bytes, ...]

    @cached_property
    def in_text(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def in_bytes(self) -> re.Pattern[bytes]:
        return re.compile(self.pattern.encode())

    def may_be_in(self, content: bytes, small: bytes) -> bool:
        """Whether it is worth while to look. `small`: the content in small letters."""
        if not self.signs:
            return _ODDLY.search(content) is not None
        return any(sign in small for sign in self.signs)

    def may_be_wide_in(self, small: bytes) -> bool:
        """The same for UTF-16 of either order, in which each second byte of ASCII is 0."""
        return any(b"\0".join(sign[at : at + 1] for at in range(len(sign))) in small for sign in self.signs)


def echoes_of(value: str) -> Iterator[Echo]:
    """All ways in which a key may be repeated, the most likely first."""
    any_case = len(value) >= LEAST
    plain = _escaped(value)
    if any_case:  # bytes know capital letters of ASCII alone
        others = "" if value.isascii() else f"|{_escaped(value.upper())}|{_escaped(value.lower())}"
        plain = f"(?i:{plain}{others})"
    yield Echo(plain, (_longest(value).lower(),))
    if not any_case:
        return
    yield Echo("".join(_any_way(c) for c in value), ())
    yield Echo(f"(?i:{_escaped(value[::-1])})", (_longest(value[::-1]).lower(),))
    for raw in dict.fromkeys((value.encode(), value.encode("utf-16-le"), quote(value, safe="").encode())):
        yield from _in_base64(raw)
        yield _in_hex(raw)


def _longest(text: str) -> bytes:
    """The longest part that every escape leaves as it is."""
    return max(re.findall("[A-Za-z0-9]*", text), key=len).encode()


def _escaped(value: str) -> str:
    """Each sign may be percent-encoded or escaped as in JSON, HTML or XML, more than once: an error in JSON that
    repeats an address that repeats the key. Letters and digits are written as they are by all of them."""
    return "".join(re.escape(c) if c.isascii() and c.isalnum() else _character(c) for c in value)


def _any_way(c: str) -> str:
    """The same for what escapes letters and digits as well, some of them or all."""
    return _character(c) if not (c.isascii() and c.isalnum()) else f"(?:{c}|{_character(c)})"


def _character(c: str) -> str:
    ways = [re.escape(c), re.escape(html.escape(c)), f"&#0*{ord(c)};", f"&#(?i:x0*{ord(c):x});"]
    ways += {" ": [r"\+", "%(?:25)*(?i:2b)"], "'": ["&apos;"]}.get(c, [])  # a form writes a space as +
    for encoded in (c.encode(), c.encode("latin-1", "ignore")):
        for sign in ("%(?:25)*", r"\\+x") if encoded else ():
            ways.append("".join(f"{sign}(?i:{byte:02x})" for byte in encoded))
    if not c.isascii() and ord(c) < 256:
        ways.append(f"\\x{ord(c):02x}")  # in a reply in Latin-1
    return rf"(?:\\*(?:{'|'.join(ways)})|\\+u(?i:{ord(c):04x}))"


def _in_base64(raw: bytes) -> Iterator[Echo]:
    """As a part of something longer: it begins with any of three signs of a group of four."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        begin, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        core = whole[begin:end]  # what the key alone decides
        signs = [{"+": _PLUS, "/": _SLASH}.get(c, c) for c in core]
        edge = "[A-Za-z0-9+/_-]?"
        halves = (core[: len(core) // 2], core[len(core) // 2 :])  # a line may end in one of them
        yield Echo(edge + _WRAP.join(signs) + edge + "={0,2}", tuple(_longest(half).lower() for half in halves))


def _in_hex(raw: bytes) -> Echo:
    written = [f"{byte:02x}" for byte in raw]
    signs = tuple(between.join(written[:LEAST]).encode() for between in _BETWEEN)
    return Echo("[:\\s-]?".join(f"(?i:{pair})" for pair in written), signs)
