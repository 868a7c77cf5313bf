"""The schema of a file of assets/standards."""

from __future__ import annotations

from assets.schemas.draft7 import Schema, schema_of
from assets.standards.tables import StandardFile


def standard_schema() -> Schema:
    """What may stand in assets/standards/<name>.yaml."""
    return schema_of(StandardFile)
