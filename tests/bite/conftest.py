"""Every rule is evaluated by Great Expectations."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def imported(great_expectations: None) -> None:
    """Imported before the first test."""
