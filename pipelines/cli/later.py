"""Commands whose modules are imported when they are called: the help and a query do not wait for Dagster."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from pipelines.cli import stopping
from warehouse.importing import importing


def add(
    app: typer.Typer, place: str, *, name: str | None = None, unwinds: bool = False, publishes: bool = False
) -> None:
    """Add the function at `place` ("module.function" below `pipelines.cli`) to the commands of `app`.

    `unwinds`: it writes or starts something, and a signal lets it close what it has open; others end at once.
    `publishes`: it does, as it changes what is published, and goes on where it was stopped.
    """
    module, function = place.split(".")
    module = f"pipelines.cli.{module}"

    class Later(TyperCommand):
        """Knows its name; the rest when it is asked for."""

        @property
        def help(self) -> str | None:  # type: ignore[override]
            return _documented(module, function)

        @help.setter
        def help(self, _given: str | None) -> None: ...

        def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
            return _loaded(module, function, self.name, unwinds=unwinds, publishes=publishes).make_context(
                info_name, args, parent=parent, **extra
            )

    def stands_for() -> None: ...

    app.command(name or function.replace("_", "-"), cls=Later)(stands_for)


def _loaded(module: str, function: str, name: str | None, *, unwinds: bool, publishes: bool) -> Any:
    with importing():
        command = getattr(importlib.import_module(module), function)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(_unwinding(command, publishes=publishes) if unwinds or publishes else command)
    return typer.main.get_command(alone)


def _unwinding(command: Callable[..., None], *, publishes: bool) -> Callable[..., None]:
    def run(*args: Any, **kwargs: Any) -> None:
        stopping.unwind(publishes=publishes)
        command(*args, **kwargs)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.signature(command, eval_str=True)  # type: ignore[attr-defined]
    run.__annotations__ = {name: p.annotation for name, p in run.__signature__.parameters.items()}
    return run


def _documented(module: str, function: str) -> str | None:
    """What the function's own text says, read and not run."""
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    tree = ast.parse(Path(spec.origin).read_text("utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    return ast.get_docstring(found)
