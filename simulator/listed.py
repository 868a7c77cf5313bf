"""Modules that are found by file name: a file in the folder is all that a new protocol or family of faults needs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType


def modules_in(package: ModuleType) -> Mapping[str, ModuleType]:
    """The modules of a package by file name, in the order of their names. All of them are imported."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}
