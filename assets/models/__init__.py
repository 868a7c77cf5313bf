"""The models that feeds can implement; one YAML file each, whose name is that of the model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from quality.contract.models import Model, load_models

FOLDER = Path(__file__).parent


@cache
def models() -> Mapping[str, Model]:
    """All models by name. Raises ContractError that names the file and the place."""
    return load_models(FOLDER)
