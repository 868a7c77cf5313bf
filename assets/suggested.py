"""Commands that a message suggests, with all the options that make them mean what they meant where it was written."""

from __future__ import annotations

import shlex
from pathlib import Path


def suggested(
    *words: object,
    program: str = "madang",
    source: str | None = None,
    drop: Path | None = None,
    home: Path | None = None,
    cities: Path | None = None,
) -> str:
    """A command to be pasted into a shell: its `words`, and from where it reads and where it writes.

    A command without them would ask the simulated city and publish into ./var. None: what the environment says.
    `program` is written as it is. `cities` stands before it, as no command has an option for it.
    """
    before = [] if cities is None else [f"MADANG_CITIES={shlex.quote(str(cities))}"]
    found = [*before, program, *(shlex.quote(str(word)) for word in words)]
    if drop is not None:  # it means --source files
        found += ["--from-dir", shlex.quote(str(drop))]
    elif source is not None:
        found += ["--source", source]
    if home is not None:
        found += ["--home", shlex.quote(str(home))]
    return " ".join(found)
