"""The packs of the repository as tests use them: each is loaded once per process."""

from __future__ import annotations

from functools import cache

from assets.pack.city import City, load_city
from tests.support.paths import REPOSITORY


@cache
def seoul() -> City:
    """The pack of Seoul."""
    return load_city(REPOSITORY / "cities" / "seoul")
