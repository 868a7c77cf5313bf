"""Keys of services: taken from the environment, and taken out of everything that is shown or kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote

from assets.connectors.echoes import echoes_of
from assets.failures import FeedFailure, PermanentFailure
from assets.readers.containers import container, unpack

SIMULATED = "simulated-key"  # what the simulated city takes for any key


class Secrets:
    """The keys of one service. Its repr shows names, never values."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        # the longest first: one key may be the beginning of another
        found = {s: n for n, v in self._values.items() for s in (v, unquote(v)) if s.strip()}
        ordered = sorted(found.items(), key=lambda item: -len(item[0]))
        self._hidden = [(echo, name) for value, name in ordered for echo in echoes_of(value)]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    @property
    def values(self) -> Mapping[str, str]:
        """Name -> value, for the one place that puts them into a request."""
        return self._values

    def hide(self, text: str) -> str:
        """`text` with each key, however it is encoded, replaced by its name in angle brackets."""
        for echo, name in self._hidden:
            text = echo.in_text.sub(f"<{name}>", text)
        return text

    def hide_bytes(self, content: bytes) -> bytes:
        """As `hide`, for a reply in UTF-8, Latin-1 or UTF-16: some services repeat the key in what they answer."""
        small = content.lower() if self._hidden else b""
        wide = b"\0" in content and any(echo.may_be_wide_in(small) for echo, _ in self._hidden)
        for echo, name in self._hidden:
            if echo.may_be_in(content, small):
                content = echo.in_bytes.sub(f"<{name}>".encode(), content)
        return self._hide_wide(content) if wide else content

    def _hide_wide(self, content: bytes) -> bytes:
        """In UTF-16 of either order, from an even place or an odd one."""
        for begin in (0, 1):
            end = len(content) - (len(content) - begin) % 2
            for codec in ("utf-16-le", "utf-16-be"):
                text = content[begin:end].decode(codec, "surrogatepass")
                if (hidden := self.hide(text)) != text:
                    content = content[:begin] + hidden.encode(codec, "surrogatepass") + content[end:]
                    end = len(content) - (len(content) - begin) % 2
        return content

    def in_packed(self, content: bytes) -> bool:
        """Whether a key stands in a file of an archive, or in a packed file: there it cannot be taken out."""
        if not self._hidden or container(content) is None:
            return False
        try:
            return any(self.hide_bytes(member.content) != member.content for member in unpack("", content))
        except FeedFailure:  # what cannot be unpacked is refused where it is looked at, and nothing of it is read
            return False

    def templates(self, hidden: str) -> str:
        """The reverse of `hide` for a link that is followed: names in braces, as in any other request."""
        for name in self._values:
            hidden = hidden.replace(f"<{name}>", f"{{{name}}}")
        return hidden


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
