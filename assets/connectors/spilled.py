"""What a pull holds in memory: the first 64 MiB of its replies; those after them lie in a file until they are used.

The file has no name: it is its owner's alone, and gone with the last reply that lies in it, also after a kill.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from pathlib import Path

from assets.connectors.protocol import Reply

IN_MEMORY = 64 * 2**20  # bytes


class _File:
    """The file of a pull, closed when nothing refers to it any more."""

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def add(self, content: bytes) -> int:
        """Where it begins."""
        with self._lock:
            at = self._file.seek(0, 2)
            self._file.write(content)
            return at

    def read(self, at: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)


class SpilledReply(Reply):
    """A reply whose content lies in a file. Each look at it reads it again."""

    def __init__(self, reply: Reply, file: _File) -> None:
        for name, value in (("status", reply.status), ("headers", reply.headers), ("label", reply.label)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_place", (file, file.add(reply.content), reply.size))

    @property
    def content(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The bytes as they came."""
        file, at, size = self._place  # pyright: ignore[reportAttributeAccessIssue]
        return file.read(at, size)

    @property
    def size(self) -> int:
        return self._place[2]  # pyright: ignore[reportAttributeAccessIssue]


class Spill:
    """The replies of one pull. Safe for several threads. `folder`: where the file lies, on a disk; None: the system's
    own for such files."""

    def __init__(self, folder: Path | None, most: int = IN_MEMORY) -> None:
        self.held = 0  # bytes of all replies
        self._folder, self._most = folder, most
        self._file: _File | None = None
        self._lock = threading.Lock()

    def keep(self, reply: Reply) -> Reply:
        """The reply, or one like it that is not in memory."""
        with self._lock:
            self.held += reply.size
            if self.held <= self._most:
                return reply
            self._file = self._file or _File(self._folder)
            return SpilledReply(reply, self._file)
