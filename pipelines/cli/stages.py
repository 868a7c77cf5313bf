"""What a night of one city tells the command that runs those of all: its stage, and how it ended.

A line of JSON for each, into a pipe that the command has opened. What is said to people goes its usual way.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

from pipelines.cli.json_text import json_text
from pipelines.cli.progress_bar import ProgressBar
from pipelines.plan import Group

VARIABLE = "MADANG_STAGES"  # the number of the pipe
STARTING, FETCHING, BUILDING, PUBLISHING = "starting", "fetching", "building", "publishing"


def tell(**what: Any) -> None:
    """Tell the command that has started this one, if one has."""
    pipe = os.environ.get(VARIABLE, "")
    if not pipe.isdecimal():
        return
    line = memoryview(f"{json_text(what)}\n".encode())
    with suppress(OSError):  # it is gone: the night goes on all the same
        while line:
            line = line[os.write(int(pipe), line) :]


def is_heard() -> bool:
    """Has a command for all cities started this one?"""
    return os.environ.get(VARIABLE, "").isdecimal()


def heard(line: bytes) -> dict[str, Any]:
    """What a line tells; nothing where it is not whole."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Stages(ProgressBar):
    """The bar of a night, which tells of its stages too."""

    def fetching(self, feeds: int) -> None:
        """Show a bar that ends when so many feeds were asked."""
        tell(stage=FETCHING)
        super().fetching(feeds)

    def building(self, group: Group) -> None:
        """Show the days and feeds that are built."""
        tell(stage=BUILDING)
        super().building(group)

    def publishing(self) -> None:
        """Show that the night is about to publish."""
        tell(stage=PUBLISHING)
        super().publishing()
