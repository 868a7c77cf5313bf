"""Imports that take long. Python looks for garbage among all that they make, again and again, and there is none."""

from __future__ import annotations

import atexit
import gc
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def importing() -> Iterator[None]:
    """Nobody looks for garbage within the block, and what is there at its end is never looked through again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # or libraries tell at the end of what nobody has taken back
        if was:
            gc.enable()


def import_later(name: str) -> None:
    """Make a module of a package ready that is imported when somebody takes something from it; the package is now."""
    if name in sys.modules or (spec := importlib.util.find_spec(name)) is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    package, _, own = name.rpartition(".")
    # or `from package import module` would go through the import system, whose look at the module loads it
    setattr(sys.modules[package], own, module)


def import_parts_alone(name: str) -> None:
    """Of a package whose own module does no more than import all of its modules: each of them can be imported without
    the others. What is taken from the package itself is imported with all of them, as always."""
    if name in sys.modules or (spec := importlib.util.find_spec(name)) is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)

    def later(asked: str) -> Any:
        if asked.startswith("__"):  # Python itself asks, for what packages may have
            raise AttributeError(asked)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, asked)

    loader = spec.loader
    module.__dict__["__getattr__"] = later
    sys.modules[name] = module
