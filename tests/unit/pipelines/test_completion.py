"""Shells complete what is typed after `madang`: the machinery of each, and a shell that is here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli.completion import ASKED, SHELLS
from tests.support.paths import REPOSITORY
from tests.worlds.command import Command, Said


def asked(shell: str, typed: str, tmp_path: Path) -> Said:
    """What the program answers to the script of a shell; `typed` ends with the word that is completed."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    if shell != "bash":
        words = {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    return Command(tmp_path)(**{ASKED: f"complete_{shell}"}, **words)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "offered", "other"),
    [
        ("madang quar", "quarantine", "status"),
        ("madang quarantine sh", "show", "list"),
        ("madang quarantine show --cs", "--csv", "--json"),
        ("madang status --city ha", "hanoi", "seoul"),
        ("madang explain ha", "hanoi", "seoul"),
    ],
)
def test_each_shell_is_offered_what_begins_so(shell: str, typed: str, offered: str, other: str, tmp_path: Path):
    said = asked(shell, typed, tmp_path)
    assert offered in said.out, said
    assert other not in said.out
    assert said.err == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_calls_the_program_back(shell: str, tmp_path: Path):
    said = Command(tmp_path)("completion", shell)
    assert said.code == 0
    assert f"{ASKED}=complete_{shell}" in said.out


def test_bash_completes_by_the_script(tmp_path: Path):
    script = Command(tmp_path)("completion", "bash").out
    program = tmp_path / "madang"
    started = "import sys; sys.argv[0] = 'madang'; from pipelines.cli.main import main; main()"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{started}"\n')
    program.chmod(0o755)
    typed = f"{script}\nCOMP_WORDS=(madang rol); COMP_CWORD=1; _madang_completion madang; echo ${{COMPREPLY[@]}}"
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(["bash", "-c", typed], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "rollback\n"
