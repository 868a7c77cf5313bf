"""The start of the `madang` command. Imports of what takes seconds come after signals have their answer."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from typing import NoReturn

from pipelines.cli import output, stopping
from pipelines.cli.accidents import accident_of


def main() -> NoReturn:
    """The process of the command line, from its first moment to its last: it does not come back.

    Errors that a user can correct are one sentence, never a traceback. After a signal there is only its sentence.
    """
    output.begin()  # first, as it takes the numbers of outputs that are closed
    stopping.begin()
    try:
        code = _run()
        stopping.end()
    except BaseException as error:  # whatever it is: nobody is above
        if stopping.arrived() is None:
            accident = accident_of(error)
            if accident is None:
                traceback.print_exc()
            else:
                print(f"madang: {accident}", file=sys.stderr)
            code = 1
        else:
            stopping.say()
            code = stopping.CODE
    code = output.end(code, wrote=stopping.unwinds())
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Python's own end would hear signals again, and be killed by them


def _run() -> int:
    from warehouse.failpoint import failpoint
    from warehouse.importing import importing

    failpoint("start.begun")
    with importing():
        from pipelines.cli.commands import run
    failpoint("start.imported")
    return run(sys.argv[1:])
