"""What a suggested command carries, so that it means the same where it is pasted."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from assets.suggested import suggested


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "madang status"),
        ({"home": Path("/h")}, "madang status --home /h"),
        ({"source": "live", "home": Path("h")}, "madang status --source live --home h"),
        ({"source": "files", "drop": Path("../d")}, "madang status --from-dir ../d"),
        ({"cities": Path("/c"), "program": "python -m x"}, "MADANG_CITIES=/c python -m x status"),
    ],
)
def test_it_carries_what_the_environment_does_not_say(given: dict[str, object], said: str) -> None:
    assert suggested("status", **given) == said  # type: ignore[arg-type]


def test_a_shell_reads_what_was_meant() -> None:
    odd = Path("a b/'c'/$d")
    text = suggested("sql", "SELECT 'x'", drop=odd, home=odd, cities=odd)
    words = [f"MADANG_CITIES={odd}", "madang", "sql", "SELECT 'x'", "--from-dir", str(odd), "--home", str(odd)]
    assert shlex.split(text) == words
