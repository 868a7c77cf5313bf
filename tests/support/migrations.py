"""A store of Dagster names its last migration when it is made: for that Alembic reads all of them, each time."""

from __future__ import annotations

import functools
from typing import Any

from alembic.script import ScriptDirectory


@functools.cache
def read_migrations_once() -> None:
    """Let this process read the migrations of each kind of store once: the stores of every home are made as before."""
    read = ScriptDirectory.from_config
    known: dict[str | None, ScriptDirectory] = {}

    def from_config(config: Any) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        if place not in known:
            known[place] = read(config)
        return known[place]

    ScriptDirectory.from_config = from_config  # type: ignore[method-assign]
