"""A test that goes through many moments: every third of them in the suite, the others in `make weekly`."""

from __future__ import annotations

import pytest

in_thirds = pytest.mark.parametrize(
    "third", [0, *(pytest.param(n, marks=pytest.mark.weekly, id=f"weekly-{n}") for n in (1, 2))]
)
