"""Commands are imported when they are called: the list of them needs none."""

import subprocess
import sys
from typing import get_args

import pytest
import typer
from typer._click.exceptions import UsageError

from pipelines.cli.commands import app

HEAVY = ("dagster", "duckdb", "great_expectations", "polars", "pydantic", "numpy")
HELP = f"""
import sys
from pipelines.cli.commands import run
assert run(sys.argv[1:]) == 0
assert [name for name in {HEAVY} if name in sys.modules] == []
"""


def test_help_imports_nothing_that_takes_long():
    done = subprocess.run([sys.executable, "-c", HELP, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Query the published DuckDB file." in done.stdout


def commands(command, words: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from commands(one, (*words, name))
    else:
        yield words, command


def test_each_command_is_listed_with_its_own_text_and_has_its_own_options():
    found = dict(commands(typer.main.get_command(app)))
    assert len(found) > 20
    for words, command in found.items():
        own = command.make_context(words[-1], [], resilient_parsing=True).command
        assert own.name == words[-1]
        assert own.help, words
        assert own.help == command.help


@pytest.mark.parametrize("typed", ["99999999999999999999", "-99999999999999999999", "1e999", "nan"])
def test_a_number_that_is_none_of_the_command_is_refused(typed: str):
    """`sensors --worst 99999999999999999999` was a traceback of a library, and so were three others."""
    asked = set[tuple[str, ...]]()
    for words, command in commands(typer.main.get_command(app)):
        context = command.make_context(words[-1], [], resilient_parsing=True)
        for option in context.command.params:
            if {int, float} & {option.type_descriptor.annotation, *get_args(option.type_descriptor.annotation)}:
                asked.add((*words, option.name))
                with pytest.raises(UsageError):
                    option.process_value(context, typed)
    assert {("sensors", "worst"), ("watch", "hours"), ("maintain", "retention_days"), ("rollback", "version")} <= asked
