"""What a command names as the next one can be pasted, however it was called itself."""

from __future__ import annotations

import sys

import pytest

from pipelines.cli.options import program


@pytest.mark.parametrize(
    ("called", "said"),
    [
        (".venv/bin/madang", ".venv/bin/madang"),
        ("/home/a b/madang", "'/home/a b/madang'"),
        ("/src/pipelines/cli/__main__.py", "/usr/bin/python -m pipelines.cli"),
    ],
)
def test_the_program_is_named_as_it_can_be_called(called: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    monkeypatch.setattr(sys, "executable", "/usr/bin/python")
    assert program() == said
