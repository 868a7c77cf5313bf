"""`madang completion`: what a shell needs to complete commands, options and names of cities on the Tab key."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Stop

PROGRAM = "madang"
ASKED = "_MADANG_COMPLETE"  # the variable with which the script calls the program back
SHELLS = ("bash", "zsh", "fish")


def completion(shell: Annotated[str, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print the script that lets a shell complete what is typed after `madang`; the README says where it goes."""
    from typer.completion import get_completion_script  # pyright: ignore[reportPrivateImportUsage]

    if shell not in SHELLS:
        raise Stop(f"there is no script for {shell}: choose one of {', '.join(SHELLS)}", 2)
    print(get_completion_script(prog_name=PROGRAM, complete_var=ASKED, shell=shell))
