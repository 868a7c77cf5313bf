"""Keys of services: taken from the environment, and taken out of everything that is shown or kept."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

from assets.failures import PermanentFailure

SIMULATED = "simulated-key"  # what the simulated city takes for any key


class Secrets:
    """The keys of one service. Its repr shows names, never values."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        # the longest first: one key may be the beginning of another
        found = {s: n for n, v in self._values.items() for s in (v, unquote(v)) if s.strip()}
        self._hidden = [
            (_core(value), re.compile(_spellings(value)), re.compile(_spellings(value).encode()), name)
            for value, name in sorted(found.items(), key=lambda item: -len(item[0]))
        ]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    @property
    def values(self) -> Mapping[str, str]:
        """Name -> value, for the one place that puts them into a request."""
        return self._values

    def hide(self, text: str) -> str:
        """`text` with each key, however it is encoded, replaced by its name in angle brackets."""
        for _, pattern, _, name in self._hidden:
            text = pattern.sub(f"<{name}>", text)
        return text

    def hide_bytes(self, content: bytes) -> bytes:
        """As `hide`, for a reply: some services repeat the key in what they answer."""
        for core, _, pattern, name in self._hidden:
            if core in content:  # a search for plain text: 64 MiB take 0.05 s instead of 3
                content = pattern.sub(f"<{name}>".encode(), content)
        return content

    def templates(self, hidden: str) -> str:
        """The reverse of `hide` for a link that is followed: names in braces, as in any other request."""
        for name in self._values:
            hidden = hidden.replace(f"<{name}>", f"{{{name}}}")
        return hidden


def _core(value: str) -> bytes:
    """The longest part of a value that every encoding leaves as it is."""
    return max(re.findall("[A-Za-z0-9]*", value), key=len).encode()


def _spellings(value: str) -> str:
    """A pattern for a value whose characters may each be percent-encoded or escaped as in JSON, HTML or XML, more than
    once: an error in JSON that repeats an address that repeats the key.

    Letters and digits are written as they are by all of them, which keeps the search fast.
    """
    return "".join(re.escape(c) if c.isascii() and c.isalnum() else _character(c) for c in value)


def _character(c: str) -> str:
    ways = [re.escape(c), re.escape(html.escape(c)), f"&#{ord(c)};", f"&#(?i:x0*{ord(c):x});"]
    ways += {" ": [r"\+", "%(?:25)*(?i:2b)"], "'": ["&apos;"]}.get(c, [])  # a form writes a space as +
    for encoded in (c.encode(), c.encode("latin-1", "ignore")):
        ways += ["".join(f"%(?:25)*(?i:{byte:02x})" for byte in encoded)] if encoded else []
    if not c.isascii() and ord(c) < 256:
        ways.append(f"\\x{ord(c):02x}")  # in a reply in Latin-1
    return rf"(?:\\*(?:{'|'.join(ways)})|\\+u(?i:{ord(c):04x}))"


def from_environment(names: Mapping[str, str], where: str) -> Secrets:
    """The secrets of a contract (`name: VARIABLE`). Raises PermanentFailure that names the variable that is not set.

    data.go.kr hands out its keys percent-encoded; they are decoded, so that they are not encoded twice (its
    gateway then answers that the key is not registered).
    """
    missing = sorted(variable for variable in names.values() if not os.environ.get(variable, "").strip())
    if missing:
        raise PermanentFailure(
            "SECRET-MISSING",
            f"the environment has no {' and no '.join(missing)}",
            where,
            "set it to the key that the provider gave you, or use --source simulated",
        )
    return Secrets({name: unquote(os.environ[variable].strip()) for name, variable in names.items()})


def simulated(names: Mapping[str, str]) -> Secrets:
    """Keys for the simulated city; real ones are never sent there."""
    return Secrets(dict.fromkeys(names, SIMULATED))
