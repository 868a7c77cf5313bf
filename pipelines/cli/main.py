"""The start of the `madang` command. Imports of what takes seconds come after signals have their answer."""

from __future__ import annotations

import sys
from typing import NoReturn

from pipelines.cli import stopping
from warehouse.failpoint import failpoint


def main() -> NoReturn:
    """Run the command line. Errors that a user can correct are one sentence, never a traceback."""
    stopping.begin()
    failpoint("start.begun")
    from pipelines.cli.commands import run

    failpoint("start.imported")
    code = run(sys.argv[1:])
    stopping.end()
    sys.exit(code)
