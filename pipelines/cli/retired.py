"""Words of the command line of an earlier version. They are refused with the new word, never accepted silently."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def refusal(arguments: Sequence[str]) -> str | None:
    """What to say about the first retired word among the arguments, without the program's name; None without one."""
    if arguments and arguments[0] == "embedded":
        return "`madang embedded` has a new name: use `madang simulator`"
    if any(word == "--plant" or word.startswith("--plant=") for word in arguments):
        return "--plant has a new name: use --inject"
    if ("--source", "embedded") in pairwise(arguments) or "--source=embedded" in arguments:
        return "--source embedded has a new name: use --source simulated"
    return None
